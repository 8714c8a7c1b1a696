//! The form of a channel: label, value, help and finding of every field of the catalogue, and the
//! buttons. A stored credential is shown masked, a typed one as stars.

use ratatui::layout::Rect;

use crate::app::form::{Field as Held, Value as Holds};
use crate::app::model::Model;
use crate::app::screens::channels::sheet::{Button as Sheeted, NAME, Sheet, TOGETHER};
use crate::channels::field::FieldError;
use crate::channels::spec::{Field as Known, Shape};
use crate::domain::safe_text::{Cap, scrub};
use crate::look::Look;
use crate::look::format;
use crate::look::role::Role;
use crate::store::channels::Channel;
use crate::ui::painted::Painted;
use crate::ui::widgets::dialog::{self, Button};
use crate::ui::widgets::form::{Field, Form, Value};
use crate::ui::widgets::pen::Pen;
use crate::ui::widgets::rule;
use crate::ui::words::channels::{field_label, of};

/// The words of one field, made before the widget borrows them.
#[derive(Default)]
struct Texts {
    line: String,
    placeholder: String,
    options: Vec<String>,
    error: Option<String>,
    note: &'static str,
}

/// Draws title, fields and buttons.
pub fn draw(model: &Model, sheet: &Sheet, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let look = pen.look;
    let stored = sheet.of.and_then(|(id, _)| model.screens.channels.table.rows().find(|row| row.id == id));
    title(sheet, pen, area);
    let inner = Rect {
        x: area.x,
        y: area.y + 1,
        width: area.width.saturating_sub(1),
        height: area.height.saturating_sub(4),
    };
    painted.pages.detail = usize::from(inner.height);
    let texts: Vec<Texts> =
        sheet.form.fields.iter().map(|field| texts_of(sheet, field, stored, look)).collect();
    let options: Vec<Vec<&str>> =
        texts.iter().map(|one| one.options.iter().map(String::as_str).collect()).collect();
    let fields: Vec<Field<'_>> = sheet
        .form
        .fields
        .iter()
        .enumerate()
        .map(|(at, held)| {
            let typing = sheet.is_typing() && sheet.form.focus == at;
            Field {
                value: value_of(held, &texts[at], &options[at], typing),
                note: texts[at].note,
                error: texts[at].error.as_deref(),
                help: sheet.spec.field(&held.name).map(|known| of(look, known.help)),
                ..Field::new(field_label(look, sheet.spec.id, &held.name), Value::Fixed(""))
            }
        })
        .collect();
    let focus = sheet.button.is_none().then_some(sheet.form.focus);
    let drawn = Form { fields: &fields, focus }.draw(pen, inner);
    if let Some(at) = focus {
        let at_field = drawn.fields.get(at).map(|place| place.as_position());
        painted.set_cursor(drawn.caret.or(at_field));
    }
    let row =
        Rect { y: inner.bottom() + 1, height: area.bottom().saturating_sub(inner.bottom() + 1), ..inner };
    buttons(sheet, pen, Rect { x: row.x + 2, width: row.width.saturating_sub(2), ..row }, painted);
}

/// `─ Edit Bark self ─ field 3 of 6 ─ not saved ───`
fn title(sheet: &Sheet, pen: &mut Pen<'_>, area: Rect) {
    let look = pen.look;
    let words = &look.strings.channels;
    let name = match sheet.of {
        Some(_) => words.edit_title.fill(&[("name", sheet.form.word(NAME).into())]),
        None => words.new_title.fill(&[("kind", of(look, sheet.spec.label).into())]),
    };
    let (field, total) = (sheet.form.focus + 1, sheet.form.fields.len());
    let place = words.field_of.fill(&[("field", field.into()), ("total", total.into())]);
    let mut parts = vec![name.as_str(), place.as_str()];
    if sheet.saving {
        parts.push(&words.saving);
    } else if sheet.changed() > 0 {
        parts.push(&words.not_saved);
    }
    rule::titled(pen, area, &parts);
}

fn buttons(sheet: &Sheet, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let look = pen.look;
    let words = &look.strings.channels;
    let proven = sheet.of.is_some() && sheet.changed() == 0;
    let all = [
        Button::new(&words.verify).on_when(proven),
        Button::new(&words.send_test).on_when(proven),
        Button::new(&look.strings.common.save),
        Button::new(&look.strings.common.cancel),
    ];
    let focus = sheet.button.and_then(|button| Sheeted::ALL.iter().position(|one| *one == button));
    let places = dialog::buttons(pen, Rect { height: area.height.min(2), ..area }, &all, focus);
    if let Some(place) = focus.and_then(|focus| places.get(focus)) {
        painted.set_cursor(Some(place.as_position()));
    }
    let below = places.last().map_or(area.y, |place| place.bottom());
    if below < area.bottom() {
        pen.text((area.x, below), area.width, &words.verify_note, Role::TextMuted);
    }
}

