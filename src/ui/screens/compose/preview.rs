//! The preview pane: the channel's tab, the person whom it shows, the card and the text as it arrives.

use ratatui::layout::Rect;

use super::{below, face};
use crate::app::model::Model;
use crate::app::screens::compose::Compose;
use crate::app::screens::compose::preview::{Card, Preview};
use crate::app::screens::compose::rich::{Block, Mark, Sort};
use crate::domain::safe_text::{Cap, scrub};
use crate::input::action::Action;
use crate::input::context::Context;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::pen::Pen;
use crate::ui::widgets::tabs;
use crate::ui::width;

/// Draws the pane.
pub fn draw(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    if area.height < 2 {
        return;
    }
    let screen = &model.screens.compose;
    header(model, pen, area);
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..below(area, 1) };
    painted.pages.detail = usize::from(inner.height);
    painted.set_cursor(Some(inner.as_position()).filter(|_| screen.preview_open));
    let c = &pen.look.strings.compose;
    match &screen.preview {
        Preview::Card(shown) => card(screen, shown, pen, inner, painted),
        Preview::Nothing => drop(pen.paragraph(inner, &c.nothing, Role::Placeholder)),
        Preview::Broken => drop(pen.paragraph(inner, &c.broken, Role::Warning)),
        Preview::UnknownKind => drop(pen.paragraph(inner, &c.unknown_kind, Role::Warning)),
    }
}

/// `Preview  [WxPusher] Bark Email      as 王小明 sees it (n next person)`
fn header(model: &Model, pen: &mut Pen<'_>, area: Rect) {
    let screen = &model.screens.compose;
    let c = &pen.look.strings.compose;
    let title = pen.text((area.x + 1, area.y), area.width, &c.preview, Role::Heading);
    let name = screen.sample.as_ref().map(|person| scrub(&person.name, Cap::List).into_owned());
    let right = match name {
        Some(name) => {
            let key = model.desk.keys.key_for(Action::NextSample, &[Context::Compose]).unwrap_or_default();
            c.preview_as.fill(&[("name", (&name).into()), ("key", (&key).into())])
        }
        None => c.nobody_to_show.clone(),
    };
    let room = area.width.saturating_sub(title + 3);
    let right_wide = pen.cells(&right).min(room / 2);
    let corner = Rect { x: area.right().saturating_sub(right_wide + 1), width: right_wide, ..area };
    pen.right(corner, area.y, &right, Role::TextMuted);
    let names: Vec<&str> = screen.reaching().into_iter().map(|way| way.account.name.as_str()).collect();
    let place = Rect { x: area.x + title + 3, width: room.saturating_sub(right_wide + 2), height: 1, ..area };
    tabs::draw(pen, place, &names, screen.shown.min(names.len().saturating_sub(1)), 1);
}

fn card(screen: &Compose, card: &Card, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let c = &pen.look.strings.compose;
    let mut y = area.y;
    let line = |pen: &mut Pen<'_>, text: &str, role: Role, y: &mut u16| {
        if !text.is_empty() && *y < area.bottom() {
            pen.text((area.x, *y), area.width, text, role);
            *y += 1;
        }
    };
    // Scrolling begins with the card: one step, and the whole room is the text's.
    let is_top = screen.preview_top == 0;
    let face_rows = face::rows(&card.face, pen, area.width);
    let fits = face_rows + 4 <= area.height;
    if is_top && fits {
        y += face::draw(&card.face, pen, area);
    } else if is_top {
        // Too little room for a frame: its words alone.
        for row in card.face.rows.iter().take(2) {
            line(pen, &row.text, if row.strong { Role::Heading } else { Role::TextMuted }, &mut y);
        }
    }
    let skip = screen.preview_top.saturating_sub(1);
    if !card.missing.is_empty() {
        let name = screen.sample.as_ref().map_or("", |person| person.name.as_str());
        let name = scrub(name, Cap::List);
        let variables = card.missing.join(", ");
        let text = c.lacks.fill(&[("name", (&name).into()), ("variables", (&variables).into())]);
        line(pen, &text, Role::Warning, &mut y);
    }
    let foot = area.bottom().saturating_sub(1 + u16::from(!card.url.is_empty()));
    let room = Rect { y, height: foot.saturating_sub(y), ..area };
    painted.pages.detail = usize::from(room.height);
    let whole = lines(&card.blocks, pen, area.width);
    // All of it in sight under the card: nothing to scroll.
    let scrolls = usize::from(!is_top || whole > usize::from(room.height));
    painted.pages.preview = whole + scrolls;
    y = blocks(&card.blocks, pen, room, skip);
    let below = whole.saturating_sub(skip + usize::from(room.height));
    line(pen, &card.url, Role::Link, &mut y);
    if below > 0 {
        let more = c.preview_more.count(below as i64);
        let wide = pen.cells(&more);
        pen.right(Rect { y, height: 1, ..area }, y, &more, Role::Key);
        pen.text((area.x, y), area.width.saturating_sub(wide + 2), &c.preview_note, Role::TextMuted);
    } else {
        line(pen, &c.preview_note, Role::TextMuted, &mut y);
    }
}

