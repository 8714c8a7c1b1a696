//! What people see before they open anything, kind by kind: a card, a banner, a bubble, the rows of a template, the
//! head of a mail.

use std::fmt::Write as _;

use pushdeck::channels::catalog;
use pushdeck::channels::face::{Face, Label};
use pushdeck::channels::render::Prepared;
use pushdeck::domain::channel::Account;
use pushdeck::domain::id::ChannelId;
use pushdeck::domain::message::{Format, Message};
use pushdeck::domain::time::Millis;

fn account(kind: &str) -> Account {
    let settings: &[(&str, &str)] = match kind {
        "wechat" => &[
            ("app_id", "wx1"),
            ("template_id", "T"),
            ("fields", "thing1={{title}};time2={{time}};thing3={{line1}}"),
        ],
        "email" => &[("from", "运维 Ops <ops@example.com>"), ("host", "mail.example.com")],
        _ => &[],
    };
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let secrets = std::collections::BTreeMap::new();
    Account { id: ChannelId(1), name: "c".into(), kind: kind.into(), settings, secrets }
}

fn told(face: &Face) -> String {
    let mut text = format!("{:?}\n", face.frame);
    for row in &face.rows {
        let label = match &row.label {
            None => String::new(),
            Some(Label::Words(words)) => format!("{} / {}: ", words.en, words.zh),
            Some(label) => format!("{label:?}: "),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "  {}{label}{}",
            if row.strong { "# " } else { "" },
            row.text.replace('\n', " ⏎ ")
        );
    }
    text
}

#[test]
fn every_kind_shows_what_its_phone_shows() {
    let message = Message {
        title: "今晚停机维护".into(),
        summary: "22:00 to 24:00".into(),
        url: "https://example.com/status".into(),
        format: Format::Markdown,
        body: "**The shop** is down tonight.\n\n- backup\n- upgrade".into(),
        ..Message::default()
    };
    let prepared = Prepared::new(&message).expect("a sound message");
    let mut all = String::new();
    for kind in catalog::KINDS {
        let id = kind.spec().id;
        let content = prepared.content(kind.spec(), |_| None::<&str>).expect("nothing to fill");
        let face = kind.face(&account(id), &content, "Ann", Millis(1_790_000_000_000));
        assert!(!face.rows.is_empty(), "{id}: an empty face");
        let _ = writeln!(all, "{id}: {}", told(&face));
    }
    insta::assert_snapshot!(all);
}
