//! What SMTP replies mean: by the stage at which they came and the enhanced code, never by wording.

use std::time::Duration;

use crate::channels::answer::{MailReply, MailStage};
use crate::channels::outcome::{Outcome, Reading};
use crate::channels::reading::{said, stopped};
use crate::domain::delivery::Class;

/// How long a channel rests when the server asks it to slow down.
const SLOWED: Duration = Duration::from_secs(60);

/// The enhanced status code (RFC 3463) at the beginning of a reply.
fn enhanced(text: &str) -> Option<(u16, u16, u16)> {
    let first = text.split_whitespace().next()?;
    let mut parts = first.split('.').map(|part| part.parse::<u16>().ok());
    let found = (parts.next()??, parts.next()??, parts.next()??);
    (parts.next().is_none() && matches!(found.0, 2 | 4 | 5)).then_some(found)
}

pub(super) fn judge(reply: &MailReply) -> Reading {
    let detail = enhanced(&reply.text);
    let code = match detail {
        None if reply.code == 0 => String::new(),
        Some((class, subject, number)) => format!("{} {class}.{subject}.{number}", reply.code),
        None => reply.code.to_string(),
    };
    // The enhanced code stands beside it already.
    let words = match detail {
        Some(_) => reply.text.split_once(char::is_whitespace).map_or("", |(_, words)| words),
        None => &reply.text,
    };
    let text = said(words, &[]);
    let subject = detail.map(|(_, subject, number)| (subject, number));
    let kind = reply.code / 100;
    if reply.code == 421 {
        let class =
            if subject.is_some_and(|(subject, _)| subject == 7) { Class::RateLimit } else { Class::Provider };
        // It closes the door on everybody, not on this message.
        return Reading::all(Outcome::retry(class, Some(SLOWED), code, text)).slowing(SLOWED);
    }
    match (reply.stage, kind) {
        (MailStage::Data, 2) => Reading::all(Outcome::accepted(Some(text).filter(|text| !text.is_empty()))),
        (MailStage::Sender, 5) if is_size(reply.code, subject) => {
            Reading::all(Outcome::rejected(Class::Content, code, text))
        }
        (MailStage::Trust, _) | (MailStage::Auth | MailStage::Sender, 5) => stopped(code, text),
        (MailStage::Recipient, 4) => {
            let class = match subject {
                Some((2, 2)) => Class::Quota,
                Some((7, _)) => Class::RateLimit,
                _ => Class::Provider,
            };
            // Greylisting lifts after minutes, a full mailbox after hours.
            Reading::all(Outcome::patient(class, code, text))
        }
        (MailStage::Recipient, 5) => Reading::all(refused_recipient(reply.code, subject, code, text)),
        (MailStage::Data, 5) => Reading::all(refused_message(reply.code, subject, code, text)),
        // The greeting, the login, the sender: the next message would hear the same.
        (MailStage::Connect | MailStage::Auth | MailStage::Sender, _) => {
            Reading::all(Outcome::retry(Class::Provider, Some(SLOWED), code, text)).slowing(SLOWED)
        }
        // Before the data nothing can have been delivered, whatever the reply was.
        _ => Reading::all(Outcome::retry(Class::Provider, None, code, text)),
    }
}

fn is_size(code: u16, subject: Option<(u16, u16)>) -> bool {
    matches!(subject, Some((3, 4) | (2, 3))) || (code == 552 && subject.is_none())
}

fn refused_recipient(number: u16, subject: Option<(u16, u16)>, code: String, text: String) -> Outcome {
    match (subject, number) {
        // A full mailbox empties.
        (Some((2, 2)), _) | (None, 552) => Outcome::patient(Class::Quota, code, text),
        (Some((3, 4) | (2, 3)), _) => Outcome::rejected(Class::Content, code, text),
        // Policy: no proof that the mailbox is dead.
        (Some((7, _)), _) | (None, 554) => Outcome::rejected(Class::Refused, code, text),
        (Some((1 | 2, _)), _) | (None, 550) | (_, 551 | 553) => {
            Outcome::rejected(Class::BadRecipient, code, text)
        }
        _ => Outcome::rejected(Class::Unclassified, code, text),
    }
}

fn refused_message(number: u16, subject: Option<(u16, u16)>, code: String, text: String) -> Outcome {
    let class = match subject {
        Some((1, _)) => Class::BadRecipient,
        _ if is_size(number, subject) => Class::Content,
        Some((6, _)) => Class::Content,
        _ => Class::Refused,
    };
    Outcome::rejected(class, code, text)
}
