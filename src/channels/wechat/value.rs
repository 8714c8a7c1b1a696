//! What a value of a template may be: the prefix of its key is its type (`thing1`, `time2`). The table is the one of
//! the subscribe notifications, which template messages follow; where the provider does not say, we take what comes.

use crate::channels::slot::Flaw;
use crate::channels::spec::{Limit, Unit};
use crate::channels::text::cut;

/// What WeChat shows of a value without a type: the rest vanishes without a word.
const SHOWN: usize = 20;

const fn chars(max: usize) -> Limit {
    Limit { max, unit: Unit::Chars }
}

/// A type of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Thing,
    Number,
    Letter,
    Symbol,
    CharacterString,
    Time,
    Date,
    Amount,
    PhoneNumber,
    CarNumber,
    Name,
    Phrase,
    /// One of a list that only the template knows.
    Listed,
    /// Keys without a type: old templates and those of test accounts.
    Free,
}

impl Type {
    /// The type that the prefix of a key names.
    pub(super) fn of(key: &str) -> Self {
        match key.trim_end_matches(|c: char| c.is_ascii_digit()) {
            "thing" => Self::Thing,
            "number" => Self::Number,
            "letter" => Self::Letter,
            "symbol" => Self::Symbol,
            "character_string" => Self::CharacterString,
            "time" => Self::Time,
            "date" => Self::Date,
            "amount" => Self::Amount,
            "phone_number" => Self::PhoneNumber,
            "car_number" => Self::CarNumber,
            "name" => Self::Name,
            "phrase" => Self::Phrase,
            "enum" | "enum_string" | "const" => Self::Listed,
            _ => Self::Free,
        }
    }

    /// How much it takes. How runs of Latin letters count is disputed: we count characters.
    pub(super) fn limit(self, value: &str) -> Option<Limit> {
        Some(chars(match self {
            Self::Thing => 20,
            Self::Number | Self::Letter | Self::CharacterString => 32,
            Self::Symbol | Self::Phrase => 5,
            Self::PhoneNumber => 17,
            Self::CarNumber => 8,
            Self::Name => {
                if value.contains(is_han) {
                    10
                } else {
                    20
                }
            }
            Self::Amount => 10,
            Self::Free => SHOWN,
            Self::Time | Self::Date | Self::Listed => return None,
        }))
    }

    /// How much it is: of an amount only the digits before the point count.
    pub(super) fn count(self, value: &str) -> usize {
        match self {
            Self::Amount => bare_amount(value).split('.').next().unwrap_or_default().chars().count(),
            _ => value.chars().count(),
        }
    }

    /// What is wrong with a value, which has no line ends. `cutting`: things that are too long are cut.
    pub(super) fn flaw(self, value: &str, cutting: bool) -> Option<Flaw> {
        if value.is_empty() {
            // Refused on typed templates; of old ones nobody says.
            return Some(if self == Self::Free { Flaw::Blank } else { Flaw::Empty });
        }
        if !self.takes(value) {
            return Some(Flaw::Characters);
        }
        if !self.has_form(value) {
            return Some(Flaw::Form);
        }
        let is_over = self.limit(value).is_some_and(|limit| self.count(value) > limit.max);
        match self {
            Self::Free if is_over => Some(Flaw::Cut),
            Self::Thing if is_over && cutting => Some(Flaw::Cut),
            _ if is_over => Some(Flaw::Over),
            _ => value.contains(is_emoji).then_some(Flaw::Vanishes),
        }
    }

    fn takes(self, value: &str) -> bool {
        match self {
            Self::Number => value.chars().all(|c| c.is_ascii_digit() || c == '.'),
            Self::Letter => value.chars().all(|c| c.is_ascii_alphabetic()),
            Self::Symbol => !value.contains(char::is_alphanumeric),
            Self::CharacterString => value.chars().all(|c| c.is_ascii_graphic() || c == ' '),
            Self::Amount => bare_amount(value).chars().all(|c| c.is_ascii_digit() || c == '.'),
            Self::PhoneNumber => value.chars().all(|c| c.is_ascii_digit() || "+-() ".contains(c)),
            Self::CarNumber => car_number(value),
            Self::Phrase => value.chars().all(is_han),
            Self::Time | Self::Date => {
                value.chars().all(|c| c.is_ascii_digit() || "年月日-/:：~ T.+Z".contains(c))
            }
            Self::Thing | Self::Name | Self::Listed | Self::Free => true,
        }
    }

    fn has_form(self, value: &str) -> bool {
        match self {
            // ISO-like forms are said to be taken, too.
            Self::Time => value.split('~').all(|one| moment::is_time(one.trim())),
            Self::Date => value.split('~').all(|one| moment::is_date(one.trim())),
            Self::Number => is_decimal(value),
            Self::Amount => is_decimal(bare_amount(value)),
            _ => true,
        }
    }

    /// The value as it goes out.
    pub(super) fn sent(self, value: &str, cutting: bool) -> String {
        match self.limit(value) {
            Some(limit) if self == Self::Thing && cutting && !limit.fits(value) => {
                format!("{}…", cut(value, chars(limit.max - 1)).trim_end())
            }
            _ => value.to_owned(),
        }
    }
}

pub(super) const fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}' | '〇' | '々')
}

/// What is left out of values since 2023. They count all the same: nobody says whether they do.
const fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{FE0F}')
}

/// Without its one currency sign and `元`.
fn bare_amount(value: &str) -> &str {
    let rest = value.strip_prefix(['¥', '￥', '$', '€', '£']).unwrap_or(value);
    rest.strip_suffix('元').unwrap_or(rest).trim()
}

