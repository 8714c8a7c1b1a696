//! The kinds for phones: addresses as people paste them, limits in each service's own unit, questions that verify.

use std::collections::BTreeMap;

use pushdeck::channels::call::Call;
use pushdeck::channels::catalog;
use pushdeck::channels::check::{Fact, Level, Measured, check};
use pushdeck::channels::kind::AddressWarning::{self, Prefix, Shape};
use pushdeck::channels::kind::{BuildError, Kind, Target, To};
use pushdeck::channels::render::Prepared;
use pushdeck::domain::channel::Account;
use pushdeck::domain::id::ChannelId;
use pushdeck::domain::message::{Format, Message};
use pushdeck::domain::secret::Secret;
use pushdeck::domain::time::Millis;

#[test]
fn addresses_are_read_in_the_forms_in_which_they_arrive() {
    type Case<'a> = (&'a str, &'a str, &'a str, Option<AddressWarning>, Option<&'a str>);
    let (pushplus, pushdeer) = ("0f1e2d3c4b5a69788796a5b4c3d2e1f0", "PDU1234Tabcdef");
    let pushover = "uexample1example1example1examp";
    let cases: [Case<'_>; 36] = [
        ("ntfy", " ops_alerts-1 ", "ops_alerts-1", None, None),
        ("ntfy", "https://ntfy.sh/mytopic", "mytopic", None, Some("ntfy.sh")),
        ("ntfy", "https://ntfy.example/mytopic/json?poll=1", "mytopic", None, Some("ntfy.example")),
        ("ntfy", "ntfy://mytopic", "mytopic", None, None),
        ("ntfy", "ntfys://ntfy.example/mytopic", "mytopic", None, Some("ntfy.example")),
        ("ntfy", "主题", "主题", Some(Shape), None),
        ("ntfy", "docs", "docs", Some(Shape), None),
        ("gotify", "Aabcdefghijklmn", "Aabcdefghijklmn", None, None),
        ("gotify", "A.bcd-fgh_jklmn", "A.bcd-fgh_jklmn", None, None),
        ("gotify", "Cabcdefghijklmn", "Cabcdefghijklmn", Some(Prefix("A")), None),
        ("gotify", "Ashort", "Ashort", Some(Shape), None),
        (
            "gotify",
            "https://push.example/message?token=Aabcdefghijklmn",
            "Aabcdefghijklmn",
            None,
            Some("push.example"),
        ),
        ("gotify", "gotifys://push.example/x/Aabcdefghijklmn", "Aabcdefghijklmn", None, Some("push.example")),
        ("telegram", "123456789", "123456789", None, None),
        ("telegram", "-1001234567890", "-1001234567890", None, None),
        ("telegram", "@ops_news", "@ops_news", None, None),
        ("telegram", "ops_news", "@ops_news", Some(Prefix("@")), None),
        ("telegram", "https://t.me/ops_news", "@ops_news", None, None),
        ("telegram", "t.me/ops_news/17?single", "@ops_news", None, None),
        ("telegram", "https://t.me/s/ops_news", "@ops_news", None, None),
        ("telegram", "https://t.me/c/1234567890/5", "-1001234567890", None, None),
        ("telegram", "https://t.me/+AbCdEf", "https://t.me/+AbCdEf", Some(Shape), None),
        ("telegram", "张三", "张三", Some(Shape), None),
        ("telegram", "0", "0", Some(Shape), None),
        ("pushplus", pushplus, pushplus, None, None),
        ("pushplus", "abc", "abc", Some(Shape), None),
        (
            "pushplus",
            "https://www.pushplus.plus/send?token=0f1e2d3c4b5a69788796a5b4c3d2e1f0&title=x",
            pushplus,
            None,
            Some("www.pushplus.plus"),
        ),
        (
            "pushplus",
            "http://www.pushplus.plus/send/0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            pushplus,
            None,
            Some("www.pushplus.plus"),
        ),
        ("pushdeer", pushdeer, pushdeer, None, None),
        ("pushdeer", "PDU1,PDU2", "PDU1,PDU2", Some(Shape), None),
        ("pushdeer", "abc", "abc", Some(Prefix("PDU")), None),
        (
            "pushdeer",
            "https://api2.pushdeer.com/message/push?pushkey=PDU1234Tabcdef&text=x",
            pushdeer,
            None,
            Some("api2.pushdeer.com"),
        ),
        ("pushdeer", "pushdeer://deer.example/PDU1234Tabcdef", pushdeer, None, Some("deer.example")),
        ("pushover", pushover, pushover, None, None),
        ("pushover", "uexample1example1example1examp@api.pushover.net", pushover, None, None),
        ("pushover", "short", "short", Some(Shape), None),
    ];
    for (kind, typed, value, warning, host) in cases {
        let read = catalog::kind(kind).expect("a kind").read_address(typed).expect("a usable address");
        let found = (read.value.expose(), read.warning, read.host.as_deref());
        assert_eq!(found, (value, warning, host), "{kind} {typed}");
    }
    for (kind, typed) in [
        ("ntfy", "https://ntfy.sh/"),
        ("gotify", "https://push.example/message"),
        ("pushdeer", "https://api2.pushdeer.com/message/push"),
        ("pushplus", "https://www.pushplus.plus/send"),
    ] {
        assert!(catalog::kind(kind).expect("a kind").read_address(typed).is_err(), "{kind} {typed}");
    }
}

