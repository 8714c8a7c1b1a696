//! The table: which schemes belong to which kind, and how each is read and written.
//!
//! The forms are those that Apprise documents. Kinds stand here whether or not this pushdeck has them: whoever reads
//! an entry looks it up in the catalogue.

use super::parts::Parts;
use super::{AppriseError, Entry, endpoints, mail};
use crate::channels::spec::Words;
use crate::domain::secret::Secret;

/// One kind of URL.
pub(super) struct Form {
    /// The scheme without TLS; empty where there is none.
    pub clear: &'static str,
    /// The scheme over TLS, or the only one.
    pub sealed: &'static str,
    /// The catalogue id of the kind.
    pub kind: &'static str,
    /// How many addresses a URL has room for.
    pub room: usize,
    /// Their parameters that are our settings, by both names.
    pub params: &'static [(&'static str, &'static str)],
    pub read: fn(&mut Parts, &mut Entry) -> Result<(), AppriseError>,
    pub write: fn(&Entry, &mut Parts) -> Result<(), AppriseError>,
}

/// Addresses in a URL that takes many: more would be unreadable.
const MANY: usize = 50;

const fn form(schemes: (&'static str, &'static str), kind: &'static str, room: usize) -> Form {
    let (clear, sealed) = schemes;
    Form { clear, sealed, kind, room, params: &[], read: token_in, write: token_out }
}

/// Every form.
pub(super) static FORMS: &[Form] = &[
    Form { read: wxpusher_in, write: wxpusher_out, ..form(("", "wxpusher"), "wxpusher", MANY) },
    Form {
        params: &[
            ("sound", "sound"),
            ("level", "level"),
            ("volume", "volume"),
            ("group", "group"),
            ("icon", "icon"),
            ("badge", "badge"),
            ("copy", "copy"),
            ("action", "action"),
            ("archive", "archive"),
            ("ttl", "ttl"),
            ("call", "call"),
        ],
        read: endpoints::bark_in,
        write: endpoints::bark_out,
        ..form(("bark", "barks"), "bark", MANY)
    },
    form(("", "schan"), "serverchan", 1),
    Form { read: mail::read, write: mail::write, ..form(("mailto", "mailtos"), "email", MANY) },
    Form {
        params: &[("xtags", "tags"), ("tags", "tags"), ("avatar_url", "icon")],
        read: endpoints::ntfy_in,
        write: endpoints::ntfy_out,
        ..form(("ntfy", "ntfys"), "ntfy", MANY)
    },
    Form {
        params: &[],
        read: endpoints::gotify_in,
        write: endpoints::gotify_out,
        ..form(("gotify", "gotifys"), "gotify", 1)
    },
    Form {
        params: &[
            ("sound", "sound"),
            ("interval", "retry"),
            ("expire", "expire"),
            ("url_title", "url_title"),
        ],
        read: pushover_in,
        write: pushover_out,
        ..form(("", "pover"), "pushover", 1)
    },
    Form {
        params: &[
            ("silent", "silent"),
            ("preview", "link_preview"),
            ("topic", "thread"),
            ("thread", "thread"),
        ],
        read: telegram_in,
        write: telegram_out,
        ..form(("", "tgram"), "telegram", MANY)
    },
    Form { read: dingtalk_in, write: dingtalk_out, ..form(("", "dingtalk"), "dingtalk", 1) },
    Form { write: feishu_out, ..form(("", "feishu"), "feishu", 1) },
    Form { read: lark_in, write: lark_out, ..form(("", "lark"), "feishu", 1) },
    form(("", "wecombot"), "wecom", 1),
    Form {
        params: &[("channel", "channel"), ("mode", "channel"), ("webhook", "webhook"), ("name", "webhook")],
        read: pushplus_in,
        write: pushplus_out,
        ..form(("", "pushplus"), "pushplus", 1)
    },
    Form {
        read: endpoints::pushdeer_in,
        write: endpoints::pushdeer_out,
        ..form(("pushdeer", "pushdeers"), "pushdeer", 1)
    },
    Form { read: slack_in, write: slack_out, ..form(("", "slack"), "slack", 1) },
    Form {
        params: &[("avatar_url", "avatar_url")],
        read: discord_in,
        write: discord_out,
        ..form(("", "discord"), "discord", 1)
    },
    Form { read: endpoints::json_in, write: endpoints::json_out, ..form(("json", "jsons"), "webhook", MANY) },
    Form { read: endpoints::form_in, write: endpoints::form_out, ..form(("form", "forms"), "webhook", MANY) },
];

