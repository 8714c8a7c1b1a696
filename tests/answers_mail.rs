//! What SMTP replies mean: real ones of relays and receivers that many people meet, by stage and code.
//!
//! The digits and enhanced codes are those that the servers publish or say; the words beside them decide nothing,
//! which the last test holds against every line.

use std::time::Duration;

use pushdeck::channels::answer::{Answer, MailReply, MailStage};
use pushdeck::channels::catalog;
use pushdeck::channels::kind::{Target, To};
use pushdeck::channels::outcome::{ChannelEffect, Outcomes, Reading, Verdict};
use pushdeck::domain::broadcast::PauseReason;
use pushdeck::domain::delivery::Class;
use pushdeck::domain::time::Millis;

use MailStage::{Auth, Connect, Data, Recipient, Sender};

type Meaning = (Verdict, Option<Class>, Option<ChannelEffect>);

const OK: Meaning = (Verdict::Accepted, None, None);
const PAUSED: Option<ChannelEffect> = Some(ChannelEffect::Pause(PauseReason::Credential));
const STOP: Meaning = (Verdict::Retry { after: None }, Some(Class::Credential), PAUSED);

const fn no(class: Class) -> Meaning {
    (Verdict::Rejected, Some(class), None)
}

const fn patient(class: Class) -> Meaning {
    (Verdict::Patient, Some(class), None)
}

const fn soon(class: Class) -> Meaning {
    (Verdict::Retry { after: None }, Some(class), None)
}

/// The account's allowance.
const fn used_up() -> Meaning {
    (Verdict::Patient, Some(Class::Quota), Some(ChannelEffect::SlowDown(Duration::from_secs(3_600))))
}

const fn rest(class: Class) -> Meaning {
    let minute = Duration::from_secs(60);
    (Verdict::Retry { after: Some(minute) }, Some(class), Some(ChannelEffect::SlowDown(minute)))
}

const REPLIES: &[(MailStage, u16, &str, Meaning)] = &[
    // Before anybody is named: everybody's trouble.
    (Connect, 554, "5.7.1 Service unavailable; client host blocked using a list", rest(Class::Provider)),
    (Connect, 450, "4.7.1 Client host rejected: cannot find your hostname", rest(Class::Provider)),
    (Connect, 421, "4.7.0 Try again later, closing connection", rest(Class::RateLimit)),
    (Connect, 454, "4.7.0 TLS not available due to local problem", rest(Class::Provider)),
    (Auth, 535, "5.7.8 Username and Password not accepted", STOP),
    (Auth, 535, "Error: authentication failed", STOP),
    (Auth, 534, "5.7.9 Application-specific password required", STOP),
    (Auth, 538, "5.7.11 Encryption required for requested authentication mechanism", STOP),
    (Auth, 504, "5.5.4 Unrecognized authentication type", STOP),
    (Auth, 454, "4.7.0 Too many login attempts, please try again later", rest(Class::Provider)),
    (Sender, 530, "5.7.0 Must issue a STARTTLS command first", STOP),
    (Sender, 530, "5.7.0 Authentication Required", STOP),
    (Sender, 501, "5.1.7 Bad sender address syntax", STOP),
    (Sender, 553, "5.7.1 Sender address rejected: not owned by user", STOP),
    (Sender, 550, "5.7.60 Client does not have permissions to send as this sender", STOP),
    (Sender, 552, "5.3.4 Message size exceeds fixed limit", no(Class::Content)),
    (Sender, 452, "4.3.1 Insufficient system storage", rest(Class::Provider)),
    (Sender, 451, "4.7.1 Too many messages from you", rest(Class::RateLimit)),
    (Sender, 550, "5.4.5 Daily user sending limit exceeded", used_up()),
    // One person's trouble.
    (
        Recipient,
        550,
        "5.1.1 The email account that you tried to reach does not exist",
        no(Class::BadRecipient),
    ),
    (Recipient, 550, "5.1.10 Recipient not found", no(Class::BadRecipient)),
    (Recipient, 556, "5.1.10 Recipient address has null MX", no(Class::BadRecipient)),
    (Recipient, 556, "Domain does not accept mail", no(Class::BadRecipient)),
    (Recipient, 550, "5.1.2 We weren't able to find the recipient domain", no(Class::BadRecipient)),
    (Recipient, 551, "5.1.6 The person has moved", no(Class::BadRecipient)),
    (Recipient, 550, "5.2.1 The email account that you tried to reach is disabled", no(Class::BadRecipient)),
    (Recipient, 550, "Invalid recipient", no(Class::BadRecipient)),
    (Recipient, 524, "5.2.4 Mailing list expansion problem", no(Class::BadRecipient)),
    (Recipient, 553, "5.1.3 The recipient address is not a valid RFC 5321 address", no(Class::BadRecipient)),
    (Recipient, 450, "5.1.1 Recipient address rejected: User unknown", no(Class::BadRecipient)),
    (Recipient, 552, "5.2.2 The email account that you tried to reach is over quota", patient(Class::Quota)),
    (Recipient, 452, "4.2.2 The email account that you tried to reach is over quota", patient(Class::Quota)),
    (Recipient, 552, "mailbox full", patient(Class::Quota)),
    (Recipient, 552, "5.2.3 The message is too long for this mailbox", no(Class::Content)),
    (Recipient, 450, "4.2.0 Greylisted, see the page for help", patient(Class::Provider)),
    (Recipient, 451, "4.7.1 Greylisting in action, please come back later", patient(Class::RateLimit)),
    (Recipient, 450, "4.2.1 The user is receiving mail too quickly", patient(Class::Provider)),
    (Recipient, 451, "4.3.0 Temporary lookup failure", patient(Class::Provider)),
    (Recipient, 450, "4.1.2 Recipient address rejected: Domain not found", patient(Class::Provider)),
    (Recipient, 554, "5.7.1 Relay access denied", no(Class::Refused)),
    (Recipient, 550, "5.7.1 Unable to relay", no(Class::Refused)),
    (Recipient, 550, "5.7.133 Sender not authenticated for group", no(Class::Refused)),
    (Recipient, 554, "delivery error: dd This user doesn't have an account here", no(Class::Refused)),
    (Recipient, 550, "5.1.8 Sender address rejected: Domain not found", STOP),
    (Recipient, 550, "5.1.7 The sender's address is not liked", STOP),
    (Recipient, 550, "5.4.1 Recipient address rejected: Access denied", no(Class::Unclassified)),
    (Recipient, 550, "5.4.6 Routing loop", no(Class::Unclassified)),
    (Recipient, 503, "5.5.1 Bad sequence of commands", no(Class::Unclassified)),
    (Recipient, 599, "something of their own", no(Class::Unclassified)),
    (Recipient, 421, "4.3.2 System not accepting network messages", rest(Class::Provider)),
    // The message's.
    (Data, 250, "2.0.0 OK 1700000000 abc - gsmtp", OK),
    (Data, 250, "2.6.0 <d1@example.com> Queued mail for delivery", OK),
    (
        Data,
        552,
        "5.7.0 This message was blocked because its content presents a security issue",
        no(Class::Refused),
    ),
    (
        Data,
        550,
        "5.7.1 Our system has detected that this message is likely unsolicited mail",
        no(Class::Refused),
    ),
    (Data, 554, "5.7.9 Message not accepted for policy reasons", no(Class::Refused)),
    (Data, 550, "5.7.26 This mail is unauthenticated", no(Class::Refused)),
    (Data, 554, "DT:SPM 163 smtp, please see the page", no(Class::Refused)),
    (Data, 552, "5.3.4 Message too big for system", no(Class::Content)),
    (Data, 552, "5.2.3 Message exceeds maximum fixed size", no(Class::Content)),
    (Data, 552, "message size exceeds limit", no(Class::Content)),
    (Data, 554, "5.6.0 Malformed message", no(Class::Content)),
    (Data, 552, "5.2.2 The mailbox is full", patient(Class::Quota)),
    (Data, 452, "4.2.2 The mailbox is full", patient(Class::Quota)),
    (Data, 550, "5.1.1 Unknown user, found out late", no(Class::BadRecipient)),
    (Data, 451, "4.3.0 Error: queue file write error", soon(Class::Provider)),
    (Data, 451, "Greylisted, try again in 5 minutes", patient(Class::Provider)),
    (Data, 451, "4.7.1 Try again later", patient(Class::RateLimit)),
    (Data, 550, "5.4.5 Daily user sending limit exceeded", used_up()),
    (Recipient, 550, "5.1.90 Your message can't be sent because you've reached your daily limit", used_up()),
    (Data, 554, "5.5.1 Error: no valid recipients", no(Class::Unclassified)),
    (Data, 554, "5.4.0 Error: too many hops", no(Class::Unclassified)),
    (Data, 571, "of their own", no(Class::Unclassified)),
    (Data, 421, "4.4.2 Error: timeout exceeded", rest(Class::Provider)),
    (Data, 421, "4.7.28 An unusual rate of mail from your network", rest(Class::RateLimit)),
];

