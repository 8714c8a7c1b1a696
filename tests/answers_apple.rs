//! What Apple's answers mean, from Apple itself and for each key of a Bark batch; and the limits of both in ASCII,
//! Han and emoji.

use std::collections::BTreeMap;
use std::time::Duration;

use pushdeck::channels::answer::{Answer, HttpAnswer};
use pushdeck::channels::catalog;
use pushdeck::channels::kind::{Kind, Target, To};
use pushdeck::channels::outcome::{ChannelEffect, Outcome, Outcomes, Reading, Verdict};
use pushdeck::channels::pass::Departure;
use pushdeck::domain::broadcast::PauseReason;
use pushdeck::domain::channel::Account;
use pushdeck::domain::delivery::Class;
use pushdeck::domain::id::ChannelId;
use pushdeck::domain::message::Content;
use pushdeck::domain::secret::Secret;
use pushdeck::domain::time::Millis;
use serde_json::json;

type Said = (Verdict, Option<Class>);

const OK: Said = (Verdict::Accepted, None);
const STOP: Option<ChannelEffect> = Some(ChannelEffect::Pause(PauseReason::Credential));

const fn no(class: Class) -> Said {
    (Verdict::Rejected, Some(class))
}

const fn lost(class: Class) -> Said {
    (Verdict::Unknown, Some(class))
}

const fn again(class: Class, seconds: u64) -> Said {
    let after = if seconds == 0 { None } else { Some(Duration::from_secs(seconds)) };
    (Verdict::Retry { after }, Some(class))
}

const fn slow(seconds: u64) -> Option<ChannelEffect> {
    Some(ChannelEffect::SlowDown(Duration::from_secs(seconds)))
}

fn kind(id: &str) -> &'static dyn Kind {
    catalog::kind(id).expect("a kind")
}

fn people(addresses: &[&str]) -> Vec<Target> {
    let target = |(index, address): (usize, &&str)| Target {
        to: To::Person((*address).into()),
        name: String::new(),
        key: format!("pd0-7-{index}"),
        token: String::new(),
        stamp: Millis(0),
        again: false,
        in_place_of: None,
    };
    addresses.iter().enumerate().map(target).collect()
}

fn http(status: u16, body: &str) -> Answer {
    Answer::Http(HttpAnswer { status, retry_after: None, body: body.into(), cut: false })
}

fn said(outcome: &Outcome) -> Said {
    (outcome.verdict, outcome.class)
}

fn all(reading: &Reading) -> &Outcome {
    let Outcomes::All(outcome) = &reading.outcomes else { panic!("one for all: {reading:?}") };
    outcome
}

fn each(reading: &Reading) -> Vec<Said> {
    let Outcomes::Each(outcomes) = &reading.outcomes else { panic!("one for each: {reading:?}") };
    outcomes.iter().map(said).collect()
}

const TOKEN: &str = "740f4707bebcf74f9b7c25d48e3358945f6aa01da5ddb387462c7eaf61bb78ad";

