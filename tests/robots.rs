//! Group robots and webhooks beyond one request: what is added when a call leaves, how addresses are pasted,
//! and where the limits lie, in the unit in which each service counts.

use std::collections::BTreeMap;

use pushdeck::channels::call::{Call, HttpCall};
use pushdeck::channels::catalog;
use pushdeck::channels::check::{Fact, Level, Personal, check};
use pushdeck::channels::kind::{AddressWarning, BuildError, Target, To};
use pushdeck::channels::pass::Departure;
use pushdeck::channels::render::Prepared;
use pushdeck::domain::channel::Account;
use pushdeck::domain::id::ChannelId;
use pushdeck::domain::message::{Content, Format, Message};
use pushdeck::domain::secret::Secret;
use pushdeck::domain::time::Millis;

fn account(kind: &str, settings: &[(&str, &str)], secret: Option<&str>) -> Account {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let secrets: BTreeMap<String, Secret> =
        secret.map(|clear| ("secret".to_owned(), Secret::new(clear))).into_iter().collect();
    Account { id: ChannelId(1), name: kind.into(), kind: kind.into(), settings, secrets }
}

fn target(address: &str) -> Target {
    Target {
        to: To::Person(address.into()),
        name: String::new(),
        key: "k".into(),
        token: "t".into(),
        stamp: Millis(0),
        again: false,
        in_place_of: None,
    }
}

fn plain(body: &str) -> Content {
    Content { plain: body.into(), body: body.into(), format: Format::Text, ..Content::default() }
}

fn leaves(account: &Account, address: &str, now: i64) -> HttpCall {
    let kind = catalog::kind(&account.kind).expect("a kind");
    let call = kind.build(account, &plain("x"), &[target(address)]).expect("built");
    let departure = Departure { now: Millis(now), pass: None };
    match kind.depart(account, call, &departure).expect("signed") {
        Call::Http(call) => call,
        Call::Mail(_) => unreachable!("robots speak HTTP"),
    }
}

#[test]
fn dingtalk_signs_in_the_query_once_encoded() {
    let url = "https://oapi.dingtalk.com/robot/send?access_token=tokentoken";
    let signed = format!("{url}&timestamp=1700000000000&sign=jcUpW0QmtKduN03n4JqQ0PBosVjqnM8gU7fIIvsDmCM%3D");
    let with = |secret| account("dingtalk", &[], secret);
    assert_eq!(leaves(&with(None), "tokentoken#SECabc", 1_700_000_000_000).url, signed);
    assert_eq!(leaves(&with(Some("SECabc")), "tokentoken", 1_700_000_000_000).url, signed);
    assert_eq!(leaves(&with(Some("other")), "tokentoken#SECabc", 1_700_000_000_000).url, signed);
    assert_eq!(leaves(&with(None), "tokentoken", 1_700_000_000_000).url, url);
    // A second attempt leaves at another moment.
    assert_ne!(leaves(&with(Some("SECabc")), "tokentoken", 1_700_000_001_000).url, signed);
}

