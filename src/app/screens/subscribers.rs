//! Section 3: people, with marks and filter; the person under the cursor in full; add, edit, states,
//! topics, tags, removal, import.
//!
//! The form (`sheet`) and the import (`import`) take the whole body while they are open; changing people
//! step by step is `work`.

mod editing;
mod follow;
pub mod import;
pub mod sheet;
mod told;
pub mod work;

use import::ImportPage;
use sheet::PersonSheet;
use work::{Wish, Works};

use super::listed::Listed;
use crate::app::available::{Availability, Why, is_about_list};
use crate::app::desk::Desk;
use crate::app::notice::Level;
use crate::app::request::errands::ErrandTold;
use crate::app::request::subscribers::{Known, Marked, SubscribersAsk as Ask};
use crate::app::request::{Reply, Request};
use crate::app::rows::PageAsk;
use crate::app::saying::Saying;
use crate::app::saying::desk::DeskSaying;
use crate::app::saying::lists::ListsSaying as Says;
use crate::app::screen::{Done, Focus, Picked, Screen, Typed};
use crate::app::section::Target;
use crate::app::table::TableState;
use crate::app::table::marks::Marks;
use crate::domain::filter::Scope;
use crate::domain::id::SubscriberId;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::subscriber::SubscriberState;
use crate::input::action::Action;
use crate::store::addresses::Address;
use crate::store::page::PersonRow;

/// The section.
#[derive(Debug, Clone, Default)]
pub struct Subscribers {
    /// The people.
    pub table: TableState<PersonRow>,
    /// How many there are in all.
    pub all: Option<i64>,
    /// The selected one in full, once that has come; may be the last one's for a moment.
    pub detail: Option<Known>,
    /// The detail has the focus, and on a small screen the whole body.
    pub opened: bool,
    /// The first line of the detail on the screen.
    pub top: usize,
    /// The form, while somebody is added or edited.
    pub sheet: Option<PersonSheet>,
    /// The import, while its page is open.
    pub import: Option<ImportPage>,
    /// Changes to people.
    pub works: Works,
    /// The filter with which another section led here: with it Esc leads back there.
    lent: Option<String>,
    /// Whose follow is about to be changed, while it is asked which one.
    picking: Option<(String, Vec<Address>)>,
}

fn ask(desk: &mut Desk, slot: &'static str, ask: Ask) {
    desk.ask(slot, Request::Subscribers(ask));
}

fn say(desk: &mut Desk, level: Level, says: Says) {
    desk.say(level, Saying::Lists(says));
}

fn say_of_desk(desk: &mut Desk, level: Level, says: DeskSaying) {
    desk.say(level, Saying::Desk(says));
}

impl Subscribers {
    /// The detail, if it is of the selected person.
    pub fn current(&self) -> Option<&Known> {
        let id = self.table.selected()?.id;
        self.detail.as_ref().filter(|detail| detail.person.id == id)
    }

    /// Marks as the store can weigh them; nothing if nobody is marked.
    fn marked(&self) -> Option<Marked> {
        if self.table.marks.is_empty() {
            return None;
        }
        Some(match &self.table.marks {
            Marks::Some { ids } => Marked::These {
                ids: ids.iter().copied().collect(),
                filter: self.table.filter.applied().to_owned(),
            },
            Marks::All { filter, except, .. } => Marked::Matching {
                filter: filter.clone(),
                except: except.iter().copied().collect(),
                shown: self.table.filter.applied().to_owned(),
            },
        })
    }

    /// Does `wish` to the marked people, else to the one under the cursor.
    fn wish(&mut self, wish: Wish, desk: &mut Desk) {
        if let Some(marked) = self.marked() {
            self.works.for_marked(wish, marked, desk);
        } else {
            let Some(row) = self.table.selected() else { return };
            self.works.for_one(wish, row, desk);
        }
    }

    /// Into `state`, or back to active for those who are in it: the row under the cursor decides.
    fn toggle_state(&mut self, state: SubscriberState, desk: &mut Desk) {
        let Some(row) = self.table.selected() else { return };
        let to = if row.state == state { SubscriberState::Active } else { state };
        self.wish(Wish::State(to), desk);
    }

