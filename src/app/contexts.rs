//! Which contexts have the focus: a pure function of the model, innermost first.

use super::model::Model;
use super::overlay::Overlay;
use super::overlay::review::Tier;
use super::screen::Focus;
use crate::input::context::Context;

/// The stack of contexts in which the next key is looked up.
pub fn contexts(model: &Model) -> Vec<Context> {
    match model.desk.overlays.last() {
        // Popups own the keyboard: nothing behind them is on the stack.
        Some(overlay) => of_overlay(overlay),
        None => of_section(model),
    }
}

/// Whether the next printable key is text: the chip in the status row.
pub fn is_typing(model: &Model) -> bool {
    contexts(model).iter().any(|context| context.takes_text())
}

fn of_overlay(overlay: &Overlay) -> Vec<Context> {
    use Context as C;
    match overlay {
        Overlay::Menu(_) => vec![C::Menu, C::System],
        Overlay::Palette(_) | Overlay::Pick(_) => vec![C::Palette, C::Type, C::System],
        Overlay::Confirm(_) => vec![C::Dialog, C::System],
        Overlay::Review(review) if review.brief.tier == Tier::Button => vec![C::Dialog, C::System],
        Overlay::Review(_) | Overlay::Gate(_) | Overlay::Replay(_) => vec![C::Gate, C::Type, C::System],
        Overlay::Themes(_) | Overlay::Welcome(_) => vec![C::Themes, C::Move, C::System],
        Overlay::Help(help) if help.find.typing => vec![C::Line, C::Type, C::System],
        Overlay::Viewer(viewer) if viewer.find.typing => vec![C::Line, C::Type, C::System],
        Overlay::Help(_)
        | Overlay::Viewer(_)
        | Overlay::Problem(_)
        | Overlay::Messages(_)
        | Overlay::Invite(_) => {
            vec![C::Viewer, C::Move, C::System]
        }
    }
}

fn of_section(model: &Model) -> Vec<Context> {
    use Context as C;
    let section = model.desk.section;
    let own = section.context();
    match model.screens.get(section).focus() {
        Focus::List => vec![own, C::Table, C::Move, C::Nav, C::System],
        Focus::Pane => vec![own, C::Detail, C::Move, C::Nav, C::System],
        Focus::Fields => vec![own, C::Form, C::Move, C::Nav, C::System],
        Focus::Line | Focus::Choice | Focus::Filter | Focus::Ask => {
            vec![C::Line, C::Type, own, C::Nav, C::System]
        }
        Focus::Body => vec![C::Body, C::Type, own, C::Nav, C::System],
    }
}
