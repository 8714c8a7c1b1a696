//! Importing people: the file's path, the dry run with what is wrong or worth knowing, the question, and
//! the writing, step by step. Nothing is written before the operator has seen the report.

use crate::app::desk::Desk;
use crate::app::effect::Owner;
use crate::app::form::line::Line;
use crate::app::notice::Level;
use crate::app::overlay::confirm::Confirm;
use crate::app::overlay::find::Find;
use crate::app::overlay::gate::Gate;
use crate::app::overlay::{Overlay, Then};
use crate::app::request::Request;
use crate::app::request::subscribers::{Importing, NoFile, SubscribersAsk as Ask};
use crate::app::saying::Saying;
use crate::app::saying::lists::ListsSaying as Says;
use crate::app::screen::{Done, Focus, Typed};
use crate::app::section::Section;
use crate::input::action::Action;
use crate::store::import::Report;

use super::work::GRAVE;

/// Where an import stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// The path is being typed.
    Path,
    /// The file is being read.
    Checking(u64),
    /// This is what is in it; nothing was written.
    Checked(Box<Report>),
    /// It is being written: so many rows of so many.
    Writing(u64, u64),
    /// This is what was done.
    Written(Box<Report>),
}

/// An import.
#[derive(Debug, Clone)]
pub struct ImportPage {
    /// The file as typed.
    pub path: Line,
    /// Whether it is being typed.
    pub typing: bool,
    /// Why the file cannot be read.
    pub trouble: Option<NoFile>,
    /// Where it stands.
    pub stage: Stage,
    /// How far the report is scrolled.
    pub find: Find,
}

impl Default for ImportPage {
    fn default() -> Self {
        Self { path: Line::default(), typing: true, trouble: None, stage: Stage::Path, find: Find::default() }
    }
}

fn order(desk: &mut Desk, ask: Ask) {
    desk.order(Request::Subscribers(ask));
}

impl ImportPage {
    /// What has the focus.
    pub const fn focus(&self) -> Focus {
        if self.typing { Focus::Ask } else { Focus::Fields }
    }

    /// Whether rows are being read or written.
    pub const fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Checking(_) | Stage::Writing(..))
    }

    /// Takes text into the path.
    pub fn text(&mut self, typed: &Typed) {
        if !self.typing {
            return;
        }
        self.trouble = None;
        match typed {
            Typed::Char(c) => self.path.type_char(*c),
            Typed::Paste(pasted) => self.path.paste(pasted),
        }
    }

    /// Does an action; `Done::No` if it is not the import's. `false` in the pair closes the page.
    pub fn act(&mut self, action: Action, desk: &mut Desk) -> (Done, bool) {
        if self.typing {
            return (self.act_in_path(action, desk), true);
        }
        match action {
            Action::Escape | Action::Back if self.is_running() => {
                order(desk, Ask::ImportStop);
                return (Done::Yes, true);
            }
            Action::Escape | Action::Back => return (Done::Yes, false),
            Action::Import if !self.is_running() => {
                self.typing = true;
                self.stage = Stage::Path;
            }
            Action::Edit | Action::Save => match self.stage {
                Stage::Path => self.typing = true,
                Stage::Checked(ref report) if report.is_ok() => self.ask(desk),
                // Once the file is mended, Enter reads it again.
                Stage::Checked(_) => {
                    self.typing = true;
                    self.stage = Stage::Path;
                }
                Stage::Written(_) => return (Done::Yes, false),
                Stage::Checking(_) | Stage::Writing(..) => {}
            },
            _ if self.find.act(action, desk.pages.detail) => {}
            _ => return (Done::No, true),
        }
        (Done::Yes, true)
    }

    fn act_in_path(&mut self, action: Action, desk: &mut Desk) -> Done {
        match action {
            Action::TakeLine if !self.path.text().trim().is_empty() => self.start(desk),
            Action::TakeLine => {}
            Action::EndTyping => self.typing = false,
            _ if self.path.act(action) => {}
            _ => return Done::No,
        }
        Done::Yes
    }

    fn start(&mut self, desk: &mut Desk) {
        self.typing = false;
        self.trouble = None;
        self.find = Find::default();
        self.stage = Stage::Checking(0);
        order(desk, Ask::ImportOpen { path: self.path.text().trim().to_owned(), write: false });
    }

    /// Asks before anything is written: it cannot be taken back as a whole.
    fn ask(&mut self, desk: &mut Desk) {
        let Stage::Checked(report) = &self.stage else { return };
        if !report.is_ok() || desk.settings.readonly {
            return;
        }
        let (added, updated) = (report.added as i64, report.updated as i64);
        let count = added + updated;
        if count == 0 {
            desk.say(Level::Info, Saying::Lists(Says::Nothing));
            return;
        }
        let question = Saying::Lists(Says::AskImport { added, updated });
        let label = Saying::Lists(Says::Import(count));
        let path = self.path.text().trim().to_owned();
        let open = Request::Subscribers(Ask::ImportOpen { path, write: true });
        let then = Then::Order(Owner::Screen(Section::Subscribers), open);
        // Changing people who are there cannot be undone; adding is not that grave.
        desk.open(if updated >= GRAVE {
            Overlay::Gate(Gate::new(question, count, label, then))
        } else {
            Overlay::Confirm(Confirm::new(question, label, then))
        });
    }

    /// The store says how far it is; the next step is ordered at once, so that other questions get their
    /// turn between two steps.
    pub fn told(&mut self, importing: Importing, desk: &mut Desk) {
        self.stage = match importing {
            Importing::Checking(rows) => {
                order(desk, Ask::ImportStep);
                match self.stage {
                    Stage::Writing(..) => Stage::Writing(0, rows),
                    _ => Stage::Checking(rows),
                }
            }
            Importing::Writing(done, of) => {
                order(desk, Ask::ImportStep);
                Stage::Writing(done, of)
            }
            Importing::Done(report) if report.dry_run || !report.is_ok() => Stage::Checked(report),
            Importing::Done(report) => {
                let (added, updated) = (report.added as i64, report.updated as i64);
                let unchanged = (report.unchanged + report.merged) as i64;
                desk.say(Level::Info, Saying::Lists(Says::Imported { added, updated, unchanged }));
                Stage::Written(report)
            }
        };
    }

    /// The file cannot be read: back to the path, as it was typed.
    pub fn no_file(&mut self, why: NoFile) {
        self.trouble = Some(why);
        self.typing = true;
        self.stage = Stage::Path;
    }

    /// The operator stopped it, or it failed: nothing more is written.
    pub fn stopped(&mut self) {
        if self.is_running() {
            self.stage = Stage::Path;
        }
    }
}
