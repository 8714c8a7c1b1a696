//! The golden request over real HTTP/2, the token's rules, and every reason.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Collected, Full};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use crate::sandbox::driver::started;
use crate::sandbox::{Kind, Options, Sandbox, Script};

const DEVICE: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const ALERT: &str = r#"{"aps":{"alert":{"title":"标题","body":"正文"},"sound":"default"}}"#;

/// A provider with a key of its own.
struct Provider {
    key: EcdsaKeyPair,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Provider {
    fn new() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
        Self { key, client }
    }

    fn script(&self) -> Script {
        let public_key = Some(self.key.public_key().as_ref().to_vec());
        Script { public_key, topic: Some("com.example.app".to_owned()), ..Script::default() }
    }

    fn token(&self, header: &Value, claims: &Value) -> String {
        let text = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let signature = self.key.sign(&SystemRandom::new(), text.as_bytes()).expect("a signature");
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn fresh(&self, age: i64) -> String {
        let iat = jiff::Timestamp::now().as_second() - age;
        self.token(&json!({"alg": "ES256", "kid": "ABC123DEFG"}), &json!({"iss": "DEF123GHIJ", "iat": iat}))
    }

    async fn push(
        &self,
        sandbox: &Sandbox,
        device: &str,
        change: &[(&str, &str)],
        body: &str,
    ) -> (u16, Value) {
        let url = format!("{}/3/device/{device}", sandbox.url(Kind::Apns));
        let mut headers = vec![("apns-topic", "com.example.app"), ("apns-push-type", "alert")];
        headers.retain(|(name, _)| !change.iter().any(|(other, _)| other == name));
        headers.extend(change.iter().filter(|(_, value)| *value != "-"));
        let request = Request::post(url);
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let request = request.body(Full::from(body.to_owned())).expect("a request");
        let Ok(answer) = self.client.request(request).await else { return (0, Value::Null) };
        let (status, version) = (answer.status().as_u16(), answer.version());
        assert_eq!(version, hyper::Version::HTTP_2);
        let id = answer.headers().get("apns-id").is_some();
        let text = answer.into_body().collect().await.map(Collected::to_bytes).unwrap_or_default();
        if status == 200 && text.is_empty() {
            assert!(id, "an accepted push has an id");
        }
        (status, serde_json::from_slice(&text).unwrap_or_default())
    }
}

#[tokio::test]
async fn golden_pushes_are_accepted_over_one_connection() {
    let provider = Provider::new();
    let sandbox = started(Options::default().with(Kind::Apns, provider.script())).await;
    let bearer = format!("bearer {}", provider.fresh(60));
    let golden = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json; charset=utf-8"),
        ("apns-expiration", "1900000000"),
        ("apns-collapse-id", "0123456789012345678901234567890123456789012345678901234567890123"),
        ("apns-id", "123e4567-e89b-12d3-a456-4266554400a0"),
        ("apns-priority", "10"),
    ];
    assert_eq!(provider.push(&sandbox, DEVICE, &golden, ALERT).await, (200, Value::Null));
    let many = (0..50).map(|n| {
        let device = format!("{n:064x}");
        let (provider, sandbox, bearer) = (&provider, &sandbox, bearer.as_str());
        async move { provider.push(sandbox, &device, &[("authorization", bearer)], ALERT).await.0 }
    });
    assert!(futures_util::future::join_all(many).await.iter().all(|status| *status == 200));
    let silent =
        [("authorization", bearer.as_str()), ("apns-push-type", "background"), ("apns-priority", "5")];
    let body = r#"{"aps":{"content-available":1},"delete":"1"}"#;
    assert_eq!(provider.push(&sandbox, DEVICE, &silent, body).await.0, 200);
    let seen = &sandbox.received(Kind::Apns)[0];
    assert_eq!(
        (seen.path.as_str(), &seen.body["aps"]["alert"]["title"]),
        (&*format!("/3/device/{DEVICE}"), &json!("标题"))
    );
    assert_eq!(seen.headers["apns-priority"], "10");
    assert_eq!(seen.headers["authorization"], "bearer", "the token is not kept");
    assert_eq!((sandbox.count(DEVICE), sandbox.totals(Kind::Apns).reached), (2, 52));
}

