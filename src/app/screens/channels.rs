//! Section 5: every channel with its health; a form for settings and credential; verify, test, pause,
//! resume, remove.
//!
//! Verifications and tests go to the sender as broadcasts of one delivery. The screen waits for what
//! became of them by the store's change messages, never by a clock.

pub mod sheet;

use sheet::{Button, Sheet, SheetTurn};

use crate::app::available::is_about_list;
use crate::app::available::{Availability, Why};
use crate::app::desk::Desk;
use crate::app::effect::{Effect, Owner};
use crate::app::notice::Level;
use crate::app::overlay::confirm::Confirm;
use crate::app::overlay::gate::Gate;
use crate::app::overlay::viewers::Viewer;
use crate::app::overlay::{Overlay, Then};
use crate::app::request::channels::{ChannelsAsk, ChannelsTold, Trial, Trouble};
use crate::app::request::{Reply, Request};
use crate::app::rows::{Page, Total};
use crate::app::saying::Saying;
use crate::app::saying::channels::ChannelsSaying as Says;
use crate::app::screen::{Chosen, Done, Focus, Screen, Typed};
use crate::app::section::{Section, Target};
use crate::app::table::TableState;
use crate::channels::catalog;
use crate::domain::channel::{Account, ChannelState};
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::id::{BroadcastId, ChannelId};
use crate::input::action::Action;
use crate::store::channels::Channel;

/// From so many addresses on, removing a channel asks for their number.
const GRAVE: i64 = 50;

/// What the body shows besides the list.
#[derive(Debug, Clone, Default)]
pub enum Mode {
    /// The selected channel.
    #[default]
    Detail,
    /// The kinds of a new channel; the one under the cursor.
    Kinds(usize),
    /// A form.
    Sheet(Box<Sheet>),
}

/// A test or a verification whose end has not come yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awaited {
    /// Which of them.
    pub trial: Trial,
    /// Over which channel.
    pub id: ChannelId,
    /// Its broadcast.
    pub broadcast: BroadcastId,
}

/// The section Channels.
#[derive(Debug, Clone, Default)]
pub struct Channels {
    /// The channels: one page, because there are never many.
    pub table: TableState<Channel>,
    /// What went wrong on one of them lately.
    pub trouble: Option<Trouble>,
    /// What the body shows besides the list.
    pub mode: Mode,
    /// On a small screen: the detail over the whole body.
    pub opened: bool,
    /// What the sender was asked to try.
    pub awaited: Option<Awaited>,
}

impl Channels {
    /// The form, if one is open.
    pub const fn sheet(&self) -> Option<&Sheet> {
        match &self.mode {
            Mode::Sheet(sheet) => Some(sheet),
            Mode::Detail | Mode::Kinds(_) => None,
        }
    }

    /// The trouble of the selected channel, once it has come.
    pub fn current_trouble(&self) -> Option<&Trouble> {
        let id = self.table.selected()?.id;
        self.trouble.as_ref().filter(|trouble| trouble.id == id)
    }

    /// The channel that actions are about: the one in the form, else the selected one.
    fn subject(&self) -> Option<&Channel> {
        match &self.mode {
            Mode::Sheet(sheet) => {
                let id = sheet.of?.0;
                self.table.rows().find(|row| row.id == id)
            }
            Mode::Detail | Mode::Kinds(_) => self.table.selected(),
        }
    }

    fn name_of(&self, id: ChannelId) -> String {
        self.table.rows().find(|row| row.id == id).map_or_else(|| id.to_string(), |row| row.name.clone())
    }

    fn ask_list(desk: &mut Desk) {
        desk.ask("rows", Request::Channels(ChannelsAsk::List));
    }

    fn ask_trouble(&self, desk: &mut Desk) {
        if let Some(row) = self.table.selected() {
            desk.ask("trouble", Request::Channels(ChannelsAsk::Trouble(row.id)));
        }
    }

    fn order(&self, ask: impl FnOnce(ChannelId) -> ChannelsAsk, desk: &mut Desk) {
        if let Some(row) = self.subject() {
            desk.order(Request::Channels(ask(row.id)));
        }
    }

