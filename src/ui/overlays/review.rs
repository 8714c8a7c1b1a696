//! The review: what would be sent to whom, over what, in which time; and the gate of its tier.

use ratatui::layout::{Position, Rect};

use crate::app::overlay::review::{At, Brief, Changed, Moved, MovedWhat, Off, Review, Tier};
use crate::app::request::compose::Lack;
use crate::domain::moment;
use crate::input::action::Action;
use crate::look::Look;
use crate::look::format;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::screens::compose::words as said;
use crate::ui::widgets::dialog::{self, Button};
use crate::ui::widgets::pen::Pen;

/// Draws the review.
pub fn draw(review: &Review, pen: &mut Pen<'_>, screen: Rect, painted: &mut Painted) {
    let words = &pen.look.strings.dialogs.review;
    let lines = lines(&review.brief, pen.look);
    let labels = lines.iter().map(|(label, ..)| pen.cells(label)).max().unwrap_or(0) + 2;
    let gate = if review.brief.tier == Tier::Number { 2 } else { 0 };
    // Nothing of it may be cut: it grows wider, then takes the screen, and scrolls where that is not enough.
    let widest = screen.width.saturating_sub(4);
    let narrow = WIDTH.min(widest);
    let (mut width, mut text) = (narrow, laid_out(&lines, narrow, labels, pen.look));
    if text.len() + ROOMY > usize::from(screen.height) {
        (width, text) = (widest, laid_out(&lines, widest, labels, pen.look));
    }
    let rows = u16::try_from(text.len()).unwrap_or(u16::MAX / 2);
    let mut inner = dialog::open(pen, screen, &words.title, (width, rows + gate + 5));
    if inner.width != width {
        text = laid_out(&lines, inner.width, labels, pen.look);
    }
    head(&review.brief, pen, inner);
    inner = below(inner, 1);
    let shown = Rect { height: inner.height.saturating_sub(gate + 4).min(rows), ..inner };
    said_lines(&text, review.top, labels, pen, shown);
    inner = below(inner, shown.height);
    let caret = if gate > 0 { Some(number(review, pen, &mut inner)) } else { None };
    inner = below(inner, 1);
    let places = buttons(review, pen, Rect { height: inner.height.min(2), ..inner });
    inner = below(inner, 1 + u16::from(places.iter().any(|place| place.y > inner.y)));
    let (hint, role) = hint(review, pen.look);
    pen.paragraph(Rect { height: inner.height.min(2), ..inner }, &hint, role);
    let focus = match review.at {
        At::Number => None,
        At::Back => Some(0),
        At::Test => Some(1),
        At::Send => Some(2),
    };
    painted.set_cursor(match focus.and_then(|focus| places.get(focus)) {
        Some(place) => Some(place.as_position()),
        None => caret,
    });
}

/// How wide it is as long as all of it fits.
const WIDTH: u16 = 60;
/// Rows beside the text, the box and a gate among them.
const ROOMY: usize = 9;
/// A blank at which no line ends.
const GLUE: &str = "\u{a0}";

fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}

/// One line of what is said: its label, if it is the first of its kind, the text, and how it looks.
type Said<'a> = (&'a str, String, Role);

/// Wraps every text beside its label.
fn laid_out<'a>(lines: &[(&'a str, String, Role)], width: u16, labels: u16, look: &Look) -> Vec<Said<'a>> {
    let room = usize::from(width.saturating_sub(labels).max(1));
    let mut laid = Vec::new();
    for (label, text, role) in lines {
        let text = look.glyphs.plain(text);
        for (at, line) in crate::ui::width::wrap(&text, room, &look.glyphs).into_iter().enumerate() {
            laid.push((if at == 0 { *label } else { "" }, line.replace(GLUE, " "), *role));
        }
    }
    laid
}