/// How many rows blocks take at this width.
fn lines(blocks: &[Block], pen: &Pen<'_>, width: u16) -> usize {
    blocks
        .iter()
        .map(|block| {
            let room = usize::from(width - pen.cells(&block.lead).min(width / 2));
            let rows = match block.sort {
                Sort::Rule | Sort::Code => 1,
                Sort::Text | Sort::Heading => width::wrap(&block.text(), room, &pen.look.glyphs).len(),
            };
            rows + usize::from(block.apart)
        })
        .sum()
}

/// Writes blocks from the line `skip` on; gives the row after the last one.
pub(super) fn blocks(blocks: &[Block], pen: &mut Pen<'_>, area: Rect, skip: usize) -> u16 {
    let mut y = area.y;
    let mut skip = skip;
    for block in blocks {
        if block.apart {
            if skip > 0 {
                skip -= 1;
            } else {
                y += 1;
            }
        }
        if y >= area.bottom() {
            return area.bottom();
        }
        let lead = pen.cells(&block.lead).min(area.width / 2);
        let room = area.width - lead;
        let text = block.text();
        let lines = match block.sort {
            Sort::Rule => {
                let line = pen.look.glyphs.line;
                pen.repeat((area.x, y), area.width, line, Role::Border);
                y += 1;
                continue;
            }
            Sort::Code => vec![text.as_str()],
            Sort::Text | Sort::Heading => width::wrap(&text, usize::from(room), &pen.look.glyphs),
        };
        for (at, line) in lines.iter().enumerate() {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            if y >= area.bottom() {
                return area.bottom();
            }
            if at == 0 {
                pen.text((area.x, y), lead, &block.lead, Role::TextMuted);
            }
            // A line is a part of the text: where it begins there tells which spans it holds.
            let from = line.as_ptr() as usize - text.as_ptr() as usize;
            let spans = spans_of(block, from, from + line.len());
            let shown: Vec<(&str, Role)> = spans;
            pen.spans((area.x + lead, y), room, &shown);
            y += 1;
        }
    }
    y
}

/// The parts of a block's spans between two bytes of its text.
fn spans_of(block: &Block, from: usize, to: usize) -> Vec<(&str, Role)> {
    let mut at = 0;
    let mut shown = Vec::new();
    for (text, mark) in &block.spans {
        let (start, end) = (at, at + text.len());
        at = end;
        let (first, last) = (from.max(start), to.min(end));
        if first < last
            && let Some(part) = text.get(first - start..last - start)
        {
            shown.push((part, role(block.sort, *mark)));
        }
    }
    shown
}

const fn role(sort: Sort, mark: Mark) -> Role {
    match (sort, mark) {
        (Sort::Heading, _) => Role::Heading,
        (Sort::Code, _) | (_, Mark::Code) => Role::Code,
        (_, Mark::Strong) => Role::Accent,
        (_, Mark::Link) => Role::Link,
        (_, Mark::Struck) => Role::TextMuted,
        (_, Mark::Plain) => Role::Text,
    }
}
