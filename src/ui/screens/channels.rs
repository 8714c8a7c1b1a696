//! The section Channels, drawn: the list, and beside it the selected channel, its form, or the kinds.

mod detail;
mod form;
mod kinds;
mod sync;

use ratatui::layout::Rect;

use super::list::{freshness, listing, marker, stacked};
use super::{Head, Size};
use crate::app::model::Model;
use crate::app::screens::channels::Mode;
use crate::channels::catalog;
use crate::channels::field::parse_rate;
use crate::channels::spec::Rate;
use crate::domain::channel::{ChannelState, Health};
use crate::input::action::Action;
use crate::look::Look;
use crate::look::format;
use crate::look::role::Role;
use crate::store::channels::Channel;
use crate::ui::painted::Painted;
use crate::ui::widgets::badge::{Badge, Badged};
use crate::ui::widgets::pen::Pen;
use crate::ui::widgets::rule;
use crate::ui::widgets::table::{Cell, Column, Row, Table};
use crate::ui::words::channels::kind_label;

/// Rows of the detail under the list in compact.
const LOWER: u16 = 10;

/// The actions that the footer shows first.
pub const fn hints(model: &Model) -> &'static [Action] {
    use Action as A;
    match model.screens.channels.mode {
        Mode::Detail => {
            &[A::Verify, A::TestToMe, A::Pause, A::Resume, A::Add, A::Edit, A::Remove, A::Invite, A::Sync]
        }
        Mode::Kinds(_) => &[A::Open, A::Escape],
        Mode::Sync(_) => &[A::Escape, A::Up, A::Down],
        Mode::Sheet(_) => &[A::Edit, A::Next, A::Toggle, A::Save, A::Verify, A::TestToMe, A::Escape],
    }
}

/// The title row.
pub fn head(model: &Model, look: &Look) -> Head {
    let screen = &model.screens.channels;
    let field = screen.sheet().and_then(|sheet| sheet.form.focused().map(|field| (sheet, field)));
    Head {
        text: tally(screen.table.rows().map(Channel::health), look),
        field: field.map_or_else(String::new, |(sheet, field)| {
            crate::ui::words::channels::field_label(look, sheet.spec.id, &field.name).to_owned()
        }),
        ..Head::default()
    }
}

/// `4 ok · 1 failing · 1 paused`
pub fn tally(healths: impl Iterator<Item = Health>, look: &Look) -> String {
    let words = &look.strings.frame;
    let healths: Vec<Health> = healths.collect();
    let count = |wanted: &[Health]| healths.iter().filter(|health| wanted.contains(health)).count() as i64;
    let parts = [
        (&words.channels_ok, count(&[Health::Ok, Health::Slow])),
        (&words.channels_failing, count(&[Health::Failing])),
        (&words.channels_paused, count(&[Health::Off])),
        (&words.channels_untested, count(&[Health::Untested])),
    ];
    let shown: Vec<String> =
        parts.iter().filter(|(_, count)| *count > 0).map(|(phrase, count)| phrase.count(*count)).collect();
    shown.join(&format!(" {} ", look.glyphs.dot))
}

/// The body.
pub fn body(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.channels;
    let one_pane = model.desk.zoomed || Size::of(model.desk.pages.size) == Size::Compact;
    let beside = matches!(screen.mode, Mode::Kinds(_) | Mode::Sheet(_) | Mode::Sync(_)) || screen.opened;
    match (one_pane, beside) {
        (true, true) => pane(model, pen, area, painted),
        (true, false) => {
            let (upper, lower) = stacked(area, screen.table.len(), LOWER);
            list(model, pen, upper, painted);
            detail::under(model, pen, lower, painted);
        }
        (false, _) => {
            let share = if matches!(screen.mode, Mode::Sheet(_) | Mode::Sync(_)) { 46 } else { 60 };
            let left = Rect { width: area.width * share / 100, ..area };
            let right = Rect { x: left.right() + 1, width: area.width - left.width - 1, ..area };
            list(model, pen, left, painted);
            rule::divider(pen, area, left.right());
            pane(model, pen, right, painted);
        }
    }
}

fn pane(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    match &model.screens.channels.mode {
        Mode::Detail => detail::draw(model, pen, area, painted),
        Mode::Kinds(at) => kinds::draw(*at, pen, area, painted),
        Mode::Sheet(sheet) => form::draw(model, sheet, pen, area, painted),
        Mode::Sync(page) => sync::draw(page, pen, area, painted),
    }
}

