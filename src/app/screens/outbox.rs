//! Section 1: every broadcast and what it is doing; pause, resume, stop the rest, recall.
//!
//! The worked example for the other screens: a list in keyset pages, the detail of the selection asked
//! for by slot, orders with their notices, one dialog.

mod take_back;

use super::listed::Listed;
use crate::app::available::{Availability, Why, is_about_list};
use crate::app::desk::Desk;
use crate::app::effect::Owner;
use crate::app::notice::Level;
use crate::app::overlay::confirm::Confirm;
use crate::app::overlay::gate::Gate;
use crate::app::overlay::replay::GRAVE;
use crate::app::overlay::{Overlay, Then};
use crate::app::request::compose::{ComposeAsk, ComposeTold};
use crate::app::request::{Deed, Reply, Request, ScheduleAct};
use crate::app::rows::{BroadcastDetail, BroadcastRow, Lane, PageAsk};
use crate::app::saying::Saying;
use crate::app::screen::{Done, Focus, Screen, Typed};
use crate::app::section::{Section, Target};
use crate::app::table::TableState;
use crate::domain::broadcast::{BroadcastState, PauseReason};
use crate::domain::delivery::DeliveryState;
use crate::domain::filter::Scope;
use crate::domain::id::{BroadcastId, RecurringId};
use crate::input::action::Action;

/// The Outbox.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    /// The broadcasts.
    pub table: TableState<BroadcastRow>,
    /// The selected one with its lanes, once it has come; may be the last one's for a moment.
    pub detail: Option<BroadcastDetail>,
    /// On a small screen: the detail over the whole body.
    pub opened: bool,
    /// The first line of the opened detail on the screen.
    pub top: usize,
}

/// What a broadcast is called: by its title, or by its id where it has none.
fn named(row: &BroadcastRow) -> String {
    if row.title.trim().is_empty() { row.id.to_string() } else { row.title.clone() }
}

impl Outbox {
    /// The detail, if it is of the selected row.
    pub fn current_detail(&self) -> Option<&BroadcastDetail> {
        let id = self.table.selected()?.id;
        self.detail.as_ref().filter(|detail| detail.row.id == id)
    }

    fn open(&mut self, desk: &mut Desk) {
        let Some(row) = self.table.selected() else { return };
        if row.state == BroadcastState::Draft {
            desk.go(Target::Draft(row.id));
        } else {
            (self.opened, self.top) = (true, 0);
        }
    }

    /// Whether the action scrolls the opened detail; what lies under it stays where it is.
    fn scrolls(&mut self, action: Action, desk: &Desk) -> bool {
        if !self.opened {
            return false;
        }
        let last = desk.pages.lines.saturating_sub(desk.pages.detail);
        let page = desk.pages.detail.max(2) - 1;
        let top = self.top.min(last);
        self.top = match action {
            Action::Up => top.saturating_sub(1),
            Action::Down => top + 1,
            Action::PageUp => top.saturating_sub(page),
            Action::PageDown => top + page,
            Action::HalfUp => top.saturating_sub(page / 2),
            Action::HalfDown => top + page / 2,
            Action::First => 0,
            Action::Last => last,
            _ => return false,
        }
        .min(last);
        true
    }

    /// The schedule of the selected row, if it has one.
    fn repeats(&self) -> Option<RecurringId> {
        Some(self.table.selected()?.repeats.as_ref()?.id)
    }

    fn ask_unschedule(&self, id: RecurringId, desk: &mut Desk) {
        let title = self.table.selected().map(|row| row.title.clone()).unwrap_or_default();
        let request = Request::Schedule(id, ScheduleAct::Remove);
        let order = Then::Order(Owner::Screen(Section::Outbox), request);
        desk.open(Overlay::Confirm(Confirm::new(Saying::AskUnschedule(title), Saying::Unschedule, order)));
    }

    fn ask_stop(&self, desk: &mut Desk) {
        let Some(row) = self.table.selected() else { return };
        let in_flight = row.counts.of(DeliveryState::Sending);
        let left = row.counts.open() - in_flight;
        let order = Then::Order(Owner::Screen(Section::Outbox), Request::Stop(row.id));
        let question = Saying::AskStopRest { title: named(row), left };
        let mut confirm = Confirm::new(question, Saying::StopRestOf(left), order);
        let kept = row.counts.delivered();
        if kept > 0 {
            confirm = confirm.line(Saying::StopKeepsAccepted(kept));
        }
        if in_flight > 0 {
            confirm = confirm.line(Saying::InFlightFinishes(in_flight));
        }
        desk.open(Overlay::Confirm(confirm));
    }

