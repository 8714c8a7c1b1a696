//! The preview: what a real recipient gets over one channel, made by the same code that sends.

use std::collections::BTreeMap;

use super::rich::{self, Block};
use crate::app::request::compose::Way;
use crate::channels::catalog;
use crate::channels::clean::{clean, markdown_to_html};
use crate::channels::face::Face;
use crate::channels::kind::{BuildError, Kind, Target, To};
use crate::channels::render::Prepared;
use crate::domain::channel::Account;
use crate::domain::file::Enclosure;
use crate::domain::message::{Content, Format};
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::secret::Secret;
use crate::domain::time::Millis;
use crate::store::subscribers::Subscriber;

/// What the preview pane shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Preview {
    /// Nothing is written, or there is no channel.
    #[default]
    Nothing,
    /// The message cannot be read; the checks say why.
    Broken,
    /// The kind is not in the catalogue.
    UnknownKind,
    /// What arrives.
    Card(Card),
}

/// What arrives on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Card {
    /// What a person sees first.
    pub face: Face,
    /// Where a tap leads.
    pub url: String,
    /// The format that travels.
    pub format: Format,
    /// The text as it goes out, with what the kind adds to it.
    pub blocks: Vec<Block>,
    /// Variables that this person lacks: this person would not get it.
    pub missing: Vec<String>,
}

/// The values of a sample person, a person's own before those for everybody.
pub fn lookup<'a>(
    sample: Option<&'a Subscriber>,
    everybody: impl Fn(&str) -> Option<&'a str>,
    name: &str,
) -> Option<&'a str> {
    let own = |person: &'a Subscriber| match name {
        "name" => Some(person.name.as_str()),
        _ => person.vars.get(name).map(String::as_str),
    };
    sample.and_then(own).or_else(|| everybody(name))
}

/// The content for a sample person; what the person lacks is shown as nothing and named.
pub fn content<'a>(
    prepared: &Prepared,
    kind: &dyn Kind,
    account: &Account,
    sample: Option<&'a Subscriber>,
    everybody: impl Fn(&str) -> Option<&'a str> + Copy,
) -> (Content, Vec<String>) {
    let given = |name: &str| lookup(sample, everybody, name);
    let missing: Vec<String> = prepared
        .variables()
        .iter()
        .filter(|variable| !variable.has_default && given(&variable.name).is_none())
        .map(|variable| variable.name.clone())
        .collect();
    let whole = |name: &str| given(name).or_else(|| missing.iter().any(|one| one == name).then_some(""));
    let mut content = prepared.content(kind.spec(), whole).unwrap_or_default();
    let asked = |name: String| given(&name).map(str::to_owned).map(|value| (name, value));
    content.vars = kind.asks(account).into_iter().filter_map(asked).collect();
    if kind.takes_files() {
        content.files = prepared.files().iter().map(Enclosure::stand_in).collect();
    }
    (content, missing)
}

/// The card of a channel.
pub fn card<'a>(
    prepared: &Prepared,
    way: &Way,
    sample: Option<&'a Subscriber>,
    everybody: impl Fn(&str) -> Option<&'a str> + Copy,
    now: Millis,
) -> Preview {
    let Some(kind) = catalog::kind(&way.account.kind) else { return Preview::UnknownKind };
    let (content, missing) = content(prepared, kind, &way.account, sample, everybody);
    let body = kind.shown(&way.account, &content, now);
    let blocks = match content.format {
        Format::Text => Some(rich::plain(&body)),
        Format::Markdown => markdown_to_html(&body).ok().map(|html| rich::blocks(&html)),
        Format::Html => clean(&body).ok().map(|html| rich::blocks(&html)),
    };
    let Some(blocks) = blocks else { return Preview::Broken };
    let name = sample.map_or("", |person| person.name.as_str());
    let address = sample
        .and_then(|person| person.addresses.iter().find(|address| address.channel == way.account.id))
        .map_or("", |address| address.masked.as_str());
    let to = if address.is_empty() { name.to_owned() } else { format!("{name} <{address}>") };
    let mut face = kind.face(&way.account, &content, &to, now);
    for row in &mut face.rows {
        row.text = scrub(&row.text, Cap::Detail).into_owned();
    }
    Preview::Card(Card {
        face,
        // Where the text carries it, once is enough.
        url: if body.contains(&content.url) {
            String::new()
        } else {
            scrub(&content.url, Cap::List).into_owned()
        },
        format: content.format,
        blocks,
        missing,
    })
}

