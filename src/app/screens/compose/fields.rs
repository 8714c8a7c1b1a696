//! From field to field: the focus, what a key types, and what it turns in a field that takes no text.

use super::Compose;
use super::sheet::Part;
use crate::app::desk::Desk;
use crate::app::form::line::Line;
use crate::app::notice::Level;
use crate::app::request::Request;
use crate::app::request::compose::ComposeAsk;
use crate::app::saying::Saying;
use crate::app::screen::{Done, Typed};
use crate::domain::file::{self, FileError, FileRef};
use crate::domain::message::Format;
use crate::input::action::Action;

/// What is asked under the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Whom tests go to.
    Me,
    /// Which file goes with the message.
    File,
}

impl Compose {
    /// Moves the focus; what was typed in the field that is left is stored.
    pub(super) fn go_to(&mut self, part: Part, desk: &mut Desk) {
        self.settle(desk);
        self.typing = self.typing && part.is_typed();
        self.at = part;
        self.finding_at = 0;
        self.save(desk);
    }

    /// What was typed as a moment is written out.
    fn settle(&mut self, desk: &Desk) {
        if self.at == Part::When {
            self.sheet.settle_when(&desk.settings.zone);
        }
    }

    pub(super) const fn stop_typing(&mut self) {
        self.typing = false;
    }

    /// What is typed on a choice: Space turns it, a letter takes the format that begins with it, `+` and `-` move a
    /// channel; everything else says nothing.
    pub(super) fn type_on_choice(&mut self, typed: &Typed, desk: &mut Desk) {
        match (typed, self.at) {
            (Typed::Char(' '), Part::Via | Part::Files | Part::Format) => self.enter_field(desk),
            (Typed::Char('+'), Part::Via) => self.move_channel(-1, desk),
            (Typed::Char('-'), Part::Via) => self.move_channel(1, desk),
            (Typed::Char(c), Part::Format) => {
                let initial = |format: &Format| format.word().starts_with(c.to_ascii_lowercase());
                if let Some(format) = Format::ALL.into_iter().find(initial) {
                    self.sheet.format = format;
                    self.changed_text(desk);
                }
            }
            _ => {}
        }
    }

    pub(super) fn type_in(&mut self, action: Action, desk: &mut Desk) -> Done {
        match action {
            Action::Next | Action::TakeLine => self.go_to(self.beside(1), desk),
            Action::Previous => self.go_to(self.beside(-1), desk),
            Action::EndTyping => {
                self.settle(desk);
                self.stop_typing();
                self.save(desk);
            }
            _ if self.at == Part::Body => {
                let edited = self.sheet.body.act(action);
                return self.edited(edited, desk);
            }
            Action::Left | Action::Right if matches!(self.at, Part::Via | Part::Files | Part::Format) => {
                return self.walk(action, desk);
            }
            // In a one-line field the arrows lead to its neighbours.
            Action::Up => self.go_to(self.beside(-1), desk),
            Action::Down => self.go_to(self.beside(1), desk),
            _ => {
                let Some(line) = self.sheet.line_mut(self.at) else { return Done::No };
                let before = line.text().to_owned();
                if !line.act(action) {
                    return Done::No;
                }
                if line.text() != before {
                    self.changed_text(desk);
                }
            }
        }
        Done::Yes
    }

    pub(super) fn walk(&mut self, action: Action, desk: &mut Desk) -> Done {
        let by = if matches!(action, Action::Up | Action::Left | Action::Previous) { -1 } else { 1 };
        match action {
            Action::Up | Action::Down if self.at == Part::Checks => {
                let to = self.finding_at.checked_add_signed(by).filter(|to| *to < self.findings.len());
                match to {
                    Some(to) => self.finding_at = to,
                    None => self.go_to(self.beside(by), desk),
                }
            }
            Action::Next | Action::Previous | Action::Up | Action::Down => {
                self.go_to(self.beside(by), desk);
            }
            Action::Left | Action::Right if self.at == Part::Via => {
                let ways = self.bench.take().unwrap_or_default();
                self.sheet.walk_via(&ways.ways, by);
                self.bench = Some(ways);
            }
            Action::Left | Action::Right if self.at == Part::Files => self.sheet.walk_files(by),
            Action::Left | Action::Right if self.at == Part::Format => self.turn_format(by, desk),
            Action::PageDown | Action::HalfDown => self.preview_top += 5,
            Action::PageUp | Action::HalfUp => self.preview_top = self.preview_top.saturating_sub(5),
            Action::First => self.go_to(Part::To, desk),
            Action::Last => self.go_to(Part::Checks, desk),
            _ => return Done::No,
        }
        Done::Yes
    }

    /// Keys while the preview stands in place of the fields: it is read, and whatever types leads back.
    pub(super) fn read_preview(&mut self, action: Action, desk: &mut Desk) {
        let page = desk.pages.detail.saturating_sub(2).max(1);
        let top = self.preview_top;
        match action {
            Action::Up => self.preview_top = top.saturating_sub(1),
            Action::Down => self.preview_top = top + 1,
            Action::PageUp => self.preview_top = top.saturating_sub(page),
            Action::PageDown | Action::Toggle => self.preview_top = top + page,
            Action::HalfUp => self.preview_top = top.saturating_sub(page / 2),
            Action::HalfDown => self.preview_top = top + page / 2,
            Action::First => self.preview_top = 0,
            Action::Last => self.preview_top = desk.pages.preview,
            // The channels look like tabs.
            Action::Left => self.show_channel(-1, desk),
            Action::Right => self.show_channel(1, desk),
            Action::Escape | Action::Back | Action::Edit | Action::Next | Action::Previous => {
                self.preview_open = false;
                if action == Action::Edit {
                    self.at = Part::Body;
                    self.typing = true;
                }
            }
            _ => {}
        }
        // Never past the last page.
        self.preview_top = self.preview_top.min(desk.pages.preview.saturating_sub(page));
    }