/// The host, which is a token in most of these.
pub(super) fn token(parts: &mut Parts) -> Result<String, AppriseError> {
    let named = parts.take("token").or_else(|| parts.take("key"));
    let token = named.unwrap_or_else(|| std::mem::take(&mut parts.host));
    if token.is_empty() { Err(AppriseError::Missing(Words::new("token", "令牌"))) } else { Ok(token) }
}

/// The one address that such a URL is for.
pub(super) fn only(entry: &Entry) -> Result<&str, AppriseError> {
    match entry.addresses.as_slice() {
        [one] => Ok(one.expose()),
        _ => Err(AppriseError::Missing(Words::new("address", "地址"))),
    }
}

/// Moves what stands in the path to the addresses.
pub(super) fn targets(parts: &mut Parts, entry: &mut Entry) {
    entry.addresses.extend(std::mem::take(&mut parts.path).into_iter().map(Secret::new));
}

/// The addresses as parts of a path.
pub(super) fn path_of(entry: &Entry) -> Vec<String> {
    entry.addresses.iter().map(|address| address.expose().to_owned()).collect()
}

fn token_in(parts: &mut Parts, entry: &mut Entry) -> Result<(), AppriseError> {
    let token = token(parts)?;
    entry.addresses.push(Secret::new(token));
    Ok(())
}

fn token_out(entry: &Entry, parts: &mut Parts) -> Result<(), AppriseError> {
    parts.sealed = true;
    only(entry)?.clone_into(&mut parts.host);
    Ok(())
}

fn wxpusher_in(parts: &mut Parts, entry: &mut Entry) -> Result<(), AppriseError> {
    // An app id in front of the token is no form that anybody writes: what it leaves out would be lost.
    if parts.user.is_some() {
        return Err(AppriseError::Unlike(Words::new(
            "the app token stands in front of an @, where nothing is read",
            "应用令牌写在了 @ 前面，那里不会读取",
        )));
    }
    entry.hide("app_token", token(parts)?);
    // With the token among the parameters, somebody stands in its place.
    let first = Some(std::mem::take(&mut parts.host)).filter(|host| !host.is_empty());
    let path = std::mem::take(&mut parts.path);
    for target in first.into_iter().chain(path).chain(parts.list("to")) {
        // A number is a topic on their side, which belongs to one of ours.
        if target.bytes().all(|b| b.is_ascii_digit()) {
            entry.left_out.push(format!("topic {target}"));
        } else {
            entry.addresses.push(Secret::new(target));
        }
    }
    Ok(())
}

fn wxpusher_out(entry: &Entry, parts: &mut Parts) -> Result<(), AppriseError> {
    parts.sealed = true;
    entry
        .secret("app_token")
        .ok_or(AppriseError::Missing(Words::new("app_token", "app_token")))?
        .clone_into(&mut parts.host);
    parts.path = path_of(entry);
    Ok(())
}

fn pushover_in(parts: &mut Parts, entry: &mut Entry) -> Result<(), AppriseError> {
    let user = parts.user.take().ok_or(AppriseError::Missing(Words::new("user key", "用户密钥")))?;
    entry.addresses.push(Secret::new(user));
    entry.hide("app_token", token(parts)?);
    let mut devices = std::mem::take(&mut parts.path);
    devices.extend(parts.list("to"));
    if !devices.is_empty() {
        entry.set("device", devices.join(","));
    }
    if let Some(priority) = parts.take("priority") {
        let word = priority.to_ascii_lowercase();
        let number = ["low", "moderate", "normal", "high", "emergency"].iter().position(|one| *one == word);
        entry.set("priority", number.map_or(priority, |at| (at as i64 - 2).to_string()));
    }
    Ok(())
}

