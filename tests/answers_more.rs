//! What answers mean on the kinds for phones: ntfy, Gotify, Telegram, PushPlus, PushDeer, Pushover. Codes and words as
//! their servers give them; a code that no table has is never put into another one's class.

use std::collections::BTreeMap;
use std::time::Duration;

use pushdeck::channels::answer::{Answer, HttpAnswer};
use pushdeck::channels::call::Call;
use pushdeck::channels::catalog;
use pushdeck::channels::kind::{Target, To};
use pushdeck::channels::outcome::{ChannelEffect, Outcome, Outcomes, Reading, Verdict};
use pushdeck::domain::broadcast::PauseReason;
use pushdeck::domain::channel::Account;
use pushdeck::domain::delivery::Class;
use pushdeck::domain::id::ChannelId;
use pushdeck::domain::message::Content;
use pushdeck::domain::time::Millis;

type Expected = (Verdict, Option<Class>);

const OK: Expected = (Verdict::Accepted, None);
const LOST: Expected = (Verdict::Unknown, Some(Class::Provider));
const ODD: Expected = (Verdict::Unknown, Some(Class::Unclassified));
const CLOSED: Expected = again(Class::Credential, 0);
const STOP: Option<ChannelEffect> = Some(ChannelEffect::Pause(PauseReason::Credential));
const USED_UP: Option<ChannelEffect> = Some(ChannelEffect::Pause(PauseReason::Quota));

const fn no(class: Class) -> Expected {
    (Verdict::Rejected, Some(class))
}

const fn again(class: Class, seconds: u64) -> Expected {
    let after = if seconds == 0 { None } else { Some(Duration::from_secs(seconds)) };
    (Verdict::Retry { after }, Some(class))
}

const fn tomorrow(utc_offset_h: i8) -> Expected {
    (Verdict::NextDay { utc_offset_h }, Some(Class::Quota))
}

const fn slow(seconds: u64) -> Option<ChannelEffect> {
    Some(ChannelEffect::SlowDown(Duration::from_secs(seconds)))
}

fn person(address: &str) -> Vec<Target> {
    vec![Target {
        to: To::Person(address.into()),
        name: String::new(),
        key: "k".into(),
        token: "t".into(),
        stamp: Millis(0),
        again: false,
        in_place_of: None,
    }]
}

fn http(status: u16, body: &str) -> Answer {
    Answer::Http(HttpAnswer { status, retry_after: None, body: body.into(), cut: false })
}

fn one(reading: &Reading) -> &Outcome {
    let Outcomes::All(outcome) = &reading.outcomes else { unreachable!("these kinds have one target") };
    outcome
}

fn read(kind: &str, address: &str, status: u16, body: &str) -> Reading {
    catalog::kind(kind).expect("a kind").read(&person(address), &http(status, body))
}

type Case<'a> = (u16, &'a str, Expected, Option<ChannelEffect>);

