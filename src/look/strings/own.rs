//! What this program itself wrote into attempts and the audit log, in the words of the one who reads it.
//!
//! The store keeps it in English, so that documents and scripts never change; the English file holds what is
//! stored, letter for letter, and is looked up by it. What stands in neither is the provider's or a person's.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::Strings;
use super::phrase::Phrase;
use crate::domain::broadcast::PauseReason;
use crate::domain::delivery::DeliveryState;
use crate::look::locale::Lang;

/// The section `own`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// Says whose words follow: they stand where else the provider's do.
    pub ours: Phrase,
    /// A reason and what more was noted.
    pub because: Phrase,
    /// Of attempts.
    pub said: BTreeMap<String, Phrase>,
    /// Of the audit log: what was done.
    pub act: BTreeMap<String, String>,
    /// Of the audit log: what more there is to say.
    pub detail: BTreeMap<String, Phrase>,
}

impl Strings {
    /// What stands in the place of the provider's words: theirs as they are; ours in the reader's language, and
    /// named as ours.
    pub fn said<'a>(&self, stored: &'a str) -> Cow<'a, str> {
        match self.own_text(stored) {
            Some(text) => self.own.ours.fill(&[("text", (&text).into())]).into(),
            None => stored.into(),
        }
    }

    /// A text that this program wrote, in the reader's language; `None`: it is somebody else's.
    pub fn own_text(&self, stored: &str) -> Option<String> {
        self.translate(stored, |own| &own.said)
    }

    /// The word of an act in the audit log.
    pub fn act<'a>(&'a self, stored: &'a str) -> &'a str {
        self.own.act.get(stored).map_or(stored, String::as_str)
    }

    /// What an entry of the audit log says besides.
    pub fn audit_detail<'a>(&self, stored: &'a str) -> Cow<'a, str> {
        if self.lang == Lang::En {
            return stored.into();
        }
        if let Some((word, more)) = stored.split_once(':')
            && let Some(reason) = PauseReason::from_word(word)
        {
            let (why, more) = (self.states.pause.of(reason), more.trim());
            if more.is_empty() {
                return why.as_str().to_owned().into();
            }
            let more = self.pause_detail(more);
            return self.own.because.fill(&[("why", why.into()), ("detail", (&more).into())]).into();
        }
        self.translate(stored, |own| &own.detail).map_or_else(|| stored.into(), Cow::Owned)
    }

    /// What more was noted with a pause: how far a first stage came, or a text of ours or of a person.
    pub fn pause_detail(&self, stored: &str) -> String {
        let number = |text: &str| text.parse::<i64>().ok();
        match stored.split_once(" of ").and_then(|(done, total)| Some((number(done)?, number(total)?))) {
            Some((done, total)) => {
                self.outbox.one_of.fill(&[("done", done.into()), ("total", total.into())])
            }
            None => self.own_text(stored).unwrap_or_else(|| stored.to_owned()),
        }
    }

    /// A thing and what is said of it.
    pub fn with_reason(&self, what: &str, why: &str) -> String {
        self.own.because.fill(&[("why", what.into()), ("detail", why.into())])
    }

    /// `12 people`; of people who get more than one each, `1 person · 19 deliveries`.
    pub fn reached(&self, deliveries: i64, people: Option<i64>) -> String {
        let Some(people) = people else { return self.common.people.count(deliveries) };
        let (people, deliveries) =
            (self.common.people.count(people), self.common.deliveries.count(deliveries));
        let values = [("people", (&people).into()), ("deliveries", (&deliveries).into())];
        self.common.people_deliveries.fill(&values)
    }

    /// Several things in one line.
    pub fn list(&self, parts: impl IntoIterator<Item = impl AsRef<str>>) -> String {
        let parts: Vec<_> = parts.into_iter().collect();
        let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
        parts.join(match self.lang {
            Lang::En => ", ",
            Lang::Zh => "、",
        })
    }

    fn translate(&self, stored: &str, of: fn(&Own) -> &BTreeMap<String, Phrase>) -> Option<String> {
        let stored = stored.trim();
        let known = of(&Self::of(Lang::En).own).iter();
        let known = known.filter_map(|(name, phrase)| Some((name, phrase.read(stored)?)));
        // Of several sentences that fit, the one that says the most itself.
        let open = |values: &[(&str, &str)]| values.iter().map(|(_, value)| value.len()).sum::<usize>();
        let (name, values) = known.min_by_key(|(_, values)| open(values))?;
        let values: Vec<(&str, String)> =
            values.into_iter().map(|(place, value)| (place, self.inner(place, value))).collect();
        let values: Vec<_> = values.iter().map(|(place, value)| (*place, value.into())).collect();
        Some(of(&self.own).get(name)?.fill(&values))
    }

    /// What stands in a place may be ours as well.
    fn inner(&self, place: &str, value: &str) -> String {
        match place {
            "state" if self.lang == Lang::Zh => DeliveryState::ALL
                .into_iter()
                .find(|state| state.word() == value)
                .map_or_else(|| value.to_owned(), |state| self.states.delivery.of(state).clone()),
            "why" => self.own_text(value).unwrap_or_else(|| value.to_owned()),
            _ => value.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_wrote_is_read_in_the_operators_language_and_never_as_the_providers() {
        let (en, zh) = (Strings::of(Lang::En), Strings::of(Lang::Zh));
        assert_eq!(zh.said("settled by hand"), "pushdeck：人工确认");
        assert_eq!(zh.said("Connection refused (os error 111)"), "pushdeck：连接被拒绝（系统错误 111）");
        assert_eq!(zh.said("no answer within 30 s"), "pushdeck：30 秒内没有回应");
        assert_eq!(
            zh.said("the answer broke off: incomplete response"),
            "pushdeck：回应中断：回应不完整"
        );
        let key = "the field `encryption_key` cannot be used: AES-256 takes 32 characters, and it has 16";
        let zh_key = zh.said(key).into_owned();
        assert!(zh_key.contains("AES-256 需要 32 个字符，现有 16 个"), "{zh_key}");
        assert_eq!(en.said("settled by hand"), "pushdeck: settled by hand");
        for (stored, said) in [
            ("the text has 40001 characters of at most 40000", "文本为 40001 字符，最多 40000"),
            ("the text has 40001 UTF-16 units of at most 40000", "文本为 40001 UTF-16 单元，最多 40000"),
            ("the text has 32769 bytes of at most 32768", "文本为 32769 字节，最多 32768"),
            ("thing1 has 21 characters of at most 20", "thing1 为 21 字符，最多 20"),
        ] {
            let whole = format!("the message cannot be sent this way: {stored}");
            assert_eq!(zh.said(&whole), format!("pushdeck：消息无法这样发送：{said}"));
        }
        for theirs in ["Unregistered", "用户已拒收", "", "no answer within these walls s, said he"] {
            assert_eq!((en.said(theirs), zh.said(theirs)), (theirs.into(), theirs.into()));
        }
    }

    #[test]
    fn the_audit_log_reads_as_what_was_done() {
        let (en, zh) = (Strings::of(Lang::En), Strings::of(Lang::Zh));
        assert_eq!(zh.act("let_go"), "立即发送");
        assert_eq!(zh.audit_detail("600 to send, plan 3f2a"), "应发 600 条，计划 3f2a");
        assert_eq!(zh.audit_detail("1 unknown deliveries are assumed"), "1 条结果未知：视为已接收");
        assert_eq!(zh.audit_detail("operator: lunch"), "人工暂停：lunch");
        assert_eq!(zh.audit_detail("operator: "), "人工暂停");
        assert_eq!(zh.audit_detail("公众号: callback_token"), "公众号：callback_token");
        assert_eq!(zh.audit_detail("stage: 10 of 12000"), "首批已发完，其余等待确认：10 / 12,000");
        for detail in ["600 to send, plan 3f2a", "operator: lunch", "bark (bark)"] {
            assert_eq!(en.audit_detail(detail), detail);
        }
    }

    /// What kinds say of fields that do not go together, or of a message, reads in Chinese wherever it is shown.
    #[test]
    fn refusals_of_forms_and_messages_are_ours_in_chinese() {
        let zh = Strings::of(Lang::Zh);
        let account = |kind: &str, settings: &[(&str, &str)]| crate::domain::channel::Account {
            id: crate::domain::id::ChannelId(1),
            name: "c".into(),
            kind: kind.into(),
            settings: settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            secrets: BTreeMap::new(),
        };
        for (kind, settings) in [
            ("serverchan", &[("channel", "9|66|8")][..]),
            ("email", &[("host", "h.example"), ("from", "a@b.example"), ("bounce_to", "x")]),
            ("email", &[("host", "h.example"), ("from", "a@b.example"), ("security", "none")]),
            ("wechat", &[("fields", "foo")]),
            ("wechat", &[("fields", "好=1")]),
            ("wechat", &[("fields", "thing1={{x")]),
            ("wechat", &[("fields", "thing1={{x | y}}")]),
            ("webhook", &[("url", "https://e.x/"), ("headers", "just a text")]),
            ("webhook", &[("url", "https://e.x/"), ("headers", "Host: e.x")]),
            ("webhook", &[("url", "https://e.x/{{ titel }}")]),
        ] {
            let said = crate::channels::catalog::kind(kind).expect("a kind").check_account(&account(kind, settings));
            let error = said.expect_err(kind).to_string();
            let said = zh.own_text(&error).unwrap_or_else(|| panic!("{kind}: {error}"));
            for word in ["expected", "such as", "needs", "has no", "value of", "is no", "can follow", "known"] {
                assert!(!said.contains(word), "{kind}: {said}");
            }
        }
    }

    /// A text that is changed in the code and not here would be shown in English and as the provider's.
    #[test]
    fn every_text_is_still_written_somewhere() {
        let sources = [
            include_str!("../../store/ledger.rs"),
            include_str!("../../store/backup.rs"),
            include_str!("../../store/settle.rs"),
            include_str!("../../delivery/engine/flight.rs"),
            include_str!("../../delivery/http.rs"),
            include_str!("../../delivery/smtp.rs"),
            include_str!("../../delivery/smtp/dial.rs"),
            include_str!("../../delivery/smtp/reply.rs"),
            include_str!("../../delivery/outgoing.rs"),
            include_str!("../../channels/reading.rs"),
            include_str!("../../channels/wxpusher/answer.rs"),
            include_str!("../../channels/serverchan/answer.rs"),
            include_str!("../../channels/wechat/answer.rs"),
            include_str!("../../channels/wechat/proof.rs"),
            include_str!("../../channels/wechat/template.rs"),
            include_str!("../../channels/wechat/desk.rs"),
            include_str!("../../channels/text.rs"),
            include_str!("../../channels/written.rs"),
            include_str!("../../channels/field.rs"),
            include_str!("../../channels/robot.rs"),
            include_str!("../../channels/gotify.rs"),
            include_str!("../../channels/pushover.rs"),
            include_str!("../../channels/serverchan.rs"),
            include_str!("../../channels/wxpusher.rs"),
            include_str!("../../channels/email.rs"),
            include_str!("../../channels/email/compose.rs"),
            include_str!("../../channels/webhook.rs"),
            include_str!("../../channels/webhook/engine.rs"),
            include_str!("../../channels/webhook/headers.rs"),
            include_str!("../../delivery/passes.rs"),
            include_str!("../../channels/wxpusher/desk.rs"),
            include_str!("../../channels/kind.rs"),
            include_str!("../../channels/apns.rs"),
            include_str!("../../channels/apns/token.rs"),
            include_str!("../../channels/bark.rs"),
            include_str!("../../channels/bark/cipher.rs"),
            include_str!("../../channels/bark/desk.rs"),
            include_str!("../../domain/file.rs"),
            include_str!("../../domain/template.rs"),
            include_str!("../../store/files.rs"),
        ];
        for (name, phrase) in Strings::of(Lang::En).own.said.iter().filter(|(name, _)| !name.starts_with("sys_")) {
            let text = phrase.fill(&[]);
            let longest = text.split(['{', '}']).max_by_key(|part| part.len()).unwrap_or_default();
            assert!(sources.iter().any(|source| source.contains(longest)), "{name}: {text}");
        }
    }
}
