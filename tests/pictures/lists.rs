//! Pictures of Subscribers and Topics, answered by the real store.

use super::support::console::{Scene, press};
use super::support::lists::{empty_store, store};
use super::{all, picture, with_keys};
use pushdeck::app::msg::Msg;
use pushdeck::app::update::update;
use pushdeck::look::locale::Lang;

/// Keys after `3`; texts are typed key by key, so words are given as keys.
fn people(name: &str, keys: &str) {
    all(name, |size| with_keys(size, &format!("3 {keys}")));
}

fn lists(name: &str, keys: &str) {
    all(name, |size| with_keys(size, &format!("4 {keys}")));
}

#[test]
fn people_with_their_topics_channels_and_states() {
    people("subscribers", "");
}

#[test]
fn one_person_in_full() {
    people("subscribers-detail", "Enter");
}

#[test]
fn a_filter_shows_as_chips_with_what_matches() {
    people("subscribers-filter", "/ - t a g : v i p Enter Space");
}

#[test]
fn a_mistake_in_a_filter_is_red_and_leaves_the_list_alone() {
    people("subscribers-mistake", "/ t o p c : x Enter");
}

#[test]
fn marks_are_counted_and_hidden_ones_are_asked_about() {
    people("subscribers-hidden-marks", "Space Space Space / t a g : v i p Enter b");
}

#[test]
fn a_topic_is_picked_for_marked_people() {
    people("subscribers-pick-topic", "Space Space +");
}

#[test]
fn the_form_of_a_person_masks_what_is_stored() {
    people("subscribers-form", "e Tab Tab Tab Tab d");
}

#[test]
fn a_new_person_with_mistakes() {
    people("subscribers-form-mistakes", "a Tab o p z Tab Tab Tab x F6");
}

#[test]
fn removing_asks_first() {
    people("subscribers-remove", "d");
}

#[test]
fn an_empty_store_says_the_one_key_to_act() {
    all("subscribers-empty", |size| {
        empty_store();
        with_keys(size, "3")
    });
}

#[test]
fn the_import_tells_what_is_wrong_where() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = "name,topics,邮件 notify\n王芳,ops 运维;夜班,fang@example.org\n王小明,,wang@example.org\n";
    let bad = "name,topics,phone\n王芳,ops,1\n";
    for (name, text) in [("import", good), ("import-mistakes", bad)] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        all(name, |size| {
            let mut model = with_keys(size, "3 I");
            let path = path.display().to_string();
            assert!(update(&mut model, Msg::Paste(path)).effects.is_empty());
            press(&mut model, "Enter");
            // The path is another one in every run.
            if let Some(import) = &mut model.screens.subscribers.import {
                import.path = pushdeck::app::form::line::Line::new("people.csv");
            }
            model
        });
    }
}

#[test]
fn topics_with_their_people_and_remote_ids() {
    lists("topics", "");
}

#[test]
fn one_topic_in_full() {
    lists("topics-detail", "G Enter");
}

#[test]
fn the_form_of_a_topic() {
    lists("topics-form", "G e");
}

#[test]
fn who_joins_a_topic_is_a_filter() {
    lists("topics-join", "+ t a g : v i p x");
}

#[test]
fn outside_text_never_reaches_the_terminal_and_secrets_never_show() {
    let mut shown = String::new();
    for keys in ["3", "3 Enter", "3 j Enter", "3 e", "3 j e", "4", "4 G Enter"] {
        let mut model = with_keys((120, 36), keys);
        shown.push_str(&picture(&model, Lang::En, (120, 36)));
        press(&mut model, "x");
        shown.push_str(&picture(&model, Lang::Zh, (120, 36)));
    }
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'));
    assert!(!shown.contains("abcdefghijklmnopqr"), "a device key shows");
    assert!(!shown.contains("wang@example.org"), "a mailbox shows");
}

#[test]
fn a_read_only_console_changes_nobody() {
    let mut model = Scene::busy().readonly().model();
    for key in ["3", "d", "b", "M", "O", "#", "+", "a"] {
        press(&mut model, key);
    }
    assert_eq!(
        store(|db| db
            .people(
                &pushdeck::domain::filter::Filter::everything(pushdeck::domain::filter::Scope::People),
                None,
                100
            )
            .expect("people")
            .len()),
        9
    );
}
