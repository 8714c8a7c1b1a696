//! What is wrong with the sheet and what is well: findings with the part that Enter leads to.
//!
//! Facts only; `ui::screens::compose` words them. What each channel says comes from `channels::check`.

use super::sheet::{Part, Sheet};
use crate::app::request::compose::{Lack, Reach, Way};
use crate::channels::catalog;
use crate::channels::check::{Fact, Level, Measured, Personal, check};
use crate::channels::load::{Load, time_of};
use crate::channels::render::{self, PrepareError, Prepared};
use crate::domain::broadcast::PauseReason;
use crate::domain::channel::Health;
use crate::domain::filter::{FilterProblem, Scope, chips};
use crate::domain::id::ChannelId;
use crate::domain::time::Millis;
use crate::store::longest::Longest;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How grave.
    pub level: Level,
    /// What.
    pub what: What,
    /// Where it can be mended.
    pub at: Part,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// No filter: everybody gets it.
    Everybody,
    /// A term of the filter cannot be read.
    BadTerm(FilterProblem),
    /// The filter names a thing that is not there.
    NoSuchName {
        /// What kind of thing.
        what: &'static str,
        /// As typed.
        name: String,
    },
    /// A tag that nobody has.
    UnknownTag {
        /// As typed.
        name: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// Nobody in the audience can get it.
    NobodyLeft,
    /// There is no channel at all.
    NoWays,
    /// No channel is ticked.
    NoneTicked,
    /// Neither title nor body.
    Empty,
    /// A title alone.
    NoBody,
    /// The message cannot be read.
    Unreadable(PrepareError),
    /// People lack a variable.
    Lacks {
        /// Who.
        lack: Lack,
        /// Whether nobody has it.
        all: bool,
    },
    /// The link is no web address.
    BadLink,
    /// The moment cannot be read.
    BadWhen,
    /// The moment has passed.
    PastWhen,
    /// The first stage is no number of people.
    BadStage,
    /// A channel says something.
    Channel {
        /// Which.
        channel: ChannelId,
        /// By name.
        name: String,
        /// What.
        fact: Fact,
    },
    /// Variables cost calls.
    Splits {
        /// The channel by name.
        name: String,
        /// The first variable.
        variable: String,
        /// Calls with it.
        calls: i64,
        /// Calls without any.
        batched: i64,
        /// How long those with it take.
        ms: Option<i64>,
    },
    /// The channel's provider fans it out to lists that are not known here.
    FannedOut {
        /// The channel by name.
        name: String,
    },
    /// A credential that the channel needs is not set.
    NoCredential {
        /// The channel by name.
        name: String,
    },
    /// The channel stands still: its part waits.
    Paused {
        /// The channel by name.
        name: String,
        /// Why.
        reason: PauseReason,
    },
    /// Its last attempts failed.
    Failing {
        /// The channel by name.
        name: String,
    },
    /// Nothing was ever sent over it.
    Untested {
        /// The channel by name.
        name: String,
    },
}

/// What judging needs.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The text.
    pub sheet: &'a Sheet,
    /// Every channel, if they are known yet.
    pub ways: Option<&'a [Way]>,
    /// The text as read.
    pub prepared: Option<&'a Result<Prepared, PrepareError>>,
    /// Who would get it, if that is known.
    pub reach: Option<&'a Reach>,
    /// What the filter names in vain.
    pub unknown: Option<(&'static str, &'a str)>,
    /// Who lacks what.
    pub lacks: &'a [Lack],
    /// Whose values make it the longest, if that is known.
    pub longest: Option<&'a [Longest]>,
    /// What time it is.
    pub now: Millis,
}

/// Everything there is to say, gravest first.
pub fn judge(case: Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    audience(case, &mut found);
    message(case, &mut found);
    if let Some(ways) = case.ways {
        channels(case, ways, &mut found);
    }
    let mut seen: Vec<What> = Vec::new();
    found.retain(|finding: &Finding| {
        let first = !seen.contains(&finding.what);
        seen.push(finding.what.clone());
        first
    });
    found.sort_by_key(|finding| (std::cmp::Reverse(finding.level), finding.at));
    found
}

