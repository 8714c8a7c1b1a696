//! The panes below or beside the sheet: who gets it over what, and the checks.

use ratatui::layout::Rect;

use super::{below, title, words};
use crate::app::available::Availability;
use crate::app::model::Model;
use crate::app::screen::Screen;
use crate::app::screens::compose::Compose;
use crate::app::screens::compose::checks::{load, tally};
use crate::app::screens::compose::sheet::Part;
use crate::domain::delivery::SkipReason;
use crate::input::action::Action;
use crate::input::context::Context;
use crate::look::Look;
use crate::look::format;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::pen::Pen;
use crate::ui::widgets::rule;
use crate::ui::width;

/// Rows that the audience wants.
pub fn audience_rows(screen: &Compose) -> u16 {
    // Its rule, a row for each channel; one for those left out and one for those without a channel.
    let out = screen.reach().map_or(2, |reach| {
        let nowhere = reach.people.skipped.contains_key(&SkipReason::NoAddress);
        u16::from(nowhere) + u16::from(reach.people.skipped.len() > usize::from(nowhere))
    });
    screen.reaching().len() as u16 + 1 + out
}

/// People by channel with calls and time; who is left out and why.
pub fn audience(model: &Model, pen: &mut Pen<'_>, area: Rect) {
    let screen = &model.screens.compose;
    if area.height < 2 {
        return;
    }
    let s = pen.look.strings;
    let Some(reach) = screen.reach() else {
        rule::titled(pen, area, &[&s.compose.audience]);
        let text = if screen.counted.is_asked() { &s.compose.counting } else { &s.compose.nobody_here };
        pen.text((area.x + 1, area.y + 1), area.width.saturating_sub(2), text, Role::TextMuted);
        return;
    };
    let mut title = vec![s.compose.audience.clone(), s.common.people.count(reach.people.people)];
    // Who they are is one key away.
    for action in [Action::GoLeftOut, Action::GoUnreached] {
        let on = screen.available(action, &model.desk) == Availability::On;
        let key = model.desk.keys.key_for(action, &[Context::Compose]).filter(|_| on);
        title.extend(key.map(|key| format!("{key} {}", s.actions.hint(action.name()))));
    }
    rule::titled(pen, area, &title.iter().map(String::as_str).collect::<Vec<_>>());
    let rows = rows(screen, pen.look);
    let names = rows.iter().map(|(name, ..)| pen.cells(name)).max().unwrap_or(0).min(area.width / 3) + 1;
    let counts = rows.iter().map(|(_, count, _)| pen.cells(count)).max().unwrap_or(0);
    let inner = below(area, 1);
    let hidden = rows.len().saturating_sub(usize::from(inner.height));
    let more = more(pen, inner, hidden);
    for ((name, count, what), y) in rows.iter().zip(inner.y..inner.bottom()) {
        pen.text((inner.x + 1, y), names, name, Role::Text);
        let place = Rect { x: inner.x + 1 + names, width: counts, ..inner };
        pen.right(place, y, count, Role::Text);
        let x = place.right() + 3;
        let taken = if y + 1 == inner.bottom() { more } else { 0 };
        pen.text((x, y), inner.right().saturating_sub(x + taken), what, Role::TextMuted);
    }
}

/// At the end of the last row: how many did not find room. Gives the cells that this takes.
fn more(pen: &mut Pen<'_>, area: Rect, hidden: usize) -> u16 {
    if hidden == 0 || area.height == 0 {
        return 0;
    }
    let words = pen.look.strings.compose.rows_more.count(hidden as i64);
    pen.right(Rect { width: area.width.saturating_sub(1), ..area }, area.bottom() - 1, &words, Role::Key);
    pen.cells(&words) + 2
}