/// The request itself, as it would leave for the sample person, without secrets.
pub fn request<'a>(
    prepared: &Prepared,
    way: &Way,
    sample: Option<&'a Subscriber>,
    everybody: impl Fn(&str) -> Option<&'a str> + Copy,
    now: Millis,
) -> Result<String, BuildError> {
    let Some(kind) = catalog::kind(&way.account.kind) else {
        return Err(BuildError::BadContent(format!("the kind `{}` is not known", way.account.kind)));
    };
    let (content, _) = content(prepared, kind, &way.account, sample, everybody);
    let mut account = way.account.clone();
    // Credentials stay sealed: what stands in their place is the masked form that forms show too.
    account.secrets = kind
        .spec()
        .all_fields()
        .filter(|field| field.secret)
        .filter_map(|field| {
            let stored = way.secrets.iter().find(|secret| secret.field == field.name)?;
            Some((field.name.to_owned(), Secret::new(stored.masked.clone())))
        })
        .collect::<BTreeMap<_, _>>();
    let masked = sample
        .and_then(|person| person.addresses.iter().find(|address| address.channel == account.id))
        .map(|address| address.masked.clone());
    let example = kind.spec().address.example;
    let build = |address: &str| {
        let target = Target {
            to: To::Person(Secret::new(address)),
            name: sample.map(|person| person.name.clone()).unwrap_or_default(),
            key: "0".repeat(32),
            token: "0".repeat(40),
            stamp: now,
            again: false,
            in_place_of: None,
        };
        kind.build(&account, &content, &[target])
    };
    // A masked mailbox is no mailbox: then the example of the kind stands in.
    let call = match masked.as_deref().map(build) {
        Some(Ok(call)) => call,
        Some(Err(_)) | None => build(example)?,
    };
    Ok(scrub(&call.to_string(), Cap::Detail).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::face::Label;
    use crate::domain::channel::Health;
    use crate::domain::id::ChannelId;
    use crate::domain::message::Message;
    use crate::store::channels::StoredSecret;

    fn way(kind: &str) -> Way {
        let spec = catalog::kind(kind).expect("a kind").spec();
        let stored =
            |field: &str| StoredSecret { field: field.into(), masked: "…3f9c".into(), set_at: Millis(0) };
        Way {
            account: Account {
                id: ChannelId(1),
                name: kind.into(),
                kind: kind.into(),
                settings: [
                    ("host", "smtp.example.org"),
                    ("from", "a@example.org"),
                    ("url", "https://hooks.example.org/x"),
                    ("base_url", "https://push.example.org"),
                    ("bundle_id", "com.example.app"),
                    ("app_id", "wx1"),
                    ("template_id", "T"),
                    ("fields", "thing1={{title}}; time2={{time}}"),
                ]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
                secrets: BTreeMap::new(),
            },
            secrets: spec
                .all_fields()
                .filter(|field| field.required && field.secret)
                .map(|field| stored(field.name))
                .collect(),
            paused: None,
            health: Health::Ok,
        }
    }

    fn prepared(body: &str) -> Prepared {
        let message = Message { title: "T {{name}}".into(), body: body.into(), ..Message::default() };
        Prepared::new(&message).expect("sound")
    }

    #[test]
    fn what_a_person_lacks_is_named() {
        let prepared = prepared("{{city}}{{nick | default(\"x\")}}{{all}}");
        let everybody = |name: &str| (name == "all").then_some("y");
        let Preview::Card(card) = card(&prepared, &way("bark"), None, everybody, Millis(0)) else {
            unreachable!("bark is a kind")
        };
        assert_eq!(card.missing, ["name", "city"]);
        assert_eq!(card.blocks[0].text(), "xy");
    }

    #[test]
    fn a_template_shows_what_stands_in_its_places() {
        let prepared = prepared("not in the template");
        let Preview::Card(card) = card(&prepared, &way("wechat"), None, |_| Some("王小明"), Millis(0))
        else {
            unreachable!("wechat is a kind")
        };
        let rows: Vec<(Option<Label>, &str)> =
            card.face.rows.iter().map(|row| (row.label.clone(), row.text.as_str())).collect();
        let key = |key: &str| Some(Label::Key(key.to_owned()));
        assert_eq!(rows, [(key("thing1"), "T 王小明"), (key("time2"), "1970年1月1日 08:00")]);
    }

    #[test]
    fn every_kind_shows_its_card_and_its_request() {
        let prepared = prepared("## h\n\n**b**");
        for kind in catalog::KINDS {
            let way = way(kind.spec().id);
            let shown = card(&prepared, &way, None, |_| Some("王小明"), Millis(0));
            let Preview::Card(card) = &shown else { unreachable!("{shown:?}") };
            assert!(card.face.rows.iter().any(|row| row.text == "T 王小明"), "{card:?}");
            let text = request(&prepared, &way, None, |_| Some("王小明"), Millis(0));
            assert!(text.is_ok(), "{}: {text:?}", kind.spec().id);
        }
    }
}
