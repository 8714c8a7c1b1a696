//! The desk: what all sections share, and the only thing that a screen can act through.
//!
//! A screen asks (`ask`), orders (`order`), says (`say`), opens popups (`open`) and leads elsewhere
//! (`go`). None of that happens at once: effects are collected for the shell, and section changes are
//! carried out by `update` after the screen has returned.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::effect::{Effect, LookChange, ORDER, Owner, Ticket, Timer};
use super::notice::{Level, Notices};
use super::overlay::Overlay;
use super::request::Request;
use super::rows::Pulse;
use super::saying::Saying;
use super::section::{Section, Target};
use crate::domain::id::BroadcastId;
use crate::domain::time::Millis;
use crate::input::action::Action;
use crate::input::keymap::Keymap;
use crate::look::locale::Lang;

/// What the configuration, the command line and the environment decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Nothing may be changed or sent.
    pub readonly: bool,
    /// A throw-away store; every frame says so and quitting does not ask.
    pub demo: bool,
    /// Over SSH or mosh.
    pub remote: bool,
    /// Fewer frames and nothing that moves by itself.
    pub slow: bool,
    /// Whether the console has the mouse.
    pub mouse: bool,
    /// The theme by name.
    pub theme: String,
    /// The tag of the language in use.
    pub language: String,
    /// Themes that can be picked.
    pub themes: Vec<String>,
    /// Sends run inside this process, and so end with it.
    pub in_process: bool,
    /// Short words for the title row: the profile, or nothing.
    pub profile: String,
    /// The time zone in which moments are written.
    pub zone: TimeZone,
    /// What the configuration says besides.
    pub holds: Holds,
}

/// What Setup shows of the configuration and does not change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holds {
    /// Whose name stands beside what is released.
    pub operator: String,
    /// The undo window; none: by the size of the audience.
    pub undo_ms: Option<i64>,
    /// A channel pauses when more than so many percent were lost; 0: never.
    pub lost: u8,
    /// What waits longer is cancelled; 0: never.
    pub expire_ms: i64,
    /// Whether calls go through a proxy.
    pub proxied: bool,
    /// The configuration file.
    pub config: String,
    /// Where the store lies.
    pub data: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            readonly: false,
            demo: false,
            remote: false,
            slow: false,
            mouse: false,
            theme: crate::look::theme::DEFAULT_THEME.to_owned(),
            language: Lang::En.tag().to_owned(),
            themes: Vec::new(),
            in_process: false,
            profile: String::new(),
            zone: TimeZone::UTC,
            holds: Holds::default(),
        }
    }
}

/// How large the last picture showed things; fed back by the shell, read by movements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pages {
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Rows of the list.
    pub list: usize,
    /// Rows of the detail pane.
    pub detail: usize,
    /// Rows that a whole opened detail would take; 0 where nothing is scrolled.
    pub lines: usize,
    /// Rows of the innermost popup's text.
    pub popup: usize,
    /// Rows that a whole preview would take.
    pub preview: usize,
}

impl Default for Pages {
    fn default() -> Self {
        Self { size: (80, 24), list: 10, detail: 10, lines: 0, popup: 10, preview: 0 }
    }
}

/// A step that can be taken back for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoStep {
    /// The order that takes it back.
    pub order: Request,
    /// Until when.
    pub until: Millis,
    /// Who gets the reply.
    pub owner: Owner,
}

/// Everything that the sections share.
#[derive(Debug, Clone)]
pub struct Desk {
    /// What time it is; stamped by the shell before each batch.
    pub now: Millis,
    /// The section on the screen.
    pub section: Section,
    /// Open popups, innermost last.
    pub overlays: Vec<Overlay>,
    /// What is said in passing.
    pub notices: Notices,
    /// Which key means what.
    pub keys: Arc<Keymap>,
    /// Words by which the palette finds actions, in every language; put here by the shell.
    pub names: Arc<BTreeMap<Action, String>>,
    /// What was decided at the start.
    pub settings: Settings,
    /// How large the last picture was.
    pub pages: Pages,
    /// What the frame shows of everything.
    pub pulse: Pulse,
    /// Whether that is the store's, and not what it begins with.
    pub has_pulse: bool,
    /// Something is being taken back at providers, by this console.
    pub taking_back: Option<BroadcastId>,
    /// One pane over the whole body.
    pub zoomed: bool,
    pub(super) owner: Owner,
    pub(super) effects: Vec<Effect>,
    pub(super) going: Option<(Section, Option<Target>)>,
    pub(super) trail: Vec<Section>,
    pub(super) quit_armed: Option<Millis>,
    /// Whether something was ordered since the broadcast in its undo window got there: `u` may mean that.
    pub(super) changed_since_held: bool,
    pub(super) foreign_hinted: bool,
    /// The first page of an empty store was offered, or was not needed.
    pub(super) welcomed: bool,
    undo: Vec<UndoStep>,
    newest: BTreeMap<(Owner, &'static str), u64>,
    last_number: u64,
}

impl Desk {
    /// A desk with nothing on it.
    pub fn new(settings: Settings, keys: Arc<Keymap>) -> Self {
        Self {
            now: Millis(0),
            section: Section::Outbox,
            overlays: Vec::new(),
            notices: Notices::default(),
            keys,
            names: Arc::default(),
            settings,
            pages: Pages::default(),
            pulse: Pulse::default(),
            has_pulse: false,
            taking_back: None,
            zoomed: false,
            owner: Owner::Frame,
            effects: Vec::new(),
            going: None,
            trail: Vec::new(),
            quit_armed: None,
            changed_since_held: false,
            foreign_hinted: false,
            welcomed: false,
            undo: Vec::new(),
            newest: BTreeMap::new(),
            last_number: 0,
        }
    }