fn list(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.channels;
    let (table, now, look) = (&screen.table, model.desk.now, pen.look);
    let words = &look.strings.channels;
    // A list that is longer than its pane says so.
    let is_cut = area.height > 4 && table.len() > usize::from(area.height) - 1;
    let foot = Rect { y: area.bottom().saturating_sub(1), height: 1, ..area };
    let area = Rect { height: area.height - u16::from(is_cut), ..area };
    let Some(place) = listing(table, &words.empty, pen, area, now, painted) else { return };
    if is_cut {
        let (first, last) = (place.visible.start + 1, place.visible.end);
        let values = [("first", first as i64), ("last", last as i64), ("count", table.len() as i64)];
        let text = words.shown.fill(&values.map(|(name, value)| (name, value.into())));
        pen.text((foot.x + 4, foot.y), foot.width.saturating_sub(5), &text, Role::TextMuted);
    }
    let rows = place
        .visible
        .clone()
        .filter_map(|index| table.row(index))
        .map(|row| Row::new(cells(row, look)).marker(marker(table, row)))
        .collect();
    let drawn = Table {
        columns: vec![
            Column::new(&words.channel, 12, 28).middle(),
            Column::new(&words.kind, 8, 12).drops(3),
            Column::new(&words.health, 10, 10),
            Column::new(&words.recent, 8, 8).right().drops(2),
            Column::new(&words.addresses, 9, 9).right().drops(4),
            Column::new(&words.rate, 12, 18).drops(5),
        ],
        rows,
        selected: table.selected_in(&place.visible),
        focused: matches!(screen.mode, Mode::Detail),
        freshness: freshness(table, now),
    }
    .draw(pen, place.area);
    painted.set_cursor(drawn.cursor);
    let used = 1 + u16::try_from(table.len()).unwrap_or(u16::MAX);
    if used + 3 <= place.area.height && Size::of(model.desk.pages.size) != Size::Compact {
        let rest = Rect {
            x: place.area.x + 4,
            y: place.area.y + used + 1,
            width: place.area.width.saturating_sub(6),
            height: place.area.height - used - 1,
        };
        pen.paragraph(rest, &words.health_note, Role::TextMuted);
    }
}

fn cells<'a>(row: &'a Channel, look: &'a Look) -> Vec<Cell<'a>> {
    vec![
        Cell::new(&row.name),
        Cell::new(kind_label(look, &row.kind)),
        Cell::badge(&health(row, look)),
        Cell::new(share(row)),
        Cell::new(format::number(row.addresses)),
        Cell::role(rate(row, look), Role::TextMuted),
    ]
}

/// What stands still says so; the rest says how it is doing.
fn health<'a>(row: &Channel, look: &'a Look) -> Badge<'a> {
    match row.state {
        ChannelState::Paused => row.state.badge(look.strings),
        ChannelState::Active => row.health().badge(look.strings),
    }
}

/// `98%` of the last attempts went through.
fn share(row: &Channel) -> String {
    let recent = row.recent;
    if recent.tried == 0 {
        return "-".to_owned();
    }
    let through = (recent.tried - recent.failed) as i64;
    format!("{}%", format::percent(through, recent.tried as i64))
}

/// The rate that the operator set.
fn own_rate(row: &Channel) -> Option<&str> {
    row.settings.get("rate").map(String::as_str).filter(|rate| !rate.is_empty())
}

/// `20/10s`: the provider's, or what the operator set instead.
fn rate(row: &Channel, look: &Look) -> String {
    let none = || look.strings.channels.rate_none.clone();
    if let Some(own) = own_rate(row) {
        return parse_rate(own)
            .map_or_else(|| own.to_owned(), |rate| rate.map_or_else(none, |rate| said(rate, look)));
    }
    let published = catalog::kind(&row.kind).and_then(|kind| kind.rate(&row.settings));
    published.map_or_else(none, |rate| said(rate, look))
}

/// The same, and whose it is.
fn rate_and_whose(row: &Channel, look: &Look) -> String {
    let rate = rate(row, look);
    match own_rate(row) {
        Some(_) => look.strings.channels.rate_yours.fill(&[("rate", (&rate).into())]),
        None => rate,
    }
}

/// A rate in words, where it is one that people say.
fn said(rate: Rate, look: &Look) -> String {
    let words = &look.strings.channels;
    let count = i64::from(rate.calls);
    match rate.per_ms {
        1_000 => words.rate_second.count(count),
        60_000 => words.rate_minute.count(count),
        per_ms if per_ms % 1_000 == 0 && per_ms < 60_000 => {
            words.rate_seconds.fill(&[("count", count.into()), ("s", i64::from(per_ms / 1_000).into())])
        }
        _ => written(rate),
    }
}

/// A rate as the form takes it.
fn written(rate: Rate) -> String {
    let Rate { calls, per_ms } = rate;
    match per_ms {
        1_000 => format!("{calls}/s"),
        60_000 => format!("{calls}/m"),
        per_ms if per_ms % 86_400_000 == 0 => format!("{calls}/{}d", per_ms / 86_400_000),
        per_ms if per_ms % 1_000 == 0 => format!("{calls}/{}s", per_ms / 1_000),
        per_ms => format!("{calls}/{per_ms}ms"),
    }
}
