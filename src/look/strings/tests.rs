//! Both languages say the same, completely, and in the house's wording.

use std::collections::BTreeMap;

use super::phrase::Phrase;
use super::*;
use crate::domain::broadcast::BroadcastState;
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::filter::{Filter, FilterProblem, Scope};
use crate::domain::subscriber::SubscriberState;

/// Every text of a language by `section/path`, plural forms apart.
fn texts(lang: Lang) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (section, source) in files(lang) {
        let table: toml::Table = toml::from_str(source).expect("a locale file is TOML");
        flatten(section, &toml::Value::Table(table), &mut all);
    }
    all
}

fn flatten(path: &str, value: &toml::Value, all: &mut BTreeMap<String, String>) {
    match value {
        toml::Value::String(text) => drop(all.insert(path.to_owned(), text.clone())),
        toml::Value::Table(table) => {
            for (key, value) in table {
                flatten(&format!("{path}/{key}"), value, all);
            }
        }
        other => panic!("{path} is neither text nor table: {other}"),
    }
}

fn places(text: &str) -> Vec<String> {
    let phrase: Phrase = text.parse().expect("every text is a phrase");
    phrase.places().into_iter().map(str::to_owned).collect()
}

/// The places of every phrase, its plural forms together.
fn places_by_phrase(lang: Lang) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, text) in texts(lang) {
        let phrase = path.strip_suffix("/one").or_else(|| path.strip_suffix("/other")).unwrap_or(&path);
        let known = all.entry(phrase.to_owned()).or_default();
        known.extend(places(&text));
        known.sort();
        known.dedup();
    }
    all
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}')
}

#[test]
fn every_field_is_filled_in_both_languages() {
    for lang in Lang::ALL {
        let strings = read(lang).unwrap_or_else(|error| {
            panic!(
                "{error}: {}",
                std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default()
            )
        });
        assert_eq!(strings.lang, lang);
        assert!(Strings::of(lang).actions.names().count() > 100);
    }
}

#[test]
fn no_text_is_empty_or_padded() {
    for lang in Lang::ALL {
        for (path, text) in texts(lang) {
            assert!(!text.is_empty() && text.trim() == text, "{lang:?} {path}: {text:?}");
            assert!(!text.contains(['\n', '\t']), "{lang:?} {path}: one line each");
        }
    }
}

#[test]
fn both_languages_have_the_same_places() {
    let (en, zh) = (places_by_phrase(Lang::En), places_by_phrase(Lang::Zh));
    assert_eq!(en.keys().collect::<Vec<_>>(), zh.keys().collect::<Vec<_>>());
    for (path, places) in en {
        assert_eq!(Some(&places), zh.get(&path), "{path}");
    }
}

#[test]
fn every_plural_names_its_count() {
    for lang in Lang::ALL {
        for (path, text) in texts(lang).into_iter().filter(|(path, _)| path.ends_with("/one")) {
            assert!(places(&text).contains(&"count".to_owned()), "{lang:?} {path}: {text}");
        }
    }
}

#[test]
fn chinese_uses_its_own_punctuation_and_spaces_before_latin() {
    for (path, text) in texts(Lang::Zh) {
        // Our own words stand there, in Chinese too.
        let filled = text.replace("{what}", "某").replace("{part}", "某");
        let chars: Vec<char> = filled.chars().collect();
        for pair in chars.windows(2) {
            let [a, b] = [pair[0], pair[1]];
            assert!(!(is_han(a) && ",;?!.".contains(b)), "{path}: {text}");
            let latin = |c: char| c.is_ascii_alphanumeric() || c == '{';
            let latin_end = |c: char| c.is_ascii_alphanumeric() || c == '}';
            assert!(!(is_han(a) && latin(b)), "{path}: no space before Latin in {text}");
            assert!(!(latin_end(a) && is_han(b)), "{path}: no space after Latin in {text}");
        }
        let text = text.replace("邀请", "").replace("请求", "");
        for word in ["您", "请", "抱歉", "成功地", "！", "订阅用户", "群发"] {
            assert!(!text.contains(word), "{path}: {word} in {text}");
        }
    }
}

#[test]
fn english_neither_begs_nor_shouts() {
    for (path, text) in texts(Lang::En) {
        let lower = text.to_lowercase();
        for word in ["please", "sorry", "successfully", "oops"] {
            assert!(!lower.contains(word), "{path}: {text}");
        }
        let shouts = text.contains('!') && !text.contains("(!)");
        assert!(!shouts, "{path}: {text}");
        assert!(!text.chars().any(is_han) || path.starts_with("welcome/"), "{path}: {text}");
    }
}

#[test]
fn buttons_name_the_act_and_never_say_ok_or_yes() {
    for lang in Lang::ALL {
        for (path, text) in texts(lang).into_iter().filter(|(path, _)| path.starts_with("dialogs/")) {
            assert!(!["OK", "Yes", "Ok", "确定", "是"].contains(&text.as_str()), "{path}");
        }
    }
    let send = &Strings::of(Lang::En).dialogs.review.button;
    assert_eq!(send.count(12_483), "Send to 12,483");
    assert_eq!(Strings::of(Lang::Zh).dialogs.replay.button.count(402), "重发 402 条");
}