    /// `r`: goes on with what stands still; of what has ended in trouble it leads to the replay.
    fn resume(&self, desk: &mut Desk) {
        let Some(row) = self.table.selected() else { return };
        if row.state == BroadcastState::Partial {
            desk.go(Target::Attempts(format!("broadcast:{} status:failed,unknown", row.id)));
        } else if row.paused == Some(PauseReason::Stage) {
            // The first stage was for looking at: what follows goes to everybody else.
            let left = row.counts.open();
            let order = Then::Order(Owner::Screen(Section::Outbox), Request::Resume(row.id));
            let question = Saying::AskRest { title: named(row), left };
            let label = Saying::SendTo(left);
            desk.open(if left >= GRAVE {
                Overlay::Gate(Gate::new(question, left, label, order))
            } else {
                Overlay::Confirm(Confirm::new(question, label, order))
            });
        } else {
            desk.order(Request::Resume(row.id));
        }
    }

    fn order(&self, desk: &mut Desk, order: impl FnOnce(BroadcastId) -> Request) {
        if let Some(row) = self.table.selected() {
            desk.order(order(row.id));
        }
    }

    fn done(&self, deed: &Deed, desk: &mut Desk) {
        let title = |id: BroadcastId| {
            let row = self.table.rows().find(|row| row.id == id);
            row.map(|row| row.title.clone())
                .filter(|title| !title.is_empty())
                .unwrap_or_else(|| id.to_string())
        };
        let saying = match *deed {
            Deed::Reported(ref path) => Saying::ReportWritten(path.clone()),
            Deed::Paused { id, in_flight } => Saying::Paused { title: title(id), in_flight },
            Deed::Resumed { id } => Saying::Resumed { title: title(id) },
            Deed::Stopped { id, cancelled } => Saying::Stopped { title: title(id), cancelled },
            Deed::Recalled { id } => Saying::Recalled { title: title(id) },
            Deed::Schedule(act) => Saying::ScheduleDone(act),
            Deed::Halted { in_flight } => Saying::Halted(in_flight),
            Deed::Unhalted => Saying::Unhalted,
        };
        desk.say(Level::Info, saying);
    }
}

impl Listed for Outbox {
    type Row = BroadcastRow;

    const SCOPE: Scope = Scope::Broadcasts;

    fn table(&mut self) -> &mut TableState<BroadcastRow> {
        &mut self.table
    }

    fn ask_page(&self, page: PageAsk, desk: &mut Desk) {
        desk.ask("rows", Request::Broadcasts(page));
    }

    fn shows(&self, id: BroadcastId) -> bool {
        self.detail.as_ref().is_some_and(|detail| detail.row.id == id)
    }

    fn ask_one(&self, id: BroadcastId, desk: &mut Desk) {
        desk.ask("detail", Request::Broadcast(id));
    }
}

impl Screen for Outbox {
    fn focus(&self) -> Focus {
        match () {
            () if self.table.filter.typing => Focus::Filter,
            () if self.opened => Focus::Pane,
            () => Focus::List,
        }
    }

    fn enter(&mut self, target: Option<Target>, desk: &mut Desk) {
        if let Some(Target::Broadcast(id)) = target {
            self.table.select(id);
        }
        self.refresh(desk);
    }

    fn act(&mut self, action: Action, desk: &mut Desk) -> Done {
        if self.table.filter.typing {
            return self.act_in_filter(action, desk);
        }
        match action {
            Action::Open => self.open(desk),
            Action::ReviewSend => {
                if let Some(row) = self.table.selected() {
                    desk.go(Target::Review(row.id));
                }
            }
            Action::Escape | Action::Back if self.opened => self.opened = false,
            _ if self.scrolls(action, desk) => {}
            Action::Pause => match self.repeats() {
                Some(id) => desk.order(Request::Schedule(id, ScheduleAct::Pause)),
                None => self.order(desk, Request::Pause),
            },
            Action::Resume => match self.repeats() {
                Some(id) => desk.order(Request::Schedule(id, ScheduleAct::Resume)),
                None => self.resume(desk),
            },
            Action::Recall => match self.table.selected().map(|row| row.state) {
                Some(BroadcastState::Held | BroadcastState::Scheduled) => self.order(desk, Request::Recall),
                // `u` is also the key that takes any last step back.
                _ => return Done::No,
            },
            Action::StopRest => match self.repeats() {
                Some(id) => self.ask_unschedule(id, desk),
                None => self.ask_stop(desk),
            },
            Action::TakeBack => self.ask_take_back(desk),
            Action::NewVersion => self.order(desk, |id| Request::Compose(ComposeAsk::NewVersion(id))),
            Action::Report => {
                let language = desk.settings.language.clone();
                self.order(desk, |id| Request::Report(id, language));
            }
            Action::ComposeTo => {
                let same = self.table.selected().map(|row| row.audience.clone());
                desk.go(Target::ComposeTo(same.unwrap_or_default()));
            }
            Action::GoHistory => match self.table.selected() {
                Some(row) => desk.go(Target::Attempts(format!("broadcast:{}", row.id))),
                None => return Done::No,
            },
            Action::CopyId => {
                if let Some(row) = self.table.selected() {
                    desk.copy(row.id.to_string());
                }
            }
            _ => {
                let turn = self.table.act(action, desk.pages.list);
                return self.turn(turn, desk);
            }
        }
        Done::Yes
    }

