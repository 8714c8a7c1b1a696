//! E-mail: one message and one SMTP transaction for each person.
//!
//! A message is the same bytes at every attempt: its id, date and boundary come from the delivery.
//! Answers are classed by the stage at which they came and by the enhanced code, never by wording.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox as LettreMailbox, Message, MultiPart, SinglePart};

use super::answer::{Answer, MailReply};
use super::call::{Call, MailCall, MailServer, Security};
use super::face::{Face, Frame, Label};
use super::field::{is_loopback_host, required};
use super::kind::{AddressWarning, BuildError, Kind, ReadAddress, Target, To};
use super::outcome::{Outcome, Reading};
use super::reading::said;
use super::spec::{AddressSpec, Field, Limit, Limits, Repeat, Shape, Spec, Unit, Wire, Words};
use super::text::{cut, first_line, has_link, one_line};
use super::wxpusher::usable;
use crate::domain::channel::Account;
use crate::domain::delivery::Class;
use crate::domain::message::{Content, Format};
use crate::domain::template::Escape;

/// A line of a mail has at most 998 bytes, and what has no blank in it cannot be folded; nobody reads as much.
const SUBJECT: Limit = Limit { max: 255, unit: Unit::Chars };

static SPEC: Spec = Spec {
    id: "email",
    label: Words::new("E-mail", "邮件"),
    about: Words::new("mailboxes, through your SMTP server", "通过你的 SMTP 服务器发送到邮箱"),
    fields: FIELDS,
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

const FIELDS: &[Field] = &[
    Field::setting(
        "host",
        Words::new("Server", "服务器"),
        Words::new("of the SMTP relay", "SMTP 服务器地址"),
        Shape::Text,
    )
    .required(),
    Field::setting(
        "port",
        Words::new("Port", "端口"),
        Words::new(
            "unset: 465 for tls, 587 for starttls, 25 for none",
            "不填：tls 为 465，starttls 为 587，none 为 25",
        ),
        Shape::Number(1, 65_535),
    ),
    Field::setting(
        "security",
        Words::new("Security", "加密方式"),
        Words::new(
            "none only to this host, or with Plain http set to yes",
            "none 仅限本机，或将明文设为 yes",
        ),
        Shape::Choice(&["tls", "starttls", "none"]),
    )
    .or("tls"),
    Field::setting(
        "user",
        Words::new("User", "用户名"),
        Words::new("unset: no login", "不填则不登录"),
        Shape::Text,
    ),
    Field::credential(
        "password",
        Words::new("Password", "密码"),
        Words::new("often an app password or authorisation code", "通常是应用专用密码或授权码"),
    ),
    Field::setting(
        "from",
        Words::new("From", "发件人"),
        Words::new("such as News <news@example.com>", "如 通知 <news@example.com>"),
        Shape::Mailbox,
    )
    .required(),
    Field::setting(
        "reply_to",
        Words::new("Reply to", "回复地址"),
        Words::new("where answers go, if elsewhere", "回信地址（如不同）"),
        Shape::Mailbox,
    ),
    Field::setting(
        "unsubscribe_url",
        Words::new("Unsubscribe", "退订地址"),
        Words::new(
            "https with {token} for one click, or mailto:, or both with a comma",
            "带 {token} 的 https 地址可一键退订，或 mailto:，两者用逗号分隔",
        ),
        Shape::Text,
    ),
];

/// The kind `email`.
#[derive(Debug, Clone, Copy)]
pub struct Email;

/// A mailbox as typed: a display name, perhaps, and an address whose domain is ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The display name, or empty.
    pub name: String,
    /// Local part as typed, domain in its ASCII form and lower case.
    pub address: String,
}

impl Mailbox {
    /// Reads `a@b`, `<a@b>`, `Name <a@b>` or `"Name" <a@b>`; `None` for what is not a mailbox.
    pub fn parse(typed: &str) -> Option<Self> {
        let (name, address) = Self::split(typed);
        let (local, domain) = address.rsplit_once('@')?;
        let url::Host::Domain(domain) = url::Host::parse(domain).ok()? else { return None };
        lettre::Address::new(local, &domain).ok()?;
        Some(Self { name, address: format!("{local}@{domain}") })
    }

    fn split(typed: &str) -> (String, &str) {
        let typed = typed.trim();
        match typed.rsplit_once('<').and_then(|(name, rest)| Some((name, rest.strip_suffix('>')?))) {
            Some((name, address)) => (one_line(name.trim().trim_matches('"')).into_owned(), address.trim()),
            None => (String::new(), typed),
        }
    }

    fn domain(&self) -> &str {
        self.address.rsplit('@').next().unwrap_or_default()
    }

    fn lettre(&self) -> Option<LettreMailbox> {
        let name = Some(self.name.clone()).filter(|name| !name.is_empty());
        Some(LettreMailbox::new(name, self.address.parse().ok()?))
    }
}

