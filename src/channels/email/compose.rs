//! The message itself: the same bytes at every attempt, because its date, id and boundaries come from the delivery.
//!
//! Pictures and files travel as parts: the files of the message, a picture that the HTML holds as `data:` and a link to
//! one with `download`.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Body, Message, MultiPart, MultiPartBuilder, SinglePart};

use super::mailbox::Mailbox;
use super::parts::{Part, beside, split};
use super::{bad_field, mailbox, subject};
use crate::channels::kind::{BuildError, Target};
use crate::channels::text::has_link;
use crate::domain::channel::Account;
use crate::domain::message::{Content, Format};
use crate::domain::template::Escape;

/// What tells this delivery from all others, in letters that every header takes.
pub(super) fn key(target: &Target) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    target.key.chars().map(|c| if plain(c) { c } else { '-' }).collect()
}

/// Writes the message from one mailbox to the other.
pub(super) fn compose(
    account: &Account,
    content: &Content,
    target: &Target,
    from: &Mailbox,
    to: &Mailbox,
) -> Result<Vec<u8>, BuildError> {
    let bad_address = || BuildError::BadAddress("it cannot stand in a mail header".to_owned());
    let key = key(target);
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
        Format::Html => builder.multipart(rich(content, &key, from.domain())),
        Format::Text | Format::Markdown if content.files.is_empty() => {
            builder.singlepart(SinglePart::plain(plain_part(content)))
        }
        Format::Text | Format::Markdown => {
            let mixed = mixed(&key).singlepart(SinglePart::plain(plain_part(content)));
            builder.multipart(
                beside(&content.files, &[]).into_iter().map(sealed).fold(mixed, MultiPart::singlepart),
            )
        }
    };
    message.map(|message| message.formatted()).map_err(|error| BuildError::BadContent(error.to_string()))
}

/// Text and HTML to choose from; with pictures beside the HTML, and with files beside both.
fn rich(content: &Content, key: &str, domain: &str) -> MultiPart {
    let (html, parts) = split(&html_part(content), &format!("{key}@{domain}"), &content.files);
    let boundary = |of: &str| format!("pushdeck-{of}{key}");
    let (pictures, files): (Vec<Part>, Vec<Part>) =
        parts.into_iter().partition(|part| matches!(part, Part::Picture { .. }));
    let choice =
        MultiPart::alternative().boundary(boundary("")).singlepart(SinglePart::plain(plain_part(content)));
    let html = SinglePart::html(html);
    let choice = if pictures.is_empty() {
        choice.singlepart(html)
    } else {
        let related = MultiPart::related().boundary(boundary("p-")).singlepart(html);
        choice.multipart(pictures.into_iter().map(sealed).fold(related, MultiPart::singlepart))
    };
    if files.is_empty() {
        return choice;
    }
    files.into_iter().map(sealed).fold(mixed(key).multipart(choice), MultiPart::singlepart)
}

/// What files stand in beside the text.
fn mixed(key: &str) -> MultiPartBuilder {
    MultiPart::mixed().boundary(format!("pushdeck-f-{key}"))
}

fn sealed(part: Part) -> SinglePart {
    // One that cannot be read is a file of bytes, which every program takes.
    let read = |text: &str| {
        ContentType::parse(text).or_else(|_| ContentType::parse("application/octet-stream")).ok()
    };
    // Whatever they hold: a text's bare line feeds are not a relay's to change, nor a dot alone on a line to end it.
    let body =
        |base64: Arc<[u8]>| Body::dangerous_pre_encoded(base64.to_vec(), ContentTransferEncoding::Base64);
    match part {
        Part::Picture { id, media, base64 } => match read(&media) {
            Some(media) => Attachment::new_inline(id).body(body(base64), media),
            None => SinglePart::plain(String::new()),
        },
        Part::File { name, media, base64 } => match read(&charset(media, &base64)) {
            Some(media) => Attachment::new(name).body(body(base64), media),
            None => SinglePart::plain(String::new()),
        },
    }
}

/// A text says in which letters it is written.
fn charset(media: String, base64: &[u8]) -> String {
    let is_utf8 = || {
        let joined: Vec<u8> = base64.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
        STANDARD.decode(joined).is_ok_and(|bytes| std::str::from_utf8(&bytes).is_ok())
    };
    if media.starts_with("text/") && is_utf8() { format!("{media}; charset=utf-8") } else { media }
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

/// Whether all of a template for `unsubscribe_url` can stand in the header.
pub(in crate::channels) fn are_links(template: &str) -> bool {
    let mut links = template
        .split_whitespace()
        .flat_map(split_links)
        .map(|link| link.trim_matches([',', '<', '>']))
        .filter(|link| !link.is_empty());
    links.all(|link| is_link(link) && link.is_ascii())
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
