//! What a push says, and how it stands in the request: in clear, or sealed with nothing outside but the key, the iv
//! and the id.

use std::borrow::Cow;

use serde::Serialize;

use crate::channels::text::one_line;
use crate::domain::channel::Account;
use crate::domain::message::{Content, Format};

/// Whom a push goes to: one key, or several with the same payload.
#[derive(Serialize)]
pub(super) struct Keys<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) device_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) device_keys: Vec<&'a str>,
}

impl<'a> Keys<'a> {
    pub(super) fn of(keys: &[&'a str]) -> Self {
        match keys {
            [one] => Self { device_key: Some(one), device_keys: Vec::new() },
            // A batch only if there are several: a server too old for batches takes single ones.
            several => Self { device_key: None, device_keys: several.to_vec() },
        }
    }
}

/// A push that everybody on the way may read.
#[derive(Serialize)]
pub(super) struct ClearPush<'a> {
    #[serde(flatten)]
    pub(super) to: Keys<'a>,
    #[serde(flatten)]
    pub(super) says: &'a Says<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) id: &'a str,
}

/// A push that only the phone can read.
#[derive(Serialize)]
pub(super) struct SealedPush<'a> {
    #[serde(flatten)]
    pub(super) to: Keys<'a>,
    pub(super) ciphertext: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) iv: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) id: &'a str,
}

/// A silent push that takes a notification back.
#[derive(Serialize)]
pub(super) struct TakeBack<'a> {
    pub(super) device_key: &'a str,
    pub(super) id: &'a str,
    pub(super) delete: &'a str,
}

/// What the person reads, hears and taps; every value a string, unset ones left out.
#[derive(Serialize)]
pub(super) struct Says<'a> {
    #[serde(skip_serializing_if = "is_empty")]
    pub(super) title: Cow<'a, str>,
    #[serde(skip_serializing_if = "is_empty")]
    pub(super) subtitle: Cow<'a, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) body: &'a str,
    #[serde(flatten)]
    pub(super) extras: Extras<'a>,
}

#[expect(clippy::ptr_arg, reason = "serde hands the field itself")]
fn is_empty(text: &Cow<'_, str>) -> bool {
    text.is_empty()
}

impl<'a> Says<'a> {
    pub(super) fn of(account: &'a Account, content: &'a Content) -> Self {
        let extras = Extras::of(account, content);
        // An old app shows the body and knows nothing of Markdown; a new one takes the Markdown instead.
        let alone = extras.markdown.is_some() && account.setting("markdown") == Some("only");
        Self {
            title: one_line(&content.title),
            subtitle: one_line(&content.summary),
            body: if alone { "" } else { &content.plain },
            extras,
        }
    }
}

/// What reaches the app as custom data beside the alert.
#[derive(Serialize)]
pub(super) struct Extras<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sound: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    badge: Option<&'a str>,
    #[serde(rename = "isArchive", skip_serializing_if = "Option::is_none")]
    archive: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    copy: Option<&'a str>,
    #[serde(rename = "autoCopy", skip_serializing_if = "Option::is_none")]
    auto_copy: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume: Option<&'a str>,
}

impl<'a> Extras<'a> {
    fn of(account: &'a Account, content: &'a Content) -> Self {
        let bit = |name| account.setting(name).map(|word| if word == "yes" { "1" } else { "0" });
        let marked = content.format == Format::Markdown
            && account.setting("markdown") != Some("no")
            && !content.body.trim().is_empty();
        Self {
            markdown: marked.then_some(content.body.as_str()),
            url: Some(content.url.as_str()).filter(|url| !url.is_empty()),
            group: account.setting("group"),
            level: account.setting("level"),
            sound: account.setting("sound"),
            icon: account.setting("icon"),
            image: account.setting("image"),
            badge: account.setting("badge"),
            archive: bit("archive"),
            ttl: account.setting("ttl"),
            action: account.setting("action"),
            copy: account.setting("copy"),
            // Anything but "1" does nothing, so "0" need not be said.
            auto_copy: bit("auto_copy").filter(|bit| *bit == "1"),
            call: bit("call").filter(|bit| *bit == "1"),
            volume: account.setting("volume"),
        }
    }

    /// Names as the server passes them on, in lower case.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        [
            ("markdown", self.markdown),
            ("url", self.url),
            ("group", self.group),
            ("level", self.level),
            ("icon", self.icon),
            ("image", self.image),
            ("badge", self.badge),
            ("isarchive", self.archive),
            ("ttl", self.ttl),
            ("action", self.action),
            ("copy", self.copy),
            ("autocopy", self.auto_copy),
            ("call", self.call),
            ("volume", self.volume),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)))
    }
}
