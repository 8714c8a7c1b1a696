//! What the words do at the kinds that have no column of their own, as a list: most words mean one code there.

use std::fmt::Write as _;

use super::super::apns::BEGINNINGS;
use super::super::ledger::Kind;

/// What every one of them does.
const ALL: &str = "The other kinds: nodevice is accepted, slow drop half html huge are as above. \
                   Words stand in openid, topic, token, key or @name; `once` is accepted the next time.";

/// Kind, and its words with their answers.
const OTHERS: [(Kind, &[(&str, &str)]); 13] = [
    (
        Kind::Wechat,
        &[
            ("dead", "43004"),
            ("unknown", "40003"),
            ("blocked", "43019 (notifications: 43101)"),
            ("quota", "45009"),
            ("poison", "47003"),
            ("busy", "-1"),
            ("flaky", "45011 once"),
            ("closed", "45015 for customer messages"),
            ("used", "45047 for them"),
            ("nodevice", "receipt `failed: system failed`"),
            ("muted", "receipt `failed:user block`"),
        ],
    ),
    (
        Kind::Ntfy,
        &[
            ("dead", "50701"),
            ("blocked", "40301"),
            ("quota", "42908"),
            ("poison", "40007"),
            ("busy", "50001"),
            ("flaky", "42901 once"),
        ],
    ),
    (
        Kind::Gotify,
        &[
            ("dead unknown blocked", "401"),
            ("quota", "429"),
            ("poison", "400"),
            ("busy", "500"),
            ("flaky", "503 once"),
        ],
    ),
    (
        Kind::Telegram,
        &[
            ("dead", "403 deactivated"),
            ("unknown", "400 chat not found"),
            ("blocked", "403 blocked"),
            ("quota", "429 retry after 60"),
            ("poison", "400 can't parse entities, plain text is taken"),
            ("busy", "500"),
            ("flaky", "429 retry after 1, once"),
            ("chats 999403…", "that status, 400 410 429 500 as well"),
            ("-999302…", "the group has moved"),
        ],
    ),
    (
        Kind::Dingtalk,
        &[
            ("dead unknown", "300001"),
            ("blocked", "310000 ip"),
            ("quota", "90030"),
            ("poison", "40035"),
            ("busy", "-1"),
            ("flaky", "130101 once"),
        ],
    ),
    (
        Kind::Feishu,
        &[
            ("dead unknown", "19001"),
            ("blocked", "19022"),
            ("quota", "11232"),
            ("poison", "19002"),
            ("busy", "HTTP 500"),
            ("flaky", "9499 once"),
        ],
    ),
    (
        Kind::Wecom,
        &[
            ("dead unknown", "93000"),
            ("blocked", "60020"),
            ("quota", "45009"),
            ("poison", "40058"),
            ("busy", "-1"),
            ("flaky", "45009 once"),
        ],
    ),
    (
        Kind::Pushplus,
        &[
            ("dead unknown", "903"),
            ("blocked", "905"),
            ("quota", "900"),
            ("poison", "999"),
            ("busy", "500"),
            ("flaky", "500 once"),
        ],
    ),
    (
        Kind::Pushdeer,
        &[
            ("dead unknown", "HTTP 500"),
            ("blocked poison", "80501"),
            ("quota", "HTTP 429"),
            ("busy", "80502"),
            ("flaky", "HTTP 429 once"),
            ("nodevice", "an empty result"),
        ],
    ),
    (
        Kind::Pushover,
        &[
            ("dead unknown blocked poison", "400 with a sentence"),
            ("quota", "429"),
            ("busy", "500"),
            ("flaky", "503 once"),
        ],
    ),
    (
        Kind::Slack,
        &[
            ("dead", "410 channel_is_archived"),
            ("unknown", "404 no_service"),
            ("blocked", "403 action_prohibited"),
            ("quota", "429"),
            ("poison", "400 invalid_payload"),
            ("busy", "500 rollup_error"),
            ("flaky", "429 once"),
        ],
    ),
    (
        Kind::Discord,
        &[
            ("dead unknown", "404 10015"),
            ("blocked", "403 50001"),
            ("quota", "429 for 60 s"),
            ("poison", "400 50035"),
            ("busy", "500"),
            ("flaky", "429 for 0.5 s, once"),
        ],
    ),
    (
        Kind::Webhook,
        &[
            ("dead", "410"),
            ("unknown", "404"),
            ("blocked", "403"),
            ("quota", "429"),
            ("poison", "400"),
            ("busy", "500"),
            ("flaky", "503 once; words count in a field `to`, else in the path"),
        ],
    ),
];

/// The list as text.
pub(super) fn list() -> String {
    let mut text = wrapped("", ALL.split(' ').map(str::to_owned), " ");
    text.push('\n');
    for (kind, words) in OTHERS {
        let items = words.iter().map(|(word, answer)| format!("{word}: {answer}"));
        text.push_str(&wrapped(kind.id(), items, ", "));
    }
    let digits = BEGINNINGS.iter().map(|(digits, answer)| format!("{digits}: {answer}"));
    let first = std::iter::once("by the first digits of the device token".to_owned());
    text.push_str(&wrapped(Kind::Apns.id(), first.chain(digits), ", "));
    text
}

/// Items in lines of 79 columns, behind a name in the first.
fn wrapped(name: &str, items: impl Iterator<Item = String>, between: &str) -> String {
    let indent = if name.is_empty() { 0 } else { 10 };
    let mut text = format!("{name:<indent$}");
    let mut column = indent;
    let mut items = items.peekable();
    while let Some(item) = items.next() {
        let end = if items.peek().is_some() { between } else { "" };
        let width = item.chars().count() + end.trim_end().len();
        if column > indent && column + width > 79 {
            text.truncate(text.trim_end().len());
            // Writing to a String cannot fail.
            let _ = write!(text, "\n{:indent$}", "");
            column = indent;
        }
        text.push_str(&item);
        text.push_str(end);
        column += item.chars().count() + end.len();
    }
    text.push('\n');
    text
}
