//! The size of the APNs notification that a bark-server makes of a push, to the byte. The server does not
//! check it and Apple refuses more than 4,096.

use super::Extras;
use crate::channels::text::one_line;
use crate::domain::channel::Account;
use crate::domain::message::Content;

/// The size of the APNs JSON that the server makes of a push, to the byte.
pub(super) fn apns_size(account: &Account, content: &Content, id: &str) -> usize {
    // {"aps":{"alert":{},"category":"myNotificationCategory","mutable-content":1,"sound":""}}
    const FRAME: usize = 87;
    let pair = |name: &str, value: &str| name.len() + escaped_len(value) + 6;
    let extras = Extras::of(account, content);
    let (title, subtitle) = (one_line(&content.title), one_line(&content.summary));
    let body = if title.is_empty() && subtitle.is_empty() && content.plain.is_empty() {
        "Empty Message"
    } else {
        &content.plain
    };
    let alert: usize = [("title", title.as_ref()), ("subtitle", subtitle.as_ref()), ("body", body)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| pair(name, value))
        .sum();
    // The first pair has no comma before it.
    let alert = alert.saturating_sub(1);
    // The server adds the ending unless it is there; without a sound it says "1107".
    let ending = |name: &str| if name.strip_suffix(".caf").is_some() { 0 } else { 4 };
    let sound = extras.sound.map_or(4, |name| escaped_len(name) + ending(name));
    let thread = extras.group.map_or(0, |group| pair("thread-id", group));
    let custom: usize = extras.pairs().map(|(name, value)| pair(name, value)).sum();
    let id = if id.is_empty() { 0 } else { pair("id", id) };
    FRAME + alert + sound + thread + custom + id
}

/// How many bytes Go's JSON writer makes of a text: `<`, `>`, `&` and two line separators take six.
fn escaped_len(text: &str) -> usize {
    let extra: usize = text
        .bytes()
        .map(|byte| match byte {
            b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 1,
            b'<' | b'>' | b'&' | 0..0x20 => 5,
            _ => 0,
        })
        .sum();
    let separators = if text.is_ascii() { 0 } else { text.matches(['\u{2028}', '\u{2029}']).count() };
    text.len() + extra + 3 * separators
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::ChannelId;
    use crate::domain::message::Format;

    fn account(settings: &[(&str, &str)]) -> Account {
        Account {
            id: ChannelId(1),
            name: "b".into(),
            kind: "bark".into(),
            settings: settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            secrets: std::collections::BTreeMap::new(),
        }
    }

    fn plain(body: &str) -> Content {
        Content { plain: body.into(), body: body.into(), format: Format::Text, ..Content::default() }
    }

    #[test]
    fn the_frame_is_a_hundred_bytes_as_the_real_server_writes_it() {
        let account = account(&[]);
        assert_eq!(apns_size(&account, &plain(&"x".repeat(3_996)), ""), 4_096);
        assert_eq!(apns_size(&account, &plain(&"好".repeat(1_332)), ""), 4_096);
        assert_eq!(apns_size(&account, &plain("<"), ""), 106);
        assert_eq!(apns_size(&account, &plain("\u{2028}\"\n"), ""), 110);
        let titled = Content { title: "ab".into(), ..plain("x") };
        assert_eq!(apns_size(&account, &titled, ""), 101 + 11 + 2);
        let subtitled = Content { summary: "abc".into(), ..plain("x") };
        assert_eq!(apns_size(&account, &subtitled, ""), 101 + 14 + 3);
    }

    #[test]
    fn a_group_counts_twice_and_a_sound_gets_its_ending() {
        let payload = r#"{"aps":{"alert":{"body":"b"},"category":"myNotificationCategory","mutable-content":1,"sound":"bell.caf","thread-id":"g"},"group":"g","id":"i","isarchive":"1","level":"passive"}"#;
        let account = account(&[("group", "g"), ("sound", "bell"), ("archive", "yes"), ("level", "passive")]);
        assert_eq!(apns_size(&account, &plain("b"), "i"), payload.len());
    }
}
