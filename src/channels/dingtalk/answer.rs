//! What DingTalk's answers mean. All come with HTTP 200; `errcode` decides, and where one code stands for
//! several rules, the words do. The table is the custom robots' own; codes of other interfaces have no place
//! in it.

use std::time::Duration;

use serde::Deserialize;

use crate::channels::answer::HttpAnswer;
use crate::channels::kind::Target;
use crate::channels::outcome::{Outcome, Reading};
use crate::channels::reading::{foreign, json, mentions, said, stopped};
use crate::channels::robot::unsigned;
use crate::domain::broadcast::PauseReason;
use crate::domain::channel::Account;
use crate::domain::delivery::Class;

/// The limit counts a minute. A rest of about ten minutes after it is reported (UNVERIFIED): eight attempts,
/// each after this, outlast that too.
const SLOW: Duration = Duration::from_secs(90);

#[derive(Deserialize)]
struct Reply {
    errcode: i64,
    #[serde(default)]
    errmsg: Option<String>,
}

pub(super) fn judge(targets: &[Target], account: Option<&Account>, answer: &HttpAnswer) -> Reading {
    let reply = if answer.status == 200 { json::<Reply>(answer) } else { None };
    let Some(reply) = reply else { return foreign(answer, SLOW) };
    let words = reply.errmsg.as_deref().unwrap_or_default();
    let (code, text) = (reply.errcode.to_string(), said(words, targets));
    Reading::all(match reply.errcode {
        0 => Outcome::accepted(None),
        -1 => Outcome::retry(Class::Provider, None, code, text),
        130_101 | 410_100 => {
            return Reading::all(Outcome::retry(Class::RateLimit, Some(SLOW), code, text)).slowing(SLOW);
        }
        // The month's calls of an organisation are used up.
        90_030 => {
            return Reading::all(Outcome::retry(Class::Quota, None, code, text)).pausing(PauseReason::Quota);
        }
        310_000 => return rule(targets, account, words, code, text),
        // The group was dissolved; no such token; the robot was stopped; no such robot.
        400_013 | 400_101 | 400_102 | 400_106 => Outcome::rejected(Class::BadRecipient, code, text),
        300_001 | 300_005 if mentions(words, &["token"]) => {
            Outcome::rejected(Class::BadRecipient, code, text)
        }
        // No JSON, a wrong content type, a type of message that it does not know.
        40_035 | 43_004 | 400_105 => Outcome::rejected(Class::Content, code, text),
        // An unsafe link, unfit text, picture or other content.
        430_101..=430_104 => Outcome::rejected(Class::Refused, code, text),
        _ => Outcome::rejected(Class::Unclassified, code, text),
    })
}

/// One code for all security rules of a robot.
fn rule(targets: &[Target], account: Option<&Account>, words: &str, code: String, text: String) -> Reading {
    if mentions(words, &["timestamp", "签名过期"]) {
        // The clock of this host.
        stopped(code, text)
    } else if mentions(words, &["sign", "签名"]) {
        // Its words for a wrong one name the time stamp, too.
        unsigned(targets, account, code, text)
    } else if mentions(words, &["keyword", "whitelist", "white list", "关键词", "白名单"]) {
        Reading::all(Outcome::rejected(Class::Refused, code, text))
    } else {
        Reading::all(Outcome::rejected(Class::Unclassified, code, text))
    }
}
