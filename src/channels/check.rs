//! What Compose is told before anything is sent: facts with numbers, in each channel's own units.
//!
//! Words for them are put elsewhere. What stands here as an error is what `build` would refuse.

use super::field::plain_http_allowed;
use super::kind::{Kind, Target, To};
use super::render::Prepared;
use super::spec::{Limit, Shape, Unit};
use crate::domain::channel::Account;
use crate::domain::message::{Content, Format};
use crate::domain::time::Millis;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Good to know: a limit that holds.
    Ok,
    /// It goes out, but not quite as written, or slowly.
    Warning,
    /// It cannot go out.
    Error,
}

/// Something about a message on a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How grave.
    pub level: Level,
    /// What.
    pub what: Fact,
}

/// A field of a message with a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measured {
    /// The headline.
    Title,
    /// The card text.
    Summary,
    /// The text as it goes out, with what the kind adds to it.
    Body,
    /// The link.
    Url,
    /// The whole payload.
    Payload,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// The channel lacks a setting that it cannot work without.
    MissingField(&'static str),
    /// A setting of the channel has a value that cannot be used.
    BadField(&'static str),
    /// Neither title nor body.
    Empty,
    /// No title; the first line of the body stands in.
    NoTitle,
    /// Over a limit. As a warning: it is cut there, and the whole stands elsewhere or is lost.
    Over {
        /// What.
        part: Measured,
        /// How much it is.
        has: usize,
        /// The limit.
        limit: Limit,
    },
    /// Within a limit.
    Within {
        /// What.
        part: Measured,
        /// How much it is.
        has: usize,
        /// The limit.
        limit: Limit,
    },
    /// Cards may show only the first `shown` characters.
    SummaryMayBeCut {
        /// How many it has.
        has: usize,
        /// How many are shown at least.
        shown: usize,
    },
    /// The channel does not carry the format and gets another.
    Converted {
        /// As written.
        from: Format,
        /// As sent.
        to: Format,
    },
    /// Variables make every text different, so that each person needs a call.
    StopsBatching {
        /// The first variable.
        variable: String,
        /// Calls needed with it.
        calls: usize,
        /// Calls needed without any.
        batched: usize,
    },
}

/// What there is to say about sending `content`, rendered from `prepared` for a sample person, to
/// `people` on this channel. Gravest first.
pub fn check(
    kind: &dyn Kind,
    account: &Account,
    prepared: &Prepared,
    content: &Content,
    people: usize,
) -> Vec<Finding> {
    let spec = kind.spec();
    let mut findings = Findings(Vec::new());
    check_account(kind, account, &mut findings);
    let (title, plain) = (content.title.trim(), content.plain.trim());
    if title.is_empty() && plain.is_empty() && content.body.trim().is_empty() {
        findings.add(Level::Error, Fact::Empty);
    } else if title.is_empty() && (spec.limits.title.is_some() || spec.id == "email") {
        findings.add(Level::Warning, Fact::NoTitle);
    }
    // Titles and summaries are cut where they are too long; the rest is refused.
    findings.measure(Level::Warning, Measured::Title, title, spec.limits.title);
    findings.measure(Level::Warning, Measured::Summary, &content.summary, spec.limits.summary);
    findings.measure(Level::Error, Measured::Body, &kind.body(content), spec.limits.body);
    findings.measure(Level::Error, Measured::Url, &content.url, spec.limits.url);
    if let (Some(limit), Some(has)) =
        (spec.limits.payload, kind.payload_size(account, content, &sample_target()))
    {
        findings.amount(Level::Error, Measured::Payload, has, limit);
    }
    let shown = if content.summary.is_empty() { title } else { &content.summary };
    let has = shown.chars().count();
    if spec.id.starts_with("wxpusher") && has > CARD_CHARS {
        findings.add(Level::Warning, Fact::SummaryMayBeCut { has, shown: CARD_CHARS });
    }
    if content.format != prepared.format() {
        findings.add(Level::Ok, Fact::Converted { from: prepared.format(), to: content.format });
    }
    let batched = people.div_ceil(spec.people_per_call.max(1));
    if let Some(variable) = prepared.variables().first()
        && batched < people
    {
        let variable = variable.name.clone();
        findings.add(Level::Warning, Fact::StopsBatching { variable, calls: people, batched });
    }
    findings.0.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    findings.0
}

/// How much of a summary WxPusher's clients show at least.
const CARD_CHARS: usize = 20;

/// Stands for any delivery: its key has the length of the real ones.
fn sample_target() -> Target {
    Target {
        to: To::Remote(String::new()),
        name: String::new(),
        key: "0".repeat(32),
        token: "0".repeat(40),
        stamp: Millis(0),
        again: false,
    }
}

fn check_account(kind: &dyn Kind, account: &Account, findings: &mut Findings) {
    for field in kind.spec().all_fields() {
        let value = account.setting(field.name);
        // Credentials are not at hand in previews, so only settings are judged.
        if field.secret {
            continue;
        }
        match value {
            None if field.required => findings.add(Level::Error, Fact::MissingField(field.name)),
            Some(value) if field.shape.check(value).is_err() => {
                findings.add(Level::Error, Fact::BadField(field.name));
            }
            Some(value) if matches!(field.shape, Shape::Url) && !plain_http_allowed(account, value) => {
                findings.add(Level::Error, Fact::BadField(field.name));
            }
            _ => {}
        }
    }
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, level: Level, what: Fact) {
        self.0.push(Finding { level, what });
    }

    fn measure(&mut self, over: Level, part: Measured, text: &str, limit: Option<Limit>) {
        if let (false, Some(limit)) = (text.is_empty(), limit) {
            self.amount(over, part, limit.unit.count(text), limit);
        }
    }

    fn amount(&mut self, over: Level, part: Measured, has: usize, limit: Limit) {
        if has > limit.max {
            self.add(over, Fact::Over { part, has, limit });
        } else {
            self.add(Level::Ok, Fact::Within { part, has, limit });
        }
    }
}

