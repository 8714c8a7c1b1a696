//! What the section History says, in words.

use crate::app::saying::history::HistorySaying;
use crate::look::Look;

/// What is said, in the language in use.
pub fn say(look: &Look, saying: &HistorySaying) -> String {
    use HistorySaying as S;
    let (say, ask) = (&look.strings.history.say, &look.strings.history.ask);
    match saying {
        // Somebody was faster: between the review and the order everything went.
        S::Replayed(0) => say.replayed_none.clone(),
        S::Replayed(count) => say.replayed.count(*count),
        S::NothingToReplay => say.nothing_to_replay.clone(),
        S::NumberChanged(count) => say.number_changed.count(*count),
        S::Settled(count) => say.settled.count(*count),
        S::AskSettle(count) => ask.settle.count(*count),
        S::SettleSends => ask.settle_sends.clone(),
        S::Arrived(count) => ask.arrived.count(*count),
        S::NotArrived(count) => ask.not_arrived.count(*count),
        S::AskRetire => ask.retire.clone(),
        S::RetireKeeps(count) => ask.retire_keeps.count(*count),
        S::Retire(count) => ask.retire_button.count(*count),
        S::Retired(count) => say.retired.count(*count),
        S::MassFailure(count) => say.mass_failure.count(*count),
        S::NothingToRetire => say.nothing_to_retire.clone(),
        S::TooManyPeople => say.too_many_people.clone(),
        S::SeveralTexts => say.several_texts.clone(),
        S::NoOtherChannel => say.no_other_channel.clone(),
        S::Another(id) => say.another.fill(&[("id", (&id.to_string()).into())]),
        S::Rewritten(id) => say.rewritten.fill(&[("id", (&id.to_string()).into())]),
        S::Raw(id) => look.strings.history.raw_reply.fill(&[("id", (&id.to_string()).into())]),
        S::AskHidden(hidden, all) => {
            ask.hidden.fill(&[("hidden", (*hidden).into()), ("count", (*all).into())])
        }
    }
}