    fn text(&mut self, typed: Typed, desk: &mut Desk) {
        let turn = self.table.text(&typed);
        // Whether it was the table's makes no difference: nothing else here takes text.
        let _ = self.turn(turn, desk);
    }

    fn reply(&mut self, slot: &'static str, reply: Reply, desk: &mut Desk) {
        match reply {
            Reply::Broadcasts(page) => {
                self.table.take(page, desk.now);
                self.ask_detail(desk);
            }
            Reply::Broadcast(detail) => {
                self.detail = detail.map(|detail| *detail);
                if let Some(detail) = &self.detail {
                    self.table.update(detail.row.clone());
                }
            }
            Reply::Done(deed) => {
                self.done(&deed, desk);
                self.refresh(desk);
            }
            Reply::Errand(told) => self.errand_told(told, desk),
            Reply::Compose(ComposeTold::Begun(id)) => desk.go(Target::Draft(id)),
            Reply::Failed(trouble) if slot == "rows" => self.table.fail(trouble),
            Reply::Failed(trouble) => desk.say(Level::Error, Saying::Failed(trouble)),
            // Answers to other sections' questions never come here: a slot belongs to its asker.
            _ => {}
        }
    }

    fn changed(&mut self, desk: &mut Desk) {
        self.refresh(desk);
    }

    fn due(&mut self, timer: &'static str, desk: &mut Desk) {
        if timer == "filter" {
            self.apply_typed(desk);
        }
    }

    fn available(&self, action: Action, desk: &Desk) -> Availability {
        use BroadcastState as S;
        if matches!(action, Action::Mark | Action::MarkRange | Action::MarkAll | Action::ClearMarks) {
            // Every action here is about the one under the cursor.
            return Availability::Off(Why::NotHere);
        }
        if action == Action::ComposeTo || is_about_list(action) {
            return Availability::On;
        }
        let Some(row) = self.table.selected() else {
            return Availability::Off(Why::NothingSelected);
        };
        let repeats = row.repeats.as_ref();
        let stands = repeats.is_some_and(|repeats| repeats.paused.is_some());
        let is_draft = row.state == S::Draft;
        let detail = self.detail.as_ref().filter(|detail| detail.row.id == row.id);
        let waits = detail.is_some_and(|detail| {
            detail.lanes.iter().any(|lane| lane.paused.is_some() && lane.counts.open() > 0)
        });
        let (on, why) = match action {
            Action::Pause if repeats.is_some() => (!stands, Why::NotSending),
            Action::Resume if repeats.is_some() => (stands, Why::NotStanding),
            Action::StopRest if repeats.is_some() => (true, Why::Ended),
            Action::StopRest if is_draft => (false, Why::DraftInCompose),
            Action::Recall if is_draft && desk.undo_step().is_none() => (false, Why::IsDraft),
            Action::Pause | Action::Resume | Action::Report if is_draft => (false, Why::IsDraft),
            Action::Pause => (row.state == S::Sending, Why::NotSending),
            Action::Resume if row.state == S::Sending && waits => (false, Why::WaitsForChannel),
            Action::Resume => (matches!(row.state, S::Paused | S::Partial) || row.orphaned, Why::NotStanding),
            Action::StopRest => {
                (matches!(row.state, S::Sending | S::Paused | S::Held | S::Scheduled), Why::Ended)
            }
            Action::Recall => {
                (matches!(row.state, S::Held | S::Scheduled) || desk.undo_step().is_some(), Why::PastUndo)
            }
            Action::ReviewSend => (is_draft, Why::NotDraft),
            Action::TakeBack
                if self.current_detail().is_some_and(|detail| !take_back::takes_back(&detail.lanes)) =>
            {
                (false, Why::NoneTakesBack)
            }
            Action::TakeBack => (row.counts.delivered() > 0, Why::NothingToTakeBack),
            Action::NewVersion if row.counts.open() > 0 => (false, Why::StillGoesOut),
            Action::NewVersion => (row.counts.delivered() > 0, Why::NothingToTakeBack),
            Action::Report | Action::Open | Action::CopyId | Action::GoHistory => (true, Why::NothingToDo),
            _ => return Availability::Off(Why::NotHere),
        };
        let stands = |detail: &BroadcastDetail| detail.lanes.iter().any(Lane::holds_up_stage);
        if action == Action::Resume && row.state == S::Sending && self.current_detail().is_some_and(stands) {
            return Availability::Off(Why::StageStands);
        }
        if on { Availability::On } else { Availability::Off(why) }
    }
}
