//! Section 6: what failed, grouped by class, broadcast or channel, down to single deliveries; replay,
//! settling of unknowns, retiring of addresses.
//!
//! The list is one of two tables, of groups or of deliveries, and the filter holds for both. Opening a
//! group narrows it; nothing is copied. A replay always goes through its review.

pub mod classes;
pub mod path;

use std::time::Duration;

use path::{Level, Path};

use crate::app::available::is_about_list;
use crate::app::available::{Availability, Why};
use crate::app::desk::Desk;
use crate::app::effect::{Effect, Owner};
use crate::app::notice::Level as Grade;
use crate::app::overlay::confirm::Confirm;
use crate::app::overlay::gate::Gate;
use crate::app::overlay::replay::{GRAVE, Replay};
use crate::app::overlay::viewers::Viewer;
use crate::app::overlay::{Overlay, Then};
use crate::app::request::history::{By, GroupRow, HistoryAsk, HistoryTold, Meant, Narrow};
use crate::app::request::{Reply, Request};
use crate::app::rows::{Page, Total};
use crate::app::saying::Saying;
use crate::app::saying::history::HistorySaying as Says;
use crate::app::screen::{Chosen, Done, Focus, Screen, Typed};
use crate::app::screens::outbox::FILTER_AFTER;
use crate::app::section::{Section, Target};
use crate::app::table::marks::Marks;
use crate::app::table::{TableState, Turn};
use crate::domain::delivery::{Counts, DeliveryState};
use crate::domain::filter::{Filter, Scope, Test};
use crate::domain::id::{BroadcastId, DeliveryId};
use crate::input::action::Action;
use crate::store::history::{DeliveryDetail, DeliveryRow};
use crate::store::replay::Settled;

/// What the list shows before anybody asked for something else.
pub const LATELY: &str = "since:24h";

/// How often groups are counted again while something goes out.
const RECOUNT_AFTER: Duration = Duration::from_millis(500);

/// The section History.
#[derive(Debug, Clone)]
pub struct History {
    /// Groups of failures.
    pub groups: TableState<GroupRow>,
    /// Single deliveries.
    pub deliveries: TableState<DeliveryRow>,
    /// Between them.
    pub path: Path,
    /// The first deliveries of a group.
    pub samples: Option<(Narrow, Vec<DeliveryRow>)>,
    /// A delivery with its attempts.
    pub detail: Option<DeliveryDetail>,
    /// The books of one broadcast, when the list shows all of its deliveries.
    pub counts: Option<Counts>,
    /// On a small screen: the detail over the whole body.
    pub opened: bool,
    /// The filter that came with a jump, while it holds: Esc leads back instead of clearing it.
    jumped: String,
    /// The last opened group is opened further if it holds only one.
    descending: bool,
    recount: bool,
}

/// What going back came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Went {
    /// One level up.
    Back,
    /// Out of the section, to where the jump came from.
    Out,
    /// This is the outermost list.
    Nowhere,
}

impl Default for History {
    fn default() -> Self {
        let mut history = Self {
            groups: TableState::default(),
            deliveries: TableState::default(),
            path: Path::default(),
            samples: None,
            detail: None,
            counts: None,
            opened: false,
            jumped: String::new(),
            descending: false,
            recount: false,
        };
        history.groups.filter.apply(LATELY);
        history.deliveries.filter.apply(LATELY);
        history
    }
}

impl History {
    /// The filter that holds.
    pub fn filter(&self) -> &crate::app::table::filter::Filter {
        match self.path.level() {
            Level::Groups(_) => &self.groups.filter,
            Level::Deliveries => &self.deliveries.filter,
        }
    }

    /// The selected group, while groups are shown.
    pub fn group(&self) -> Option<&GroupRow> {
        matches!(self.path.level(), Level::Groups(_)).then(|| self.groups.selected()).flatten()
    }

    /// The selected delivery, while deliveries are shown.
    pub fn delivery(&self) -> Option<&DeliveryRow> {
        (self.path.level() == Level::Deliveries).then(|| self.deliveries.selected()).flatten()
    }

    /// The samples of the selected group, once they have come.
    pub fn current_samples(&self) -> &[DeliveryRow] {
        let wanted = self.group().map(|row| row.id);
        match &self.samples {
            Some((id, rows)) if Some(*id) == wanted => rows,
            _ => &[],
        }
    }

