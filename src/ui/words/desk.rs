//! What is said of errands at providers, in words.

use crate::app::request::errands::{Became, TookBack};
use crate::app::saying::desk::DeskSaying;
use crate::channels::catalog;
use crate::channels::desk::{Desk, FollowChange};
use crate::channels::kind::Kind;
use crate::look::Look;
use crate::look::locale::Lang;

/// The words of a saying.
pub(super) fn say(look: &Look, saying: &DeskSaying) -> String {
    let w = &look.strings.desk;
    match saying {
        DeskSaying::AskTakeBack(title) => w.ask_take_back_of.fill(&[("title", title.into())]),
        DeskSaying::TakeBack(count) => w.take_back.count(*count),
        DeskSaying::AskStopTakeBack(id) => w.ask_stop_take_back.fill(&[("id", (&id.to_string()).into())]),
        DeskSaying::StopTakeBack => w.stop_take_back.clone(),
        DeskSaying::UnknownToo(count) => w.unknown_too.count(*count),
        DeskSaying::Stuck { channels, count } => {
            let channels = look.strings.list(channels.iter().cloned());
            w.stuck_on.fill(&[("channels", (&channels).into()), ("count", (*count).into())])
        }
        DeskSaying::Stays { channel, kind, count } => {
            let words = catalog::kind(kind).and_then(Kind::desk).and_then(Desk::stays);
            let said = words.map_or("", |words| match look.strings.lang {
                Lang::En => words.en,
                Lang::Zh => words.zh,
            });
            w.comes_back.fill(&[
                ("channel", channel.into()),
                ("count", (*count).into()),
                ("what", said.into()),
            ])
        }
        DeskSaying::AskQuit => format!("{}\n{}", w.ask_quit, w.quit_ends_it),
        DeskSaying::QuitAllTheSame => w.quit_all_the_same.clone(),
        DeskSaying::AllTakenBack => w.all_taken_back.clone(),
        DeskSaying::TakeBackWaits(id) => w.take_back_waits.fill(&[("id", (&id.to_string()).into())]),
        DeskSaying::TakingBack(far) => {
            let id = far.id.to_string();
            w.taking_back.fill(&[("id", (&id).into()), ("done", far.done.into()), ("count", far.of.into())])
        }
        DeskSaying::TookBack(far) => took_back(look, far),
        DeskSaying::Asking(channel) => w.asking_about.fill(&[("channel", channel.into())]),
        DeskSaying::Became(id, became) => {
            let said = what_became(look, became);
            w.became.fill(&[("id", (&id.to_string()).into()), ("what", (&said).into())])
        }
        DeskSaying::PickFollow(name) => w.pick_follow.fill(&[("name", name.into())]),
        DeskSaying::AskFollow { name, at } => {
            w.ask_follow.fill(&[("name", name.into()), ("channel", at.into())])
        }
        DeskSaying::FollowIsTheirs => w.follow_is_theirs.clone(),
        DeskSaying::DoFollow(FollowChange::Block) => w.do_block.clone(),
        DeskSaying::DoFollow(FollowChange::Unblock) => w.do_unblock.clone(),
        DeskSaying::DoFollow(FollowChange::End) => w.do_end.clone(),
        DeskSaying::Followed(follow, changed) => {
            let said = match (changed, follow.change) {
                (false, _) => &w.follows_not,
                (true, FollowChange::Block) => &w.is_blocked,
                (true, FollowChange::Unblock) => &w.is_unblocked,
                (true, FollowChange::End) => &w.is_ended,
            };
            said.fill(&[("name", (&follow.name).into()), ("channel", (&follow.at).into())])
        }
    }
}

/// What a provider says of a delivery.
pub fn what_became(look: &Look, became: &Became) -> String {
    let w = &look.strings.desk;
    let (word, text) = match became {
        Became::Told(Some(true), text) => (&w.handed_on, text.as_str()),
        Became::Told(Some(false), text) => (&w.failed_there, text.as_str()),
        Became::Told(None, text) => (&w.open, text.as_str()),
        Became::NoQuestion => (&w.no_question, ""),
        Became::TooOld => (&w.too_old, ""),
    };
    if text.is_empty() { word.clone() } else { look.strings.with_reason(word, text) }
}

fn took_back(look: &Look, far: &TookBack) -> String {
    let w = &look.strings.desk;
    let replaced = far.replaced.map(|by| w.replaced_by.fill(&[("id", (&by.to_string()).into())]));
    if far.of == 0 {
        let stuck = (far.cannot > 0).then(|| w.cannot_take_back.count(far.cannot));
        return replaced.or(stuck).unwrap_or_else(|| w.nothing_accepted.clone());
    }
    let mut parts = vec![far.id.to_string(), w.taken_back.count(far.taken)];
    if far.unknown > 0 {
        parts.push(w.unknown_asked.count(far.unknown));
    }
    if far.cannot > 0 {
        parts.push(w.cannot_take_back.count(far.cannot));
    }
    if far.failed.0 > 0 {
        let (count, why) = &far.failed;
        parts.push(w.take_back_failed.fill(&[("count", (*count).into()), ("why", why.into())]));
    }
    parts.extend(replaced);
    parts.join(&format!(" {} ", look.glyphs.dot))
}
