//! The channels of a broadcast in a table: what was accepted, failed, is unknown, is left; rate and state of each.

use ratatui::layout::Rect;

use crate::app::model::Model;
use crate::app::rows::{BroadcastDetail, Lane, Wait};
use crate::domain::broadcast::{BroadcastState, PauseReason};
use crate::domain::delivery::{Counts, DeliveryState as D, SkipReason};
use crate::domain::time::Millis;
use crate::input::action::Action;
use crate::input::context::Context;
use crate::look::Look;
use crate::look::format;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::pen::Pen;
use crate::ui::widgets::table::{Cell, Column, GUTTER, Row, Table};

/// What goes on by itself within this time is counted down; beyond it the clock says more.
const COUNTED_DOWN_MS: i64 = 10 * 60 * 1_000;

/// What the columns beside the state take at their least, with the gaps before each: the rate gives way to the state.
const OTHERS: u16 = 47;

/// Draws the table of lanes, its total always among it; gives the rows used. Where not all of them fit, those that
/// need somebody come first, and how many are left out is said below.
pub fn draw(
    model: &Model,
    detail: &BroadcastDetail,
    pen: &mut Pen<'_>,
    area: Rect,
    painted: &mut Painted,
) -> u16 {
    let (look, now) = (pen.look, model.desk.now);
    let words = &look.strings.outbox;
    // A channel that nobody is reached over would fill a row with noughts.
    let is_used = |lane: &&Lane| lane.counts.to_send() > 0 || detail.lanes.len() == 1;
    let mut lanes: Vec<&Lane> = detail.lanes.iter().filter(is_used).collect();
    // The header, the total, and the line that says how many more there are.
    let hidden = (lanes.len() + 2).saturating_sub(usize::from(area.height));
    let left_out = if hidden > 0 { (hidden + 1).min(lanes.len()) } else { 0 };
    if left_out > 0 {
        lanes.sort_by_key(|lane| urgency(lane, now));
        lanes.truncate(lanes.len() - left_out);
    }
    let mut rows: Vec<Row<'_>> = lanes
        .into_iter()
        .map(|lane| {
            let (state, role) = lane_state(lane, detail, look, now, painted);
            let rate = look.strings.common.per_second.fill(&[("rate", (&rate(lane.rate_tenths)).into())]);
            let name = if lane.reserve {
                Cell::new(words.reserve.fill(&[("channel", (&lane.name).into())]))
            } else {
                Cell::new(&lane.name)
            };
            let mut cells = vec![name];
            cells.extend(numbers(&lane.counts));
            cells.push(Cell::new(if lane.rate_tenths > 0 { rate } else { String::new() }));
            cells.push(Cell::role(state, role));
            Row::new(cells)
        })
        .collect();
    let mut total = vec![Cell::role(&look.strings.common.total, Role::Heading)];
    total.extend(numbers(&detail.row.counts));
    rows.push(Row::new(total));
    let used = (rows.len() as u16 + 1).min(area.height);
    // What a channel does comes before its rate and before the ends of long names.
    let wanted = widest(pen, rows.iter().filter_map(|row| row.cells.get(6)));
    let state = wanted.min(area.width.saturating_sub(GUTTER + OTHERS)).clamp(10, 48);
    Table {
        columns: vec![
            Column::new(&words.channel, 10, 18).middle(),
            Column::new(&words.accepted, 8, 9).right(),
            Column::new(&words.failed, 6, 8).right(),
            Column::new(&words.unknown, 7, 8).right(),
            Column::new(&words.left, 6, 9).right(),
            Column::new(&words.rate, 6, 8).right().drops(1),
            Column::new(&words.state, state, state),
        ],
        rows,
        ..Table::default()
    }
    .draw(pen, Rect { height: used, ..area });
    if left_out == 0 || used >= area.height {
        return used;
    }
    let key = model.desk.keys.key_for(Action::Open, &[Context::Outbox, Context::Table]).unwrap_or_default();
    let more = words.more_channels.fill(&[("count", (left_out as i64).into()), ("key", (&key).into())]);
    pen.text((area.x + GUTTER, area.y + used), area.width.saturating_sub(GUTTER), &more, Role::TextMuted);
    used + 1
}

/// What needs somebody comes first: what stands still, what rests, what met trouble, what is not done.
fn urgency(lane: &Lane, now: Millis) -> u8 {
    let open = lane.counts.open() > 0;
    match () {
        () if open && lane.paused.is_some() => 0,
        () if open && lane.rest.is_some_and(|rest| rest.holds(now)) => 1,
        () if lane.counts.trouble() > 0 => 2,
        () if open => 3,
        () => 4,
    }
}

