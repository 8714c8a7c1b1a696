//! What Compose is told before anything is sent: facts with numbers, in each channel's own units.
//!
//! Words for them are put elsewhere. What stands here as an error is what `build` would refuse.

use super::cid;
use super::field::plain_http_allowed;
use super::kind::{BuildError, Kind, Target, To};
use super::render::{Part, Prepared};
use super::slot::{Flaw, Slot};
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
    /// The template on the provider's side has no place for the text.
    BodyLeftOut,
    /// Over a limit. As a warning: it is cut there, and the whole stands elsewhere or is lost.
    Over {
        /// What.
        part: Measured,
        /// How much it is.
        has: usize,
        /// The limit.
        limit: Limit,
        /// Whose values make it so, where it differs from person to person; others may be over, too.
        whose: Option<String>,
    },
    /// Within a limit.
    Within {
        /// What.
        part: Measured,
        /// How much it is.
        has: usize,
        /// The limit.
        limit: Limit,
        /// Whether it differs from person to person, and this is the longest.
        at_most: bool,
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
    /// The channel carries no files, so that many are left out.
    FilesLeftOut(usize),
    /// The text shows a picture of that name, and no such picture goes with it.
    NoPicture(String),
    /// What a place of the provider's template gets.
    Slot {
        /// The place, and what is wrong with it.
        slot: Slot,
        /// Whose values make it so, where it differs from person to person; others may be so, too.
        whose: Option<String>,
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

/// The message as one person of the audience gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Personal {
    /// Who.
    pub name: String,
    /// What arrives.
    pub content: Content,
}

/// What there is to say about sending a message to `people` on this channel. Gravest first.
///
/// `bare` is what it comes to with nothing of a person's own in it: what everybody gets, at least. `longest`
/// are those of the audience for whom it becomes the longest; as long as that is not known, what differs from
/// person to person is not measured, unless it is too long by itself.
pub fn check(
    kind: &dyn Kind,
    account: &Account,
    prepared: &Prepared,
    bare: &Content,
    longest: Option<&[Personal]>,
    people: usize,
) -> Vec<Finding> {
    let spec = kind.spec();
    let mut findings = Findings(Vec::new());
    check_account(kind, account, &mut findings);
    // Something of which not one example is known cannot be called empty.
    let content = longest.and_then(<[_]>::first).map_or(bare, |one| &one.content);
    let known = |part| longest.is_some() || !prepared.varies(part);
    let (title, plain) = (content.title.trim(), content.plain.trim());
    if known(Part::Title) && known(Part::Body) {
        if title.is_empty() && plain.is_empty() && content.body.trim().is_empty() {
            findings.add(Level::Error, Fact::Empty);
        } else if title.is_empty() && spec.limits.title.is_some() {
            findings.add(Level::Warning, Fact::NoTitle);
        }
    }
    let sizes = Sizes { bare, longest, people };
    // Titles and summaries are cut where they are too long; the rest is refused.
    let limits = &kind.limits(content.format);
    let texts: [(Level, Measured, Part, Option<Limit>, Text); 3] = [
        (Level::Warning, Measured::Title, Part::Title, limits.title, |content| content.title.trim()),
        (Level::Warning, Measured::Summary, Part::Summary, limits.summary, |content| &content.summary),
        (Level::Error, Measured::Url, Part::Url, limits.url, |content| &content.url),
    ];
    for (level, part, of, limit, text) in texts {
        let count = |content: &Content| limit.map(|limit| limit.unit.count(text(content)));
        findings.measure(level, part, limit, sizes.of(prepared.varies(of), count));
    }
    let body = |content: &Content| limits.body.map(|limit| limit.unit.count(&kind.body(content)));
    // Kinds put title and link into these.
    let personal = prepared.is_personal();
    findings.measure(Level::Error, Measured::Body, limits.body, sizes.of(personal, body));
    let target = sample_target();
    let payload = |content: &Content| kind.payload_size(account, content, &target);
    findings.measure(Level::Error, Measured::Payload, limits.payload, sizes.of(personal, payload));
    check_slots(kind, account, sizes, personal, &mut findings);
    if spec.id.starts_with("wxpusher") {
        let shown = |content: &Content| {
            let shown = if content.summary.is_empty() { content.title.trim() } else { &content.summary };
            Some(shown.chars().count())
        };
        let has = sizes.of(true, shown).map_or(0, |size| size.has);
        if has > CARD_CHARS {
            findings.add(Level::Warning, Fact::SummaryMayBeCut { has, shown: CARD_CHARS });
        }
    }
    if content.format != prepared.format() {
        findings.add(Level::Ok, Fact::Converted { from: prepared.format(), to: content.format });
    }
    check_files(kind, prepared, content, &mut findings);
    let batched = people.div_ceil(kind.people_per_call(&account.settings).max(1));
    if let Some(variable) = prepared.variables().first()
        && batched < people
    {
        let variable = variable.name.clone();
        findings.add(Level::Warning, Fact::StopsBatching { variable, calls: people, batched });
    }
    findings.0.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    findings.0
}

/// A text of a content.
type Text = for<'a> fn(&'a Content) -> &'a str;

