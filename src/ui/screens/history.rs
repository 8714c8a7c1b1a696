//! The section History, drawn: groups of failures or single deliveries, and what they mean beside them.

mod detail;
mod lists;

use ratatui::layout::Rect;

use super::list::stacked;
use super::{Head, Size};
use crate::app::model::Model;
use crate::app::request::history::By;
use crate::app::screens::history::path::Level;
use crate::app::table::filter::{Filter, Mistake};
use crate::domain::delivery::{Counts, DeliveryState};
use crate::domain::filter::{Scope, chips as chips_of};

use crate::domain::safe_text::{Cap, scrub};
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
    Action::Rewrite,
    Action::OtherChannel,
    Action::GoChannel,
    Action::GroupClass,
    Action::GroupBroadcast,
];

/// Rows of the detail under the list in compact.
const LOWER: u16 = 9;

/// The title row.
pub fn head(model: &Model, look: &Look) -> Head {
    let screen = &model.screens.history;
    let words = &look.strings.history;
    let filter = screen.filter();
    let mut chips = chips(filter);
    chips.extend(
        screen.path.steps().iter().map(|step| (format!("> {}", lists::name(&step.row, look)), Role::Text)),
    );
    let text = match (&filter.refused, &screen.counts) {
        (Some(refused), _) => crate::ui::words::lists::mistake(look, &refused.mistake),
        (None, Some(counts)) if screen.path.flat => books(counts, look),
        (None, _) => failed_unknown(model, look),
    };
    let by = match screen.path.level() {
        Level::Groups(By::Class) => &words.by_class,
        Level::Groups(By::Broadcast) => &words.by_broadcast,
        Level::Groups(By::Channel) => &words.by_channel,
        Level::Groups(By::Person) => &words.by_person,
        Level::Deliveries => &words.each,
    };
    let is_marked = !screen.deliveries.marks.is_empty() && screen.path.level() == Level::Deliveries;
    let right = if is_marked {
        super::list::marked(&screen.deliveries, look)
    } else {
        words.group.fill(&[("by", by.into())])
    };
    Head {
        chips,
        text,
        right,
        gives_way: !is_marked,
        field: if filter.typing { look.strings.overlays.filter.clone() } else { String::new() },
    }
}

/// The terms of the filter, those that cannot be applied in red.
fn chips(filter: &Filter) -> Vec<(String, Role)> {
    let text = filter.refused.as_ref().map_or_else(|| filter.applied(), |refused| refused.text.as_str());
    let unknown = match filter.refused.as_ref().map(|refused| &refused.mistake) {
        Some(Mistake::Unknown { name, .. }) => Some(name.as_str()),
        Some(Mistake::Grammar(_)) | None => None,
    };
    chips_of(text, Scope::Deliveries)
        .into_iter()
        .map(|chip| {
            let term = &text[chip.span.clone()];
            let wrong = chip.term.is_err() || unknown.is_some_and(|name| term.contains(name));
            (format!("[{}]", scrub(term, Cap::List)), if wrong { Role::ChipError } else { Role::Chip })
        })
        .collect()
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
    let waiting: i64 = screen.groups.rows().map(|row| row.waiting).sum();
    let words = &look.strings.history;
    let text = if waiting > 0 { &words.failed_unknown_waiting } else { &words.failed_unknown };
    text.fill(&[("failed", failed.into()), ("unknown", unknown.into()), ("waiting", waiting.into())])
}

/// The body.
pub fn body(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.history;
    let one_pane = model.desk.zoomed || Size::of(model.desk.pages.size) == Size::Compact;
    match (one_pane, screen.opened) {
        (true, true) => detail::draw(model, pen, area, painted),
        (true, false) => {
            let rows = match screen.path.level() {
                Level::Groups(_) => screen.groups.len(),
                Level::Deliveries => screen.deliveries.len(),
            };
            let (upper, lower) = stacked(area, rows, LOWER);
            lists::draw(model, pen, upper, painted);
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