    pub(super) fn turn_format(&mut self, by: isize, desk: &mut Desk) {
        let all = Format::ALL;
        let at = all.iter().position(|format| *format == self.sheet.format).unwrap_or(0) as isize;
        self.sheet.format = all[(at + by).rem_euclid(all.len() as isize) as usize];
        self.changed_text(desk);
    }

    /// Enter, `e` or Space on a field.
    pub(super) fn enter_field(&mut self, desk: &mut Desk) {
        match self.at {
            Part::Via => {
                let bench = self.bench.take().unwrap_or_default();
                if self.sheet.toggle_via(&bench.ways) {
                    self.changed_text(desk);
                }
                self.bench = Some(bench);
                self.render(desk);
            }
            Part::Files => match self.sheet.toggle_file() {
                Ok(()) => self.changed_text(desk),
                Err(error) => {
                    let path = self.sheet.files.get(self.sheet.file_at).map(|(file, _)| file.name.clone());
                    let (path, why) = (path.unwrap_or_default(), error.to_string());
                    Self::say_not_attached(path, why, desk);
                }
            },
            Part::Format => self.turn_format(1, desk),
            Part::Checks => {
                if let Some(finding) = self.findings.get(self.finding_at) {
                    self.at = finding.at;
                    self.typing = finding.at.is_typed();
                    self.preview_open = false;
                }
            }
            Part::Body if self.preview_open => self.preview_open = false,
            Part::To | Part::Title | Part::Summary | Part::Link | Part::When | Part::Stage | Part::Body => {
                self.typing = true;
            }
        }
    }

    pub(super) fn move_channel(&mut self, by: isize, desk: &mut Desk) {
        let bench = self.bench.take().unwrap_or_default();
        if self.sheet.move_via(&bench.ways, by) {
            self.book.dirty = true;
        }
        self.bench = Some(bench);
        self.changed_text(desk);
    }

    pub(super) fn ask(&mut self, what: Asked) {
        self.asking = Some((what, Line::default()));
    }

    pub(super) fn answer_asked(&mut self, action: Action, desk: &mut Desk) -> Done {
        match action {
            Action::TakeLine => {
                let Some((what, line)) = self.asking.take() else { return Done::No };
                let wanted = line.text().trim().to_owned();
                match what {
                    _ if wanted.is_empty() => self.test_wanted = false,
                    Asked::Me => desk.order(Request::Compose(ComposeAsk::SetMe(wanted))),
                    Asked::File => {
                        let (sheet, others) = (self.book.sheet, self.sheet.files_on());
                        desk.order(Request::Compose(ComposeAsk::Attach { sheet, path: wanted, others }));
                    }
                }
            }
            Action::EndTyping | Action::Next | Action::Previous => {
                self.asking = None;
                self.test_wanted = false;
            }
            _ => {
                if let Some((_, line)) = &mut self.asking {
                    line.act(action);
                }
            }
        }
        Done::Yes
    }

    /// A file that was read, unless the text that it was meant for has made room for another.
    pub(super) fn take_attached(&mut self, sheet: u64, file: FileRef, desk: &mut Desk) {
        // Others may have come while it was read.
        let mut others = self.sheet.files_on();
        others.retain(|other| !other.name.eq_ignore_ascii_case(&file.name));
        let is_open = if sheet == self.book.sheet { Ok(()) } else { Err(FileError::NoMessage) };
        match is_open.and_then(|()| file::fits(&others, &file)) {
            Ok(()) => {
                desk.notices.take_back(|said| matches!(said, Saying::NotAttached { .. }));
                desk.say(Level::Info, Saying::Attached(file.name.clone()));
                self.sheet.attach(file);
                self.changed_text(desk);
            }
            Err(error) => Self::say_not_attached(file.name, error.to_string(), desk),
        }
    }

    /// A file that could not be read: its path stands in the line again, to be put right.
    pub(super) fn take_not_attached(&mut self, path: String, why: String, desk: &mut Desk) {
        if self.asking.is_none() {
            self.asking = Some((Asked::File, Line::new(path.as_str())));
        }
        Self::say_not_attached(path, why, desk);
    }

    /// One of these at a time: what was wrong with another file is not wrong any more.
    fn say_not_attached(path: String, why: String, desk: &mut Desk) {
        desk.notices.take_back(|said| matches!(said, Saying::NotAttached { .. }));
        desk.say(Level::Error, Saying::NotAttached { path, why });
    }

    /// The field beside this one; files have none while there are none.
    fn beside(&self, by: isize) -> Part {
        match self.at.step(by) {
            Part::Files if self.sheet.files.is_empty() => Part::Files.step(by),
            part => part,
        }
    }
}
