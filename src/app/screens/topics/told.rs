//! What the store answered, and what is said about it.

use super::super::listed::Listed;
use super::super::race::differences;
use super::sheet::TopicSheet;
use super::{Topics, ask, say};
use crate::app::desk::Desk;
use crate::app::notice::Level;
use crate::app::overlay::confirm::Confirm;
use crate::app::overlay::{Overlay, Then};
use crate::app::request::Request;
use crate::app::request::topics::{TopicsAsk as Ask, TopicsTold as Told};
use crate::app::rows::{Cursor, Total};
use crate::app::saying::Saying;
use crate::app::saying::lists::ListsSaying as Says;
use crate::domain::id::TopicId;
use crate::domain::safe_text::{Cap, scrub};

impl Topics {
    pub(super) fn told(&mut self, slot: &'static str, told: Told, desk: &mut Desk) {
        match told {
            Told::Page(page) => {
                self.table.take(page, desk.now);
                self.ask_detail(desk);
            }
            Told::Unknown(mistake) if slot == "rows" => self.table.refuse_filter(mistake, desk.now),
            Told::Unknown(mistake) => {
                if let Some(joining) = self.joining.as_mut().filter(|_| slot == "joining") {
                    joining.mistake = Some(mistake);
                }
            }
            Told::Counted { count, all } => {
                self.table.total = Some(Total { count, exact: true });
                self.all = Some(all);
            }
            Told::Topic(shown) => self.detail = shown.map(|shown| *shown),
            Told::Form(topic, ways) => {
                if self.sheet.is_none() {
                    self.sheet = Some(TopicSheet::new(topic, ways));
                }
            }
            Told::Saved { id, name, new } => {
                self.sheet = None;
                let name = scrub(&name, Cap::List).into_owned();
                say(desk, Level::Info, if new { Says::Added(name) } else { Says::Saved(name) });
                self.show(id, desk);
            }
            Told::Lost(theirs) => {
                let Some(sheet) = &mut self.sheet else { return };
                sheet.saving = false;
                let question = Saying::Lists(Says::AskLost(scrub(&theirs.name, Cap::List).into_owned()));
                let there = TopicSheet::new(Some(theirs.clone()), sheet.ways.clone());
                let of = |field: &str| sheet.way(field).map(|way| way.name.clone());
                let lines = differences(&sheet.sheet, &there.sheet.form, of);
                sheet.theirs = Some(theirs);
                let confirm = Confirm::new(question, Saying::Lists(Says::Mine), Then::Choose("mine"))
                    .or(Saying::Lists(Says::Theirs), Then::Choose("theirs"));
                desk.open(Overlay::Confirm(lines.into_iter().fold(confirm, Confirm::line)));
            }
            Told::Removed(id, name) => {
                say(desk, Level::Info, Says::TopicRemoved(scrub(&name, Cap::List).into_owned()));
                desk.offer_undo(Request::Topics(Ask::Restore(id)));
                self.refresh(desk);
            }
            Told::Restored(id, name) => {
                say(desk, Level::Info, Says::TopicRestored(scrub(&name, Cap::List).into_owned()));
                self.show(id, desk);
            }
            Told::Grown { before, now } => {
                say(desk, Level::Warning, Says::Grown { before, now });
                self.refresh(desk);
            }
            Told::Weighed(meant) => self.weighed(meant, desk),
        }
    }

    /// Brings the list to a topic and shows it.
    pub(super) fn show(&mut self, id: TopicId, desk: &mut Desk) {
        if !self.table.filter.applied().is_empty() && self.table.rows().all(|row| row.id != id) {
            // The filter may hide it.
            self.table.lift_filter();
        }
        let turn = self.table.go_to(id, Cursor(id.to_string()));
        self.detail = None;
        ask(desk, "detail", Ask::Topic(id));
        // Rows are the table's own.
        let _ = self.turn(turn, desk);
    }
}
