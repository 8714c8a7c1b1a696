//! What the robots of group chats have in common: the robot is the address.
//!
//! A robot's token is all that is needed to speak in its group, so it is a secret, and one channel serves many
//! groups. Where robots sign, the signing secret belongs to the robot too and stands behind its token or URL,
//! after a `#`: `TOKEN#SECRET`. An address without one is signed with the channel's `secret`, if that is set.

use std::borrow::Cow;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::kind::{AddressWarning, BuildError, ReadAddress, Target, To};
use super::outcome::{Outcome, Reading};
use super::reading::stopped;
use super::spec::{Field, Limit, Shape, Words};
use super::subset::Dialect;
use super::text::{has_link, one_line};
use super::written::Form as Written;
use super::wxpusher::usable;
use crate::domain::channel::Account;
use crate::domain::delivery::Class;
use crate::domain::message::{Content, Format};
use crate::domain::secret::Secret;

/// A keyword that the robot's security rules ask for.
pub(super) const KEYWORD: Field = Field::setting(
    "keyword",
    Words::new("Keyword", "关键词"),
    Words::new(
        "if the robot asks for one: put before the title where the text lacks it",
        "机器人启用关键词校验时填写；文中没有时加在标题前",
    ),
    Shape::Text,
);

/// The signing secret of robots whose address has none.
pub(super) const SECRET: Field = Field::credential(
    "secret",
    Words::new("Signing secret", "加签密钥"),
    Words::new(
        "for robots that sign; TOKEN#SECRET as the address gives a robot its own",
        "用于加签的机器人；地址写成 TOKEN#SECRET 时用其自己的密钥",
    ),
);

/// Everybody in the group is called.
pub(super) const AT_ALL: Field = Field::setting(
    "at_all",
    Words::new("Call everybody", "@所有人"),
    Words::new("mentions all members", "提醒所有成员"),
    Shape::Flag,
);

/// Members who are called, by id.
pub(super) const AT_USERS: Field = Field::setting(
    "at_users",
    Words::new("Call by id", "按 ID @"),
    Words::new("user ids with commas between them", "用户 ID，以逗号分隔"),
    Shape::Text,
);

/// Members who are called, by telephone number.
pub(super) const AT_MOBILES: Field = Field::setting(
    "at_mobiles",
    Words::new("Call by phone", "按手机号 @"),
    Words::new("telephone numbers with commas between them", "手机号，以逗号分隔"),
    Shape::Form(Written::Phones),
);

/// The address of the service.
pub(super) const fn base_field(public: &'static str) -> Field {
    Field::setting(
        "base_url",
        Words::new("Server", "服务器"),
        Words::new("for relays and tests", "用于中转或测试"),
        Shape::Url,
    )
    .or(public)
}

/// The parts of a list in a setting.
pub(super) fn list<'a>(account: &'a Account, field: &str) -> Vec<&'a str> {
    let parts = account.setting(field).unwrap_or_default().split([',', '，', ' ']);
    parts.filter(|part| !part.is_empty()).collect()
}

/// Where the token stands in the URL that the service shows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// In this member of the query.
    Query(&'static str),
    /// In so many segments of the path, behind this one.
    Behind(&'static str, usize),
}

/// How addresses of a kind look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// Where the token stands in a pasted URL.
    pub place: Place,
    /// Whether a secret may follow.
    pub signs: bool,
    /// Whether a token is a usual one.
    pub usual: fn(&str) -> bool,
}

impl Form {
    /// Reads what a person pasted: the whole URL or only the token, with or without `#SECRET`.
    pub(super) fn read(self, typed: &str) -> Result<ReadAddress, BuildError> {
        let typed = usable(typed)?;
        let (whole, secret) = match typed.split_once('#') {
            Some((whole, secret)) if self.signs => (whole.trim(), secret.trim()),
            _ => (typed, ""),
        };
        let (token, host) = if whole.contains("://") {
            let (token, host) = self.in_url(whole)?;
            (Cow::Owned(token), host)
        } else {
            (Cow::Borrowed(whole.trim_matches('/')), None)
        };
        if token.is_empty() {
            return Err(BuildError::BadAddress("there is no token in it".to_owned()));
        }
        let usual = is_safe(&token) && (self.usual)(&token) && !secret.contains(char::is_whitespace);
        let value = if secret.is_empty() { token.into_owned() } else { format!("{token}#{secret}") };
        Ok(ReadAddress {
            value: Secret::new(value),
            warning: if usual { None } else { Some(AddressWarning::Shape) },
            host,
        })
    }

    fn in_url(self, typed: &str) -> Result<(String, Option<String>), BuildError> {
        let none = || BuildError::BadAddress("there is no token of a robot in this URL".to_owned());
        let url = url::Url::parse(typed).map_err(|_| none())?;
        let token = match self.place {
            Place::Query(name) => {
                url.query_pairs().find(|(known, _)| known == name).map(|(_, token)| token.into_owned())
            }
            Place::Behind(segment, count) => {
                let segments: Vec<&str> =
                    url.path_segments().into_iter().flatten().filter(|part| !part.is_empty()).collect();
                let at = segments.iter().rposition(|part| *part == segment).map(|at| at + 1);
                at.and_then(|at| segments.get(at..at + count)).map(|parts| parts.join("/"))
            }
        };
        Ok((token.ok_or_else(none)?, url.host_str().map(str::to_owned)))
    }
}

