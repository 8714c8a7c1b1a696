//! A QR code to follow by: the code at the left in its own colours, and beside it what belongs to it. It takes the
//! whole screen without a frame, because every row counts on a small terminal.

use ratatui::layout::Rect;

use crate::app::model::Model;
use crate::app::overlay::invite::Invite;
use crate::app::request::errands::{Arrival, Invitation};
use crate::domain::subscriber::SubscriberState;
use crate::domain::time::Millis;
use crate::look::format;
use crate::look::qr::Code;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::pen::Pen;

/// The least room for what stands beside a code.
const BESIDE: u16 = 24;

/// Draws the code.
pub fn draw(model: &Model, invite: &Invite, pen: &mut Pen<'_>, screen: Rect, painted: &mut Painted) {
    pen.clear(screen, Role::SurfaceRaised);
    let used = invite.invitation.as_ref().map_or(0, |code| drawn(code, pen, screen));
    let x = screen.x + used + 1;
    let area = Rect { x, width: (screen.right()).saturating_sub(x + 1), ..screen };
    beside(model.desk.now, invite, used > 0, pen, area, painted);
    painted.cursor = painted.cursor.or(Some((area.x, area.y)));
}

/// The columns that the code took; none where it does not fit or cannot be drawn.
fn drawn(code: &Invitation, pen: &mut Pen<'_>, screen: Rect) -> u16 {
    // A terminal that is given plain signs has no half blocks.
    if pen.look.glyphs.plain("▀") != "▀" {
        return 0;
    }
    let room = (usize::from(screen.width.saturating_sub(BESIDE)), usize::from(screen.height));
    let Some(rows) = Code::of(&code.link).and_then(|code| code.rows(room.0, room.1)) else { return 0 };
    for (row, y) in rows.iter().zip(screen.y..) {
        pen.code((screen.x, y), row);
    }
    rows.first().map_or(0, |row| row.chars().count() as u16)
}

fn beside(now: Millis, invite: &Invite, drawn: bool, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let w = &pen.look.strings.desk.invite;
    let mut rest = area;
    put(pen, &mut rest, &w.title.fill(&[("channel", (&invite.name).into())]), Role::Heading);
    if let Some(trouble) = &invite.trouble {
        put(pen, &mut rest, &trouble.summary, Role::Danger);
        for more in trouble.causes.iter().chain(&trouble.hint) {
            put(pen, &mut rest, more, Role::TextMuted);
        }
    }
    let Some(code) = &invite.invitation else {
        if invite.trouble.is_none() {
            put(pen, &mut rest, &w.asking, Role::Info);
        }
        return;
    };
    let left = code.until.since(now);
    if left > 0 {
        let time = format::countdown(left);
        put(pen, &mut rest, &w.good_for.fill(&[("time", (&time).into())]), Role::Text);
        painted.changes(now.plus(left.rem_euclid(1_000).max(50)));
    } else {
        put(pen, &mut rest, &w.over, Role::Warning);
    }
    if let Some(topic) = &code.topic {
        put(pen, &mut rest, &w.joins.fill(&[("topic", topic.into())]), Role::Text);
    }
    if !drawn {
        put(pen, &mut rest, &w.no_room, Role::Warning);
    }
    below(&mut rest, 1);
    put(pen, &mut rest, &code.link, Role::Code);
    if let Some(picture) = &code.picture {
        put(pen, &mut rest, &w.picture, Role::TextMuted);
        put(pen, &mut rest, picture, Role::Code);
    }
    below(&mut rest, 1);
    match (code.every, invite.came.is_empty()) {
        (None, _) => put(pen, &mut rest, &w.cannot_look, Role::TextMuted),
        (Some(_), true) if left > 0 && invite.trouble.is_none() => {
            put(pen, &mut rest, &w.nobody_yet, Role::TextMuted);
        }
        (Some(_), _) => {}
    }
    for one in &invite.came {
        put(pen, &mut rest, &arrived(one, pen), Role::Success);
    }
}

fn arrived(one: &Arrival, pen: &Pen<'_>) -> String {
    let s = pen.look.strings;
    let said = if one.new { &s.desk.invite.new } else { &s.desk.invite.again };
    let id = one.id.to_string();
    let text = said.fill(&[("name", (&one.name).into()), ("id", (&id).into())]);
    match one.state {
        SubscriberState::Active => text,
        state => s.with_reason(&text, s.states.subscriber.of(state)),
    }
}

fn put(pen: &mut Pen<'_>, rest: &mut Rect, text: &str, role: Role) {
    let used = pen.paragraph(*rest, text, role);
    below(rest, used);
}

fn below(rest: &mut Rect, rows: u16) {
    let rows = rows.min(rest.height);
    rest.y += rows;
    rest.height -= rows;
}