    fn verify(&self, desk: &mut Desk) {
        let Some(row) = self.subject() else { return };
        if can_verify(row) {
            desk.order(Request::Channels(ChannelsAsk::Verify(row.id)));
        } else {
            say(desk, Level::Warning, Says::CannotVerify(row.kind.clone()));
        }
    }

    fn ask_remove(&self, desk: &mut Desk) {
        let Some(row) = self.table.selected() else { return };
        let order =
            Then::Order(Owner::Screen(Section::Channels), Request::Channels(ChannelsAsk::Remove(row.id)));
        let question = Saying::Channels(Says::AskRemove(row.name.clone()));
        let label = Saying::Channels(Says::RemoveNamed(row.name.clone()));
        let lines = [Says::RemoveAddresses(row.addresses), Says::RemoveKeeps].map(Saying::Channels);
        if row.addresses >= GRAVE {
            let gate = Gate::new(question, row.addresses, label, order);
            desk.open(Overlay::Gate(lines.into_iter().fold(gate, Gate::line)));
        } else {
            let confirm = Confirm::new(question, label, order);
            desk.open(Overlay::Confirm(lines.into_iter().fold(confirm, Confirm::line)));
        }
    }

    fn open_sheet(&mut self, desk: &mut Desk) {
        let Some(row) = self.table.selected() else { return };
        match Sheet::edit(row) {
            Some(sheet) => self.mode = Mode::Sheet(Box::new(sheet)),
            None => say(desk, Level::Warning, Says::CannotVerify(row.kind.clone())),
        }
    }

    fn save(&mut self, desk: &mut Desk) {
        let Mode::Sheet(sheet) = &mut self.mode else { return };
        if sheet.saving || !sheet.ready() {
            return;
        }
        let ask = match sheet.of {
            None => ChannelsAsk::Add(Box::new(sheet.new_channel())),
            Some(_) if sheet.changed() == 0 => {
                self.mode = Mode::Detail;
                return;
            }
            Some((id, version)) => ChannelsAsk::Edit { id, version, edit: Box::new(sheet.channel_edit()) },
        };
        sheet.saving = true;
        sheet.form.typing = false;
        desk.order(Request::Channels(ask));
    }

    fn leave_sheet(&mut self, desk: &mut Desk) {
        let changed = self.sheet().map_or(0, Sheet::changed) as i64;
        if changed == 0 {
            self.mode = Mode::Detail;
            return;
        }
        let confirm = Confirm::new(
            Saying::Channels(Says::AskUnsaved(changed)),
            Saying::Channels(Says::Discard),
            Then::Chosen(Chosen::Button("discard")),
        )
        .or(Saying::Channels(Says::Save), Then::Chosen(Chosen::Button("save")));
        desk.open(Overlay::Confirm(confirm));
    }

    fn press(&mut self, button: Button, desk: &mut Desk) {
        match button {
            Button::Save => self.save(desk),
            Button::Cancel => self.leave_sheet(desk),
            Button::Verify | Button::Test => {
                let action = if button == Button::Verify { Action::Verify } else { Action::TestToMe };
                match self.available(action, desk) {
                    Availability::On if button == Button::Verify => self.verify(desk),
                    Availability::On => self.order(ChannelsAsk::Test, desk),
                    Availability::Off(why) => desk.say(Level::Info, Saying::Off(action, why)),
                }
            }
        }
    }

    /// Both texts side by side: neither is lost until somebody chose.
    fn conflict(&mut self, theirs: Box<Channel>, desk: &mut Desk) {
        let Mode::Sheet(sheet) = &mut self.mode else { return };
        sheet.saving = false;
        let edit = sheet.channel_edit();
        let differs = |field: &str, mine: String, theirs: String| {
            let kind = sheet.spec.id.to_owned();
            Saying::Channels(Says::Differs { kind, field: field.to_owned(), mine, theirs })
        };
        let mut lines = Vec::new();
        if let Some(name) = edit.name.clone().filter(|name| *name != theirs.name) {
            lines.push(differs(sheet::NAME, name, theirs.name.clone()));
        }
        for (field, mine) in &edit.settings {
            let there = theirs.settings.get(field).cloned().unwrap_or_default();
            let mine = mine.clone().unwrap_or_default();
            if mine != there {
                lines.push(differs(field, mine, there));
            }
        }
        for (field, mine) in &edit.secrets {
            let there = theirs.secrets.iter().find(|secret| secret.field == *field);
            let mine = mine.as_ref().map_or(String::new(), |secret| secret.masked());
            lines.push(differs(field, mine, there.map_or(String::new(), |secret| secret.masked.clone())));
        }
        let mine = ChannelsAsk::Edit { id: theirs.id, version: theirs.version, edit: Box::new(edit) };
        let order = Then::Order(Owner::Screen(Section::Channels), Request::Channels(mine));
        let question = Saying::Channels(Says::AskConflict(theirs.name.clone()));
        let confirm = Confirm::new(question, Saying::Channels(Says::KeepMine), order)
            .or(Saying::Channels(Says::TakeTheirs), Then::Chosen(Chosen::Button("theirs")));
        sheet.theirs = Some(theirs);
        desk.open(Overlay::Confirm(lines.into_iter().fold(confirm, Confirm::line)));
    }

