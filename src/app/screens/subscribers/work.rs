//! Changing people: whom marks mean, which gate stands before it, step after step, and the way back.
//!
//! A wish goes: whom (marks are weighed, hidden ones asked about), with what (a topic, a tag), the gate that
//! its number calls for, then steps. Any other key in between drops it: a popup never opens for a wish
//! that the operator has left.

use crate::app::desk::Desk;
use crate::app::effect::Owner;
use crate::app::notice::Level;
use crate::app::overlay::confirm::Confirm;
use crate::app::overlay::gate::Gate;
use crate::app::overlay::pick::{Beyond, Choice, Pick};
use crate::app::overlay::{Overlay, Then};
use crate::app::request::Request;
use crate::app::request::subscribers::{
    Change, Job, Marked, Meant, Place, Stepped, SubscribersAsk as Ask, Whom, both,
};
use crate::app::saying::Saying;
use crate::app::saying::lists::ListsSaying as Says;
use crate::app::screen::Picked;
use crate::app::section::{Section, Target};
use crate::domain::id::{SubscriberId, TopicId};
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::subscriber::SubscriberState;
use crate::store::page::PersonRow;
use crate::store::subscribers::states::Stood;

/// From so many people on, the number must be typed.
pub const GRAVE: i64 = 50;
/// So many people can be written into a filter.
const NAMED: usize = 500;

/// What is wished for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// A state.
    State(SubscriberState),
    /// Removal.
    Remove,
    /// A topic more, still to be chosen.
    Join,
    /// A topic less, still to be chosen.
    Leave,
    /// A tag more, still to be chosen.
    Tag,
    /// A tag less, still to be chosen.
    Untag,
    /// A message, to these marks.
    Compose(Marked),
}

/// A wish on its way to becoming a job.
#[derive(Debug, Clone)]
pub struct Asking {
    wish: Wish,
    /// For whom, once that is settled.
    meant: Option<Meant>,
    /// All marked people and the visible ones, while that is asked.
    weighed: Option<(Meant, Meant)>,
    /// The name, if it is one person alone.
    name: Option<String>,
    /// Whether somebody who left at their own wish may be among them and would get messages again.
    readmits: bool,
    topics: Vec<(TopicId, String)>,
    tags: Vec<String>,
}

/// A job that is going on.
#[derive(Debug, Clone)]
pub struct Work {
    /// What is done.
    pub change: Change,
    /// How many were changed.
    pub done: i64,
    /// How many were to be.
    pub of: i64,
    /// The operator wants no further step.
    pub halting: bool,
    ids: Vec<SubscriberId>,
    before: Vec<Stood>,
    stay_out: i64,
}

/// What the screen remembers about changing people.
#[derive(Debug, Clone, Default)]
pub struct Works {
    /// A job that is going on.
    pub work: Option<Work>,
    asking: Option<Asking>,
    /// How many an undo has put back so far.
    undone: i64,
}

fn ask(desk: &mut Desk, ask: Ask) {
    desk.ask("choices", Request::Subscribers(ask));
}

fn say(desk: &mut Desk, level: Level, says: Says) {
    desk.say(level, Saying::Lists(says));
}

impl Works {
    /// The operator did something else: what was about to be asked is not asked any more.
    pub fn forget(&mut self) {
        self.asking = None;
    }

    /// Begins with a wish for one person.
    pub fn for_one(&mut self, wish: Wish, row: &PersonRow, desk: &mut Desk) {
        if self.is_busy(desk) {
            return;
        }
        let mut asking = Asking::new(wish);
        asking.name = Some(scrub(&row.name, Cap::List).into_owned());
        asking.readmits &= row.state == SubscriberState::Unsubscribed;
        asking.meant = Some(Meant { whom: Whom::one(row.id), count: 1 });
        self.proceed(asking, desk);
    }

