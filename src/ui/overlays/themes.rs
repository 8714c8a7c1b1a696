//! The theme picker. The theme under the cursor is in use already, so the whole screen is the sample.

use ratatui::layout::Rect;

use super::usual_width;
use crate::app::overlay::pickers::Themes;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::dialog;
use crate::ui::widgets::list::{self, Item};
use crate::ui::widgets::pen::Pen;

/// Draws the picker.
pub fn draw(picker: &Themes, pen: &mut Pen<'_>, screen: Rect, painted: &mut Painted) {
    let s = pen.look.strings;
    let height = (picker.names.len() as u16 + 4).min(screen.height.saturating_sub(2));
    let inner = dialog::open(pen, screen, &s.overlays.themes_title, (usual_width(screen), height));
    let rows = Rect { height: inner.height.saturating_sub(4), ..inner };
    let items: Vec<Item<'_>> = picker.names.iter().map(|name| Item::new(name, "")).collect();
    let (_, cursor) = list::draw(pen, rows, &items, Some(picker.at));
    painted.set_cursor(cursor);
    let states = &s.states;
    let accepted = format!("+ {}  ", states.delivery.accepted);
    let unknown = format!("? {}  ", states.delivery.unknown);
    let failed = format!("x {}  ", states.delivery.rejected);
    let sample = [
        (s.setup.sample.as_str(), Role::TextMuted),
        ("  ", Role::Text),
        (&accepted, Role::Success),
        (&unknown, Role::Warning),
        (&failed, Role::Danger),
        ("[topic:ops]", Role::Chip),
    ];
    pen.spans((inner.x, rows.bottom() + 1), inner.width, &sample);
    pen.text((inner.x, rows.bottom() + 3), inner.width, &s.overlays.theme_keys, Role::TextMuted);
}
