//! Section 7: what people wrote and did, newest first; the conversation beside it and the reply.
//!
//! A conversation is read from its end. Looking at one marks nothing as read: that is an act of its own, or comes with
//! an answer.

use super::listed::Listed;
use crate::app::available::{Availability, Why, is_about_list};
use crate::app::desk::Desk;
use crate::app::form::line::Line;
use crate::app::notice::Level;
use crate::app::request::inbox::{InboxAsk as Ask, InboxTold as Told};
use crate::app::request::{Reply, Request};
use crate::app::rows::{PageAsk, Total};
use crate::app::saying::Saying;
use crate::app::saying::inbox::InboxSaying as Says;
use crate::app::screen::{Done, Focus, Screen, Typed};
use crate::app::section::Target;
use crate::app::table::TableState;
use crate::domain::filter::Scope;
use crate::domain::id::SubscriberId;
use crate::domain::safe_text::{Cap, scrub};
use crate::input::action::Action;
use crate::store::inbox::{Conversation, Line as Came, Way};

/// An answer, while it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replying {
    /// Whom to.
    pub person: SubscriberId,
    /// The person's name.
    pub name: String,
    /// What.
    pub line: Line,
    /// It was sent, and nobody has said yet that it was taken.
    pub sending: bool,
}

/// The lines of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    /// With whom.
    pub person: Option<SubscriberId>,
    /// Oldest first.
    pub lines: Vec<Came>,
    /// How an answer would go; none: it cannot.
    pub way: Option<Way>,
}

/// The section.
#[derive(Debug, Clone, Default)]
pub struct Inbox {
    /// The conversations.
    pub table: TableState<Conversation>,
    /// How many of those that match have something unread.
    pub unread: i64,
    /// The selected one in full, once that has come; may be the last one's for a moment.
    pub detail: Option<Lines>,
    /// The conversation has the focus, and on a small screen the whole body.
    pub opened: bool,
    /// How many lines on the screen the end of the conversation is away.
    pub back: usize,
    /// The answer, while it is typed.
    pub replying: Option<Replying>,
}

fn ask(desk: &mut Desk, slot: &'static str, ask: Ask) {
    desk.ask(slot, Request::Inbox(ask));
}

fn say(desk: &mut Desk, level: Level, says: Says) {
    desk.say(level, Saying::Inbox(says));
}

impl Inbox {
    /// The lines, if they are of the selected conversation.
    pub fn current(&self) -> Option<&Lines> {
        let person = self.table.selected()?.person;
        self.detail.as_ref().filter(|detail| detail.person == person)
    }

    fn act_in_list(&mut self, action: Action, desk: &mut Desk) -> Done {
        let Some(row) = self.table.selected().cloned() else {
            let turn = self.table.act(action, desk.pages.list);
            return self.turn(turn, desk);
        };
        match action {
            Action::Open if self.opened => self.begin_reply(&row, desk),
            Action::Open => self.opened = true,
            Action::Reply => self.begin_reply(&row, desk),
            Action::MarkRead => desk.order(Request::Inbox(Ask::MarkRead(row.person))),
            Action::GoSubscriber => {
                if let Some(person) = row.person {
                    desk.go(Target::Subscriber(person));
                }
            }
            Action::CopyId => desk.copy(row.person.map_or_else(String::new, |person| person.to_string())),
            Action::CopyLine => desk.copy(scrub(&row.newest.text, Cap::Detail).into_owned()),
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
            Action::Up => self.back += 1,
            Action::Down => self.back = self.back.saturating_sub(1),
            Action::PageUp | Action::HalfUp => self.back += page,
            Action::PageDown | Action::HalfDown => self.back = self.back.saturating_sub(page),
            Action::First => self.back = usize::MAX / 2,
            Action::Last => self.back = 0,
            _ => return Done::No,
        }
        Done::Yes
    }

    fn begin_reply(&mut self, row: &Conversation, desk: &mut Desk) {
        if desk.settings.readonly {
            return;
        }
        match row.person {
            Some(person) => {
                let name = scrub(&row.name, Cap::List).into_owned();
                self.back = 0;
                self.replying = Some(Replying { person, name, line: Line::default(), sending: false });
            }
            None => say(desk, Level::Info, Says::NoPerson),
        }
    }

    fn act_in_reply(&mut self, action: Action, desk: &mut Desk) -> Done {
        let Some(replying) = &mut self.replying else { return Done::No };
        match action {
            Action::EndTyping if !replying.sending => self.replying = None,
            Action::TakeLine => {
                let text = replying.line.text().trim().to_owned();
                if !text.is_empty() && !replying.sending {
                    replying.sending = true;
                    desk.order(Request::Inbox(Ask::Reply(replying.person, text)));
                }
            }
            _ if replying.sending => {}
            _ if replying.line.act(action) => {}
            _ => return Done::No,
        }
        Done::Yes
    }

