//! What the frame does itself, in any section: sections, popups, undo, quitting.

use super::{on_screen, popups};
use crate::app::contexts::contexts;
use crate::app::effect::{Effect, Owner};
use crate::app::model::Model;
use crate::app::notice::Level;
use crate::app::overlay::confirm::Confirm;
use crate::app::overlay::pickers::Themes;
use crate::app::overlay::viewers::{Help, Messages};
use crate::app::overlay::welcome::Welcome;
use crate::app::overlay::{Overlay, Then};
use crate::app::request::Request;
use crate::app::saying::Saying;
use crate::app::saying::desk::DeskSaying;
use crate::app::section::Section;
use crate::input::action::Action;

/// Two presses of `q` or Ctrl-C within this time quit.
const QUIT_WITHIN_MS: i64 = 2_000;

/// Does an action of the contexts Nav and System; false if nothing changed.
pub fn act(model: &mut Model, action: Action) -> bool {
    model.desk.owner = Owner::Frame;
    if let Some(section) = Section::of_action(action) {
        model.desk.show(section);
        return true;
    }
    match action {
        Action::Help => {
            let stack = contexts(model);
            model.desk.open(Overlay::Help(Help::new(stack)));
        }
        Action::Palette => popups::open_palette(model),
        Action::Actions => popups::open_actions_menu(model),
        Action::Messages => {
            model.desk.notices.mark_read();
            model.desk.open(Overlay::Messages(Messages::default()));
        }
        Action::Themes => {
            let settings = &model.desk.settings;
            let picker = Themes::new(settings.themes.clone(), &settings.theme);
            model.desk.open(Overlay::Themes(picker));
        }
        Action::ToggleMouse => {
            let on = !model.desk.settings.mouse;
            model.desk.settings.mouse = on;
            model.desk.effect(Effect::Mouse(on));
            model.desk.say(Level::Info, if on { Saying::MouseOn } else { Saying::MouseOff });
        }
        Action::ToggleLanguage => model.desk.switch_language(),
        Action::Welcome => model.desk.open(Overlay::Welcome(Welcome::default())),
        Action::Zoom => model.desk.zoomed = !model.desk.zoomed,
        // The Outbox has its own name for `u`; where nothing is held it means the same.
        Action::Undo => undo(model, Asked::Undo),
        Action::Recall => undo(model, Asked::Recall),
        Action::Reload => {
            model.desk.effect(Effect::Redraw);
            on_screen(model, |screen, desk| screen.changed(desk));
        }
        Action::Halt => halt(model),
        Action::Suspend => model.desk.effect(Effect::Suspend),
        Action::Cancel => return cancel(model),
        Action::Quit => quit(model),
        Action::Back => back(model, Press::MayQuit),
        Action::Escape => {
            if !model.desk.notices.dismiss() {
                back(model, Press::NeverQuits);
            }
        }
        _ => return false,
    }
    true
}

/// Whether going back from the top level quits at the second time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Press {
    MayQuit,
    NeverQuits,
}

fn back(model: &mut Model, press: Press) {
    if model.desk.zoomed {
        model.desk.zoomed = false;
    } else if let Some(section) = model.desk.trail.pop() {
        let trail = std::mem::take(&mut model.desk.trail);
        model.desk.going = Some((section, None));
        super::travel(model);
        model.desk.trail = trail;
    } else if press == Press::MayQuit {
        quit_at_second(model);
    }
}

/// What was asked for: to take the last step back, or a broadcast.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Undo,
    Recall,
}

fn undo(model: &mut Model, asked: Asked) {
    match model.desk.take_undo() {
        Some(step) => {
            model.desk.owner = step.owner;
            model.desk.order(step.order);
        }
        None => match model.desk.pulse.held.filter(|(_, until)| *until > model.desk.now) {
            // The status row counts down and says that `u` takes it back, in every section.
            // Whoever changed something since may mean that: then it asks.
            Some((id, _)) => {
                let owner = Owner::Screen(Section::Outbox);
                if asked == Asked::Recall || !model.desk.changed_since_held {
                    model.desk.owner = owner;
                    model.desk.order(Request::Recall(id));
                } else {
                    let order = Then::Order(owner, Request::Recall(id));
                    ask(model, Confirm::new(Saying::AskRecall(id), Saying::RecallIt, order));
                }
            }
            None => model.desk.say(Level::Info, Saying::NothingToUndo),
        },
    }
}

/// The key for emergencies: holds everything back at once, and asks before it lets go.
fn halt(model: &mut Model) {
    match model.desk.pulse.halted.clone() {
        None => {
            model.desk.owner = Owner::Screen(Section::Outbox);
            model.desk.order(Request::Halt);
        }
        Some(by) => {
            let order = Then::Order(Owner::Screen(Section::Outbox), Request::Unhalt);
            let confirm = Confirm::new(Saying::AskUnhalt(by), Saying::GoOn, order);
            ask(model, confirm);
        }
    }
}

/// Opens a question, once: a key that is held or pressed again asks the same one.
fn ask(model: &mut Model, confirm: Confirm) {
    let is_there =
        |open: &Overlay| matches!(open, Overlay::Confirm(other) if other.question == confirm.question);
    if !model.desk.overlays.iter().any(is_there) {
        model.desk.open(Overlay::Confirm(confirm));
    }
}

/// Ctrl-C: closes a popup; else, pressed twice, quits.
fn cancel(model: &mut Model) -> bool {
    if model.desk.overlays.pop().is_none() {
        quit_at_second(model);
    }
    true
}

fn quit_at_second(model: &mut Model) {
    let now = model.desk.now;
    let armed = model.desk.quit_armed.is_some_and(|at| now.since(at) <= QUIT_WITHIN_MS);
    if armed {
        quit(model);
        return;
    }
    model.desk.quit_armed = Some(now);
    let active = model.desk.pulse.active;
    let goes_on = active > 0 && !model.desk.settings.in_process;
    let saying = if goes_on { Saying::QuitAgainSending(active) } else { Saying::QuitAgain };
    model.desk.say(Level::Info, saying);
}

/// Leaves, or asks first if that would stop sends. A demo is thrown away and never asks.
fn quit(model: &mut Model) {
    let settings = &model.desk.settings;
    let active = model.desk.pulse.active;
    if settings.in_process && !settings.demo && active > 0 {
        let question = Saying::AskQuit(active);
        model.desk.open(Overlay::Confirm(Confirm::new(question, Saying::PauseAndQuit, Then::Quit)));
    } else if model.desk.taking_back.is_some() {
        let (question, label) = (DeskSaying::AskQuit, DeskSaying::QuitAllTheSame);
        let confirm = Confirm::new(Saying::Desk(question), Saying::Desk(label), Then::Quit);
        model.desk.open(Overlay::Confirm(confirm));
    } else {
        leave(model);
    }
}

/// Leaves at once; the section saves what must not be lost.
pub fn leave(model: &mut Model) {
    on_screen(model, |screen, desk| screen.leave(desk));
    model.desk.effect(Effect::Quit);
}
