//! Section 4: topics, the newest members and last broadcasts of the selected one; add, edit, members,
//! ids of lists on providers' sides, removal.

pub mod sheet;
mod told;

use sheet::TopicSheet;

use super::listed::Listed;
use super::subscribers::work;
use crate::app::available::is_about_list;
use crate::app::available::{Availability, Why};
use crate::app::desk::Desk;
use crate::app::effect::Owner;
use crate::app::form::line::Line;
use crate::app::form::sheet::SheetTurn;
use crate::app::notice::Level;
use crate::app::overlay::confirm::Confirm;
use crate::app::overlay::gate::Gate;
use crate::app::overlay::{Overlay, Then};
use crate::app::request::subscribers::{Change, Meant};
use crate::app::request::topics::{Shown, TopicsAsk as Ask};
use crate::app::request::{Reply, Request};
use crate::app::rows::PageAsk;
use crate::app::saying::Saying;
use crate::app::saying::lists::ListsSaying as Says;
use crate::app::screen::{Done, Focus, Screen, Typed};
use crate::app::section::{Section, Target};
use crate::app::table::TableState;
use crate::app::table::filter::Mistake;
use crate::domain::filter::{Filter, Scope, Term, Test};
use crate::domain::id::TopicId;
use crate::domain::safe_text::{Cap, scrub};
use crate::input::action::Action;
use crate::store::topics::Topic;

/// The filter of those who are to join a topic, while it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joining {
    /// The topic.
    pub topic: TopicId,
    /// Its name.
    pub name: String,
    /// The filter.
    pub line: Line,
    /// Why it cannot be used.
    pub mistake: Option<Mistake>,
}

/// The section.
#[derive(Debug, Clone, Default)]
pub struct Topics {
    /// The topics.
    pub table: TableState<Topic>,
    /// How many there are in all.
    pub all: Option<i64>,
    /// The selected one in full, once that has come; may be the last one's for a moment.
    pub detail: Option<Shown>,
    /// The detail has the focus, and on a small screen the whole body.
    pub opened: bool,
    /// The first line of the detail on the screen.
    pub top: usize,
    /// The form, while a topic is added or edited.
    pub sheet: Option<TopicSheet>,
    /// Who joins, while that is typed.
    pub joining: Option<Joining>,
}

fn ask(desk: &mut Desk, slot: &'static str, ask: Ask) {
    desk.ask(slot, Request::Topics(ask));
}

fn say(desk: &mut Desk, level: Level, says: Says) {
    desk.say(level, Saying::Lists(says));
}

/// The people of a topic as a filter.
pub fn of_topic(name: &str) -> String {
    Term { negated: false, test: Test::Topic(vec![name.to_owned()]) }.to_string()
}

impl Topics {
    /// The detail, if it is of the selected topic.
    pub fn current(&self) -> Option<&Shown> {
        let id = self.table.selected()?.id;
        self.detail.as_ref().filter(|detail| detail.topic.id == id)
    }

    fn act_in_list(&mut self, action: Action, desk: &mut Desk) -> Done {
        let Some(row) = self.table.selected().cloned() else {
            if action == Action::Add {
                ask(desk, "form", Ask::Form(None));
                return Done::Yes;
            }
            let turn = self.table.act(action, desk.pages.list);
            return self.turn(turn, desk);
        };
        let people = of_topic(&row.name);
        match action {
            Action::Open if self.opened => desk.go(Target::People(people)),
            Action::Open => self.opened = true,
            Action::GoSubscriber => desk.go(Target::People(people)),
            Action::Add => ask(desk, "form", Ask::Form(None)),
            Action::Edit => ask(desk, "form", Ask::Form(Some(row.id))),
            Action::Remove => remove(&row, desk),
            Action::AddToTopic => {
                let (topic, name) = (row.id, row.name.clone());
                self.joining = Some(Joining { topic, name, line: Line::default(), mistake: None });
            }
            // Whom to take out is chosen among the members, with marks.
            Action::TakeFromTopic => desk.go(Target::People(people)),
            Action::ComposeTo => desk.go(Target::ComposeTo(people)),
            Action::GoHistory => desk.go(Target::Attempts(people)),
            Action::CopyId => desk.copy(row.id.to_string()),
            Action::CopyLine => desk.copy(scrub(&row.name, Cap::List).into_owned()),
            Action::CopyJson => {
                if let Ok(json) = serde_json::to_string_pretty(&row) {
                    desk.copy(json);
                }
            }
            _ if self.opened => return self.act_in_detail(action, desk),
            _ => {
                let turn = self.table.act(action, desk.pages.list);
                return self.turn(turn, desk);
            }
        }
        Done::Yes
    }

