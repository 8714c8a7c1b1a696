//! Moments as people write them: `22:00`, `+2h`, `2026-12-01 22:00`, with an offset or a zone if they like.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::time::Millis;

/// Reads a moment. A bare time of day is the next one, a moment without a zone is in `zone`; `None`: it cannot
/// be read.
pub fn parse(text: &str, now: Millis, zone: &TimeZone) -> Option<Millis> {
    let text = text.trim();
    let now = Timestamp::from_millisecond(now.0).ok()?;
    let at = if let Some(wait) = text.strip_prefix('+') {
        now.checked_add(wait.trim().parse::<SignedDuration>().ok()?).ok()?
    } else if !text.contains('-') {
        next_at(text.parse::<Time>().ok()?, now, zone)?
    } else if text.ends_with(']') {
        text.parse::<Zoned>().ok()?.timestamp()
    } else if let Ok(at) = text.parse::<Timestamp>() {
        at
    } else {
        text.parse::<DateTime>().ok()?.to_zoned(zone.clone()).ok()?.timestamp()
    };
    Some(Millis(at.as_millisecond()))
}

/// Writes a moment so that `parse` reads it back, to the minute.
pub fn print(at: Millis, zone: &TimeZone) -> String {
    Timestamp::from_millisecond(at.0)
        .map(|at| at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string())
        .unwrap_or_default()
}

/// The same with the short name of the zone, or its offset where it has no name: for people, not for `parse`.
pub fn print_zoned(at: Millis, zone: &TimeZone) -> String {
    Timestamp::from_millisecond(at.0)
        .map(|at| {
            let at = at.to_zoned(zone.clone());
            let name = at.strftime("%Z").to_string();
            let is_name = name.bytes().all(|byte| byte.is_ascii_alphabetic());
            let zone = if is_name { "%Z" } else { "%:z" };
            at.strftime(&format!("%Y-%m-%d %H:%M {zone}")).to_string()
        })
        .unwrap_or_default()
}

/// The same with seconds and the offset: evidence that means the same elsewhere.
pub fn print_exact(at: Millis, zone: &TimeZone) -> String {
    Timestamp::from_millisecond(at.0)
        .map(|at| at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string())
        .unwrap_or_default()
}

fn next_at(time: Time, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let today = now.to_zoned(zone.clone()).date();
    let at = |date: jiff::civil::Date| Some(date.to_datetime(time).to_zoned(zone.clone()).ok()?.timestamp());
    let first = at(today)?;
    if first > now { Some(first) } else { at(today.tomorrow().ok()?) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_for_people_says_whose_clock_it_means() {
        let print = |zone: &TimeZone| print_zoned(Millis(1_795_622_400_000), zone);
        assert_eq!(print(&TimeZone::get("Asia/Shanghai").expect("a zone")), "2026-11-26 00:00 CST");
        assert_eq!(print(&TimeZone::get("Asia/Dubai").expect("a zone")), "2026-11-25 20:00 +04:00");
        assert_eq!(print(&TimeZone::UTC), "2026-11-25 16:00 UTC");
    }

    #[test]
    fn a_moment_is_read_in_the_operators_zone_unless_it_names_another() {
        let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
        let at = |text: &str| text.parse::<Timestamp>().expect("a timestamp").as_millisecond();
        let now = Millis(at("2026-11-25T13:00:00Z")); // 21:00 in Shanghai
        for (text, then) in [
            ("22:00", "2026-11-25T14:00:00Z"),
            ("08:30", "2026-11-26T00:30:00Z"),
            ("21:00", "2026-11-26T13:00:00Z"),
            ("+90m", "2026-11-25T14:30:00Z"),
            ("+ 2h", "2026-11-25T15:00:00Z"),
            ("2026-12-01 22:00", "2026-12-01T14:00:00Z"),
            ("2026-12-01T22:00:05", "2026-12-01T14:00:05Z"),
            ("2026-12-01T22:00:00Z", "2026-12-01T22:00:00Z"),
            ("2026-12-01T22:00:00+01:00", "2026-12-01T21:00:00Z"),
            ("2026-12-01 22:00[Europe/Berlin]", "2026-12-01T21:00:00Z"),
        ] {
            assert_eq!(parse(text, now, &zone), Some(Millis(at(then))), "{text}");
        }
        for text in ["", "soon", "25:00", "2026-13-01 10:00", "+", "+soon", "1764075600"] {
            assert_eq!(parse(text, now, &zone), None, "{text}");
        }
    }
}
