//! Template messages: which key of the template gets what.
//!
//! The channel's `fields` says it in one line: `thing1={{title}}; time2={{time}}; thing3={{订单号}}`. What stands in
//! the braces is a part of the message, in which the person's variables are filled in already: `title`, `summary`
//! (else the first line), `body`, `url`, `time` and `date` (of the sending), `line1` … (a line of the body); any
//! other name is a line of the body that begins with it, such as `订单号：{{order}}`, or else the variable of that name
//! that the person has. `| default("…")` works as in messages.

use serde::{Serialize, Serializer};

use super::value::Type;
use crate::channels::kind::{BuildError, Target};
use crate::channels::slot::{Flaw, Slot};
use crate::channels::text::{first_line, one_line};
use crate::domain::channel::Account;
use crate::domain::hex;
use crate::domain::message::Content;
use crate::domain::template::{Escape, Template};
use crate::domain::time::Millis;

/// The provider's own day, unless the channel says otherwise.
const CHINA: i64 = 8;
/// The longest `client_msg_id`.
const MAX_ID: usize = 32;

/// What stands for a key.
#[derive(Debug)]
pub(super) struct Entry {
    key: String,
    value: Template,
}

/// Reads `fields`.
pub(super) fn entries(fields: &str) -> Result<Vec<Entry>, BuildError> {
    let bad = |why: String| BuildError::BadField { field: "fields", why };
    let mut found: Vec<Entry> = Vec::new();
    for part in split(fields) {
        let Some((key, value)) = part.split_once('=') else {
            return Err(bad(format!("`{part}` has no `=`: expected such as thing1={{{{title}}}}")));
        };
        let key = key.trim();
        if !is_key(key) {
            return Err(bad(format!("`{key}` is no key of a template")));
        }
        if found.iter().any(|known| known.key == key) {
            return Err(bad(format!("`{key}` stands in it twice")));
        }
        let value = Template::parse(value.trim())
            .map_err(|error| bad(format!("the value of `{key}`: {}", error.fault)))?;
        found.push(Entry { key: key.to_owned(), value: value.escaped(|_| Escape::None) });
    }
    if found.is_empty() {
        return Err(BuildError::MissingField("fields"));
    }
    Ok(found)
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// At each semicolon after which another `key=` stands: one within a text is part of the text.
fn split(fields: &str) -> impl Iterator<Item = &str> {
    let begins = |rest: &str| rest.split_once('=').is_none_or(|(key, _)| is_key(key.trim()));
    let mut rest = Some(fields);
    std::iter::from_fn(move || {
        let text = rest?;
        let ends = text.char_indices().filter(|(_, c)| matches!(c, ';' | '；'));
        let mut cuts = ends.map(|(at, c)| (at, at + c.len_utf8()));
        let cut = cuts.find(|(_, after)| text[*after..].trim().is_empty() || begins(&text[*after..]));
        let (part, more) = cut.map_or((text, None), |(at, after)| (&text[..at], Some(&text[after..])));
        rest = more;
        Some(part.trim())
    })
    .filter(|part| !part.is_empty())
}

/// The keys that `fields` names.
pub(super) fn keys(account: &Account) -> Result<Vec<String>, BuildError> {
    Ok(of(account)?.into_iter().map(|entry| entry.key).collect())
}

fn of(account: &Account) -> Result<Vec<Entry>, BuildError> {
    entries(account.setting("fields").ok_or(BuildError::MissingField("fields"))?)
}

/// A key, its value as it goes out, and what there is to say of it.
pub(super) struct Filled {
    pub(super) value: String,
    pub(super) slot: Slot,
}

impl Filled {
    /// The key, and what stands beside it.
    pub(super) fn into_row(self) -> (String, String) {
        (self.slot.key, self.value)
    }
}

/// Parts of every message, whatever its lines say.
const PARTS: &[&str] = &["title", "summary", "body", "plain", "url", "time", "date"];

/// The names in `fields` that are no part of a message: a line of it, or a value of the person.
pub(super) fn asks(account: &Account) -> Vec<String> {
    let names = of(account).unwrap_or_default().into_iter().flat_map(|entry| {
        entry.value.variables().iter().map(|variable| variable.name.clone()).collect::<Vec<_>>()
    });
    let is_line =
        |name: &str| name.strip_prefix("line").is_some_and(|number| number.parse::<usize>().is_ok());
    names.filter(|name| !PARTS.contains(&name.as_str()) && !is_line(name)).collect()
}

/// Fills every key for one person; `stamp` is the moment of the sending.
pub(super) fn fill(account: &Account, content: &Content, stamp: Millis) -> Result<Vec<Filled>, BuildError> {
    let cutting = account.setting("cut") == Some("yes");
    let parts = Parts { content, stamp, offset: offset(account) };
    Ok(of(account)?
        .into_iter()
        .map(|Entry { key, value }| {
            let kind = Type::of(&key);
            let (value, missing) = match value.render(|name| parts.of(name)) {
                // Line ends vanish on the card anyway.
                Ok(value) => (value.split_whitespace().collect::<Vec<_>>().join(" "), None),
                Err(missing) => (String::new(), Some(Flaw::Absent(missing.name))),
            };
            let flaw = missing.or_else(|| kind.flaw(&value, cutting));
            let slot = Slot { key, has: kind.count(&value), limit: kind.limit(&value), flaw };
            Filled { value: kind.sent(&value, cutting), slot }
        })
        .collect())
}

/// Whether any place would say something else without the text of a message.
pub(super) fn has_place_for_body(account: &Account, content: &Content) -> bool {
    let values = |content: &Content| {
        let filled = fill(account, content, Millis(0)).ok()?;
        Some(filled.into_iter().map(|one| one.value).collect::<Vec<_>>())
    };
    let without = Content { plain: String::new(), ..content.clone() };
    content.plain.trim().is_empty()
        || values(content).is_none_or(|values_with| Some(values_with) != values(&without))
}

fn offset(account: &Account) -> i64 {
    account.setting("utc_offset").and_then(|hours| hours.parse().ok()).unwrap_or(CHINA)
}

/// What a name in braces stands for.
struct Parts<'a> {
    content: &'a Content,
    stamp: Millis,
    offset: i64,
}