/// Letters and digits; first and last may be Chinese.
fn car_number(value: &str) -> bool {
    let last = value.chars().count().saturating_sub(1);
    value.chars().enumerate().all(|(at, c)| {
        c.is_ascii_alphanumeric() || matches!(c, '·' | ' ' | '-') || (at == 0 || at == last) && is_han(c)
    })
}

/// Digits, perhaps with decimals.
fn is_decimal(value: &str) -> bool {
    let (whole, decimals) = value.split_once('.').unwrap_or((value, "0"));
    [whole, decimals].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

mod moment;

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw(key: &str, value: &str) -> Option<Flaw> {
        Type::of(key).flaw(value, false)
    }

    #[test]
    fn each_type_has_its_limit_and_counts_characters_whatever_they_are() {
        for (key, max, letters) in [
            ("thing1", 20, &["x", "长", "😀"][..]),
            ("number1", 32, &["7"]),
            ("letter1", 32, &["x"]),
            ("symbol1", 5, &["*", "—", "😀"]),
            ("character_string9", 32, &["x", "~"]),
            ("phone_number2", 17, &["7", "-"]),
            ("car_number2", 8, &["A"]),
            ("name1", 20, &["x", "😀"]),
            ("name1", 10, &["张"]),
            ("phrase4", 5, &["长"]),
            ("amount2", 10, &["7"]),
        ] {
            for letter in letters {
                let fits = (*letter == "😀").then_some(Flaw::Vanishes);
                assert_eq!(flaw(key, &letter.repeat(max)), fits, "{key} {letter} {max}");
                assert_eq!(flaw(key, &letter.repeat(max + 1)), Some(Flaw::Over), "{key} {letter} {max}+1");
            }
        }
        for (letter, fits) in [("x", None), ("长", None), ("😀", Some(Flaw::Vanishes))] {
            assert_eq!(flaw("keyword1", &letter.repeat(20)), fits);
            assert_eq!(flaw("keyword1", &letter.repeat(21)), Some(Flaw::Cut), "{letter}");
        }
    }

    #[test]
    fn each_type_refuses_what_the_provider_refuses() {
        for (key, value, expected) in [
            ("thing1", "", Some(Flaw::Empty)),
            ("first", "", Some(Flaw::Blank)),
            ("phrase4", "已发货", None),
            ("phrase4", "第3批", Some(Flaw::Characters)),
            ("character_string17", "NO-2024/01", None),
            ("character_string17", "编号7", Some(Flaw::Characters)),
            ("number1", "3.5", None),
            ("number1", "-3.5", Some(Flaw::Characters)),
            ("number1", "3.", Some(Flaw::Form)),
            ("character_string17", "a—b", Some(Flaw::Characters)),
            ("character_string17", "a😀", Some(Flaw::Characters)),
            ("phrase4", "已发货！", Some(Flaw::Characters)),
            ("phrase4", "好😀", Some(Flaw::Characters)),
            ("number1", "3天", Some(Flaw::Characters)),
            ("letter1", "A1", Some(Flaw::Characters)),
            ("symbol1", "a", Some(Flaw::Characters)),
            ("time2", "2019年10月1日 15:01", None),
            ("time2", "2024-01-02 03:04", None),
            ("time2", "15:01~16:00", None),
            ("time2", "今晚", Some(Flaw::Characters)),
            ("time2", "今天 15:01", Some(Flaw::Characters)),
            ("time2", "25:99", Some(Flaw::Form)),
            ("date3", "3天后", Some(Flaw::Characters)),
            ("date3", "2019-10-01~2019-10-07", None),
            ("time2", "2024-01-02", Some(Flaw::Form)),
            ("date3", "2019年10月1日", None),
            ("date3", "明天", Some(Flaw::Characters)),
            ("amount5", "¥12.50", None),
            ("amount5", "1200元", None),
            ("amount5", "1,200元", Some(Flaw::Characters)),
            ("amount5", "元", Some(Flaw::Form)),
            ("amount5", "1234567890.12", None),
            ("amount5", "十元", Some(Flaw::Characters)),
            ("amount5", "¥¥3", Some(Flaw::Characters)),
            ("phone_number2", "+86-10-1234567", None),
            ("phone_number2", "ext 7", Some(Flaw::Characters)),
            ("car_number2", "粤A8Z888挂", None),
            ("car_number2", "粤粤8Z888", Some(Flaw::Characters)),
            ("enum1", "anything", None),
            ("const3", "", Some(Flaw::Empty)),
            ("thing", "a key without a number", Some(Flaw::Over)),
        ] {
            assert_eq!(flaw(key, value), expected, "{key} {value}");
        }
    }

    #[test]
    fn only_things_are_cut_and_only_on_request() {
        let long = "长".repeat(21);
        assert_eq!(Type::Thing.flaw(&long, true), Some(Flaw::Cut));
        assert_eq!(Type::Thing.sent(&long, true), format!("{}…", "长".repeat(19)));
        assert_eq!(Type::Thing.sent(&long, false), long);
        assert_eq!(Type::Thing.sent(&"长".repeat(20), true), "长".repeat(20));
        // A family is one character to the reader, and is not torn.
        let family = format!("{}👩‍👩‍👧", "x".repeat(17));
        assert_eq!(Type::Thing.sent(&format!("{family}yy"), true), format!("{}…", "x".repeat(17)));
        assert_eq!(Type::Phrase.flaw(&"长".repeat(6), true), Some(Flaw::Over));
    }
}