/// The cells that the widest of these takes.
pub fn widest<'a>(pen: &Pen<'_>, cells: impl Iterator<Item = &'a Cell<'a>>) -> u16 {
    cells.map(|cell| pen.cells(&cell.text)).max().unwrap_or(0)
}

fn numbers(counts: &Counts) -> [Cell<'static>; 4] {
    let cell = |count: i64, role: Role| {
        Cell::role(format::number(count), if count > 0 { role } else { Role::TextMuted })
    };
    [
        cell(counts.delivered(), Role::Text),
        cell(counts.of(D::Rejected), Role::Danger),
        cell(counts.of(D::Unknown), Role::Warning),
        cell(counts.open(), Role::Text),
    ]
}

/// `143`, `4.2`: people a second from tenths.
fn rate(tenths: i64) -> String {
    if tenths < 100 { format!("{}.{}", tenths / 10, tenths % 10) } else { format::number(tenths / 10) }
}

fn lane_state(
    lane: &Lane,
    detail: &BroadcastDetail,
    look: &Look,
    now: Millis,
    painted: &mut Painted,
) -> (String, Role) {
    let s = look.strings;
    let broadcast = &s.states.broadcast;
    if lane.counts.open() == 0 && detail.row.state != BroadcastState::Draft {
        return ended(lane, look);
    }
    // What holds everything up comes before what holds up a part, and that before what was met on the way.
    if let Some(reason) = lane.paused.filter(|reason| *reason != PauseReason::Halted) {
        return (format!("= {}", s.states.pause_short.of(reason)), Role::Warning);
    }
    match (detail.row.state, detail.row.paused) {
        (BroadcastState::Paused, Some(reason)) => {
            return (format!("= {}", s.states.pause_short.of(reason)), Role::Warning);
        }
        (BroadcastState::Paused, None) => return (format!("= {}", broadcast.paused), Role::Warning),
        (state @ (BroadcastState::Held | BroadcastState::Scheduled | BroadcastState::Draft), _) => {
            return (format!(". {}", broadcast.of(state)), Role::Pending);
        }
        _ => {}
    }
    if lane.stage.is_some_and(|stage| stage.open == 0) {
        return (format!("= {}", s.states.waits_for_stage), Role::Warning);
    }
    if let Some(reason) = lane.paused {
        return (format!("= {}", s.states.pause_short.of(reason)), Role::Warning);
    }
    if let Some(rest) = lane.rest.filter(|rest| rest.holds(now)) {
        painted.changes(rest.until.plus(1));
        return (super::rests(&rest, now, look), Role::Warning);
    }
    let stands = lane.calls == 0 && lane.rate_tenths == 0;
    let all_wait = lane.counts.of(D::Deferred) == lane.counts.open();
    if let Some((until, wait)) = lane.waits.filter(|(until, _)| *until > now && (stands || all_wait)) {
        let left = until.since(now);
        let text = if left < COUNTED_DOWN_MS {
            painted.changes(now.plus(1 + (left - 1) % 1_000));
            s.states.waits_for.fill(&[("time", (&format::countdown(left)).into())])
        } else {
            let same_day = format::date(until, &look.zone) == format::date(now, &look.zone);
            let time =
                if same_day { format::clock(until, &look.zone) } else { format::local(until, &look.zone) };
            s.states.waits_until.fill(&[("time", (&time).into())])
        };
        let why = match wait {
            Wait::Quiet => &s.states.quiet,
            Wait::For(class) => &s.classes.class.of(class).name,
        };
        return (format!("~ {}", s.list([text.as_str(), why.as_str()])), Role::Warning);
    }
    if lane.calls > 0 {
        return (format!("> {}", s.common.calls.count(lane.calls)), Role::Info);
    }
    if lane.rate_tenths > 0 && lane.counts.open() > 0 {
        return (format!("> {}", s.states.delivery.sending), Role::Info);
    }
    (format!(". {}", s.states.delivery.planned), Role::Pending)
}

/// What came of a lane in which nobody is left.
fn ended(lane: &Lane, look: &Look) -> (String, Role) {
    let (s, broadcast) = (look.strings, &look.strings.states.broadcast);
    if lane.taken_back > 0 && lane.taken_back >= lane.counts.delivered() {
        (format!("/ {}", s.states.taken_back), Role::Warning)
    } else if lane.expired && lane.counts.of(D::Cancelled) > 0 {
        (format!("/ {}", s.skips.reason.of(SkipReason::Expired).name), Role::Warning)
    } else if lane.counts.trouble() > 0 {
        (format!("! {}", broadcast.partial), Role::Warning)
    } else {
        (format!("+ {}", broadcast.done), Role::Success)
    }
}
