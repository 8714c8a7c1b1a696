//! A caught mail as JSON: envelope, the headers that matter, its text and its HTML, all decoded.

use mail_parser::{Address, Message, MessageParser, MimeHeaders as _, PartType};
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
        "list_unsubscribe": header(&mail, "List-Unsubscribe"),
        "list_unsubscribe_post": header(&mail, "List-Unsubscribe-Post"),
        "list_id": header(&mail, "List-Id"),
        "mime_version": header(&mail, "MIME-Version"),
        "text": part(false),
        "html": part(true),
        "files": files(&mail),
    })
}

/// What stands beside the text, by name.
fn files(mail: &Message<'_>) -> Vec<Value> {
    let each = mail
        .attachments()
        .map(|part| json!({ "name": part.attachment_name(), "size": part.contents().len() }));
    each.collect()
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
fn header(mail: &Message<'_>, name: &str) -> Option<String> {
    let found = mail.headers().iter().find(|header| header.name().eq_ignore_ascii_case(name))?;
    let raw = mail.raw_message.get(found.offset_start as usize..found.offset_end as usize)?;
    Some(String::from_utf8_lossy(raw).split_ascii_whitespace().collect::<Vec<_>>().join(" "))
}
