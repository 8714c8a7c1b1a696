//! What the store answered, and what is said about it.

use super::super::listed::Listed;
use super::super::race::differences;
use super::sheet::PersonSheet;
use super::{Subscribers, ask, say};
use crate::app::desk::Desk;
use crate::app::notice::Level;
use crate::app::overlay::confirm::Confirm;
use crate::app::overlay::{Overlay, Then};
use crate::app::request::subscribers::{Change, SubscribersAsk as Ask, SubscribersTold as Told};
use crate::app::rows::{Cursor, Total};
use crate::app::saying::Saying;
use crate::app::saying::lists::ListsSaying as Says;
use crate::domain::id::SubscriberId;
use crate::domain::safe_text::{Cap, scrub};
use crate::store::subscribers::Subscriber;

impl Subscribers {
    pub(super) fn told(&mut self, slot: &'static str, told: Told, desk: &mut Desk) {
        match told {
            Told::Page(page) => {
                self.table.take(page, desk.now);
                self.ask_held(desk);
                self.ask_detail(desk);
            }
            Told::Unknown(mistake) if slot == "rows" => self.table.refuse_filter(mistake, desk.now),
            // The rows say the same.
            Told::Unknown(_) => {}
            Told::Counted { count, exact, all } => {
                self.table.total = Some(Total { count, exact });
                self.all = Some(all);
            }
            Told::Person(known) => self.detail = known.map(|known| *known),
            Told::Weighed { all, visible } => self.works.weighed(all, visible, desk),
            Told::Held(held) => self.table.take_held(held),
            Told::Topics(topics) => self.works.topics(topics, desk),
            Told::TopicMade(id, name) => self.works.topic_made(id, name, desk),
            Told::Tags(tags) => self.works.tags(tags, desk),
            Told::Form(person, around) => {
                if self.sheet.is_none() {
                    self.sheet = Some(PersonSheet::new(person, around));
                }
            }
            Told::Saved { id, name, warnings, new } => {
                self.sheet = None;
                let name = scrub(&name, Cap::List).into_owned();
                say(desk, Level::Info, if new { Says::Added(name) } else { Says::Saved(name) });
                for (channel, warning) in warnings {
                    say(desk, Level::Warning, Says::Unusual(channel, warning));
                }
                self.show_person(id, desk);
            }
            Told::Lost(theirs) => self.lost(theirs, desk),
            Told::Stepped(stepped) => {
                let removed = matches!(stepped.change, Change::Remove);
                if removed && stepped.rest.is_none() && !self.table.marks.is_empty() {
                    self.table.marks.clear();
                }
                self.works.stepped(stepped, desk);
                self.refresh(desk);
            }
            Told::Grown { before, now } => say(desk, Level::Warning, Says::Grown { before, now }),
            Told::Me(id) => {
                let row = self.table.rows().find(|row| row.id == id);
                let name = row.map_or_else(|| id.to_string(), |row| scrub(&row.name, Cap::List).into_owned());
                say(desk, Level::Info, Says::MeIs(name));
                self.refresh(desk);
            }
            Told::Importing(importing) => {
                if let Some(import) = &mut self.import {
                    import.told(importing, desk);
                }
            }
            Told::NoFile(why) => {
                if let Some(import) = &mut self.import {
                    import.no_file(why);
                }
            }
            Told::ImportStopped => {
                if let Some(import) = &mut self.import {
                    import.stopped();
                }
            }
        }
    }

    /// Somebody else saved the person meanwhile: nothing that was typed is lost, and the operator decides.
    pub(super) fn lost(&mut self, theirs: Box<Subscriber>, desk: &mut Desk) {
        let Some(sheet) = &mut self.sheet else { return };
        sheet.saving = false;
        let question = Saying::Lists(Says::AskLost(scrub(&theirs.name, Cap::List).into_owned()));
        let there = PersonSheet::new(Some(theirs.clone()), sheet.around.clone());
        let of = |field: &str| sheet.way(field).map(|way| way.name.clone());
        let lines = differences(&sheet.sheet, &there.sheet.form, of);
        sheet.theirs = Some(theirs);
        let confirm = Confirm::new(question, Saying::Lists(Says::Mine), Then::Choose("mine"))
            .or(Saying::Lists(Says::Theirs), Then::Choose("theirs"));
        desk.open(Overlay::Confirm(lines.into_iter().fold(confirm, Confirm::line)));
    }

    /// Brings the list to a person and shows it.
    pub(super) fn show_person(&mut self, id: SubscriberId, desk: &mut Desk) {
        if !self.table.filter.applied().is_empty() && self.table.rows().all(|row| row.id != id) {
            // The filter may hide the person.
            self.table.lift_filter();
        }
        let turn = self.table.go_to(id, Cursor(id.to_string()));
        self.detail = None;
        ask(desk, "detail", Ask::Person(id));
        // Rows are the table's own.
        let _ = self.turn(turn, desk);
    }

    pub(super) fn fail(&mut self, desk: &mut Desk) {
        if let Some(sheet) = &mut self.sheet {
            sheet.saving = false;
        }
        if let Some(import) = &mut self.import {
            import.stopped();
        }
        self.works.failed(desk);
    }
}
