//! How every action is called. Which actions there are stands in `input::action`, whose tests prove
//! that none is missing here.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The section `actions`: words by action name.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Actions(BTreeMap<String, ActionWords>);

/// What one action is called.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionWords {
    /// In palette, menus and help: verb first, says it all.
    pub label: String,
    /// In the footer: one or two words.
    pub hint: String,
}

impl Actions {
    /// The words of an action by its kebab-case name.
    pub fn get(&self, name: &str) -> Option<&ActionWords> {
        self.0.get(name)
    }

    /// Its label, or the name itself where the catalogue has none.
    pub fn label<'a>(&'a self, name: &'a str) -> &'a str {
        self.get(name).map_or(name, |words| &words.label)
    }

    /// Its hint, or the name itself where the catalogue has none.
    pub fn hint<'a>(&'a self, name: &'a str) -> &'a str {
        self.get(name).map_or(name, |words| &words.hint)
    }

    /// Every name that has words.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