    /// The attempts of the selected delivery, once they have come.
    pub fn current_detail(&self) -> Option<&DeliveryDetail> {
        let id = self.delivery()?.id;
        self.detail.as_ref().filter(|detail| detail.row.id == id)
    }

    /// The one broadcast whose deliveries are all shown, if that is so.
    pub fn whole_broadcast(&self) -> Option<BroadcastId> {
        let filter = Filter::parse(self.filter().applied(), Scope::Deliveries).ok()?;
        match &filter.terms[..] {
            [term] if !term.negated => match &term.test {
                Test::Broadcast(ids) if ids.len() == 1 && self.path.flat => ids.first().copied(),
                _ => None,
            },
            _ => None,
        }
    }

    /// What actions are about: marks, else the selected row; never everything by accident.
    pub fn meant(&self) -> Option<Meant> {
        let filter = self.filter().applied().to_owned();
        let narrow = self.path.narrow();
        if let Some(row) = self.group() {
            return Some(Meant { filter, narrow: narrow.and(row.id), ..Meant::default() });
        }
        match &self.deliveries.marks {
            Marks::All { filter, except } => {
                let except = except.iter().copied().collect();
                Some(Meant { filter: filter.clone(), narrow, except, ..Meant::default() })
            }
            Marks::Some { ids, .. } if !ids.is_empty() => {
                // Marks hold whatever the filter says now.
                Some(Meant { ids: ids.iter().copied().collect(), ..Meant::default() })
            }
            Marks::Some { .. } => {
                let ids = vec![self.delivery()?.id];
                Some(Meant { ids, ..Meant::default() })
            }
        }
    }

    fn ask_rows(&mut self, desk: &mut Desk) {
        let narrow = self.path.narrow();
        match self.path.level() {
            Level::Groups(by) => {
                if let Some(ask) = self.groups.take_wanted(desk.now) {
                    let ask = HistoryAsk::Groups { by, filter: ask.filter, narrow };
                    desk.ask("groups", Request::History(ask));
                }
            }
            Level::Deliveries => {
                if let Some(ask) = self.deliveries.take_wanted(desk.now) {
                    desk.ask("rows", Request::History(HistoryAsk::Deliveries(ask, narrow)));
                }
                if let Some(id) = self.whole_broadcast() {
                    let meant = Meant { filter: format!("broadcast:{id}"), ..Meant::default() };
                    desk.ask("counts", Request::History(HistoryAsk::Counts(meant)));
                }
            }
        }
    }

    /// The detail of the selection, unless it is here already.
    fn ask_detail(&self, desk: &mut Desk) {
        if let Some(row) = self.group() {
            if self.samples.as_ref().is_none_or(|(id, _)| *id != row.id) {
                self.ask_samples(desk);
            }
        } else if let Some(row) = self.delivery()
            && self.detail.as_ref().is_none_or(|detail| detail.row.id != row.id)
        {
            desk.ask("detail", Request::History(HistoryAsk::Delivery(row.id)));
        }
    }

    fn refresh(&mut self, desk: &mut Desk) {
        match self.path.level() {
            Level::Groups(_) => self.groups.refresh(),
            Level::Deliveries => self.deliveries.refresh(),
        }
        self.ask_rows(desk);
        // What stands beside the list stays until its newer form has come.
        self.ask_samples(desk);
        if let Some(row) = self.delivery() {
            desk.ask("detail", Request::History(HistoryAsk::Delivery(row.id)));
        }
    }

    fn ask_samples(&self, desk: &mut Desk) {
        if let Some(row) = self.group() {
            let filter = self.filter().applied().to_owned();
            let meant = Meant { filter, narrow: row.id, ..Meant::default() };
            desk.ask("samples", Request::History(HistoryAsk::Samples(meant)));
        }
    }

    /// Another list: its rows are asked for anew, under the same filter.
    fn go_to(&mut self, path: Path, select: Option<Narrow>, desk: &mut Desk) {
        let filter = self.filter().applied().to_owned();
        self.path = path;
        self.opened = false;
        self.open_list(&filter, select, desk);
    }

