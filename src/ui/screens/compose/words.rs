//! Compose's facts in words: findings, tallies, formats, limits in each channel's own unit.

use crate::app::screens::compose::checks::What;
use crate::channels::check::Level;
use crate::channels::render::PrepareError;
use crate::domain::filter::FilterProblem;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::template::Fault;
use crate::facts;
use crate::look::Look;
use crate::look::format;
use crate::look::role::Role;
use crate::look::strings::Strings;

/// Sign and role of a level.
pub const fn sign(level: Level) -> (&'static str, Role) {
    match level {
        Level::Error => ("x", Role::Danger),
        Level::Warning => ("!", Role::Warning),
        Level::Ok => ("+", Role::Success),
    }
}

/// `1 error · 2 warnings`, or how many passed.
pub fn tally(look: &Look, (errors, warnings, passed): (i64, i64, i64)) -> (String, Role) {
    let c = &look.strings.checks;
    let mut parts = Vec::new();
    if errors > 0 {
        parts.push(c.summary_errors.count(errors));
    }
    if warnings > 0 {
        parts.push(c.summary_warnings.count(warnings));
    }
    if parts.is_empty() {
        parts.push(c.summary_passed.count(passed));
    }
    let role = match (errors, warnings) {
        (0, 0) => Role::Success,
        (0, _) => Role::Warning,
        _ => Role::Danger,
    };
    (parts.join(&format!(" {} ", look.glyphs.dot)), role)
}

/// A finding as a sentence.
pub fn finding(look: &Look, what: &What) -> String {
    let s = look.strings;
    let c = &s.checks;
    let safe = |text: &str| scrub(text, Cap::List).into_owned();
    match what {
        What::Everybody => c.no_filter.clone(),
        What::BadTerm(problem) => problem_words(s, problem),
        What::NoSuchName { what, name } => {
            let phrase = match *what {
                "topic" => &c.no_such_topic,
                "channel" => &c.no_such_channel,
                _ => &c.no_such,
            };
            phrase.fill(&[("name", (&safe(name)).into())])
        }
        What::UnknownTag { name, nearest } => {
            meaning(s, c.unknown_tag.fill(&[("name", (&safe(name)).into())]), nearest.as_deref())
        }
        What::NobodyLeft => c.nobody_left.clone(),
        What::NoWays => c.no_ways.clone(),
        What::NoneTicked => c.no_channel.clone(),
        What::Empty => c.no_body.clone(),
        What::NoBody => c.title_only.clone(),
        What::Unreadable(error) => unreadable(s, error),
        What::Lacks { lack, all: true } => {
            c.variable_empty.fill(&[("variable", (&safe(&lack.variable)).into())])
        }
        What::Lacks { lack, all: false } => {
            let mut names = lack.first.join(", ");
            if lack.people > lack.first.len() as i64 {
                names.push_str(look.glyphs.ellipsis);
            }
            c.lacks_named.fill(&[
                ("variable", (&safe(&lack.variable)).into()),
                ("count", lack.people.into()),
                ("names", (&names).into()),
            ])
        }
        What::BadLink => c.link_bad.clone(),
        What::BadWhen => s.compose.when_bad.clone(),
        What::PastWhen => s.compose.when_past.clone(),
        What::BadStage => s.compose.stage_bad.clone(),
        What::Channel { name, fact, .. } => facts::say(s, name, fact),
        What::Splits { name, variable, calls, batched, ms } => {
            let time = ms.map(|ms| format::duration(ms, &s.common));
            let mut values = vec![
                ("channel", name.into()),
                ("variable", variable.into()),
                ("calls", (*calls).into()),
                ("batched", (*batched).into()),
            ];
            match &time {
                Some(time) => {
                    values.push(("time", time.into()));
                    c.variable_splits.fill(&values)
                }
                None => c.splits_untimed.fill(&values),
            }
        }
        What::FannedOut { name } => c.fanned_out.fill(&[("channel", name.into())]),
        What::NoCredential { name } => c.credential_missing.fill(&[("channel", name.into())]),
        What::Paused { name, reason } => {
            let why = s.states.pause.of(*reason);
            c.channel_paused.fill(&[("channel", name.into()), ("why", why.into())])
        }
        What::Failing { name } => c.failing_lately.fill(&[("channel", name.into())]),
        What::Untested { name } => c.channel_untested.fill(&[("channel", name.into())]),
    }
}

fn meaning(s: &Strings, sentence: String, nearest: Option<&str>) -> String {
    match nearest {
        Some(name) => {
            let name = scrub(name, Cap::List);
            s.checks.did_you_mean.fill(&[("sentence", (&sentence).into()), ("name", (&name).into())])
        }
        None => sentence,
    }
}

fn problem_words(s: &Strings, problem: &FilterProblem) -> String {
    let c = &s.checks;
    let safe = |text: &str| scrub(text, Cap::List).into_owned();
    match problem {
        FilterProblem::UnknownField { field, nearest } => {
            meaning(s, c.unknown_field.fill(&[("field", (&safe(field)).into())]), *nearest)
        }
        FilterProblem::NotHere(field) => c.field_not_here.fill(&[("field", field.word().into())]),
        FilterProblem::NoValue(field) => c.field_no_value.fill(&[("field", field.word().into())]),
        FilterProblem::BadValue { field, value, nearest, .. } => {
            let value = safe(value);
            let values = [("field", field.word().into()), ("value", (&value).into())];
            meaning(s, c.field_bad_value.fill(&values), *nearest)
        }
        FilterProblem::OpenQuote => c.open_quote.clone(),
    }
}

fn unreadable(s: &Strings, error: &PrepareError) -> String {
    let c = &s.checks;
    match error {
        PrepareError::Template { error, .. } => {
            let why = match &error.fault {
                Fault::Unclosed => c.unclosed.clone(),
                Fault::Name => c.no_variable_name.clone(),
                Fault::Filter(name) => {
                    let name = scrub(name, Cap::List);
                    let example = format!("{{{{{name}|default(\"…\")}}}}");
                    c.only_default.fill(&[("name", (&name).into()), ("example", (&example).into())])
                }
            };
            c.template_broken.fill(&[("line", error.line.into()), ("why", (&why).into())])
        }
        PrepareError::TooLong { .. } => c.body_too_long.clone(),
        PrepareError::TooDeep { .. } => c.too_deep.clone(),
        PrepareError::UnsafePlace { variable } => {
            c.unsafe_place.fill(&[("variable", (&scrub(variable, Cap::List)).into())])
        }
    }
}