impl Unit {
    /// The word used in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Chars => "chars",
            Self::Utf16 => "utf16",
            Self::Bytes => "bytes",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::catalog;
    use crate::domain::id::ChannelId;
    use crate::domain::message::Message;

    fn facts(kind: &str, settings: &[(&str, &str)], message: &Message, people: usize) -> Vec<(Level, Fact)> {
        let kind = catalog::kind(kind).expect("a kind");
        let account = Account {
            id: ChannelId(1),
            name: "c".into(),
            kind: kind.spec().id.into(),
            settings: settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            secrets: std::collections::BTreeMap::new(),
        };
        let prepared = Prepared::new(message).expect("a sound message");
        let content = prepared.content(kind.spec(), |_| Some("张三")).expect("filled");
        check(kind, &account, &prepared, &content, people)
            .into_iter()
            .map(|finding| (finding.level, finding.what))
            .collect()
    }

    fn text(title: &str, body: &str) -> Message {
        Message { title: title.into(), body: body.into(), format: Format::Text, ..Message::default() }
    }

    #[test]
    fn a_variable_shows_what_it_costs() {
        let found = facts("wxpusher", &[], &text("t", "{{name}}，你好"), 8_312);
        let expected = Fact::StopsBatching { variable: "name".into(), calls: 8_312, batched: 5 };
        assert!(found.contains(&(Level::Warning, expected)), "{found:?}");
        let found = facts("bark", &[], &text("t", "{{name}}"), 8_312);
        assert!(!found.iter().any(|(_, fact)| matches!(fact, Fact::StopsBatching { .. })), "{found:?}");
    }

    #[test]
    fn limits_are_counted_in_the_channels_own_unit() {
        let found = facts("wxpusher", &[], &text("", &"😀".repeat(20_001)), 1);
        let limit = Limit { max: 40_000, unit: Unit::Utf16 };
        assert_eq!(found[0], (Level::Error, Fact::Over { part: Measured::Body, has: 40_002, limit }));
        let found = facts("serverchan", &[], &text(&"长".repeat(33), "b"), 1);
        let limit = Limit { max: 32, unit: Unit::Chars };
        assert_eq!(found[0], (Level::Warning, Fact::Over { part: Measured::Title, has: 33, limit }));
        let found = facts("bark", &[], &text("t", &"x".repeat(4_096)), 1);
        assert!(matches!(found[0], (Level::Error, Fact::Over { part: Measured::Payload, .. })), "{found:?}");
    }

    #[test]
    fn what_a_channel_lacks_is_an_error_before_anything_is_sent() {
        let found = facts("email", &[("host", "smtp.example.com"), ("port", "x")], &text("", ""), 1);
        for fact in [Fact::MissingField("from"), Fact::BadField("port"), Fact::Empty] {
            assert!(found.contains(&(Level::Error, fact)), "{found:?}");
        }
        let found = facts("bark", &[("base_url", "http://push.example")], &text("t", "b"), 1);
        assert!(found.contains(&(Level::Error, Fact::BadField("base_url"))), "{found:?}");
    }
}
