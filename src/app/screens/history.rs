//! Section 6: what failed, grouped by class, broadcast or channel, down to single deliveries; replay,
//! settling of unknowns, retiring of addresses.
//!
//! The list is one of two tables, of groups or of deliveries, and the filter holds for both. Opening a
//! group narrows it; nothing is copied. A replay always goes through its review.

pub mod classes;
mod orders;
pub mod path;
mod told;
mod walk;

use std::time::Duration;

use orders::{Weighing, Wish};
use path::{Level, Path};

use crate::app::available::is_about_list;
use crate::app::available::{Availability, Why};
use crate::app::desk::Desk;
use crate::app::notice::Level as Grade;
use crate::app::request::Reply;
use crate::app::request::errands::{Became, ErrandTold};
use crate::app::request::history::{By, GroupRow, Meant, Narrow};
use crate::app::saying::Saying;
use crate::app::saying::desk::DeskSaying;
use crate::app::screen::{Done, Focus, Screen, Typed};
use crate::app::section::Target;
use crate::app::table::TableState;
use crate::app::table::filter;
use crate::app::table::marks::Marks;
use crate::domain::delivery::{Counts, DeliveryState};
use crate::domain::filter::{Filter, Scope, Test};
use crate::domain::id::{BroadcastId, DeliveryId};
use crate::domain::time::Millis;
use crate::input::action::Action;
use crate::store::history::{DeliveryDetail, DeliveryRow};

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
    /// What a provider said last of a delivery, and when. It is in no books: the provider may say another thing tomorrow.
    pub told_of: Option<(DeliveryId, Millis, Became)>,
    /// On a small screen: the detail over the whole body.
    pub opened: bool,
    /// The filter that came with a jump, while it holds: Esc leads back instead of clearing it.
    jumped: String,
    /// The last opened group is opened further if it holds only one.
    descending: bool,
    recount: bool,
    weighing: Weighing,
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
            told_of: None,
            opened: false,
            jumped: String::new(),
            descending: false,
            recount: false,
            weighing: Weighing::Nothing,
        };
        history.groups.filter.apply(LATELY);
        history.deliveries.filter.apply(LATELY);
        history
    }
}

impl History {
    /// The filter that holds.
    pub fn filter(&self) -> &filter::Filter {
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
            Marks::All { filter, except, .. } => {
                let except = except.iter().copied().collect();
                Some(Meant { filter: filter.clone(), narrow, except, ..Meant::default() })
            }
            Marks::Some { ids } if !ids.is_empty() => {
                // Marks hold whatever the filter says now.
                Some(Meant { ids: ids.iter().copied().collect(), ..Meant::default() })
            }
            Marks::Some { .. } => {
                let ids = vec![self.delivery()?.id];
                Some(Meant { ids, ..Meant::default() })
            }
        }
    }
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

/// Whether a filter names states that no group of failures holds.
fn asks_for_others(filter: &str) -> bool {
    use DeliveryState as S;
    let in_groups = |state: &S| matches!(state, S::Rejected | S::Unknown);
    Filter::parse(filter, Scope::Deliveries).is_ok_and(|filter| {
        filter.terms.iter().any(|term| match &term.test {
            Test::DeliveryState(states) => !term.negated && !states.iter().all(in_groups),
            _ => false,
        })
    })
}

impl Screen for History {
    fn focus(&self) -> Focus {
        match () {
            () if self.filter().typing => Focus::Filter,
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
        // Whoever does something else no longer waits for what was wished.
        self.weighing = Weighing::Nothing;
        match action {
            Action::Open => self.open(desk),
            Action::Escape | Action::Back if !self.filter().typing => match self.back(desk) {
                Went::Back => {}
                Went::Out => return Done::No,
                Went::Nowhere if action == Action::Escape => return self.escape_filter(desk),
                Went::Nowhere => return self.act_in_list(action, desk),
            },
            Action::Replay => self.wish(Wish::Replay, desk),
            Action::Settle => self.wish(Wish::Settle, desk),
            Action::AskProvider => self.ask_provider(desk),
            Action::MarkDead => self.wish(Wish::Retire, desk),
            Action::Rewrite => self.wish(Wish::Rewrite, desk),
            Action::OtherChannel => self.wish(Wish::Another, desk),
            Action::GroupClass => self.go_to(Path::grouped(By::Class), None, desk),
            Action::GroupBroadcast => self.go_to(Path::grouped(By::Broadcast), None, desk),
            Action::GroupChannel => self.go_to(Path::grouped(By::Channel), None, desk),
            Action::GroupPerson => self.go_to(Path::grouped(By::Person), None, desk),
            Action::GroupNone => self.go_to(Path::flat(), None, desk),
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

    fn chosen(&mut self, what: &'static str, desk: &mut Desk) {
        self.chosen_marks(what == "visible", desk);
    }

    fn reply(&mut self, slot: &'static str, reply: Reply, desk: &mut Desk) {
        match reply {
            Reply::History(told) => self.told(told, desk),
            Reply::Errand(ErrandTold::Became(id, became)) => {
                self.told_of = Some((id, desk.now, became.clone()));
                desk.notices.take_back(|said| matches!(said, Saying::Desk(DeskSaying::Asking(_))));
                desk.say(Grade::Info, Saying::Desk(DeskSaying::Became(id, became)));
            }
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
            Action::GroupClass
            | Action::GroupBroadcast
            | Action::GroupChannel
            | Action::GroupPerson
            | Action::GroupNone => {
                let now = match (self.path.flat, self.path.by) {
                    (true, _) => Action::GroupNone,
                    (false, By::Class) => Action::GroupClass,
                    (false, By::Broadcast) => Action::GroupBroadcast,
                    (false, By::Channel) => Action::GroupChannel,
                    (false, By::Person) => Action::GroupPerson,
                };
                return on(action != now || !self.path.steps().is_empty(), Why::ShownAlready);
            }
            Action::Mark | Action::MarkRange | Action::MarkAll if groups => {
                return Availability::Off(Why::Grouped);
            }
            Action::Mark if !self.deliveries.may_mark() => return Availability::Off(Why::OtherMarks),
            _ if is_about_list(action) => return Availability::On,
            _ => {}
        }
        if self.group().is_none() && self.delivery().is_none() {
            return Availability::Off(Why::NothingSelected);
        }
        match action {
            Action::Replay => self.may_replay(),
            Action::Settle => on(self.may_settle(), Why::NothingUnknown),
            Action::AskProvider => on(self.asked_about().is_some(), Why::NothingToAskWith),
            Action::MarkDead => on(self.may_have_gone(), Why::NoBadRecipient),
            Action::Open
            | Action::OtherChannel
            | Action::Rewrite
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
