//! The help page: the keys that hold where it was opened, from the live key map, innermost first.

use ratatui::layout::{Position, Rect};

use crate::app::available::{Availability, Why, available};
use crate::app::model::Model;
use crate::app::overlay::find::Find;
use crate::app::overlay::viewers::Help;
use crate::input::key::print_sequence;
use crate::look::Look;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::dialog;
use crate::ui::widgets::pen::Pen;
use crate::ui::{width, words};

/// One line of the page.
enum Line {
    Heading(&'static str),
    Key { keys: String, label: String },
}

/// Draws the page over the whole body.
pub fn draw(model: &Model, help: &Help, pen: &mut Pen<'_>, screen: Rect, painted: &mut Painted) {
    let look = pen.look;
    let strings = &look.strings.overlays;
    let place = help.contexts.first().map_or("", |context| words::context(look, *context));
    let title = strings.help_title.fill(&[("where", place.into())]);
    let size = (screen.width.saturating_sub(4).min(100), screen.height.saturating_sub(2));
    let inner = dialog::open(pen, screen, &title, size);
    let body = find_row(&help.find, pen, inner, painted);
    let lines = lines(model, help, look);
    painted.pages.popup = usize::from(body.height);
    if lines.is_empty() {
        pen.text((body.x, body.y), body.width, &strings.help_nothing, Role::TextMuted);
        return;
    }
    let top = help.find.top_of(lines.len(), usize::from(body.height));
    let column = lines.iter().map(|line| line.keys(pen)).max().unwrap_or(0).min(24) + 2;
    for (line, y) in lines.iter().skip(top).zip(body.top()..body.bottom()) {
        match line {
            Line::Heading(text) => {
                pen.text((body.x, y), body.width, text, Role::Heading);
            }
            Line::Key { keys, label } => {
                pen.text((body.x + 1, y), column, keys, Role::Key);
                pen.text((body.x + 1 + column, y), body.width.saturating_sub(column + 1), label, Role::Text);
            }
        }
    }
}

/// The search row of a popup that is read, while something is searched; returns what is left.
pub fn find_row(find: &Find, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) -> Rect {
    painted.set_cursor(Some(area.as_position()));
    if !find.typing && find.line.text().is_empty() {
        return area;
    }
    let used = pen.text((area.x, area.y), area.width, "/ ", Role::Key);
    let room = area.width.saturating_sub(used);
    let line = &find.line;
    let (shown, caret) =
        width::window(line.text(), line.before_caret().len(), usize::from(room), &pen.look.glyphs);
    pen.text((area.x + used, area.y), room, shown, Role::Input);
    if find.typing {
        painted.set_cursor(Some(Position::new(area.x + used + caret as u16, area.y)));
    }
    Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
}

impl Line {
    fn keys(&self, pen: &Pen<'_>) -> u16 {
        match self {
            Self::Heading(_) => 0,
            Self::Key { keys, .. } => pen.cells(keys),
        }
    }
}

fn lines(model: &Model, help: &Help, look: &Look) -> Vec<Line> {
    let wanted = help.find.line.text().to_lowercase();
    let mut lines = Vec::new();
    for context in &help.contexts {
        let mut entries: Vec<(crate::input::action::Action, Vec<String>)> = Vec::new();
        for binding in model.desk.keys.bindings().iter().filter(|binding| binding.context == *context) {
            if binding.action.writes() && model.desk.settings.readonly {
                continue;
            }
            // What this section never does is no key of it.
            let never = Availability::Off(Why::NotHere);
            if binding.action.in_palette() && available(model, binding.action) == never {
                continue;
            }
            let keys = print_sequence(&binding.keys);
            match entries.iter_mut().find(|(action, _)| *action == binding.action) {
                Some((_, known)) => known.push(keys),
                None => entries.push((binding.action, vec![keys])),
            }
        }
        let found: Vec<Line> = entries
            .into_iter()
            .map(|(action, keys)| (keys.join(" "), look.strings.actions.label(action.name()).to_owned()))
            .filter(|(keys, label)| {
                wanted.is_empty() || label.to_lowercase().contains(&wanted) || keys.to_lowercase() == wanted
            })
            .map(|(keys, label)| Line::Key { keys, label })
            .collect();
        if !found.is_empty() {
            lines.push(Line::Heading(words::context(look, *context)));
            lines.extend(found);
        }
    }
    lines
}
