//! The provider token, headers that are known only when a call leaves, and sizes.

use std::collections::BTreeMap;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::*;
use crate::channels::answer::HttpAnswer;
use crate::channels::pass::{Obtain, Pass};
use crate::domain::id::ChannelId;
use crate::domain::time::Millis;

const NOW: Millis = Millis(1_700_000_000_999);

/// A key as Apple hands it out, and its public half.
fn key() -> (String, Vec<u8>) {
    let random = SystemRandom::new();
    let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_ref()).expect("read");
    let text = STANDARD.encode(der.as_ref());
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| str::from_utf8(line).ok()).collect();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
    (pem, pair.public_key().as_ref().to_vec())
}

fn account(key: &str, more: &[(&str, &str)]) -> Account {
    let own = [("team_id", "DEF123GHIJ"), ("key_id", "ABC123DEFG"), ("bundle_id", "com.example.app")];
    let settings = own.iter().chain(more).map(|(name, value)| ((*name).into(), (*value).into()));
    Account {
        id: ChannelId(1),
        name: "app".into(),
        kind: "apns".into(),
        settings: settings.collect(),
        secrets: BTreeMap::from([("key".to_owned(), Secret::new(key))]),
    }
}

fn target() -> Target {
    Target {
        to: To::Person(SPEC.address.example.into()),
        name: String::new(),
        key: "pd0-7-1".into(),
        token: String::new(),
        stamp: Millis(0),
        again: false,
        in_place_of: None,
    }
}

fn minted(account: &Account) -> Result<Pass, BuildError> {
    let passes = Apns.passes().expect("a pass");
    match passes.obtain(account, NOW)? {
        Obtain::Made(pass) => Ok(pass),
        Obtain::Ask(_) => unreachable!("it is made here"),
    }
}

#[test]
fn the_token_is_the_documented_one_and_its_signature_holds() {
    let (pem, public) = key();
    let pass = minted(&account(&pem, &[])).expect("a token");
    let documented = "eyJhbGciOiJFUzI1NiIsImtpZCI6IkFCQzEyM0RFRkcifQ.\
                      eyJpc3MiOiJERUYxMjNHSElKIiwiaWF0IjoxNzAwMDAwMDAwfQ";
    let (signed, signature) = pass.value.expose().rsplit_once('.').expect("three parts");
    assert_eq!(signed, documented);
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url without padding");
    assert_eq!(signature.len(), 64, "r and s, not DER");
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public);
    assert!(public.verify(signed.as_bytes(), &signature).is_ok());
    assert!(public.verify(b"something else", &signature).is_err());
    assert_eq!((pass.made, pass.until), (NOW, NOW.plus(50 * 60_000)));
}

#[test]
fn a_pasted_key_works_and_a_wrong_one_is_said_without_being_shown() {
    let (pem, _) = key();
    assert!(minted(&account(&pem.replace('\n', " "), &[])).is_ok());
    for wrong in ["secret-words", "-----BEGIN PRIVATE KEY----- AAEC -----END PRIVATE KEY-----"] {
        let error = minted(&account(wrong, &[])).expect_err("refused");
        assert!(matches!(error, BuildError::BadField { field: "key", .. }), "{error}");
        assert!(
            !error.to_string().contains("secret-words") && !error.to_string().contains("AAEC"),
            "{error}"
        );
    }
    assert_eq!(minted(&account("", &[])), Err(BuildError::MissingField("key")));
}

#[test]
fn only_an_expired_token_is_replaced_and_not_a_young_one() {
    let passes = Apns.passes().expect("a pass");
    for (status, reason, refused) in [
        (403, "ExpiredProviderToken", true),
        (403, "InvalidProviderToken", false),
        (429, "TooManyProviderTokenUpdates", false),
        (200, "ExpiredProviderToken", false),
    ] {
        let body = format!(r#"{{"reason":"{reason}"}}"#).into_bytes();
        let answer = Answer::Http(HttpAnswer { status, body, ..HttpAnswer::default() });
        assert_eq!(passes.is_refused(&answer), refused, "{status} {reason}");
    }
    assert_eq!(passes.least_age_ms(), 20 * 60_000);
}

#[test]
fn what_depends_on_the_moment_is_put_in_when_a_call_leaves() {
    let content = Content { title: "T".into(), ..Content::default() };
    let pass = Secret::new("a.b.c");
    let left = |more: &[(&str, &str)]| {
        let account = account("k", more);
        let call = Apns.build(&account, &content, &[target()]).expect("built");
        let departure = Departure { now: NOW, pass: Some(&pass) };
        let Ok(Call::Http(call)) = Apns.depart(&account, call, &departure) else { unreachable!("a call") };
        let find = |name: &str| {
            call.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
        };
        assert_eq!(find("authorization").as_deref(), Some("bearer a.b.c"));
        assert!(!call.to_string().contains("a.b.c"));
        find("apns-expiration")
    };
    assert_eq!(left(&[]), None);
    assert_eq!(left(&[("expiration", "0")]).as_deref(), Some("0"));
    assert_eq!(left(&[("expiration", "3600")]).as_deref(), Some("1700003600"));
    let account = account("k", &[]);
    let call = Apns.build(&account, &content, &[target()]).expect("built");
    assert!(Apns.depart(&account, call, &Departure { now: NOW, pass: None }).is_err());
}

#[test]
fn an_update_takes_the_place_of_what_it_updates() {
    let account = account("k", &[]);
    let collapse = |call: Call| {
        let Call::Http(call) = call else { unreachable!("HTTP") };
        let found = call.headers.iter().find(|(name, _)| *name == "apns-collapse-id");
        (found.map(|(_, id)| id.clone()), call.body)
    };
    let (old, new) = (
        Content { title: "old".into(), ..Content::default() },
        Content { title: "new".into(), ..Content::default() },
    );
    let sent = collapse(Apns.build(&account, &old, &[target()]).expect("built"));
    let in_place = Target { key: "pd0-9-4".into(), in_place_of: Some("pd0-7".into()), ..target() };
    let updated = collapse(Apns.build(&account, &new, &[in_place]).expect("built"));
    assert_eq!((&updated.0, sent.0.as_deref()), (&sent.0, Some("pd0-7")));
    assert_ne!(updated.1, sent.1);
}

#[test]
fn a_delivery_keeps_its_name_in_apples_logs() {
    let name = apns_id("pd0-7-1");
    assert_eq!((name.len(), &name[14..15]), (36, "5"));
    assert_eq!(name, apns_id("pd0-7-1"));
    assert_ne!(name, apns_id("pd0-7-2"));
    assert!(name.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)));
}

#[test]
fn the_payload_is_counted_at_the_limit_and_one_above_in_ascii_han_and_emoji() {
    // {"aps":{"alert":{"body":""},"sound":"default"}}
    let frame = 47;
    for unit in ["x", "好", "😀"] {
        let (fits, rest) = ((PAYLOAD.max - frame) / unit.len(), (PAYLOAD.max - frame) % unit.len());
        let body = unit.repeat(fits) + &"x".repeat(rest);
        for (body, size) in [(body.clone(), PAYLOAD.max), (body + "x", PAYLOAD.max + 1)] {
            let content = Content { plain: body, ..Content::default() };
            let account = account("k", &[]);
            assert_eq!(Apns.payload_size(&account, &content, &target()), Some(size), "{unit}");
            let built = Apns.build(&account, &content, &[target()]);
            assert_eq!(built.is_ok(), size <= PAYLOAD.max, "{unit}");
        }
    }
}
