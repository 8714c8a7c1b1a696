//! Addresses as people type, paste and import them, on every kind.

use pushdeck::channels::catalog;
use pushdeck::channels::kind::AddressWarning::{self, Prefix, Retired, Shape};

#[test]
fn addresses_are_read_in_the_forms_in_which_they_arrive() {
    type Case<'a> = (&'a str, &'a str, &'a str, Option<AddressWarning>, Option<&'a str>);
    let key = "abcdefghijklmnopqrst12";
    let cases: [Case<'_>; 17] = [
        ("wxpusher", " UID_abc ", "UID_abc", None, None),
        ("wxpusher", "oldstyleuid", "oldstyleuid", Some(Prefix("UID_")), None),
        ("wxpusher", "UID_a b", "UID_a b", Some(Shape), None),
        ("wxpusher-spt", "SPT_abc", "SPT_abc", None, None),
        ("bark", key, key, None, None),
        ("bark", "KEY1", "KEY1", Some(Shape), None),
        ("bark", "https://api.day.app/abcdefghijklmnopqrst12/hello?x=1", key, None, Some("api.day.app")),
        ("bark", "https://push.example/bark/abcdefghijklmnopqrst12/", key, None, Some("push.example")),
        (
            "bark",
            "https://push.example/push?device_key=abcdefghijklmnopqrst12",
            key,
            None,
            Some("push.example"),
        ),
        ("serverchan", "SCT123456Tabcdef", "SCT123456Tabcdef", None, None),
        ("serverchan", "sctp1234tabcdef", "sctp1234tabcdef", None, None),
        (
            "serverchan",
            "https://sctapi.ftqq.com/SCT123456Tabcdef.send?title=x",
            "SCT123456Tabcdef",
            None,
            Some("sctapi.ftqq.com"),
        ),
        ("serverchan", "SCU12Tx", "SCU12Tx", Some(Retired), None),
        ("email", "A.B@Example.COM", "A.B@example.com", None, None),
        ("email", "\"张三\" <a@例子.广告>", "a@xn--fsqu00a.xn--4rr70v", None, None),
        ("email", "用户@example.com", "用户@example.com", None, None),
        ("email", "nobody", "nobody", Some(Shape), None),
    ];
    for (kind, typed, value, warning, host) in cases {
        let read = catalog::kind(kind).expect("a kind").read_address(typed).expect("a usable address");
        let found = (read.value.expose(), read.warning, read.host.as_deref());
        assert_eq!(found, (value, warning, host), "{kind} {typed}");
    }
}

#[test]
fn nothing_is_made_of_an_empty_address_or_of_control_characters() {
    for kind in catalog::KINDS {
        for typed in ["", "  ", "a\u{1b}[31mb", "a\nb"] {
            assert!(kind.read_address(typed).is_err(), "{} {typed:?}", kind.spec().id);
        }
    }
}

#[test]
fn the_catalogue_is_whole() {
    for kind in catalog::KINDS {
        let spec = kind.spec();
        assert!(!spec.formats.is_empty() && spec.people_per_call > 0 && spec.concurrency > 0, "{}", spec.id);
        let mut names: Vec<_> = spec.all_fields().map(|field| field.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "{} names a field twice", spec.id);
        for field in spec.all_fields() {
            assert!(!field.label.en.is_empty() && !field.label.zh.is_empty(), "{} {}", spec.id, field.name);
            if let Some(default) = field.default {
                assert_eq!(field.shape.check(default), Ok(()), "{} {}", spec.id, field.name);
            }
        }
    }
}