    /// Asks which rows a query of marks holds here, if that is not plain.
    fn ask_held(&self, desk: &mut Desk) {
        if let Some(held) = self.table.held_ask() {
            ask(desk, "held", Ask::Held(held));
        }
    }

    fn compose(&mut self, desk: &mut Desk) {
        if let Some(marked) = self.marked() {
            self.works.for_marked(Wish::Compose(marked.clone()), marked, desk);
        } else {
            let Some(row) = self.table.selected() else { return };
            desk.go(Target::ComposeTo(format!("id:{}", row.id)));
        }
    }

    fn act_in_list(&mut self, action: Action, desk: &mut Desk) -> Done {
        match action {
            Action::Open => self.opened = true,
            Action::Escape if self.works.work.is_some() => {
                // Stopping is said when the step that is on its way has ended.
                self.works.halt();
            }
            Action::Add => ask(desk, "form", Ask::Form(None)),
            Action::Edit => self.of_selected(|row| ask(desk, "form", Ask::Form(Some(row.id)))),
            Action::Import => self.open_import(),
            Action::Block => self.toggle_state(SubscriberState::Blocked, desk),
            Action::AtProvider => self.ask_follow(desk),
            Action::Mute => self.toggle_state(SubscriberState::Muted, desk),
            Action::Unsubscribe => self.toggle_state(SubscriberState::Unsubscribed, desk),
            Action::Remove => self.wish(Wish::Remove, desk),
            Action::AddToTopic => self.wish(Wish::Join, desk),
            Action::TakeFromTopic => self.wish(Wish::Leave, desk),
            Action::Tag => self.wish(Wish::Tag, desk),
            Action::Untag => self.wish(Wish::Untag, desk),
            Action::ComposeTo => self.compose(desk),
            Action::ThisIsMe => self.of_selected(|row| desk.order(Request::Subscribers(Ask::SetMe(row.id)))),
            Action::GoHistory => {
                self.of_selected(|row| desk.go(Target::Attempts(format!("id:{}", row.id))));
            }
            Action::CopyId => self.of_selected(|row| desk.copy(row.id.to_string())),
            Action::CopyLine => self.of_selected(|row| desk.copy(scrub(&row.name, Cap::List).into_owned())),
            Action::CopyJson => {
                if let Some(json) =
                    self.current().and_then(|known| serde_json::to_string_pretty(&known.person).ok())
                {
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

    fn open_import(&mut self) {
        self.import.get_or_insert_default();
    }

    fn of_selected(&self, what: impl FnOnce(&PersonRow)) {
        if let Some(row) = self.table.selected() {
            what(row);
        }
    }
}

/// Actions that are the list's, so that they do nothing while a form is open.
fn is_of_list(action: Action) -> bool {
    use crate::input::context::Context;
    action.entry().contexts.contains(&Context::Subscribers) || is_about_list(action)
}

impl Listed for Subscribers {
    type Row = PersonRow;

    const SCOPE: Scope = Scope::People;

    fn table(&mut self) -> &mut TableState<PersonRow> {
        &mut self.table
    }

    fn ask_page(&self, page: PageAsk, desk: &mut Desk) {
        let filter = page.filter.clone();
        ask(desk, "rows", Ask::Page(page));
        ask(desk, "count", Ask::Count(filter));
    }

    fn shows(&self, id: SubscriberId) -> bool {
        self.detail.as_ref().is_some_and(|detail| detail.person.id == id)
    }

    fn ask_one(&self, id: SubscriberId, desk: &mut Desk) {
        ask(desk, "detail", Ask::Person(id));
    }

    fn begin_detail(&mut self) {
        self.top = 0;
    }
}

impl Screen for Subscribers {
    fn focus(&self) -> Focus {
        match (&self.sheet, &self.import) {
            (Some(sheet), _) => sheet.sheet.focus(),
            (None, Some(import)) => import.focus(),
            (None, None) if self.table.filter.typing => Focus::Filter,
            (None, None) if self.opened => Focus::Pane,
            (None, None) => Focus::List,
        }
    }

    fn enter(&mut self, target: Option<Target>, desk: &mut Desk) {
        match target {
            Some(Target::Import) => {
                self.open_import();
                self.refresh(desk);
            }
            Some(Target::Subscriber(id)) => {
                self.opened = true;
                self.show_person(id, desk);
            }
            Some(Target::People(filter)) => {
                self.opened = false;
                let turn = self.table.set_filter(&filter);
                self.lent = Some(self.table.filter.applied().to_owned());
                // A filter is always the table's own.
                let _ = self.turn(turn, desk);
            }
            _ => self.refresh(desk),
        }
    }

    fn act(&mut self, action: Action, desk: &mut Desk) -> Done {
        self.works.forget();
        self.picking = None;
        if self.sheet.is_some() {
            return self.act_in_sheet(action, desk);
        }
        if let Some(import) = &mut self.import {
            let (done, stays) = import.act(action, desk);
            if !stays {
                self.import = None;
                self.refresh(desk);
            }
            return if done == Done::No && is_of_list(action) { Done::Yes } else { done };
        }
        let lent = self.lent.as_deref() == Some(self.table.filter.applied()) && !desk.trail.is_empty();
        if self.table.filter.typing {
            self.act_in_filter(action, desk)
        } else if action == Action::Escape && lent && !self.opened && self.works.work.is_none() {
            self.lent = None;
            // A filter is always the table's own.
            let turn = self.table.set_filter("");
            let _ = self.turn(turn, desk);
            Done::No
        } else {
            self.act_in_list(action, desk)
        }
    }

    fn text(&mut self, typed: Typed, desk: &mut Desk) {
        if let Some(sheet) = &mut self.sheet {
            sheet.text(&typed);
        } else if let Some(import) = &mut self.import {
            import.text(&typed);
        } else {
            let turn = self.table.text(&typed);
            // Nothing else here takes text.
            let _ = self.turn(turn, desk);
        }
    }

    fn reply(&mut self, slot: &'static str, reply: Reply, desk: &mut Desk) {
        match reply {
            Reply::Subscribers(told) => self.told(slot, told, desk),
            Reply::Errand(ErrandTold::Followed(follow, changed)) => Self::followed(follow, changed, desk),
            Reply::Failed(trouble) if slot == "rows" => self.table.fail(trouble),
            // The rows say the same.
            Reply::Failed(_) if slot == "count" || slot == "held" => {}
            Reply::Failed(trouble) => {
                self.fail(desk);
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
                let theirs = self.sheet.take().and_then(|sheet| Some((sheet.theirs?, sheet.around)));
                self.sheet = theirs.map(|(person, around)| PersonSheet::new(Some(person), around));
            }
            _ => self.works.chosen(what, desk),
        }
    }

    fn picked(&mut self, picked: Picked, desk: &mut Desk) {
        if let (Some(_), Picked::Item(index)) = (&self.picking, &picked) {
            return self.picked_follow(*index, desk);
        }
        self.works.picked(picked, desk);
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
        if self.sheet.is_some() || self.import.is_some() {
            let on =
                matches!(action, Action::Save | Action::Edit | Action::Remove | Action::Import | Action::Add);
            return if on { Availability::On } else { Availability::Off(Why::NotHere) };
        }
        match action {
            Action::Add | Action::Import => return Availability::On,
            Action::Save => return Availability::Off(Why::NotHere),
            Action::Mark if !self.table.may_mark() => return Availability::Off(Why::OtherMarks),
            _ if is_about_list(action) => return Availability::On,
            _ => {}
        }
        if self.table.selected().is_none() && self.table.marks.is_empty() {
            return Availability::Off(Why::NothingSelected);
        }
        if action == Action::AtProvider && !self.has_follow() {
            return Availability::Off(Why::NoFollow);
        }
        let known = matches!(
            action,
            Action::Open | Action::GoHistory | Action::CopyId | Action::CopyLine | Action::CopyJson
        );
        if known || is_of_list(action) { Availability::On } else { Availability::Off(Why::NotHere) }
    }
}
