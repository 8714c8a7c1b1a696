//! The size of the APNs notification that a bark-server makes of a push, to the byte. The server does not
//! check it and Apple refuses more than 4,096.

use super::cipher::Scheme;
use super::parts::Says;
use crate::channels::kind::BuildError;
use crate::domain::channel::Account;
use crate::domain::message::Content;

/// What the server shows when there is nothing to show; the app puts what it decrypts, or the Markdown, in its place.
const NOTHING: &str = "Empty Message";

/// The size of the APNs JSON that the server makes of a push, to the byte. It is the same for each key of a batch.
pub(super) fn apns_size(account: &Account, content: &Content, id: &str) -> usize {
    let says = Says::of(account, content);
    // A scheme that cannot be read is refused by `build`, whatever the size.
    match Scheme::of(account) {
        Ok(Some(scheme)) => sealed_size(scheme, &says, id).unwrap_or(0),
        Ok(None) | Err(_) => clear_size(&says, id),
    }
}

fn sealed_size(scheme: Scheme, says: &Says<'_>, id: &str) -> Result<usize, BuildError> {
    let (ciphertext, iv) = scheme.sizes(clear_json(says)?.len());
    let custom = pair_of("ciphertext", ciphertext) + iv.map_or(0, |iv| pair_of("iv", iv));
    Ok(frame(&[("body", NOTHING)], None, None, id) + custom)
}

/// What is sealed.
pub(super) fn clear_json(says: &Says<'_>) -> Result<Vec<u8>, BuildError> {
    serde_json::to_vec(says).map_err(|error| BuildError::BadContent(error.to_string()))
}

fn clear_size(says: &Says<'_>, id: &str) -> usize {
    let nothing = says.title.is_empty() && says.subtitle.is_empty() && says.body.is_empty();
    let body = if nothing { NOTHING } else { says.body };
    let alert = [("title", says.title.as_ref()), ("subtitle", says.subtitle.as_ref()), ("body", body)];
    let custom: usize = says.extras.pairs().map(|(name, value)| pair(name, value)).sum();
    frame(&alert, says.extras.sound, says.extras.group, id) + custom
}

/// Everything but the custom data.
fn frame(alert: &[(&str, &str)], sound: Option<&str>, group: Option<&str>, id: &str) -> usize {
    // {"aps":{"alert":{},"category":"myNotificationCategory","mutable-content":1,"sound":""}}
    const FRAME: usize = 87;
    let said = alert.iter().filter(|(_, value)| !value.is_empty());
    // The first pair has no comma before it.
    let alert = said.map(|(name, value)| pair(name, value)).sum::<usize>().saturating_sub(1);
    // The server adds the ending unless it is there; without a sound it says "1107".
    let ending = |name: &str| if name.strip_suffix(".caf").is_some() { 0 } else { 4 };
    let sound = sound.map_or(4, |name| escaped_len(name) + ending(name));
    let thread = group.map_or(0, |group| pair("thread-id", group));
    let id = if id.is_empty() { 0 } else { pair("id", id) };
    FRAME + alert + sound + thread + id
}

fn pair(name: &str, value: &str) -> usize {
    pair_of(name, escaped_len(value))
}

/// `,"name":"value"`
const fn pair_of(name: &str, value: usize) -> usize {
    name.len() + value + 6
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
    fn markdown_counts_twice_unless_it_goes_alone_or_not_at_all() {
        let marked = Content { plain: "a b".into(), body: "**a** b".into(), ..Content::default() };
        assert_eq!(marked.format, Format::Markdown);
        let size = |settings: &[(&str, &str)]| apns_size(&account(settings), &marked, "");
        let markdown = r#","markdown":"**a** b""#.len();
        assert_eq!(size(&[]), 103 + markdown);
        assert_eq!(size(&[("markdown", "both")]), 103 + markdown);
        assert_eq!(size(&[("markdown", "no")]), 103);
        assert_eq!(size(&[("markdown", "only")]), 100 + "Empty Message".len() + markdown);
    }

    #[test]
    fn a_sealed_push_is_as_long_as_the_server_writes_it() {
        let account = account(&[("encryption", "aes-256-gcm"), ("sound", "bell"), ("group", "g")]);
        let inside = r#"{"body":"<b>","group":"g","sound":"bell"}"#.len();
        let ciphertext = "c".repeat((inside + 16).div_ceil(3) * 4);
        let payload = format!(
            r#"{{"aps":{{"alert":{{"body":"Empty Message"}},"category":"myNotificationCategory","mutable-content":1,"sound":"1107"}},"ciphertext":"{ciphertext}","id":"i","iv":"{}"}}"#,
            "v".repeat(12)
        );
        assert_eq!(apns_size(&account, &plain("<b>"), "i"), payload.len());
    }

    #[test]
    fn a_group_counts_twice_and_a_sound_gets_its_ending() {
        let payload = r#"{"aps":{"alert":{"body":"b"},"category":"myNotificationCategory","mutable-content":1,"sound":"bell.caf","thread-id":"g"},"group":"g","id":"i","isarchive":"1","level":"passive"}"#;
        let account = account(&[("group", "g"), ("sound", "bell"), ("archive", "yes"), ("level", "passive")]);
        assert_eq!(apns_size(&account, &plain("b"), "i"), payload.len());
    }
}
