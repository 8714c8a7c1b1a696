//! What the answers of group robots and webhooks mean: the classification tables as cases.

use std::collections::BTreeMap;
use std::time::Duration;

use pushdeck::channels::answer::{Answer, HttpAnswer};
use pushdeck::channels::call::{Call, HttpCall, Method};
use pushdeck::channels::catalog;
use pushdeck::channels::kind::{Target, To};
use pushdeck::channels::outcome::{ChannelEffect, Outcome, Outcomes, Reading, Verdict};
use pushdeck::domain::broadcast::PauseReason;
use pushdeck::domain::channel::Account;
use pushdeck::domain::delivery::Class;
use pushdeck::domain::id::ChannelId;
use pushdeck::domain::secret::Secret;
use pushdeck::domain::time::Millis;

type Expected = (Verdict, Option<Class>);
type Case<'a> = (u16, &'a str, Expected, Option<ChannelEffect>);

const OK: Expected = (Verdict::Accepted, None);
const LOST: Expected = (Verdict::Unknown, Some(Class::Provider));
const STOP: Option<ChannelEffect> = Some(ChannelEffect::Pause(PauseReason::Credential));

const fn no(class: Class) -> Expected {
    (Verdict::Rejected, Some(class))
}

const fn again(class: Class) -> Expected {
    (Verdict::Retry { after: None }, Some(class))
}

const fn after(class: Class, ms: u64) -> Expected {
    (Verdict::Retry { after: Some(Duration::from_millis(ms)) }, Some(class))
}