#[test]
fn feishu_signs_in_the_body() {
    let call = leaves(&account("feishu", &[], Some("SECabc")), "tokentoken", 1_700_000_000_999);
    let body: serde_json::Value = serde_json::from_slice(&call.body).expect("JSON");
    assert_eq!(
        body,
        serde_json::json!({
            "timestamp": "1700000000", "sign": "XprR1de+0SSBnwWyU/4k6x2TL+Q2SJlM5NNEdAv7MWg=",
            "msg_type": "text", "content": {"text": "x"},
        })
    );
    let call = leaves(&account("feishu", &[], None), "tokentoken", 1_700_000_000_999);
    assert_eq!(call.body, br#"{"content":{"text":"x"},"msg_type":"text"}"#);
}

#[test]
fn a_shown_call_holds_neither_token_nor_secret() {
    for (kind, address) in [
        ("dingtalk", "0123456789abcdef#SECabcdefghijkl"),
        ("feishu", "01234567-89ab-cdef#secretsecretse"),
        ("wecom", "01234567-89ab-cdef-0123-456789abcdef"),
        ("slack", "T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"),
        ("discord", "123456789012345678/abcdefghijklmnopqrstuvwxyz"),
    ] {
        let call = leaves(&account(kind, &[], None), address, 1_700_000_000_000);
        let shown = format!("{call} {call:?}");
        for part in address.split(['#', '/']).filter(|part| part.len() > 12) {
            assert!(!shown.contains(part), "{kind}: {part} in {shown}");
        }
    }
}

#[test]
fn a_webhook_s_token_is_masked_in_whatever_form_a_filter_writes_it() {
    let mut account = account(
        "webhook",
        &[
            ("url", "https://e.x/{{ token | urlencode }}"),
            ("headers", "X-Token: {{ token }}"),
            ("body", "{{ token | tojson }}"),
        ],
        None,
    );
    account.secrets.insert("token".into(), Secret::new("a secret/<with> \"signs\""));
    let call = leaves(&account, "someone", 0);
    assert!(call.url.contains("%3Cwith%3E") && call.body.starts_with(b"\"a secret/"), "{call:?}");
    let shown = call.to_string();
    assert!(!shown.contains("with") && !shown.contains("a secret"), "{shown}");
}

#[test]
fn a_body_that_is_no_json_is_text_and_get_has_none() {
    let header = |call: &HttpCall| call.headers.iter().find(|(name, _)| name == "content-type").cloned();
    let url = ("url", "https://e.x/?q={{ plain | urlencode }}");
    let call = leaves(&account("webhook", &[url, ("body", "{{ plain }}: x")], None), "a", 0);
    assert_eq!(header(&call).map(|(_, value)| value).as_deref(), Some("text/plain; charset=utf-8"));
    let call = leaves(&account("webhook", &[url, ("method", "get")], None), "a", 0);
    assert_eq!((call.url.as_str(), call.body.len(), header(&call)), ("https://e.x/?q=x", 0, None));
}

#[test]
fn robots_are_pasted_as_urls_and_as_tokens() {
    type Case<'a> = (&'a str, &'a str, &'a str, Option<AddressWarning>, Option<&'a str>);
    let dingtalk = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let uuid = "01234567-89ab-cdef-0123-456789abcdef";
    let discord = "123456789012345678/abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnop";
    let slack = "T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX";
    let signed = format!("{dingtalk}#SECabc");
    let pasted = [
        format!("https://oapi.dingtalk.com/robot/send?access_token={dingtalk}"),
        format!(" https://oapi.dingtalk.com/robot/send?access_token={dingtalk}&x=1#SECabc "),
        format!("https://open.feishu.cn/open-apis/bot/v2/hook/{uuid}/"),
        format!("https://open.larksuite.com/open-apis/bot/v2/hook/{uuid}#abc"),
        format!("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={uuid}"),
        format!("https://hooks.slack.com/services/{slack}"),
        format!("https://discord.com/api/v10/webhooks/{discord}?wait=true"),
    ];
    let lark = format!("{uuid}#abc");
    let shape = Some(AddressWarning::Shape);
    let cases: [Case<'_>; 14] = [
        ("dingtalk", dingtalk, dingtalk, None, None),
        ("dingtalk", &pasted[0], dingtalk, None, Some("oapi.dingtalk.com")),
        ("dingtalk", &pasted[1], &signed, None, Some("oapi.dingtalk.com")),
        ("dingtalk", "short#SECabc", "short#SECabc", shape, None),
        ("dingtalk", "short#", "short", shape, None),
        ("feishu", &pasted[2], uuid, None, Some("open.feishu.cn")),
        ("feishu", &pasted[3], &lark, None, Some("open.larksuite.com")),
        ("wecom", &pasted[4], uuid, None, Some("qyapi.weixin.qq.com")),
        ("wecom", "a#b", "a#b", shape, None),
        ("slack", &pasted[5], slack, None, Some("hooks.slack.com")),
        ("slack", "T0/B0", "T0/B0", shape, None),
        ("discord", &pasted[6], discord, None, Some("discord.com")),
        ("discord", "1/abc", "1/abc", shape, None),
        ("webhook", " 任何 text ", "任何 text", None, None),
    ];
    for (kind, typed, value, warning, host) in cases {
        let read = catalog::kind(kind).expect("a kind").read_address(typed).expect("a usable address");
        let found = (read.value.expose(), read.warning, read.host.as_deref());
        assert_eq!(found, (value, warning, host), "{kind} {typed}");
    }
    for (kind, typed) in [
        ("dingtalk", "https://oapi.dingtalk.com/robot/send"),
        ("feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/"),
        ("slack", "https://hooks.slack.com/services/T0/B0"),
        ("discord", "https://discord.com/api/webhooks/1"),
        ("dingtalk", "#SECabc"),
    ] {
        assert!(catalog::kind(kind).expect("a kind").read_address(typed).is_err(), "{kind} {typed}");
    }
}

/// Whether a body of so many signs can be built, and what the check in Compose says of it.
fn judged(kind: &str, format: Format, body: &str) -> (bool, bool) {
    let of = catalog::kind(kind).expect("a kind");
    let account = account(kind, &[], None);
    let message = Message { body: body.into(), format, ..Message::default() };
    let prepared = Prepared::new(&message).expect("sound");
    let content = prepared.content(of.spec(), |_| None::<&str>).expect("no variables");
    let built = of.build(&account, &content, &[target("tokentoken")]);
    if let Err(error) = &built {
        assert!(matches!(error, BuildError::BadContent(_)), "{error}");
    }
    let sample = [Personal { name: "x".into(), content: content.clone() }];
    let findings = check(of, &account, &prepared, &content, Some(&sample), 1);
    let over = findings.iter().any(|one| one.level == Level::Error && matches!(one.what, Fact::Over { .. }));
    (built.is_ok(), !over)
}

#[test]
fn limits_hold_at_the_limit_and_not_beyond_it() {
    // Bytes around the text: the rest of the request, and for Feishu the room for a signature.
    let dingtalk = r#"{"msgtype":"text","text":{"content":""}}"#.len();
    let feishu = r#"{"content":{"text":""},"msg_type":"text"}"#.len()
        + r#""timestamp":"1700000000","sign":"12345678901234567890123456789012345678901234","#.len();
    for (kind, format, room, in_bytes) in [
        ("dingtalk", Format::Text, 20_000 - dingtalk, true),
        ("feishu", Format::Text, 20 * 1_024 - feishu, true),
        ("wecom", Format::Text, 2_048, true),
        ("wecom", Format::Markdown, 4_096, true),
        ("slack", Format::Text, 40_000, false),
        ("slack", Format::Markdown, 40_000, false),
        ("discord", Format::Text, 2_000, false),
        ("discord", Format::Markdown, 2_000, false),
    ] {
        for sign in ["a", "好", "😀"] {
            let most = if in_bytes { room / sign.len() } else { room };
            // What is left over of the room is filled with signs of one byte.
            let rest = if in_bytes { room % sign.len() } else { 0 };
            let body = format!("{}{}", sign.repeat(most), "b".repeat(rest));
            assert_eq!(judged(kind, format, &body), (true, true), "{kind} {format:?} {sign}");
            let over = format!("{body}b");
            assert_eq!(judged(kind, format, &over), (false, false), "{kind} {format:?} {sign} and one");
        }
    }
}

#[test]
fn what_a_service_escapes_counts() {
    assert_eq!(judged("slack", Format::Text, &"&".repeat(8_000)), (true, true));
    assert_eq!(judged("slack", Format::Text, &"&".repeat(8_001)), (false, false));
    assert_eq!(judged("discord", Format::Text, &"*".repeat(1_000)), (true, true));
    assert_eq!(judged("discord", Format::Text, &"*".repeat(1_001)), (false, false));
}
