//! The whole picture: four fixed rows, the body between them, popups over it, and the page for a
//! terminal that is too small. Reads the model, changes nothing.

mod footer;
mod status;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::painted::Painted;
use super::screens::{self, Head, Size};
use super::widgets::pen::Pen;
use super::widgets::{rule, tabs};
use super::{overlays, words};
use crate::app::contexts::is_typing;
use crate::app::desk::Pages;
use crate::app::model::Model;
use crate::app::section::Section;
use crate::app::update::SMALLEST;
use crate::input::context::Context;
use crate::input::key::{Key, parse_sequence};
use crate::look::Look;
use crate::look::role::Role;

/// Draws `model` over all of `buffer`.
pub fn view(model: &Model, look: &Look, buffer: &mut Buffer) -> Painted {
    let area = buffer.area;
    let pages = Pages { size: (area.width, area.height), ..model.desk.pages };
    let mut painted = Painted::new(is_typing(model), terminal_title(model, look), pages);
    let mut pen = Pen::new(look, buffer);
    pen.clear(area, Role::Surface);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        painted.typing = false;
        tiny(model, &mut pen, area);
        return painted;
    }
    let row = |y: u16| Rect { y, height: 1, ..area };
    let head = screens::head(model, look);
    tab_row(model, &mut pen, row(0), &mut painted);
    title_row(model, &mut pen, row(1), &head);
    rule::line(&mut pen, row(2));
    let body = Rect { y: 3, height: area.height - 5, ..area };
    screens::body(model, &mut pen, body, &mut painted);
    status::toasts(model, &mut pen, body);
    if !model.desk.overlays.is_empty() {
        painted.cover();
        painted.cursor = None;
    }
    for overlay in &model.desk.overlays {
        overlays::draw(
            model,
            overlay,
            &mut pen,
            Rect { y: 1, height: area.height - 3, ..area },
            &mut painted,
        );
    }
    status::row(model, &mut pen, row(area.height - 2), &head.field, &mut painted);
    footer::row(model, &mut pen, row(area.height - 1), &mut painted);
    if let Some(end) = model.desk.notices.next_end() {
        painted.changes(end);
    }
    painted
}

fn tab_row(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let frame = &pen.look.strings.frame;
    let size = Size::of((pen.area().width, pen.area().height));
    let labels: Vec<String> = Section::ALL
        .into_iter()
        .zip(1..)
        .map(|(section, key)| match section {
            Section::Subscribers if size == Size::Compact => {
                format!("{key} {}", frame.tabs.subscribers_short)
            }
            Section::Inbox if model.desk.pulse.unread > 0 => {
                format!("{key} {}", frame.inbox_unread.count(model.desk.pulse.unread))
            }
            other => format!("{key} {}", words::section(pen.look, other)),
        })
        .collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let gap = if size == Size::Compact { 1 } else { 2 };
    let places = tabs::draw(pen, area, &labels, model.desk.section.index(), gap);
    let end = places.last().map_or(area.x, |(_, place)| place.right());
    for (index, place) in places {
        let keys = model.desk.keys.key_for(Section::ALL[index].action(), &[Context::Nav]);
        if let Some(key) = keys.and_then(|keys| single(&keys)) {
            painted.click(place, key);
        }
    }
    if size != Size::Compact {
        let room = Rect { x: end + 2, width: area.right().saturating_sub(end + 3), ..area };
        let mut right = screens::outbox::channels(model, pen.look);
        if pen.cells(&right) > room.width {
            right = screens::outbox::channel_tally(model, pen.look);
        }
        pen.right(room, area.y, &right, Role::TextMuted);
    }
}

fn title_row(model: &Model, pen: &mut Pen<'_>, area: Rect, head: &Head) {
    let name = words::section(pen.look, model.desk.section);
    let mut x = area.x + pen.text((area.x, area.y), area.width, name, Role::Heading) + 2;
    let compact = Size::of((pen.area().width, pen.area().height)) == Size::Compact;
    // Standard shows the channels in the tab row.
    let right = if compact || model.desk.section != Section::Outbox { head.right.as_str() } else { "" };
    let wanted: u16 =
        head.chips.iter().map(|(chip, _)| pen.cells(chip) + 1).sum::<u16>() + pen.cells(&head.text);
    let no_room =
        u32::from(x) + u32::from(wanted) + u32::from(pen.cells(right)) + 2 > u32::from(area.right());
    let right = if head.gives_way && no_room { "" } else { right };
    let right_wide = pen.cells(right) + 2;
    for (chip, role) in &head.chips {
        let room = area.right().saturating_sub(x + right_wide);
        if room < 4 {
            break;
        }
        x += pen.text((x, area.y), room, chip, *role) + 1;
    }
    let room = area.right().saturating_sub(x + right_wide);
    pen.text((x, area.y), room, &head.text, Role::TextMuted);
    if right_wide > 2 {
        pen.right(area, area.y, right, Role::TextMuted);
    }
}

fn single(keys: &str) -> Option<Key> {
    match parse_sequence(keys).ok()?[..] {
        [key] => Some(key),
        _ => None,
    }
}

fn tiny(model: &Model, pen: &mut Pen<'_>, area: Rect) {
    let frame = &pen.look.strings.frame;
    let (need_width, need_height) = (i64::from(SMALLEST.0), i64::from(SMALLEST.1));
    let mut lines = vec![frame.too_small.fill(&[
        ("need_width", need_width.into()),
        ("need_height", need_height.into()),
        ("width", i64::from(area.width).into()),
        ("height", i64::from(area.height).into()),
    ])];
    if model.desk.settings.demo {
        lines.insert(0, frame.demo.clone());
    }
    if model.desk.pulse.active > 0 {
        lines.push(frame.too_small_sending.fill(&[("percent", model.desk.pulse.percent.into())]));
    }
    lines.push(frame.too_small_keys.clone());
    for (line, y) in lines.iter().zip(area.top()..area.bottom()) {
        pen.text((area.x, y), area.width, line, Role::Text);
    }
}

/// Never holds a name or a message text: other people see titles.
fn terminal_title(model: &Model, look: &Look) -> String {
    let pulse = &model.desk.pulse;
    if pulse.active > 0 {
        look.strings.frame.title_sending.fill(&[("percent", pulse.percent.into())])
    } else {
        "pushdeck".to_owned()
    }
}
