//! The official vectors, and what nobody official sends.

use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::crypt::{open, signature};
use super::*;
use crate::channels::answer::{Answer, HttpAnswer};
use crate::channels::catalog;
use crate::channels::outcome::Outcomes;
use crate::domain::id::ChannelId;
use crate::domain::secret::Secret;

const APP: &str = "wxba5fad812f8e6fb9";
const SEALED: &str = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=";
const REPLY: &str =
    "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==";

fn key() -> String {
    "A".repeat(43)
}

fn account(sealed: bool) -> Account {
    let mut secrets: BTreeMap<String, Secret> = [("callback_token".to_owned(), Secret::new("AAAAA"))].into();
    if sealed {
        secrets.insert("aes_key".into(), Secret::new(key()));
    }
    Account {
        id: ChannelId(1),
        name: "oa".into(),
        kind: "wechat".into(),
        settings: [("app_id".to_owned(), APP.to_owned())].into(),
        secrets,
    }
}

/// A moment in the second of a timestamp.
fn at(timestamp: i64) -> Millis {
    Millis(timestamp * 1_000)
}

fn post(body: &str) -> Result<Heard, Refusal> {
    let signed = signature(&["AAAAA", "1700000000", "n"]);
    let query = format!("signature={signed}&timestamp=1700000000&nonce=n&openid=x");
    let posted = Posted { asks: false, query: &query, body: body.as_bytes() };
    WeChatCallback.read(&account(false), &posted, at(1_700_000_000))
}

fn came(body: &str) -> Came {
    let heard = post(body).expect("heard");
    assert_eq!((heard.answer.as_str(), heard.came.len()), ("success", 1));
    heard.came.into_iter().next().expect("one")
}

fn event(inside: &str) -> Came {
    came(&format!(
        "<xml><ToUserName>gh_x</ToUserName><FromUserName>OPENID</FromUserName>\
         <CreateTime>1700000000</CreateTime><MsgType>event</MsgType>{inside}</xml>"
    ))
}

#[test]
fn the_official_echo_is_answered_and_a_wrong_or_old_one_is_not() {
    let query = |signature: &str| {
        format!("signature={signature}&timestamp=1714036504&nonce=1514711492&echostr=4375120948345356249")
    };
    let ask =
        |query: &str, now| WeChatCallback.read(&account(true), &Posted { asks: true, query, body: b"" }, now);
    let right = query("f464b24fc39322e44b38aa78f5edd27bd1441696");
    let heard = ask(&right, at(1_714_036_504)).expect("echoed");
    assert_eq!((heard.answer.as_str(), heard.came.len()), ("4375120948345356249", 0));
    assert_eq!(ask(&right, at(1_714_036_504 + 601)), Err(Refusal::Stale));
    assert_eq!(ask(&right, at(1_714_036_504 - 601)), Err(Refusal::Stale));
    assert!(ask(&right, at(1_714_036_504 + 600)).is_ok());
    assert_eq!(
        ask(&query("f464b24fc39322e44b38aa78f5edd27bd1441697"), at(1_714_036_504)),
        Err(Refusal::Forged)
    );
    assert_eq!(ask("", at(1_714_036_504)), Err(Refusal::Forged));
    let script = format!("{right}%3Cscript%3E");
    assert_eq!(ask(&script, at(1_714_036_504)), Err(Refusal::Malformed));
}

#[test]
fn the_official_signatures_are_ours() {
    assert_eq!(signature(&["AAAAA", "1714037059", "486452656"]), "899cf89e464efb63f54ddac96b0a0a235f53aa78");
    assert_eq!(signature(&["AAAAA", "1714112445", "415670741"]), "6c5c811b55cc85e0e1b54100749188c20beb3f5d");
    assert_eq!(
        signature(&["AAAAA", "1714112445", "415670741", SEALED]),
        "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"
    );
    assert_eq!(
        signature(&["AAAAA", "1713424427", "415670741", REPLY]),
        "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"
    );
}

