//! One conversation: who said what when, what rules did about it, and what became of our answers. Its end is shown.

use ratatui::layout::Rect;

use crate::app::model::Model;
use crate::domain::delivery::DeliveryState;
use crate::domain::inbox::Kind;
use crate::domain::safe_text::{Cap, scrub};
use crate::look::Look;
use crate::look::format;
use crate::look::role::Role;
use crate::store::inbox::{Line, Said, Way};
use crate::ui::painted::Painted;
use crate::ui::screens::facts::Facts;
use crate::ui::widgets::badge::Badged;
use crate::ui::widgets::pen::Pen;
use crate::ui::width;

/// How far what was said stands in.
const INDENT: &str = "  ";

/// Draws the selected conversation.
pub fn draw(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.inbox;
    painted.pages.detail = usize::from(area.height.saturating_sub(1));
    let Some(row) = screen.table.selected() else { return };
    let look = pen.look;
    let name = match row.person {
        Some(_) => scrub(&row.name, Cap::List),
        None => look.strings.inbox.nobody.as_str().into(),
    };
    let id = row.person.map_or_else(String::new, |person| format!("#{person}"));
    let id_wide = pen.cells(&id) + 2;
    pen.text((area.x + 1, area.y), area.width.saturating_sub(id_wide + 1), &name, Role::Heading);
    pen.right(Rect { width: area.width - 1, ..area }, area.y, &id, Role::TextMuted);
    if screen.opened && screen.replying.is_none() {
        painted.cursor = Some((area.x + 1, area.y));
    }
    let Some(shown) = screen.current() else { return };
    let mut lines = Facts::default();
    // Where all of it went over one channel, the line above says which.
    let several = shown.lines.windows(2).any(|two| two[0].channel != two[1].channel);
    for line in &shown.lines {
        said(line, (&name, several), &mut lines, model, pen, area.width);
    }
    let mut used = 1;
    if let Some(person) = row.person {
        let text = way_back(shown.way.as_ref(), model, look);
        let height = area.height.saturating_sub(1).min(2);
        let about = Rect { x: area.x + 1, y: area.y + 1, width: area.width - 1, height };
        used += pen.paragraph(about, &text, Role::TextMuted).min(height);
        debug_assert_eq!(shown.person, Some(person));
    }
    let below = Rect { y: area.y + used, height: area.height.saturating_sub(used), ..area };
    let top = lines.count().saturating_sub(usize::from(below.height)).saturating_sub(screen.back);
    lines.draw(pen, below, top, 1, painted);
}

/// Over what an answer would go, and until when it may.
fn way_back(way: Option<&Way>, model: &Model, look: &Look) -> String {
    let s = look.strings;
    let words = &s.inbox.screen;
    let Some(way) = way else { return words.no_way.clone() };
    let channel = scrub(&way.channel, Cap::List);
    let over = words.over.fill(&[("channel", (&channel).into())]);
    let window = match &way.window {
        Some(window) => {
            let time = format::duration(window.until.since(model.desk.now).max(0), &s.common);
            match window.left {
                Some(left) => words.open_for.fill(&[("time", (&time).into()), ("count", left.into())]),
                None => words.open_while.fill(&[("time", (&time).into())]),
            }
        }
        None if way.needs_act => words.closed.clone(),
        None => return over,
    };
    format!("{over} {} {window}", look.glyphs.dot)
}

fn said(
    line: &Line,
    (name, several): (&str, bool),
    lines: &mut Facts,
    model: &Model,
    pen: &Pen<'_>,
    width: u16,
) {
    let look = pen.look;
    let strings = look.strings;
    let when = format::when(line.received, model.desk.now, &look.zone, &strings.common);
    let mut failed = None;
    let (who, state, role, text) = match &line.said {
        Said::Person { kind, done, amount, read, .. } => {
            let text = strings.came_in(*kind, &line.text, *amount);
            let did = done.as_ref().map(|done| {
                let what = strings.did(done);
                (strings.inbox.screen.auto.fill(&[("what", (&what).into())]), Role::TextMuted)
            });
            let role = match (read, kind) {
                (true, Kind::Text) | (false, _) => Role::Text,
                (true, _) => Role::TextMuted,
            };
            let unread = (!*read).then(|| (strings.states.unread.clone(), Role::Warning));
            (name.to_owned(), unread.or(did), role, text)
        }
        Said::Us { operator, state, class, provider_text, .. } => {
            let role = if *state == DeliveryState::Deferred { Role::Warning } else { Role::Danger };
            failed = class.map(|class| {
                let name = &strings.classes.of(Some(class), provider_text).name;
                let said = strings.said(provider_text);
                let text =
                    if said.is_empty() { name.clone() } else { format!("{name} {} {said}", look.glyphs.dot) };
                (text, role)
            });
            let badge = state.badge(strings);
            let by = operator
                .as_deref()
                .map_or_else(|| strings.inbox.rule.clone().into(), |by| scrub(by, Cap::List));
            (format!("> {by}"), Some((badge.text(), badge.role)), Role::Text, line.text.clone())
        }
    };
    let mut head = vec![(when, Role::TextMuted), (format!("  {who}"), Role::Key)];
    if several {
        head.push((format!("  {}", scrub(&line.channel_name, Cap::List)), Role::TextMuted));
    }
    head.extend(state.map(|(text, role)| (format!("  {}", scrub(&text, Cap::List)), role)));
    lines.wide(head);
    let text = scrub(&text, Cap::Detail);
    for wrapped in width::wrap(&text, usize::from(width.saturating_sub(4).max(4)), &look.glyphs) {
        lines.wide(vec![(format!("{INDENT}{wrapped}"), role)]);
    }
    // What nobody reads at length is one line: History has all of it.
    if let Some((failed, role)) = failed {
        let failed = scrub(&failed, Cap::List);
        let room = usize::from(width.saturating_sub(4).max(4));
        lines.wide(vec![(format!("{INDENT}{}", width::cut(&failed, room, &look.glyphs)), role)]);
    }
}
