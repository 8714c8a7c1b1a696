//! Popups: a box in the middle, the whole screen where it does not fit, and a row of buttons.
//!
//! `open` clears the place and returns where to write; what stands inside is the caller's.

use ratatui::layout::Rect;

use super::pen::Pen;
use crate::look::role::Role;

/// Draws a popup for `width` × `height` cells of content in the middle of `screen`, and returns the
/// area of the content. Where the box does not fit, the content gets the whole screen under a title row.
pub fn open(pen: &mut Pen<'_>, screen: Rect, title: &str, (width, height): (u16, u16)) -> Rect {
    let (outer_width, outer_height) = (width.saturating_add(4), height.saturating_add(2));
    if outer_width > screen.width || outer_height > screen.height {
        return full(pen, screen, title);
    }
    let outer = Rect {
        x: screen.x + (screen.width - outer_width) / 2,
        y: screen.y + (screen.height - outer_height) / 2,
        width: outer_width,
        height: outer_height,
    };
    pen.clear(outer, Role::SurfaceRaised);
    frame(pen, outer, title, Role::BorderFocus);
    Rect { x: outer.x + 2, y: outer.y + 1, width, height }
}

fn full(pen: &mut Pen<'_>, screen: Rect, title: &str) -> Rect {
    pen.clear(screen, Role::SurfaceRaised);
    pen.text((screen.x, screen.y), screen.width, title, Role::Heading);
    Rect { y: screen.y + screen.height.min(1), height: screen.height.saturating_sub(1), ..screen }
}

/// A box with a title in its upper edge.
pub fn frame(pen: &mut Pen<'_>, outer: Rect, title: &str, border: Role) {
    let glyphs = pen.look.glyphs;
    let [top_left, top_right, bottom_left, bottom_right] = glyphs.corners;
    let (left, right) = (outer.x, outer.right() - 1);
    let (top, bottom) = (outer.y, outer.bottom() - 1);
    let inside = outer.width - 2;
    for y in [top, bottom] {
        pen.repeat((left + 1, y), inside, glyphs.line, border);
    }
    for y in top + 1..bottom {
        pen.text((left, y), 1, glyphs.divider, border);
        pen.text((right, y), 1, glyphs.divider, border);
    }
    for (at, sign) in [
        ((left, top), top_left),
        ((right, top), top_right),
        ((left, bottom), bottom_left),
        ((right, bottom), bottom_right),
    ] {
        pen.text(at, 1, sign, border);
    }
    if inside > 3 {
        pen.text((left + 1, top), inside, &format!(" {title} "), Role::Heading);
    }
}

/// One button of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Button<'a> {
    /// The act and the amount: `Send to 12,483`.
    pub label: &'a str,
    /// Whether it acts; one that is off stays listed, dimmed.
    pub on: bool,
    /// How it looks when it is on and has no focus: `Danger` for what cannot be undone.
    pub role: Role,
}

impl<'a> Button<'a> {
    /// A button that acts.
    pub const fn new(label: &'a str) -> Self {
        Self { label, on: true, role: Role::Text }
    }

    /// A button whose act cannot be taken back.
    pub const fn danger(label: &'a str) -> Self {
        Self { label, on: true, role: Role::Danger }
    }

    /// The same button, acting only when `on`.
    #[must_use]
    pub const fn on_when(self, on: bool) -> Self {
        Self { on, ..self }
    }
}

/// Draws `[ Back ]   [ Send to 12,483 ]` into `area`, on as many rows as it takes, and returns where
/// every button came to stand (empty where it found no room).
pub fn buttons(pen: &mut Pen<'_>, area: Rect, buttons: &[Button<'_>], focus: Option<usize>) -> Vec<Rect> {
    let (mut x, mut y) = (area.x, area.y);
    let mut places = Vec::with_capacity(buttons.len());
    for (at, button) in buttons.iter().enumerate() {
        let text = format!("[ {} ]", button.label);
        let wide = pen.cells(&text).min(area.width);
        // On to the next row; on the last one a button is cut rather than lost.
        if x > area.x && x + wide > area.right() && (y + 1 < area.bottom() || x + 6 > area.right()) {
            (x, y) = (area.x, y + 1);
        }
        if y >= area.bottom() {
            places.push(Rect::default());
            continue;
        }
        let wide = wide.min(area.right().saturating_sub(x));
        let place = Rect::new(x, y, wide, 1);
        let role = if button.on { button.role } else { Role::TextMuted };
        pen.text((x, y), wide, &text, role);
        if focus == Some(at) {
            pen.lay(place, Role::Selection);
        }
        places.push(place);
        x += wide + 3;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::locale::Lang;
    use crate::ui::widgets::pen::tests::rows;

    fn sample(pen: &mut Pen<'_>) {
        for y in 0..pen.area().height {
            pen.text((0, y), 99, "列表列表列表列表列表列表列表", Role::Text);
        }
        let inner = open(pen, pen.area(), "Stop the rest", (18, 2));
        pen.text((inner.x, inner.y), inner.width, "200 of 412 left", Role::Text);
        let row = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
        buttons(pen, row, &[Button::new("Back"), Button::danger("Stop 2")], Some(0));
    }

    #[test]
    fn a_popup_stands_in_the_middle_and_leaves_no_half_characters() {
        assert_eq!(
            rows(Lang::En, (28, 6), sample),
            [
                "列表列表列表列表列表列表列表",
                "列 ┌ Stop the rest ─────┐ 表",
                "列 │ 200 of 412 left    │ 表",
                "列 │ [ Back ]   [ Stop… │ 表",
                "列 └────────────────────┘ 表",
                "列表列表列表列表列表列表列表",
            ]
        );
    }

    #[test]
    fn a_popup_that_does_not_fit_takes_the_screen() {
        assert_eq!(
            rows(Lang::En, (20, 4), sample),
            ["Stop the rest", "200 of 412 left", "[ Back ]", "[ Stop 2 ]"]
        );
        assert_eq!(rows(Lang::En, (1, 1), sample), ["…"]);
    }

    #[test]
    fn buttons_name_the_act_and_the_amount() {
        let shown = rows(Lang::Zh, (40, 1), |pen| {
            let area = pen.area();
            let send = Button::new("重发 402 条").on_when(false);
            let places = buttons(pen, area, &[Button::new("返回"), send], Some(1));
            assert_eq!(places, [Rect::new(0, 0, 8, 1), Rect::new(11, 0, 15, 1)]);
        });
        assert_eq!(shown, ["[ 返回 ]   [ 重发 402 条 ]"]);
    }
}
