//! The import, drawn: the path, what the dry run found, and how far the writing is.

use ratatui::layout::Rect;

use crate::app::screens::subscribers::import::{ImportPage, Stage};
use crate::domain::safe_text::{Cap, scrub};
use crate::look::format;
use crate::look::role::Role;
use crate::store::import::{KEEP, Report};
use crate::ui::painted::Painted;
use crate::ui::screens::facts::{self, Facts};
use crate::ui::widgets::bar::{self, Progress};
use crate::ui::widgets::form::{Field, Form, Value};
use crate::ui::widgets::pen::Pen;
use crate::ui::words;

/// Draws the page.
pub fn draw(import: &ImportPage, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let look = pen.look;
    let w = &look.strings.subscribers.import;
    let trouble = import.trouble.as_ref().map(|why| words::lists::no_file(look, why));
    let caret = import.typing.then(|| import.path.before_caret().len());
    let field = Field {
        error: trouble.as_deref(),
        help: import.typing.then_some(w.path_help.as_str()),
        ..Field::new(&w.path, Value::Line { text: import.path.text(), caret, placeholder: "list.csv" })
    };
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let drawn = Form { fields: &[field], focus: Some(0) }.draw(pen, inner);
    painted.set_cursor(drawn.caret);
    let below =
        Rect { y: inner.y + drawn.rows + 1, height: inner.height.saturating_sub(drawn.rows + 1), ..inner };
    match &import.stage {
        Stage::Path => columns(pen, below),
        Stage::Checking(rows) => {
            let rows = look.strings.common.rows.count(*rows as i64);
            pen.paragraph(below, &w.checking.fill(&[("rows", (&rows).into())]), Role::Info);
        }
        Stage::Writing(done, of) => {
            let values = [("done", (*done as i64).into()), ("all", (*of as i64).into())];
            let used = pen.paragraph(below, &w.writing.fill(&values), Role::Info);
            let progress = Progress { done: *done as i64, failed: 0, total: *of as i64 };
            bar::draw(pen, (below.x, below.y + used), below.width, progress);
        }
        Stage::Checked(found) | Stage::Written(found) => report(import, found, pen, below, painted),
    }
}

/// What a file may have, so that nobody has to look it up.
fn columns(pen: &mut Pen<'_>, area: Rect) {
    let w = &pen.look.strings.subscribers.import;
    let used = pen.paragraph(area, &w.columns, Role::TextMuted);
    for (line, y) in ["name,topics,tags,email,bark,var.city", "王小明,ops;dev,vip,w@example.org,,上海"]
        .iter()
        .zip(area.y + used + 1..area.bottom())
    {
        pen.text((area.x + 2, y), area.width.saturating_sub(2), line, Role::Code);
    }
}

fn report(import: &ImportPage, report: &Report, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let look = pen.look;
    let w = &look.strings.subscribers.import;
    let mut lines = Facts::default();
    let (title, role, keys) = match (&import.stage, report.is_ok()) {
        (_, false) => (w.refused.count(report.errors_total as i64), Role::Danger, &w.again),
        (Stage::Written(_), true) => (w.written.clone(), Role::Success, &w.done),
        (_, true) => (w.checked.clone(), Role::Info, &w.go),
    };
    lines.wide(vec![(title, role)]);
    let labels = [&w.rows, &w.added, &w.updated, &w.unchanged, &w.merged, &w.topics_created];
    let labels: Vec<&str> = labels.iter().map(|label| label.as_str()).collect();
    let column = facts::column(pen, &labels, area.width);
    let room = area.width.saturating_sub(column + 1);
    lines.fact(&w.rows, vec![(format::number(report.rows as i64), Role::Text)]);
    if report.is_ok() {
        for (label, count) in [
            (&w.added, report.added),
            (&w.updated, report.updated),
            (&w.unchanged, report.unchanged),
            (&w.merged, report.merged),
        ] {
            lines.fact(label, vec![(format::number(count as i64), Role::Text)]);
        }
        if !report.topics_created.is_empty() {
            let names = report.topics_created.join(", ");
            lines.text(&w.topics_created, &scrub(&names, Cap::List), Role::Text, room, pen);
        }
    }
    let place = |line: u64, name: Option<&str>| match name {
        Some(name) => {
            let name = scrub(name, Cap::List);
            w.line_column.fill(&[("line", (line as i64).into()), ("column", (&name).into())])
        }
        None => w.line.fill(&[("line", (line as i64).into())]),
    };
    let part = |lines: &mut Facts, title: &str, total: u64| {
        let shown = total.min(KEEP as u64) as i64;
        let of = w.shown_of.fill(&[("shown", shown.into()), ("count", (total as i64).into())]);
        lines.rule(&[title, &if total > KEEP as u64 { of } else { format::number(shown) }]);
    };
    if !report.errors.is_empty() {
        part(&mut lines, &w.errors, report.errors_total);
        for error in &report.errors {
            let place = place(error.line, error.column.as_deref());
            let what = words::lists::problem(look, &error.problem);
            lines.wide(vec![(format!("{place}  "), Role::Key), (what, Role::Danger)]);
        }
    }
    if !report.notes.is_empty() {
        part(&mut lines, &w.notes, report.notes_total);
        for note in &report.notes {
            let place = place(note.line, note.column.as_deref());
            let what = words::lists::remark(look, &note.text);
            lines.wide(vec![(format!("{place}  "), Role::Key), (what, Role::Warning)]);
        }
    }
    let last = area.height.saturating_sub(1);
    lines.draw(pen, Rect { height: last, ..area }, import.find.top, column, painted);
    pen.text((area.x + 1, area.y + last), area.width.saturating_sub(1), keys, Role::TextMuted);
    painted.cursor = painted.cursor.or(Some((area.x + 1, area.y)));
}