    fn told(&mut self, told: ChannelsTold, desk: &mut Desk) {
        match told {
            ChannelsTold::List(rows) => {
                let total = Some(Total { count: rows.len() as i64, exact: true });
                self.table.take(Page { rows, prev: None, next: None, total }, desk.now);
                self.ask_trouble(desk);
            }
            ChannelsTold::Trouble(trouble) => self.trouble = Some(trouble),
            ChannelsTold::Saved(id) => self.saved(id, desk),
            ChannelsTold::Conflict(theirs) => self.conflict(theirs, desk),
            ChannelsTold::NameTaken => {
                if let Mode::Sheet(sheet) = &mut self.mode {
                    sheet.saving = false;
                    sheet.name_taken();
                }
            }
            ChannelsTold::Begun { trial, id, broadcast } => {
                self.awaited = Some(Awaited { trial, id, broadcast });
                let name = self.name_of(id);
                let says = match trial {
                    Trial::Verify => Says::Verifying(name),
                    Trial::Test => Says::Testing(name),
                };
                say(desk, Level::Info, says);
                desk.ask("outcome", Request::Channels(ChannelsAsk::Outcome(broadcast)));
            }
            ChannelsTold::Outcome { state, class, words } => self.outcome(state, class, words, desk),
            ChannelsTold::NobodyIsMe => say(desk, Level::Warning, Says::NobodyIsMe),
            ChannelsTold::NoAddressForMe(id) => {
                say(desk, Level::Warning, Says::NoAddressForMe(self.name_of(id)));
            }
            ChannelsTold::Paused(id) => self.done(Says::Paused(self.name_of(id)), desk),
            ChannelsTold::Resumed { id, waiting, failed } => {
                self.done(Says::Resumed { name: self.name_of(id), waiting, failed }, desk);
            }
            ChannelsTold::Removed { id, name } => {
                desk.offer_undo(Request::Channels(ChannelsAsk::Restore(id)));
                self.done(Says::Removed(name), desk);
            }
            ChannelsTold::Restored(id) => {
                self.table.select(id);
                self.done(Says::Restored(self.name_of(id)), desk);
            }
        }
    }

    fn done(&self, says: Says, desk: &mut Desk) {
        say(desk, Level::Info, says);
        Self::ask_list(desk);
    }

    fn saved(&mut self, id: ChannelId, desk: &mut Desk) {
        let name =
            self.sheet().map_or_else(|| self.name_of(id), |sheet| sheet.form.word(sheet::NAME).to_owned());
        self.mode = Mode::Detail;
        self.table.select(id);
        self.done(Says::Saved(name), desk);
    }

    /// What became of a test or a verification; nothing is said before it has ended.
    fn outcome(&mut self, state: DeliveryState, class: Option<Class>, words: String, desk: &mut Desk) {
        let Some(awaited) = self.awaited.filter(|_| state.has_ended()) else { return };
        self.awaited = None;
        let name = self.name_of(awaited.id);
        let (level, says) = match (awaited.trial, state.is_delivered()) {
            (Trial::Verify, true) => (Level::Info, Says::Verified(name)),
            (Trial::Verify, false) => (Level::Error, Says::VerifyFailed(name, words)),
            (Trial::Test, true) => (Level::Info, Says::TestAccepted(name)),
            (Trial::Test, false) => (Level::Error, Says::TestFailed(name, class, words)),
        };
        say(desk, level, says);
        Self::ask_list(desk);
    }

