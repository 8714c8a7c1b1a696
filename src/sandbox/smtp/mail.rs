//! A caught mail as JSON: envelope, the headers that matter, its text and its HTML, all decoded.

use mail_parser::{Address, HeaderName, Message, MessageParser, PartType};
use serde_json::{Value, json};

/// Decodes a mail as it came after dot-unstuffing. What does not parse is given as the text it is.
pub(super) fn decode(raw: &[u8], from: &str, to: &[String]) -> Value {
    let Some(mail) = MessageParser::default().parse(raw) else {
        return json!({"from": from, "to": to, "raw": String::from_utf8_lossy(raw)});
    };
    let part = |html: bool| {
        mail.parts.iter().find_map(|part| match &part.body {
            PartType::Text(text) if !html => Some(text.to_string()),
            PartType::Html(text) if html => Some(text.to_string()),
            _ => None,
        })
    };
    json!({
        "from": from,
        "to": to,
        "size": raw.len(),
        "subject": mail.subject(),
        "message_id": mail.message_id(),
        "date": mail.date().map(ToString::to_string),
        "header_from": mailboxes(mail.from()),
        "header_to": mailboxes(mail.to()),
        "reply_to": mailboxes(mail.reply_to()),
        "list_unsubscribe": header(&mail, HeaderName::ListUnsubscribe),
        "list_unsubscribe_post": header(&mail, HeaderName::Other("List-Unsubscribe-Post".into())),
        "list_id": header(&mail, HeaderName::ListId),
        "mime_version": header(&mail, HeaderName::MimeVersion),
        "text": part(false),
        "html": part(true),
    })
}

fn mailboxes(address: Option<&Address<'_>>) -> Vec<String> {
    let Some(address) = address else { return Vec::new() };
    address
        .iter()
        .map(|mailbox| match (mailbox.name(), mailbox.address()) {
            (Some(name), Some(address)) => format!("{name} <{address}>"),
            (name, address) => address.or(name).unwrap_or_default().to_owned(),
        })
        .collect()
}

/// A header as it was sent, unfolded.
fn header(mail: &Message<'_>, name: HeaderName<'_>) -> Option<String> {
    let raw = mail.header_raw(name)?;
    Some(raw.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
}