    /// Asks the store. A newer question in the same slot makes this one's reply vanish, so a screen
    /// never sees an answer to what it no longer asks.
    pub fn ask(&mut self, slot: &'static str, request: Request) {
        let ticket = self.ticket(slot);
        self.newest.insert((ticket.owner, slot), ticket.number);
        self.effects.push(Effect::Store(ticket, request));
    }

    /// Orders a change. Every order's reply arrives.
    pub fn order(&mut self, request: Request) {
        self.changed_since_held = true;
        let ticket = self.ticket(ORDER);
        self.effects.push(Effect::Store(ticket, request));
    }

    /// Whether the answer to the newest question in `slot` has not come yet.
    pub fn is_waiting(&self, slot: &'static str) -> bool {
        self.newest.contains_key(&(self.owner, slot))
    }

    /// Says something in passing.
    pub fn say(&mut self, level: Level, saying: Saying) {
        self.notices.say(level, saying, self.now);
    }

    /// Puts a text on the clipboard of the operator's terminal.
    pub fn copy(&mut self, text: String) {
        self.effect(Effect::Copy(text));
        self.say(Level::Info, Saying::Copied);
    }

    /// Opens a popup over everything else.
    pub fn open(&mut self, overlay: Overlay) {
        self.overlays.push(overlay);
    }

    /// Leads to the section that shows `target`; Esc comes back.
    pub fn go(&mut self, target: Target) {
        self.going = Some((target.section(), Some(target)));
    }

    /// Leads to a section as it was left.
    pub fn show(&mut self, section: Section) {
        self.going = Some((section, None));
    }

    /// Arms one of the screen's own timers, or moves it. `Screen::due` gets the name.
    pub fn after(&mut self, wait: Duration, name: &'static str) {
        if let Owner::Screen(section) = self.owner {
            self.effects.push(Effect::After(wait, Timer::Screen(section, name)));
        }
    }

    /// Asks the shell for anything else.
    pub fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// The next language, at once and from the next start on.
    pub fn switch_language(&mut self) {
        let known = Lang::ALL.map(Lang::tag);
        let at = known.iter().position(|tag| *tag == self.settings.language).unwrap_or(0);
        let tag = known[(at + 1) % known.len()].to_owned();
        self.settings.language.clone_from(&tag);
        self.effect(Effect::Look(LookChange::Language(tag.clone())));
        self.keep("language", tag);
    }

    /// Keeps a choice in the configuration. A demo leaves nothing behind, and read-only changes nothing.
    pub fn keep(&mut self, key: &'static str, value: String) {
        if !self.settings.demo && !self.settings.readonly {
            self.effects.push(Effect::Keep(key, value));
        }
    }

    /// Offers to take a step back for ten seconds.
    pub fn offer_undo(&mut self, order: Request) {
        let until = self.now.plus(10_000);
        self.undo.push(UndoStep { order, until, owner: self.owner });
    }

    /// The step that `u` would take back.
    pub fn undo_step(&self) -> Option<&UndoStep> {
        self.undo.last().filter(|step| step.until > self.now)
    }

    pub(super) fn take_undo(&mut self) -> Option<UndoStep> {
        let step = self.undo.pop().filter(|step| step.until > self.now);
        if step.is_none() {
            self.undo.clear();
        }
        step
    }

    /// Whether a reply with this ticket still matters; forgets the question.
    pub(super) fn admits(&mut self, ticket: Ticket) -> bool {
        if ticket.slot == ORDER {
            return true;
        }
        let current = self.newest.get(&(ticket.owner, ticket.slot)) == Some(&ticket.number);
        if current {
            self.newest.remove(&(ticket.owner, ticket.slot));
        }
        current
    }

    fn ticket(&mut self, slot: &'static str) -> Ticket {
        self.last_number += 1;
        Ticket { owner: self.owner, slot, number: self.last_number }
    }
}
