//! The section Compose, drawn: the sheet, and beside or below it preview, audience and checks.

mod face;
mod panes;
mod preview;
pub mod words;

use ratatui::layout::{Position, Rect};

use super::{Head, Size};
use crate::app::available::Availability;
use crate::app::form::line::Line;
use crate::app::model::Model;
use crate::app::screen::Screen;
use crate::app::screens::compose::fields::Asked;
use crate::app::screens::compose::sheet::Part;
use crate::app::screens::compose::{Compose, is_small};
use crate::channels::render;
use crate::domain::filter::{Scope, chips};
use crate::domain::message::Format;
use crate::input::action::Action;
use crate::input::context::Context;
use crate::look::Look;
use crate::look::format;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::form::{Field, Form, FormPainted, Value};
use crate::ui::widgets::pen::Pen;
use crate::ui::widgets::rule;

/// The actions that the footer shows first.
const HINTS: &[Action] = &[
    Action::Edit,
    Action::ReviewSend,
    Action::TestToMe,
    Action::TogglePreview,
    Action::NextSample,
    Action::NextTab,
    Action::ExternalEditor,
    Action::ShowRequest,
    Action::NewDraft,
];

/// The same while the preview stands in place of the fields.
const IN_PREVIEW: &[Action] = &[
    Action::NextTab,
    Action::NextSample,
    Action::TogglePreview,
    Action::ShowRequest,
    Action::Edit,
    Action::ReviewSend,
    Action::TestToMe,
    Action::ExternalEditor,
];

/// The actions that the footer shows first where the focus is.
pub const fn hints(model: &Model) -> &'static [Action] {
    if is_preview(model) { IN_PREVIEW } else { HINTS }
}

const fn is_preview(model: &Model) -> bool {
    model.screens.compose.preview_open && is_small(&model.desk)
}

/// The fields of the form, in the order of the rows and of Tab: what cannot be seen is never typed into.
const FIELDS: [Part; 9] = [
    Part::To,
    Part::Via,
    Part::Title,
    Part::Summary,
    Part::Link,
    Part::Files,
    Part::Format,
    Part::When,
    Part::Stage,
];

/// The title row: which draft, and whether it is stored.
pub fn head(model: &Model, look: &Look) -> Head {
    let screen = &model.screens.compose;
    let (c, n) = (&look.strings.compose, &look.strings.notices);
    let book = &screen.book;
    let version = screen.sheet.replaces().map(|of| c.new_version.fill(&[("id", (&of.to_string()).into())]));
    let name = match book.stored {
        Some((id, _)) => c.draft.fill(&[("id", (&id.to_string()).into())]),
        None => c.new_draft.clone(),
    };
    let state = match book.saved_at.filter(|_| book.failed.is_none()) {
        Some(at) => n.draft_saved.fill(&[("time", (&format::clock_seconds(at, &look.zone)).into())]),
        None if screen.sheet.is_blank() => String::new(),
        None => c.not_saved.clone(),
    };
    let parts: Vec<String> =
        [name, version.unwrap_or_default(), state].into_iter().filter(|part| !part.is_empty()).collect();
    let dot = format!(" {} ", look.glyphs.dot);
    let keys = [Action::TogglePreview, Action::ExternalEditor].into_iter().filter_map(|action| {
        if screen.available(action, &model.desk) != Availability::On {
            return None;
        }
        let key = model.desk.keys.key_for(action, &[Context::Compose])?;
        Some(format!("{key} {}", look.strings.actions.hint(action.name())))
    });
    let mut keys: Vec<String> = keys.collect();
    if is_preview(model) {
        let key = |action| model.desk.keys.key_for(action, &[Context::Move]).unwrap_or_default();
        let (left, right) = (key(Action::Left), key(Action::Right));
        keys.insert(0, c.channel_keys.fill(&[("left", (&left).into()), ("right", (&right).into())]));
    }
    Head {
        text: parts.join(&dot),
        right: keys.join(&dot),
        gives_way: true,
        field: if screen.typing { label(look, screen.at).to_owned() } else { String::new() },
        ..Head::default()
    }
}

