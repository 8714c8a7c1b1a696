//! Gates and questions. Buttons name the act and the amount.
//!
//! Words only: `assets/locales/*/dialogs.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `dialogs`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialogs {
    pub review: ReviewWords,
    pub replay: ReplayWords,
    pub stop: StopWords,
    pub pause: PauseDialogWords,
    pub recall: RecallWords,
    pub remove: RemoveWords,
    pub marks: MarksWords,
    pub unsaved: UnsavedWords,
    pub conflict: ConflictWords,
    pub settle: SettleWords,
    pub quit: QuitWords,
    pub paste_ignored: String,
    pub y_or_button: String,
    pub type_to_confirm: String,
    pub off_until: String,
}

/// The only way to send.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewWords {
    pub title: String,
    pub to: String,
    pub via: String,
    pub left_out: String,
    pub gets_nothing: String,
    pub replaces: String,
    pub replaces_on: Phrase,
    pub replaces_beside: Phrase,
    pub replaces_nowhere: Phrase,
    pub lacks: Phrase,
    pub load: String,
    pub files: String,
    pub files_to: Phrase,
    pub files_to_nobody: Phrase,
    pub stage: String,
    pub stage_first: Phrase,
    pub undo: String,
    pub undo_time: Phrase,
    pub undo_none: String,
    pub at: String,
    pub checks: String,
    pub test: String,
    pub type_number: String,
    pub button: Phrase,
    pub button_later: Phrase,
    pub pages: String,
    pub button_deliveries: Phrase,
    pub type_number_deliveries: String,
    pub button_repeat: Phrase,
    pub repeats: String,
    pub repeats_from: Phrase,
    pub fallback: String,
    pub fallback_next: String,
    pub off_until: String,
    pub blocked_by_errors: Phrase,
    pub grew: Phrase,
    pub message: Phrase,
    pub everybody: String,
    pub counting: String,
    pub saving: String,
    pub lead_on: String,
    pub test_button: String,
    pub nothing_left_out: String,
    pub about: Phrase,
}

/// Sending again to those who did not get it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayWords {
    pub title: String,
    pub summary: Phrase,
    pub include_unknown: Phrase,
    pub type_number: String,
    pub button: Phrase,
}

/// Cancelling what has not left.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StopWords {
    pub title: String,
    pub text: Phrase,
    pub in_flight: Phrase,
    pub button: Phrase,
}

/// Standing still.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PauseDialogWords {
    pub note: Phrase,
}

/// Taking a held send back.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecallWords {
    pub done: String,
    pub too_late: String,
}

/// Removing records.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveWords {
    pub subscriber_text: Phrase,
    pub type_number: Phrase,
    pub button: Phrase,
}

/// Acting while marked rows are hidden.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarksWords {
    pub title: Phrase,
    pub text: Phrase,
    pub visible: Phrase,
    pub all: Phrase,
}

/// Leaving a form with changes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnsavedWords {
    pub title: String,
    pub text: Phrase,
}

/// Two operators changed the same thing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConflictWords {
    pub title: String,
    pub text: Phrase,
    pub mine: String,
    pub theirs: String,
}

/// Saying of an unknown what became of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettleWords {
    pub title: Phrase,
    pub text: String,
    pub arrived: Phrase,
    pub not_arrived: Phrase,
}

/// Leaving while something runs in this process.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuitWords {
    pub title: String,
    pub text: Phrase,
    pub pause_and_quit: String,
    pub leave: String,
}