fn account(kind: &dyn Kind, settings: &[(&str, &str)]) -> Account {
    let pairs = [("base_url", "https://push.example")];
    let spec = kind.spec();
    let required = spec.all_fields().filter(|field| field.secret && field.required);
    Account {
        id: ChannelId(1),
        name: "x".into(),
        kind: spec.id.into(),
        settings: pairs
            .iter()
            .chain(settings)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        secrets: required.map(|field| (field.name.to_owned(), Secret::new("1:token-token"))).collect(),
    }
}

/// What building such a message gives, and whether Compose has called it too long before.
fn attempt(
    kind: &str,
    format: Format,
    title: &str,
    body: &str,
    url: &str,
) -> (Result<Call, BuildError>, bool) {
    let kind = catalog::kind(kind).expect("a kind");
    let account = account(kind, &[]);
    let message =
        Message { title: title.into(), body: body.into(), url: url.into(), format, ..Message::default() };
    let prepared = Prepared::new(&message).expect("a sound message");
    let content = prepared.content(kind.spec(), |_| None::<&str>).expect("no variables");
    let target = Target {
        to: To::Person(kind.spec().address.example.into()),
        name: String::new(),
        key: "k".into(),
        token: "t".into(),
        stamp: Millis(0),
        again: false,
        in_place_of: None,
    };
    let over = check(kind, &account, &prepared, &content, None, 1)
        .iter()
        .any(|finding| finding.level == Level::Error && matches!(finding.what, Fact::Over { .. }));
    (kind.build(&account, &content, &[target]), over)
}

#[test]
fn limits_hold_in_each_services_own_unit_to_the_last_character() {
    use Format::{Html, Markdown, Text};
    // The body of how many of a sign is as long as it may be beside this title and link.
    for (kind, format, title, url, sign, most, spare) in [
        ("ntfy", Text, "t", "", "a", 4_096, ""),
        ("ntfy", Text, "t", "", "好", 1_365, "a"),
        ("ntfy", Markdown, "t", "https://e.x", "😀", 1_024, ""),
        // The request as a whole: a quotation mark takes two bytes of it.
        ("ntfy", Text, "t", "", "\"", 4_045, "a"),
        ("pushover", Text, "t", "", "a", 1_024, ""),
        ("pushover", Text, "t", "", "好", 1_024, ""),
        ("pushover", Text, "t", "", "😀", 1_024, ""),
        // Every one of them is five characters as it is sent.
        ("pushover", Html, "t", "", "&amp;", 204, "abcd"),
        ("telegram", Text, "", "", "a", 4_096, ""),
        ("telegram", Text, "", "", "好", 4_096, ""),
        ("telegram", Text, "", "", "😀", 4_096, ""),
        // The title and its line end count, tags and entities do not.
        ("telegram", Text, "t<>", "", "&", 4_092, ""),
        ("telegram", Markdown, "", "", "**b** ", 2_047, "cc"),
        ("telegram", Text, "", "https://e.x", "好", 4_083, ""),
        ("pushplus", Text, "t", "", "a", 20_000, ""),
        ("pushplus", Text, "t", "", "好", 20_000, ""),
        ("pushplus", Html, "t", "", "😀", 20_000, ""),
        ("pushplus", Text, "t", "https://e.x", "好", 19_987, ""),
    ] {
        let said = format!("{kind} {format:?} {title} {sign}");
        let body = sign.repeat(most) + spare;
        let (call, over) = attempt(kind, format, title, &body, url);
        assert!(call.is_ok() && !over, "{said} at the limit: {call:?} {over}");
        let (call, over) = attempt(kind, format, title, &(body + "x"), url);
        assert!(matches!(call, Err(BuildError::BadContent(_))) && over, "{said} over it: {call:?} {over}");
    }
}

#[test]
fn services_without_a_known_limit_take_what_fits_a_message() {
    for kind in ["gotify", "pushdeer"] {
        for sign in ["a", "好", "😀"] {
            let (call, over) = attempt(kind, Format::Text, "t", &sign.repeat(60_000), "");
            assert!(call.is_ok() && !over, "{kind} {sign}");
        }
    }
}