/// Name, people, and what it takes.
fn rows(screen: &Compose, look: &Look) -> Vec<(String, String, String)> {
    let s = look.strings;
    let Some(reach) = screen.reach() else { return Vec::new() };
    let personal = matches!(&screen.prepared, Some(Ok(prepared)) if prepared.is_personal());
    let mut rows = Vec::new();
    for way in screen.reaching() {
        let load = load(way, reach, personal);
        let mut what = s.common.calls.count(load.calls);
        if let Some(ms) = load.ms.filter(|ms| *ms > 0) {
            let time = format::duration(ms, &s.common);
            what = s.compose.calls_time.fill(&[("calls", (&what).into()), ("time", (&time).into())]);
        }
        if personal && load.people > 1 {
            what = s.compose.per_person.fill(&[("calls", (&what).into())]);
        }
        if load.remotes > 0 {
            what = format!("{what} {} {}", look.glyphs.dot, s.compose.plus_lists.count(load.remotes));
        }
        rows.push((way.account.name.clone(), s.common.people.count(load.people), what));
    }
    let reasons = [SkipReason::Unsubscribed, SkipReason::Blocked, SkipReason::Muted, SkipReason::DeadAddress];
    let of = |reason: &SkipReason| reach.people.skipped.get(reason).copied().unwrap_or(0);
    let out: i64 = reasons.iter().map(of).sum();
    if out > 0 {
        let parts: Vec<String> = reasons
            .iter()
            .filter(|reason| of(reason) > 0)
            .map(|reason| format!("{} {}", s.skips.reason.of(*reason).name, format::number(of(reason))))
            .collect();
        let dot = format!(" {} ", look.glyphs.dot);
        rows.push((s.compose.left_out.clone(), s.common.people.count(out), parts.join(&dot)));
    }
    let nowhere = of(&SkipReason::NoAddress);
    if nowhere > 0 {
        rows.push((s.compose.no_channel.clone(), s.common.people.count(nowhere), String::new()));
    }
    rows
}

/// The checks, gravest first, with the cursor where the focus is.
pub fn checks(screen: &Compose, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    if area.height < 2 {
        return;
    }
    let look = pen.look;
    let s = look.strings;
    let focused = screen.at == Part::Checks;
    let (errors, warnings, passed) = tally(&screen.findings);
    let (summary, _) = words::tally(look, (errors as i64, warnings as i64, passed as i64));
    let mut parts = vec![title(look, &s.compose.checks, focused), summary];
    if focused {
        parts.push(s.checks.goto.clone());
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    rule::titled(pen, area, &parts);
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..below(area, 1) };
    if screen.bench.is_none() {
        pen.text((inner.x, inner.y), inner.width, &s.checks.checking, Role::TextMuted);
        return;
    }
    let room = usize::from(inner.width.saturating_sub(2).max(1));
    let texts: Vec<String> =
        screen.findings.iter().map(|finding| words::finding(look, &finding.what)).collect();
    let tall = |text: &String| width::wrap(text, room, &look.glyphs).len().clamp(1, 2) as u16;
    let mut first = 0;
    if focused {
        // The finding with the cursor is always whole.
        while first < screen.finding_at
            && texts[first..=screen.finding_at].iter().map(tall).sum::<u16>() > inner.height
        {
            first += 1;
        }
    }
    // As many as fit, the last of them perhaps in part.
    let mut used = 0;
    let fits = |text: &&String| {
        let begins = used < inner.height;
        used += tall(text);
        begins
    };
    let shown = texts.iter().skip(first).take_while(fits).count();
    let wide = more(pen, inner, texts.len() - first - shown);
    let mut y = inner.y;
    for (at, (finding, text)) in screen.findings.iter().zip(&texts).enumerate().skip(first) {
        if y >= inner.bottom() {
            break;
        }
        let rows = tall(text).min(inner.bottom() - y);
        let (sign, role) = words::sign(finding.level);
        pen.text((inner.x, y), 1, sign, role);
        let place = Rect { x: inner.x + 2, y, width: inner.width.saturating_sub(2), height: rows };
        let taken = if y + rows == inner.bottom() { wide } else { 0 };
        pen.paragraph(Rect { width: place.width.saturating_sub(taken), ..place }, text, Role::Text);
        if focused && at == screen.finding_at {
            pen.lay(Rect { y, height: rows, ..inner }, Role::Selection);
            painted.set_cursor(Some(Rect { y, ..inner }.as_position()));
        }
        y += rows;
    }
}
