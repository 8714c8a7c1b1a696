//! One person in full: state, topics, addresses (masked), tags, variables, note, last deliveries.

use ratatui::layout::Rect;

use crate::app::model::Model;
use crate::app::request::subscribers::Known;
use crate::domain::safe_text::{Cap, scrub};
use crate::look::format;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::screens::facts::{self, Facts};
use crate::ui::widgets::badge::Badged;
use crate::ui::widgets::pen::Pen;

/// Draws the selected person.
pub fn draw(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.subscribers;
    painted.pages.detail = usize::from(area.height);
    let Some(known) = screen.current() else { return };
    let person = &known.person;
    let name = scrub(&person.name, Cap::List);
    let id = format!("#{}", person.id);
    let id_wide = pen.cells(&id) + 2;
    pen.text((area.x + 1, area.y), area.width.saturating_sub(id_wide + 1), &name, Role::Heading);
    pen.right(Rect { width: area.width - 1, ..area }, area.y, &id, Role::TextMuted);
    if screen.opened {
        painted.cursor = Some((area.x + 1, area.y));
    }
    let w = &pen.look.strings.subscribers;
    let labels = [&w.state, &w.topics, &w.tags, &w.lang, &w.channels, &w.variables, &w.note, &w.added];
    let quiet = person.quiet.as_ref().map(|_| &w.quiet);
    let labels: Vec<&str> = labels.into_iter().chain(quiet).map(String::as_str).collect();
    let column = facts::column(pen, &labels, area.width);
    let room = area.width.saturating_sub(column + 1);
    let mut lines = Facts::default();
    about(known, model, &mut lines, room, pen);
    deliveries(known, model, &mut lines, pen, painted);
    let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    lines.draw(pen, below, screen.top, column, painted);
}

fn about(known: &Known, model: &Model, lines: &mut Facts, room: u16, pen: &Pen<'_>) {
    let look = pen.look;
    let w = &look.strings.subscribers;
    let person = &known.person;
    let badge = person.state.badge(look.strings);
    let date = format::date(person.created, &look.zone);
    let since = w.since.fill(&[("state", (&badge.text()).into()), ("date", (&date).into())]);
    lines.fact(&w.state, vec![(since, badge.role)]);
    if known.me {
        lines.fact("", vec![(w.me.clone(), Role::Accent)]);
    }
    let none = &look.strings.common.none;
    let joined = |names: &[String]| {
        if names.is_empty() { none.clone() } else { scrub(&names.join(", "), Cap::List).into_owned() }
    };
    let role = |empty: bool| if empty { Role::TextMuted } else { Role::Text };
    lines.text(&w.topics, &joined(&person.topics), role(person.topics.is_empty()), room, pen);
    lines.text(&w.tags, &joined(&person.tags), role(person.tags.is_empty()), room, pen);
    if let Some(lang) = &person.lang {
        lines.text(&w.lang, &scrub(lang, Cap::List), Role::Text, room, pen);
    }
    if let Some(quiet) = &person.quiet {
        lines.text(&w.quiet, &scrub(quiet, Cap::List), Role::Text, room, pen);
    }
    let widest = person
        .addresses
        .iter()
        .map(|address| pen.cells(&scrub(&address.channel_name, Cap::List)))
        .max()
        .unwrap_or(0)
        .min(room / 3);
    for (index, address) in person.addresses.iter().enumerate() {
        let badge = address.state.badge(look.strings);
        let channel = scrub(&address.channel_name, Cap::List);
        let channel =
            crate::ui::width::fit(&channel, usize::from(widest), crate::ui::width::Align::Left, &look.glyphs);
        let pieces = vec![
            (format!("{channel}  "), Role::Text),
            (format!("{}  ", scrub(&address.masked, Cap::List)), Role::TextMuted),
            (badge.text(), badge.role),
        ];
        lines.fact(if index == 0 { &w.channels } else { "" }, pieces);
    }
    if person.addresses.is_empty() {
        lines.text(&w.channels, &w.address_none, Role::TextMuted, room, pen);
    }
    for (index, (key, value)) in person.vars.iter().enumerate() {
        let text = format!("{} = {}", scrub(key, Cap::List), scrub(value, Cap::List));
        lines.text(if index == 0 { &w.variables } else { "" }, &text, Role::Text, room, pen);
    }
    if !person.note.is_empty() {
        lines.text(&w.note, &scrub(&person.note, Cap::Detail), Role::Text, room, pen);
    }
    let ago = format::when(person.created, model.desk.now, &look.zone, &look.strings.common);
    lines.fact(&w.added, vec![(ago, Role::TextMuted)]);
}

fn deliveries(known: &Known, model: &Model, lines: &mut Facts, pen: &Pen<'_>, painted: &mut Painted) {
    let look = pen.look;
    let w = &look.strings.subscribers;
    lines.rule(&[&w.deliveries]);
    if known.deliveries.is_empty() {
        lines.wide(vec![(w.deliveries_none.clone(), Role::TextMuted)]);
    }
    for row in &known.deliveries {
        let badge = row.state.badge(look.strings);
        let when = row.ended_at.map_or_else(String::new, |at| {
            if let Some(wait) = format::ago_changes_in(at, model.desk.now) {
                painted.changes(model.desk.now.plus(wait));
            }
            format!("  {}", format::when(at, model.desk.now, &look.zone, &look.strings.common))
        });
        let title = scrub(&row.title, Cap::List);
        let title = if title.is_empty() { look.strings.common.untitled.as_str().into() } else { title };
        let mut pieces = vec![
            (format!("{}  ", badge.text()), badge.role),
            (scrub(&row.channel, Cap::List).into_owned(), Role::TextMuted),
            (when, Role::TextMuted),
            (format!("  {title}"), Role::Text),
        ];
        if !row.provider_text.is_empty() {
            pieces.push((
                format!("  {}", scrub(&look.strings.said(&row.provider_text), Cap::List)),
                Role::TextMuted,
            ));
        }
        lines.wide(pieces);
    }
}