#[test]
fn footer_hints_and_state_words_keep_their_budget() {
    use unicode_width::UnicodeWidthStr;
    for lang in Lang::ALL {
        for (path, text) in texts(lang) {
            let budget = match path.as_str() {
                path if path.starts_with("actions/") && path.ends_with("/hint") => 15,
                path if path.starts_with("actions/") => 36,
                "states/delivery/assumed" => 12,
                path if path.starts_with("states/subscriber/") => 12,
                path if path.starts_with("states/pause/") => continue,
                path if path.starts_with("states/") && path.matches('/').count() == 2 => 10,
                path if path.starts_with("classes/class/") && path.ends_with("/name") => 20,
                path if path.ends_with("/replay") && path.starts_with("classes/") => 16,
                _ => continue,
            };
            assert!(text.width() <= budget, "{lang:?} {path}: {text} over {budget}");
        }
    }
}

/// Whoever reads a state in an English table can type it into a filter.
#[test]
fn english_tables_show_the_words_that_filters_take() {
    use crate::domain::broadcast::{BroadcastState, PauseReason};
    use crate::domain::delivery::{Class, DeliveryState, SkipReason};
    use crate::domain::subscriber::SubscriberState;
    let t = &Strings::of(Lang::En).tables;
    let mut pairs: Vec<(&str, &String)> = Vec::new();
    pairs.extend(DeliveryState::ALL.map(|one| (one.word(), t.delivery.of(one))));
    pairs.extend(BroadcastState::ALL.map(|one| (one.word(), t.broadcast.of(one))));
    pairs.extend(SubscriberState::ALL.map(|one| (one.word(), t.subscriber.of(one))));
    pairs.extend(Class::ALL.map(|one| (one.word(), t.class.of(one))));
    pairs.extend(SkipReason::ALL.map(|one| (one.word(), t.skip.of(one))));
    pairs.extend(PauseReason::ALL.map(|one| (one.word(), t.pause.of(one))));
    for (code, shown) in pairs {
        assert_eq!(code, shown);
    }
}

#[test]
fn a_faulty_theme_is_worded_in_both_languages() {
    let warning = ThemeWarning {
        theme: "mine".to_owned(),
        line: 8,
        fault: Fault::BadValue { key: "fg".to_owned(), value: "crimson".to_owned() },
    };
    assert_eq!(Strings::of(Lang::En).theme_warning(&warning), "Theme mine, line 8: fg cannot be crimson");
    assert_eq!(Strings::of(Lang::Zh).theme_warning(&warning), "外观 mine 第 8 行：fg 不能是 crimson");
}

#[test]
fn a_filter_takes_every_state_and_class_as_the_screens_and_tables_call_it() {
    let takes = |field: &str, word: &str, pinned: &str, scope| {
        let read =
            |text: String| Filter::parse(&text, scope).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(read(format!("{field}:\"{word}\"")), read(format!("{field}:{pinned}")), "{word}");
    };
    for lang in Lang::ALL {
        let strings = Strings::of(lang);
        let (states, tables) = (&strings.states, &strings.tables);
        for state in DeliveryState::ALL {
            for word in [states.delivery.of(state), tables.delivery.of(state)] {
                takes("status", word, state.word(), Scope::Deliveries);
            }
        }
        for state in BroadcastState::ALL {
            for word in [states.broadcast.of(state), tables.broadcast.of(state)] {
                takes("status", word, state.word(), Scope::Broadcasts);
            }
        }
        for state in SubscriberState::ALL {
            for word in [states.subscriber.of(state), tables.subscriber.of(state)] {
                takes("status", word, state.word(), Scope::People);
            }
        }
        for class in Class::ALL {
            for word in [&strings.classes.class.of(class).name, tables.class.of(class)] {
                takes("class", word, class.word(), Scope::Deliveries);
            }
        }
    }
}

#[test]
fn a_mistake_in_a_filter_lists_what_can_be_typed_in_the_operators_words() {
    let zh = Strings::of(Lang::Zh);
    let wrong = |text: &str, scope| match Filter::parse(text, scope).expect_err(text).problem {
        FilterProblem::BadValue { field, takes, .. } => {
            (zh.filter_field(field), zh.filter_takes(field, &takes))
        }
        other => panic!("{other}"),
    };
    assert_eq!(wrong("status:x", Scope::People), ("状态", "正常、静音、拉黑、退订".to_owned()));
    assert_eq!(wrong("has:x", Scope::Topics), ("有", "备注、远程主题".to_owned()));
    assert_eq!(wrong("count:x", Scope::Topics).0, "人数");
    let states = wrong("state:x", Scope::Deliveries).1;
    for word in states.split('、') {
        assert!(Filter::parse(&format!("状态:{word}"), Scope::Deliveries).is_ok(), "{word}");
    }
}
