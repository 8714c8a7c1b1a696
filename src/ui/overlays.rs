//! Popups, one file each; drawn over the frame, innermost last.

mod confirm;
mod gate;
mod help;
mod invite;
mod menu;
mod messages;
mod palette;
mod pick;
mod problem;
mod replay;
mod review;
mod themes;
mod viewer;
mod welcome;

use ratatui::layout::Rect;

use super::painted::Painted;
use super::widgets::pen::Pen;
use crate::app::model::Model;
use crate::app::overlay::Overlay;

/// Draws one popup in the middle of `screen`.
pub fn draw(model: &Model, overlay: &Overlay, pen: &mut Pen<'_>, screen: Rect, painted: &mut Painted) {
    match overlay {
        Overlay::Help(help) => help::draw(model, help, pen, screen, painted),
        Overlay::Palette(palette) => palette::draw(model, palette, pen, screen, painted),
        Overlay::Confirm(confirm) => confirm::draw(confirm, pen, screen, painted),
        Overlay::Gate(gate) => gate::draw(gate, pen, screen, painted),
        Overlay::Invite(invite) => invite::draw(model, invite, pen, screen, painted),
        Overlay::Review(review) => review::draw(review, pen, screen, painted),
        Overlay::Replay(replay) => replay::draw(replay, pen, screen, painted),
        Overlay::Menu(menu) => menu::draw(model, menu, pen, screen, painted),
        Overlay::Pick(pick) => pick::draw(pick, pen, screen, painted),
        Overlay::Problem(trouble) => problem::draw(trouble, pen, screen, painted),
        Overlay::Messages(messages) => messages::draw(model, messages, pen, screen, painted),
        Overlay::Themes(picker) => themes::draw(picker, pen, screen, painted),
        Overlay::Viewer(viewer) => viewer::draw(viewer, pen, screen, painted),
        Overlay::Welcome(welcome) => welcome::draw(model, *welcome, pen, screen, painted),
    }
}

/// The usual width of a popup: the box of the mock-ups, or what there is.
fn usual_width(screen: Rect) -> u16 {
    54.min(screen.width.saturating_sub(4))
}

/// How many rows `text` takes in `width` cells.
fn rows_of(pen: &Pen<'_>, text: &str, width: u16) -> u16 {
    super::width::wrap(text, usize::from(width), &pen.look.glyphs).len() as u16
}
