//! Dates and times as WeChat takes them: a calendar date, a clock of 24 hours, or both.

/// Whether it is a time of the day, with or without a date; a date alone is none.
pub(super) fn is_time(value: &str) -> bool {
    split(value).is_some_and(|(date, clock)| {
        !clock.is_empty() && is_clock(clock) && (date.is_empty() || is_day(date))
    })
}

/// Whether it is a date, with or without a time of the day.
pub(super) fn is_date(value: &str) -> bool {
    split(value).is_some_and(|(date, clock)| is_day(date) && (clock.is_empty() || is_clock(clock)))
}

/// The date and the clock; either may be empty.
fn split(value: &str) -> Option<(&str, &str)> {
    let at = match value.find('日') {
        Some(at) => at + '日'.len_utf8(),
        None => match value.find(['T', ' ']) {
            Some(at) => at,
            None if value.contains([':', '：']) => 0,
            None => value.len(),
        },
    };
    let (date, clock) = value.split_at_checked(at)?;
    Some((date.trim(), clock.trim_start_matches('T').trim()))
}

fn numbers(value: &str, marks: &[char]) -> Option<Vec<u32>> {
    let parts = value.split(marks).filter(|part| !part.is_empty());
    parts.map(|part| part.trim().parse().ok()).collect()
}

/// `2019年10月1日`, `2019-10-01`, `2019/10/1`.
fn is_day(value: &str) -> bool {
    let Some(parts) = numbers(value, &['年', '月', '日', '-', '/']) else { return false };
    let [year, month, day] = parts[..] else { return false };
    (1_000..=9_999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
}

/// `15:01`, `15:01:30`, an ISO time with its zone.
fn is_clock(value: &str) -> bool {
    let bare = match value.find(['Z', '+', '.']) {
        Some(at) => &value[..at],
        None => value,
    };
    let Some(parts) = numbers(bare, &[':', '：']) else { return false };
    // Behind a colon stand two digits.
    let sound = bare.split([':', '：']).skip(1).all(|part| part.trim().len() == 2);
    match parts[..] {
        [hour, minute] => sound && hour < 24 && minute < 60,
        [hour, minute, second] => sound && hour < 24 && minute < 60 && second < 60,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_and_calendars_are_told_from_words_that_look_like_them() {
        for (value, time, date) in [
            ("15:01", true, false),
            ("9:05", true, false),
            ("15：01：59", true, false),
            ("15时01分", false, false),
            ("15点", false, false),
            ("2019年10月1日 15:01", true, true),
            ("2019年10月1日15:01", true, true),
            ("2024-01-02 03:04", true, true),
            ("2024-01-02T03:04:05.000Z", true, true),
            ("2024-01-02T03:04:05+08:00", true, true),
            ("2019年10月1日", false, true),
            ("10月1日", false, false),
            ("2024/1/2", false, true),
            ("25:99", false, false),
            ("24:00", false, false),
            ("15:1", false, false),
            ("15", false, false),
            ("2024-13-01", false, false),
            ("2024-01", false, false),
            ("3", false, false),
            (":", false, false),
            ("", false, false),
            ("年月日", false, false),
        ] {
            assert_eq!((is_time(value), is_date(value)), (time, date), "{value}");
        }
    }
}
