//! Section 5: every channel with its health; a form for settings and credential; verify, test, pause,
//! resume, remove.
//!
//! Verifications and tests go to the sender as broadcasts of one delivery. The screen waits for what
//! became of them by the store's change messages, never by a clock.

mod acts;
mod desk;
mod saving;
pub mod sheet;
pub mod sync;
mod told;

pub use acts::can_verify;
use sheet::{Sheet, SheetTurn};
use sync::SyncPage;

use crate::app::available::is_about_list;
use crate::app::available::{Availability, Why};
use crate::app::desk::Desk;
use crate::app::notice::Level;
use crate::app::request::channels::{ChannelsAsk, Trial, Trouble};
use crate::app::request::{Reply, Request};
use crate::app::saying::Saying;
use crate::app::screen::{Done, Focus, Picked, Screen, Typed};
use crate::app::section::Target;
use crate::app::table::TableState;
use crate::domain::channel::ChannelState;
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
    /// The channel beside its provider's list.
    Sync(Box<SyncPage>),
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
    /// The channel for which a code to follow by is wanted, and the topics to choose from.
    inviting: Option<(ChannelId, Vec<String>)>,
}

impl Channels {
    /// The form, if one is open.
    pub const fn sheet(&self) -> Option<&Sheet> {
        match &self.mode {
            Mode::Sheet(sheet) => Some(sheet),
            Mode::Detail | Mode::Kinds(_) | Mode::Sync(_) => None,
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
            Mode::Detail | Mode::Kinds(_) | Mode::Sync(_) => self.table.selected(),
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
}

impl Screen for Channels {
    fn focus(&self) -> Focus {
        match &self.mode {
            Mode::Sheet(sheet) if sheet.is_typing() => sheet.form.focus_kind(false),
            Mode::Sheet(_) | Mode::Sync(_) => Focus::Fields,
            Mode::Detail | Mode::Kinds(_) => Focus::List,
        }
    }

    fn enter(&mut self, target: Option<Target>, desk: &mut Desk) {
        if let Some(Target::Channel(id)) = &target {
            let id = *id;
            self.table.select(id);
            if self.sheet().is_none_or(|sheet| sheet.changed() == 0) {
                self.mode = Mode::Detail;
            }
        }
        if target == Some(Target::NewChannel) && self.sheet().is_none() {
            self.mode = Mode::Kinds(0);
        }
        Self::ask_list(desk);
    }

    fn act(&mut self, action: Action, desk: &mut Desk) -> Done {
        match action {
            Action::Verify => self.verify(desk),
            Action::TestToMe => self.order(ChannelsAsk::Test, desk),
            Action::Pause => self.order(ChannelsAsk::Pause, desk),
            Action::Resume => self.order(ChannelsAsk::Resume, desk),
            Action::Sync => self.begin_sync(desk),
            Action::Invite => self.invite(desk),
            _ => match &mut self.mode {
                Mode::Detail => return self.act_in_list(action, desk),
                Mode::Kinds(at) => {
                    let at = *at;
                    return self.act_in_kinds(at, action);
                }
                Mode::Sync(page) => {
                    let (done, open) = page.act(action, desk);
                    if !open {
                        self.mode = Mode::Detail;
                    }
                    return done;
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

    fn chosen(&mut self, what: &'static str, desk: &mut Desk) {
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
            Reply::Errand(told) => self.errand_told(told, desk),
            Reply::Failed(trouble) if self.errand_failed(slot, &trouble, desk) => {}
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

    fn picked(&mut self, picked: Picked, desk: &mut Desk) {
        self.picked_topic(&picked, desk);
    }

    fn due(&mut self, timer: &'static str, desk: &mut Desk) {
        if timer == desk::SCAN {
            Self::look_who_came(desk);
        }
    }

    fn changed(&mut self, desk: &mut Desk) {
        Self::ask_list(desk);
        if let Some(awaited) = self.awaited {
            desk.ask("outcome", Request::Channels(ChannelsAsk::Outcome(awaited.broadcast)));
        }
    }

    fn available(&self, action: Action, _: &Desk) -> Availability {
        let on = |on: bool, why: Why| if on { Availability::On } else { Availability::Off(why) };
        let sheet = self.sheet();
        match action {
            Action::Save => on(sheet.is_some() || matches!(self.mode, Mode::Sync(_)), Why::NotHere),
            Action::Edit | Action::Open if sheet.is_some() => Availability::On,
            Action::Open if matches!(self.mode, Mode::Kinds(_)) => Availability::On,
            Action::Edit if matches!(self.mode, Mode::Sync(_)) => Availability::On,
            Action::Add => on(sheet.is_none(), Why::Unsaved),
            Action::Filter | Action::FilterClear => Availability::Off(Why::NotHere),
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
                    Action::Pause => on(row.state == ChannelState::Active, Why::NotSending),
                    Action::Resume => on(row.state == ChannelState::Paused, Why::NotStanding),
                    Action::Verify | Action::TestToMe => Availability::On,
                    Action::Sync => {
                        on(sheet.is_none() && desk::offers(row, |desk| desk.has_roster()), Why::NotOffered)
                    }
                    Action::Invite => {
                        on(sheet.is_none() && desk::offers(row, |desk| desk.has_qr()), Why::NotOffered)
                    }
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