    fn open_list(&mut self, filter: &str, select: Option<Narrow>, desk: &mut Desk) {
        self.groups = TableState::default();
        self.deliveries = TableState::default();
        self.groups.filter.apply(filter);
        self.deliveries.filter.apply(filter);
        self.counts = None;
        if let Some(id) = select {
            self.groups.select(id);
        }
        self.refresh(desk);
    }

    fn turn(&mut self, turn: Turn, desk: &mut Desk) -> Done {
        match turn {
            Turn::NotMine => return Done::No,
            Turn::Done => {}
            Turn::Wants => {
                self.counts = None;
                self.ask_rows(desk);
            }
            Turn::FilterTyped => desk.after(FILTER_AFTER, "filter"),
        }
        self.ask_detail(desk);
        Done::Yes
    }

    /// The filter of the list that is shown.
    const fn filter_mut(&mut self, level: Level) -> &mut crate::app::table::filter::Filter {
        match level {
            Level::Groups(_) => &mut self.groups.filter,
            Level::Deliveries => &mut self.deliveries.filter,
        }
    }

    /// Whether what is typed as a filter can be read; if not, it turns red and the list is left alone.
    fn check_filter(&mut self) -> bool {
        let level = self.path.level();
        self.filter_mut(level).check(Scope::Deliveries)
    }

    fn open(&mut self, desk: &mut Desk) {
        if let Some(row) = self.group().cloned() {
            self.descending = true;
            let mut path = self.path.clone();
            path.push(row, false);
            self.go_to(path, None, desk);
        } else if self.opened || desk.pages.size.0 >= 100 {
            self.show_raw(desk);
        } else {
            self.opened = true;
        }
    }

    /// One level back.
    fn back(&mut self, desk: &mut Desk) -> Went {
        if self.opened {
            self.opened = false;
            return Went::Back;
        }
        let mut path = self.path.clone();
        if let Some(row) = path.pop() {
            self.go_to(path, Some(row.id), desk);
            return Went::Back;
        }
        if self.jumped.is_empty() {
            return Went::Nowhere;
        }
        // What was looked at from elsewhere is not what the section opens with next time.
        *self = Self::default();
        Went::Out
    }

    fn act_in_list(&mut self, action: Action, desk: &mut Desk) -> Done {
        let (height, level) = (desk.pages.list, self.path.level());
        let ends = matches!(action, Action::TakeLine | Action::EndTyping | Action::Down | Action::Next);
        if self.filter().typing && ends && !self.check_filter() {
            self.filter_mut(level).typing = action != Action::EndTyping;
            return Done::Yes;
        }
        let turn = match level {
            Level::Groups(_) => self.groups.act(action, height),
            Level::Deliveries => self.deliveries.act(action, height),
        };
        if turn == Turn::Wants && self.filter().applied() != self.jumped {
            self.jumped.clear();
        }
        self.turn(turn, desk)
    }

    fn show_raw(&self, desk: &mut Desk) {
        if let Some(detail) = self.current_detail() {
            let title = Saying::History(Says::Raw(detail.row.id));
            desk.open(Overlay::Viewer(Viewer::new(title, as_json(detail))));
        }
    }

    fn ask_about_meant(&self, ask: impl FnOnce(Meant) -> HistoryAsk, desk: &mut Desk) {
        if let Some(meant) = self.meant() {
            desk.ask("meant", Request::History(ask(meant)));
        }
    }

    /// Marks that the filter hides are acted on only if somebody says so.
    fn replay(&self, desk: &mut Desk) {
        let hidden = match self.path.level() {
            Level::Deliveries => self.deliveries.hidden_marks().unwrap_or(0),
            Level::Groups(_) => 0,
        };
        if hidden == 0 {
            self.ask_about_meant(HistoryAsk::Review, desk);
            return;
        }
        let all = self.deliveries.marks.count(0);
        let question = Saying::History(Says::AskHidden(hidden, all));
        let confirm = Confirm::new(
            question,
            Saying::VisibleOnly(all - hidden),
            Then::Chosen(Chosen::Button("visible")),
        )
        .or(Saying::AllMarked(all), Then::Chosen(Chosen::Button("all")));
        desk.open(Overlay::Confirm(confirm));
    }