#[test]
fn titles_are_cut_and_a_link_that_is_too_long_is_refused() {
    for (kind, limit) in [("pushover", 250), ("pushplus", 100)] {
        for sign in ["a", "好", "😀"] {
            for more in [0, 1] {
                let title = sign.repeat(limit + more);
                let (call, _) = attempt(kind, Format::Text, &title, "b", "");
                let Ok(Call::Http(call)) = call else { unreachable!("{kind} takes it") };
                let sent = String::from_utf8_lossy(&call.body).into_owned();
                let sent = if kind == "pushover" {
                    let pairs: BTreeMap<String, String> =
                        url::form_urlencoded::parse(&call.body).into_owned().collect();
                    pairs["title"].clone()
                } else {
                    let json: serde_json::Value = serde_json::from_str(&sent).expect("JSON");
                    json["title"].as_str().expect("a text").to_owned()
                };
                assert_eq!(sent, sign.repeat(limit), "{kind} {sign} {more}");
            }
        }
    }
    let link = |len: usize| format!("https://e.x/{}", "a".repeat(len - 12));
    assert!(attempt("pushover", Format::Text, "t", "b", &link(512)).0.is_ok());
    let (call, over) = attempt("pushover", Format::Text, "t", "b", &link(513));
    assert!(matches!(call, Err(BuildError::BadContent(_))) && over, "{call:?}");
}

#[test]
fn what_is_empty_is_refused_and_a_title_alone_is_sent() {
    for kind in ["ntfy", "gotify", "telegram", "pushplus", "pushdeer", "pushover"] {
        let (call, _) = attempt(kind, Format::Text, " ", "\n", "");
        assert!(matches!(call, Err(BuildError::BadContent(_))), "{kind}: {call:?}");
        let (call, _) = attempt(kind, Format::Html, "title", "", "");
        let Ok(Call::Http(call)) = call else { unreachable!("{kind} sends a title alone") };
        assert!(String::from_utf8_lossy(&call.body).contains("title"), "{kind}");
    }
}

#[test]
fn telegram_counts_the_payload_after_the_tags_are_read() {
    let kind = catalog::kind("telegram").expect("a kind");
    let account = account(kind, &[]);
    let message = Message {
        title: "T".into(),
        body: "<p><b>a</b> &amp; <a href=\"https://e.x/long/address\">b</a></p>".into(),
        format: Format::Html,
        ..Message::default()
    };
    let prepared = Prepared::new(&message).expect("a sound message");
    let content = prepared.content(kind.spec(), |_| None::<&str>).expect("no variables");
    let found = check(kind, &account, &prepared, &content, None, 1);
    let sizes: Vec<usize> = found
        .iter()
        .filter_map(|finding| match finding.what {
            Fact::Within { part: Measured::Payload, has, .. } => Some(has),
            _ => None,
        })
        .collect();
    assert_eq!(sizes, ["T\na & b".len()]);
}

#[test]
fn a_hostile_value_stays_text_in_the_few_tags() {
    let hostile = "<a href=\"https://evil.example\">x</a> & </b><code>";
    for kind in ["telegram", "pushover"] {
        for (format, body) in [
            (Format::Html, "<b>{{name}}</b>"),
            (Format::Markdown, "**{{name}}**"),
            (Format::Text, "{{name}}"),
        ] {
            let kind = catalog::kind(kind).expect("a kind");
            let message =
                Message { title: "{{name}}".into(), body: body.into(), format, ..Message::default() };
            let prepared = Prepared::new(&message).expect("a sound message");
            let content = prepared.content(kind.spec(), |_| Some(hostile)).expect("filled");
            let target = Target {
                to: To::Person("123".into()),
                name: String::new(),
                key: "k".into(),
                token: "t".into(),
                stamp: Millis(0),
                again: false,
                in_place_of: None,
            };
            let call = kind.build(&account(kind, &[]), &content, &[target]).expect("a call");
            let Call::Http(call) = call else { unreachable!("over HTTP") };
            let text = if kind.spec().id == "telegram" {
                let json: serde_json::Value = serde_json::from_slice(&call.body).expect("JSON");
                json["text"].as_str().expect("a text").to_owned()
            } else {
                let pairs: BTreeMap<String, String> =
                    url::form_urlencoded::parse(&call.body).into_owned().collect();
                if !pairs.contains_key("html") {
                    continue;
                }
                pairs["message"].clone()
            };
            assert!(!text.contains("<a ") && !text.contains("<code"), "{format:?}: {text}");
            assert!(text.contains("&lt;a href="), "{format:?}: {text}");
            assert_eq!(text.matches("<b>").count(), text.matches("</b>").count(), "{format:?}: {text}");
        }
    }
}

#[test]
fn verifying_asks_something_harmless_and_shows_no_secret() {
    for (kind, settings, expected) in [
        ("ntfy", &[][..], Some("https://push.example/v1/health")),
        ("ntfy", &[("user", "ops")][..], Some("https://push.example/v1/account")),
        ("gotify", &[], Some("https://push.example/health")),
        ("telegram", &[], Some("https://push.example/bot1:token-token/getMe")),
        ("pushover", &[], Some("https://push.example/1/apps/limits.json?token=1%3Atoken-token")),
        ("pushdeer", &[], None),
        ("pushplus", &[], None),
    ] {
        let kind = catalog::kind(kind).expect("a kind");
        let call = kind.verify(&account(kind, settings)).expect("everything is set");
        let Some(Call::Http(call)) = call else {
            assert_eq!(expected, None, "{}", kind.spec().id);
            continue;
        };
        assert_eq!(Some(call.url.as_str()), expected);
        let shown = format!("{call} {call:?}");
        assert!(!shown.contains("token-token"), "{shown}");
    }
}