/// What is measured: what everybody gets, and what those get for whom it is the longest.
#[derive(Clone, Copy)]
struct Sizes<'a> {
    bare: &'a Content,
    longest: Option<&'a [Personal]>,
    people: usize,
}

/// The size of a part.
struct Size<'a> {
    /// How much it is at most.
    has: usize,
    /// For everybody at least.
    least: usize,
    /// Whose it is, where it differs.
    whose: Option<&'a str>,
    /// Whether it can be more for somebody who is not known yet.
    open: bool,
}

impl<'a> Sizes<'a> {
    fn of(self, varies: bool, count: impl Fn(&Content) -> Option<usize>) -> Option<Size<'a>> {
        let least = count(self.bare)?;
        let bare = Size { has: least, least, whose: None, open: false };
        if !varies {
            return Some(bare);
        }
        let Some(longest) = self.longest else { return Some(Size { open: true, ..bare }) };
        let each = longest.iter().filter_map(|one| Some((count(&one.content)?, one.name.as_str())));
        // The first of equals.
        let worst = each.clone().rev().max_by_key(|(has, _)| *has);
        // Lists on the provider's side have no values of their own.
        let Some((has, name)) = worst else { return Some(bare) };
        // So few people are all of them.
        let all = self.people <= longest.len();
        let least = if all { each.map(|(has, _)| has).min().unwrap_or(least) } else { least };
        Some(Size { has, least, whose: Some(name), open: false })
    }
}

/// How much of a summary WxPusher's clients show at least.
const CARD_CHARS: usize = 20;

/// A delivery key as real ones are, of a store with millions of broadcasts: what goes out is never longer than what was
/// counted, and a few bytes shorter at most.
const KEY: &str = "pd000000000000-0000000-0000000";