#[test]
fn every_reason_of_apple_has_its_class() {
    let (content, gone) = (no(Class::Content), no(Class::BadRecipient));
    let (set_up, apple) = (again(Class::Credential, 0), again(Class::Provider, 0));
    for (status, reason, expected, channel) in [
        (400, "BadCollapseId", content, None),
        (400, "BadExpirationDate", content, None),
        (400, "BadMessageId", content, None),
        (400, "BadPriority", content, None),
        (400, "InvalidPushType", content, None),
        (400, "DuplicateHeaders", content, None),
        (400, "MissingDeviceToken", content, None),
        (400, "PayloadEmpty", content, None),
        (413, "PayloadTooLarge", content, None),
        (400, "BadTopic", set_up, STOP),
        (400, "MissingTopic", set_up, STOP),
        (400, "TopicDisallowed", set_up, STOP),
        (400, "BadDeviceToken", gone, None),
        (400, "DeviceTokenNotForTopic", gone, None),
        (400, "IdleTimeout", apple, None),
        (403, "ExpiredProviderToken", set_up, STOP),
        (403, "InvalidProviderToken", set_up, STOP),
        (403, "MissingProviderToken", set_up, STOP),
        (403, "BadCertificate", set_up, STOP),
        (403, "BadCertificateEnvironment", set_up, STOP),
        (403, "UnrelatedKeyIdInToken", set_up, STOP),
        (403, "BadEnvironmentKeyIdInToken", set_up, STOP),
        (403, "BadEnvironmentKeyInToken", set_up, STOP),
        (403, "Forbidden", set_up, STOP),
        (404, "BadPath", set_up, STOP),
        (405, "MethodNotAllowed", set_up, STOP),
        (410, "Unregistered", gone, None),
        (410, "ExpiredToken", gone, None),
        (429, "TooManyRequests", again(Class::RateLimit, 60), None),
        (429, "TooManyProviderTokenUpdates", again(Class::RateLimit, 1_200), slow(1_200)),
        (500, "InternalServerError", apple, None),
        (503, "ServiceUnavailable", apple, None),
        (503, "Shutdown", apple, None),
        // Reasons that nobody knows yet, by their status.
        (400, "SomethingNew", no(Class::Unclassified), None),
        (403, "SomethingNew", set_up, STOP),
        (410, "SomethingNew", gone, None),
        (413, "SomethingNew", content, None),
        (418, "SomethingNew", no(Class::Unclassified), None),
        (429, "SomethingNew", again(Class::RateLimit, 60), slow(60)),
        (500, "SomethingNew", apple, None),
    ] {
        let body = json!({"reason": reason}).to_string();
        let reading = kind("apns").read(&people(&[TOKEN]), &http(status, &body));
        let outcome = all(&reading);
        assert_eq!((said(outcome), reading.channel), (expected, channel), "{status} {reason}");
        assert_eq!(outcome.code, status.to_string());
        assert_eq!(outcome.text, reason);
    }
}