const fn slow(ms: u64) -> Option<ChannelEffect> {
    Some(ChannelEffect::SlowDown(Duration::from_millis(ms)))
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

fn account(kind: &str, settings: &[(&str, &str)], secrets: &[(&str, &str)]) -> Account {
    let of = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    Account {
        id: ChannelId(1),
        name: kind.into(),
        kind: kind.into(),
        settings: of(settings),
        secrets: of(secrets).into_iter().map(|(name, clear)| (name, Secret::new(clear))).collect(),
    }
}

fn http(status: u16, body: &str) -> Answer {
    Answer::Http(HttpAnswer { status, retry_after: None, body: body.into(), cut: false })
}

fn one(reading: &Reading) -> &Outcome {
    match &reading.outcomes {
        Outcomes::All(outcome) | Outcomes::Split(outcome) => outcome,
        Outcomes::Each(outcomes) => outcomes.first().expect("one outcome for each target"),
    }
}

fn check_with(account: &Account, address: &str, cases: &[Case<'_>]) {
    let kind = catalog::kind(&account.kind).expect("a kind");
    for (status, body, expected, channel) in cases {
        let call = Call::Http(HttpCall::bare(Method::Post, String::new(), Vec::new()));
        let reading = kind.read_after(account, &call, &[target(address)], &http(*status, body));
        let outcome = one(&reading);
        let found = ((outcome.verdict, outcome.class), reading.channel);
        assert_eq!(found, (*expected, *channel), "{} {status} {body}", account.kind);
        let token = address.split('#').next().unwrap_or_default();
        assert!(!outcome.text.contains(token), "{body}");
    }
}

fn check(kind: &str, address: &str, cases: &[Case<'_>]) {
    check_with(&account(kind, &[], &[]), address, cases);
}

#[test]
fn dingtalk_is_read_by_its_code_and_its_rules_by_their_words() {
    check(
        "dingtalk",
        "tokentoken",
        &[
            (200, r#"{"errcode":0,"errmsg":"ok"}"#, OK, None),
            (200, r#"{"errcode":-1,"errmsg":"系统繁忙"}"#, again(Class::Provider), None),
            (
                200,
                r#"{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}"#,
                after(Class::RateLimit, 90_000),
                slow(90_000),
            ),
            (200, r#"{"errcode":410100,"errmsg":"x"}"#, after(Class::RateLimit, 90_000), slow(90_000)),
            (
                200,
                r#"{"errcode":90030,"errmsg":"webhook over limit"}"#,
                again(Class::Quota),
                Some(ChannelEffect::Pause(PauseReason::Quota)),
            ),
            (200, r#"{"errcode":300001,"errmsg":"token is not exist"}"#, no(Class::BadRecipient), None),
            (200, r#"{"errcode":300005,"errmsg":"token is not exist"}"#, no(Class::BadRecipient), None),
            (200, r#"{"errcode":300001,"errmsg":"something else"}"#, no(Class::Unclassified), None),
            (
                200,
                r#"{"errcode":400101,"errmsg":"access_token tokentoken不存在"}"#,
                no(Class::BadRecipient),
                None,
            ),
            (200, r#"{"errcode":400102,"errmsg":"机器人已停用"}"#, no(Class::BadRecipient), None),
            (200, r#"{"errcode":400106,"errmsg":"机器人不存在"}"#, no(Class::BadRecipient), None),
            (200, r#"{"errcode":400013,"errmsg":"群已被解散"}"#, no(Class::BadRecipient), None),
            (200, r#"{"errcode":400105,"errmsg":"不支持的消息类型"}"#, no(Class::Content), None),
            (200, r#"{"errcode":40035,"errmsg":"缺少参数 json"}"#, no(Class::Content), None),
            (200, r#"{"errcode":430102,"errmsg":"含有不合适的文本"}"#, no(Class::Refused), None),
            (200, r#"{"errcode":310000,"errmsg":"keywords not in content"}"#, no(Class::Refused), None),
            (200, r#"{"errcode":310000,"errmsg":"ip 1.2.3.4 not in whitelist"}"#, no(Class::Refused), None),
            (200, r#"{"errcode":310000,"errmsg":"invalid timestamp"}"#, again(Class::Credential), STOP),
            (200, r#"{"errcode":310000,"errmsg":"description:签名过期;"}"#, again(Class::Credential), STOP),
            // The robot wants a signature, and nobody has given a secret.
            (200, r#"{"errcode":310000,"errmsg":"sign not match"}"#, no(Class::BadRecipient), None),
            (200, r#"{"errcode":310000,"errmsg":"x"}"#, no(Class::Unclassified), None),
            (200, r#"{"errcode":88,"errmsg":"x"}"#, no(Class::Unclassified), None),
            (200, r#"{"code":0}"#, LOST, STOP),
            (200, "<html>login</html>", LOST, STOP),
            (502, r#"{"errcode":0}"#, LOST, None),
            (429, "", after(Class::RateLimit, 90_000), slow(90_000)),
        ],
    );
}

#[test]
fn a_signature_that_does_not_match_stops_only_those_who_share_the_secret() {
    let with = |kind: &str| account(kind, &[], &[("secret", "SECofthechannel")]);
    let dingtalk = r#"{"errcode":310000,"errmsg":"description:机器人发送签名不匹配;solution:请确认签名和生成签名的时间戳是否正确;link:请参考https://…;"}"#;
    check_with(&with("dingtalk"), "tokentoken", &[(200, dingtalk, again(Class::Credential), STOP)]);
    check_with(&with("dingtalk"), "tokentoken#SECown", &[(200, dingtalk, no(Class::BadRecipient), None)]);
    let feishu =
        r#"{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}"#;
    check_with(&with("feishu"), "tokentoken", &[(200, feishu, again(Class::Credential), STOP)]);
    check_with(&with("feishu"), "tokentoken#own", &[(200, feishu, no(Class::BadRecipient), None)]);
    check("feishu", "tokentoken", &[(200, feishu, no(Class::BadRecipient), None)]);
}

#[test]
fn feishu_says_one_code_for_too_many_and_for_bad_requests() {
    check(
        "feishu",
        "tokentoken",
        &[
            (200, r#"{"code":0,"data":{},"msg":"success"}"#, OK, None),
            (200, r#"{"StatusCode":0,"StatusMessage":"success"}"#, OK, None),
            (200, r#"{"StatusCode":0,"code":19024,"msg":"Key Words Not Found"}"#, no(Class::Refused), None),
            (400, r#"{"code":0}"#, LOST, None),
            (
                200,
                r#"{"code":19001,"msg":"param invalid: incoming webhook access token invalid"}"#,
                no(Class::BadRecipient),
                None,
            ),
            (200, r#"{"code":19022,"msg":"Ip Not Allowed"}"#, no(Class::Refused), None),
            (200, r#"{"code":19002,"msg":"params error"}"#, no(Class::Content), None),
            (400, r#"{"code":10002,"msg":"bad params"}"#, no(Class::Content), None),
            (400, r#"{"code":9499,"msg":"too many request"}"#, after(Class::RateLimit, 60_000), slow(60_000)),
            (400, r#"{"code":9499,"msg":"Bad Request","data":{}}"#, no(Class::Content), None),
            (400, r#"{"code":9499,"msg":"else"}"#, no(Class::Unclassified), None),
            (
                200,
                r#"{"code":11232,"msg":"frequency limited psm"}"#,
                after(Class::RateLimit, 60_000),
                slow(60_000),
            ),
            (200, r#"{"code":19999,"msg":"x"}"#, no(Class::Unclassified), None),
            (200, r#"{"msg":"success"}"#, LOST, STOP),
            (500, r#"{"code":19001}"#, LOST, None),
            (404, "not found", again(Class::Credential), STOP),
        ],
    );
}

#[test]
fn wecom_is_read_by_its_code() {
    check(
        "wecom",
        "keykeykey",
        &[
            (200, r#"{"errcode":0,"errmsg":"ok"}"#, OK, None),
            (200, r#"{"errcode":-1,"errmsg":"system busy"}"#, again(Class::Provider), None),
            (
                200,
                r#"{"errcode":45009,"errmsg":"api freq out of limit, hint: [1]"}"#,
                after(Class::RateLimit, 60_000),
                slow(60_000),
            ),
            (
                200,
                r#"{"errcode":93000,"errmsg":"invalid webhook url, hint: [keykeykey]"}"#,
                no(Class::BadRecipient),
                None,
            ),
            (200, r#"{"errcode":93004,"errmsg":"robot disabled"}"#, no(Class::BadRecipient), None),
            (200, r#"{"errcode":93008,"errmsg":"not in group"}"#, no(Class::BadRecipient), None),
            (
                200,
                r#"{"errcode":40058,"errmsg":"markdown.content exceed max length 4096"}"#,
                no(Class::Content),
                None,
            ),
            (200, r#"{"errcode":40008,"errmsg":"invalid message type"}"#, no(Class::Content), None),
            (200, r#"{"errcode":44004,"errmsg":"empty content"}"#, no(Class::Content), None),
            (200, r#"{"errcode":40001,"errmsg":"x"}"#, no(Class::Unclassified), None),
            (200, "{}", LOST, STOP),
        ],
    );
}

#[test]
fn slack_says_one_word() {
    check(
        "slack",
        "T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
        &[
            (200, "ok", OK, None),
            (200, "ok\n", OK, None),
            (200, "<html>ok</html>", LOST, STOP),
            (200, r#"{"ok":true}"#, LOST, None),
            (400, "invalid_payload", no(Class::Content), None),
            (400, "no_text", no(Class::Content), None),
            (400, "user_not_found", no(Class::BadRecipient), None),
            (403, "invalid_token", no(Class::BadRecipient), None),
            (403, "action_prohibited", no(Class::Blocked), None),
            (404, "no_service", no(Class::BadRecipient), None),
            (404, "channel_not_found", no(Class::BadRecipient), None),
            (410, "channel_is_archived", no(Class::BadRecipient), None),
            (500, "rollup_error", LOST, None),
            (500, "oops", LOST, None),
            (400, "something_new", no(Class::Unclassified), None),
            (403, "<html>proxy</html>", again(Class::Credential), STOP),
            (429, "rate_limited", after(Class::RateLimit, 5_000), slow(5_000)),
        ],
    );
}

#[test]
fn discord_says_how_long_to_wait_and_for_whom() {
    check(
        "discord",
        "123456789012345678/abcdefghijkl",
        &[
            (204, "", OK, None),
            (200, r#"{"id":"1234","type":0}"#, OK, None),
            (200, "{}", LOST, STOP),
            (404, r#"{"message":"Unknown Webhook","code":10015}"#, no(Class::BadRecipient), None),
            (401, r#"{"message":"Invalid Webhook Token","code":50027}"#, no(Class::BadRecipient), None),
            (401, r#"{"message":"401: Unauthorized","code":0}"#, no(Class::BadRecipient), None),
            (403, r#"{"message":"Missing Permissions","code":50013}"#, no(Class::Blocked), None),
            (400, r#"{"message":"Invalid Form Body","code":50035,"errors":{}}"#, no(Class::Content), None),
            (400, r#"{"message":"Cannot send an empty message","code":50006}"#, no(Class::Content), None),
            (413, r#"{"message":"Request entity too large","code":40005}"#, no(Class::Content), None),
            (400, r#"{"message":"blocked by harmful links filter","code":240000}"#, no(Class::Refused), None),
            (403, r#"{"message":"internal network error","code":40333}"#, no(Class::Unclassified), None),
            (400, r#"{"content":["Must be 2000 or fewer in length."]}"#, no(Class::Unclassified), None),
            (
                429,
                r#"{"message":"You are being rate limited.","retry_after":0.345,"global":false}"#,
                after(Class::RateLimit, 345),
                None,
            ),
            (
                429,
                r#"{"message":"You are being rate limited.","retry_after":64.57,"global":true}"#,
                after(Class::RateLimit, 64_570),
                slow(64_570),
            ),
            (429, r#"{"retry_after":-1}"#, after(Class::RateLimit, 60_000), slow(60_000)),
            (
                429,
                r#"{"retry_after":1e300,"global":true}"#,
                after(Class::RateLimit, 3_600_000),
                slow(3_600_000),
            ),
            (429, "<html>", after(Class::RateLimit, 60_000), slow(60_000)),
            (502, r#"{"code":10015}"#, LOST, None),
        ],
    );
    let kind = catalog::kind("discord").expect("a kind");
    let reading = kind.read(&[target("1/abcdef")], &http(200, r#"{"id":"1234\u001b[2J"}"#));
    assert_eq!(one(&reading).receipt.as_deref(), Some("id=1234␛[2J"));
}

#[test]
fn a_webhook_is_read_by_its_condition_and_else_by_the_status() {
    check(
        "webhook",
        "someone",
        &[
            (200, "", OK, None),
            (202, r#"{"code":1}"#, OK, None),
            (429, "slow", after(Class::RateLimit, 10_000), slow(10_000)),
            (401, "", again(Class::Credential), STOP),
            (403, "", again(Class::Credential), STOP),
            (302, "", again(Class::Credential), STOP),
            (404, "", no(Class::Unclassified), None),
            (413, "", no(Class::Content), None),
            (500, "", LOST, None),
            (503, "", LOST, None),
        ],
    );
    check_with(
        &account("webhook", &[("success", "json.code == 0")], &[]),
        "someone",
        &[
            (200, r#"{"code":0}"#, OK, None),
            (500, r#"{"code":0}"#, OK, None),
            (200, r#"{"code":7}"#, no(Class::Refused), None),
            (200, "<html>", no(Class::Refused), None),
            (429, r#"{"code":7}"#, after(Class::RateLimit, 10_000), slow(10_000)),
            (500, r#"{"code":7}"#, LOST, None),
        ],
    );
    check_with(
        &account("webhook", &[("success", "json.code.x()")], &[]),
        "someone",
        &[(200, r#"{"code":{}}"#, (Verdict::Unknown, Some(Class::Unclassified)), None)],
    );
}
