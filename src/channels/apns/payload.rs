//! The payload: what Apple counts, byte for byte.

use std::borrow::Cow;

use serde::Serialize;

use crate::channels::kind::BuildError;
use crate::channels::text::one_line;
use crate::domain::channel::Account;
use crate::domain::message::Content;

#[derive(Serialize)]
struct Payload<'a> {
    aps: Aps<'a>,
    /// Custom data: the app opens it.
    #[serde(skip_serializing_if = "str::is_empty")]
    url: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Aps<'a> {
    alert: Alert<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    badge: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sound: Option<Sound<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interruption_level: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mutable_content: Option<u8>,
}

#[derive(Serialize)]
struct Alert<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subtitle: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    body: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Sound<'a> {
    Named(&'a str),
    Critical { critical: u8, name: &'a str, volume: f32 },
}

/// The payload of a message.
pub(super) fn of(account: &Account, content: &Content) -> Result<Vec<u8>, BuildError> {
    let line = |text| Some(one_line(text)).filter(|line| !line.is_empty());
    let level = account.setting("level");
    let named = account.setting("sound").unwrap_or("default");
    let sound = match (level, named) {
        (_, "none") => None,
        // A critical alert that is to be heard with the phone muted says so in its sound, too.
        (Some("critical"), name) => Some(Sound::Critical { critical: 1, name, volume: 1.0 }),
        (_, name) => Some(Sound::Named(name)),
    };
    let aps = Aps {
        alert: Alert { title: line(&content.title), subtitle: line(&content.summary), body: &content.plain },
        badge: account.setting("badge").and_then(|badge| badge.parse().ok()),
        sound,
        thread_id: account.setting("thread_id"),
        category: account.setting("category"),
        interruption_level: level,
        mutable_content: (account.setting("mutable") == Some("yes")).then_some(1),
    };
    serde_json::to_vec(&Payload { aps, url: &content.url })
        .map_err(|error| BuildError::BadContent(error.to_string()))
}

/// What a verification sends to nobody.
pub(super) fn nothing() -> Vec<u8> {
    br#"{"aps":{"alert":{"body":"pushdeck"}}}"#.to_vec()
}
