//! Opens the popups that are made of the action table: prefix menus, `x`, the palette.

use crate::app::available::{Availability, Why, available};
use crate::app::contexts::contexts;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::overlay::menu::{About, Item, Menu};
use crate::app::overlay::palette::{Command, Palette};
use crate::input::action::Action;
use crate::input::context::Context;
use crate::input::key::{Key, parse_sequence};

/// The menu of a prefix key: its second keys in all contexts that have the focus.
pub fn open_prefix_menu(model: &mut Model, prefix: Key, lines: &[(Key, Action)]) {
    let items = lines
        .iter()
        .map(|(key, action)| Item {
            key: Some(*key),
            action: *action,
            availability: if action.in_palette() { available(model, *action) } else { Availability::On },
        })
        .filter(|item| item.availability != Availability::Off(Why::NotHere))
        .collect();
    model.desk.open(Overlay::Menu(Menu { about: About::Prefix(prefix), items, at: 0 }));
}

/// The actions menu `x`: what the section and its list can do with the row or the marks.
pub fn open_actions_menu(model: &mut Model) {
    let own = model.desk.section.context();
    let stack = [own, Context::Table];
    let items: Vec<Item> = Action::ALL
        .iter()
        .copied()
        .filter(|action| action.in_palette() && belongs(*action, &stack))
        .filter(|action| !(action.writes() && model.desk.settings.readonly))
        .map(|action| Item {
            key: single_key(model, action, &stack),
            action,
            availability: available(model, action),
        })
        // What is off for now stays, with its reason; what this section never does would only be in the way.
        .filter(|item| item.availability != Availability::Off(Why::NotHere))
        .collect();
    // Where nothing can be selected nothing can be done to it: what holds everywhere is in the palette.
    if items.is_empty() {
        return open_palette(model);
    }
    model.desk.open(Overlay::Menu(Menu { about: About::Selection, items, at: 0 }));
}

/// The palette: every listed action; what does not belong here is off with that reason.
pub fn open_palette(model: &mut Model) {
    let stack = contexts(model);
    let mut commands: Vec<Command> = Action::ALL
        .iter()
        .copied()
        .filter(|action| action.in_palette())
        .filter(|action| !(action.writes() && model.desk.settings.readonly))
        .map(|action| {
            let here = belongs(action, &stack) || belongs(action, &[Context::Nav, Context::System]);
            let availability = if here { available(model, action) } else { Availability::Off(Why::NotHere) };
            let words = model.desk.names.get(&action).cloned().unwrap_or_else(|| action.name().to_owned());
            Command { action, words, availability }
        })
        .collect();
    commands.sort_by_key(|command| command.availability != Availability::On);
    model.desk.open(Overlay::Palette(Palette::new(commands)));
}

fn belongs(action: Action, stack: &[Context]) -> bool {
    action.entry().contexts.iter().any(|context| stack.contains(context))
}

/// The key that chooses a line of `x`: its own, if that is a single one.
fn single_key(model: &Model, action: Action, stack: &[Context]) -> Option<Key> {
    let text = model.desk.keys.key_for(action, stack)?;
    let keys = parse_sequence(&text).ok()?;
    match keys[..] {
        [key] if model.desk.keys.meaning(Context::Menu, key).is_none() => Some(key),
        _ => None,
    }
}
