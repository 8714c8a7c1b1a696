//! What every list does around its table: the filter line, the error line, and the three ways of being
//! empty. Screens draw only their columns.

use std::ops::Range;

use ratatui::layout::Rect;

use crate::app::rows::Row;
use crate::app::table::filter::Mistake;
use crate::app::table::{Load, TableState};
use crate::domain::filter::{Scope, chips as chips_of};
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::time::Millis;
use crate::look::Look;
use crate::look::format;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::pen::Pen;
use crate::ui::widgets::table::{Freshness, Marker};
use crate::ui::{width, words};

/// An answer that comes within this time is not announced.
const PATIENCE_MS: i64 = 200;

/// A stacked list is never shorter, so that it does not jump while its first rows come.
const SHORTEST: u16 = 6;

/// Where a list's table is drawn, and which of its rows.
#[derive(Debug, Clone)]
pub struct Listing {
    /// For the table, its header included.
    pub area: Rect,
    /// Rows of the window.
    pub visible: Range<usize>,
}

/// A list above and its detail below: a short list leaves its room to the detail, which has `least` rows.
pub fn stacked(area: Rect, rows: usize, least: u16) -> (Rect, Rect) {
    let least = least.min(area.height / 2);
    // The header, the rows, and room for the line of a filter or an error.
    let wanted = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(2).max(SHORTEST);
    let height = wanted.min(area.height - least);
    (Rect { height, ..area }, Rect { y: area.y + height, height: area.height - height, ..area })
}

/// Draws what stands around a list and says what is left for its table; nothing if there are no rows,
/// which is said instead: loading, failed and empty never look alike.
pub fn listing<R: Row>(
    table: &TableState<R>,
    empty: &str,
    pen: &mut Pen<'_>,
    area: Rect,
    now: Millis,
    painted: &mut Painted,
) -> Option<Listing> {
    let area = filter_line(table, pen, area, painted);
    let area = error_line(table, pen, area);
    let height = usize::from(area.height.saturating_sub(1));
    painted.pages.list = height;
    if let Load::Asked(since) = table.load
        && now.since(since) < PATIENCE_MS
    {
        painted.changes(since.plus(PATIENCE_MS));
    }
    if !table.is_empty() {
        return Some(Listing { area, visible: table.visible(height) });
    }
    let words = &pen.look.strings.common;
    let inner = Rect { x: area.x + 4, width: area.width.saturating_sub(8), ..area };
    let text = match table.load {
        Load::Asked(since) if now.since(since) >= PATIENCE_MS => {
            painted.changes(now.plus(1_000));
            let time = format::duration(now.since(since), words);
            words.loading.fill(&[("time", (&time).into())])
        }
        Load::Never | Load::Asked(_) | Load::Failed(_) => String::new(),
        Load::Ready(_) if table.filter.applied().is_empty() => empty.to_owned(),
        Load::Ready(_) => words.nothing_matches.clone(),
    };
    pen.paragraph(inner, &text, Role::TextMuted);
    None
}

/// The chips of a list's filter: what holds, or what was typed and cannot, its wrong terms in red.
pub fn chips<R: Row>(table: &TableState<R>, scope: Scope) -> Vec<(String, Role)> {
    let refused = table.filter.refused.as_ref();
    let text = refused.map_or_else(|| table.filter.applied(), |refused| refused.text.as_str());
    let unknown = match refused.map(|refused| &refused.mistake) {
        Some(Mistake::Unknown { name, .. }) => Some(name.as_str()),
        Some(Mistake::Grammar(_)) | None => None,
    };
    chips_of(text, scope)
        .into_iter()
        .map(|chip| {
            let term = &text[chip.span.clone()];
            let wrong = chip.term.is_err() || unknown.is_some_and(|name| term.contains(name));
            (format!("[{}]", scrub(term, Cap::List)), if wrong { Role::ChipError } else { Role::Chip })
        })
        .collect()
}

/// How many are marked, and how many of those the filter hides.
pub fn marked<R: Row>(table: &TableState<R>, look: &Look) -> String {
    if table.marks.is_empty() {
        return String::new();
    }
    let frame = &look.strings.frame;
    // It may still have to be counted.
    let Some(count) = table.marked() else { return frame.marked_all.clone() };
    match table.hidden_marks() {
        Some(hidden) if hidden > 0 => {
            frame.marked_hidden.fill(&[("count", count.into()), ("hidden", hidden.into())])
        }
        _ => frame.marked.count(count),
    }
}

/// The filter being typed takes the first row.
fn filter_line<R: Row>(table: &TableState<R>, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) -> Rect {
    if !table.filter.typing || area.height < 3 {
        return area;
    }
    let used = pen.text((area.x + 1, area.y), area.width, "/ ", Role::Key) + 1;
    let line = &table.filter.line;
    let room = area.width - used;
    let (shown, caret) =
        width::window(line.text(), line.before_caret().len(), usize::from(room), &pen.look.glyphs);
    pen.text((area.x + used, area.y), room, shown, Role::Input);
    painted.cursor = Some((area.x + used + caret as u16, area.y));
    // What is wrong with it has a row of its own: in the title row there is no room for what would be right.
    let wrong =
        table.filter.refused.as_ref().map(|refused| words::lists::mistake(pen.look, &refused.mistake));
    let rows = match wrong.filter(|_| area.height > 4) {
        Some(wrong) => {
            let below = Rect { x: area.x + 3, y: area.y + 1, width: area.width.saturating_sub(4), height: 2 };
            1 + pen.paragraph(below, &wrong, Role::InputError)
        }
        None => 1,
    };
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}

/// The old rows stay under the error.
fn error_line<R: Row>(table: &TableState<R>, pen: &mut Pen<'_>, area: Rect) -> Rect {
    let Load::Failed(trouble) = &table.load else { return area };
    let retry = pen.look.strings.common.retry_key.fill(&[("key", "F5".into())]);
    let wide = pen.cells(&retry) + 2;
    pen.right(area, area.y, &retry, Role::TextMuted);
    pen.text((area.x + 1, area.y), area.width.saturating_sub(wide + 1), &trouble.summary, Role::Danger);
    Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
}

/// Rows that are being asked for again are dimmed, but not for an answer that comes at once.
pub fn freshness<R: Row>(table: &TableState<R>, now: Millis) -> Freshness {
    match table.load {
        Load::Asked(since) if now.since(since) >= PATIENCE_MS => Freshness::Stale,
        Load::Never | Load::Asked(_) | Load::Ready(_) | Load::Failed(_) => Freshness::Fresh,
    }
}

/// The sign in a row's gutter.
pub fn marker<R: Row>(table: &TableState<R>, row: &R) -> Marker {
    if table.is_marked(row.id()) { Marker::Marked } else { Marker::None }
}