/// Writes the lines that fit, from `top` on, and that there are more.
fn said_lines(text: &[Said<'_>], top: usize, labels: u16, pen: &mut Pen<'_>, area: Rect) {
    let hidden = text.len().saturating_sub(usize::from(area.height));
    let top = top.min(hidden);
    for ((label, line, role), y) in text.iter().skip(top).zip(area.top()..area.bottom()) {
        pen.text((area.x, y), labels, label, Role::TextMuted);
        pen.text((area.x + labels, y), area.width.saturating_sub(labels), line, *role);
    }
    if hidden > 0 && area.height > 0 {
        let more = format!(" {} ", pen.look.strings.dialogs.review.pages);
        // In the row below, of which only the beginning is used: it covers nothing.
        pen.right(area, area.bottom(), &more, Role::Key);
    }
}

/// A name in which no line ends.
fn whole(name: &str) -> String {
    name.replace(' ', GLUE)
}

/// Parts after each other; a line ends only behind a sign between them.
fn parts(parts: impl Iterator<Item = String>, look: &Look) -> String {
    let parts: Vec<String> = parts.map(|part| whole(&part)).collect();
    parts.join(&format!("{GLUE}{} ", look.glyphs.dot))
}

/// `11月维护通知 Maintenance          Markdown, 389 characters`
fn head(brief: &Brief, pen: &mut Pen<'_>, area: Rect) {
    let s = pen.look.strings;
    let format = s.format_word(brief.format);
    let values = [("format", format.into()), ("count", brief.characters.into())];
    let right = s.dialogs.review.message.fill(&values);
    pen.right(area, area.y, &right, Role::TextMuted);
    let room = area.width.saturating_sub(pen.cells(&right) + 2);
    let title = if brief.title.trim().is_empty() { &s.common.untitled } else { &brief.title };
    let title = crate::domain::safe_text::scrub(title, crate::domain::safe_text::Cap::List);
    pen.text((area.x, area.y), room, &title, Role::Heading);
}

fn lines<'a>(brief: &Brief, look: &'a Look) -> Vec<(&'a str, String, Role)> {
    let s = look.strings;
    let w = &s.dialogs.review;
    let (people, role) = match (&brief.unreadable, brief.number) {
        (Some(what), _) => (said::finding(look, what), Role::Danger),
        (None, Some(number)) => (s.reached(number, brief.people), Role::Text),
        (None, None) => (s.compose.counting.clone(), Role::Text),
    };
    let audience = if brief.audience.is_empty() { w.everybody.clone() } else { brief.audience.clone() };
    let audience =
        crate::domain::safe_text::scrub(&audience, crate::domain::safe_text::Cap::List).into_owned();
    let via = |via: &crate::app::overlay::review::Via| {
        format!("{} {}", via.name, format::number(via.load.people + via.load.remotes))
    };
    let via = parts(brief.via.iter().map(via), look);
    let mut left_out = brief
        .left_out
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(reason, count)| format!("{} {}", s.skips.reason.of(*reason).name, format::number(*count)))
        .peekable();
    let left_out = if left_out.peek().is_none() { w.nothing_left_out.clone() } else { parts(left_out, look) };
    let undo = if brief.undo_ms > 0 {
        let time = format::duration(brief.undo_ms, &s.common);
        w.undo_time.fill(&[("time", (&time).into())])
    } else {
        w.undo_none.clone()
    };
    let mut lines = vec![(w.to.as_str(), format!("{audience}   {}", whole(&people)), role)];
    // Nothing is known of nobody knows whom.
    if brief.number.is_some() {
        lines.extend([(w.via.as_str(), via, Role::Text), (&w.left_out, left_out, Role::Text)]);
        lines.extend(
            brief
                .lacks
                .iter()
                .take(MOST_LACKS)
                .map(|lack| (w.gets_nothing.as_str(), lacks(lack, look), Role::Warning)),
        );
        lines.extend([(w.load.as_str(), load(brief, look), Role::Text)]);
        lines.extend(files(brief, look));
        lines.extend(replaces(brief, look));
    }
    if let Some(n) = brief.stage {
        lines.push((&w.stage, w.stage_first.fill(&[("count", n.into())]), Role::Text));
    }
    if brief.fallback {
        lines.push((&w.fallback, w.fallback_next.clone(), Role::Text));
    }
    match (&brief.repeats, brief.at) {
        (Some(repeats), _) => {
            let time = moment::print_zoned(repeats.first, &look.zone);
            let values =
                [("cron", (&repeats.cron).into()), ("time", (&time).into()), ("count", repeats.most.into())];
            lines.push((&w.repeats, w.repeats_from.fill(&values), Role::Text));
        }
        (None, Some(at)) => lines.push((&w.at, moment::print_zoned(at, &look.zone), Role::Text)),
        (None, None) => lines.push((&w.undo, undo, Role::Text)),
    }
    let (checks, role) = said::tally(look, (brief.errors, brief.warnings, brief.passed));
    lines.push((&w.checks, checks, role));
    let (test, role) = crate::ui::words::compose::test(&brief.test, look);
    lines.push((&w.test, test, role));
    if let (Some(before), Some(count)) = (brief.grew_from, brief.number)
        && before != count
    {
        let grew = w.grew.fill(&[("before", before.into()), ("count", count.into())]);
        lines.push(("", grew, Role::Warning));
    }
    lines.extend(brief.changed.as_ref().map(|changed| ("", since(changed, look), Role::Warning)));
    lines
}

