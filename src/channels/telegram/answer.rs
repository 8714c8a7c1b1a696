//! What the Bot API's answers mean. A refusal has `ok: false`, the HTTP status once more as `error_code`, and a
//! sentence; the same status means many things, so the sentence decides.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::channels::answer::HttpAnswer;
use crate::channels::kind::Target;
use crate::channels::outcome::{Outcome, Outcomes, Reading, Verdict};
use crate::channels::reading::{body_text, foreign, json, mentions, said, stopped};
use crate::domain::delivery::Class;

/// A refusal for speed nearly always says how long.
const SLOW: Duration = Duration::from_secs(5);
const LEAST: Duration = Duration::from_secs(1);
const MOST: Duration = Duration::from_secs(86_400);

#[derive(Deserialize)]
struct Reply {
    ok: bool,
    #[serde(default)]
    error_code: i64,
    #[serde(default)]
    description: String,
    /// `retry_after` in seconds, `migrate_to_chat_id`.
    #[serde(default)]
    parameters: Value,
    /// The message, or the bot.
    #[serde(default)]
    result: Value,
}

/// No such chat, or one that the bot was never let into.
const GONE: &[&str] = &[
    "chat not found",
    "user not found",
    "user is deactivated",
    "group chat was deactivated",
    "upgraded to a supergroup",
    "chat_id is empty",
    "peer_id_invalid",
    "wrong chat id",
    "chat_id_invalid",
];
/// The bot was thrown out, or may not write there.
const BLOCKED: &[&str] = &[
    "bot was blocked by the user",
    "bot was kicked",
    "bot is not a member",
    "bot can't initiate conversation",
    "bot can't send messages to bots",
    "have no rights to send",
    "not enough rights to send",
    "need administrator rights in the channel",
    "chat_write_forbidden",
    "chat_restricted",
    "chat_send_plain_forbidden",
];
/// Its parser does not like our markup: the same words without it are taken.
const MARKUP: &str = "can't parse entities";
const CONTENT: &[&str] = &[
    MARKUP,
    "message text is empty",
    "text must be non-empty",
    "message is too long",
    "must be encoded in utf-8",
    "entities_too_long",
];

pub(super) fn judge(targets: &[Target], answer: &HttpAnswer) -> Reading {
    let Some(reply) = json::<Reply>(answer) else { return foreign(answer, SLOW) };
    if reply.ok {
        return if answer.status == 200 {
            let id = reply.result["message_id"].as_i64();
            Reading::all(Outcome::accepted(id.map(|id| format!("message_id={id}"))))
        } else {
            foreign(answer, SLOW)
        };
    }
    let (code, words) = (reply.error_code.to_string(), reply.description.as_str());
    let text = said(words, targets);
    let refused = |class| Reading::all(Outcome::rejected(class, code.as_str(), text.as_str()));
    if let Some(id) = reply.parameters["migrate_to_chat_id"].as_i64() {
        // The address has to be changed, and only a person may do that.
        let text = format!("{text}: its chat_id is {id} now");
        return Reading::all(Outcome::rejected(Class::BadRecipient, code, text));
    }
    match reply.error_code {
        429 => {
            let asked = reply.parameters["retry_after"].as_u64();
            let asked = asked.map(|seconds| Duration::from_secs(seconds).clamp(LEAST, MOST));
            let wait = asked.or(answer.retry_after).unwrap_or(SLOW);
            Reading::all(Outcome::retry(Class::RateLimit, Some(wait), code, text)).slowing(wait)
        }
        401 | 404 => stopped(code, text),
        413 => refused(Class::Content),
        400 | 403 if mentions(words, GONE) => refused(Class::BadRecipient),
        400 | 403 if mentions(words, BLOCKED) => refused(Class::Blocked),
        400 if mentions(words, CONTENT) => refused(Class::Content),
        // The front door writes this too, about a server behind it that may have sent the message.
        500..600 => Reading::all(Outcome::unknown(Class::Provider, code, text)),
        _ => refused(Class::Unclassified),
    }
}

/// Whether only the markup was refused.
pub(super) fn is_about_markup(reading: &Reading) -> bool {
    matches!(&reading.outcomes, Outcomes::All(outcome)
        if outcome.verdict == Verdict::Rejected && mentions(&outcome.text, &[MARKUP]))
}

/// What the answer to `getMe` means.
pub(super) fn judge_verify(answer: &HttpAnswer) -> Reading {
    match json::<Reply>(answer) {
        Some(reply) if !reply.ok => judge(&[], answer),
        Some(reply) if answer.status == 200 && reply.result["username"].is_string() => {
            let name = reply.result["username"].as_str().unwrap_or_default();
            Reading::all(Outcome::accepted(Some(format!("bot=@{}", said(name, &[])))))
        }
        _ if answer.status == 200 => stopped("200", body_text(answer)),
        _ => foreign(answer, SLOW),
    }
}