#[test]
fn the_official_sealed_texts_open() {
    let message = open(&key(), SEALED, APP).expect("opens");
    assert_eq!(message.len(), 167);
    assert!(message.starts_with(br#"{"ToUserName":"gh_97417a04a28d""#));
    assert_eq!(open(&key(), REPLY, APP).expect("opens"), br#"{"demo_resp":"good luck"}"#);
    assert_eq!(open(&key(), SEALED, "wx0000000000000000"), Err(Refusal::Forged), "for another application");
    assert_eq!(open(&"B".repeat(43), SEALED, APP), Err(Refusal::Forged));
    assert_eq!(open("short", SEALED, APP), Err(Refusal::Unset));
}

const QUERY: &str = "encrypt_type=aes&timestamp=1714112445&nonce=415670741&openid=o9AgO5Kd5ggOC-bXrbNODIiE3bGY\
    &signature=6c5c811b55cc85e0e1b54100749188c20beb3f5d&msg_signature=046e02f8204d34f8ba5fa3b1db94908f3df2e9b3";

#[test]
fn the_official_sealed_request_is_heard_in_both_forms_of_body() {
    let bodies = [
        format!(r#"{{"ToUserName":"gh_97417a04a28d","Encrypt":"{SEALED}"}}"#),
        format!(
            "<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName><Encrypt><![CDATA[{SEALED}]]></Encrypt></xml>"
        ),
    ];
    for body in bodies {
        let posted = Posted { asks: false, query: QUERY, body: body.as_bytes() };
        let heard = WeChatCallback.read(&account(true), &posted, at(1_714_112_445)).expect("heard");
        assert_eq!(heard.answer, "success");
        let [one] = &heard.came[..] else { unreachable!("one message") };
        assert_eq!(one.event, Event::Other { action: "debug_demo".into() });
        assert!(one.raw.contains("hello world"));
        assert_eq!(one.address.as_ref().expect("whose").expose(), "o9AgO5Kd5ggOC-bXrbNODIiE3bGY");
        assert_eq!(WeChatCallback.read(&account(true), &posted, at(1_714_113_100)), Err(Refusal::Stale));
        assert_eq!(WeChatCallback.read(&account(false), &posted, at(1_714_112_445)), Err(Refusal::Unset));
    }
}

#[test]
fn where_bodies_are_sealed_a_plain_one_is_not_believed() {
    let signed = signature(&["AAAAA", "1700000000", "n"]);
    let query = format!("signature={signed}&timestamp=1700000000&nonce=n");
    let body = b"<xml><FromUserName>x</FromUserName><MsgType>text</MsgType><Content>a</Content></xml>";
    let posted = Posted { asks: false, query: &query, body };
    assert_eq!(WeChatCallback.read(&account(true), &posted, at(1_700_000_000)), Err(Refusal::Forged));
    let mut bare = account(false);
    bare.secrets.clear();
    assert_eq!(WeChatCallback.read(&bare, &posted, at(1_700_000_000)), Err(Refusal::Unset));
}

#[test]
fn an_account_that_sends_both_forms_is_heard_without_the_key_as_well() {
    let both = format!(
        "<xml><FromUserName>o</FromUserName><CreateTime>1700000000</CreateTime><MsgType>text</MsgType>\
         <Content>hello</Content><MsgId>1</MsgId><Encrypt>{SEALED}</Encrypt></xml>"
    );
    assert_eq!(came(&both).event, Event::Text { text: "hello".into() });
}

/// Seals as WeChat does, whatever stands in it.
fn seal(inside: &[u8]) -> String {
    let key = STANDARD.decode(format!("{}=", key())).expect("a key");
    let iv: [u8; 16] = key[..16].try_into().expect("an iv");
    let cipher = UnboundCipherKey::new(&AES_256, &key).and_then(EncryptingKey::cbc).expect("a cipher");
    let mut text = inside.to_vec();
    cipher.less_safe_encrypt(&mut text, EncryptionContext::Iv128(FixedLength::from(iv))).expect("sealed");
    STANDARD.encode(text)
}

#[test]
fn a_sealed_text_with_a_wrong_inside_is_forged_and_never_a_panic() {
    let mut honest = vec![7; 16];
    honest.extend(3_u32.to_be_bytes());
    honest.extend(b"abc");
    honest.extend(APP.as_bytes());
    let pad = 32 - honest.len() % 32;
    honest.extend(vec![pad as u8; pad]);
    assert_eq!(open(&key(), &seal(&honest), APP).expect("opens"), b"abc");
    let mut long = honest.clone();
    long[16..20].copy_from_slice(&u32::MAX.to_be_bytes());
    let with_pad = |pad: u8| {
        let mut text = vec![1; 32];
        text[31] = pad;
        text
    };
    for inside in [long, with_pad(0), with_pad(33), with_pad(255), with_pad(32), with_pad(20), vec![9; 16]] {
        assert_eq!(open(&key(), &seal(&inside), APP), Err(Refusal::Forged), "{inside:?}");
    }
    for sealed in ["", "A", "AAAA", "%%%%", &SEALED[..100]] {
        assert_eq!(open(&key(), sealed, APP), Err(Refusal::Forged), "{sealed}");
    }
}

#[test]
fn events_are_read_with_their_scene_and_what_they_allow() {
    let follow = event("<Event>subscribe</Event><EventKey>qrscene_sub-42</EventKey><Ticket>T</Ticket>");
    assert_eq!(follow.event, Event::Follow { scene: "sub-42".into() });
    assert_eq!((follow.at, follow.allows), (at(1_700_000_000), Some(BY_TOUCH)));
    assert_eq!(event("<Event>subscribe</Event><EventKey/>").event, Event::Follow { scene: String::new() });
    assert_eq!(event("<Event>SCAN</Event><EventKey>7</EventKey>").event, Event::Scan { scene: "7".into() });
    assert_eq!(event("<Event>unsubscribe</Event>").event, Event::Unfollow { forget: true });
    assert_eq!(
        event("<Event>CLICK</Event><EventKey>HELP</EventKey>").event,
        Event::Tap { key: "HELP".into() }
    );
    for kind in ["scancode_waitmsg", "pic_weixin"] {
        let tap = event(&format!("<Event>{kind}</Event><EventKey>HELP</EventKey>"));
        assert_eq!((tap.event, tap.allows.is_some()), (Event::Tap { key: "HELP".into() }, true), "{kind}");
    }
    let link = event("<Event>VIEW</Event><EventKey>https://example.com</EventKey>");
    assert_eq!((link.event, link.allows), (Event::Tap { key: "https://example.com".into() }, None));
    let other = event("<Event>subscribe_msg_popup_event</Event><List><Id>1</Id></List>");
    assert_eq!(other.event, Event::Other { action: "subscribe_msg_popup_event".into() });
    assert!(other.raw.contains("<Id>1</Id>"));
}

#[test]
fn whoever_chats_with_a_mini_program_may_be_answered() {
    let entered = event("<Event>user_enter_tempsession</Event><SessionFrom>from-the-shop</SessionFrom>");
    assert_eq!(
        (entered.event, entered.allows),
        (Event::Tap { key: "from-the-shop".into() }, Some(BY_ENTERING))
    );
    let card = came(
        r#"{"FromUserName":"o","CreateTime":1700000000,"MsgType":"miniprogrampage","MsgId":"9","Title":"T","AppId":"wx2"}"#,
    );
    assert_eq!(
        (card.event, card.allows),
        (Event::Text { text: "[miniprogrampage]".into() }, Some(BY_MESSAGE))
    );
    assert!(card.raw.contains("wx2"), "what it was stands in the words of WeChat");
}

#[test]
fn receipts_say_whether_it_arrived() {
    let sent = r#"{"errcode":0,"errmsg":"ok","msgid":200163836}"#;
    let receipt = |status: &str| {
        event(&format!("<Event>TEMPLATESENDJOBFINISH</Event><MsgID>200163836</MsgID><Status><![CDATA[{status}]]></Status>"))
            .event
    };
    for (status, arrived) in [
        ("success", Ok(())),
        ("failed:user block", Err(Class::Blocked)),
        ("failed: user block", Err(Class::Blocked)),
        ("failed: system failed", Err(Class::Provider)),
        ("failed:system failed", Err(Class::Provider)),
        ("failed:freq limit", Err(Class::RateLimit)),
        ("failed: moon phase", Err(Class::Unclassified)),
    ] {
        // Under the name that the answer to the sending gave it.
        let answer = HttpAnswer { status: 200, body: sent.into(), ..HttpAnswer::default() };
        let kind = catalog::kind("wechat").expect("a kind");
        let Outcomes::All(accepted) = kind.read(&[], &Answer::Http(answer)).outcomes else { panic!("one") };
        let expected =
            Event::Receipt { receipt: accepted.receipt.expect("a receipt"), arrived, text: status.into() };
        assert_eq!(receipt(status), expected);
    }
    let unnamed = event("<Event>TEMPLATESENDJOBFINISH</Event><MsgID>0</MsgID><Status>success</Status>").event;
    assert_eq!(unnamed, Event::Receipt { receipt: String::new(), arrived: Ok(()), text: "success".into() });
    assert_eq!(receipt("perhaps"), Event::Other { action: "TEMPLATESENDJOBFINISH".into() });
}

#[test]
fn messages_are_known_by_their_id_and_events_by_person_and_second() {
    let text = |id: &str| {
        came(&format!(
            "<xml><FromUserName>o</FromUserName><CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType>\
             <Content><![CDATA[退订 \u{202e}]]></Content><MsgId>{id}</MsgId></xml>"
        ))
    };
    let said = text("1");
    assert_eq!(said.event, Event::Text { text: "退订 <U+202E>".into() });
    assert_eq!(said.allows, Some(BY_MESSAGE));
    assert_eq!(said.key, text("1").key);
    assert_ne!(said.key, text("2").key);
    let follow = |key: &str| event(&format!("<Event>subscribe</Event><EventKey>{key}</EventKey>")).key;
    assert_eq!(follow("a"), follow("a"));
    let json = came(
        r#"{"FromUserName":"o","CreateTime":1700000000,"MsgType":"image","MsgId":"9","PicUrl":"https://x/y"}"#,
    );
    assert_eq!(json.event, Event::Text { text: "[image]".into() });
    assert!(json.raw.contains("PicUrl"));
}

#[test]
fn what_is_no_message_is_refused() {
    for body in ["", "x", "<xml>", "[]", "<!DOCTYPE x><xml><MsgType>text</MsgType></xml>"] {
        assert_eq!(post(body), Err(Refusal::Malformed), "{body}");
    }
    let nobody = came("<xml><MsgType>text</MsgType><Content>a</Content></xml>");
    assert_eq!(nobody.event, Event::Other { action: "text".into() });
}