/// What a part is called.
pub(super) fn label(look: &Look, part: Part) -> &'static str {
    let c = &look.strings.compose;
    match part {
        Part::To => &c.to,
        Part::Via => &c.via,
        Part::Title => &c.title,
        Part::Summary => &c.summary,
        Part::Link => &c.link,
        Part::Files => &c.files,
        Part::Format => &c.format,
        Part::When => &c.when,
        Part::Stage => &c.stage,
        Part::Body => &c.body,
        Part::Checks => &c.checks,
    }
}

/// The body of the section.
pub fn body(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.compose;
    if screen.book.opening.is_some() {
        pen.text((area.x + 4, area.y), area.width, &pen.look.strings.compose.opening, Role::TextMuted);
        return;
    }
    let one_pane = model.desk.zoomed || Size::of(model.desk.pages.size) == Size::Compact;
    if one_pane {
        compact(model, pen, area, painted);
    } else {
        let left = Rect { width: area.width * 52 / 100, ..area };
        let right = Rect { x: left.right() + 1, width: area.width - left.width - 1, ..area };
        let used = form(screen, pen, left, painted);
        text(screen, pen, below(left, used), painted);
        rule::divider(pen, area, left.right());
        beside(model, pen, right, painted);
    }
    if let Some((asked, line)) = &screen.asking {
        question(*asked, line, pen, area, painted);
    }
}

/// One pane: fields, body and checks, or the preview with the audience.
fn compact(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.compose;
    if screen.preview_open {
        // The text as it arrives needs the room more than the fields, to which any key that types leads back.
        let people = panes::audience_rows(screen).min(area.height / 3);
        let top = Rect { height: area.height - people, ..area };
        preview::draw(model, pen, top, painted);
        return panes::audience(model, pen, below(area, top.height));
    }
    let used = form(screen, pen, area, painted);
    let rest = below(area, used);
    let wanted = if screen.at == Part::Checks { rest.height * 2 / 3 } else { rest.height / 3 };
    let lower = wanted.max(3).min(rest.height);
    let upper = Rect { height: rest.height - lower, ..rest };
    text(screen, pen, upper, painted);
    panes::checks(screen, pen, Rect { y: upper.bottom(), height: lower, ..rest }, painted);
}

/// Beside the sheet: preview, audience, checks.
fn beside(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.compose;
    let people = panes::audience_rows(screen).min(area.height / 4);
    let checks = (screen.findings.len() as u16 + 3).clamp(6, (area.height * 2 / 5).max(6));
    let top = area.height.saturating_sub(people + checks);
    preview::draw(model, pen, Rect { height: top, ..area }, painted);
    let middle = Rect { y: area.y + top, height: people.min(area.height - top), ..area };
    panes::audience(model, pen, middle);
    let lower = Rect { y: middle.bottom(), height: area.bottom().saturating_sub(middle.bottom()), ..area };
    panes::checks(screen, pen, lower, painted);
}

pub(super) fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}

