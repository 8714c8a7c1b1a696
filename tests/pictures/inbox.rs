//! Pictures of the Inbox, answered by the real store.

use super::support::lists::{empty_store, letters};
use super::{all, picture, with_keys};
use pushdeck::look::locale::Lang;

fn inbox(name: &str, keys: &str) {
    all(name, |size| {
        letters();
        with_keys(size, &format!("7 {keys}"))
    });
}

#[test]
fn conversations_newest_first_with_the_selected_one_beside() {
    inbox("inbox", "");
}

#[test]
fn a_conversation_in_full_shows_its_end() {
    inbox("inbox-conversation", "j Enter");
}

#[test]
fn an_answer_is_typed_above_the_conversation() {
    inbox("inbox-reply", "r a t Space 9");
}

#[test]
fn follows_orders_and_what_nobody_knows_are_lines() {
    inbox("inbox-lines", "G");
}

#[test]
fn an_empty_inbox_says_how_anything_comes() {
    all("inbox-empty", |size| {
        empty_store();
        with_keys(size, "7")
    });
}

#[test]
fn what_strangers_write_never_reaches_the_terminal() {
    letters();
    for keys in ["7", "7 j", "7 j Enter", "7 j r"] {
        let model = with_keys((120, 36), keys);
        for lang in Lang::ALL {
            let shown = picture(&model, lang, (120, 36));
            assert!(!shown.contains('\u{1b}') && !shown.contains("UID_3f9c11"), "{shown}");
        }
    }
}
