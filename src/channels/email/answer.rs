//! What SMTP replies mean: by the stage at which they came and the enhanced code, never by wording.

use std::time::Duration;

use crate::channels::answer::{MailReply, MailStage};
use crate::channels::outcome::{Outcome, Reading};
use crate::channels::reading::{said, stopped};
use crate::domain::delivery::Class;

/// How long a channel rests when the server asks it to slow down.
const SLOWED: Duration = Duration::from_secs(60);

/// How long it rests when the account's allowance is used up: it comes back within a day, nobody says when.
const HOUR: Duration = Duration::from_secs(3_600);

/// The enhanced status code (RFC 3463) at the beginning of a reply.
fn enhanced(text: &str) -> Option<(u16, u16, u16)> {
    let first = text.split_whitespace().next()?;
    let mut parts = first.split('.').map(|part| part.parse::<u16>().ok());
    let found = (parts.next()??, parts.next()??, parts.next()??);
    (parts.next().is_none() && matches!(found.0, 2 | 4 | 5)).then_some(found)
}

/// What a reply means. The enhanced code decides; the three digits only where there is none. One that only the
/// digits explain, and they do not either, is unclassified.
pub(super) fn judge(reply: &MailReply) -> Reading {
    let detail = enhanced(&reply.text);
    let code = match detail {
        None if reply.code == 0 => String::new(),
        Some((class, subject, number)) => format!("{} {class}.{subject}.{number}", reply.code),
        None => reply.code.to_string(),
    };
    let text = said(&words(&reply.text, detail), &[]);
    let subject = detail.map(|(_, subject, number)| (subject, number));
    // A server that says `450 5.1.1` means the longer one: its digits are often a setting.
    let kind = match detail {
        Some((class @ (4 | 5), ..)) if matches!(reply.code / 100, 4 | 5) => class,
        _ => reply.code / 100,
    };
    if reply.code == 421 {
        let class =
            if subject.is_some_and(|(subject, _)| subject == 7) { Class::RateLimit } else { Class::Provider };
        // It closes the door on everybody, not on this message.
        return Reading::all(Outcome::retry(class, Some(SLOWED), code, text)).slowing(SLOWED);
    }
    if is_allowance(detail) {
        // The account's, not this person's: of the next one the server would say the same.
        return Reading::all(Outcome::patient(Class::Quota, code, text)).slowing(HOUR);
    }
    if is_login(reply.code) && reply.stage != MailStage::Connect {
        return stopped(code, text);
    }
    match (reply.stage, kind) {
        (MailStage::Data, 2) => Reading::all(Outcome::accepted(Some(text).filter(|text| !text.is_empty()))),
        (MailStage::Sender, 5) if is_size(reply.code, subject) => {
            Reading::all(Outcome::rejected(Class::Content, code, text))
        }
        (MailStage::Trust, _) | (MailStage::Auth | MailStage::Sender, 5) => stopped(code, text),
        // Many servers say only here what they think of the sender, and that is everybody's trouble.
        (MailStage::Recipient, 5) if is_sender(subject) => stopped(code, text),
        (MailStage::Recipient | MailStage::Data, 4) if !is_passing(reply.stage, subject) => {
            let class = match subject {
                Some((2, 2)) => Class::Quota,
                Some((7, _)) => Class::RateLimit,
                _ => Class::Provider,
            };
            // Greylisting lifts after minutes, also where a filter does it behind the text; a full mailbox after hours.
            Reading::all(Outcome::patient(class, code, text))
        }
        (MailStage::Recipient, 5) => Reading::all(refused_recipient(reply.code, subject, code, text)),
        (MailStage::Data, 5) => Reading::all(refused_message(reply.code, subject, code, text)),
        // The greeting, the login, the sender: the next message would hear the same.
        (MailStage::Connect | MailStage::Auth | MailStage::Sender, _) => {
            let slow = subject.is_some_and(|(subject, _)| subject == 7) && reply.stage == MailStage::Sender;
            let class = if slow { Class::RateLimit } else { Class::Provider };
            Reading::all(Outcome::retry(class, Some(SLOWED), code, text)).slowing(SLOWED)
        }
        // Before the data nothing can have been delivered, whatever the reply was.
        _ => Reading::all(Outcome::retry(Class::Provider, None, code, text)),
    }
}

/// The words alone: the enhanced code stands beside them already, and long replies say it in every line.
fn words(text: &str, detail: Option<(u16, u16, u16)>) -> String {
    let Some((class, subject, number)) = detail else { return text.to_owned() };
    let said = format!("{class}.{subject}.{number}");
    text.split_whitespace().filter(|word| *word != said).collect::<Vec<_>>().join(" ")
}

/// The server wants a login or TLS, or did not like the login that it got (RFC 4954, RFC 3207): these digits mean
/// nothing else, while enhanced codes such as 5.7.9 are used for mail that is not liked.
fn is_login(code: u16) -> bool {
    matches!(code, 530 | 534 | 535 | 538)
}

/// Trouble of the server itself with a text (RFC 3463 §3.4), which is over in seconds.
fn is_passing(stage: MailStage, subject: Option<(u16, u16)>) -> bool {
    stage == MailStage::Data && matches!(subject, Some((3, _)))
}

/// The account has sent as much as it may in a day: Gmail says 5.4.5, Exchange Online 5.1.90.
/// A transient 4.4.5 is congestion.
fn is_allowance(detail: Option<(u16, u16, u16)>) -> bool {
    matches!(detail, Some((5, 4, 5) | (5, 1, 90)))
}

/// The address that is not liked is the sender's (RFC 3463 §3.2).
fn is_sender(subject: Option<(u16, u16)>) -> bool {
    matches!(subject, Some((1, 7 | 8)))
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
        // 5.6.7: the address cannot be written on this way.
        (Some((1 | 2, _) | (6, 7)), _) | (None, 550 | 551 | 553 | 556) => {
            Outcome::rejected(Class::BadRecipient, code, text)
        }
        _ => Outcome::rejected(Class::Unclassified, code, text),
    }
}

fn refused_message(number: u16, subject: Option<(u16, u16)>, code: String, text: String) -> Outcome {
    let class = match (subject, number) {
        (Some((2, 2)), _) => return Outcome::patient(Class::Quota, code, text),
        (Some((1, _) | (2, 1)), _) => Class::BadRecipient,
        (Some((3, 4) | (2, 3) | (6, _)), _) | (None, 552) => Class::Content,
        (Some((7, _)), _) | (None, 550 | 554) => Class::Refused,
        _ => Class::Unclassified,
    };
    Outcome::rejected(class, code, text)
}