/// The fields; gives the rows used.
fn form(screen: &Compose, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) -> u16 {
    let look = pen.look;
    let c = &look.strings.compose;
    let parts: Vec<Part> =
        FIELDS.into_iter().filter(|part| *part != Part::Files || !screen.sheet.files.is_empty()).collect();
    let notes: Vec<String> = parts.iter().map(|part| note(screen, look, *part)).collect();
    let via = via(screen, look);
    let via: Vec<(&str, bool)> = via.iter().map(|(name, on)| (name.as_str(), *on)).collect();
    let files: Vec<(String, bool)> = screen
        .sheet
        .files
        .iter()
        .map(|(file, on)| (format::files(std::slice::from_ref(file)), *on))
        .collect();
    let files: Vec<(&str, bool)> = files.iter().map(|(name, on)| (name.as_str(), *on)).collect();
    let formats = Format::ALL.map(|format| look.strings.format_word(format));
    let chosen = Format::ALL.iter().position(|format| *format == screen.sheet.format).unwrap_or(0);
    let fields: Vec<Field<'_>> = parts
        .iter()
        .zip(&notes)
        .map(|(&part, note)| {
            let typing = screen.typing && screen.at == part && screen.asking.is_none();
            let value = match screen.sheet.line(part) {
                Some(line) => Value::Line {
                    text: line.text(),
                    caret: typing.then(|| line.before_caret().len()),
                    placeholder: match part {
                        Part::To => &c.everybody,
                        Part::Title => &c.title_hint,
                        Part::When => &c.when_now,
                        Part::Stage => &c.stage_off,
                        _ => &look.strings.common.none,
                    },
                },
                None if part == Part::Via => Value::Ticks {
                    options: &via,
                    at: (screen.at == Part::Via).then_some(screen.sheet.via_at),
                },
                None if part == Part::Files => Value::Ticks {
                    options: &files,
                    at: (screen.at == Part::Files).then_some(screen.sheet.file_at),
                },
                None => Value::Choice { options: &formats, chosen },
            };
            Field { note, ..Field::new(label(look, part), value) }
        })
        .collect();
    let focus = parts.iter().position(|part| *part == screen.at);
    let form = Form { fields: &fields, focus };
    let height = form.height(area.width, pen).min(area.height / 2 + 2).min(area.height);
    let drawn = form.draw(pen, Rect { height, ..area });
    colour_terms(screen, pen, &drawn, &notes[0]);
    painted.set_cursor(drawn.caret.or_else(|| {
        let place = focus.map(|at| drawn.fields[at]).filter(|place| !place.is_empty())?;
        (!screen.typing).then(|| place.as_position())
    }));
    drawn.rows
}

/// What stands at the right end of a field.
fn note(screen: &Compose, look: &Look, part: Part) -> String {
    let s = look.strings;
    match part {
        Part::To => match screen.reach() {
            Some(reach) => s.common.people.count(reach.people.people),
            None if screen.counted.is_asked() => s.compose.counting.clone(),
            None => s.compose.nobody_here.clone(),
        },
        Part::Title => counter(screen, look),
        Part::When => screen
            .sheet
            .repeats()
            .map(|(_, at)| format::local(at, &look.zone))
            .map(|time| s.compose.when_repeats.fill(&[("time", (&time).into())]))
            .unwrap_or_default(),
        Part::Stage => screen
            .sheet
            .first_stage()
            .map(|n| s.dialogs.review.stage_first.fill(&[("count", n.into())]))
            .unwrap_or_default(),
        _ => String::new(),
    }
}

/// `19/100`: the title against the tightest limit of the channels that carry it. One that differs from person to person has
/// no length of its own: the checks measure the longest.
fn counter(screen: &Compose, look: &Look) -> String {
    if matches!(&screen.prepared, Some(Ok(prepared)) if prepared.varies(render::Part::Title)) {
        return String::new();
    }
    let title = screen.sheet.title.text().trim();
    let kinds =
        screen.reaching().into_iter().filter_map(|way| crate::channels::catalog::kind(&way.account.kind));
    let limit = kinds.filter_map(|kind| kind.spec().limits.title).min_by_key(|limit| limit.max);
    match limit {
        Some(limit) => format!("{}/{}", limit.unit.count(title), format::number(limit.max as i64)),
        None if title.is_empty() => String::new(),
        None => look.strings.common.characters.count(title.chars().count() as i64),
    }
}

/// The channels as tick boxes with the people that each reaches, then the box for every address.
fn via(screen: &Compose, look: &Look) -> Vec<(String, bool)> {
    let reach = screen.reach();
    let mut boxes: Vec<(String, bool)> = screen
        .sheet
        .lined_up(screen.ways())
        .into_iter()
        .map(|(way, on)| {
            let people = reach.filter(|_| on).map(|reach| reach.on(way.account.id).0);
            let count = people.map(|people| format!(" {}", format::number(people))).unwrap_or_default();
            (format!("{}{count}", way.account.name), on)
        })
        .collect();
    boxes.push((look.strings.compose.every.clone(), screen.sheet.every));
    boxes.push((look.strings.compose.fallback.clone(), screen.sheet.falls_back()));
    boxes
}