impl Parts<'_> {
    fn of(&self, name: &str) -> Option<String> {
        let content = self.content;
        Some(match name {
            "title" => one_line(&content.title).into_owned(),
            "summary" if content.summary.trim().is_empty() => first_line(&content.plain).to_owned(),
            "summary" => content.summary.clone(),
            "body" | "plain" => content.plain.clone(),
            "url" => content.url.clone(),
            "time" => self.moment("%Y年%-m月%-d日 %H:%M"),
            "date" => self.moment("%Y年%-m月%-d日"),
            _ => {
                return self
                    .line(name)
                    .or_else(|| content.vars.get(name).map(String::as_str))
                    .map(str::to_owned);
            }
        })
    }

    fn line(&self, name: &str) -> Option<&str> {
        let mut lines = self.content.plain.lines().map(str::trim).filter(|line| !line.is_empty());
        if let Some(number) = name.strip_prefix("line").and_then(|number| number.parse::<usize>().ok()) {
            return lines.nth(number.checked_sub(1)?);
        }
        lines.find_map(|line| {
            // Items of a list keep their mark.
            let line = line.trim_start_matches(['-', '*', '•', '·', ' ']);
            let (label, value) = line.split_once([':', '：'])?;
            (label.trim() == name).then(|| value.trim())
        })
    }

    fn moment(&self, form: &str) -> String {
        let local = self.stamp.plus(self.offset.saturating_mul(3_600_000));
        jiff::Timestamp::from_millisecond(local.0).map_or_else(
            |_| String::new(),
            |at| at.to_zoned(jiff::tz::TimeZone::UTC).strftime(form).to_string(),
        )
    }
}

#[derive(Serialize)]
pub(super) struct Send<'a> {
    touser: &'a str,
    template_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    miniprogram: Option<MiniProgram<'a>>,
    client_msg_id: String,
    #[serde(serialize_with = "in_order")]
    data: Vec<(String, Value)>,
}

#[derive(Serialize)]
struct MiniProgram<'a> {
    appid: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pagepath: &'a str,
}

#[derive(Serialize)]
struct Value {
    value: String,
}

fn in_order<S: Serializer>(data: &[(String, Value)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(data.iter().map(|(key, value)| (key, value)))
}

/// The message for one person.
pub(super) fn message<'a>(
    account: &'a Account,
    content: &'a Content,
    target: &Target,
    openid: &'a str,
) -> Result<Send<'a>, BuildError> {
    let template_id = account.setting("template_id").ok_or(BuildError::MissingField("template_id"))?;
    let filled = fill(account, content, target.stamp)?;
    if let Some(slot) = filled.iter().map(|one| &one.slot).find(|slot| slot.stops()) {
        return Err(BuildError::BadContent(refusal(slot)));
    }
    let page = account.setting("mini_path").unwrap_or_default();
    let mini = account.setting("mini_appid").map(|appid| MiniProgram { appid, pagepath: page });
    Ok(Send {
        touser: openid,
        template_id: template_id.trim(),
        url: &content.url,
        miniprogram: mini,
        client_msg_id: id(&target.key),
        data: filled.into_iter().map(|one| (one.slot.key, Value { value: one.value })).collect(),
    })
}

