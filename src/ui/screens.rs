//! One file per section, same names as `app::screens`. Each gives the same three things: its title row
//! (`head`), its body (`body`) and the actions that the footer shows first (`HINTS`).

pub mod channels;
pub mod compose;
pub mod facts;
pub mod history;
pub mod inbox;
pub mod list;
pub mod outbox;
pub mod setup;
pub mod subscribers;
pub mod topics;

use ratatui::layout::Rect;

use super::painted::Painted;
use super::widgets::pen::Pen;
use crate::app::model::Model;
use crate::app::section::Section;
use crate::input::action::Action;
use crate::look::Look;
use crate::look::role::Role;

/// A section's title row: after its name come chips, then counts; marks or a note stand at the right.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// Filter terms, with `Chip` or `ChipError`.
    pub chips: Vec<(String, Role)>,
    /// Counts and the like.
    pub text: String,
    /// At the right end.
    pub right: String,
    /// Whether what stands at the right goes where the counts need its room.
    pub gives_way: bool,
    /// The field in which text is being typed, for the status row.
    pub field: String,
}

/// How large the terminal is, as far as layout goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// One pane.
    Compact,
    /// List and detail side by side.
    Standard,
    /// A third, live column.
    Wide,
}

impl Size {
    /// The class of a terminal of these columns and rows.
    pub const fn of((columns, rows): (u16, u16)) -> Self {
        match (columns, rows) {
            (160.., 40..) => Self::Wide,
            (100.., _) => Self::Standard,
            _ => Self::Compact,
        }
    }
}

/// The title row of the section that is shown.
pub fn head(model: &Model, look: &Look) -> Head {
    match model.desk.section {
        Section::Outbox => outbox::head(model, look),
        Section::Compose => compose::head(model, look),
        Section::Subscribers => subscribers::head(model, look),
        Section::Topics => topics::head(model, look),
        Section::Channels => channels::head(model, look),
        Section::History => history::head(model, look),
        Section::Inbox => inbox::head(model, look),
        Section::Setup => setup::head(model, look),
    }
}

/// The body of the section that is shown.
pub fn body(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    match model.desk.section {
        Section::Outbox => outbox::body(model, pen, area, painted),
        Section::Compose => compose::body(model, pen, area, painted),
        Section::Subscribers => subscribers::body(model, pen, area, painted),
        Section::Topics => topics::body(model, pen, area, painted),
        Section::Channels => channels::body(model, pen, area, painted),
        Section::History => history::body(model, pen, area, painted),
        Section::Inbox => inbox::body(model, pen, area, painted),
        Section::Setup => setup::body(model, pen, area, painted),
    }
}

/// What an action is called in the footer: a key may lead to something else for the row under the cursor.
pub fn called(model: &Model, action: Action) -> Action {
    match model.desk.section {
        Section::Outbox => outbox::called(model, action),
        _ => action,
    }
}

/// The actions that the footer shows first while letters are commands.
pub fn hints(model: &Model) -> &'static [Action] {
    match model.desk.section {
        Section::Outbox => outbox::hints(model),
        Section::Compose => compose::hints(model),
        Section::Subscribers => subscribers::hints(model),
        Section::Topics => topics::hints(model),
        Section::Channels => channels::hints(model),
        Section::History => history::HINTS,
        Section::Inbox => inbox::HINTS,
        Section::Setup => setup::HINTS,
    }
}