/// Terms as chips where they stand: those with a mistake in red. A text that scrolls stays as it is.
fn colour_terms(screen: &Compose, pen: &mut Pen<'_>, drawn: &FormPainted, note: &str) {
    let place = drawn.fields[0];
    let text = screen.sheet.to.text();
    let note_wide = pen.cells(note) + 2;
    let room = place.width.saturating_sub(drawn.column + note_wide);
    if place.is_empty() || pen.cells(text) >= room {
        return;
    }
    let names_nothing = screen.counted.unknown.is_some() && screen.reach().is_none();
    for chip in chips(text, Scope::People) {
        let from = pen.cells(&text[..chip.span.start]);
        let wide = pen.cells(&text[chip.span.clone()]);
        let vain = names_nothing
            && screen.counted.unknown.as_ref().is_some_and(|(_, name)| text[chip.span].contains(name));
        let role = if chip.term.is_err() || vain { Role::ChipError } else { Role::Chip };
        let area = Rect { x: place.x + drawn.column + from, y: place.y, width: wide, height: 1 };
        pen.lay(area, role);
    }
}

/// The body under its rule, with the real cursor in it.
fn text(screen: &Compose, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    if area.height < 2 {
        return;
    }
    let s = pen.look.strings;
    let body = &screen.sheet.body;
    let (line, column) = body.caret();
    let place = s.compose.body_place.fill(&[("line", (line + 1).into()), ("column", (column + 1).into())]);
    let characters = s.common.characters.count(body.count() as i64);
    let focused = screen.at == Part::Body;
    let title = title(pen.look, &s.compose.body, focused);
    if focused && screen.typing {
        rule::titled(pen, area, &[&title, &place, &characters]);
    } else {
        rule::titled(pen, area, &[&title, &characters]);
    }
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..below(area, 1) };
    pen.widget(inner, body.area());
    if body.is_empty() && !screen.typing {
        pen.text((inner.x, inner.y), inner.width, &s.compose.body_hint, Role::Placeholder);
    }
    if focused && screen.asking.is_none() {
        let cursor = body.area().screen_cursor();
        let (top, _) = body.area().scroll_offset();
        let y = inner.y + (cursor.row as u16).saturating_sub(top).min(inner.height.saturating_sub(1));
        let x = inner.x + (cursor.col as u16).min(inner.width.saturating_sub(1));
        painted.set_cursor(Some(if screen.typing { Position::new(x, y) } else { inner.as_position() }));
    }
}

/// A rule's title, with the sign of the focus where it is.
pub(super) fn title(look: &Look, words: &str, focused: bool) -> String {
    if focused { format!("{} {words}", look.glyphs.focus) } else { words.to_owned() }
}

/// Who am I: asked in the last rows, over what stands there.
fn question(asked: Asked, line: &Line, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let rows = 3.min(area.height);
    let place = Rect { y: area.bottom() - rows, height: rows, ..area };
    pen.clear(place, Role::SurfaceRaised);
    let c = &pen.look.strings.compose;
    let (name, hint) = match asked {
        Asked::Me => (&c.who, &c.who_hint),
        Asked::File => (&c.which_file, &c.which_file_hint),
    };
    rule::titled(pen, place, &[name]);
    pen.text((place.x + 1, place.y + 1), place.width.saturating_sub(2), hint, Role::TextMuted);
    let value = Value::Line { text: line.text(), caret: Some(line.before_caret().len()), placeholder: "" };
    let fields = [Field::new(name, value)];
    let drawn = Form { fields: &fields, focus: Some(0) }.draw(pen, below(place, 2));
    painted.set_cursor(drawn.caret);
}
