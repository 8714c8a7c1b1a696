//! The facts that the checks of a message find, in words.

use crate::channels::check::{Fact, Measured};
use crate::channels::load::time_of;
use crate::channels::slot::Flaw;
use crate::channels::spec::{Limit, Unit};
use crate::domain::channel::Account;
use crate::domain::safe_text::{Cap, scrub};
use crate::look::format;
use crate::look::strings::Strings;

/// One fact about a message on a channel, as a sentence.
pub fn say(words: &Strings, account: &Account, fact: &Fact) -> String {
    let channel = account.name.as_str();
    let (c, e) = (&words.checks, &words.errors);
    let name = ("channel", channel.into());
    match fact {
        Fact::MissingField(field) => e.credential_absent.fill(&[name, ("field", (*field).into())]),
        Fact::BadField(field) => c.bad_field.fill(&[name, ("field", (*field).into())]),
        Fact::Empty => e.at_place.fill(&[("place", channel.into()), ("why", (&c.no_body).into())]),
        Fact::NoTitle => c.no_title_fix.fill(&[("channel", channel.into())]),
        Fact::Over { part, has, limit, whose } => {
            let (size, most) = (format::number(*has as i64), shown(words, *limit));
            let part_word = ("part", part_of(words, *part).into());
            let (size, most) = (("size", (&size).into()), ("limit", (&most).into()));
            if let Some(whose) = whose {
                // Titles and summaries are cut; what else is too long is refused.
                let cut = matches!(part, Measured::Title | Measured::Summary);
                let phrase = if cut { &c.cut_for } else { &c.over_for };
                let whose = scrub(whose, Cap::List);
                return phrase.fill(&[name, part_word, ("name", (&whose).into()), size, most]);
            }
            let over = (has - limit.max.min(*has)).to_string();
            c.over_limit.fill(&[name, part_word, size, most, ("over", (&over).into())])
        }
        Fact::Within { part, has, limit, at_most } => {
            let (size, most) = (format::number(*has as i64), shown(words, *limit));
            let part = ("part", part_of(words, *part).into());
            let phrase = if *at_most { &c.at_most } else { &c.within_limit };
            phrase.fill(&[name, part, ("size", (&size).into()), ("limit", (&most).into())])
        }
        Fact::SummaryMayBeCut { has, shown } => {
            c.summary_cut.fill(&[name, ("has", (*has).into()), ("shown", (*shown).into())])
        }
        Fact::Converted { from, to } => {
            c.format_converted.fill(&[name, ("format", from.word().into()), ("other", to.word().into())])
        }
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
            let most = slot.limit.map(|limit| shown(words, limit)).unwrap_or_default();
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
        Fact::StopsBatching { variable, calls, batched } => {
            let time = time_of(account, *calls as i64).map(|ms| format::duration(ms, &words.common));
            let mut values = vec![
                name,
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
    }
}

fn shown(words: &Strings, limit: Limit) -> String {
    let phrase = match limit.unit {
        Unit::Chars => &words.checks.unit_chars,
        Unit::Utf16 => &words.checks.unit_utf16,
        Unit::Bytes => &words.checks.unit_bytes,
    };
    phrase.count(limit.max as i64)
}

fn part_of(words: &Strings, part: Measured) -> &str {
    let c = &words.checks;
    match part {
        Measured::Title => &c.part_title,
        Measured::Summary => &c.part_summary,
        Measured::Body => &c.part_body,
        Measured::Url => &c.part_link,
        Measured::Payload => &c.part_payload,
    }
}
