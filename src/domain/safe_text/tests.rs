//! What outside text turns into, case by case and for anything that can be typed.

use proptest::prelude::*;

use super::*;

#[test]
fn clean_text_is_borrowed() {
    for text in ["", "Maintenance 22:00", "停电通知，今晚 23:00！", "Zoë “quoted” …"] {
        assert!(matches!(scrub(text, Cap::List), Cow::Borrowed(_)), "{text}");
    }
}

#[test]
fn outside_text_is_shown_as_harmless_text() {
    let cases = [
        ("\x1b[31mred\x07", "␛[31mred␇"),
        ("a\x7f\u{9b}b", "a␡<U+009B>b"),
        ("a\tb\r\nc\rd", "a    b␊c␍d"),
        ("evil\u{202E}txt.exe", "evil<U+202E>txt.exe"),
        ("a\u{200B}b\u{FEFF}", "a<U+200B>b<U+FEFF>"),
        ("\u{E0041}\u{E000}\u{FFFF}\u{1FFFE}", "<U+E0041><U+E000><U+FFFF><U+1FFFE>"),
        ("a\u{200D}b \u{200D}", "a<U+200D>b <U+200D>"),
        ("a\u{FE0F}", "a<U+FE0F>"),
        ("\u{2028}\u{3164}", "<U+2028><U+3164>"),
    ];
    for (text, expected) in cases {
        assert_eq!(scrub(text, Cap::List), expected, "{text:?}");
    }
}

#[test]
fn lines_survive_only_in_details() {
    assert_eq!(scrub("a\r\nb\nc\x1b", Cap::Detail), "a\nb\nc␛");
    assert_eq!(scrub("a\nb", Cap::List), "a␊b");
}

#[test]
fn emoji_sequences_stay_whole() {
    for text in ["👩‍👩‍👧", "❤️", "1️⃣", "👍🏽", "🇨🇳", "👨🏽‍🚀", "👩‍❤️‍💋‍👨"]
    {
        assert_eq!(scrub(text, Cap::List), text);
    }
}

#[test]
fn writing_systems_with_marks_stay_whole() {
    for text in ["e\u{301}", "हिन्दी", "ภาษาไทย", "한국어", "\u{1112}\u{1161}\u{11AB}", "العربية", "Việt"]
    {
        assert_eq!(scrub(text, Cap::List), text);
    }
}

#[test]
fn marks_do_not_stack_up() {
    let zalgo = format!("Z{}algo", "\u{301}".repeat(500));
    assert_eq!(scrub(&zalgo, Cap::List), format!("Z{}…algo", "\u{301}".repeat(4)));
}

#[test]
fn long_text_is_cut_at_a_character_border() {
    let long = "维".repeat(400);
    let cut = scrub(&long, Cap::List);
    assert_eq!(cut.len(), 3 * 169 + 3);
    assert!(cut.ends_with("维…"));
    let family = "👩‍👩‍👧".repeat(60);
    let cut = scrub(&family, Cap::List);
    assert_eq!(cut, format!("{}…", "👩‍👩‍👧".repeat(28)));
    assert!(scrub(&"x".repeat(100_000), Cap::Detail).len() <= 64 * 1024);
}

#[test]
fn bytes_that_are_not_text_are_shown_as_such() {
    assert_eq!(scrub_bytes(b"ok\xff\x00", Cap::List), "ok\u{FFFD}␀");
}

/// Texts made mostly of what hurts.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => any::<char>(),
        2 => prop::sample::select(vec![
            'a', '1', '维', '<', '…', '\n', '\r', '\t', '\x1b', '\0', '\u{301}', '\u{20E3}', '\u{200D}',
            '\u{FE0F}', '\u{202E}', '\u{200B}', '👩', '❤', '©', '\u{1F3FD}', '\u{1F1E8}', '\u{600}',
            '\u{1100}', '\u{1161}', '\u{94D}', '\u{915}', '\u{903}', '\u{E0020}', '\u{D4E}', '\u{110BD}',
        ]),
    ];
    prop::collection::vec((piece, 1_usize..14), 0..40)
        .prop_map(|runs| runs.into_iter().flat_map(|(c, n)| std::iter::repeat_n(c, n)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn nothing_that_drives_a_terminal_comes_through(text in nasty()) {
        for cap in [Cap::List, Cap::Detail] {
            let safe = scrub(&text, cap);
            prop_assert!(safe.len() <= cap.bytes());
            for c in safe.chars() {
                prop_assert!(!c.is_control() || (c == '\n' && cap == Cap::Detail), "{c:?}");
                prop_assert!(!is_hidden(c) || c == JOINER || c == EMOJI_STYLE, "{c:?}");
            }
            for cluster in safe.graphemes(true) {
                prop_assert!(cluster.len() <= CLUSTER_BYTES, "{cluster:?}");
            }
        }
    }

    #[test]
    fn scrubbing_twice_changes_nothing(text in nasty()) {
        for cap in [Cap::List, Cap::Detail] {
            let once = scrub(&text, cap).into_owned();
            prop_assert_eq!(&scrub(&once, cap), &once);
        }
    }
}
