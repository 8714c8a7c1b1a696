//! Numbers, times and amounts as people read them. The moment and the zone are always given.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::strings::common::Common;
use crate::domain::file::FileRef;
use crate::domain::time::Millis;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// `12,483`, in both languages.
pub fn number(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        grouped.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The whole percent that `done` is of `total`: 100 only when nothing is left, 0 only when nothing is done.
pub fn percent(done: i64, total: i64) -> i64 {
    if total <= 0 || done <= 0 {
        return 0;
    }
    if done >= total {
        return 100;
    }
    let exact = i128::from(done) * 100 / i128::from(total);
    i64::try_from(exact).unwrap_or(99).clamp(1, 99)
}

/// Files as `plan.pdf (84.0 KB), logo.png (3.1 KB)`.
pub fn files(files: &[FileRef]) -> String {
    let each = files.iter().map(|file| format!("{} ({})", file.name, bytes(file.size)));
    each.collect::<Vec<_>>().join(", ")
}

/// Bytes as `812 B`, `3.9 KB`, `1.2 MB`.
pub fn bytes(n: u64) -> String {
    let tenths = |unit: u64| {
        let tenths = n.saturating_mul(10) / unit;
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    match n {
        0..1_024 => format!("{n} B"),
        1_024..1_048_576 => format!("{} KB", tenths(1_024)),
        _ => format!("{} MB", tenths(1_048_576)),
    }
}

fn printed(at: Millis, zone: &TimeZone, pattern: &str) -> String {
    Timestamp::from_millisecond(at.0)
        .map_or_else(|_| "?".to_owned(), |at| at.to_zoned(zone.clone()).strftime(pattern).to_string())
}

/// `11-22 14:05`.
pub fn local(at: Millis, zone: &TimeZone) -> String {
    printed(at, zone, "%m-%d %H:%M")
}

/// `03-02`.
pub fn month_day(at: Millis, zone: &TimeZone) -> String {
    printed(at, zone, "%m-%d")
}

/// `2025-03-02`.
pub fn date(at: Millis, zone: &TimeZone) -> String {
    printed(at, zone, "%Y-%m-%d")
}

/// `14:05`.
pub fn clock(at: Millis, zone: &TimeZone) -> String {
    printed(at, zone, "%H:%M")
}

/// `14:05:10`.
pub fn clock_seconds(at: Millis, zone: &TimeZone) -> String {
    printed(at, zone, "%H:%M:%S")
}

/// `2m ago`, `1d ago`: for narrow columns. A moment that has not come counts as now.
pub fn ago(at: Millis, now: Millis, words: &Common) -> String {
    let past = now.since(at).max(0);
    match past {
        ..MINUTE => words.just_now.clone(),
        MINUTE..HOUR => words.minutes_ago.count(past / MINUTE),
        HOUR..DAY => words.hours_ago.count(past / HOUR),
        _ => words.days_ago.count(past / DAY),
    }
}

/// `2m ago` within a day, `11-22 14:05` before that; the year too when it is another one.
pub fn when(at: Millis, now: Millis, zone: &TimeZone, words: &Common) -> String {
    if now.since(at).abs() < DAY && at <= now {
        return ago(at, now, words);
    }
    if printed(at, zone, "%Y") == printed(now, zone, "%Y") {
        local(at, zone)
    } else {
        printed(at, zone, "%Y-%m-%d %H:%M")
    }
}

/// When `ago` and `when` next say something else, in milliseconds from `now`; `None` once they rest.
pub fn ago_changes_in(at: Millis, now: Millis) -> Option<i64> {
    let past = now.since(at).max(0);
    let step = match past {
        ..HOUR => MINUTE,
        HOUR..DAY => HOUR,
        _ => return None,
    };
    Some(step - past % step)
}

/// `42s`, `6m40s`, `1h 9m`, `2d 3h`: the two largest units.
pub fn duration(ms: i64, words: &Common) -> String {
    let ms = ms.max(0);
    let (d, h, m, s) = (ms / DAY, ms % DAY / HOUR, ms % HOUR / MINUTE, ms % MINUTE / SECOND);
    let units = [("d", d.into()), ("h", h.into()), ("m", m.into()), ("s", s.into())];
    let phrase = match (d, h, m, s) {
        (0, 0, 0, _) => &words.seconds,
        (0, 0, _, 0) => &words.minutes,
        (0, 0, _, _) => &words.minutes_seconds,
        (0, _, 0, _) => &words.hours,
        (0, _, _, _) => &words.hours_minutes,
        (_, 0, _, _) => &words.days,
        _ => &words.days_hours,
    };
    phrase.fill(&units)
}

/// `0:08`, `29:41`: a countdown that changes every second.
pub fn countdown(ms: i64) -> String {
    // Rounded up, so that it says 0:00 only when it is over.
    let seconds = ms.max(0).saturating_add(SECOND - 1) / SECOND;
    match seconds {
        ..3_600 => format!("{}:{:02}", seconds / 60, seconds % 60),
        _ => format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::locale::Lang;
    use crate::look::strings::Strings;

    fn words(lang: Lang) -> &'static Common {
        &Strings::of(lang).common
    }

    #[test]
    fn numbers_have_thousands_and_percents_never_lie_at_the_ends() {
        assert_eq!(
            [0, 999, 1_000, 12_483, -1_048_211].map(number),
            ["0", "999", "1,000", "12,483", "-1,048,211"]
        );
        assert_eq!(number(i64::MIN), "-9,223,372,036,854,775,808");
        assert_eq!(
            [percent(0, 9), percent(1, 100_000), percent(99_999, 100_000), percent(9, 9)],
            [0, 1, 99, 100]
        );
        assert_eq!([percent(0, 0), percent(64, 100)], [0, 64]);
        assert_eq!([bytes(812), bytes(4_000), bytes(1_300_000)], ["812 B", "3.9 KB", "1.2 MB"]);
    }

    #[test]
    fn durations_read_like_speech_in_both_languages() {
        let cases = [
            (42_999, "42s", "42 秒"),
            (400_000, "6m40s", "6 分 40 秒"),
            (120_000, "2m", "2 分"),
            (4_140_000, "1h 9m", "1 小时 9 分"),
            (3 * HOUR + 12 * MINUTE, "3h 12m", "3 小时 12 分"),
            (2 * DAY + 3 * HOUR, "2d 3h", "2 天 3 小时"),
            (-5, "0s", "0 秒"),
        ];
        for (ms, en, zh) in cases {
            assert_eq!(duration(ms, words(Lang::En)), en);
            assert_eq!(duration(ms, words(Lang::Zh)), zh);
        }
    }

    #[test]
    fn moments_are_relative_within_a_day_and_local_before() {
        let zone = TimeZone::get("Asia/Shanghai").expect("a bundled zone");
        // 2025-11-22 14:05:10 in Shanghai.
        let now = Millis(1_763_791_510_000);
        assert_eq!((local(now, &zone), clock(now, &zone)), ("11-22 14:05".into(), "14:05".into()));
        assert_eq!((clock_seconds(now, &zone), date(now, &zone)), ("14:05:10".into(), "2025-11-22".into()));
        let (en, zh) = (words(Lang::En), words(Lang::Zh));
        assert_eq!(when(now.plus(-2 * MINUTE), now, &zone, en), "2m ago");
        assert_eq!(when(now.plus(-2 * MINUTE), now, &zone, zh), "2 分钟前");
        assert_eq!(when(now.plus(-5_000), now, &zone, zh), "刚刚");
        assert_eq!(when(now.plus(-30 * HOUR), now, &zone, en), "11-21 08:05");
        assert_eq!(when(now.plus(-400 * DAY), now, &zone, en), "2024-10-18 14:05");
        assert_eq!(when(now.plus(HOUR), now, &zone, en), "11-22 15:05");
        assert_eq!(ago(now.plus(-30 * DAY), now, en), "30d ago");
    }

    #[test]
    fn a_relative_time_says_when_it_changes() {
        let now = Millis(10 * DAY);
        assert_eq!(ago_changes_in(now.plus(-130_000), now), Some(50_000));
        assert_eq!(ago_changes_in(now.plus(-2 * DAY), now), None);
    }

    #[test]
    fn countdowns_end_at_zero_and_not_before() {
        assert_eq!([8_000, 7_001, 1, 0, -9].map(countdown), ["0:08", "0:08", "0:01", "0:00", "0:00"]);
        assert_eq!([1_781_000, 3_700_000].map(countdown), ["29:41", "1:01:40"]);
    }
}