    fn act_in_kinds(&mut self, at: usize, action: Action) -> Done {
        let count = catalog::KINDS.len();
        match action {
            Action::Down => self.mode = Mode::Kinds((at + 1) % count),
            Action::Up => self.mode = Mode::Kinds((at + count - 1) % count),
            Action::First => self.mode = Mode::Kinds(0),
            Action::Last => self.mode = Mode::Kinds(count - 1),
            Action::Open => self.mode = Mode::Sheet(Box::new(Sheet::new(catalog::KINDS[at].spec()))),
            Action::Escape | Action::Back => self.mode = Mode::Detail,
            _ => return Done::No,
        }
        Done::Yes
    }

    fn act_in_list(&mut self, action: Action, desk: &mut Desk) -> Done {
        match action {
            Action::Open if self.opened => self.show_raw(desk),
            Action::Open => self.opened = true,
            Action::Escape | Action::Back if self.opened => self.opened = false,
            Action::Add => self.mode = Mode::Kinds(0),
            Action::Edit => self.open_sheet(desk),
            Action::Remove => self.ask_remove(desk),
            Action::GoHistory => match self.table.selected() {
                Some(row) => desk.go(Target::Attempts(format!("channel:{} status:failed,unknown", row.id))),
                None => return Done::No,
            },
            Action::CopyId | Action::CopyError => self.copy(action, desk),
            _ => {
                let before = self.table.selected().map(|row| row.id);
                let turn = self.table.act(action, desk.pages.list);
                if self.table.selected().map(|row| row.id) != before {
                    self.ask_trouble(desk);
                }
                return if turn == crate::app::table::Turn::NotMine { Done::No } else { Done::Yes };
            }
        }
        Done::Yes
    }

    /// The provider's words on the last verification, whole.
    fn show_raw(&self, desk: &mut Desk) {
        let Some(row) = self.table.selected() else { return };
        if let Some(verified) = &row.verified {
            let title = Saying::Channels(Says::RawVerify(row.name.clone()));
            desk.open(Overlay::Viewer(Viewer::new(title, verified.text.clone())));
        }
    }

    fn copy(&self, action: Action, desk: &mut Desk) {
        let Some(row) = self.table.selected() else { return };
        let text = if action == Action::CopyId { row.id.to_string() } else { last_words(row) };
        desk.effect(Effect::Copy(text));
        desk.say(Level::Info, Saying::Copied);
    }
}

/// The words of what went wrong last: a pause, else a verification.
fn last_words(row: &Channel) -> String {
    let pause = row.pause.as_ref().map(|pause| format!("{} {}", pause.reason.word(), pause.detail));
    let verified = row.verified.as_ref().map(|verified| verified.text.clone());
    format!("{} {}", row.name, pause.or(verified).unwrap_or_default()).trim().to_owned()
}

/// Whether the kind can prove a credential without telling anybody anything.
fn can_verify(row: &Channel) -> bool {
    let account = Account {
        id: row.id,
        name: row.name.clone(),
        kind: row.kind.clone(),
        settings: row.settings.clone(),
        secrets: std::collections::BTreeMap::new(),
    };
    // A field that is missing here is one that the sender will have.
    catalog::kind(&row.kind).is_some_and(|kind| !matches!(kind.verify(&account), Ok(None)))
}

fn say(desk: &mut Desk, level: Level, says: Says) {
    desk.say(level, Saying::Channels(says));
}

impl Screen for Channels {
    fn focus(&self) -> Focus {
        match &self.mode {
            Mode::Sheet(sheet) if sheet.is_typing() => Focus::Line,
            Mode::Sheet(_) => Focus::Fields,
            Mode::Detail | Mode::Kinds(_) => Focus::List,
        }
    }

    fn enter(&mut self, target: Option<Target>, desk: &mut Desk) {
        if let Some(Target::Channel(id)) = target {
            self.table.select(id);
            if self.sheet().is_none_or(|sheet| sheet.changed() == 0) {
                self.mode = Mode::Detail;
            }
        }
        Self::ask_list(desk);
    }