/// Why a value cannot go out.
fn refusal(slot: &Slot) -> String {
    let (key, has) = (&slot.key, slot.has);
    match &slot.flaw {
        Some(Flaw::Over) => {
            format!("{key} has {has} characters of at most {}", slot.limit.map_or(0, |limit| limit.max))
        }
        Some(Flaw::Characters) => format!("{key} has characters that its type does not take"),
        Some(Flaw::Form) => format!("{key} does not have the form of its type"),
        Some(Flaw::Absent(name)) => format!("{key} wants `{name}`, which the message does not have"),
        Some(Flaw::Empty | Flaw::Blank | Flaw::Cut | Flaw::Vanishes) | None => {
            format!("nothing stands for {key} of the template")
        }
    }
}

/// The same for every attempt of a delivery: within ten minutes the provider sends it once. The longest length is
/// not said officially; 32 is.
fn id(key: &str) -> String {
    if key.len() <= MAX_ID && key.is_ascii() {
        return key.to_owned();
    }
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, key.as_bytes());
    hex::of(&digest.as_ref()[..MAX_ID / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &str) -> Result<Vec<String>, String> {
        entries(fields)
            .map(|found| found.into_iter().map(|entry| entry.key).collect())
            .map_err(|error| error.to_string())
    }

    fn values(fields: &str, content: &Content) -> Vec<(String, Option<Flaw>)> {
        let account = Account {
            id: crate::domain::id::ChannelId(1),
            name: "oa".into(),
            kind: "wechat".into(),
            settings: [("fields".to_owned(), fields.to_owned())].into(),
            secrets: std::collections::BTreeMap::new(),
        };
        let filled = fill(&account, content, Millis(1_700_000_000_000)).expect("fields that can be read");
        filled.into_iter().map(|one| (one.value, one.slot.flaw)).collect()
    }

    #[test]
    fn the_line_of_fields_is_read_and_a_semicolon_in_a_text_stays_there() {
        let keys = |found: &[&str]| Ok(found.iter().map(|key| (*key).to_owned()).collect());
        assert_eq!(read("thing1={{title}}; time2={{time}}；thing3=x;"), keys(&["thing1", "time2", "thing3"]));
        assert_eq!(read("first=a; b; remark=c = d"), keys(&["first", "remark"]));
        for (fields, why) in [
            ("thing1", "`thing1` has no `=`"),
            ("好=1", "`好` is no key"),
            ("thing1=a; thing1=b", "`thing1` stands in it twice"),
            ("thing1={{title", "the value of `thing1`: `{{` without `}}`"),
            (" ; ", "the field `fields` is not set"),
        ] {
            assert!(read(fields).expect_err("refused").contains(why), "{fields}: {:?}", read(fields));
        }
    }

    #[test]
    fn parts_of_the_message_and_its_named_lines_fill_the_keys() {
        let content = Content {
            vars: [("city".to_owned(), "上海".to_owned()), ("订单号".to_owned(), "not this".to_owned())]
                .into(),
            title: "到货".into(),
            plain: "您好\n\n- 订单号：A-17\n金额: ¥12.50".into(),
            url: "https://e.x/".into(),
            ..Content::default()
        };
        for (fields, expected) in [
            ("thing1={{title}}通知", "到货通知"),
            ("thing1={{summary}}", "您好"),
            ("thing1={{city}}", "上海"),
            ("character_string1={{订单号}}", "A-17"),
            ("amount1={{金额}}", "¥12.50"),
            ("thing1={{line2}}", "- 订单号：A-17"),
            ("thing1={{地址|default(\"未填\")}}", "未填"),
            ("time1={{time}}", "2023年11月15日 06:13"),
            ("date1={{date}}", "2023年11月15日"),
            ("first={{body}}", "您好 - 订单号：A-17 金额: ¥12.50"),
        ] {
            let found = values(fields, &content);
            assert_eq!(found[0].0, expected, "{fields}");
            assert!(!found[0].1.as_ref().is_some_and(Flaw::stops), "{fields}: {found:?}");
        }
        let found = values("thing1={{地址}}; thing2={{line9}}", &content);
        assert_eq!(found[0].1, Some(Flaw::Absent("地址".into())));
        assert_eq!(found[1].1, Some(Flaw::Absent("line9".into())));
    }

    #[test]
    fn the_id_is_the_deliverys_key_or_stands_for_it() {
        assert_eq!(id("pd0123456789ab-12-345"), "pd0123456789ab-12-345");
        let long = format!("pd0123456789ab-{}", "9".repeat(30));
        assert_eq!((id(&long).len(), id(&long)), (32, id(&long)));
        assert_ne!(id(&long), id(&format!("{long}0")));
    }
}
