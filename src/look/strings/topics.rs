//! Topics: lists of people.
//!
//! Words only: `assets/locales/*/topics.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `topics`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topics {
    pub topic: String,
    pub people: String,
    pub channels: String,
    pub description: String,
    pub remote: String,
    pub joined: Phrase,
    pub empty: String,
    pub new_title: String,
    pub edit_title: Phrase,
    pub counts: Phrase,
    pub added: String,
    pub reach: String,
    pub members: String,
    pub members_none: String,
    pub remote_none: String,
    pub broadcasts: String,
    pub broadcasts_none: String,
    pub removed: Phrase,
    pub restored: Phrase,
    pub ask_remove: Phrase,
    pub remove_text: Phrase,
    pub remove_button: Phrase,
    pub who: String,
    pub who_help: Phrase,
    pub remote_help: String,
    pub remote_on: Phrase,
}
