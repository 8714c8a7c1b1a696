//! Compose's facts in words: findings, tallies, formats, limits in each channel's own unit.

use crate::app::screens::compose::checks::What;
use crate::channels::check::{Fact, Level, Measured};
use crate::channels::render::PrepareError;
use crate::channels::slot::Flaw;
use crate::channels::spec::{Limit, Unit};
use crate::domain::filter::FilterProblem;
use crate::domain::message::Format;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::template::Fault;
use crate::look::Look;
use crate::look::format;
use crate::look::role::Role;
use crate::look::strings::Strings;

/// What a format is called.
pub fn format_word(s: &Strings, format: Format) -> &str {
    match format {
        Format::Markdown => &s.compose.format_markdown,
        Format::Text => &s.compose.format_text,
        Format::Html => &s.compose.format_html,
    }
}

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
        What::Channel { name, fact, .. } => channel_fact(s, name, fact),
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

fn channel_fact(s: &Strings, channel: &str, fact: &Fact) -> String {
    let c = &s.checks;
    let name = ("channel", channel.into());
    match fact {
        Fact::MissingField(field) => c.missing_field.fill(&[name, ("field", (*field).into())]),
        Fact::BadField(field) => c.bad_field.fill(&[name, ("field", (*field).into())]),
        Fact::Empty => c.no_body.clone(),
        Fact::NoTitle => c.no_title_fix.fill(&[name]),
        Fact::Over { part, has, limit, whose } => {
            let (size, most) = (format::number(*has as i64), limit_words(s, *limit));
            let over = format::number((has.saturating_sub(limit.max)) as i64);
            let part_word = ("part", part_words(s, *part).into());
            let (size, most) = (("size", (&size).into()), ("limit", (&most).into()));
            let cut = matches!(part, Measured::Title | Measured::Summary);
            // Titles and summaries are cut; what else is too long is refused.
            match whose {
                Some(whose) => {
                    let phrase = if cut { &c.cut_for } else { &c.over_for };
                    let whose = scrub(whose, Cap::List);
                    phrase.fill(&[name, part_word, ("name", (&whose).into()), size, most])
                }
                None if cut => c.cut_at.fill(&[name, part_word, size, most]),
                None => c.over_limit.fill(&[name, part_word, size, most, ("over", (&over).into())]),
            }
        }
        Fact::Within { part, has, limit, at_most } => {
            let (size, most) = (format::number(*has as i64), limit_words(s, *limit));
            let phrase = if *at_most { &c.at_most } else { &c.within_limit };
            phrase.fill(&[
                name,
                ("part", part_words(s, *part).into()),
                ("size", (&size).into()),
                ("limit", (&most).into()),
            ])
        }
        Fact::SummaryMayBeCut { has, shown } => {
            c.summary_cut.fill(&[name, ("has", (*has).into()), ("shown", (*shown).into())])
        }
        Fact::Converted { from, to } => c.format_converted.fill(&[
            name,
            ("format", format_word(s, *from).into()),
            ("other", format_word(s, *to).into()),
        ]),
        Fact::FilesLeftOut(count) => c.files_left_out.fill(&[name, ("count", (*count).into())]),
        Fact::NoPicture(file) => {
            let file = scrub(file, Cap::List);
            c.no_picture.fill(&[name, ("file", (&file).into())])
        }
        Fact::Slot { slot, whose } => {
            let absent = match &slot.flaw {
                Some(Flaw::Absent(name)) => scrub(name, Cap::List),
                _ => "".into(),
            };
            let most = slot.limit.map(|limit| limit_words(s, limit)).unwrap_or_default();
            let size = format::number(slot.has as i64);
            let (key, flaw) = (scrub(&slot.key, Cap::List), slot.flaw.as_ref().map(Flaw::word));
            let what = c.slot(flaw, slot.limit.is_some()).fill(&[
                name,
                ("key", (&key).into()),
                ("size", (&size).into()),
                ("limit", (&most).into()),
                ("part", (&absent).into()),
            ]);
            match whose {
                Some(whose) => {
                    let whose = scrub(whose, Cap::List);
                    c.slot_for.fill(&[("what", (&what).into()), ("name", (&whose).into())])
                }
                None => what,
            }
        }
        // Said with its time by `What::Splits`.
        Fact::StopsBatching { .. } => String::new(),
    }
}

fn limit_words(s: &Strings, limit: Limit) -> String {
    let phrase = match limit.unit {
        Unit::Chars => &s.checks.unit_chars,
        Unit::Utf16 => &s.checks.unit_utf16,
        Unit::Bytes => &s.checks.unit_bytes,
    };
    phrase.count(limit.max as i64)
}

fn part_words(s: &Strings, part: Measured) -> &str {
    let c = &s.checks;
    match part {
        Measured::Title => &c.part_title,
        Measured::Summary => &c.part_summary,
        Measured::Body => &c.part_body,
        Measured::Url => &c.part_link,
        Measured::Payload => &c.part_payload,
    }
}