    fn act_in_detail(&mut self, action: Action, desk: &Desk) -> Done {
        let page = desk.pages.detail.max(2) - 1;
        match action {
            Action::Escape | Action::Back | Action::Left => self.opened = false,
            Action::Up => self.top = self.top.saturating_sub(1),
            Action::Down => self.top += 1,
            Action::PageUp | Action::HalfUp => self.top = self.top.saturating_sub(page),
            Action::PageDown | Action::HalfDown => self.top += page,
            Action::First => self.top = 0,
            Action::Last => self.top = usize::MAX / 2,
            _ => return Done::No,
        }
        Done::Yes
    }

    fn act_in_sheet(&mut self, action: Action, desk: &mut Desk) -> Done {
        let Some(sheet) = &mut self.sheet else { return Done::No };
        match sheet.act(action) {
            SheetTurn::NotMine => return if is_of_list(action) { Done::Yes } else { Done::No },
            SheetTurn::Moved | SheetTurn::Changed => {}
            SheetTurn::Save => self.save(false, desk),
            SheetTurn::Cancel => {
                let changes = sheet.sheet.changes() as i64;
                if changes == 0 {
                    self.sheet = None;
                } else {
                    let question = Saying::Lists(Says::AskDiscard(changes));
                    let discard = Saying::Lists(Says::Discard);
                    desk.open(Overlay::Confirm(Confirm::new(question, discard, Then::Choose("discard"))));
                }
            }
        }
        Done::Yes
    }

    fn act_in_joining(&mut self, action: Action, desk: &mut Desk) -> Done {
        let Some(joining) = &mut self.joining else { return Done::No };
        match action {
            Action::EndTyping => self.joining = None,
            Action::TakeLine => {
                let typed = joining.line.text().trim().to_owned();
                match Filter::parse(&typed, Scope::People) {
                    // Everybody is rarely meant, and `*` in Subscribers says it plainly.
                    Ok(filter) if filter.is_everything() => {}
                    Ok(_) => ask(desk, "joining", Ask::Weigh(typed)),
                    Err(error) => joining.mistake = Some(Mistake::Grammar(error)),
                }
            }
            _ if joining.line.act(action) => joining.mistake = None,
            _ => return Done::No,
        }
        Done::Yes
    }

    fn save(&mut self, over: bool, desk: &mut Desk) {
        let Some(sheet) = &mut self.sheet else { return };
        if sheet.saving || desk.settings.readonly || !sheet.ready() {
            return;
        }
        sheet.saving = true;
        desk.order(Request::Topics(sheet.order(over)));
    }

    fn weighed(&mut self, meant: Meant, desk: &mut Desk) {
        let Some(joining) = self.joining.take() else { return };
        if meant.count == 0 {
            self.joining = Some(joining);
            return say(desk, Level::Info, Says::Nothing);
        }
        work::decide(Change::Join(joining.topic, joining.name), meant, None, false, desk);
    }
}

/// Asks before a topic goes: by its number of people from 50 on.
fn remove(row: &Topic, desk: &mut Desk) {
    let name = scrub(&row.name, Cap::List).into_owned();
    let question = Saying::Lists(Says::AskRemoveTopic { name: name.clone(), people: row.people });
    let label = Saying::Lists(Says::RemoveTopic(name));
    let stays = Saying::Lists(Says::TopicPeopleStay(row.people));
    let order = Request::Topics(Ask::Remove(row.id, row.people));
    let then = Then::Order(Owner::Screen(Section::Topics), order);
    desk.open(if row.people >= work::GRAVE {
        Overlay::Gate(Gate::new(question, row.people, label, then).line(stays))
    } else {
        Overlay::Confirm(Confirm::new(question, label, then).line(stays))
    });
}

/// Actions that are the list's, so that they do nothing while a form is open.
fn is_of_list(action: Action) -> bool {
    use crate::input::context::Context;
    action.entry().contexts.contains(&Context::Topics) || is_about_list(action)
}

impl Listed for Topics {
    type Row = Topic;

