//! E-mail: one message and one SMTP transaction for each person.
//!
//! A message is the same bytes at every attempt: its id, date and boundary come from the delivery.
//! Answers are classed by the stage at which they came and by the enhanced code, never by wording.

use std::borrow::Cow;

use super::answer::{Answer, MailReply};
use super::call::{Call, MailCall, MailServer, Security};
use super::face::{Face, Frame, Label};
use super::field::{effective_concurrency, is_loopback_host, required, transport};
use super::kind::{AddressWarning, BuildError, Kind, ReadAddress, Target, To};
use super::outcome::{Outcome, Reading};
use super::reading::said;
use super::spec::{AddressSpec, Limit, Limits, Repeat, Spec, Unit, Wire, Words};
use super::text::{cut, first_line, one_line};
use super::wxpusher::usable;
use crate::domain::channel::Account;
use crate::domain::delivery::Class;
use crate::domain::message::{Content, Format};
use crate::domain::time::Millis;

mod answer;
mod compose;
mod fields;
mod mailbox;
mod parts;

pub(super) use compose::are_links;
pub use mailbox::Mailbox;

/// A line of a mail has at most 998 bytes, and what has no blank in it cannot be folded; nobody reads as much.
const SUBJECT: Limit = Limit { max: 255, unit: Unit::Chars };

static SPEC: Spec = Spec {
    id: "email",
    label: Words::new("E-mail", "邮件"),
    about: Words::new("mailboxes, through your SMTP server", "通过你的 SMTP 服务器发送到邮箱"),
    fields: fields::FIELDS,
    address: AddressSpec {
        label: Words::new("Mailbox", "邮箱"),
        secret: false,
        example: "somebody@example.com",
    },
    formats: &[Format::Html, Format::Text],
    has_summary: false,
    limits: Limits { title: Some(SUBJECT), summary: None, body: None, url: None, payload: None },
    people_per_call: 1,
    remotes_per_call: 0,
    rate: None,
    concurrency: 4,
    // The reply after the final dot may take minutes; giving up there makes a delivery unknown.
    timeout_s: 300,
    repeat: Repeat::Duplicates,
    wire: Wire::Smtp,
};

/// The kind `email`.
#[derive(Debug, Clone, Copy)]
pub struct Email;

impl Kind for Email {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn read_address(&self, typed: &str) -> Result<ReadAddress, BuildError> {
        let typed = usable(typed)?;
        let typed = typed.strip_prefix("mailto:").unwrap_or(typed);
        Ok(match Mailbox::parse(typed) {
            Some(mailbox) => {
                ReadAddress { value: mailbox.address.as_str().into(), warning: None, host: None }
            }
            None => ReadAddress { value: typed.into(), warning: Some(AddressWarning::Shape), host: None },
        })
    }

    fn build(&self, account: &Account, content: &Content, targets: &[Target]) -> Result<Call, BuildError> {
        let [target @ Target { to: To::Person(to), .. }] = targets else {
            return Err(BuildError::BadAddress("a mail goes to one mailbox".to_owned()));
        };
        let server = server(account)?;
        let from = mailbox(account, "from")?.ok_or(BuildError::MissingField("from"))?;
        let mut to = Mailbox::parse(to.expose())
            .ok_or_else(|| BuildError::BadAddress("it is not a mailbox".to_owned()))?;
        to.name = one_line(&target.name).into_owned();
        let message = compose::compose(account, content, target, &from, &to)?;
        let reports = account.setting("dsn") == Some("yes");
        Ok(Call::Mail(MailCall {
            password: server.user.as_ref().and_then(|_| account.secret("password").cloned()),
            server,
            from: bounce_to(account, &target.token)?.unwrap_or(from.address),
            to: to.address,
            report: reports.then(|| compose::key(target)),
            message,
        }))
    }

    fn read(&self, _targets: &[Target], answer: &Answer) -> Reading {
        match answer {
            Answer::Mail(reply) => answer::judge(reply),
            Answer::NotSent(why) => Reading::all(Outcome::retry(Class::Network, None, "", said(why, &[]))),
            Answer::Lost(why) => Reading::all(Outcome::unknown(Class::Network, "", said(why, &[]))),
            Answer::Http(http) => {
                Reading::all(Outcome::unknown(Class::Unclassified, http.status.to_string(), ""))
            }
        }
    }

    fn takes_files(&self) -> bool {
        true
    }

