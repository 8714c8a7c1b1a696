//! The form of one person, drawn.

use ratatui::layout::Rect;

use crate::app::form::sheet::Button;
use crate::app::form::{Field, Value};
use crate::app::request::subscribers::Way;
use crate::app::screen::Focus;
use crate::app::screens::subscribers::sheet::{ADDRESS, PersonSheet, VAR, WAY};
use crate::channels::catalog;
use crate::domain::safe_text::{Cap, scrub};
use crate::look::Look;
use crate::ui::painted::Painted;
use crate::ui::screens::Head;
use crate::ui::widgets::dialog;
use crate::ui::widgets::form as widget;
use crate::ui::widgets::pen::Pen;
use crate::ui::words;

/// The title row of the form.
pub fn head(sheet: &PersonSheet, look: &Look) -> Head {
    let w = &look.strings.subscribers;
    let text = match &sheet.of {
        None => w.new_title.clone(),
        Some(person) => w.edit_title.fill(&[("name", (&scrub(&person.name, Cap::List)).into())]),
    };
    let changes = sheet.changes();
    let right = match (sheet.saving, changes) {
        (true, _) => w.form.saving.clone(),
        (false, 0) => String::new(),
        (false, changes) => w.form.not_saved.count(changes as i64),
    };
    let typing = sheet.sheet.focus() == Focus::Line;
    let field = sheet.sheet.form.focused().filter(|_| typing).map(|field| label(sheet, field, look));
    Head { text, right, field: field.unwrap_or_default(), ..Head::default() }
}

fn label(sheet: &PersonSheet, field: &Field, look: &Look) -> String {
    let w = &look.strings.subscribers;
    match field.name.as_str() {
        "name" => w.name.clone(),
        "topics" => w.topics.clone(),
        "tags" => w.tags.clone(),
        "lang" => w.lang.clone(),
        "quiet" => w.quiet.clone(),
        "note" => w.note.clone(),
        "vars" => w.form.new_vars.clone(),
        name => match (name.strip_prefix(VAR), sheet.way(name)) {
            (Some(key), _) => scrub(key, Cap::List).into_owned(),
            (None, Some(way)) if name.starts_with(WAY) && has_address(sheet, way) => {
                w.form.another.fill(&[("channel", (&scrub(&way.name, Cap::List)).into())])
            }
            (None, Some(way)) => way.name.clone(),
            (None, None) => String::new(),
        },
    }
}

/// Whether the person has an address there already.
fn has_address(sheet: &PersonSheet, way: &Way) -> bool {
    sheet.of.as_ref().is_some_and(|person| person.addresses.iter().any(|one| one.channel == way.id))
}

/// What stands in a field while nothing is typed there.
fn placeholder(sheet: &PersonSheet, field: &Field, look: &Look) -> String {
    let w = &look.strings.subscribers.form;
    if let Some(address) = sheet.address(&field.name) {
        let phrase = if sheet.removed.contains(&address.id) { &w.goes } else { &w.keep };
        return phrase.fill(&[("masked", (&scrub(&address.masked, Cap::List)).into())]);
    }
    look.strings.common.not_set.clone()
}

fn help(sheet: &PersonSheet, field: &Field, look: &Look) -> Option<String> {
    let w = &look.strings.subscribers.form;
    Some(match field.name.as_str() {
        "topics" => w.topics_help.clone(),
        "tags" => w.tags_help.clone(),
        "lang" => w.lang_help.clone(),
        "quiet" => w.quiet_help.clone(),
        "vars" => w.new_vars_help.clone(),
        name if name.starts_with(ADDRESS) => w.address_help.clone(),
        name if name.starts_with(WAY) => {
            let kind = catalog::kind(&sheet.way(name)?.kind)?;
            w.further_help.fill(&[("example", kind.spec().address.example.into())])
        }
        _ => return None,
    })
}

/// What one field shows, owned until it is drawn.
struct Shown {
    label: String,
    text: String,
    caret: Option<usize>,
    placeholder: String,
    error: Option<String>,
    help: Option<String>,
}

fn shown(sheet: &PersonSheet, index: usize, field: &Field, look: &Look) -> Shown {
    let focused = sheet.sheet.button.is_none() && sheet.sheet.form.focus == index;
    let typing = focused && sheet.sheet.form.typing;
    let (text, caret) = match &field.value {
        Value::Text(line) if typing => (line.text().to_owned(), Some(line.before_caret().len())),
        Value::Text(line) => (scrub(line.text(), Cap::List).into_owned(), None),
        Value::Secret { typed, .. } => ("*".repeat(typed.len()), typing.then(|| typed.caret())),
        Value::Choice { .. } | Value::Tick(_) => (field.word().to_owned(), None),
    };
    let finding = field.finding.as_ref().filter(|finding| field.touched || !finding.grave);
    Shown {
        label: label(sheet, field, look),
        text,
        caret,
        placeholder: placeholder(sheet, field, look),
        error: finding.map(|finding| words::lists::finding(look, finding)),
        help: help(sheet, field, look).filter(|_| focused),
    }
}

/// Draws the form and its buttons.
pub fn draw(sheet: &PersonSheet, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let look = pen.look;
    let fields: Vec<Shown> = sheet
        .sheet
        .form
        .fields
        .iter()
        .enumerate()
        .map(|(index, field)| shown(sheet, index, field, look))
        .collect();
    let fields: Vec<widget::Field<'_>> = fields
        .iter()
        .map(|field| widget::Field {
            label: &field.label,
            value: widget::Value::Line {
                text: &field.text,
                caret: field.caret,
                placeholder: &field.placeholder,
            },
            note: "",
            error: field.error.as_deref(),
            help: field.help.as_deref(),
        })
        .collect();
    let focus = sheet.sheet.button.is_none().then_some(sheet.sheet.form.focus);
    page(&widget::Form { fields: &fields, focus }, sheet.sheet.button, pen, area, painted);
}

/// A form with the buttons Save and Cancel below it.
pub fn page(
    form: &widget::Form<'_>,
    button: Option<Button>,
    pen: &mut Pen<'_>,
    area: Rect,
    painted: &mut Painted,
) {
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let upper = Rect { height: area.height.saturating_sub(2), ..inner };
    let drawn = form.draw(pen, upper);
    let common = &pen.look.strings.common;
    let buttons = [dialog::Button::new(&common.save), dialog::Button::new(&common.cancel)];
    let y = (upper.y + drawn.rows + 1).min(area.bottom().saturating_sub(1));
    let row = Rect { y, height: 1, x: inner.x + 2, width: inner.width.saturating_sub(2) };
    let focus = button.map(|button| match button {
        Button::Save => 0,
        Button::Cancel => 1,
    });
    let places = dialog::buttons(pen, row, &buttons, focus);
    let at_field = form.focus.and_then(|focus| drawn.fields.get(focus)).map(|place| place.as_position());
    let at_button = focus.and_then(|focus| places.get(focus)).map(|place| place.as_position());
    painted.set_cursor(drawn.caret.or(at_button).or(at_field));
}