    /// Begins with a wish for marked people: the store says how many they are.
    pub fn for_marked(&mut self, wish: Wish, marked: Marked, desk: &mut Desk) {
        if self.is_busy(desk) {
            return;
        }
        self.asking = Some(Asking::new(wish));
        desk.ask("weigh", Request::Subscribers(Ask::Weigh(marked)));
    }

    /// The store said how many marked people there are.
    pub fn weighed(&mut self, all: Meant, visible: Option<Meant>, desk: &mut Desk) {
        let Some(mut asking) = self.asking.take() else { return };
        let Some(visible) = visible else {
            asking.meant = Some(all);
            return self.proceed(asking, desk);
        };
        let (seen, marked) = (visible.count, all.count);
        let question = Saying::Lists(Says::AskHidden { hidden: marked - seen, marked });
        let (marked, all_of_them) = (Saying::AllMarked(marked), Then::Choose("all"));
        let confirm = if seen > 0 {
            Confirm::new(question, Saying::VisibleOnly(seen), Then::Choose("visible")).or(marked, all_of_them)
        } else {
            Confirm::new(question, marked, all_of_them)
        };
        asking.weighed = Some((all, visible));
        self.asking = Some(asking);
        desk.open(Overlay::Confirm(confirm));
    }

    /// Hidden marks are meant too, or not.
    pub fn chosen(&mut self, what: &'static str, desk: &mut Desk) {
        let Some(mut asking) = self.asking.take() else { return };
        let Some((all, visible)) = asking.weighed.take() else { return };
        let only_visible = what == "visible";
        if only_visible && let Wish::Compose(Marked::Matching { filter, shown, .. }) = &mut asking.wish {
            *filter = both(filter, shown);
        }
        asking.meant = Some(if only_visible { visible } else { all });
        self.proceed(asking, desk);
    }

    /// The topics to choose from are here.
    pub fn topics(&mut self, topics: Vec<(TopicId, String, i64)>, desk: &mut Desk) {
        let Some(asking) = &mut self.asking else { return };
        let count = asking.meant.as_ref().map_or(0, |meant| meant.count);
        let (title, beyond) = if asking.wish == Wish::Join {
            (Says::PickJoin(count), Beyond::Typed)
        } else {
            (Says::PickLeave(count), Beyond::Nothing)
        };
        let choices = topics.iter().map(|(_, name, people)| choice(name, *people)).collect();
        asking.topics = topics.into_iter().map(|(id, name, _)| (id, name)).collect();
        desk.open(Overlay::Pick(Pick::new(Saying::Lists(title), choices, beyond)));
    }

    /// A topic that was typed is there now.
    pub fn topic_made(&mut self, id: TopicId, name: String, desk: &mut Desk) {
        let Some(asking) = self.asking.take() else { return };
        if let Some(meant) = asking.meant {
            decide(Change::Join(id, name), meant, asking.name, false, desk);
        }
    }

    /// The tags to choose from are here.
    pub fn tags(&mut self, tags: Vec<(String, i64)>, desk: &mut Desk) {
        let Some(asking) = &mut self.asking else { return };
        let count = asking.meant.as_ref().map_or(0, |meant| meant.count);
        let (title, beyond) = if asking.wish == Wish::Tag {
            (Says::PickTag(count), Beyond::Typed)
        } else {
            (Says::PickUntag(count), Beyond::Nothing)
        };
        let choices = tags.iter().map(|(name, people)| choice(name, *people)).collect();
        asking.tags = tags.into_iter().map(|(name, _)| name).collect();
        desk.open(Overlay::Pick(Pick::new(Saying::Lists(title), choices, beyond)));
    }