fn read(stage: MailStage, code: u16, text: &str) -> Reading {
    let target = Target {
        to: To::Person("ann@example.com".into()),
        name: String::new(),
        key: "k".into(),
        token: "t".into(),
        stamp: Millis(0),
        again: false,
        in_place_of: None,
    };
    let kind = catalog::kind("email").expect("a kind");
    kind.read(&[target], &Answer::Mail(MailReply { stage, code, text: text.into() }))
}

fn meaning(reading: &Reading) -> Meaning {
    let Outcomes::All(outcome) = &reading.outcomes else { unreachable!("a mail has one recipient") };
    (outcome.verdict, outcome.class, reading.channel)
}

#[test]
fn replies_of_real_servers_land_in_their_classes() {
    for (stage, code, text, expected) in REPLIES {
        assert_eq!(meaning(&read(*stage, *code, text)), *expected, "{stage:?} {code} {text}");
    }
}

#[test]
fn no_word_beside_a_code_decides_anything() {
    let misleading = "user unknown mailbox full spam blocked quota exceeded authentication failed size";
    for (stage, code, text, expected) in REPLIES {
        let first = text.split(' ').next().expect("a word");
        let enhanced = if first.contains('.') { first } else { "" };
        for words in ["", misleading] {
            let text = format!("{enhanced} {words}");
            assert_eq!(meaning(&read(*stage, *code, &text)), *expected, "{stage:?} {code} {text}");
        }
    }
}

#[test]
fn a_long_reply_says_its_code_once() {
    let reading = read(Recipient, 550, "5.1.1 The account\n5.1.1 does not exist\n5.1.1 here 5.1.2");
    let Outcomes::All(outcome) = reading.outcomes else { unreachable!("one") };
    assert_eq!(
        (outcome.code.as_str(), outcome.text.as_str()),
        ("550 5.1.1", "The account does not exist here 5.1.2")
    );
}

#[test]
fn what_only_looks_like_an_enhanced_code_is_none() {
    for text in ["5.1 x", "5.1.1.1 x", "3.1.1 x", "x 5.7.1", "5.1.x"] {
        assert_eq!(
            meaning(&read(Recipient, 550, text)),
            no(Class::BadRecipient),
            "{text}: the digits decide"
        );
    }
}