    fn settle(&self, desk: &mut Desk) {
        let Some(meant) = self.meant() else { return };
        let count = self.unknowns();
        let order = |how| {
            let settle = HistoryAsk::Settle { meant: meant.clone(), how };
            Then::Order(Owner::Screen(Section::History), Request::History(settle))
        };
        let confirm = Confirm::new(
            Saying::History(Says::AskSettle(count)),
            Saying::History(Says::Arrived(count)),
            order(Settled::Accepted),
        )
        .or(Saying::History(Says::NotArrived(count)), order(Settled::NotAccepted))
        .line(Saying::History(Says::SettleSends));
        desk.open(Overlay::Confirm(confirm));
    }

    /// How many unknown ones the selection or the marks hold, as far as the list shows.
    fn unknowns(&self) -> i64 {
        if let Some(row) = self.group() {
            return row.unknown;
        }
        let unknown = |row: &&DeliveryRow| row.state == DeliveryState::Unknown;
        if self.deliveries.marks.is_empty() {
            return self.delivery().filter(unknown).map_or(0, |_| 1);
        }
        let marked = self.deliveries.rows().filter(|row| self.deliveries.marks.holds(row.id));
        marked.filter(unknown).count() as i64
    }

    fn ask_retire(&self, meant: Meant, count: i64, desk: &mut Desk) {
        if count == 0 {
            say(desk, Grade::Info, Says::NothingToRetire);
            return;
        }
        let order = Then::Order(Owner::Screen(Section::History), Request::History(HistoryAsk::Retire(meant)));
        let question = Saying::History(Says::AskRetire);
        let label = Saying::History(Says::Retire(count));
        let line = Saying::History(Says::RetireKeeps(count));
        desk.open(if count >= GRAVE {
            Overlay::Gate(Gate::new(question, count, label, order).line(line))
        } else {
            Overlay::Confirm(Confirm::new(question, label, order).line(line))
        });
    }

    fn go(&self, action: Action, desk: &mut Desk) -> Done {
        let delivery = self.delivery().or_else(|| self.current_samples().first());
        let narrow = self.meant().map(|meant| meant.narrow).unwrap_or_default();
        let target = match action {
            Action::GoSubscriber => delivery.and_then(|row| row.subscriber).map(Target::Subscriber),
            Action::GoChannel => {
                let of_row = delivery.and_then(|row| row.channel_id);
                narrow.channel.or(of_row).map(Target::Channel)
            }
            Action::GoBroadcast => {
                let of_row = delivery.map(|row| row.id.broadcast);
                narrow.broadcast.or(of_row).map(Target::Broadcast)
            }
            _ => None,
        };
        match target {
            Some(target) => {
                desk.go(target);
                Done::Yes
            }
            None => Done::No,
        }
    }

    fn copy(&self, action: Action, desk: &mut Desk) {
        let row = self.delivery().or_else(|| self.current_samples().first());
        let text = match (action, row) {
            (Action::CopyJson, Some(_)) if self.current_detail().is_some() => {
                self.current_detail().map(as_json).unwrap_or_default()
            }
            (Action::CopyId, Some(row)) => row.id.to_string(),
            (_, Some(row)) => error_line(row),
            (_, None) => return,
        };
        desk.effect(Effect::Copy(text));
        desk.say(Grade::Info, Saying::Copied);
    }

    fn told(&mut self, told: HistoryTold, desk: &mut Desk) {
        match told {
            HistoryTold::Groups(rows) => self.take_groups(rows, desk),
            HistoryTold::Deliveries(page) => {
                self.deliveries.take(page, desk.now);
                self.ask_detail(desk);
            }
            HistoryTold::Unknown(mistake) => match self.path.level() {
                Level::Groups(_) => self.groups.refuse_filter(mistake, desk.now),
                Level::Deliveries => self.deliveries.refuse_filter(mistake, desk.now),
            },
            HistoryTold::Samples(id, rows) => self.samples = Some((id, rows)),
            HistoryTold::Delivery(detail) => self.detail = Some(*detail),
            HistoryTold::Counts(counts) => {
                let total = Total { count: counts.audience(), exact: true };
                self.deliveries.total = Some(total);
                self.counts = Some(counts);
            }
            HistoryTold::Review { meant, review, paused } => {
                if review.to_send + review.unknown == 0 {
                    say(desk, Grade::Info, Says::NothingToReplay);
                } else {
                    desk.open(Overlay::Replay(Replay::new(meant, review, paused)));
                }
            }
            HistoryTold::Replayed(count) => self.done(Says::Replayed(count), desk),
            HistoryTold::GateClosed { meant, to_send } => {
                say(desk, Grade::Warning, Says::NumberChanged(to_send));
                desk.ask("meant", Request::History(HistoryAsk::Review(meant)));
            }
            HistoryTold::Settled(count) => self.done(Says::Settled(count), desk),
            HistoryTold::Gone(meant, count) => self.ask_retire(meant, count, desk),
            HistoryTold::Retired(count) => self.done(Says::Retired(count), desk),
            HistoryTold::People(_, true) => say(desk, Grade::Warning, Says::TooManyPeople),
            HistoryTold::People(people, false) => {
                let ids: Vec<String> = people.iter().map(ToString::to_string).collect();
                desk.go(Target::ComposeTo(format!("id:{}", ids.join(","))));
            }
        }
    }