    /// A topic or a tag was picked.
    pub fn picked(&mut self, picked: Picked, desk: &mut Desk) {
        let Some(asking) = self.asking.take() else { return };
        if let (Wish::Join, Picked::Text(name)) = (&asking.wish, &picked) {
            ask(desk, Ask::NewTopic(name.clone()));
            self.asking = Some(asking);
            return;
        }
        let topic = |index: usize| asking.topics.get(index).cloned();
        let tag = |index: usize| asking.tags.get(index).cloned();
        let change = match (&asking.wish, picked) {
            (Wish::Join, Picked::Item(index)) => topic(index).map(|(id, name)| Change::Join(id, name)),
            (Wish::Leave, Picked::Item(index)) => topic(index).map(|(id, name)| Change::Leave(id, name)),
            (Wish::Tag, Picked::Item(index)) => tag(index).map(Change::Tag),
            (Wish::Tag, Picked::Text(typed)) => Some(Change::Tag(typed)),
            (Wish::Untag, Picked::Item(index)) => tag(index).map(Change::Untag),
            _ => None,
        };
        if let (Some(change), Some(meant)) = (change, asking.meant) {
            decide(change, meant, asking.name, false, desk);
        }
    }

    /// A step was taken: on to the next one, or to the end.
    pub fn stepped(&mut self, stepped: Stepped, desk: &mut Desk) {
        if stepped.undoes {
            return self.undo_stepped(stepped, desk);
        }
        let mut work = self.work.take().unwrap_or_else(|| Work::new(&stepped));
        work.done += stepped.ids.len() as i64;
        work.ids.extend(stepped.ids);
        work.before.extend(stepped.before);
        work.stay_out += stepped.stay_out;
        match stepped.rest {
            Some(rest) if !work.halting => {
                work.of = rest.count;
                desk.order(Request::Subscribers(Ask::Go(rest)));
                self.work = Some(work);
            }
            Some(_) => {
                say(desk, Level::Warning, Says::Halted(work.done));
                work.offer_undo(desk);
            }
            None if work.ids.is_empty() => say(desk, Level::Info, Says::Nothing),
            None => {
                say(desk, Level::Info, Says::Did(work.change.clone(), work.done - work.stay_out));
                if work.stay_out > 0 {
                    say(desk, Level::Warning, Says::StayOut(work.stay_out));
                }
                work.offer_undo(desk);
            }
        }
    }

    /// A step failed or was refused: what was done before it can be taken back.
    pub fn failed(&mut self, desk: &mut Desk) {
        if let Some(work) = self.work.take().filter(|work| !work.ids.is_empty()) {
            say(desk, Level::Warning, Says::Halted(work.done));
            work.offer_undo(desk);
        }
    }

    /// Takes no further step; false if nothing goes on.
    pub fn halt(&mut self) -> bool {
        self.work.as_mut().is_some_and(|work| !std::mem::replace(&mut work.halting, true))
    }

    fn undo_stepped(&mut self, stepped: Stepped, desk: &mut Desk) {
        self.undone += stepped.ids.len() as i64;
        match stepped.rest {
            Some(rest) => desk.order(Request::Subscribers(Ask::Go(rest))),
            None => say(desk, Level::Info, Says::Undid(stepped.change, std::mem::take(&mut self.undone))),
        }
    }

    fn is_busy(&self, desk: &mut Desk) -> bool {
        if self.work.is_some() {
            say(desk, Level::Warning, Says::Busy);
        }
        self.work.is_some()
    }

    fn proceed(&mut self, asking: Asking, desk: &mut Desk) {
        let Some(meant) = asking.meant.clone() else { return };
        if meant.count == 0 {
            return say(desk, Level::Info, Says::Nothing);
        }
        match &asking.wish {
            Wish::State(state) => {
                decide(Change::State(*state), meant, asking.name, asking.readmits, desk);
            }
            Wish::Remove => decide(Change::Remove, meant, asking.name, false, desk),
            Wish::Compose(marked) => compose(&meant, marked, desk),
            Wish::Join | Wish::Leave => {
                self.asking = Some(asking);
                ask(desk, Ask::Topics);
            }
            Wish::Tag | Wish::Untag => {
                self.asking = Some(asking);
                ask(desk, Ask::Tags);
            }
        }
    }
}

