//! Routing only: popups first, then the section's screen, then what the frame does itself.

pub mod frame;
pub mod popups;

use super::available::{Availability, available};
use super::contexts::contexts;
use super::desk::Desk;
use super::editor::clean_paste;
use super::effect::{Effect, Owner, Step, Timer};
use super::model::Model;
use super::msg::{Mouse, Msg, Signal};
use super::notice::Level;
use super::overlay::welcome::Welcome;
use super::overlay::{Outcome, Overlay, Then};
use super::request::{Reply, Request, Trouble};
use super::saying::Saying;
use super::screen::{Done, Screen, Typed};
use super::section::Section;
use crate::input::action::Action;
use crate::input::key::{Code, Key};
use crate::input::resolve::{Resolved, resolve};

/// Below this many columns or rows only leaving is possible.
pub const SMALLEST: (u16, u16) = (60, 16);

/// The next state, and what the shell has to do. No I/O, no clock, no randomness.
pub fn update(model: &mut Model, msg: Msg) -> Step {
    model.desk.notices.expire(model.desk.now);
    let redraw = match msg {
        Msg::Start => start(model),
        Msg::Key(key) => press(model, key),
        Msg::Paste(pasted) => paste(model, &pasted),
        Msg::Mouse(mouse) => wheel(model, mouse),
        Msg::Resize(columns, rows) => {
            model.desk.pages.size = (columns, rows);
            true
        }
        Msg::Store(ticket, reply) => {
            model.desk.admits(ticket) && answer(model, ticket.owner, ticket.slot, reply)
        }
        Msg::Changed => {
            model.desk.owner = Owner::Frame;
            model.desk.ask("pulse", Request::Pulse);
            on_screen(model, |screen, desk| screen.changed(desk));
            false
        }
        Msg::Due(Timer::Screen(section, name)) => {
            on(model, section, |screen, desk| screen.due(name, desk));
            true
        }
        Msg::Due(Timer::Picture) | Msg::Resumed => true,
        Msg::Signal(Signal::Terminate | Signal::HangUp | Signal::Interrupt) => {
            on_screen(model, |screen, desk| screen.leave(desk));
            model.desk.effect(Effect::Quit);
            false
        }
        Msg::Handed(handed) => {
            on_screen(model, |screen, desk| screen.handed(handed, desk));
            true
        }
        Msg::Written(result) => written(model, result),
        Msg::NotKept(why) => {
            model.desk.say(Level::Error, Saying::NotKept(why));
            true
        }
        Msg::Drawn => {
            model.desk.overlays.iter_mut().for_each(Overlay::painted);
            false
        }
    };
    let went = travel(model);
    Step { redraw: redraw || went, effects: std::mem::take(&mut model.desk.effects) }
}

/// Runs `what` on the screen of `section`, with the desk answering for it.
fn on<T>(model: &mut Model, section: Section, what: impl FnOnce(&mut dyn Screen, &mut Desk) -> T) -> T {
    let Model { screens, desk } = model;
    desk.owner = Owner::Screen(section);
    what(screens.get_mut(section), desk)
}

/// The same on the section that is shown.
fn on_screen<T>(model: &mut Model, what: impl FnOnce(&mut dyn Screen, &mut Desk) -> T) -> T {
    let section = model.desk.section;
    on(model, section, what)
}

fn start(model: &mut Model) -> bool {
    model.desk.owner = Owner::Frame;
    let warnings: Vec<String> = model.desk.keys.warnings().iter().map(ToString::to_string).collect();
    for warning in warnings {
        model.desk.say(Level::Warning, Saying::ConfigWarning(warning));
    }
    model.desk.ask("pulse", Request::Pulse);
    on_screen(model, |screen, desk| screen.enter(None, desk));
    true
}

fn answer(model: &mut Model, owner: Owner, slot: &'static str, reply: Reply) -> bool {
    match owner {
        Owner::Screen(section) => on(model, section, |screen, desk| screen.reply(slot, reply, desk)),
        Owner::Frame => match reply {
            Reply::Pulse(pulse) => {
                let same = model.desk.pulse == pulse;
                let held = |pulse: &crate::app::rows::Pulse| pulse.held.map(|(id, _)| id);
                if held(&pulse) != held(&model.desk.pulse) {
                    model.desk.changed_since_held = false;
                }
                let known = std::mem::replace(&mut model.desk.pulse, pulse);
                // The first picture is compared with nothing: who comes later was not there.
                if std::mem::replace(&mut model.desk.has_pulse, true) && model.desk.pulse.died > known.died {
                    let lost = model.desk.pulse.lost;
                    model.desk.say(Level::Warning, Saying::SenderDied(lost));
                }
                return welcome(model) || !same;
            }
            // An order that was taken back is answered to whoever gave it; the rest is not the frame's.
            _ => return false,
        },
    }
    true
}

/// Offers the first page of an empty store, once and over nothing else.
fn welcome(model: &mut Model) -> bool {
    let desk = &mut model.desk;
    let offer = desk.pulse.empty && !desk.welcomed && desk.overlays.is_empty() && !desk.settings.readonly;
    desk.welcomed = true;
    if offer {
        desk.open(Overlay::Welcome(Welcome::default()));
    }
    offer
}

fn written(model: &mut Model, result: Result<String, String>) -> bool {
    model.desk.owner = Owner::Frame;
    match result {
        Ok(path) => model.desk.say(Level::Info, Saying::Written(path)),
        Err(summary) => {
            model.desk.say(Level::Error, Saying::Failed(Trouble { summary, ..Trouble::default() }));
        }
    }
    true
}