    fn take_groups(&mut self, rows: Vec<GroupRow>, desk: &mut Desk) {
        if let [only] = &rows[..]
            && std::mem::take(&mut self.descending)
            && !self.path.steps().is_empty()
        {
            let mut path = self.path.clone();
            path.push(only.clone(), true);
            self.go_to(path, None, desk);
            return;
        }
        self.descending = false;
        let total = Some(Total { count: rows.len() as i64, exact: true });
        self.groups.take(Page { rows, prev: None, next: None, total }, desk.now);
        self.ask_detail(desk);
    }

    /// An order was carried out: what it was about is no longer marked.
    fn done(&mut self, says: Says, desk: &mut Desk) {
        self.deliveries.marks.clear();
        say(desk, Grade::Info, says);
        self.refresh(desk);
    }
}

/// One line that says what happened to a delivery, for a ticket or a chat.
fn error_line(row: &DeliveryRow) -> String {
    let class = row.class.map_or("", crate::domain::delivery::Class::word);
    let parts = [
        row.id.to_string(),
        row.state.word().to_owned(),
        row.channel.clone(),
        class.to_owned(),
        row.provider_code.clone(),
        row.provider_text.clone(),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn as_json(detail: &DeliveryDetail) -> String {
    // A record of texts and numbers always has a JSON form.
    serde_json::to_string_pretty(detail).unwrap_or_default()
}

fn say(desk: &mut Desk, level: Grade, says: Says) {
    desk.say(level, Saying::History(says));
}

/// Whether a jump's filter asks for trouble only, so that groups say more than single rows.
fn asks_for_trouble(filter: &str) -> bool {
    let trouble = |state: &DeliveryState| matches!(state, DeliveryState::Rejected | DeliveryState::Unknown);
    Filter::parse(filter, Scope::Deliveries).is_ok_and(|filter| {
        filter.terms.iter().any(|term| match &term.test {
            Test::DeliveryState(states) => !term.negated && states.iter().all(trouble),
            _ => false,
        })
    })
}

impl Screen for History {
    fn focus(&self) -> Focus {
        match () {
            () if self.filter().typing => Focus::Line,
            () if self.opened => Focus::Pane,
            () => Focus::List,
        }
    }

    fn enter(&mut self, target: Option<Target>, desk: &mut Desk) {
        if let Some(Target::Attempts(filter)) = target {
            self.path = if asks_for_trouble(&filter) { Path::default() } else { Path::flat() };
            self.opened = false;
            self.open_list(&filter, None, desk);
            self.jumped = filter;
        } else {
            self.refresh(desk);
        }
    }

    fn act(&mut self, action: Action, desk: &mut Desk) -> Done {
        match action {
            Action::Open => self.open(desk),
            Action::Escape | Action::Back if !self.filter().typing => match self.back(desk) {
                Went::Back => {}
                Went::Out => return Done::No,
                Went::Nowhere => return self.act_in_list(action, desk),
            },
            Action::Replay => self.replay(desk),
            Action::Settle => self.settle(desk),
            Action::MarkDead => self.ask_about_meant(HistoryAsk::Gone, desk),
            Action::OtherChannel => self.ask_about_meant(HistoryAsk::People, desk),
            Action::GroupClass => self.go_to(Path::grouped(By::Class), None, desk),
            Action::GroupBroadcast => self.go_to(Path::grouped(By::Broadcast), None, desk),
            Action::GroupChannel => self.go_to(Path::grouped(By::Channel), None, desk),
            Action::GroupPerson => self.go_to(Path::flat(), None, desk),
            Action::GoSubscriber | Action::GoChannel | Action::GoBroadcast => return self.go(action, desk),
            Action::CopyError | Action::CopyLine | Action::CopyId | Action::CopyJson => {
                self.copy(action, desk);
            }
            _ => return self.act_in_list(action, desk),
        }
        Done::Yes
    }

    fn text(&mut self, typed: Typed, desk: &mut Desk) {
        let turn = match self.path.level() {
            Level::Groups(_) => self.groups.text(&typed),
            Level::Deliveries => self.deliveries.text(&typed),
        };
        // Nothing else here takes text.
        let _ = self.turn(turn, desk);
    }

    fn chosen(&mut self, chosen: Chosen, desk: &mut Desk) {
        let Chosen::Button(what) = chosen else { return };
        let Some(mut meant) = self.meant() else { return };
        if what == "visible" {
            let shown: Vec<DeliveryId> = self.deliveries.rows().map(|row| row.id).collect();
            meant.ids.retain(|id| shown.contains(id));
        }
        desk.ask("meant", Request::History(HistoryAsk::Review(meant)));
    }

    fn reply(&mut self, slot: &'static str, reply: Reply, desk: &mut Desk) {
        match reply {
            Reply::History(told) => self.told(told, desk),
            Reply::Failed(trouble) if slot == "groups" => self.groups.fail(trouble),
            Reply::Failed(trouble) if slot == "rows" => self.deliveries.fail(trouble),
            Reply::Failed(trouble) => desk.say(Grade::Error, Saying::Failed(trouble)),
            // Another section's.
            _ => {}
        }
    }

    fn changed(&mut self, desk: &mut Desk) {
        // While something goes out the store changes all the time; groups are counted twice a second.
        if !self.recount {
            self.recount = true;
            desk.after(RECOUNT_AFTER, "recount");
        }
    }

    fn due(&mut self, timer: &'static str, desk: &mut Desk) {
        match timer {
            "filter" if !self.filter().typing || !self.check_filter() => {}
            "filter" => {
                let turn = match self.path.level() {
                    Level::Groups(_) => self.groups.apply_filter(),
                    Level::Deliveries => self.deliveries.apply_filter(),
                };
                // A filter is the table's own.
                let _ = self.turn(turn, desk);
            }
            _ => {
                self.recount = false;
                self.refresh(desk);
            }
        }
    }

    fn available(&self, action: Action, _desk: &Desk) -> Availability {
        let on = |on: bool, why: Why| if on { Availability::On } else { Availability::Off(why) };
        let groups = matches!(self.path.level(), Level::Groups(_));
        match action {
            Action::GroupClass | Action::GroupBroadcast | Action::GroupChannel | Action::GroupPerson => {
                return Availability::On;
            }
            Action::Mark | Action::MarkRange | Action::MarkAll if groups => {
                return Availability::Off(Why::NotHere);
            }
            Action::OrderName | Action::OrderTime | Action::OrderState | Action::OrderReverse => {
                return Availability::Off(Why::NotYet);
            }
            Action::Invite => return Availability::Off(Why::NotYet),
            _ if is_about_list(action) => return Availability::On,
            _ => {}
        }
        if self.group().is_none() && self.delivery().is_none() {
            return Availability::Off(Why::NothingSelected);
        }
        match action {
            Action::Replay => on(self.group().is_none_or(classes::is_worth_replaying), Why::NeverWorks),
            Action::Settle => on(self.unknowns() > 0, Why::NothingUnknown),
            Action::MarkDead => on(self.group().is_none_or(classes::has_gone), Why::NoBadRecipient),
            Action::Open
            | Action::OtherChannel
            | Action::GoSubscriber
            | Action::GoChannel
            | Action::GoBroadcast
            | Action::CopyError
            | Action::CopyLine
            | Action::CopyId
            | Action::CopyJson => Availability::On,
            _ => Availability::Off(Why::NotHere),
        }
    }
}
