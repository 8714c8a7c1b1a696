//! How values of some fields are written, where a provider knows one form alone. What is written otherwise would be
//! refused or overlooked only when a message goes out, so it is refused when it is set.
//!
//! The sentences are ours: `own.toml` has them in both languages.

use super::field::FieldError;
use super::spec::Unit;

/// A value of one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// So many letters and digits.
    Code(usize),
    /// At most so many characters.
    AtMost(usize),
    /// An http(s) address that a person's device opens: no call goes there.
    Link,
    /// Where people unsubscribe: addresses of the web or of mail, with commas between them.
    Unsubscribe,
    /// Telephone numbers with commas between them.
    Phones,
    /// What BotFather gives: a number, a colon, letters, digits, `_` and `-`.
    BotToken,
}

impl Form {
    /// Whether a value has it.
    pub fn check(self, value: &str) -> Result<(), FieldError> {
        let (holds, otherwise) = match self {
            Self::Code(length) => (
                value.len() == length && value.bytes().all(|byte| byte.is_ascii_alphanumeric()),
                format!("expected {length} letters and digits"),
            ),
            Self::AtMost(most) => {
                (Unit::Chars.count(value) <= most, format!("expected at most {most} characters"))
            }
            Self::Link => return super::field::is_http_url(value).then_some(()).ok_or(FieldError::Url),
            Self::Unsubscribe => (
                super::email::are_links(value),
                "expected an https address, mailto:, or both with a comma".to_owned(),
            ),
            Self::Phones => (
                value.split([',', '，', ' ']).filter(|one| !one.is_empty()).all(is_phone),
                "expected telephone numbers with commas between them".to_owned(),
            ),
            Self::BotToken => {
                (is_bot_token(value), "expected a token such as 123456:ABC, as BotFather gives it".to_owned())
            }
        };
        if holds { Ok(()) } else { Err(FieldError::Form(otherwise)) }
    }
}

fn is_phone(text: &str) -> bool {
    let number = text.strip_prefix('+').unwrap_or(text);
    number.bytes().filter(u8::is_ascii_digit).count() >= 5
        && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

fn is_bot_token(text: &str) -> bool {
    text.split_once(':').is_some_and(|(bot, secret)| {
        !bot.is_empty()
            && bot.bytes().all(|byte| byte.is_ascii_digit())
            && !secret.is_empty()
            && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::locale::Lang;
    use crate::look::strings::Strings;

    #[test]
    fn a_value_of_another_form_is_refused_in_both_languages() {
        for (form, good, bad) in [
            (Form::Code(10), "ABC123DEFG", "ABC123DEF"),
            (Form::Code(3), "abc", "a-c"),
            (Form::AtMost(3), "一二三", "一二三四"),
            (Form::Link, "http://e.x/p.png", "foo"),
            (Form::Unsubscribe, "https://e.x/u?t={token}, mailto:out@e.x", "ftp://x"),
            (Form::Unsubscribe, "<mailto:out@e.x>", "https://e.x/, out@e.x"),
            (Form::Phones, "13800000000，+86-13900000000", "abc"),
            (Form::BotToken, "123456:sand-box_", "sandbox"),
            (Form::BotToken, "1:a", "123456:"),
        ] {
            assert_eq!(form.check(good), Ok(()), "{form:?}");
            let error = form.check(bad).expect_err(bad);
            if let FieldError::Form(why) = error {
                assert!(Strings::of(Lang::Zh).own_text(&why).is_some(), "{why}");
            }
        }
    }
}
