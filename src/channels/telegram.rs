//! Telegram: a bot writes to people who have started it, to groups that it is in, and to channels where it may post.
//!
//! Everything goes out in Telegram's own few tags of HTML: MarkdownV2 has eighteen signs to escape, and one forgotten
//! refuses the message. There is no title, so it stands in bold above the body; the link stands below, where
//! Telegram makes a preview of it. The 4,096 characters are counted after the tags are read, so the payload is what is
//! measured. The token is part of the URL, so URLs of this kind are secrets.

use std::borrow::Cow;

use serde::Serialize;

use super::answer::Answer;
use super::call::{Call, HttpCall, Method};
use super::field::{base_url, required_secret, transport};
use super::flatten::{text_to_tags, visible_chars};
use super::kind::{AddressWarning, BuildError, Kind, ReadAddress, Target, To};
use super::link::lacks_link;
use super::outcome::Reading;
use super::reading::http;
use super::spec::{AddressSpec, Field, Limit, Limits, Rate, Repeat, Shape, Spec, Unit, Wire, Words};
use super::tagged::{in_tags, with_breaks};
use super::text::{first_line, one_line};
use super::written::Form as Written;
use super::wxpusher::usable;
use crate::domain::channel::Account;
use crate::domain::message::{Content, Format};
use crate::domain::secret::Secret;
use crate::domain::template::Escape;

mod answer;

const PUBLIC: &str = "https://api.telegram.org";
const TEXT: Limit = Limit { max: 4_096, unit: Unit::Chars };
const TAGS: &[&str] = &["b", "i", "u", "s", "a", "code", "pre", "blockquote"];
/// About 30 a second over all chats; what goes too fast into one chat is told by the answer.
const RATE: Rate = Rate { calls: 25, per_ms: 1_000 };
/// Ids of channels and large groups are the id in their links behind this.
const SUPERGROUP: &str = "-100";
/// Before the name of a public group or channel.
const NAME: &str = "@";

static SPEC: Spec = Spec {
    id: "telegram",
    label: Words::new("Telegram", "Telegram"),
    about: Words::new(
        "people, groups and channels that your bot may write to",
        "你的机器人可以发言的人、群组和频道",
    ),
    fields: &[
        Field::credential(
            "bot_token",
            Words::new("Bot token", "机器人 Token"),
            Words::new("from @BotFather, such as 123456:ABC…", "由 @BotFather 提供，如 123456:ABC…"),
        )
        .of_form(Written::BotToken)
        .required(),
        Field::setting(
            "base_url",
            Words::new("Server", "服务器"),
            Words::new("for relays, tests and a Bot API of your own", "用于中转、测试或自建 Bot API"),
            Shape::Url,
        )
        .or(PUBLIC),
        Field::setting(
            "silent",
            Words::new("Silent", "静默"),
            Words::new("delivers without a sound", "送达时不响铃"),
            Shape::Flag,
        ),
        Field::setting(
            "link_preview",
            Words::new("Link preview", "链接预览"),
            Words::new("shows links with one", "显示链接预览"),
            Shape::Flag,
        ),
        Field::setting(
            "protect",
            Words::new("Protected", "内容保护"),
            Words::new("forbids forwarding and saving", "禁止转发和保存"),
            Shape::Flag,
        ),
        Field::setting(
            "thread",
            Words::new("Forum topic", "话题编号"),
            Words::new("number of the topic in a group that has topics", "启用话题的群组中的话题编号"),
            Shape::Number(1, 2_147_483_647),
        ),
    ],
    address: AddressSpec { label: Words::new("Chat", "会话"), secret: false, example: "123456789" },
    formats: &[Format::Html, Format::Text],
    has_summary: false,
    limits: Limits { title: None, summary: None, body: None, url: None, payload: Some(TEXT) },
    people_per_call: 1,
    remotes_per_call: 0,
    rate: Some(RATE),
    concurrency: 8,
    timeout_s: 30,
    repeat: Repeat::Duplicates,
    wire: Wire::Http,
};

/// The kind `telegram`.
#[derive(Debug, Clone, Copy)]
pub struct Telegram;

/// A chat: a number, or the name of a public group or channel.
#[derive(Serialize)]
#[serde(untagged)]
enum Chat<'a> {
    Id(i64),
    Name(&'a str),
}

#[derive(Serialize)]
struct Send<'a> {
    chat_id: Chat<'a>,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parse_mode: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_thread_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disable_notification: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    protect_content: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_preview_options: Option<LinkPreview>,
}

#[derive(Serialize)]
struct LinkPreview {
    is_disabled: bool,
}

impl Kind for Telegram {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn read_address(&self, typed: &str) -> Result<ReadAddress, BuildError> {
        let typed = usable(typed)?;
        let chat = chat(typed);
        let name = chat.strip_prefix(NAME).unwrap_or_default();
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(fits);
        let usual = is_name || chat.parse::<i64>().is_ok_and(|id| id != 0);
        let warning = if !usual {
            Some(AddressWarning::Shape)
        } else if chat.strip_prefix(NAME) == Some(typed) {
            // People are reached by their id alone; a bare name may be meant as one of theirs.
            Some(AddressWarning::Prefix(NAME))
        } else {
            None
        };
        Ok(ReadAddress { value: Secret::new(chat), warning, host: None })
    }

    fn build(&self, account: &Account, content: &Content, targets: &[Target]) -> Result<Call, BuildError> {
        let [Target { to: To::Person(chat), .. }] = targets else {
            return Err(BuildError::BadAddress("a call carries one chat".to_owned()));
        };
        let text = composed(content)?;
        let has = visible_chars(&text);
        if has == 0 {
            return Err(BuildError::BadContent("title and body are both empty".to_owned()));
        }
        if has > TEXT.max {
            return Err(BuildError::BadContent(TEXT.over(has)));
        }
        say(account, chat, &text, Some("HTML"))
    }