    const SCOPE: Scope = Scope::Topics;

    fn table(&mut self) -> &mut TableState<Topic> {
        &mut self.table
    }

    fn ask_page(&self, page: PageAsk, desk: &mut Desk) {
        let filter = page.filter.clone();
        ask(desk, "rows", Ask::Page(page));
        ask(desk, "count", Ask::Count(filter));
    }

    fn shows(&self, id: TopicId) -> bool {
        self.detail.as_ref().is_some_and(|detail| detail.topic.id == id)
    }

    fn ask_one(&self, id: TopicId, desk: &mut Desk) {
        ask(desk, "detail", Ask::Topic(id));
    }

    fn begin_detail(&mut self) {
        self.top = 0;
    }
}

impl Screen for Topics {
    fn focus(&self) -> Focus {
        match (&self.sheet, &self.joining) {
            (Some(sheet), _) => sheet.sheet.focus(),
            (None, Some(_)) => Focus::Ask,
            (None, None) if self.table.filter.typing => Focus::Filter,
            (None, None) if self.opened => Focus::Pane,
            (None, None) => Focus::List,
        }
    }

    fn enter(&mut self, target: Option<Target>, desk: &mut Desk) {
        if let Some(Target::Topic(id)) = target {
            self.opened = true;
            self.show(id, desk);
        } else {
            self.refresh(desk);
        }
    }

    fn act(&mut self, action: Action, desk: &mut Desk) -> Done {
        match (&self.sheet, &self.joining) {
            (Some(_), _) => self.act_in_sheet(action, desk),
            (None, Some(_)) => self.act_in_joining(action, desk),
            (None, None) if self.table.filter.typing => self.act_in_filter(action, desk),
            (None, None) => self.act_in_list(action, desk),
        }
    }

    fn text(&mut self, typed: Typed, desk: &mut Desk) {
        if let Some(sheet) = &mut self.sheet {
            sheet.text(&typed);
        } else if let Some(joining) = &mut self.joining {
            joining.mistake = None;
            match typed {
                Typed::Char(c) => joining.line.type_char(c),
                Typed::Paste(pasted) => joining.line.paste(&pasted),
            }
        } else {
            let turn = self.table.text(&typed);
            // Nothing else here takes text.
            let _ = self.turn(turn, desk);
        }
    }

    fn reply(&mut self, slot: &'static str, reply: Reply, desk: &mut Desk) {
        match reply {
            Reply::Topics(told) => self.told(slot, told, desk),
            Reply::Failed(trouble) if slot == "rows" => self.table.fail(trouble),
            // The rows say the same.
            Reply::Failed(_) if slot == "count" => {}
            Reply::Failed(trouble) => {
                if let Some(sheet) = &mut self.sheet {
                    sheet.saving = false;
                }
                desk.say(Level::Error, Saying::Failed(trouble));
            }
            _ => {}
        }
    }

    fn chosen(&mut self, what: &'static str, desk: &mut Desk) {
        match what {
            "discard" => self.sheet = None,
            "mine" => self.save(true, desk),
            "theirs" => {
                let theirs = self.sheet.take().and_then(|sheet| Some((sheet.theirs?, sheet.ways)));
                self.sheet = theirs.map(|(topic, ways)| TopicSheet::new(Some(topic), ways));
            }
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

    fn available(&self, action: Action, _desk: &Desk) -> Availability {
        if self.sheet.is_some() || self.joining.is_some() {
            let on = matches!(action, Action::Save | Action::Edit);
            return if on { Availability::On } else { Availability::Off(Why::NotHere) };
        }
        match action {
            Action::Mark | Action::MarkRange | Action::MarkAll | Action::ClearMarks => {
                return Availability::Off(Why::NotHere);
            }
            Action::Add => return Availability::On,
            Action::Save => return Availability::Off(Why::NotHere),
            _ if is_about_list(action) => return Availability::On,
            _ => {}
        }
        if self.table.selected().is_none() {
            return Availability::Off(Why::NothingSelected);
        }
        let known = matches!(
            action,
            Action::Open
                | Action::GoSubscriber
                | Action::GoHistory
                | Action::CopyId
                | Action::CopyLine
                | Action::CopyJson
        );
        if known || is_of_list(action) { Availability::On } else { Availability::Off(Why::NotHere) }
    }
}
