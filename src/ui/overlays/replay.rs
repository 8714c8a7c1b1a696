//! The review of a replay: what goes, what is skipped, the tick box of unknown ones, the number.

use ratatui::layout::{Position, Rect};

use super::{rows_of, usual_width};
use crate::app::overlay::replay::{At, Replay};
use crate::look::Look;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::dialog::{self, Button};
use crate::ui::widgets::pen::Pen;

/// Draws the review.
pub fn draw(replay: &Replay, pen: &mut Pen<'_>, screen: Rect, painted: &mut Painted) {
    let words = &pen.look.strings.history.review;
    let width = usual_width(screen);
    let lines = lines(replay, pen.look);
    let text: u16 = lines.iter().map(|line| rows_of(pen, line, width)).sum();
    let sign = if replay.unknowns { 'x' } else { ' ' };
    let all_replace = replay.review.collapses == replay.review.unknown;
    let unknown = if all_replace { &words.unknown_replace } else { &words.unknown };
    let unknown = format!("[{sign}] {}", unknown.count(replay.review.unknown));
    let tick = if replay.review.unknown > 0 { rows_of(pen, &unknown, width) } else { 0 };
    let number = if replay.asks_number() { 3 } else { 0 };
    let mut inner = dialog::open(pen, screen, &words.title, (width, text + tick + number + 4));
    for line in &lines {
        let used = pen.paragraph(inner, line, Role::Text);
        inner = below(inner, used);
    }
    let mut cursor = None;
    if tick > 0 {
        let role = if replay.unknowns { Role::Warning } else { Role::Text };
        let used = pen.paragraph(Rect { height: inner.height.min(tick), ..inner }, &unknown, role);
        if replay.at == At::Unknowns {
            pen.lay(Rect { height: used, ..inner }, Role::Selection);
            cursor = Some(Position::new(inner.x + 1, inner.y));
        }
        inner = below(inner, used);
    }
    inner = below(inner, 1);
    if replay.asks_number() {
        let role = if replay.typed.is_empty() || replay.is_open() { Role::Input } else { Role::InputError };
        pen.text((inner.x, inner.y), inner.width, &words.type_number, Role::TextMuted);
        pen.text((inner.x, inner.y + 1), 2, "> ", Role::Key);
        let used = pen.text((inner.x + 2, inner.y + 1), inner.width.saturating_sub(2), &replay.typed, role);
        if replay.at == At::Number {
            cursor = Some(Position::new(inner.x + 2 + used, inner.y + 1));
        }
        inner = below(inner, 3);
    }
    let label = words.button.count(replay.to_send());
    let buttons =
        [Button::new(&pen.look.strings.common.back), Button::danger(&label).on_when(replay.is_open())];
    let focus = match replay.at {
        At::Unknowns | At::Number => None,
        At::Back => Some(0),
        At::Go => Some(1),
    };
    let places = dialog::buttons(pen, Rect { height: inner.height.min(1), ..inner }, &buttons, focus);
    let note = match (replay.asks_number(), replay.is_open()) {
        _ if replay.to_send() == 0 && replay.review.unknown > 0 => words.only_unknown.as_str(),
        _ if replay.to_send() == 0 => words.nothing.as_str(),
        (true, false) => words.off_until.as_str(),
        (false, true) => words.y_acts.as_str(),
        _ => "",
    };
    pen.text((inner.x, inner.y + 1), inner.width, note, Role::TextMuted);
    let on_button = focus.and_then(|focus| places.get(focus)).map(|place| place.as_position());
    painted.set_cursor(on_button.or(cursor));
}

fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}

fn lines(replay: &Replay, look: &Look) -> Vec<String> {
    let words = &look.strings.history.review;
    let review = &replay.review;
    let mut lines = vec![words.to_send.count(replay.to_send())];
    if review.accepted > 0 {
        lines.push(words.accepted.count(review.accepted));
    }
    if review.left_out > 0 {
        lines.push(words.left_out.count(review.left_out));
    }
    if review.other > 0 {
        lines.push(words.elsewhere.count(review.other));
    }
    if review.hopeless > 0 {
        lines.push(words.hopeless.count(review.hopeless));
    }
    if review.collapses > 0 && review.collapses < review.unknown {
        let twice = review.unknown - review.collapses;
        let values = [("replaced", review.collapses.into()), ("twice", twice.into())];
        lines.push(words.collapses.fill(&values));
    }
    if !replay.paused.is_empty() {
        let channels = look.strings.list(&replay.paused);
        lines.push(words.paused.fill(&[("channels", (&channels).into())]));
    }
    lines
}
