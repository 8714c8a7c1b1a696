//! Quiet hours: a stretch of every day in which nothing leaves, such as `22:00-08:00`.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::time::Millis;

/// From a time of day to another; over midnight if the second is the earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    from: Time,
    to: Time,
}

impl Quiet {
    /// Reads `22:00-08:00`; two equal times are no stretch.
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        let time = |text: &str| text.trim().parse::<Time>().ok();
        let quiet = Self { from: time(from)?, to: time(to)? };
        (quiet.from != quiet.to).then_some(quiet)
    }

    /// When it ends, if it holds at that moment.
    pub fn until(self, now: Millis, zone: &TimeZone) -> Option<Millis> {
        let local = Timestamp::from_millisecond(now.0).ok()?.to_zoned(zone.clone());
        let (date, time) = (local.date(), local.time());
        let end = if self.from < self.to {
            (self.from <= time && time < self.to).then_some(date)?
        } else if time >= self.from {
            date.tomorrow().ok()?
        } else {
            (time < self.to).then_some(date)?
        };
        let end = end.to_datetime(self.to).to_zoned(zone.clone()).ok()?;
        Some(Millis(end.timestamp().as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            let quiet = Quiet::parse(hours).expect("hours");
            assert_eq!(quiet.until(at(now), &zone), until.map(at), "{hours} at {now}");
        }
        for wrong in ["", "22:00", "22:00-22:00", "25:00-08:00", "night-day"] {
            assert_eq!(Quiet::parse(wrong), None, "{wrong}");
        }
    }
}
