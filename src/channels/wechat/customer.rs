//! Customer messages: what answers a person within 48 hours of their own last act. One text, or one card with a link.
//!
//! The same call with a mini program's credentials is its customer message; only the windows differ.

use std::borrow::Cow;

use serde::Serialize;

use crate::channels::kind::BuildError;
use crate::channels::spec::{Limit, Unit};
use crate::channels::text::{first_line, has_link, one_line};
use crate::domain::channel::Account;
use crate::domain::message::Content;

/// What the community found of the text; nothing official says it. We hold a card to the same.
pub(super) const TEXT: Limit = Limit { max: 2_048, unit: Unit::Bytes };

#[derive(Serialize)]
pub(super) struct Send<'a> {
    touser: &'a str,
    msgtype: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    news: Option<News<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customservice: Option<Agent<'a>>,
}

#[derive(Serialize)]
struct Text<'a> {
    content: Cow<'a, str>,
}

#[derive(Serialize)]
struct News<'a> {
    // More than one is refused by now, and so is one that is no list.
    articles: [Article<'a>; 1],
}

#[derive(Serialize)]
struct Article<'a> {
    title: Cow<'a, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    url: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    picurl: &'a str,
}

#[derive(Serialize)]
struct Agent<'a> {
    kf_account: &'a str,
}

fn is_news(account: &Account) -> bool {
    account.setting("style") == Some("news")
}

/// The message for one person.
pub(super) fn message<'a>(
    account: &'a Account,
    content: &'a Content,
    openid: &'a str,
) -> Result<Send<'a>, BuildError> {
    if content.title.trim().is_empty() && content.plain.trim().is_empty() {
        return Err(BuildError::BadContent("title and body are both empty".to_owned()));
    }
    let has = size(account, content);
    if has > TEXT.max {
        return Err(BuildError::BadContent(TEXT.over(has)));
    }
    let customservice = account.setting("kf_account").map(|kf_account| Agent { kf_account });
    let (msgtype, text, news) = if is_news(account) {
        ("news", None, Some(News { articles: [article(account, content)] }))
    } else {
        ("text", Some(Text { content: composed(content) }), None)
    };
    Ok(Send { touser: openid, msgtype, text, news, customservice })
}

/// How much of `TEXT` it takes.
pub(super) fn size(account: &Account, content: &Content) -> usize {
    if is_news(account) {
        let article = article(account, content);
        return article.title.len() + article.description.len();
    }
    composed(content).len()
}

fn article<'a>(account: &'a Account, content: &'a Content) -> Article<'a> {
    let title = one_line(&content.title);
    let title = if title.is_empty() { one_line(first_line(&content.plain)) } else { title };
    let summary = content.summary.trim();
    Article {
        title,
        description: if summary.is_empty() { content.plain.trim() } else { summary },
        url: &content.url,
        picurl: account.setting("picture").unwrap_or_default(),
    }
}

/// The text as it goes out: the title above it, the link below.
pub(super) fn composed(content: &Content) -> Cow<'_, str> {
    let (title, body) = (one_line(&content.title), content.plain.trim());
    let title = if first_line(body) == title { Cow::Borrowed("") } else { title };
    let url = if has_link(body, &content.url) { "" } else { content.url.as_str() };
    if title.is_empty() && url.is_empty() {
        return Cow::Borrowed(body);
    }
    let parts = [title.as_ref(), body, url].into_iter().filter(|part| !part.is_empty());
    Cow::Owned(parts.collect::<Vec<_>>().join("\n"))
}