#[test]
fn what_is_not_apples_is_judged_by_what_it_proves() {
    let read = |status, body: &str| {
        let reading = kind("apns").read(&people(&[TOKEN]), &http(status, body));
        (said(all(&reading)), reading.channel)
    };
    assert_eq!(read(200, ""), (OK, None));
    assert_eq!(read(200, "<html>hello</html>"), (lost(Class::Provider), STOP));
    assert_eq!(read(502, "<html>bad gateway</html>"), (lost(Class::Provider), None));
    assert_eq!(read(403, "<html>proxy</html>"), (again(Class::Credential, 0), STOP));
    assert_eq!(read(302, r#"{"reason":"SomethingNew"}"#), (again(Class::Credential, 0), STOP));
    assert_eq!(read(400, r#"{"reason":7}"#), (no(Class::Unclassified), None));
    let accepted = kind("apns").read(&people(&[TOKEN]), &http(200, ""));
    let receipt = all(&accepted).receipt.clone().expect("a receipt");
    assert!(receipt.starts_with("apns-id=") && receipt.len() == "apns-id=".len() + 36, "{receipt}");
}

#[test]
fn a_device_that_left_says_since_when_and_hostile_words_stay_words() {
    let read = |body: &str| kind("apns").read(&people(&[TOKEN]), &http(410, body));
    let reading = read(r#"{"reason":"Unregistered","timestamp":1700000000000}"#);
    assert_eq!(all(&reading).text, "Unregistered since 2023-11-14T22:13:20Z");
    let reading = read(r#"{"reason":"Unregistered","timestamp":9223372036854775807}"#);
    assert_eq!((said(all(&reading)), all(&reading).text.as_str()), (no(Class::BadRecipient), "Unregistered"));
    let reading = read("{\"reason\":\"\\u001b]0;x\\u0007\"}");
    assert!(!all(&reading).text.contains('\u{1b}'), "{}", all(&reading).text);
}

#[test]
fn a_credential_is_proven_at_a_device_that_nobody_has() {
    let settings = [("team_id", "DEF123GHIJ"), ("key_id", "ABC123DEFG"), ("bundle_id", "com.example.app")];
    let call =
        kind("apns").verify(&account("apns", &settings, &[("key", "k")])).expect("built").expect("a call");
    assert!(call.to_string().contains(&"0".repeat(64)), "{call}");
    assert!(kind("apns").verify(&account("apns", &settings, &[])).is_err());
    for (status, reason, verdict) in [
        (400, "BadDeviceToken", Verdict::Accepted),
        (400, "DeviceTokenNotForTopic", Verdict::Accepted),
        (403, "InvalidProviderToken", Verdict::Retry { after: None }),
        (400, "BadTopic", Verdict::Retry { after: None }),
        (400, "SomethingNew", Verdict::Rejected),
    ] {
        let reading = kind("apns").read_verify(&http(status, &json!({"reason": reason}).to_string()));
        assert_eq!(all(&reading).verdict, verdict, "{reason}");
    }
}

#[test]
fn device_tokens_are_read_as_logs_print_them() {
    let read = |typed: &str| {
        let read = kind("apns").read_address(typed).expect("usable");
        (read.value.expose().to_owned(), read.warning.is_some())
    };
    let spaced = "<740F4707 BEBCF74F 9B7C25D4 8E335894 5F6AA01D A5DDB387 462C7EAF 61BB78AD>";
    assert_eq!(read(spaced), (TOKEN.to_owned(), false));
    assert_eq!(read(&format!("0x{TOKEN}")), (TOKEN.to_owned(), false));
    assert_eq!(read(&TOKEN.repeat(3)[..160]), (TOKEN.repeat(3)[..160].to_owned(), false));
    assert_eq!(read("ABCD"), ("abcd".to_owned(), true));
    assert_eq!(read("not a token"), ("not a token".to_owned(), true));
}

const KEYS: [&str; 3] = ["KEYKEYKEYKEYKEYKEYKEY1", "KEYKEYKEYKEYKEYKEYKEY2", "KEYKEYKEYKEYKEYKEYKEY3"];

fn batch(items: &serde_json::Value) -> Reading {
    let body = json!({"code": 200, "message": "success", "timestamp": 1, "data": items}).to_string();
    kind("bark").read(&people(&KEYS), &http(200, &body))
}

#[test]
fn each_key_of_a_batch_has_its_own_outcome() {
    let [one, two, three] = KEYS;
    let reading = batch(&json!([
        {"code": 200, "device_key": one},
        {"code": 500, "device_key": two, "message": "push failed: Unregistered"},
        {"code": 400, "device_key": three, "message": format!("failed to get device token: failed to get [{three}] device token from database")},
    ]));
    assert_eq!(each(&reading), [OK, no(Class::BadRecipient), no(Class::BadRecipient)]);
    let Outcomes::Each(outcomes) = &reading.outcomes else { unreachable!() };
    assert!(!outcomes[2].text.contains(three), "{}", outcomes[2].text);
    let reading = batch(&json!([
        {"code": 500, "device_key": one, "message": "push failed: TooManyRequests"},
        {"code": 500, "device_key": two, "message": "push failed: InvalidProviderToken"},
        {"code": 500, "device_key": three, "message": "push failed: Post \"https://api.push.apple.com/3/device/x\": EOF"},
    ]));
    let expected = [again(Class::RateLimit, 60), again(Class::Provider, 60), lost(Class::Network)];
    assert_eq!((each(&reading), reading.channel), (expected.to_vec(), slow(60)));
    let reading = batch(&json!([
        {"code": 499, "device_key": one, "message": "?"},
        {"code": 700, "device_key": two, "message": "?"},
        {"code": 410, "device_key": three, "message": "?"},
    ]));
    let expected = [no(Class::Unclassified), lost(Class::Unclassified), no(Class::BadRecipient)];
    assert_eq!(each(&reading), expected);
}

#[test]
fn what_a_batch_says_nothing_of_is_unknown() {
    let [one, two, three] = KEYS;
    let unknown = lost(Class::Provider);
    let ok = |key: &str| json!({"code": 200, "device_key": key});
    for (items, expected) in [
        // Missing, extra, odd, doubled and unnamed ones.
        (json!([ok(one)]), [OK, unknown, unknown]),
        (json!([]), [unknown; 3]),
        (json!(null), [unknown; 3]),
        (json!({"code": 200}), [unknown; 3]),
        (json!([ok(one), ok(two), ok(three), ok("KEYKEYKEYKEYKEYKEYKEY9")]), [OK; 3]),
        (json!([ok(one), 7, ok(three)]), [OK, unknown, OK]),
        (json!([ok(one), {"code": "200", "device_key": two}, ok(three)]), [OK, unknown, OK]),
        (json!([ok(three), ok(one), ok(one)]), [unknown, unknown, OK]),
        (json!([ok(""), ok(two), ok(three)]), [unknown, OK, OK]),
    ] {
        assert_eq!(each(&batch(&items)), expected, "{items}");
    }
    // Another order is believed where each key is named once.
    assert_eq!(each(&batch(&json!([ok(three), ok(one), ok(two)]))), [OK; 3]);
    let reading = kind("bark").read(&people(&KEYS), &Answer::Lost("reset".into()));
    assert_eq!(said(all(&reading)), lost(Class::Network));
}

#[test]
fn a_batch_that_is_too_large_or_unknown_to_the_server_goes_in_smaller_ones() {
    let refused = |message: &str| {
        let body = json!({"code": 400, "message": message, "timestamp": 1}).to_string();
        let reading = kind("bark").read(&people(&KEYS), &http(400, &body));
        (matches!(reading.outcomes, Outcomes::Split(_)), reading.channel)
    };
    let narrow = |most| (true, Some(ChannelEffect::Narrow(most)));
    assert_eq!(refused("batch push count exceeds the maximum limit: 2"), narrow(2));
    assert_eq!(refused("batch push count exceeds the maximum limit: 0"), narrow(1));
    assert_eq!(refused("batch push count exceeds the maximum limit: 99"), narrow(2));
    assert_eq!(refused("batch push count exceeds the maximum limit"), narrow(1));
    assert_eq!(refused("device key is empty"), narrow(1));
    // The text is wrong for all of them.
    assert_eq!(refused("request bind failed: x"), (false, None));
    // Nobody knows whom this is about.
    let body = json!({"code": 500, "message": "push failed: Unregistered"}).to_string();
    let reading = kind("bark").read(&people(&KEYS), &http(500, &body));
    assert_eq!(said(all(&reading)), lost(Class::BadRecipient));
    let reading = kind("bark").read(&people(&KEYS), &http(418, "I'm a teapot"));
    assert_eq!((said(all(&reading)), reading.channel), (again(Class::Credential, 0), STOP));
}

fn account(kind: &str, settings: &[(&str, &str)], secrets: &[(&str, &str)]) -> Account {
    Account {
        id: ChannelId(1),
        name: "a".into(),
        kind: kind.into(),
        settings: settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        secrets: secrets.iter().map(|(name, value)| ((*name).into(), Secret::new(*value))).collect(),
    }
}

#[test]
fn how_many_share_a_call_depends_on_the_server_and_the_setting() {
    let most = |settings: &[(&str, &str)]| {
        let settings: BTreeMap<String, String> =
            settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        kind("bark").people_per_call(&settings)
    };
    let own = ("base_url", "https://push.example/bark");
    assert_eq!(most(&[]), 1);
    assert_eq!(most(&[("base_url", "https://api.day.app/")]), 1);
    assert_eq!(most(&[("batch", "50")]), 50, "whoever says so knows better");
    assert_eq!(most(&[own]), 100);
    assert_eq!(most(&[own, ("batch", "no")]), 1);
    assert_eq!(most(&[own, ("batch", "7")]), 7);
    assert_eq!(most(&[own, ("batch", "99999")]), 1_000);
}

#[test]
fn bark_is_verified_where_the_login_is_asked_for_and_only_with_a_whole_key() {
    let url = |settings: &[(&str, &str)], secrets: &[(&str, &str)]| {
        let call =
            kind("bark").verify(&account("bark", settings, secrets)).map_err(|error| error.to_string())?;
        Ok::<String, String>(call.expect("a call").to_string().lines().next().unwrap_or_default().to_owned())
    };
    let own = ("base_url", "https://push.example/bark");
    assert_eq!(url(&[], &[]).as_deref(), Ok("GET https://api.day.app/ping"));
    assert_eq!(url(&[own], &[]).as_deref(), Ok("GET https://push.example/bark/info"));
    assert_eq!(
        url(&[own, ("user", "u")], &[("password", "p")]).as_deref(),
        Ok("GET https://push.example/bark/info")
    );
    let sealed = ("encryption", "aes-192-gcm");
    assert_eq!(
        url(&[sealed], &[("encryption_key", &"k".repeat(24))]).as_deref(),
        Ok("GET https://api.day.app/ping")
    );
    for key in ["k", "****", "…abcd"] {
        let error = url(&[sealed], &[("encryption_key", key)]).expect_err("refused");
        assert!(error.contains("AES-192 takes 24 characters"), "{error}");
    }
}

#[test]
fn what_a_preview_shows_of_a_sealed_push_never_leaves() {
    let account = account("bark", &[("encryption", "aes-128-gcm")], &[("encryption_key", "…abcd")]);
    let content = Content { plain: "for you alone".into(), ..Content::default() };
    let call = kind("bark").build(&account, &content, &people(&KEYS[..1])).expect("a preview");
    assert!(call.to_string().contains("for you alone"), "{call}");
    let departure = Departure { now: Millis(0), pass: None };
    assert!(kind("bark").depart(&account, call, &departure).is_err());
}

type Pairs<'a> = &'a [(&'a str, &'a str)];

/// The longest text of each script that goes through, and what is refused with one more sign of ASCII.
#[test]
fn bark_is_counted_to_the_byte_in_clear_sealed_and_in_batches() {
    let own = ("base_url", "https://push.example");
    let cases: [(Pairs<'_>, Pairs<'_>, usize); 4] = [
        (&[], &[], 1),
        (&[own], &[], 3),
        (&[("encryption", "aes-256-gcm")], &[("encryption_key", "12345678901234567890123456789012")], 1),
        (&[own, ("encryption", "aes-128-cbc")], &[("encryption_key", "1234567890123456")], 3),
    ];
    for (settings, secrets, together) in cases {
        let account = account("bark", settings, secrets);
        let targets = people(&KEYS[..together]);
        let size = |body: &str| {
            let content = Content { plain: body.into(), ..Content::default() };
            let size = kind("bark").payload_size(&account, &content, &targets[0]).expect("a size");
            let built = kind("bark").build(&account, &content, &targets);
            assert_eq!(built.is_ok(), size <= 4_096, "{settings:?} {size}");
            size
        };
        for unit in ["x", "好", "😀", "<"] {
            let (mut fits, mut over) = (0, 4_096);
            while over - fits > 1 {
                let middle = usize::midpoint(fits, over);
                if size(&unit.repeat(middle)) <= 4_096 { fits = middle } else { over = middle }
            }
            // What is left takes as many of one byte; blocks and base64 go in steps.
            let mut body = unit.repeat(fits);
            while size(&body) <= 4_096 {
                body.push('x');
            }
            let step = if secrets.is_empty() { 1 } else { 24 };
            assert!((4_097..=4_096 + step).contains(&size(&body)), "{settings:?} {unit}");
            body.pop();
            assert!((4_097 - step..=4_096).contains(&size(&body)), "{settings:?} {unit}");
        }
    }
}
