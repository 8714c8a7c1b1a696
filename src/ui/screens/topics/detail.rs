//! One topic in full: note, lists on providers' sides, channels of its members, newest members, last
//! broadcasts.

use ratatui::layout::Rect;

use crate::app::model::Model;
use crate::app::request::topics::Shown;
use crate::domain::safe_text::{Cap, scrub};
use crate::look::format;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::screens::facts::{self, Facts};
use crate::ui::widgets::badge::Badged;
use crate::ui::widgets::pen::Pen;

/// Draws the selected topic.
pub fn draw(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.topics;
    painted.pages.detail = usize::from(area.height);
    let Some(shown) = screen.current() else { return };
    let name = scrub(&shown.topic.name, Cap::List);
    let id = format!("#{}", shown.topic.id);
    let id_wide = pen.cells(&id) + 2;
    pen.text((area.x + 1, area.y), area.width.saturating_sub(id_wide + 1), &name, Role::Heading);
    pen.right(Rect { width: area.width - 1, ..area }, area.y, &id, Role::TextMuted);
    if screen.opened {
        painted.cursor = Some((area.x + 1, area.y));
    }
    let look = pen.look;
    let w = &look.strings.topics;
    let labels = [&w.people, &w.reach, &w.remote, &w.description];
    let labels: Vec<&str> = labels.iter().map(|label| label.as_str()).collect();
    let column = facts::column(pen, &labels, area.width);
    let room = area.width.saturating_sub(column + 1);
    let mut lines = Facts::default();
    about(shown, &mut lines, room, pen);
    members(shown, model, &mut lines, pen);
    let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    lines.draw(pen, below, screen.top, column, painted);
}

fn about(shown: &Shown, lines: &mut Facts, room: u16, pen: &Pen<'_>) {
    let look = pen.look;
    let w = &look.strings.topics;
    let topic = &shown.topic;
    lines.fact(&w.people, vec![(format::number(topic.people), Role::Text)]);
    let reach: Vec<String> =
        shown.reach.iter().map(|(name, count)| format!("{name} {}", format::number(*count))).collect();
    if !reach.is_empty() {
        lines.text(&w.reach, &scrub(&reach.join(", "), Cap::List), Role::Text, room, pen);
    }
    for (index, remote) in topic.remotes.iter().enumerate() {
        let text = format!("{} {}", remote.channel_name, remote.remote);
        let label = if index == 0 { w.remote.as_str() } else { "" };
        lines.text(label, &scrub(&text, Cap::List), Role::Text, room, pen);
    }
    if topic.remotes.is_empty() {
        lines.text(&w.remote, &w.remote_none, Role::TextMuted, room, pen);
    }
    if !topic.note.is_empty() {
        lines.text(&w.description, &scrub(&topic.note, Cap::Detail), Role::Text, room, pen);
    }
}

fn members(shown: &Shown, model: &Model, lines: &mut Facts, pen: &Pen<'_>) {
    let look = pen.look;
    let w = &look.strings.topics;
    lines.rule(&[&w.broadcasts]);
    for row in &shown.broadcasts {
        let badge = row.state.badge(look.strings);
        let title = scrub(&row.title, Cap::List);
        let title = if title.is_empty() { look.strings.common.untitled.as_str().into() } else { title };
        let when = format::when(row.updated_at, model.desk.now, &look.zone, &look.strings.common);
        lines.wide(vec![
            (format!("{}  ", badge.text()), badge.role),
            (title.into_owned(), Role::Text),
            (format!("  {when}"), Role::TextMuted),
        ]);
    }
    if shown.broadcasts.is_empty() {
        lines.wide(vec![(w.broadcasts_none.clone(), Role::TextMuted)]);
    }
    lines.rule(&[&w.members]);
    for row in &shown.members {
        let badge = row.state.badge(look.strings);
        lines.wide(vec![
            (format!("{}  ", badge.text()), badge.role),
            (scrub(&row.name, Cap::List).into_owned(), Role::Text),
        ]);
    }
    if shown.members.is_empty() {
        lines.wide(vec![(w.members_none.clone(), Role::TextMuted)]);
    }
}