    fn verify(&self, account: &Account) -> Result<Option<Call>, BuildError> {
        let server = server(account)?;
        let from = mailbox(account, "from")?.ok_or(BuildError::MissingField("from"))?;
        Ok(Some(Call::Mail(MailCall {
            password: server.user.as_ref().and_then(|_| account.secret("password").cloned()),
            server,
            from: bounce_to(account, "0")?.unwrap_or(from.address),
            to: String::new(),
            report: None,
            message: Vec::new(),
        })))
    }

    fn face(&self, account: &Account, content: &Content, to: &str, _now: Millis) -> Face {
        let label = |en, zh| Label::Words(Words::new(en, zh));
        let subject = subject(content);
        Face::new(Frame::Mail)
            .labelled(label("From", "发件人"), account.setting("from").unwrap_or_default())
            .labelled(label("To", "收件人"), to)
            .labelled(label("Reply to", "回复到"), account.setting("reply_to").unwrap_or_default())
            .labelled(label("Subject", "主题"), &subject)
            .plain(first_line(&content.plain), 1)
    }

    fn read_verify(&self, answer: &Answer) -> Reading {
        match answer {
            Answer::Mail(MailReply { code: 200..300, .. }) => Reading::all(Outcome::accepted(None)),
            answer => self.read(&[], answer),
        }
    }
}

fn server(account: &Account) -> Result<MailServer, BuildError> {
    let host = required(account, "host")?.to_owned();
    let (security, usual_port) = match account.setting("security").unwrap_or("tls") {
        "tls" => (Security::Tls, 465),
        "starttls" => (Security::StartTls, 587),
        "none" => (Security::None, 25),
        _ => return Err(bad_field("security", "expected tls, starttls or none")),
    };
    if security == Security::None && !is_loopback_host(&host) && account.setting("http_ok") != Some("yes") {
        return Err(bad_field("security", "an unencrypted connection to another host needs http_ok=yes"));
    }
    let port = match account.setting("port") {
        Some(port) => port.parse().map_err(|_| bad_field("port", "expected a number from 1 to 65535"))?,
        None => usual_port,
    };
    let user = account.setting("user").map(str::to_owned);
    if user.is_some() && account.secret("password").is_none() {
        return Err(BuildError::MissingField("password"));
    }
    let hello = account.setting("helo").map(str::to_owned);
    // It stands in a command of the protocol.
    if hello.as_ref().is_some_and(|name| name.contains(|c: char| !c.is_ascii_graphic())) {
        return Err(bad_field("helo", "expected a host name of ASCII letters"));
    }
    let per_connection = account.setting("per_connection").and_then(|value| value.parse().ok());
    Ok(MailServer {
        user,
        ca_file: transport(account).ca_file,
        hello,
        connections: effective_concurrency(account, &SPEC),
        per_connection: per_connection.filter(|messages| *messages > 0).unwrap_or(100),
        ..MailServer::new(host, port, security)
    })
}

/// Where undeliverable mail goes back to: a mailbox of its own for each delivery, if the setting names a token.
/// Readers never see it.
fn bounce_to(account: &Account, token: &str) -> Result<Option<String>, BuildError> {
    let Some(template) = account.setting("bounce_to") else { return Ok(None) };
    match Mailbox::parse(&template.replace("{token}", token)) {
        Some(mailbox) if mailbox.name.is_empty() => Ok(Some(mailbox.address)),
        _ => Err(bad_field("bounce_to", "expected an address such as bounce+{token}@example.com")),
    }
}

fn bad_field(field: &'static str, why: &str) -> BuildError {
    BuildError::BadField { field, why: why.to_owned() }
}

fn mailbox(account: &Account, field: &'static str) -> Result<Option<Mailbox>, BuildError> {
    let parse = |typed: &str| Mailbox::parse(typed).ok_or_else(|| bad_field(field, "it is not a mailbox"));
    account.setting(field).map(parse).transpose()
}

/// The subject: the title, or the first line of a message without one.
fn subject(content: &Content) -> Cow<'_, str> {
    let title = content.title.trim();
    match one_line(if title.is_empty() { first_line(&content.plain) } else { title }) {
        Cow::Borrowed(line) => Cow::Borrowed(cut(line, SUBJECT)),
        Cow::Owned(line) => Cow::Owned(cut(&line, SUBJECT).to_owned()),
    }
}