/// So many variables are named; the checks name them all.
const MOST_LACKS: usize = 2;

/// `6 people: city is empty`.
fn lacks(lack: &Lack, look: &Look) -> String {
    let s = look.strings;
    let variable = crate::domain::safe_text::scrub(&lack.variable, crate::domain::safe_text::Cap::List);
    let people = s.common.people.count(lack.people);
    s.dialogs.review.lacks.fill(&[("people", (&people).into()), ("variable", (&variable).into())])
}

/// What has changed since the operator looked: the numbers, or what else if it is as many as before.
fn since(changed: &Changed, look: &Look) -> String {
    let s = look.strings;
    let moved = |moved: &Moved| {
        let what = match &moved.what {
            MovedWhat::Channel(name) => name,
            MovedWhat::LeftOut(reason) => &s.skips.reason.of(*reason).name,
        };
        s.plan.moved.fill(&[
            ("what", what.into()),
            ("before", moved.before.into()),
            ("count", moved.now.into()),
        ])
    };
    let what = if changed.moved.is_empty() {
        s.plan.others.fill(&[("parts", (&s.plan.parts(&changed.parts)).into())])
    } else {
        changed.moved.iter().map(moved).collect::<Vec<_>>().join(&format!(" {} ", look.glyphs.dot))
    };
    s.plan.since_review.fill(&[("what", (&what).into())])
}

/// What it takes the place of, and where; where it cannot, it comes on top.
fn replaces<'a>(brief: &Brief, look: &'a Look) -> Vec<(&'a str, String, Role)> {
    let w = &look.strings.dialogs.review;
    let Some(id) = brief.replaces.map(|id| id.to_string()) else { return Vec::new() };
    let names = |there: bool| {
        let via = brief.via.iter().filter(move |via| via.takes_the_place == there);
        via.map(|via| whole(&via.name)).collect::<Vec<_>>()
    };
    let (there, beside) = (names(true), names(false));
    if there.is_empty() {
        return vec![(&w.replaces, w.replaces_nowhere.fill(&[("id", (&id).into())]), Role::Warning)];
    }
    let channels = look.strings.list(there.iter().map(String::as_str));
    let said = w.replaces_on.fill(&[("id", (&id).into()), ("channels", (&channels).into())]);
    let mut lines: Vec<(&str, String, Role)> = vec![(&w.replaces, said, Role::Text)];
    if !beside.is_empty() {
        let channels = look.strings.list(beside.iter().map(String::as_str));
        lines.push(("", w.replaces_beside.fill(&[("channels", (&channels).into())]), Role::Warning));
    }
    lines
}

/// The files, and how many people get them.
fn files<'a>(brief: &Brief, look: &'a Look) -> Option<(&'a str, String, Role)> {
    let w = &look.strings.dialogs.review;
    let takes = brief.via.iter().filter(|via| via.takes_files);
    let count: i64 = takes.map(|via| via.load.people + via.load.remotes).sum();
    let (phrase, role) = match count {
        _ if brief.files.is_empty() => return None,
        0 => (&w.files_to_nobody, Role::Warning),
        _ => (&w.files_to, Role::Text),
    };
    let names = format::files(&brief.files);
    let said = phrase.fill(&[("files", (&names).into()), ("count", count.into())]);
    Some((&w.files, said, role))
}

