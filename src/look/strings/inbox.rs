//! Inbox: what people wrote and did, what was done about it by itself, and what they are answered.
//!
//! Words: `assets/locales/*/inbox.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::Strings;
use super::phrase::Phrase;
use crate::domain::inbox::{Does, Kind, Sort};

/// The section `inbox`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inbox {
    pub nobody: String,
    pub rule: String,
    pub line: LineWords,
    pub did: DidWords,
    pub kind: KindWords,
    pub sort: SortWords,
    pub does: DoesWords,
    pub screen: ScreenWords,
}

/// A line of a conversation that is no text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineWords {
    pub follow: String,
    pub follow_by: Phrase,
    pub scan: Phrase,
    pub unfollow: String,
    pub tap: Phrase,
    pub paid: Phrase,
    pub paid_back: Phrase,
    pub order: Phrase,
    pub other: Phrase,
    pub forgotten: String,
    pub image: String,
    pub voice: String,
    pub video: String,
    pub location: String,
    pub link: String,
    pub mini_page: String,
}

/// What a rule did about a line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DidWords {
    pub subscribed: Phrase,
    pub unsubscribed: Phrase,
    pub out: String,
    pub status: String,
    pub answer: String,
    pub nothing: String,
}

/// What the screen says besides.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScreenWords {
    pub from: String,
    pub message: String,
    pub when: String,
    pub unread: Phrase,
    pub auto: Phrase,
    pub empty: String,
    pub empty_how: String,
    pub answered: Phrase,
    pub read: Phrase,
    pub reply_to: Phrase,
    pub over: Phrase,
    pub open_for: Phrase,
    pub open_while: Phrase,
    pub closed: String,
    pub no_way: String,
    pub reply: String,
    pub no_person: String,
}

worded!(KindWords of Kind as String {
    follow Follow,
    scan Scan,
    unfollow Unfollow,
    text Text,
    tap Tap,
    order Order,
    other Other,
});

worded!(SortWords of Sort as String {
    follow Follow,
    command Command,
});

worded!(DoesWords of Does as String {
    welcome Welcome,
    subscribe Subscribe,
    unsubscribe Unsubscribe,
    status Status,
    answer Answer,
});

impl Strings {
    /// What came in, in words: its own where somebody wrote.
    pub fn came_in(&self, kind: Kind, text: &str, amount: Option<i64>) -> String {
        let w = &self.inbox.line;
        let with = |phrase: &Phrase, name: &str| phrase.fill(&[(name, text.into())]);
        match (kind, amount) {
            (Kind::Follow, _) if text.is_empty() => w.follow.clone(),
            (Kind::Follow, _) => with(&w.follow_by, "scene"),
            (Kind::Scan, _) => with(&w.scan, "scene"),
            (Kind::Unfollow, _) => w.unfollow.clone(),
            (Kind::Text, _) if text.is_empty() => w.forgotten.clone(),
            (Kind::Text, _) => self.medium(text).unwrap_or(text).to_owned(),
            (Kind::Tap, _) => with(&w.tap, "key"),
            (Kind::Order, None) => with(&w.order, "trade"),
            (Kind::Order, Some(amount)) => {
                let phrase = if amount < 0 { &w.paid_back } else { &w.paid };
                phrase.fill(&[("amount", (&hundredths(amount)).into()), ("trade", text.into())])
            }
            (Kind::Other, _) => with(&w.other, "action"),
        }
    }

    /// What somebody sent that is no text: the store keeps the provider's word for it in brackets.
    fn medium(&self, text: &str) -> Option<&str> {
        let w = &self.inbox.line;
        Some(match text {
            "[image]" => &w.image,
            "[voice]" => &w.voice,
            "[video]" | "[shortvideo]" => &w.video,
            "[location]" => &w.location,
            "[link]" => &w.link,
            "[miniprogrampage]" => &w.mini_page,
            _ => return None,
        })
    }

    /// What a rule did about it, in words.
    pub fn did(&self, stored: &str) -> String {
        let w = &self.inbox.did;
        let (what, topics) = stored.split_once(' ').unwrap_or((stored, ""));
        match (what, topics) {
            ("subscribe" | "unsubscribe", "") => w.nothing.clone(),
            ("subscribe", _) => w.subscribed.fill(&[("topics", topics.into())]),
            ("unsubscribe", _) => w.unsubscribed.fill(&[("topics", topics.into())]),
            ("out", _) => w.out.clone(),
            ("status", _) => w.status.clone(),
            _ => w.answer.clone(),
        }
    }
}

/// `1.50` of 150; without a sign.
fn hundredths(amount: i64) -> String {
    let amount = amount.unsigned_abs();
    format!("{}.{:02}", amount / 100, amount % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::locale::Lang;

    #[test]
    fn lines_are_said_in_both_languages() {
        let (en, zh) = (Strings::of(Lang::En), Strings::of(Lang::Zh));
        assert_eq!(en.came_in(Kind::Order, "T1", Some(5)), "paid 0.05, order T1");
        assert_eq!(en.came_in(Kind::Order, "T1", Some(-12_345)), "got 123.45 back, order T1");
        assert_eq!(zh.came_in(Kind::Follow, "sub-42", None), "关注（来自 sub-42）");
        assert_eq!(en.came_in(Kind::Text, "as it is {x}", None), "as it is {x}");
        assert_eq!(zh.came_in(Kind::Text, "[image]", None), "[图片]");
        assert_eq!(zh.came_in(Kind::Text, "[shortvideo]", None), "[视频]");
        assert_eq!(en.came_in(Kind::Text, "[voice]", None), "[voice message]");
        assert_eq!(en.did("subscribe ops, Storm"), "subscribed to ops, Storm");
        assert_eq!(en.did("unsubscribe"), "nothing to do");
        assert_eq!(zh.did("out"), "已退订全部");
    }
}
