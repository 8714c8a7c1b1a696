//! The vectors of Bark's documentation, and what must never happen with an iv.

use std::collections::BTreeMap;

use super::*;
use crate::domain::id::ChannelId;

const KEY_16: &str = "1234567890123456";
const KEY_24: &str = "123456789012345678901234";
const KEY_32: &str = "12345678901234567890123456789012";

fn account(word: &str, key: &str) -> Account {
    Account {
        id: ChannelId(1),
        name: "b".into(),
        kind: "bark".into(),
        settings: BTreeMap::from([("encryption".to_owned(), word.to_owned())]),
        secrets: BTreeMap::from([("encryption_key".to_owned(), Secret::new(key))]),
    }
}

fn scheme(word: &str) -> Scheme {
    Scheme::of(&account(word, KEY_16)).expect("known").expect("one")
}

#[test]
fn the_documented_vectors_come_out_byte_for_byte() {
    let (ones_12, ones_16) = ("1".repeat(12), "1".repeat(16));
    let (ones_12, ones_16) = (Some(ones_12.as_str()), Some(ones_16.as_str()));
    let birdsong = r#"{"body": "test", "sound": "birdsong"}"#;
    let han = r#"{"title":"标题","body":"正文"}"#;
    for (word, key, iv, clear, expected) in [
        (
            "aes-128-cbc",
            KEY_16,
            Some(KEY_16),
            birdsong,
            "+aPt5cwN9GbTLLSFri60l3h1X00u/9j1FENfWiTxhNHVLGU+XoJ15JJG5W/d/yf0",
        ),
        (
            "aes-128-cbc",
            KEY_16,
            ones_16,
            birdsong,
            "d3QhjQjP5majvNt5CjsvFWwqqj2gKl96RFj5OO+u6ynTt7lkyigDYNA3abnnCLpr",
        ),
        (
            "aes-128-ecb",
            KEY_16,
            None,
            birdsong,
            "nyEyuyYwoV+3IkEm9QUUzAOy8Je44anatLeIjsP2cnKV7j1c3K4CXoWCF2gES5SK",
        ),
        (
            "aes-128-gcm",
            KEY_16,
            ones_12,
            birdsong,
            "6tYNu2g3cLxgtGfoTkrAowzP4jSygr/U3UIWl4eWBJz6prKiIRx/F3qhojjqnwAq/9HT7yQ=",
        ),
        (
            "aes-192-cbc",
            KEY_24,
            ones_16,
            birdsong,
            "MYeTSQIyQ5dVXgstlaAZB1eShZESJqTgIoLN68LmOiwcp2jtgTlxKy4/whrfA9bC",
        ),
        (
            "aes-192-gcm",
            KEY_24,
            ones_12,
            birdsong,
            "HEVSeVEGonPEKQMBGLWr4xqw8b/lHkohV86yzDaePOnTdoGVZuM0MQyCaou9Uwe/LwR7ZKE=",
        ),
        (
            "aes-256-cbc",
            KEY_32,
            ones_16,
            birdsong,
            "DU5gAgiWJPRg5N5Kh3qC9hoVD/+ViihiEa+qiunNaU6nfZ11hVqHg9l6vSbrIlsa",
        ),
        (
            "aes-256-ecb",
            KEY_32,
            None,
            birdsong,
            "UwhBNZS82HFEd9XS80XjZlvCHLgodB0PQx1MypTDkFH3wLoGbmXd/D7oLJDlhiDC",
        ),
        (
            "aes-256-gcm",
            KEY_32,
            ones_12,
            birdsong,
            "7h58z2hMtfpCMGJIsGKye2Y6kfMjQ81YNpgLh7eTj0zkjqNFV9LE++tVaHYNfgY9yoeZV2Y=",
        ),
        (
            "aes-256-gcm",
            KEY_32,
            ones_12,
            han,
            "7h5qyXhZ8uJYMPCNRP8yz2Q0wP45SdBYNprPSH0HfbipnTd4/Gm8A4OdwtQrVu25A6g=",
        ),
    ] {
        let scheme = scheme(word);
        let sealed = scheme.encrypt(key.as_bytes(), iv, clear.as_bytes());
        assert_eq!(sealed.as_deref(), Some(expected), "{word}");
        assert_eq!(scheme.sizes(clear.len()), (expected.len(), iv.map(str::len)), "{word}");
    }
}

#[test]
fn sizes_are_right_around_the_borders_of_blocks() {
    for word in WORDS.iter().skip(1) {
        let scheme = scheme(word);
        let key = "k".repeat(scheme.bits / 8);
        for length in [0, 1, 15, 16, 17, 31, 32, 33, 2_900] {
            let sealed = scheme.seal(&account(word, &key), "g", &vec![b'x'; length]).expect("sealed");
            let found = (sealed.ciphertext.len(), sealed.iv.as_ref().map(String::len));
            assert_eq!(found, scheme.sizes(length), "{word} {length}");
        }
    }
}

#[test]
fn an_iv_is_the_same_for_the_same_call_and_meets_no_other_text() {
    for word in ["aes-256-gcm", "aes-256-cbc"] {
        let account = account(word, KEY_32);
        let seal = |group: &str, text: &str| {
            let sealed = scheme(word).seal(&account, group, text.as_bytes()).expect("sealed");
            (sealed.iv.expect("an iv"), sealed.ciphertext)
        };
        assert_eq!(seal("pd-1", "a"), seal("pd-1", "a"));
        let mut ivs: Vec<String> = [("pd-1", "a"), ("pd-1", "b"), ("pd-2", "a"), ("pd-", "1\0a")]
            .into_iter()
            .map(|(group, text)| seal(group, text).0)
            .collect();
        let usual =
            |iv: &String| iv.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        assert!(ivs.iter().all(usual), "{ivs:?}");
        ivs.sort_unstable();
        ivs.dedup();
        assert_eq!(ivs.len(), 4);
    }
}

#[test]
fn a_key_that_does_not_fit_is_said_in_words_without_being_shown() {
    let said = |word: &str, key: &str| {
        let account = account(word, key);
        let error = scheme(word).seal(&account, "g", b"x").err().map(|error| error.to_string());
        error.unwrap_or_else(|| "fine".to_owned())
    };
    assert_eq!(said("aes-256-gcm", KEY_32), "fine");
    assert_eq!(
        said("aes-256-gcm", KEY_16),
        "the field `encryption_key` cannot be used: AES-256 takes 32 characters, and it has 16"
    );
    assert!(said("aes-128-cbc", "一二三四五六七八九十一二三四五六").contains("ASCII"));
    assert!(said("aes-128-cbc", "").contains("not set"));
}

#[test]
fn a_masked_key_shows_the_text_and_lets_nothing_leave() {
    for masked in ["…3456", "****"] {
        let account = account("aes-128-gcm", masked);
        let sealed = scheme("aes-128-gcm").seal(&account, "g", b"{\"body\":\"x\"}").expect("a preview");
        assert_eq!(sealed.ciphertext, "[sealed when it leaves] {\"body\":\"x\"}");
        assert!(scheme("aes-128-gcm").may_leave(&account).is_err());
    }
    assert_eq!(scheme("aes-128-gcm").may_leave(&account("aes-128-gcm", KEY_16)), Ok(()));
}