fn press(model: &mut Model, key: Key) -> bool {
    let key = key.normalise();
    if model.desk.overlays.last().is_some_and(Overlay::awaits_paint) {
        return false;
    }
    let (columns, rows) = model.desk.pages.size;
    if columns < SMALLEST.0 || rows < SMALLEST.1 {
        return press_in_tiny(model, key);
    }
    let stack = contexts(model);
    let resolved = resolve(&model.desk.keys, &stack, key);
    // A menu's own keys come first: Enter runs the line under the cursor, not the line of Enter.
    if let Some(Overlay::Menu(menu)) = model.desk.overlays.last()
        && !matches!(resolved, Resolved::Act(_))
        && let Some(action) = menu.by_key(key)
    {
        model.desk.overlays.pop();
        return perform(model, action);
    }
    match resolved {
        Resolved::Act(action) => perform(model, action),
        Resolved::Text(c) => {
            type_in(model, Typed::Char(c));
            true
        }
        Resolved::Menu(prefix, lines) => {
            popups::open_prefix_menu(model, prefix, &lines);
            true
        }
        Resolved::Foreign if !model.desk.foreign_hinted => {
            model.desk.foreign_hinted = true;
            model.desk.say(Level::Info, Saying::SwitchInputMethod);
            true
        }
        Resolved::Foreign | Resolved::Nothing => false,
    }
}

fn press_in_tiny(model: &mut Model, key: Key) -> bool {
    let action = match key {
        key if key == Key::char('q') => Action::Quit,
        key if key == Key::ctrl('c') => Action::Cancel,
        key if key == Key::ctrl('z') => Action::Suspend,
        _ => return false,
    };
    frame::act(model, action)
}

/// Does an action as if its key had been pressed: in a popup, on the screen, or by the frame.
pub(super) fn perform(model: &mut Model, action: Action) -> bool {
    if !matches!(action, Action::Cancel | Action::Back) {
        model.desk.quit_armed = None;
    }
    if matches!(action, Action::Cancel | Action::Suspend | Action::Reload) {
        return frame::act(model, action);
    }
    if !model.desk.overlays.is_empty() {
        // Help says which keys hold in the popup, over which it opens; and the key for emergencies holds everywhere.
        if matches!(action, Action::Help | Action::Halt) {
            return frame::act(model, action);
        }
        act_in_popup(model, action);
        return true;
    }
    // Movements, caret keys and the like are always on; only what menus list can be off.
    if action.in_palette()
        && let Availability::Off(why) = available(model, action)
    {
        model.desk.owner = Owner::Frame;
        model.desk.say(Level::Info, Saying::Off(action, why));
        return true;
    }
    match on_screen(model, |screen, desk| screen.act(action, desk)) {
        Done::Yes => true,
        Done::No => frame::act(model, action),
    }
}

fn act_in_popup(model: &mut Model, action: Action) {
    let Some(mut overlay) = model.desk.overlays.pop() else { return };
    let place = model.desk.overlays.len();
    model.desk.owner = Owner::Screen(model.desk.section);
    let outcome = overlay.act(action, &mut model.desk);
    match outcome {
        // Below whatever it opened itself.
        Outcome::Stays => model.desk.overlays.insert(place, overlay),
        Outcome::Closes => {}
        Outcome::Leads(then) => follow(model, then),
    }
}

fn follow(model: &mut Model, then: Then) {
    match then {
        Then::Act(action) => {
            perform(model, action);
        }
        Then::Order(owner, request) => {
            model.desk.owner = owner;
            model.desk.order(request);
        }
        Then::Go(target) => model.desk.go(target),
        Then::Show(trouble) => model.desk.open(Overlay::Problem(trouble)),
        Then::Picked(picked) => on_screen(model, |screen, desk| screen.picked(picked, desk)),
        Then::Choose(what) => on_screen(model, |screen, desk| screen.chosen(what, desk)),
        Then::Quit => frame::leave(model),
    }
}

fn type_in(model: &mut Model, typed: Typed) {
    let Some(overlay) = model.desk.overlays.last_mut() else {
        return on_screen(model, |screen, desk| screen.text(typed, desk));
    };
    match overlay.text(&typed) {
        Outcome::Stays => {}
        Outcome::Closes => drop(model.desk.overlays.pop()),
        Outcome::Leads(then) => {
            model.desk.overlays.pop();
            follow(model, then);
        }
    }
}

fn paste(model: &mut Model, pasted: &str) -> bool {
    if model.desk.overlays.last().is_some_and(Overlay::awaits_paint) {
        return false;
    }
    if super::contexts::is_typing(model) {
        type_in(model, Typed::Paste(clean_paste(pasted)));
    } else {
        model.desk.owner = Owner::Frame;
        model.desk.say(Level::Info, Saying::PasteIgnored);
    }
    true
}

fn wheel(model: &mut Model, mouse: Mouse) -> bool {
    let (code, times) = match mouse {
        Mouse::WheelUp => (Code::Up, 3),
        Mouse::WheelDown => (Code::Down, 3),
        // Presses are turned into keys and tabs by the shell, which knows what was drawn where.
        Mouse::Press(..) => return false,
    };
    (0..times).for_each(|_| {
        press(model, Key::plain(code));
    });
    true
}

/// Carries out the change of section that was asked for, if any.
fn travel(model: &mut Model) -> bool {
    let mut went = false;
    // Entering may lead on; a ring of sections would not end, so it ends here.
    for _ in 0..3 {
        let Some((section, target)) = model.desk.going.take() else { break };
        let from = model.desk.section;
        if from != section {
            on_screen(model, |screen, desk| screen.leave(desk));
            if target.is_some() {
                model.desk.trail.push(from);
            } else {
                model.desk.trail.clear();
            }
            model.desk.section = section;
            model.desk.zoomed = false;
        }
        on_screen(model, |screen, desk| screen.enter(target, desk));
        went = true;
    }
    went
}