/// Whether a token stays one thing in a path and in a query.
fn is_safe(token: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    token.split('/').all(part)
}

/// One robot, ready to be called.
#[derive(Debug, Clone)]
pub(super) struct Robot {
    /// Its token.
    pub token: String,
    /// The token, and behind it the signing secret, if there is one: what a call has to keep to itself. `depart`
    /// finds the secret by this order.
    pub secrets: Vec<Secret>,
}

impl Robot {
    /// The one robot that a call is for.
    pub(super) fn of(account: &Account, targets: &[Target]) -> Result<Self, BuildError> {
        let [Target { to: To::Person(address), .. }] = targets else {
            return Err(BuildError::BadAddress("a call is for one robot".to_owned()));
        };
        let (token, own) = match address.expose().split_once('#') {
            Some((token, secret)) => (token, Some(secret)),
            None => (address.expose(), None),
        };
        if !is_safe(token) {
            return Err(BuildError::BadAddress("a token has only letters, digits, - and _".to_owned()));
        }
        let own = own.filter(|secret| !secret.is_empty()).map(Secret::new);
        let secret = own.or_else(|| account.secret("secret").cloned());
        let secrets = std::iter::once(Secret::new(token)).chain(secret).collect();
        Ok(Self { token: token.to_owned(), secrets })
    }

    /// The secret that a built call is signed with.
    pub(super) fn signing(secrets: &[Secret]) -> Option<&Secret> {
        secrets.get(1)
    }
}

/// HMAC-SHA256 in base64. Which of the two is the key is what DingTalk and Feishu differ in.
pub(super) fn signature(key: &str, message: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    STANDARD.encode(hmac::sign(&key, message.as_bytes()))
}

/// The signature was refused. The robot's own secret is wrong, or it wants one and there is none: then only this
/// robot cannot be reached. Where the channel's secret was used, everybody waits for its repair.
pub(super) fn unsigned(targets: &[Target], account: Option<&Account>, code: String, text: String) -> Reading {
    let own = targets.iter().any(|target| match &target.to {
        To::Person(address) => address.expose().contains('#'),
        To::Remote(_) => false,
    });
    let shared = account.is_none_or(|account| account.secret("secret").is_some());
    if shared && !own {
        stopped(code, text)
    } else {
        Reading::all(Outcome::rejected(Class::BadRecipient, code, text))
    }
}

/// The title as it goes out: one line, behind the keyword where that stands nowhere else.
pub(super) fn title(account: &Account, content: &Content) -> String {
    let title = one_line(&content.title);
    let Some(keyword) = account.setting("keyword") else { return title.into_owned() };
    if title.contains(keyword) || content.plain.contains(keyword) {
        return title.into_owned();
    }
    if title.is_empty() { keyword.to_owned() } else { format!("{keyword} {title}") }
}

/// The body as it goes out, with the link below it where that stands nowhere else.
pub(super) fn body<'a>(content: &'a Content, dialect: &Dialect) -> Cow<'a, str> {
    let lacks_link = !content.url.is_empty() && !has_link(&content.body, &content.url);
    if content.format == Format::Text {
        if !lacks_link {
            return Cow::Borrowed(&content.body);
        }
        return Cow::Owned(joined(&[&content.body, &content.url], "\n"));
    }
    let text = dialect.write(&content.body);
    if !lacks_link {
        return Cow::Owned(text);
    }
    Cow::Owned(joined(&[&text, &dialect.link_line(&content.url)], "\n\n"))
}

/// Title and body of a text without markup.
pub(super) fn text(title: &str, body: &str) -> String {
    joined(&[title, body], "\n")
}

/// Those that are not empty.
pub(super) fn joined(parts: &[&str], between: &str) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.trim().is_empty()).collect();
    parts.join(between)
}

/// A message without a word is refused here: none of the services takes it.
pub(super) fn not_empty(content: &Content) -> Result<(), BuildError> {
    let texts = [&content.title, &content.body, &content.url];
    if texts.iter().all(|text| text.trim().is_empty()) {
        return Err(BuildError::BadContent("title and body are both empty".to_owned()));
    }
    Ok(())
}

/// Refuses a text that is over the limit of the service.
pub(super) fn within(has: usize, limit: Limit) -> Result<(), BuildError> {
    if has > limit.max {
        return Err(BuildError::BadContent(limit.over(has)));
    }
    Ok(())
}

/// The same of the whole request, in bytes.
pub(super) fn request_within(has: usize, limit: Limit) -> Result<(), BuildError> {
    if has > limit.max {
        return Err(BuildError::BadContent(format!("it makes {has} bytes of at most {}", limit.max)));
    }
    Ok(())
}