#[tokio::test]
async fn wrong_requests_are_refused_with_their_reason() {
    let provider = Provider::new();
    let sandbox = started(Options::default().with(Kind::Apns, provider.script())).await;
    let bearer = format!("bearer {}", provider.fresh(0));
    let long = "x".repeat(65);
    let fits = format!(r#"{{"aps":{{"alert":"{}"}}}}"#, "x".repeat(4_096 - 20));
    let over = format!(r#"{{"aps":{{"alert":"{}"}}}}"#, "x".repeat(4_097 - 20));
    let push = async |device: &str, header: &[(&str, &str)], body: &str| {
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(header);
        provider.push(&sandbox, device, &headers, body).await
    };
    assert_eq!(push(DEVICE, &[], &fits).await.0, 200);
    for (device, header, body, status, reason) in [
        (DEVICE, ("apns-topic", "-"), ALERT, 400, "MissingTopic"),
        (DEVICE, ("apns-topic", "other.app"), ALERT, 400, "TopicDisallowed"),
        (DEVICE, ("apns-topic", "no topic"), ALERT, 400, "BadTopic"),
        (DEVICE, ("apns-push-type", "shout"), ALERT, 400, "InvalidPushType"),
        (DEVICE, ("apns-push-type", "background"), ALERT, 400, "InvalidPushType"),
        (DEVICE, ("apns-id", "1234"), ALERT, 400, "BadMessageId"),
        (DEVICE, ("apns-collapse-id", long.as_str()), ALERT, 400, "BadCollapseId"),
        (DEVICE, ("apns-expiration", "tomorrow"), ALERT, 400, "BadExpirationDate"),
        (DEVICE, ("apns-priority", "7"), ALERT, 400, "BadPriority"),
        (DEVICE, ("x", "x"), "", 400, "PayloadEmpty"),
        (DEVICE, ("x", "x"), "{}", 400, "PayloadEmpty"),
        (DEVICE, ("x", "x"), over.as_str(), 413, "PayloadTooLarge"),
        ("zz", ("x", "x"), ALERT, 400, "BadDeviceToken"),
        (&DEVICE[..62], ("x", "x"), ALERT, 400, "BadDeviceToken"),
        ("", ("x", "x"), ALERT, 400, "MissingDeviceToken"),
        ("a/b", ("x", "x"), ALERT, 404, "BadPath"),
    ] {
        let (seen, answer) = push(device, &[header], body).await;
        assert_eq!((seen, &answer["reason"]), (status, &json!(reason)), "{header:?}");
    }
    let twice = push(DEVICE, &[("apns-priority", "5"), ("apns-priority", "5")], ALERT).await;
    assert_eq!(twice.1["reason"], "DuplicateHeaders");
    let url = format!("{}/3/device/{DEVICE}", sandbox.url(Kind::Apns));
    let get = provider.client.get(url.parse().expect("an address")).await;
    assert_eq!(get.expect("an answer").status(), 405);
}

#[tokio::test]
async fn a_token_is_judged_by_its_form_its_signature_and_its_age() {
    let provider = Provider::new();
    let sandbox = started(Options::default().with(Kind::Apns, provider.script())).await;
    let now = jiff::Timestamp::now().as_second();
    let header = json!({"alg": "ES256", "kid": "ABC123DEFG"});
    let claims = json!({"iss": "DEF123GHIJ", "iat": now});
    let short = provider.token(&json!({"alg": "ES256", "kid": "ABC"}), &claims);
    let weak = provider.token(&json!({"alg": "none", "kid": "ABC123DEFG"}), &claims);
    let team = provider.token(&header, &json!({"iss": "me", "iat": now}));
    let ahead = provider.token(&header, &json!({"iss": "DEF123GHIJ", "iat": now + 3_600}));
    let (cut, _) = short.rsplit_once('.').expect("three parts");
    for (authorization, status, reason) in [
        ("-".to_owned(), 403, "MissingProviderToken"),
        ("Basic dTpw".to_owned(), 403, "MissingProviderToken"),
        ("bearer x.y.z".to_owned(), 403, "InvalidProviderToken"),
        (format!("bearer {cut}"), 403, "InvalidProviderToken"),
        (format!("bearer {short}"), 403, "InvalidProviderToken"),
        (format!("bearer {weak}"), 403, "InvalidProviderToken"),
        (format!("bearer {team}"), 403, "InvalidProviderToken"),
        (format!("bearer {ahead}"), 403, "InvalidProviderToken"),
        (format!("bearer {}", Provider::new().fresh(0)), 403, "InvalidProviderToken"),
        (format!("bearer {}", provider.fresh(3_700)), 403, "ExpiredProviderToken"),
    ] {
        let (seen, answer) =
            provider.push(&sandbox, DEVICE, &[("authorization", &authorization)], ALERT).await;
        assert_eq!((seen, &answer["reason"]), (status, &json!(reason)), "{authorization:.40}");
    }
    let tokens = [2_400, 1_300, 60].map(|age| format!("bearer {}", provider.fresh(age)));
    for (at, status) in [(0, 200), (1, 429), (0, 200), (2, 200), (0, 200)] {
        let (seen, answer) = provider.push(&sandbox, DEVICE, &[("authorization", &tokens[at])], ALERT).await;
        assert_eq!(seen, status, "{answer}");
    }
}

#[tokio::test]
async fn a_full_connection_says_goaway_and_answers_what_it_has() {
    let provider = Provider::new();
    let script = Script { connection_calls: Some(3), ..provider.script() };
    let sandbox = started(Options::default().with(Kind::Apns, script)).await;
    let bearer = format!("bearer {}", provider.fresh(0));
    for n in 0..10 {
        let seen = provider.push(&sandbox, &format!("{n:064x}"), &[("authorization", &bearer)], ALERT).await;
        assert_eq!(seen.0, 200, "{n}: a client goes on over the next connection");
    }
    assert_eq!(sandbox.totals(Kind::Apns).reached, 10);
}

#[tokio::test]
async fn the_first_digits_of_a_device_token_make_trouble() {
    let provider = Provider::new();
    let script = Script { slow: std::time::Duration::from_millis(30), ..provider.script() };
    let sandbox = started(Options::default().with(Kind::Apns, script)).await;
    let bearer = format!("bearer {}", provider.fresh(0));
    for (begins, status, reason) in [
        ("dead", 410, "Unregistered"),
        ("deaf", 410, "ExpiredToken"),
        ("bad0", 400, "BadDeviceToken"),
        ("bad1", 400, "DeviceTokenNotForTopic"),
        ("bad2", 400, "TopicDisallowed"),
        ("f429", 429, "TooManyRequests"),
        ("f500", 500, "InternalServerError"),
        ("f503", 503, "ServiceUnavailable"),
        ("f1a0", 503, "Shutdown"),
    ] {
        let device = format!("{begins}{}", &DEVICE[4..]);
        let (seen, answer) = provider.push(&sandbox, &device, &[("authorization", &bearer)], ALERT).await;
        assert_eq!((seen, &answer["reason"]), (status, &json!(reason)), "{begins}");
        assert_eq!(answer["timestamp"].as_i64() > Some(1_000_000_000_000), status == 410, "{begins}");
    }
    for (begins, status) in [("f1a0", 200), ("d0d0", 0), ("ba1f", 200), ("cafe", 200)] {
        let device = format!("{begins}{}", &DEVICE[4..]);
        let seen = provider.push(&sandbox, &device, &[("authorization", &bearer)], ALERT).await;
        assert_eq!(seen.0, status, "{begins}");
        assert_eq!(sandbox.count(&device), u64::from(begins != "cafe"), "{begins}");
    }
    let (before, late) = (std::time::Instant::now(), format!("5100{}", &DEVICE[4..]));
    assert_eq!(provider.push(&sandbox, &late, &[("authorization", &bearer)], ALERT).await.0, 200);
    assert!(before.elapsed() >= std::time::Duration::from_millis(30));
}
