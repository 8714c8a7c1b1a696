//! What PushPlus's answers mean. HTTP is 200 throughout; the code decides (api.pushplus.plus/doc-3034446). The token is
//! the person's own, so what is wrong with it or its account is theirs and stops nobody else.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::channels::answer::HttpAnswer;
use crate::channels::kind::Target;
use crate::channels::outcome::{Outcome, Reading};
use crate::channels::reading::{foreign, json, mentions, said, sentences, stopped};
use crate::domain::delivery::Class;

const SLOW: Duration = Duration::from_secs(60);
/// Days turn in China.
const CHINA: i8 = 8;

#[derive(Deserialize)]
struct Reply {
    code: i64,
    #[serde(default)]
    msg: Value,
    #[serde(default)]
    data: Value,
}

const TOKEN_WORDS: &[&str] = &["token", "令牌"];
const CONTENT_WORDS: &[&str] = &["内容", "标题", "长度", "content", "title", "template"];
const GROUP_WORDS: &[&str] = &["群组", "topic"];

pub(super) fn judge(targets: &[Target], answer: &HttpAnswer) -> Reading {
    let reply = match json::<Reply>(answer) {
        Some(reply) if answer.status == 200 => reply,
        _ => return foreign(answer, SLOW),
    };
    let words = sentences(&reply.msg);
    let (code, text) = (reply.code.to_string(), said(&words, targets));
    let refused = |class| Outcome::rejected(class, code.as_str(), text.as_str());
    Reading::all(match reply.code {
        200 => Outcome::accepted(serial(&reply.data, targets)),
        // Our address is not let in, whoever's token it is.
        403 => return stopped(code, text),
        302 | 401 | 805 | 905 => refused(Class::Refused),
        // How far it had come nobody says.
        500 => Outcome::unknown(Class::Provider, code, text),
        600 => refused(Class::Content),
        888 => refused(Class::Quota),
        // Every further call today lengthens the ban.
        900 => Outcome::next_day(CHINA, code, text),
        903 => refused(Class::BadRecipient),
        999 if mentions(&words, TOKEN_WORDS) => refused(Class::BadRecipient),
        999 if mentions(&words, GROUP_WORDS) => refused(Class::BadRecipient),
        999 if mentions(&words, CONTENT_WORDS) => refused(Class::Content),
        _ => refused(Class::Unclassified),
    })
}

/// The message's number, to ask about later.
fn serial(data: &Value, targets: &[Target]) -> Option<String> {
    let serial = data.as_str().filter(|serial| !serial.is_empty())?;
    Some(format!("id={}", said(serial, targets)))
}