impl Asking {
    const fn new(wish: Wish) -> Self {
        let readmits = matches!(wish, Wish::State(SubscriberState::Active));
        Self { wish, meant: None, weighed: None, name: None, readmits, topics: Vec::new(), tags: Vec::new() }
    }
}

impl Work {
    fn new(stepped: &Stepped) -> Self {
        Self {
            change: stepped.change.clone(),
            done: 0,
            of: 0,
            halting: false,
            ids: Vec::new(),
            before: Vec::new(),
            stay_out: 0,
        }
    }

    /// What takes it back, for those whom it changed.
    fn offer_undo(self, desk: &mut Desk) {
        let back = match self.change {
            Change::State(_) => Change::States(self.before.into()),
            Change::Remove => Change::Restore,
            Change::Join(id, name) => Change::Leave(id, name),
            Change::Leave(id, name) => Change::Join(id, name),
            Change::Tag(tag) => Change::Untag(tag),
            Change::Untag(tag) => Change::Tag(tag),
            Change::States(_) | Change::Restore => return,
        };
        let count = self.ids.len() as i64;
        let whom = Whom::These(self.ids.into());
        let job = Job { change: back, whom, count, place: Place::Start, undoes: true };
        desk.offer_undo(Request::Subscribers(Ask::Go(job)));
    }
}

fn choice(name: &str, people: i64) -> Choice {
    Choice { name: scrub(name, Cap::List).into_owned(), count: Some(people) }
}

/// Orders a change, behind the gate that it calls for. `readmits`: somebody who left at their own wish may get messages
/// again by it.
pub fn decide(change: Change, meant: Meant, name: Option<String>, readmits: bool, desk: &mut Desk) {
    let count = meant.count;
    let job = Job { change: change.clone(), whom: meant.whom, count, place: Place::Start, undoes: false };
    let order = Request::Subscribers(Ask::Go(job));
    let leaves = matches!(change, Change::Remove | Change::State(SubscriberState::Unsubscribed));
    let then = Then::Order(Owner::Screen(Section::Subscribers), order.clone());
    let question = match (&change, name) {
        (Change::Remove, Some(name)) => Says::AskRemoveOne(name),
        _ => Says::AskChange(change.clone(), count),
    };
    let (question, label) = (Saying::Lists(question), Saying::Lists(Says::Change(change.clone(), count)));
    let keeps = if readmits {
        Some(Saying::Lists(Says::Readmits(count)))
    } else {
        (change == Change::Remove).then_some(Saying::Lists(Says::RemovalKeeps(count)))
    };
    if leaves && count >= GRAVE {
        let mut gate = Gate::new(question, count, label, then);
        gate.lines.extend(keeps);
        desk.open(Overlay::Gate(gate));
    } else if change == Change::Remove || readmits || count >= GRAVE {
        let mut confirm = Confirm::new(question, label, then);
        confirm.lines.extend(keeps);
        desk.open(Overlay::Confirm(confirm));
    } else {
        desk.order(order);
    }
}

/// Leads to Compose with these people as the audience, written as a filter.
fn compose(meant: &Meant, marked: &Marked, desk: &mut Desk) {
    let ids = |ids: &[SubscriberId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let (named, audience) = match (&meant.whom, marked) {
        (Whom::These(these), _) => (these.len(), format!("id:{}", ids(these))),
        (Whom::Matching { except, .. }, Marked::Matching { filter, .. }) => {
            let all = if filter.is_empty() { "status:active" } else { filter };
            let but = if except.is_empty() { String::new() } else { format!(" -id:{}", ids(except)) };
            (except.len(), format!("{all}{but}"))
        }
        (Whom::Matching { .. }, Marked::These { .. }) => return,
    };
    if named > NAMED {
        say(desk, Level::Warning, Says::TooManyToName(named as i64));
    } else {
        desk.go(Target::ComposeTo(audience));
    }
}
