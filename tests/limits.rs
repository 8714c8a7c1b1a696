//! Every published limit, at the limit and one over it, in the channel's own unit: in ASCII, Han and emoji.

use std::collections::{BTreeMap, BTreeSet};

use pushdeck::channels::catalog;
use pushdeck::channels::check::{Fact, Measured, check};
use pushdeck::channels::kind::Kind;
use pushdeck::channels::render::Prepared;
use pushdeck::channels::spec::Limits;
use pushdeck::domain::channel::Account;
use pushdeck::domain::id::ChannelId;
use pushdeck::domain::message::{Format, Message};

/// A kind as it is set up where its limits differ by that.
struct Setting {
    kind: &'static dyn Kind,
    account: Account,
}

fn setting(id: &str, settings: &[(&str, &str)]) -> Setting {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let account =
        Account { id: ChannelId(1), name: "c".into(), kind: id.into(), settings, secrets: BTreeMap::new() };
    Setting { kind: catalog::kind(id).expect("a kind"), account }
}

impl Setting {
    /// How much a part is over its limit; `None`: it is not.
    fn over(&self, part: Measured, message: &Message) -> Option<usize> {
        let prepared = Prepared::new(message).expect("a sound message");
        let content = prepared.content(self.kind.spec(), |_| None::<&str>).expect("nothing to fill");
        check(self.kind, &self.account, &prepared, &content, None, 1).into_iter().find_map(|finding| {
            match finding.what {
                Fact::Over { part: found, has, .. } if found == part => Some(has),
                _ => None,
            }
        })
    }
}

/// A message whose `part` is this text; of a payload the body is what grows.
fn with(part: Measured, text: String) -> Message {
    let short = Message { title: "t".into(), body: "b".into(), format: Format::Text, ..Message::default() };
    match part {
        Measured::Title => Message { title: text, ..short },
        Measured::Summary => Message { summary: text, ..short },
        Measured::Url => Message { url: text, ..short },
        Measured::Body | Measured::Payload => Message { body: text, ..short },
    }
}

fn limits(limits: &Limits) -> impl Iterator<Item = (Measured, usize)> {
    let all = [
        (Measured::Title, limits.title),
        (Measured::Summary, limits.summary),
        (Measured::Url, limits.url),
        (Measured::Body, limits.body),
        (Measured::Payload, limits.payload),
    ];
    all.into_iter().filter_map(|(part, limit)| Some((part, limit?.max)))
}

/// Looks at one limit; gives what is wrong with it.
fn look(setting: &Setting, part: Measured, max: usize) -> Option<String> {
    let (kind, head) = (setting.kind.spec().id, if part == Measured::Url { "https://e/" } else { "" });
    let size = |text: String| setting.over(part, &with(part, format!("{head}{text}")));
    // So much the kind itself adds, and so much a letter is.
    let much = max + 1_000;
    let Some(has) = size("a".repeat(much)) else {
        return Some(format!("{kind} {part:?}: {much} is not over"));
    };
    let adds = has - much;
    for letter in ["a", "汉", "😀"] {
        let each = (size(letter.repeat(much)).unwrap_or_default() - adds) / much;
        if each == 0 {
            return Some(format!("{kind} {part:?}: {letter} counts for nothing"));
        }
        let room = max - adds;
        let full = letter.repeat(room / each) + &"a".repeat(room % each);
        if let Some(has) = size(full.clone()) {
            return Some(format!("{kind} {part:?} {letter}: {has} at the limit of {max}"));
        }
        let over = size(full + "a");
        if over != Some(max + 1) {
            return Some(format!("{kind} {part:?} {letter}: {over:?} one over {max}"));
        }
    }
    None
}

#[test]
fn every_limit_holds_at_the_limit_and_not_one_over_it() {
    let kinds = catalog::KINDS.iter().map(|kind| setting(kind.spec().id, &[]));
    let others = [
        setting("wechat", &[("mode", "customer"), ("app_id", "wx1")]),
        setting("serverchan", &[]),
        setting("bark", &[("base_url", "http://127.0.0.1:8080")]),
    ];
    let (mut wrong, mut looked) = (Vec::new(), BTreeSet::new());
    for setting in kinds.chain(others) {
        for (part, max) in limits(&setting.kind.limits(Format::Text)) {
            // A template's text counts for nothing: its places have limits of their own.
            if setting.account.kind == "wechat" && setting.account.setting("mode").is_none() {
                continue;
            }
            looked.insert((setting.kind.spec().id, format!("{part:?}")));
            wrong.extend(look(&setting, part, max));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for kind in
        ["wxpusher", "wxpusher-spt", "serverchan", "email", "wechat", "bark", "apns", "ntfy", "telegram"]
    {
        assert!(looked.iter().any(|(looked, _)| *looked == kind), "{kind}: no limit was looked at");
    }
    assert_eq!(looked.len(), 26, "{looked:?}");
}