fn check(kind: &str, address: &str, cases: &[Case<'_>]) {
    let is_secret = catalog::kind(kind).expect("a kind").spec().address.secret;
    for (status, body, expected, channel) in cases {
        let reading = read(kind, address, *status, body);
        let outcome = one(&reading);
        let found = ((outcome.verdict, outcome.class), reading.channel);
        assert_eq!(found, (*expected, *channel), "{kind}: {status} {body}");
        let told = format!("{} {:?}", outcome.text, outcome.receipt);
        assert!(!told.contains(address) || !is_secret, "{kind} tells an address: {told}");
    }
}

#[test]
fn ntfy_answers_are_read_by_their_five_digits() {
    let code = |code: i64, words: &str| {
        let http = code / 100;
        format!(r#"{{"code":{code},"http":{http},"error":"{words}","link":"https://ntfy.sh/docs"}}"#)
    };
    let taken =
        r#"{"id":"Xk2mQ9pLw3","time":1795000000,"event":"message","topic":"ops_secret","message":"x"}"#;
    check(
        "ntfy",
        "ops_secret",
        &[
            (200, taken, OK, None),
            (400, &code(40_009, "invalid request: topic invalid"), no(Class::BadRecipient), None),
            (400, &code(40_010, "invalid request: topic name is disallowed"), no(Class::BadRecipient), None),
            (507, &code(50_701, "cannot publish to UnifiedPush topic"), no(Class::BadRecipient), None),
            (400, &code(40_007, "invalid priority parameter"), no(Class::Content), None),
            (400, &code(40_011, "message must be UTF-8 encoded"), no(Class::Content), None),
            (400, &code(40_017, "request body must be message JSON"), no(Class::Content), None),
            (400, &code(40_021, "icon URL is invalid"), no(Class::Content), None),
            (413, &code(41_301, "attachment too large"), no(Class::Content), None),
            (413, &code(41_303, "JSON body too large"), no(Class::Content), None),
            (401, &code(40_101, "unauthorized"), CLOSED, STOP),
            (403, &code(40_301, "forbidden: ops_secret"), CLOSED, STOP),
            (404, &code(40_401, "page not found"), CLOSED, STOP),
            (429, &code(42_909, "too many auth failures"), CLOSED, STOP),
            (429, &code(42_901, "limit reached: too many requests"), again(Class::RateLimit, 10), slow(10)),
            (429, &code(42_902, "limit reached: too many emails"), again(Class::RateLimit, 60), slow(60)),
            (429, &code(42_908, "limit reached: too many messages"), tomorrow(0), slow(3_600)),
            (500, &code(50_001, "internal server error"), LOST, None),
            // Codes of newer servers.
            (400, &code(40_099, "something new"), no(Class::Unclassified), None),
            (409, &code(40_902, "conflict"), no(Class::Unclassified), None),
            (429, &code(42_999, "something new"), no(Class::Unclassified), None),
            (500, &code(50_003, "base-url must be configured"), ODD, None),
            // Another server, or something before it.
            (200, "<html>hello</html>", LOST, STOP),
            (200, r#"{"id":""}"#, LOST, STOP),
            (404, "<html>not found</html>", CLOSED, STOP),
            (502, "<html>bad gateway</html>", LOST, None),
            (413, "too large", no(Class::Content), None),
            (429, "slow down", again(Class::RateLimit, 10), slow(10)),
        ],
    );
    let reading = read("ntfy", "ops_secret", 200, taken);
    assert_eq!(one(&reading).receipt.as_deref(), Some("id=Xk2mQ9pLw3"));
}

#[test]
fn gotify_refuses_a_person_and_not_the_channel() {
    let code = |code: i64, name: &str, words: &str| {
        format!(r#"{{"error":"{name}","errorCode":{code},"errorDescription":"{words}"}}"#)
    };
    check(
        "gotify",
        "Aabcdefghijklmn",
        &[
            (200, r#"{"id":25,"appid":5,"message":"x","title":"t","priority":2,"date":"2026"}"#, OK, None),
            (
                401,
                &code(401, "Unauthorized", "you need to provide a valid access token or user credentials"),
                no(Class::BadRecipient),
                None,
            ),
            (
                403,
                &code(403, "Forbidden", "you are not allowed to access this api"),
                no(Class::BadRecipient),
                None,
            ),
            (
                400,
                &code(400, "Bad Request", "Field 'message' is required, token Aabcdefghijklmn"),
                no(Class::Content),
                None,
            ),
            (404, &code(404, "Not Found", "page not found"), CLOSED, STOP),
            (500, &code(500, "Internal Server Error", "an error occurred"), LOST, None),
            (409, &code(409, "Conflict", "something new"), no(Class::Unclassified), None),
            (200, r#"{"id":"25"}"#, LOST, STOP),
            (200, "<html>hello</html>", LOST, STOP),
            // A proxy's own refusal stops everybody.
            (401, "<html>401</html>", CLOSED, STOP),
            (404, "404 page not found", CLOSED, STOP),
            (502, "", LOST, None),
        ],
    );
}

#[test]
fn telegram_answers_are_read_by_their_sentences() {
    let code =
        |code: i64, words: &str| format!(r#"{{"ok":false,"error_code":{code},"description":"{words}"}}"#);
    let with = |code: i64, words: &str, parameter: &str| {
        format!(r#"{{"ok":false,"error_code":{code},"description":"{words}","parameters":{{{parameter}}}}}"#)
    };
    check(
        "telegram",
        "-100123",
        &[
            (200, r#"{"ok":true,"result":{"message_id":77,"chat":{"id":-100123}}}"#, OK, None),
            (400, &code(400, "Bad Request: chat not found"), no(Class::BadRecipient), None),
            (403, &code(403, "Forbidden: user is deactivated"), no(Class::BadRecipient), None),
            (400, &code(400, "Bad Request: group chat was deactivated"), no(Class::BadRecipient), None),
            (400, &code(400, "Bad Request: chat_id is empty"), no(Class::BadRecipient), None),
            (400, &code(400, "Bad Request: PEER_ID_INVALID"), no(Class::BadRecipient), None),
            (403, &code(403, "Forbidden: bot was blocked by the user"), no(Class::Blocked), None),
            (403, &code(403, "Forbidden: bot was kicked from the group chat"), no(Class::Blocked), None),
            (
                403,
                &code(403, "Forbidden: bot can't initiate conversation with a user"),
                no(Class::Blocked),
                None,
            ),
            (403, &code(403, "Forbidden: bot is not a member of the channel chat"), no(Class::Blocked), None),
            (
                400,
                &code(400, "Bad Request: not enough rights to send text messages to the chat"),
                no(Class::Blocked),
                None,
            ),
            (400, &code(400, "Bad Request: CHAT_WRITE_FORBIDDEN"), no(Class::Blocked), None),
            (400, &code(400, "Bad Request: can't parse entities: x"), no(Class::Content), None),
            (400, &code(400, "Bad Request: message is too long"), no(Class::Content), None),
            (400, &code(400, "Bad Request: message text is empty"), no(Class::Content), None),
            (401, &code(401, "Unauthorized"), CLOSED, STOP),
            (404, &code(404, "Not Found"), CLOSED, STOP),
            (
                429,
                &with(429, "Too Many Requests: retry after 33", r#""retry_after":33"#),
                again(Class::RateLimit, 33),
                slow(33),
            ),
            (
                429,
                &with(429, "Too Many Requests", r#""retry_after":18446744073709551615"#),
                again(Class::RateLimit, 86_400),
                slow(86_400),
            ),
            (429, &code(429, "Too Many Requests"), again(Class::RateLimit, 5), slow(5)),
            (502, &code(502, "Bad Gateway"), LOST, None),
            (500, &code(500, "Internal Server Error: restart"), LOST, None),
            (400, &code(400, "Bad Request: something new"), no(Class::Unclassified), None),
            (403, &code(403, "Forbidden: something new"), no(Class::Unclassified), None),
            (409, &code(409, "Conflict"), no(Class::Unclassified), None),
            (200, "<html>login</html>", LOST, STOP),
            (404, "<html>not found</html>", CLOSED, STOP),
            (504, "", LOST, None),
        ],
    );
    let moved = with(
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
        r#""migrate_to_chat_id":-100999"#,
    );
    let reading = read("telegram", "-123", 400, &moved);
    assert_eq!(one(&reading).class, Some(Class::BadRecipient));
    assert!(one(&reading).text.ends_with("its chat_id is -100999 now"), "{}", one(&reading).text);
}

#[test]
fn telegram_gets_the_words_without_markup_where_that_is_what_it_refuses() {
    let kind = catalog::kind("telegram").expect("a kind");
    let account = Account {
        id: ChannelId(1),
        name: "tg".into(),
        kind: "telegram".into(),
        settings: BTreeMap::new(),
        secrets: [("bot_token".to_owned(), "1:a".into())].into(),
    };
    let content = Content { title: "Hi".into(), plain: "bold".into(), ..Content::default() };
    let instead = |words: &str| {
        let body = format!(r#"{{"ok":false,"error_code":400,"description":"Bad Request: {words}"}}"#);
        let reading = read("telegram", "-123", 400, &body);
        kind.instead(&account, &content, &person("-123"), &reading).map(|call| match call {
            Ok(Call::Http(call)) => String::from_utf8(call.body).expect("text"),
            other => panic!("{other:?}"),
        })
    };
    let said = instead("can't parse entities: Unsupported start tag").expect("another call");
    assert_eq!(said, r#"{"chat_id":-123,"text":"Hi\nbold"}"#);
    assert_eq!(instead("chat not found"), None);
}

#[test]
fn pushplus_codes_are_the_persons_own_affair() {
    let code =
        |code: i64, words: &str| format!(r#"{{"code":{code},"msg":"{words}","data":null,"count":null}}"#);
    check(
        "pushplus",
        "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        &[
            (200, r#"{"code":200,"msg":"请求成功","data":"5f1c8a7e","count":null}"#, OK, None),
            (200, &code(302, "未登录"), no(Class::Refused), None),
            (200, &code(401, "请求未授权"), no(Class::Refused), None),
            (200, &code(403, "请求IP未授权"), CLOSED, STOP),
            (200, &code(500, "系统异常，请稍后再试"), LOST, None),
            (200, &code(600, "数据异常，操作失败"), no(Class::Content), None),
            (200, &code(805, "无权查看"), no(Class::Refused), None),
            (200, &code(888, "积分不足，需要充值"), no(Class::Quota), None),
            (200, &code(900, "用户账号使用受限"), tomorrow(8), None),
            (
                200,
                &code(903, "无效的用户令牌 0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
                no(Class::BadRecipient),
                None,
            ),
            (200, &code(905, "账户未进行实名认证"), no(Class::Refused), None),
            (200, &code(999, "token不能为空"), no(Class::BadRecipient), None),
            (200, &code(999, "群组编码不存在"), no(Class::BadRecipient), None),
            (200, &code(999, "消息内容过长"), no(Class::Content), None),
            (200, &code(999, "服务端验证错误"), no(Class::Unclassified), None),
            (200, &code(777, "以后才有的"), no(Class::Unclassified), None),
            (200, "<html>hello</html>", LOST, STOP),
            (500, &code(500, "系统异常"), LOST, None),
            (502, "", LOST, None),
        ],
    );
    let reading = read("pushplus", "x", 200, r#"{"code":200,"msg":"请求成功","data":"5f1c8a7e"}"#);
    assert_eq!(one(&reading).receipt.as_deref(), Some("id=5f1c8a7e"));
}

#[test]
fn pushdeer_takes_nothing_for_a_success_but_a_list_of_devices() {
    let code = |code: i64, words: &str| format!(r#"{{"code":{code},"error":"{words}"}}"#);
    check(
        "pushdeer",
        "PDU1234Tabcdefghijklmnop",
        &[
            (200, r#"{"code":0,"content":{"result":["{\"counts\":1,\"success\":\"ok\"}"]}}"#, OK, None),
            (200, r#"{"code":0,"content":{"result":[]}}"#, no(Class::BadRecipient), None),
            (200, r#"{"code":0,"content":{"result":false}}"#, no(Class::BadRecipient), None),
            (200, r#"{"code":0,"content":{"result":true}}"#, ODD, None),
            (200, r#"{"code":0,"content":{}}"#, ODD, None),
            (200, r#"{"code":0}"#, ODD, None),
            (200, &code(80_403, "AUTH"), no(Class::BadRecipient), None),
            (200, &code(80_501, "pushkey PDU1234Tabcdefghijklmnop 不能为空"), no(Class::BadRecipient), None),
            (200, &code(80_501, "账号已被禁用"), no(Class::Blocked), None),
            (200, &code(80_501, "推送内容不能为空"), no(Class::Content), None),
            (200, &code(80_502, "REMOTE"), LOST, None),
            (200, &code(80_999, "DEFAULT"), no(Class::Unclassified), None),
            (200, &code(80_404, "something new"), no(Class::Unclassified), None),
            // The reference server fails so over a key that it does not know, and over much else.
            (500, r#"{"message":"Server Error"}"#, LOST, None),
            (429, r#"{"message":"Too Many Attempts."}"#, again(Class::RateLimit, 60), slow(60)),
            (404, "<html>not found</html>", CLOSED, STOP),
            (200, "<html>hello</html>", LOST, STOP),
        ],
    );
}

#[test]
fn pushover_tells_a_wrong_token_from_a_wrong_key() {
    let said = |words: &str, parameter: &str| {
        format!(r#"{{"{parameter}":"invalid","errors":["{words}"],"status":0,"request":"647d2300"}}"#)
    };
    let key = "uexample1example1example1examp";
    check(
        "pushover",
        key,
        &[
            (200, r#"{"status":1,"request":"647d2300"}"#, OK, None),
            (400, &said("application token is invalid", "token"), CLOSED, STOP),
            (
                400,
                &said("application token is invalid, see https://pushover.net/api", "token_"),
                CLOSED,
                STOP,
            ),
            (400, &said("user identifier is invalid", "user"), no(Class::BadRecipient), None),
            (400, &said("user key is invalid", "user_"), no(Class::BadRecipient), None),
            (
                400,
                &said("user identifier is not a valid user, group, or subscribed user key", "user"),
                no(Class::BadRecipient),
                None,
            ),
            (
                400,
                &said(&format!("user {key} has no active devices to send to"), "user"),
                no(Class::BadRecipient),
                None,
            ),
            (400, &said("message cannot be blank", "message"), no(Class::Content), None),
            (400, &said("something new", "other"), no(Class::Unclassified), None),
            (200, &said("something new", "other"), no(Class::Unclassified), None),
            (429, &said("application is over its message limit", "other"), tomorrow(-6), USED_UP),
            (500, r#"{"status":0,"errors":["internal"]}"#, LOST, None),
            (429, "<html>slow down</html>", again(Class::RateLimit, 10), slow(10)),
            (200, "<html>hello</html>", LOST, STOP),
            (503, "", LOST, None),
        ],
    );
    let reading = read("pushover", key, 200, r#"{"status":1,"request":"647d2300","receipt":"rLqVuq"}"#);
    assert_eq!(one(&reading).receipt.as_deref(), Some("request=647d2300 receipt=rLqVuq"));
}

#[test]
fn a_verification_tells_a_wrong_server_from_a_right_one() {
    let accepted = Verdict::Accepted;
    let retry = Verdict::Retry { after: None };
    for (kind, status, body, verdict, channel) in [
        ("ntfy", 200, r#"{"healthy":true}"#, accepted, None),
        ("ntfy", 200, r#"{"username":"ops","role":"user"}"#, accepted, None),
        ("ntfy", 200, r#"{"healthy":false}"#, retry, None),
        ("ntfy", 200, "{}", retry, STOP),
        ("ntfy", 401, r#"{"code":40101,"http":401,"error":"unauthorized"}"#, retry, STOP),
        ("gotify", 200, r#"{"health":"green","database":"green"}"#, accepted, None),
        ("gotify", 500, r#"{"health":"orange","database":"red"}"#, retry, None),
        ("gotify", 200, r#"{"health":"green"}"#, retry, STOP),
        ("gotify", 404, "404 page not found", retry, STOP),
        (
            "telegram",
            200,
            r#"{"ok":true,"result":{"id":1,"is_bot":true,"username":"ops_bot"}}"#,
            accepted,
            None,
        ),
        ("telegram", 401, r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#, retry, STOP),
        ("telegram", 200, "<html>", retry, STOP),
        (
            "pushover",
            200,
            r#"{"limit":10000,"remaining":7496,"reset":1795000000,"status":1}"#,
            accepted,
            None,
        ),
        (
            "pushover",
            400,
            r#"{"token":"invalid","errors":["application token is invalid"],"status":0}"#,
            retry,
            STOP,
        ),
        ("pushover", 200, "{}", retry, STOP),
    ] {
        let reading = catalog::kind(kind).expect("a kind").read_verify(&http(status, body));
        assert_eq!((one(&reading).verdict, reading.channel), (verdict, channel), "{kind} {body}");
    }
}