    fn act(&mut self, action: Action, desk: &mut Desk) -> Done {
        match action {
            Action::Verify => self.verify(desk),
            Action::TestToMe => self.order(ChannelsAsk::Test, desk),
            Action::Pause => self.order(ChannelsAsk::Pause, desk),
            Action::Resume => self.order(ChannelsAsk::Resume, desk),
            _ => match &mut self.mode {
                Mode::Detail => return self.act_in_list(action, desk),
                Mode::Kinds(at) => {
                    let at = *at;
                    return self.act_in_kinds(at, action);
                }
                Mode::Sheet(sheet) => match sheet.act(action) {
                    SheetTurn::Done => {}
                    SheetTurn::Pressed(button) => self.press(button, desk),
                    SheetTurn::NotMine if matches!(action, Action::Escape | Action::Back) => {
                        self.leave_sheet(desk);
                    }
                    SheetTurn::NotMine => return Done::No,
                },
            },
        }
        Done::Yes
    }

    fn text(&mut self, typed: Typed, _desk: &mut Desk) {
        if let Mode::Sheet(sheet) = &mut self.mode {
            sheet.text(&typed);
        }
    }

    fn chosen(&mut self, chosen: Chosen, desk: &mut Desk) {
        let Chosen::Button(what) = chosen else { return };
        match what {
            "save" => self.save(desk),
            "theirs" => {
                let Mode::Sheet(sheet) = &mut self.mode else { return };
                let theirs = sheet.theirs.take().and_then(|theirs| Sheet::edit(&theirs));
                self.mode = theirs.map_or(Mode::Detail, |sheet| Mode::Sheet(Box::new(sheet)));
                Self::ask_list(desk);
            }
            _ => self.mode = Mode::Detail,
        }
    }

    fn reply(&mut self, slot: &'static str, reply: Reply, desk: &mut Desk) {
        match reply {
            Reply::Channels(told) => self.told(told, desk),
            Reply::Failed(trouble) if slot == "rows" => self.table.fail(trouble),
            Reply::Failed(trouble) => {
                if let Mode::Sheet(sheet) = &mut self.mode {
                    sheet.saving = false;
                }
                desk.say(Level::Error, Saying::Failed(trouble));
            }
            // Another section's.
            _ => {}
        }
    }

    fn changed(&mut self, desk: &mut Desk) {
        Self::ask_list(desk);
        if let Some(awaited) = self.awaited {
            desk.ask("outcome", Request::Channels(ChannelsAsk::Outcome(awaited.broadcast)));
        }
    }

    fn available(&self, action: Action, _desk: &Desk) -> Availability {
        let on = |on: bool, why: Why| if on { Availability::On } else { Availability::Off(why) };
        let sheet = self.sheet();
        match action {
            Action::Save => on(sheet.is_some(), Why::NotHere),
            Action::Edit | Action::Open if sheet.is_some() => Availability::On,
            Action::Open if matches!(self.mode, Mode::Kinds(_)) => Availability::On,
            Action::Add => on(sheet.is_none(), Why::Unsaved),
            Action::Filter | Action::FilterClear | Action::FilterPick | Action::FilterSave => {
                Availability::Off(Why::NotHere)
            }
            Action::Mark | Action::MarkAll | Action::MarkRange | Action::ClearMarks => {
                Availability::Off(Why::NotHere)
            }
            _ if is_about_list(action) => Availability::Off(Why::NotHere),
            Action::Verify | Action::TestToMe | Action::Resume | Action::Pause
                if sheet.is_some_and(|sheet| sheet.of.is_none() || sheet.changed() > 0) =>
            {
                Availability::Off(Why::Unsaved)
            }
            _ => match self.subject() {
                None => Availability::Off(Why::NothingSelected),
                Some(row) => match action {
                    Action::Pause => on(row.state == ChannelState::Active, Why::WrongState),
                    Action::Resume => on(row.state == ChannelState::Paused, Why::WrongState),
                    Action::Verify | Action::TestToMe => Availability::On,
                    Action::Open | Action::Edit | Action::Remove => Availability::On,
                    Action::GoHistory | Action::CopyId | Action::CopyError => {
                        on(sheet.is_none(), Why::NotHere)
                    }
                    _ => Availability::Off(Why::NotHere),
                },
            },
        }
    }
}