/// How many keep it from being sent, are worth a look, and are well.
pub fn tally(findings: &[Finding]) -> (usize, usize, usize) {
    let of = |level| findings.iter().filter(|finding| finding.level == level).count();
    (of(Level::Error), of(Level::Warning), of(Level::Ok))
}

fn add(found: &mut Vec<Finding>, level: Level, what: What, at: Part) {
    found.push(Finding { level, what, at });
}

fn audience(case: Case<'_>, found: &mut Vec<Finding>) {
    let to = case.sheet.to.text();
    if to.trim().is_empty() {
        add(found, Level::Warning, What::Everybody, Part::To);
    }
    if let Some(error) = chips(to, Scope::People).into_iter().find_map(|chip| chip.term.err()) {
        add(found, Level::Error, What::BadTerm(error.problem), Part::To);
        return;
    }
    if let Some((what, name)) = case.unknown {
        add(found, Level::Error, What::NoSuchName { what, name: name.to_owned() }, Part::To);
        return;
    }
    let Some(reach) = case.reach else { return };
    for tag in &reach.unknown {
        let what = What::UnknownTag { name: tag.name.clone(), nearest: tag.nearest.clone() };
        add(found, Level::Warning, what, Part::To);
    }
    if reach.to_send() == 0 {
        add(found, Level::Error, What::NobodyLeft, Part::To);
    }
}

fn message(case: Case<'_>, found: &mut Vec<Finding>) {
    let sheet = case.sheet;
    if sheet.title.text().trim().is_empty() && sheet.body.is_blank() {
        add(found, Level::Error, What::Empty, Part::Body);
    } else if sheet.body.is_blank() {
        add(found, Level::Warning, What::NoBody, Part::Body);
    }
    let link = sheet.link.text().trim();
    let is_web = link.starts_with("https://") || link.starts_with("http://") || link.starts_with("{{");
    if !link.is_empty() && (!is_web || link.contains(char::is_whitespace) && !link.contains("{{")) {
        add(found, Level::Warning, What::BadLink, Part::Link);
    }
    match sheet.at() {
        Some(at) if at <= case.now => add(found, Level::Error, What::PastWhen, Part::When),
        None if sheet.repeats().is_none() && !sheet.when.text().trim().is_empty() => {
            add(found, Level::Error, What::BadWhen, Part::When);
        }
        _ => {}
    }
    if sheet.first_stage().is_none() && !sheet.stage.text().trim().is_empty() {
        add(found, Level::Error, What::BadStage, Part::Stage);
    }
    if let Some(Err(error)) = case.prepared {
        let at = match error {
            PrepareError::Template { part: render::Part::Title, .. } => Part::Title,
            PrepareError::Template { part: render::Part::Summary, .. } => Part::Summary,
            PrepareError::Template { part: render::Part::Url, .. } => Part::Link,
            _ => Part::Body,
        };
        add(found, Level::Error, What::Unreadable(error.clone()), at);
    }
    let people = case.reach.map_or(i64::MAX, |reach| reach.people.to_send());
    for lack in case.lacks {
        let at = if sheet.title.text().contains(&lack.variable) { Part::Title } else { Part::Body };
        let all = lack.people >= people;
        // Whoever lacks a value is refused before the call: for all of them that is a mistake.
        let level = if all { Level::Error } else { Level::Warning };
        add(found, level, What::Lacks { lack: lack.clone(), all }, at);
    }
}

