//! Quiet hours: a stretch of every day in which nothing leaves, such as `22:00-08:00`, of this machine's day or,
//! as in `22:00-08:00 Asia/Shanghai`, of a zone's.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::time::Millis;

/// From a time of day to another; over midnight if the second is the earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quiet {
    from: Time,
    to: Time,
    zone: Option<TimeZone>,
}

impl Quiet {
    /// Reads `22:00-08:00`, a zone behind it if there is one; two equal times are no stretch.
    pub fn parse(text: &str) -> Option<Self> {
        let (from, rest) = text.split_once('-')?;
        let (to, zone) = match rest.trim().split_once(char::is_whitespace) {
            Some((to, zone)) => (to, Some(TimeZone::get(zone.trim()).ok()?)),
            None => (rest, None),
        };
        let time = |text: &str| text.trim().parse::<Time>().ok();
        let quiet = Self { from: time(from)?, to: time(to)?, zone };
        (quiet.from != quiet.to).then_some(quiet)
    }

    /// The same text with a zone behind it, if it names none and that one has a name: what was typed keeps its
    /// meaning on a machine that lies elsewhere.
    pub fn pinned(text: &str, zone: &TimeZone) -> String {
        let named = Self::parse(text).is_none_or(|quiet| quiet.zone.is_some());
        match zone.iana_name().filter(|name| !named && TimeZone::get(name).is_ok()) {
            Some(name) => format!("{} {name}", text.trim()),
            None => text.trim().to_owned(),
        }
    }

    /// When it ends, if it holds at that moment. `zone` is that of hours that name none. The clock on the wall
    /// counts: an hour that is there twice is quiet twice, and a stretch whose end is left out that night ends
    /// where the clock jumps.
    pub fn until(&self, now: Millis, zone: &TimeZone) -> Option<Millis> {
        let zone = self.zone.as_ref().unwrap_or(zone);
        let now = Timestamp::from_millisecond(now.0).ok()?;
        let local = now.to_zoned(zone.clone());
        let (date, time) = (local.date(), local.time());
        let end = if self.from < self.to {
            (self.from <= time && time < self.to).then_some(date)?
        } else if time >= self.from {
            date.tomorrow().ok()?
        } else {
            (time < self.to).then_some(date)?
        };
        let end = zone.to_ambiguous_timestamp(end.to_datetime(self.to));
        let at = if matches!(end.offset(), AmbiguousOffset::Gap { .. }) {
            zone.preceding(end.later().ok()?).next()?.timestamp()
        } else {
            end.compatible().ok().filter(|at| *at > now).or_else(|| end.later().ok())?
        };
        Some(Millis(at.as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_those_of_whoever_typed_them() {
        let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
        for (typed, pinned) in [
            (" 22:00-08:00 ", "22:00-08:00 Asia/Shanghai"),
            ("22:00-08:00 Europe/Berlin", "22:00-08:00 Europe/Berlin"),
            ("night", "night"),
        ] {
            assert_eq!(Quiet::pinned(typed, &zone), pinned);
        }
        assert_eq!(Quiet::pinned("22:00-08:00", &TimeZone::fixed(jiff::tz::offset(2))), "22:00-08:00");
    }

    #[test]
    fn they_hold_within_the_stretch_and_over_midnight() {
        let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
        let at = |text: &str| {
            let local: jiff::civil::DateTime = text.parse().expect("a moment");
            Millis(local.to_zoned(zone.clone()).expect("a moment").timestamp().as_millisecond())
        };
        for (hours, now, until) in [
            ("22:00-08:00", "2026-11-25T21:59", None),
            ("22:00-08:00", "2026-11-25T22:00", Some("2026-11-26T08:00")),
            ("22:00-08:00", "2026-11-26T07:59", Some("2026-11-26T08:00")),
            ("22:00-08:00", "2026-11-26T08:00", None),
            ("12:30 - 14:00", "2026-11-25T13:00", Some("2026-11-25T14:00")),
            ("12:30 - 14:00", "2026-11-25T12:29", None),
            ("15:00-00:00 Europe/Berlin", "2026-11-25T22:00", Some("2026-11-26T07:00")),
            ("15:00-00:00 Europe/Berlin", "2026-11-25T21:59", None),
        ] {
            let quiet = Quiet::parse(hours).expect("hours");
            assert_eq!(quiet.until(at(now), &zone), until.map(at), "{hours} at {now}");
        }
        for wrong in ["", "22:00", "22:00-22:00", "25:00-08:00", "night-day", "22:00-08:00 Berlin"] {
            assert_eq!(Quiet::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn they_go_by_the_clock_on_the_wall_when_it_is_changed() {
        let at = |text: &str| Millis(text.parse::<Timestamp>().expect("a timestamp").as_millisecond());
        for (hours, now, until) in [
            // 02:00 to 03:00 is there twice on 25 October, and not at all on 29 March.
            ("22:00-02:30 Europe/Berlin", "2026-10-25T00:10:00Z", Some("2026-10-25T00:30:00Z")),
            ("22:00-02:30 Europe/Berlin", "2026-10-25T00:40:00Z", None),
            ("22:00-02:30 Europe/Berlin", "2026-10-25T01:10:00Z", Some("2026-10-25T01:30:00Z")),
            ("22:00-02:30 Europe/Berlin", "2026-10-25T01:40:00Z", None),
            ("22:00-02:30 Europe/Berlin", "2026-03-29T00:50:00Z", Some("2026-03-29T01:00:00Z")),
            ("22:00-02:30 Europe/Berlin", "2026-03-29T01:00:00Z", None),
            ("22:00-08:00 Europe/Berlin", "2026-10-24T20:00:00Z", Some("2026-10-25T07:00:00Z")),
        ] {
            let quiet = Quiet::parse(hours).expect("hours");
            assert_eq!(quiet.until(at(now), &TimeZone::UTC), until.map(at), "{hours} at {now}");
        }
    }
}