mod answer;

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
        let message = compose(account, content, target, &from, &to)?;
        Ok(Call::Mail(MailCall {
            password: server.user.as_ref().and_then(|_| account.secret("password").cloned()),
            server,
            from: from.address,
            to: to.address,
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

    fn verify(&self, account: &Account) -> Result<Option<Call>, BuildError> {
        let server = server(account)?;
        let from = mailbox(account, "from")?.ok_or(BuildError::MissingField("from"))?;
        Ok(Some(Call::Mail(MailCall {
            password: server.user.as_ref().and_then(|_| account.secret("password").cloned()),
            server,
            from: from.address,
            to: String::new(),
            message: Vec::new(),
        })))
    }

    fn face(&self, account: &Account, content: &Content, to: &str) -> Face {
        let label = |en, zh| Label::Words(Words::new(en, zh));
        let subject = subject(content);
        Face::new(Frame::Mail)
            .labelled(label("From", "发件人"), account.setting("from").unwrap_or_default())
            .labelled(label("To", "收件人"), to)
            .labelled(label("Reply to", "回复到"), account.setting("reply_to").unwrap_or_default())
            .strong(&subject, 2)
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
    Ok(MailServer { host, port, security, user })
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

fn compose(
    account: &Account,
    content: &Content,
    target: &Target,
    from: &Mailbox,
    to: &Mailbox,
) -> Result<Vec<u8>, BuildError> {
    let bad_address = || BuildError::BadAddress("it cannot stand in a mail header".to_owned());
    let key: String = target
        .key
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' })
        .collect();
    let millis = Duration::from_millis(u64::try_from(target.stamp.0).unwrap_or(0));
    let mut builder = Message::builder()
        .from(from.lettre().ok_or_else(|| bad_field("from", "it is not a mailbox"))?)
        .to(to.lettre().ok_or_else(bad_address)?)
        .subject(subject(content))
        .date(SystemTime::UNIX_EPOCH + millis)
        .message_id(Some(format!("<{key}@{}>", from.domain())));
    if let Some(reply_to) = mailbox(account, "reply_to")?.as_ref().and_then(Mailbox::lettre) {
        builder = builder.reply_to(reply_to);
    }
    for (name, value) in bulk_headers(account, &target.token, from.domain()) {
        builder = builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
    }
    let message = match content.format {
        Format::Html => builder.multipart(
            MultiPart::alternative()
                .boundary(format!("pushdeck-{key}"))
                .singlepart(SinglePart::plain(plain_part(content)))
                .singlepart(SinglePart::html(html_part(content))),
        ),
        Format::Text | Format::Markdown => builder.singlepart(SinglePart::plain(plain_part(content))),
    };
    message.map(|message| message.formatted()).map_err(|error| BuildError::BadContent(error.to_string()))
}

/// The text part: the link stands at its end unless the text has it anyway.
fn plain_part(content: &Content) -> String {
    if content.url.is_empty() || has_link(&content.plain, &content.url) {
        return content.plain.clone();
    }
    format!("{}\n\n{}", content.plain.trim_end(), content.url)
}

fn html_part(content: &Content) -> String {
    let url = Escape::Html.of(&content.url);
    if url.is_empty() || has_link(&content.body, &content.url) || has_link(&content.body, &url) {
        return content.body.clone();
    }
    format!("{}\n<p><a href=\"{url}\">{url}</a></p>", content.body)
}

fn is_link(text: &str) -> bool {
    ["https:", "http:", "mailto:"].iter().any(|scheme| text.starts_with(scheme))
}

/// Links that stand one behind the other with only a comma between them.
fn split_links(text: &str) -> Vec<&str> {
    let mut begins: Vec<usize> = text
        .match_indices(',')
        .map(|(at, _)| at + 1)
        .filter(|at| is_link(text[*at..].trim_start_matches('<')))
        .collect();
    begins.insert(0, 0);
    let ends = begins.iter().skip(1).copied().chain([text.len()]);
    begins.iter().zip(ends).map(|(from, to)| &text[*from..to]).collect()
}

/// What tells machines that no person wrote this one: mail to a list that one can leave (RFC 2919), or a notice
/// that wants no automatic answer (RFC 3834).
fn bulk_headers(account: &Account, token: &str, domain: &str) -> Vec<(&'static str, String)> {
    let mut headers = unsubscribe_headers(account, token);
    if headers.is_empty() {
        headers.push(("Auto-Submitted", "auto-generated".to_owned()));
    } else {
        headers.push(("List-Id", format!("<pushdeck.{domain}>")));
        headers.push(("Precedence", "bulk".to_owned()));
    }
    headers
}

/// One click needs an https address; with only a mailbox the second header would be a lie.
fn unsubscribe_headers(account: &Account, token: &str) -> Vec<(&'static str, String)> {
    let template = account.setting("unsubscribe_url").unwrap_or_default();
    // Several are set apart by a comma and a blank; a comma alone may stand in a link.
    let mut links: Vec<&str> = template
        .split_whitespace()
        .flat_map(split_links)
        .map(|link| link.trim_matches([',', '<', '>']))
        .filter(|link| is_link(link) && link.is_ascii())
        .collect();
    // Receivers take the first one that they understand.
    links.sort_by_key(|link| !link.starts_with("https:"));
    let Some(first) = links.first() else { return Vec::new() };
    // One click says who by the link alone, so without a token it would say nothing.
    let one_click = first.starts_with("https:") && first.contains("{token}");
    let list = links.iter().map(|link| format!("<{}>", link.replace("{token}", token)));
    let list = list.collect::<Vec<_>>().join(", ");
    let mut headers = vec![("List-Unsubscribe", list)];
    if one_click {
        headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    headers
}