/// Stands for any delivery.
fn sample_target() -> Target {
    Target {
        to: To::Remote(String::new()),
        name: String::new(),
        key: KEY.to_owned(),
        token: "0".repeat(40),
        stamp: Millis(0),
        again: false,
        in_place_of: None,
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
            // What a form would not take any more may have been sent with for long: only the provider can say.
            Some(_) if matches!(field.shape, Shape::Form(_)) => {}
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

/// Files go with mail alone, and a picture that the text shows has to be one of them.
fn check_files(kind: &dyn Kind, prepared: &Prepared, content: &Content, findings: &mut Findings) {
    let files = prepared.files();
    if !kind.takes_files() {
        if !files.is_empty() {
            findings.add(Level::Warning, Fact::FilesLeftOut(files.len()));
        }
    } else if content.format == Format::Html {
        for name in cid::without_picture(&content.body, files) {
            findings.add(Level::Warning, Fact::NoPicture(name));
        }
    }
}

/// What stands in the provider's template. What is wrong for everybody stops the message; what is wrong for some is
/// refused for them.
fn check_slots(
    kind: &dyn Kind,
    account: &Account,
    sizes: Sizes<'_>,
    personal: bool,
    findings: &mut Findings,
) {
    let bare = match kind.slots(account, sizes.bare) {
        Ok(bare) => bare,
        Err(BuildError::MissingField(field)) => return findings.add(Level::Error, Fact::MissingField(field)),
        Err(BuildError::BadField { field, .. }) => return findings.add(Level::Error, Fact::BadField(field)),
        Err(BuildError::BadAddress(_) | BuildError::BadContent(_)) => return,
    };
    let each: Vec<(&str, Vec<Slot>)> = sizes
        .longest
        .filter(|_| personal)
        .unwrap_or_default()
        .iter()
        .filter_map(|one| Some((one.name.as_str(), kind.slots(account, &one.content).ok()?)))
        .collect();
    if !kind.carries_body(account, sizes.bare) {
        findings.add(Level::Warning, Fact::BodyLeftOut);
    }
    let all_known = !personal || sizes.people <= each.len();
    for slot in bare {
        if each.is_empty() {
            // Without the values of a person only what is too much anyway can be told.
            if !personal || slot.flaw == Some(Flaw::Over) {
                findings.slot(slot, None, true);
            }
            continue;
        }
        let theirs = each
            .iter()
            .filter_map(|(name, slots)| slots.iter().find(|one| one.key == slot.key).map(|one| (*name, one)));
        // The first of those who are worst off.
        let grave = |one: &Slot| (one.stops(), one.flaw.is_some(), one.has);
        let Some((name, worst)) = theirs.clone().rev().max_by_key(|(_, one)| grave(one)) else { continue };
        let everybody =
            slot.flaw == Some(Flaw::Over) || all_known && theirs.clone().all(|(_, one)| one.stops());
        let alike = theirs.clone().all(|(_, one)| one == worst);
        findings.slot(worst.clone(), (!alike).then(|| name.to_owned()), everybody || alike);
    }
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, level: Level, what: Fact) {
        self.0.push(Finding { level, what });
    }

    fn slot(&mut self, slot: Slot, whose: Option<String>, everybody: bool) {
        let level = match &slot.flaw {
            None => Level::Ok,
            // The person may have a variable of that name.
            Some(Flaw::Absent(_)) => Level::Warning,
            Some(flaw) if flaw.stops() && everybody => Level::Error,
            Some(_) => Level::Warning,
        };
        self.add(level, Fact::Slot { slot, whose });
    }

    /// What is too long for everybody cannot go out; where it is so for some, they are refused and the others
    /// get it.
    fn measure(&mut self, over: Level, part: Measured, limit: Option<Limit>, size: Option<Size<'_>>) {
        let (Some(limit), Some(size)) = (limit, size) else { return };
        let Size { has, least, whose, open } = size;
        if has > limit.max {
            let over = if least > limit.max { over } else { Level::Warning };
            self.add(over, Fact::Over { part, has, limit, whose: whose.map(str::to_owned) });
        } else if has > 0 && !open {
            self.add(Level::Ok, Fact::Within { part, has, limit, at_most: whose.is_some() });
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
        facts_for(&["张三"], kind, settings, message, people)
    }

    fn account(kind: &dyn Kind, settings: &[(&str, &str)]) -> Account {
        Account {
            id: ChannelId(1),
            name: "c".into(),
            kind: kind.spec().id.into(),
            settings: settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            secrets: std::collections::BTreeMap::new(),
        }
    }

    /// What is found with these values for the longest of so many people.
    fn facts_for(
        values: &[&str],
        kind: &str,
        settings: &[(&str, &str)],
        message: &Message,
        people: usize,
    ) -> Vec<(Level, Fact)> {
        let kind = catalog::kind(kind).expect("a kind");
        let account = account(kind, settings);
        let prepared = Prepared::new(message).expect("a sound message");
        let with = |value: &str| prepared.content(kind.spec(), |_| Some(value)).expect("filled");
        let longest: Vec<Personal> = values
            .iter()
            .map(|value| Personal { name: value.chars().take(3).collect(), content: with(value) })
            .collect();
        check(kind, &account, &prepared, &with(""), Some(&longest), people)
            .into_iter()
            .map(|finding| (finding.level, finding.what))
            .collect()
    }

    fn text(title: &str, body: &str) -> Message {
        Message { title: title.into(), body: body.into(), format: Format::Text, ..Message::default() }
    }

    #[test]
    fn a_channel_that_carries_no_files_says_so() {
        let plan = crate::domain::file::FileRef::at("plan.pdf".as_ref(), 5, String::new());
        let message = Message { files: vec![plan], ..text("t", "b") };
        let left_out = (Level::Warning, Fact::FilesLeftOut(1));
        assert!(facts("bark", &[], &message, 5).contains(&left_out));
        assert!(!facts("email", &[], &message, 5).contains(&left_out));
        assert!(!facts("bark", &[], &text("t", "b"), 5).contains(&left_out));
        let shown = Message { body: "![x](cid:logo.png)".into(), format: Format::Markdown, ..message };
        let absent = (Level::Warning, Fact::NoPicture("logo.png".into()));
        assert!(facts("email", &[], &shown, 5).contains(&absent));
        let logo = crate::domain::file::FileRef::at("Logo.png".as_ref(), 5, String::new());
        let shown = Message { files: vec![logo], ..shown };
        assert!(!facts("email", &[], &shown, 5).contains(&absent));
    }

    #[test]
    fn a_template_that_has_no_place_for_the_text_says_so() {
        let has = |fields: &str, more: &[(&str, &str)], message: &Message| {
            let settings = [&[("template_id", "T"), ("app_id", "wx1"), ("fields", fields)], more].concat();
            facts("wechat", &settings, message, 1).contains(&(Level::Warning, Fact::BodyLeftOut))
        };
        assert!(has("thing1={{title}}", &[], &text("t", "b")));
        assert!(!has("thing1={{title}}", &[], &text("t", "")), "there is none");
        assert!(!has("thing1={{title}}", &[("mode", "customer")], &text("t", "b")), "it goes as it is");
        for fields in ["thing1={{title}};thing2={{body}}", "thing1={{summary}}", "thing1={{line1}}"] {
            assert!(!has(fields, &[], &text("t", "b")), "{fields}");
        }
        let summary = Message { summary: "s".into(), ..text("t", "b") };
        assert!(has("thing1={{summary}}", &[], &summary), "the summary is its own text");
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
        assert_eq!(
            found[0],
            (Level::Error, Fact::Over { part: Measured::Body, has: 40_002, limit, whose: None })
        );
        let found = facts("serverchan", &[], &text(&"长".repeat(33), "b"), 1);
        let limit = Limit { max: 32, unit: Unit::Chars };
        assert_eq!(
            found[0],
            (Level::Warning, Fact::Over { part: Measured::Title, has: 33, limit, whose: None })
        );
        let found = facts("bark", &[], &text("t", &"x".repeat(4_096)), 1);
        assert!(matches!(found[0], (Level::Error, Fact::Over { part: Measured::Payload, .. })), "{found:?}");
    }

    #[test]
    fn what_differs_is_measured_with_the_longest_and_says_whose_it_is() {
        let limit = Limit { max: 32, unit: Unit::Chars };
        let message = text(&format!("{}{{{{name}}}}", "长".repeat(28)), "b");
        let over =
            |has, whose: &str| Fact::Over { part: Measured::Title, has, limit, whose: Some(whose.into()) };
        let found = facts_for(&["短", "欧阳娜娜娜"], "serverchan", &[], &message, 900);
        assert_eq!(found[0], (Level::Warning, over(33, "欧阳娜")), "{found:?}");
        let found = facts_for(&["短", "欧阳"], "serverchan", &[], &message, 900);
        let within = Fact::Within { part: Measured::Title, has: 30, limit, at_most: true };
        assert!(found.contains(&(Level::Ok, within)), "{found:?}");
    }

    #[test]
    fn what_is_too_long_for_some_is_a_warning_and_for_all_of_them_an_error() {
        let message = text("t", &format!("{}{{{{x}}}}", "x".repeat(3_300)));
        let (short, long) = ("s".to_owned(), "l".repeat(1_500));
        let level = |values: &[&str], message: &Message, people| {
            let found = facts_for(values, "bark", &[], message, people);
            let over = |(_, fact): &&(Level, Fact)| matches!(fact, Fact::Over { part: Measured::Payload, whose: Some(name), .. } if name == "lll");
            found.iter().find(over).map(|(level, _)| *level)
        };
        assert_eq!(level(&[&short, &long], &message, 900), Some(Level::Warning));
        assert_eq!(level(&[&long], &message, 1), Some(Level::Error), "there is nobody else");
        let long_by_itself = text("t", &format!("{}{{{{x}}}}", "x".repeat(4_100)));
        assert_eq!(level(&[&short, &long], &long_by_itself, 900), Some(Level::Error));
        assert_eq!(level(&[&short], &message, 900), None);
    }

    #[test]
    fn nothing_is_called_within_a_limit_before_the_longest_are_known() {
        let kind = catalog::kind("serverchan").expect("a kind");
        let account = account(kind, &[]);
        let prepared = Prepared::new(&text("{{name}}", "body")).expect("a sound message");
        let bare = prepared.content(kind.spec(), |_| Some("")).expect("filled");
        let found = check(kind, &account, &prepared, &bare, None, 900);
        let about_title = |finding: &Finding| {
            matches!(finding.what, Fact::NoTitle | Fact::Within { part: Measured::Title, .. })
        };
        assert!(!found.iter().any(about_title), "{found:?}");
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

    const OA: [(&str, &str); 3] = [
        ("app_id", "wx1"),
        ("template_id", "T"),
        ("fields", "thing1={{title}}; phrase2={{类别}}; time3={{time}}"),
    ];

    fn slots(
        values: &[&str],
        settings: &[(&str, &str)],
        message: &Message,
    ) -> Vec<(Level, String, Option<Flaw>, bool)> {
        facts_for(values, "wechat", settings, message, 900)
            .into_iter()
            .filter_map(|(level, fact)| match fact {
                Fact::Slot { slot, whose } => Some((level, slot.key, slot.flaw, whose.is_some())),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn the_values_of_a_template_are_checked_key_by_key() {
        let found = slots(&["张三"], &OA, &text(&"长".repeat(20), "类别：故障"));
        let ok = |key: &str| (Level::Ok, key.to_owned(), None, false);
        assert_eq!(found, [ok("thing1"), ok("phrase2"), ok("time3")]);
        let found = slots(&["张三"], &OA, &text(&"长".repeat(21), "类别：P1"));
        let bad = |key: &str, flaw| (Level::Error, key.to_owned(), Some(flaw), false);
        assert_eq!(found[..2], [bad("thing1", Flaw::Over), bad("phrase2", Flaw::Characters)]);
        let found = slots(&["张三"], &OA, &text("", "no such line"));
        // Each person may have a variable of that name.
        let absent = (Level::Warning, "phrase2".to_owned(), Some(Flaw::Absent("类别".into())), false);
        assert_eq!(found[..2], [bad("thing1", Flaw::Empty), absent]);
        let cutting = [OA[0], OA[1], OA[2], ("cut", "yes")];
        let found = slots(&["张三"], &cutting, &text(&"长".repeat(21), "类别：故障"));
        assert_eq!(found[0], (Level::Warning, "thing1".into(), Some(Flaw::Cut), false));
    }

    #[test]
    fn a_value_that_is_wrong_for_some_names_one_of_them_and_stops_only_them() {
        let message = text("到货", "类别：{{kind}}");
        let found = slots(&["故障", "P1"], &OA, &message);
        assert_eq!(found[0], (Level::Warning, "phrase2".into(), Some(Flaw::Characters), true));
        let found = slots(&["P1", "P2"], &OA, &message);
        assert_eq!(found[0], (Level::Error, "phrase2".into(), Some(Flaw::Characters), false));
    }

    #[test]
    fn a_template_mode_without_a_template_says_what_is_missing() {
        let message = text("t", "b");
        for (settings, fact) in [
            (&OA[..1], Fact::MissingField("template_id")),
            (&OA[..2], Fact::MissingField("fields")),
            (&[OA[0], OA[1], ("fields", "thing1")][..], Fact::BadField("fields")),
        ] {
            let found = facts("wechat", settings, &message, 1);
            assert!(found.contains(&(Level::Error, fact.clone())), "{fact:?} in {found:?}");
        }
        let found = facts("wechat", &[OA[0], ("mode", "customer")], &message, 1);
        assert!(!found.iter().any(|(level, _)| *level == Level::Error), "{found:?}");
    }
}
