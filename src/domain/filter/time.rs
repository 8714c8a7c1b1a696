//! Moments in filters: `30m`, `7d`, `2w`, `2025-11-01`, `2025-11-01T08:30`, or an RFC 3339 instant.
//!
//! They stay as typed until somebody who has a clock and a zone settles them, so that a saved filter
//! means the last seven days whenever it is used.

use std::fmt;

use jiff::tz::TimeZone;

use crate::domain::time::Millis;

/// A moment as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// So many minutes (`m`), hours (`h`), days (`d`) or weeks (`w`) ago.
    Ago(u32, Unit),
    /// A day in the operator's zone: its beginning, or its end after `until:`.
    Day(jiff::civil::Date),
    /// A time of day in the operator's zone.
    Local(jiff::civil::DateTime),
    /// An instant.
    At(Millis),
}

/// Units of `Ago`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// `m`
    Minutes,
    /// `h`
    Hours,
    /// `d`
    Days,
    /// `w`
    Weeks,
}

impl Unit {
    const fn sign(self) -> char {
        match self {
            Self::Minutes => 'm',
            Self::Hours => 'h',
            Self::Days => 'd',
            Self::Weeks => 'w',
        }
    }

    const fn ms(self) -> i64 {
        match self {
            Self::Minutes => 60_000,
            Self::Hours => 3_600_000,
            Self::Days => 86_400_000,
            Self::Weeks => 604_800_000,
        }
    }
}

/// Which end of a day is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// `since:`
    Begin,
    /// `until:`
    End,
}

impl When {
    /// Reads a moment.
    pub fn parse(text: &str) -> Option<Self> {
        let units = [Unit::Minutes, Unit::Hours, Unit::Days, Unit::Weeks];
        for unit in units {
            if let Some(digits) = text.strip_suffix(unit.sign())
                && !digits.is_empty()
                && digits.bytes().all(|byte| byte.is_ascii_digit())
            {
                return digits.parse().ok().map(|n| Self::Ago(n, unit));
            }
        }
        if let Ok(at) = text.parse::<jiff::Timestamp>() {
            return Some(Self::At(Millis(at.as_millisecond())));
        }
        if text.contains(['T', 't', ' ']) {
            return text.parse().ok().map(Self::Local);
        }
        text.parse().ok().map(Self::Day)
    }

    /// The instant that is meant, on that clock in that zone. A day that the calendar cannot hold
    /// settles at the clock's end, where it finds nothing.
    pub fn settle(self, now: Millis, zone: &TimeZone, edge: Edge) -> Millis {
        let in_zone = |at: jiff::civil::DateTime| {
            zone.to_zoned(at).map_or(Millis(i64::MAX), |at| Millis(at.timestamp().as_millisecond()))
        };
        match self {
            Self::Ago(n, unit) => now.plus(-(i64::from(n) * unit.ms())),
            Self::At(at) => at,
            Self::Local(at) => in_zone(at),
            Self::Day(day) => match edge {
                Edge::Begin => in_zone(day.to_datetime(jiff::civil::Time::midnight())),
                Edge::End => day.tomorrow().map_or(Millis(i64::MAX), |next| {
                    in_zone(next.to_datetime(jiff::civil::Time::midnight())).plus(-1)
                }),
            },
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ago(n, unit) => write!(f, "{n}{}", unit.sign()),
            Self::Day(day) => write!(f, "{day}"),
            Self::Local(at) => write!(f, "{at}"),
            Self::At(at) => f.write_str(&at.rfc3339()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_and_ends_in_the_zone_of_the_operator() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        let day = When::parse("2025-11-01").expect("a day");
        assert_eq!(day.settle(Millis(0), &zone, Edge::Begin).rfc3339(), "2025-10-31T16:00:00.000Z");
        assert_eq!(day.settle(Millis(0), &zone, Edge::End).rfc3339(), "2025-11-01T15:59:59.999Z");
        let week = When::parse("1w").expect("a week");
        assert_eq!(week.settle(Millis(604_800_001), &zone, Edge::Begin), Millis(1));
        for wrong in ["", "7", "7y", "-7d", "2025-13-01", "yesterday", "99999999999d"] {
            assert_eq!(When::parse(wrong), None, "{wrong}");
        }
    }
}
