//! The footer: which keys are shown where the focus is, and what they are called there. Read from the live key
//! map; what holds everywhere stands at the end and stays.

use ratatui::layout::Rect;

use crate::app::available::{Availability, Why, available};
use crate::app::contexts::contexts;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::overlay::replay::At;
use crate::app::overlay::review::Tier;
use crate::app::screen::Focus;
use crate::input::action::Action;
use crate::input::context::Context;
use crate::look::Look;
use crate::ui::painted::Painted;
use crate::ui::screens;
use crate::ui::widgets::hints;
use crate::ui::widgets::pen::Pen;

/// An action and what it is called here.
type Hint = (Action, &'static str);

/// What the focus offers, most wanted first, and what stays at the end.
struct Footer {
    hints: Vec<Hint>,
    tail: Vec<Hint>,
}

/// Draws the row.
pub fn row(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let stack = contexts(model);
    let Footer { hints, tail } = footer(model, &stack, pen.look);
    let with_keys = |hints: Vec<Hint>| -> Vec<(String, &'static str)> {
        let keyed = |(action, label)| Some((key(model, &stack, action)?, label));
        hints.into_iter().filter_map(keyed).collect()
    };
    let (hints, tail) = (with_keys(hints), with_keys(tail));
    for ((key, _), place) in hints::draw(pen, area, &pairs(&hints), &pairs(&tail)) {
        if let Some(key) = super::single(key) {
            painted.click(place, key);
        }
    }
}

fn pairs<'a>(hints: &'a [(String, &'static str)]) -> Vec<hints::Hint<'a>> {
    hints.iter().map(|(key, label)| (key.as_str(), *label)).collect()
}

fn footer(model: &Model, stack: &[Context], look: &Look) -> Footer {
    match model.desk.overlays.last() {
        Some(overlay) => in_popup(overlay, stack, look),
        None if stack.iter().any(|context| context.takes_text()) => in_text(model, stack, look),
        None => in_section(model, stack, look),
    }
}

fn named(look: &Look, actions: &[Action]) -> Vec<Hint> {
    actions.iter().map(|action| (*action, look.strings.actions.hint(action.name()))).collect()
}

fn in_section(model: &Model, stack: &[Context], look: &Look) -> Footer {
    let offered = |action: &&Action| is_offered(available(model, **action));
    let called =
        |action: &Action| (*action, look.strings.actions.hint(screens::called(model, *action).name()));
    let hints = screens::hints(model).iter().filter(offered).map(called).collect();
    let may_filter = stack.contains(&Context::Table) && is_offered(available(model, Action::Filter));
    let filter: &[Action] = if may_filter { &[Action::Filter] } else { &[] };
    let mut tail = named(look, filter);
    tail.extend(named(look, &[Action::Actions, Action::Palette, Action::Help]));
    Footer { hints, tail }
}

fn in_text(model: &Model, stack: &[Context], look: &Look) -> Footer {
    use Action as A;
    let frame = &look.strings.frame;
    let hints = match model.screens.get(model.desk.section).focus() {
        _ if stack.first() == Some(&Context::Body) => {
            let keys = [A::Next, A::EndTyping, A::TogglePreview, A::ExternalEditor];
            // Moving and leaving are no section's own.
            let offered = |action: &A| !action.in_palette() || is_offered(available(model, *action));
            named(look, &keys.into_iter().filter(offered).collect::<Vec<_>>())
        }
        Focus::Filter => {
            let mut hints = vec![(A::TakeLine, frame.apply_key.as_str()), (A::CutToStart, &frame.clear_key)];
            hints.extend(named(look, &[A::EndTyping]));
            hints
        }
        Focus::Ask => {
            let mut hints = vec![(A::TakeLine, frame.answer_key.as_str())];
            hints.extend(named(look, &[A::EndTyping, A::UndoEdit]));
            hints
        }
        focus => {
            let choice: &[A] = if focus == Focus::Choice { &[A::Toggle] } else { &[] };
            let save: &[A] = if available(model, A::Save) == Availability::On { &[A::Save] } else { &[] };
            named(look, &[choice, &[A::TakeLine], save, &[A::EndTyping, A::UndoEdit]].concat())
        }
    };
    Footer { hints, tail: named(look, &[A::Palette, A::Help]) }
}

fn in_popup(overlay: &Overlay, stack: &[Context], look: &Look) -> Footer {
    use Action as A;
    let press = (A::Press, look.strings.frame.press_key.as_str());
    let hints = match (stack.first(), overlay) {
        (Some(Context::Viewer), Overlay::Problem(_)) => {
            return Footer { hints: named(look, &[A::CopyLine]), tail: named(look, &[A::Close]) };
        }
        (Some(Context::Viewer), Overlay::Invite(_)) => {
            let w = &look.strings.desk.invite;
            let hints = vec![(A::CopyLine, w.copy.as_str()), (A::WriteFile, w.write.as_str())];
            return Footer { hints, tail: named(look, &[A::Close]) };
        }
        (Some(Context::Viewer), _) => {
            let hints = named(look, &[A::Filter, A::FindNext, A::CopyLine]);
            return Footer { hints, tail: named(look, &[A::Close]) };
        }
        (Some(Context::Line), _) => named(look, &[A::TakeLine, A::EndTyping]),
        (Some(Context::Dialog | Context::Gate), overlay) => {
            let yes = match overlay {
                Overlay::Confirm(confirm) => confirm.choices.len() == 1,
                Overlay::Review(review) => review.brief.tier == Tier::Button && review.is_open(),
                _ => false,
            };
            let tick = matches!(overlay, Overlay::Replay(replay) if replay.at == At::Unknowns);
            let tick: &[A] = if tick { &[A::Toggle] } else { &[] };
            let yes: &[A] = if yes { &[A::Yes] } else { &[] };
            let mut hints = named(look, tick);
            hints.push(press);
            hints.extend(named(look, &[&[A::Next], yes, &[A::Close]].concat()));
            hints
        }
        _ => named(look, &[A::Press, A::Next, A::Close]),
    };
    Footer { hints, tail: named(look, &[A::Help]) }
}

/// Whether the footer shows it: what cannot be done to the row under the cursor only takes room.
const fn is_offered(availability: Availability) -> bool {
    use Why as W;
    // The rest stays: pressed, it says what is missing.
    let never = matches!(
        availability,
        Availability::Off(
            W::ReadOnly
                | W::NotHere
                | W::NotOffered
                | W::NothingToTakeBack
                | W::NoneTakesBack
                | W::StillGoesOut
                | W::NothingToAskWith
                | W::NoFollow
                | W::InSight
                | W::NothingSelected
                | W::StageStands
                | W::ShownAlready
                | W::Grouped
                | W::OtherMarks
                | W::IsDraft
                | W::DraftInCompose
                | W::NotDraft
                | W::NotSending
                | W::NotStanding
                | W::WaitsForChannel
                | W::Ended
                | W::PastUndo
                | W::NeverWorks
                | W::NothingUnknown
                | W::NoBadRecipient
                | W::NothingToReplay
        )
    );
    !never
}

/// The key of an action here: while text is typed, one that types nothing.
fn key(model: &Model, stack: &[Context], action: Action) -> Option<String> {
    let keys = &model.desk.keys;
    if action == Action::Toggle {
        // A blank turns a choice also while keys are typed.
        return keys.key_for(action, &[Context::Form]);
    }
    if stack.iter().any(|context| context.takes_text()) {
        keys.quiet_key_for(action, stack)
    } else {
        keys.key_for(action, stack)
    }
}
