//! A channel beside its provider's list, drawn: how far the reading is, what differs, what was changed.

use ratatui::layout::Rect;

use crate::app::request::errands::{Difference, Sort};
use crate::app::screens::channels::sync::{Stage, SyncPage};
use crate::look::format;
use crate::look::role::Role;
use crate::look::strings::desk::Desk as Words;
use crate::store::sync::Applied;
use crate::ui::painted::Painted;
use crate::ui::screens::facts::{self, Facts};
use crate::ui::widgets::bar::{self, Progress};
use crate::ui::widgets::pen::Pen;

/// Draws the page.
pub fn draw(page: &SyncPage, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let w = &pen.look.strings.desk;
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    pen.text(
        (inner.x, inner.y),
        inner.width,
        &w.page.title.fill(&[("channel", (&page.name).into())]),
        Role::Heading,
    );
    let below = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
    let row = Rect { x: below.x + 1, width: below.width.saturating_sub(2), ..below };
    match &page.stage {
        Stage::Reading(done, None) => drop(pen.paragraph(row, &w.reading.count(*done), Role::Info)),
        Stage::Reading(done, Some(total)) => {
            let values = [("done", (*done).into()), ("count", (*total).into())];
            let used = pen.paragraph(row, &w.page.reading_of.fill(&values), Role::Info);
            let progress = Progress { done: *done, failed: 0, total: *total };
            bar::draw(pen, (row.x, row.y + used), row.width, progress);
        }
        Stage::Applying => drop(pen.paragraph(row, &w.page.applying, Role::Info)),
        Stage::Differs(difference) => {
            let lines = differs(difference, pen, below.width);
            shown(lines, &w.page.differs_keys, page, pen, below, painted);
        }
        Stage::Applied(applied) => {
            let lines = changed(applied, pen, below.width);
            shown(lines, &w.page.applied_keys, page, pen, below, painted);
        }
    }
    painted.cursor = painted.cursor.or(Some((inner.x, inner.y)));
}

fn shown(
    (lines, column): (Facts, u16),
    keys: &str,
    page: &SyncPage,
    pen: &mut Pen<'_>,
    area: Rect,
    painted: &mut Painted,
) {
    let last = area.height.saturating_sub(1);
    lines.draw(pen, Rect { height: last, ..area }, page.find.top, column, painted);
    pen.text((area.x + 1, area.y + last), area.width.saturating_sub(1), keys, Role::TextMuted);
}

fn label(w: &Words, sort: Sort) -> (&str, Role) {
    match sort {
        Sort::Added => (&w.to_add, Role::Success),
        Sort::Renamed => (&w.to_rename, Role::Info),
        Sort::Gone => (&w.gone, Role::Warning),
        Sort::Refused => (&w.refused, Role::Warning),
        Sort::Back => (&w.to_use_again, Role::Success),
    }
}

fn differs(difference: &Difference, pen: &Pen<'_>, width: u16) -> (Facts, u16) {
    let w = &pen.look.strings.desk;
    let mut lines = Facts::default();
    let counted: Vec<(&str, i64)> = [(w.listed.as_str(), difference.listed), (&w.same, difference.same)]
        .into_iter()
        .chain(difference.counts.iter().map(|(sort, count)| (label(w, *sort).0, *count)))
        .chain([
            (w.removed_here.as_str(), difference.removed_here),
            (&w.refused_strangers, difference.refused_strangers),
        ])
        .filter(|(name, count)| *count > 0 || *name == w.listed)
        .collect();
    let labels: Vec<&str> = counted.iter().map(|(name, _)| *name).collect();
    let column = facts::column(pen, &labels, width);
    for (name, count) in counted {
        lines.fact(name, vec![(format::number(count), Role::Text)]);
    }
    if !difference.whole {
        lines.text("", &w.not_whole, Role::Warning, width.saturating_sub(column + 1), pen);
    }
    for (sort, count) in difference.counts.iter().filter(|(_, count)| *count > 0) {
        let (name, role) = label(w, *sort);
        let rows: Vec<_> = difference.rows.iter().filter(|row| row.sort == *sort).collect();
        let shown = rows.len() as i64;
        lines.rule(&[name, &format::number(*count)]);
        for row in rows {
            lines.wide(vec![(row.name.clone(), role), (format!("  {}", row.what), Role::TextMuted)]);
        }
        if shown < *count {
            lines.wide(vec![(w.more.count(*count - shown), Role::TextMuted)]);
        }
    }
    (lines, column)
}

fn changed(applied: &Applied, pen: &Pen<'_>, width: u16) -> (Facts, u16) {
    let w = &pen.look.strings.desk;
    let mut lines = Facts::default();
    let counted: Vec<(&str, i64)> = [
        (&w.added, applied.added),
        (&w.renamed, applied.renamed),
        (&w.retired, applied.retired),
        (&w.back, applied.back),
        (&w.joined, applied.joined),
        (&w.passed_over, applied.passed_over),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(name, count)| (name.as_str(), count))
    .collect();
    let labels: Vec<&str> = counted.iter().map(|(name, _)| *name).collect();
    let column = facts::column(pen, &labels, width);
    for (name, count) in counted {
        lines.fact(name, vec![(format::number(count), Role::Text)]);
    }
    (lines, column)
}
