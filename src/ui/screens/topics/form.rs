//! The form of one topic, drawn.

use ratatui::layout::Rect;

use crate::app::form::{Field, Value};
use crate::app::screen::Focus;
use crate::app::screens::topics::sheet::TopicSheet;
use crate::domain::safe_text::{Cap, scrub};
use crate::look::Look;
use crate::ui::painted::Painted;
use crate::ui::screens::Head;
use crate::ui::screens::subscribers::page;
use crate::ui::widgets::form as widget;
use crate::ui::widgets::pen::Pen;
use crate::ui::words;

/// The title row of the form.
pub fn head(sheet: &TopicSheet, look: &Look) -> Head {
    let w = &look.strings.topics;
    let form = &look.strings.subscribers.form;
    let text = match &sheet.of {
        None => w.new_title.clone(),
        Some(topic) => w.edit_title.fill(&[("name", (&scrub(&topic.name, Cap::List)).into())]),
    };
    let right = match (sheet.saving, sheet.sheet.changes()) {
        (true, _) => form.saving.clone(),
        (false, 0) => String::new(),
        (false, changes) => form.not_saved.count(changes as i64),
    };
    let typing = sheet.sheet.focus() == Focus::Line;
    let field = sheet.sheet.form.focused().filter(|_| typing).map(|field| label(sheet, field, look));
    Head { text, right, field: field.unwrap_or_default(), ..Head::default() }
}

fn label(sheet: &TopicSheet, field: &Field, look: &Look) -> String {
    let w = &look.strings.topics;
    match (field.name.as_str(), sheet.way(&field.name)) {
        ("name", _) => w.topic.clone(),
        ("note", _) => w.description.clone(),
        (_, Some(way)) => w.remote_on.fill(&[("channel", (&way.name).into())]),
        (_, None) => String::new(),
    }
}

/// Draws the form and its buttons.
pub fn draw(sheet: &TopicSheet, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let look = pen.look;
    let form = &sheet.sheet.form;
    let at = sheet.sheet.button.is_none().then_some(form.focus);
    let texts: Vec<(String, String, Option<usize>, Option<String>)> = form
        .fields
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let typing = at == Some(index) && form.typing;
            let (text, caret) = match &field.value {
                Value::Text(line) if typing => (line.text().to_owned(), Some(line.before_caret().len())),
                _ => (scrub(field.word(), Cap::List).into_owned(), None),
            };
            let finding = field.finding.as_ref().filter(|finding| field.touched || !finding.grave);
            let error = finding.map(|finding| words::lists::finding(look, finding));
            (label(sheet, field, look), text, caret, error)
        })
        .collect();
    let fields: Vec<widget::Field<'_>> = texts
        .iter()
        .zip(&form.fields)
        .map(|((label, text, caret, error), field)| widget::Field {
            label,
            value: widget::Value::Line { text, caret: *caret, placeholder: &look.strings.common.not_set },
            note: "",
            error: error.as_deref(),
            help: sheet.way(&field.name).map(|_| look.strings.topics.remote_help.as_str()),
        })
        .collect();
    page(&widget::Form { fields: &fields, focus: at }, sheet.sheet.button, pen, area, painted);
}