fn pushover_out(entry: &Entry, parts: &mut Parts) -> Result<(), AppriseError> {
    parts.sealed = true;
    parts.user = Some(only(entry)?.to_owned());
    entry
        .secret("app_token")
        .ok_or(AppriseError::Missing(Words::new("app_token", "app_token")))?
        .clone_into(&mut parts.host);
    parts.path = entry.setting("device").unwrap_or_default().split(',').map(str::to_owned).collect();
    parts.path.retain(|device| !device.is_empty());
    if let Some(priority) = entry.setting("priority") {
        parts.query.push(("priority".to_owned(), priority.to_owned()));
    }
    Ok(())
}

fn telegram_in(parts: &mut Parts, entry: &mut Entry) -> Result<(), AppriseError> {
    // The colon of a token is like that before a port.
    let port = parts.port.take().map(|port| format!(":{port}")).unwrap_or_default();
    let mut bot = format!("{}{port}", parts.host);
    if !bot.contains(':') && !parts.path.is_empty() {
        bot = format!("{bot}:{}", parts.path.remove(0));
    }
    let bot = bot.strip_prefix("bot").unwrap_or(&bot).to_owned();
    if !bot
        .split_once(':')
        .is_some_and(|(id, rest)| !rest.is_empty() && id.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err(AppriseError::Missing(Words::new("bot token", "机器人令牌")));
    }
    entry.hide("bot_token", bot);
    targets(parts, entry);
    thread_in(entry);
    Ok(())
}

/// `CHAT:TOPIC` names a topic of a forum. A channel here has one for all its chats: what differs is named.
fn thread_in(entry: &mut Entry) {
    let split = |typed: &Secret| {
        let (chat, topic) = typed.expose().rsplit_once(':')?;
        topic.parse::<u32>().ok().map(|_| (chat.to_owned(), topic.to_owned()))
    };
    let found: Vec<_> = entry.addresses.iter().map(split).collect();
    let same = found.iter().all(|one| {
        one.is_some() && one.as_ref().map(|(_, topic)| topic) == found[0].as_ref().map(|(_, topic)| topic)
    });
    for (address, found) in entry.addresses.iter_mut().zip(&found) {
        let Some((chat, topic)) = found else { continue };
        *address = Secret::new(chat.clone());
        if same {
            entry.settings.insert("thread".to_owned(), topic.clone());
        } else {
            entry.left_out.push(format!("topic {topic}"));
        }
    }
}

fn telegram_out(entry: &Entry, parts: &mut Parts) -> Result<(), AppriseError> {
    parts.sealed = true;
    let token =
        entry.secret("bot_token").ok_or(AppriseError::Missing(Words::new("bot_token", "bot_token")))?;
    // Masked, it has no colon.
    let (id, rest) = token.split_once(':').unwrap_or(("", token));
    parts.host = if id.is_empty() { rest.to_owned() } else { format!("{id}:{rest}") };
    parts.path = path_of(entry);
    Ok(())
}

fn dingtalk_in(parts: &mut Parts, entry: &mut Entry) -> Result<(), AppriseError> {
    let token = token(parts)?;
    let secret = parts.take("secret").or_else(|| parts.user.take());
    entry.addresses.push(Secret::new(secret.map_or(token.clone(), |secret| format!("{token}#{secret}"))));
    // Telephone numbers of those who are to be mentioned.
    entry.left_out.extend(std::mem::take(&mut parts.path));
    entry.left_out.extend(parts.list("to"));
    Ok(())
}

fn dingtalk_out(entry: &Entry, parts: &mut Parts) -> Result<(), AppriseError> {
    parts.sealed = true;
    let (token, secret) = only(entry)?.split_once('#').unwrap_or((only(entry)?, ""));
    token.clone_into(&mut parts.host);
    parts.user = Some(secret.to_owned()).filter(|secret| !secret.is_empty());
    Ok(())
}

