//! What the checks of a message find, in words: the same for the console and for the command line.

use crate::channels::check::{Fact, Measured};
use crate::channels::slot::{Flaw, Slot};
use crate::channels::spec::{Limit, Unit};
use crate::domain::safe_text::{Cap, scrub};
use crate::look::format;
use crate::look::strings::Strings;

/// One fact about a message on a channel, as a sentence; empty where whoever shows it says it in words of their own
/// ([`Fact::StopsBatching`]).
pub fn say(s: &Strings, channel: &str, fact: &Fact) -> String {
    let c = &s.checks;
    let name = ("channel", channel.into());
    match fact {
        Fact::MissingField(field) => c.missing_field.fill(&[name, ("field", (*field).into())]),
        Fact::BadField(field) => c.bad_field.fill(&[name, ("field", (*field).into())]),
        Fact::Empty => c.no_body.clone(),
        Fact::NoTitle => c.no_title_fix.fill(&[name]),
        Fact::Over { part, has, limit, whose } => over(s, channel, (*part, *has, *limit), whose.as_deref()),
        Fact::Within { part, has, limit, at_most } => {
            let (size, most) = (format::number(*has as i64), limit_words(s, *limit));
            let part = ("part", part_words(s, *part).into());
            let phrase = if *at_most { &c.at_most } else { &c.within_limit };
            phrase.fill(&[name, part, ("size", (&size).into()), ("limit", (&most).into())])
        }
        Fact::SummaryMayBeCut { has, shown } => {
            c.summary_cut.fill(&[name, ("has", (*has).into()), ("shown", (*shown).into())])
        }
        Fact::Converted { from, to } => c.format_converted.fill(&[
            name,
            ("format", s.format_word(*from).into()),
            ("other", s.format_word(*to).into()),
        ]),
        Fact::BodyLeftOut => c.body_left_out.fill(&[name]),
        Fact::FilesLeftOut(count) => c.files_left_out.fill(&[name, ("count", (*count).into())]),
        Fact::NoPicture(file) => {
            let file = scrub(file, Cap::List);
            c.no_picture.fill(&[name, ("file", (&file).into())])
        }
        Fact::Slot { slot, whose } => {
            let what = place(s, channel, slot);
            match whose {
                Some(whose) => {
                    let whose = scrub(whose, Cap::List);
                    c.slot_for.fill(&[("what", (&what).into()), ("name", (&whose).into())])
                }
                None => what,
            }
        }
        Fact::StopsBatching { .. } => String::new(),
    }
}

/// Titles and summaries are cut; what else is too long is refused.
fn over(
    s: &Strings,
    channel: &str,
    (part, has, limit): (Measured, usize, Limit),
    whose: Option<&str>,
) -> String {
    let c = &s.checks;
    let (size, most) = (format::number(has as i64), limit_words(s, limit));
    let too_long = format::number(has.saturating_sub(limit.max) as i64);
    let name = ("channel", channel.into());
    let part_word = ("part", part_words(s, part).into());
    let (size, most) = (("size", (&size).into()), ("limit", (&most).into()));
    let cut = matches!(part, Measured::Title | Measured::Summary);
    match whose {
        Some(whose) => {
            let phrase = if cut { &c.cut_for } else { &c.over_for };
            let whose = scrub(whose, Cap::List);
            phrase.fill(&[name, part_word, ("name", (&whose).into()), size, most])
        }
        None if cut => c.cut_at.fill(&[name, part_word, size, most]),
        None => c.over_limit.fill(&[name, part_word, size, most, ("over", (&too_long).into())]),
    }
}

/// A place of a template and what is wrong with it.
fn place(s: &Strings, channel: &str, slot: &Slot) -> String {
    let absent = match &slot.flaw {
        Some(Flaw::Absent(name)) => scrub(name, Cap::List),
        _ => "".into(),
    };
    let most = slot.limit.map(|limit| limit_words(s, limit)).unwrap_or_default();
    let size = format::number(slot.has as i64);
    let (key, flaw) = (scrub(&slot.key, Cap::List), slot.flaw.as_ref().map(Flaw::word));
    s.checks.slot(flaw, slot.limit.is_some()).fill(&[
        ("channel", channel.into()),
        ("key", (&key).into()),
        ("size", (&size).into()),
        ("limit", (&most).into()),
        ("part", (&absent).into()),
    ])
}

/// How much of a part a kind takes: `title 32 characters`.
pub fn limit(s: &Strings, part: Measured, limit: Limit) -> String {
    s.checks
        .part_limit
        .fill(&[("part", part_words(s, part).into()), ("limit", (&limit_words(s, limit)).into())])
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