fn texts_of(sheet: &Sheet, held: &Held, stored: Option<&Channel>, look: &Look) -> Texts {
    let words = &look.strings.channels;
    let known = sheet.spec.field(&held.name);
    let default = known.and_then(|known| known.default);
    let placeholder = match default {
        Some(value) => words.by_default.fill(&[("value", value.into())]),
        None => look.strings.common.not_set.clone(),
    };
    let mut texts = Texts { placeholder, ..Texts::default() };
    texts.error =
        held.finding.as_ref().filter(|_| held.touched).map(|finding| fault(look, &finding.what, known, held));
    match &held.value {
        Holds::Secret { typed, stored: mask } => {
            let set = stored.and_then(|row| row.secrets.iter().find(|one| one.field == held.name));
            texts.line = "*".repeat(typed.len());
            texts.placeholder = match (mask, set) {
                (Some(mask), Some(set)) => {
                    let date = format::date(set.set_at, &look.zone);
                    words.secret_set.fill(&[("mask", mask.into()), ("date", (&date).into())])
                }
                (Some(mask), None) => words.secret_stored.fill(&[("mask", mask.into())]),
                (None, _) => words.secret_empty.clone(),
            };
        }
        Holds::Choice { words: choices, .. } => {
            let is_flag = known.is_some_and(|known| matches!(known.shape, Shape::Flag));
            let label = |word: &String| match (word.as_str(), default) {
                ("", Some(value)) => words.by_default.fill(&[("value", value.into())]),
                ("", None) => words.unset.clone(),
                ("yes", _) if is_flag => look.strings.common.yes.clone(),
                ("no", _) if is_flag => look.strings.common.no.clone(),
                (other, _) => other.to_owned(),
            };
            texts.options = choices.iter().map(label).collect();
        }
        Holds::Text(_) | Holds::Tick(_) => {}
    }
    if known.is_some_and(|known| known.required) || held.name == NAME {
        texts.note = "*";
    }
    texts
}

fn value_of<'a>(held: &'a Held, texts: &'a Texts, options: &'a [&'a str], typing: bool) -> Value<'a> {
    match &held.value {
        Holds::Text(line) => Value::Line {
            text: line.text(),
            caret: typing.then(|| line.before_caret().len()),
            placeholder: &texts.placeholder,
        },
        // One star stands for one character, so the caret's character is the star's byte.
        Holds::Secret { typed, .. } => Value::Line {
            text: &texts.line,
            caret: typing.then(|| typed.caret()),
            placeholder: &texts.placeholder,
        },
        Holds::Choice { chosen, .. } => Value::Choice { options, chosen: *chosen },
        Holds::Tick(_) => Value::Fixed(held.word()),
    }
}

/// A finding in words.
fn fault(look: &Look, what: &str, known: Option<&Known>, held: &Held) -> String {
    let words = &look.strings.channels.fault;
    if let Some(why) = what.strip_prefix(TOGETHER) {
        return look.strings.own_text(why).unwrap_or_else(|| scrub(why, Cap::Detail).into_owned());
    }
    match what {
        "required" => words.required.clone(),
        "url" => words.url.clone(),
        "number" => match known.map(|known| known.shape) {
            Some(Shape::Number(from, to)) => words.number.fill(&[("from", from.into()), ("to", to.into())]),
            _ => words.required.clone(),
        },
        "number_or_no" => match known.map(|known| known.shape) {
            Some(Shape::NumberOrNo(from, to)) => {
                words.number_or_no.fill(&[("from", from.into()), ("to", to.into())])
            }
            _ => words.required.clone(),
        },
        "pem" => words.pem.clone(),
        "choice" => match known.map(|known| known.shape) {
            Some(Shape::Choice(choices)) => words.choice.fill(&[("words", (&choices.join(", ")).into())]),
            _ => words.required.clone(),
        },
        "flag" => words.flag.clone(),
        "rate" => words.rate.clone(),
        "hours" => words.hours.clone(),
        "mailbox" => words.mailbox.clone(),
        "template" => match known.map(|known| known.shape.check(held.word())) {
            Some(Err(FieldError::Template(why))) => {
                let own = look.strings.own_text(&why);
                let why = own.unwrap_or_else(|| scrub(&why, Cap::Detail).into_owned());
                words.template.fill(&[("why", (&why).into())])
            }
            _ => words.required.clone(),
        },
        "http" => words.http.clone(),
        "taken" => words.taken.clone(),
        "name_long" => words.name_long.clone(),
        "name_sign" => words.name_sign.clone(),
        "name_column" => words.name_column.clone(),
        _ => words.control.clone(),
    }
}