fn channels(case: Case<'_>, ways: &[Way], found: &mut Vec<Finding>) {
    if ways.is_empty() {
        add(found, Level::Error, What::NoWays, Part::Via);
        return;
    }
    let used = case.sheet.used(ways);
    if used.is_empty() {
        add(found, Level::Error, What::NoneTicked, Part::Via);
    }
    for way in used {
        let (people, lists) = case.reach.map_or((0, 0), |reach| reach.on(way.account.id));
        // A channel that reaches nobody has nothing to say.
        if case.reach.is_some() && (people, lists) == (0, 0) {
            continue;
        }
        if lists > 0 {
            add(found, Level::Warning, What::FannedOut { name: way.account.name.clone() }, Part::To);
        }
        standing(way, found);
        if let Some(Ok(prepared)) = case.prepared {
            facts(case, way, prepared, people, found);
        }
    }
}

fn standing(way: &Way, found: &mut Vec<Finding>) {
    let name = || way.account.name.clone();
    if let Some(kind) = catalog::kind(&way.account.kind) {
        let set = |field: &str| way.secrets.iter().any(|secret| secret.field == field);
        if kind.spec().all_fields().any(|field| field.secret && field.required && !set(field.name)) {
            add(found, Level::Error, What::NoCredential { name: name() }, Part::Via);
        }
    }
    if let Some(reason) = way.paused {
        add(found, Level::Warning, What::Paused { name: name(), reason }, Part::Via);
    }
    match way.health {
        Health::Failing => add(found, Level::Warning, What::Failing { name: name() }, Part::Via),
        Health::Untested => add(found, Level::Warning, What::Untested { name: name() }, Part::Via),
        Health::Ok | Health::Slow | Health::Off => {}
    }
}

fn facts(case: Case<'_>, way: &Way, prepared: &Prepared, people: i64, found: &mut Vec<Finding>) {
    let Some(kind) = catalog::kind(&way.account.kind) else { return };
    let content = |own: Option<&Longest>| {
        let value =
            |name: &str| own.and_then(|one| one.value(name)).or_else(|| case.sheet.value(name)).or(Some(""));
        // Every variable has a value, so nothing can be missing: who lacks one is told apart from this.
        prepared.content(kind.spec(), value).unwrap_or_default()
    };
    let longest: Option<Vec<Personal>> = case.longest.filter(|_| case.reach.is_some()).map(|longest| {
        let here = longest.iter().filter(|one| one.channel == way.account.id);
        here.map(|one| Personal { name: one.name.clone(), content: content(Some(one)) }).collect()
    });
    let people = usize::try_from(people).unwrap_or(0);
    for finding in check(kind, &way.account, prepared, &content(None), longest.as_deref(), people) {
        let name = way.account.name.clone();
        let (what, at) = match finding.what {
            // Said once for all channels.
            Fact::Empty => continue,
            Fact::StopsBatching { variable, calls, batched } => {
                let calls = calls as i64;
                let ms = time_of(&way.account, calls);
                (What::Splits { name, variable, calls, batched: batched as i64, ms }, Part::Body)
            }
            fact => {
                let at = part_of(&fact);
                (What::Channel { channel: way.account.id, name, fact }, at)
            }
        };
        add(found, finding.level, what, at);
    }
}

const fn part_of(fact: &Fact) -> Part {
    match fact {
        Fact::MissingField(_) | Fact::BadField(_) => Part::Via,
        Fact::NoTitle => Part::Title,
        Fact::SummaryMayBeCut { .. } => Part::Summary,
        Fact::Converted { .. } => Part::Format,
        Fact::FilesLeftOut(_) => Part::Files,
        Fact::BodyLeftOut => Part::Body,
        Fact::NoPicture(_) => Part::Body,
        Fact::Over { part, .. } | Fact::Within { part, .. } => match part {
            Measured::Title => Part::Title,
            Measured::Summary => Part::Summary,
            Measured::Url => Part::Link,
            Measured::Body | Measured::Payload => Part::Body,
        },
        Fact::Empty | Fact::Slot { .. } | Fact::StopsBatching { .. } => Part::Body,
    }
}

/// What one channel has to do for a message that is the same for all or not.
pub fn load(way: &Way, reach: &Reach, personal: bool) -> Load {
    let (people, remotes) = reach.on(way.account.id);
    Load::of(&way.account, people, remotes, personal)
}
