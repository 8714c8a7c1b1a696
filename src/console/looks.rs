//! The looks in use and how they change while the console runs: theme and language.

use std::collections::BTreeMap;

use crate::app::effect::LookChange;
use crate::input::action::Action;
use crate::look::Look;
use crate::look::depth::Depth;
use crate::look::locale::Lang;
use crate::look::strings::Strings;
use crate::look::theme::Themes;

/// The looks in use, and what is needed to change them.
#[derive(Debug, Clone)]
pub struct Looks {
    themes: Themes,
    depth: Depth,
    chosen: String,
    look: Look,
}

impl Looks {
    /// Starts with these looks; `chosen` is the theme that `look` was resolved from.
    pub const fn new(themes: Themes, depth: Depth, chosen: String, look: Look) -> Self {
        Self { themes, depth, chosen, look }
    }

    /// What views draw with.
    pub const fn look(&self) -> &Look {
        &self.look
    }

    /// The theme in use, by file name.
    pub fn theme(&self) -> &str {
        &self.chosen
    }

    /// The themes that can be picked.
    pub fn names(&self) -> Vec<String> {
        self.themes.names().map(str::to_owned).collect()
    }

    /// Another theme or language.
    pub fn change(&mut self, change: &LookChange) {
        match change {
            LookChange::Theme(name) if self.themes.contains(name) => {
                self.look.theme = self.themes.resolve(name, self.depth).0;
                self.chosen.clone_from(name);
            }
            LookChange::Theme(_) => {}
            LookChange::Language(tag) => {
                if let Some(lang) = Lang::from_tag(tag) {
                    self.look.strings = Strings::of(lang);
                }
            }
        }
    }

    /// Words by which the palette finds actions: the label in use first, then the other languages' and
    /// the name that key maps use.
    pub fn action_names(&self) -> BTreeMap<Action, String> {
        let own = self.look.lang();
        let others = Lang::ALL.into_iter().filter(|lang| *lang != own);
        let langs: Vec<Lang> = std::iter::once(own).chain(others).collect();
        let words = |action: &Action| {
            let labels = langs.iter().map(|lang| Strings::of(*lang).actions.label(action.name()));
            labels.chain([action.name()]).collect::<Vec<_>>().join(" ")
        };
        Action::ALL.iter().map(|action| (*action, words(action))).collect()
    }
}