const LARK: &str = "https://open.larksuite.com";

/// A robot that signs cannot be said: these URLs have no place for its secret.
fn unsigned(entry: &Entry) -> Result<&str, AppriseError> {
    let token = only(entry)?;
    if token.contains('#') {
        Err(AppriseError::Unlike(Words::new(
            "a robot that signs has no such URL",
            "加签的机器人没有此类网址",
        )))
    } else {
        Ok(token)
    }
}

fn feishu_out(entry: &Entry, parts: &mut Parts) -> Result<(), AppriseError> {
    if entry.setting("base_url").is_some_and(|base| base != "https://open.feishu.cn") {
        return Err(AppriseError::Unlike(Words::new(
            "a server of its own has no such URL",
            "自建服务器没有此类网址",
        )));
    }
    parts.sealed = true;
    unsigned(entry)?.clone_into(&mut parts.host);
    Ok(())
}

fn lark_in(parts: &mut Parts, entry: &mut Entry) -> Result<(), AppriseError> {
    entry.set("base_url", LARK);
    token_in(parts, entry)
}

fn lark_out(entry: &Entry, parts: &mut Parts) -> Result<(), AppriseError> {
    if entry.setting("base_url") != Some(LARK) {
        return Err(AppriseError::Unlike(Words::new(
            "a server of its own has no such URL",
            "自建服务器没有此类网址",
        )));
    }
    parts.sealed = true;
    unsigned(entry)?.clone_into(&mut parts.host);
    Ok(())
}

fn pushplus_in(parts: &mut Parts, entry: &mut Entry) -> Result<(), AppriseError> {
    token_in(parts, entry)?;
    let mut topics = parts.list("topic");
    topics.extend(std::mem::take(&mut parts.path));
    let mut topics = topics.into_iter();
    if let Some(topic) = topics.next() {
        entry.set("topic", topic);
    }
    entry.left_out.extend(topics);
    Ok(())
}

fn pushplus_out(entry: &Entry, parts: &mut Parts) -> Result<(), AppriseError> {
    token_out(entry, parts)?;
    if let Some(topic) = entry.setting("topic") {
        parts.path.push(topic.to_owned());
    }
    Ok(())
}

fn slack_in(parts: &mut Parts, entry: &mut Entry) -> Result<(), AppriseError> {
    let first = token(parts)?;
    if parts.path.len() < 2 || first.starts_with("xox") {
        return Err(AppriseError::Unlike(Words::new(
            "only a webhook of three parts can be sent to, not a bot",
            "只支持三段式 Webhook，不支持机器人令牌",
        )));
    }
    let (second, third) = (parts.path.remove(0), parts.path.remove(0));
    entry.addresses.push(Secret::new(format!("{first}/{second}/{third}")));
    // A webhook speaks in its own channel under its own name.
    entry.left_out.extend(std::mem::take(&mut parts.path));
    entry.left_out.extend(parts.user.take());
    Ok(())
}

fn slack_out(entry: &Entry, parts: &mut Parts) -> Result<(), AppriseError> {
    parts.sealed = true;
    let mut path = only(entry)?.split('/').map(str::to_owned);
    parts.host = path.next().unwrap_or_default();
    parts.path = path.collect();
    Ok(())
}

fn discord_in(parts: &mut Parts, entry: &mut Entry) -> Result<(), AppriseError> {
    let id = token(parts)?;
    if parts.path.is_empty() {
        return Err(AppriseError::Missing(Words::new("webhook token", "Webhook 令牌")));
    }
    let token = parts.path.remove(0);
    entry.addresses.push(Secret::new(format!("{id}/{token}")));
    if let Some(name) = parts.user.take() {
        entry.set("username", name);
    }
    entry.left_out.extend(std::mem::take(&mut parts.path));
    Ok(())
}

fn discord_out(entry: &Entry, parts: &mut Parts) -> Result<(), AppriseError> {
    slack_out(entry, parts)?;
    parts.user = entry.setting("username").map(str::to_owned);
    Ok(())
}