/// Calls of all channels, and the longest time: they work side by side.
fn load(brief: &Brief, look: &Look) -> String {
    let s = look.strings;
    let calls = s.common.calls.count(brief.via.iter().map(|via| via.load.calls).sum());
    match brief.via.iter().filter_map(|via| via.load.ms).max() {
        Some(ms) if ms > 0 => {
            let time = format::duration(ms, &s.common);
            s.dialogs.review.about.fill(&[("calls", (&calls).into()), ("time", (&time).into())])
        }
        _ => calls,
    }
}

/// The number field; gives the cell of the caret.
fn number(review: &Review, pen: &mut Pen<'_>, area: &mut Rect) -> Position {
    let words = &pen.look.strings.dialogs.review;
    let ask = if review.brief.people.is_some() { &words.type_number_deliveries } else { &words.type_number };
    pen.text((area.x, area.y), area.width, ask, Role::Text);
    let role = if review.typed.is_empty() || review.matches() { Role::Input } else { Role::InputError };
    pen.text((area.x, area.y + 1), 2, "> ", Role::Key);
    let room = area.width.saturating_sub(2);
    let used = pen.text((area.x + 2, area.y + 1), room, &review.typed, role);
    let caret = Position::new(area.x + 2 + used, area.y + 1);
    *area = below(*area, 2);
    caret
}

fn buttons(review: &Review, pen: &mut Pen<'_>, area: Rect) -> Vec<Rect> {
    let s = pen.look.strings;
    let w = &s.dialogs.review;
    let number = review.brief.number;
    let send = match (&review.brief.repeats, review.brief.at) {
        _ if number.is_none() => s.actions.hint(Action::ReviewSend.name()).to_owned(),
        (Some(repeats), _) => w.button_repeat.fill(&[("count", repeats.most.into())]),
        (None, Some(_)) => w.button_later.count(number.unwrap_or(0)),
        (None, None) if review.brief.people.is_some() => w.button_deliveries.count(number.unwrap_or(0)),
        (None, None) => w.button.count(number.unwrap_or(0)),
    };
    let buttons = [
        Button::new(&s.common.back),
        Button::new(&s.dialogs.review.test_button),
        Button::danger(&send).on_when(review.is_open()),
    ];
    let focus = match review.at {
        At::Number => None,
        At::Back => Some(0),
        At::Test => Some(1),
        At::Send => Some(2),
    };
    dialog::buttons(pen, area, &buttons, focus)
}

/// Why the button is off, or what Enter does.
fn hint(review: &Review, look: &Look) -> (String, Role) {
    let w = &look.strings.dialogs.review;
    match (review.brief.off, review.brief.tier) {
        (Some(Off::Checks(count)), _) => {
            let first = review.brief.first_error.as_ref().map(|what| said::finding(look, what));
            let parts = [Some(w.blocked_by_errors.count(count)), first];
            (parts.into_iter().flatten().collect::<Vec<_>>().join(" "), Role::Danger)
        }
        (Some(Off::Counting), _) => (w.counting.clone(), Role::TextMuted),
        (Some(Off::Saving), _) => (w.saving.clone(), Role::TextMuted),
        (Some(Off::Looking), _) => (look.strings.plan.looking.clone(), Role::TextMuted),
        (None, Tier::Button) => (look.strings.dialogs.y_or_button.clone(), Role::TextMuted),
        (None, Tier::Number) if review.matches() => (w.lead_on.clone(), Role::TextMuted),
        // The button of a schedule does not send: it keeps its own name.
        (None, Tier::Number) if review.brief.repeats.is_some() || review.brief.at.is_some() => {
            (look.strings.dialogs.off_until.clone(), Role::TextMuted)
        }
        (None, Tier::Number) => (w.off_until.clone(), Role::TextMuted),
    }
}
