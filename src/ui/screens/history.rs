//! The section History, drawn: groups of failures or single deliveries, and what they mean beside them.

mod detail;
mod lists;

use ratatui::layout::Rect;

use super::{Head, Size};
use crate::app::model::Model;
use crate::app::request::history::By;
use crate::app::screens::history::path::Level;
use crate::domain::delivery::{Counts, DeliveryState};
use crate::input::action::Action;
use crate::look::Look;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::pen::Pen;
use crate::ui::widgets::rule;

/// The actions that the footer shows first.
pub const HINTS: &[Action] = &[
    Action::Open,
    Action::Replay,
    Action::MarkDead,
    Action::Settle,
    Action::GoChannel,
    Action::Filter,
    Action::GroupClass,
    Action::Actions,
];

/// Rows of the detail under the list in compact.
const LOWER: u16 = 9;

/// The title row.
pub fn head(model: &Model, look: &Look) -> Head {
    let screen = &model.screens.history;
    let words = &look.strings.history;
    let filter = screen.filter();
    let role = if filter.finding.is_some() { Role::ChipError } else { Role::Chip };
    let mut chips: Vec<(String, Role)> = filter.terms().map(|term| (format!("[{term}]"), role)).collect();
    chips.extend(
        screen.path.steps().iter().map(|step| (format!("> {}", lists::name(&step.row, look)), Role::Text)),
    );
    let text = match (&filter.finding, &screen.counts) {
        (Some(finding), _) => finding.clone(),
        (None, Some(counts)) if screen.path.flat => books(counts, look),
        (None, _) => failed_unknown(model, look),
    };
    let by = match screen.path.level() {
        Level::Groups(By::Class) => &words.by_class,
        Level::Groups(By::Broadcast) => &words.by_broadcast,
        Level::Groups(By::Channel) => &words.by_channel,
        Level::Deliveries => &words.by_person,
    };
    let marks = &screen.deliveries.marks;
    let right = if marks.is_empty() || screen.path.level() != Level::Deliveries {
        words.group.fill(&[("by", by.into())])
    } else {
        let matching = screen.deliveries.total.map_or(0, |total| total.count);
        look.strings.frame.marked.count(marks.count(matching))
    };
    Head {
        chips,
        text,
        right,
        field: if filter.typing { look.strings.overlays.filter.clone() } else { String::new() },
    }
}

/// Every number of a broadcast, so that they can be added up.
fn books(counts: &Counts, look: &Look) -> String {
    let (delivered, open) = (counts.delivered(), counts.open());
    let (failed, unknown) = (counts.of(DeliveryState::Rejected), counts.of(DeliveryState::Unknown));
    let rest = counts.audience() - delivered - open - failed - unknown;
    look.strings.history.books.fill(&[
        ("delivered", delivered.into()),
        ("failed", failed.into()),
        ("unknown", unknown.into()),
        ("open", open.into()),
        ("rest", rest.into()),
        ("total", counts.audience().into()),
    ])
}

fn failed_unknown(model: &Model, look: &Look) -> String {
    let screen = &model.screens.history;
    if !matches!(screen.path.level(), Level::Groups(_)) || screen.groups.is_empty() {
        return String::new();
    }
    let failed: i64 = screen.groups.rows().map(|row| row.failed).sum();
    let unknown: i64 = screen.groups.rows().map(|row| row.unknown).sum();
    look.strings.history.failed_unknown.fill(&[("failed", failed.into()), ("unknown", unknown.into())])
}

/// The body.
pub fn body(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.history;
    let one_pane = model.desk.zoomed || Size::of(model.desk.pages.size) == Size::Compact;
    match (one_pane, screen.opened) {
        (true, true) => detail::draw(model, pen, area, painted),
        (true, false) => {
            let lower = LOWER.min(area.height / 2);
            let upper = Rect { height: area.height - lower, ..area };
            lists::draw(model, pen, upper, painted);
            let lower = Rect { y: upper.bottom(), height: lower, ..area };
            rule::line(pen, lower);
            let inside = Rect { y: lower.y + 1, height: lower.height.saturating_sub(1), ..lower };
            detail::draw(model, pen, inside, painted);
        }
        (false, _) => {
            let left = Rect { width: area.width * 60 / 100, ..area };
            let right = Rect { x: left.right() + 1, width: area.width - left.width - 1, ..area };
            lists::draw(model, pen, left, painted);
            rule::divider(pen, area, left.right());
            detail::draw(model, pen, right, painted);
        }
    }
}