    fn told(&mut self, slot: &'static str, told: Told, desk: &mut Desk) {
        match told {
            Told::Page(page) => {
                self.table.take(page, desk.now);
                self.ask_detail(desk);
            }
            Told::Unknown(mistake) if slot == "rows" => self.table.refuse_filter(mistake, desk.now),
            Told::Unknown(_) => {}
            Told::Counted { count, unread } => {
                self.table.total = Some(Total { count, exact: true });
                self.unread = unread;
            }
            Told::Lines(person, lines, way) => self.detail = Some(Lines { person, lines, way }),
            Told::Replied(_, name) => {
                self.replying = None;
                say(desk, Level::Info, Says::Answered(scrub(&name, Cap::List).into_owned()));
                self.refresh(desk);
            }
            Told::Read(count) => {
                say(desk, Level::Info, Says::Read(count));
                self.refresh(desk);
            }
        }
    }
}

impl Listed for Inbox {
    type Row = Conversation;

    const SCOPE: Scope = Scope::People;

    fn table(&mut self) -> &mut TableState<Conversation> {
        &mut self.table
    }

    fn ask_page(&self, page: PageAsk, desk: &mut Desk) {
        let filter = page.filter.clone();
        ask(desk, "rows", Ask::Page(page));
        ask(desk, "count", Ask::Count(filter));
    }

    fn shows(&self, id: Option<SubscriberId>) -> bool {
        self.detail.as_ref().is_some_and(|detail| detail.person == id)
    }

    fn ask_one(&self, id: Option<SubscriberId>, desk: &mut Desk) {
        ask(desk, "detail", Ask::Lines(id));
    }

    fn begin_detail(&mut self) {
        self.back = 0;
    }
}

impl Screen for Inbox {
    fn focus(&self) -> Focus {
        match &self.replying {
            Some(_) => Focus::Ask,
            None if self.table.filter.typing => Focus::Filter,
            None if self.opened => Focus::Pane,
            None => Focus::List,
        }
    }

    fn enter(&mut self, target: Option<Target>, desk: &mut Desk) {
        if let Some(Target::Conversation(person)) = target {
            self.opened = true;
            self.table.select(Some(person));
        }
        self.refresh(desk);
    }

    fn act(&mut self, action: Action, desk: &mut Desk) -> Done {
        if self.replying.is_some() {
            self.act_in_reply(action, desk)
        } else if self.table.filter.typing {
            self.act_in_filter(action, desk)
        } else {
            self.act_in_list(action, desk)
        }
    }

    fn text(&mut self, typed: Typed, desk: &mut Desk) {
        if let Some(replying) = &mut self.replying {
            match typed {
                _ if replying.sending => {}
                Typed::Char(c) => replying.line.type_char(c),
                Typed::Paste(pasted) => replying.line.paste(&pasted),
            }
        } else {
            let turn = self.table.text(&typed);
            // Nothing else here takes text.
            let _ = self.turn(turn, desk);
        }
    }

    fn reply(&mut self, slot: &'static str, reply: Reply, desk: &mut Desk) {
        match reply {
            Reply::Inbox(told) => self.told(slot, told, desk),
            Reply::Failed(trouble) if slot == "rows" => self.table.fail(trouble),
            // The rows say the same.
            Reply::Failed(_) if slot == "count" => {}
            Reply::Failed(trouble) => {
                // What was typed stays.
                if let Some(replying) = &mut self.replying {
                    replying.sending = false;
                }
                desk.say(Level::Error, Saying::Failed(trouble));
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
        if self.replying.is_some() {
            return Availability::Off(Why::NotHere);
        }
        match action {
            Action::Mark | Action::MarkRange | Action::MarkAll | Action::ClearMarks => {
                return Availability::Off(Why::NotHere);
            }
            _ if is_about_list(action) => return Availability::On,
            _ => {}
        }
        let Some(row) = self.table.selected() else { return Availability::Off(Why::NothingSelected) };
        match action {
            Action::Open | Action::Reply | Action::CopyId | Action::CopyLine | Action::CopyJson => {
                Availability::On
            }
            Action::GoSubscriber if row.person.is_some() => Availability::On,
            Action::MarkRead if row.unread == 0 => Availability::Off(Why::NothingToDo),
            Action::MarkRead => Availability::On,
            _ => Availability::Off(Why::NotHere),
        }
    }
}

#[cfg(test)]
mod tests;