    /// The words without markup, once.
    fn instead(
        &self,
        account: &Account,
        content: &Content,
        targets: &[Target],
        reading: &Reading,
    ) -> Option<Result<Call, BuildError>> {
        let [Target { to: To::Person(chat), .. }] = targets else { return None };
        answer::is_about_markup(reading).then(|| say(account, chat, &plain(content), None))
    }

    fn read(&self, targets: &[Target], answer: &Answer) -> Reading {
        http(answer).map_or_else(|reading| reading, |http| answer::judge(targets, http))
    }

    fn verify(&self, account: &Account) -> Result<Option<Call>, BuildError> {
        let (url, token) = method(account, "getMe")?;
        Ok(Some(Call::Http(HttpCall::bare(Method::Get, url, vec![token]).over(transport(account)))))
    }

    fn read_verify(&self, answer: &Answer) -> Reading {
        http(answer).map_or_else(|reading| reading, answer::judge_verify)
    }

    fn body<'a>(&self, content: &'a Content) -> Cow<'a, str> {
        match (content.format, composed(content)) {
            (Format::Html, Ok(text)) => Cow::Owned(with_breaks(&text)),
            (Format::Html, Err(_)) => Cow::Borrowed(&content.plain),
            (Format::Text | Format::Markdown, _) => Cow::Owned(plain(content)),
        }
    }

    fn payload_size(&self, _account: &Account, content: &Content, _target: &Target) -> Option<usize> {
        Some(composed(content).map_or_else(|_| content.plain.chars().count(), |text| visible_chars(&text)))
    }
}

/// The call that says a text in a chat.
fn say(account: &Account, chat: &Secret, text: &str, parse_mode: Option<&str>) -> Result<Call, BuildError> {
    let says = |name, word| account.setting(name) == Some(word);
    let chat = chat.expose();
    let send = Send {
        chat_id: chat.parse().map_or(Chat::Name(chat), Chat::Id),
        text,
        parse_mode,
        message_thread_id: account.setting("thread").and_then(|number| number.parse().ok()),
        disable_notification: says("silent", "yes").then_some(true),
        protect_content: says("protect", "yes").then_some(true),
        link_preview_options: says("link_preview", "no").then_some(LinkPreview { is_disabled: true }),
    };
    let (url, token) = method(account, "sendMessage")?;
    Ok(Call::Http(HttpCall::json(url, &send, vec![token])?.over(transport(account))))
}

/// Where a method is called, and the token that stands in that URL.
fn method(account: &Account, name: &str) -> Result<(String, Secret), BuildError> {
    let token = Secret::new(required_secret(account, "bot_token")?.expose().trim());
    let base = base_url(account, PUBLIC)?;
    // One segment of the path, whatever was pasted; the colon in it stays.
    let parts: Vec<String> = token.expose().split(':').map(|part| Escape::LinkPart.of(part)).collect();
    Ok((format!("{base}/bot{}/{name}", parts.join(":")), token))
}

/// The title, unless the body begins with it anyway.
fn title(content: &Content) -> Cow<'_, str> {
    let title = one_line(&content.title);
    if first_line(&content.plain) == title { Cow::Borrowed("") } else { title }
}

/// The message as it goes out.
fn composed(content: &Content) -> Result<String, BuildError> {
    let (title, body) = (title(content), in_tags(content, TAGS)?);
    let mut text = String::with_capacity(body.len() + title.len() + content.url.len() + 16);
    if !title.is_empty() {
        text.push_str("<b>");
        text.push_str(&text_to_tags(&title));
        text.push_str("</b>");
    }
    under(&mut text, "\n", &body);
    if lacks_link(content) {
        under(&mut text, "\n\n", &text_to_tags(&content.url));
    }
    Ok(text)
}

/// The same without tags, for a preview of plain text.
fn plain(content: &Content) -> String {
    let mut text = title(content).into_owned();
    under(&mut text, "\n", content.plain.trim_end());
    if lacks_link(content) {
        under(&mut text, "\n\n", &content.url);
    }
    text
}

fn under(text: &mut String, gap: &str, part: &str) {
    if !text.is_empty() && !part.is_empty() {
        text.push_str(gap);
    }
    text.push_str(part);
}

/// The chat that was meant: an id or `@name` as typed, a bare name, or a link to a channel, a group or one of their
/// messages.
fn chat(typed: &str) -> String {
    let link = typed.trim_start_matches("https://").trim_start_matches("http://");
    let path = ["t.me/", "telegram.me/", "telegram.dog/"].iter().find_map(|host| link.strip_prefix(host));
    let Some(path) = path else {
        let is_name = typed.len() >= 4
            && typed.starts_with(|c: char| c.is_ascii_alphabetic())
            && typed.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        return if is_name { format!("{NAME}{typed}") } else { typed.to_owned() };
    };
    let mut parts = path.split(['/', '?', '#']).filter(|part| !part.is_empty());
    match (parts.next(), parts.next()) {
        // A message in a channel or group without a name.
        (Some("c"), Some(id)) => format!("{SUPERGROUP}{id}"),
        // A preview of a channel in the browser.
        (Some("s"), Some(name)) => format!("{NAME}{name}"),
        // An invitation says nothing of the id: as typed, and unusual.
        (Some(invitation), _) if invitation.starts_with('+') || invitation == "joinchat" => typed.to_owned(),
        (Some(name), _) => format!("{NAME}{name}"),
        (None, _) => typed.to_owned(),
    }
}
