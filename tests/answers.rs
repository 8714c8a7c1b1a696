//! What answers mean, kind by kind: the classification tables as cases.

use std::time::Duration;

use pushdeck::channels::answer::{Answer, HttpAnswer, MailReply, MailStage};
use pushdeck::channels::catalog;
use pushdeck::channels::kind::{Target, To};
use pushdeck::channels::outcome::{ChannelEffect, Outcome, Outcomes, Reading, Verdict};
use pushdeck::domain::broadcast::PauseReason;
use pushdeck::domain::delivery::Class;
use pushdeck::domain::time::Millis;

const OK: (Verdict, Option<Class>) = (Verdict::Accepted, None);
const LOST: (Verdict, Option<Class>) = (Verdict::Unknown, Some(Class::Provider));
const NEXT_DAY: (Verdict, Option<Class>) = (Verdict::NextDay { utc_offset_h: 8 }, Some(Class::Quota));
const STOP: Option<ChannelEffect> = Some(ChannelEffect::Pause(PauseReason::Credential));

const fn no(class: Class) -> (Verdict, Option<Class>) {
    (Verdict::Rejected, Some(class))
}

const fn again(class: Class, seconds: u64) -> (Verdict, Option<Class>) {
    let after = if seconds == 0 { None } else { Some(Duration::from_secs(seconds)) };
    (Verdict::Retry { after }, Some(class))
}

const fn slow(seconds: u64) -> ChannelEffect {
    ChannelEffect::SlowDown(Duration::from_secs(seconds))
}

fn people(addresses: &[&str]) -> Vec<Target> {
    addresses
        .iter()
        .map(|address| Target {
            to: To::Person((*address).into()),
            name: String::new(),
            key: "k".into(),
            token: "t".into(),
            stamp: Millis(0),
            again: false,
            in_place_of: None,
        })
        .collect()
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

type Case<'a> = (u16, &'a str, (Verdict, Option<Class>), Option<ChannelEffect>);

fn check(kind: &str, address: &str, cases: &[Case<'_>]) {
    let kind = catalog::kind(kind).expect("a kind");
    for (status, body, expected, channel) in cases {
        let reading = kind.read(&people(&[address]), &http(*status, body));
        let outcome = one(&reading);
        assert_eq!(
            ((outcome.verdict, outcome.class), reading.channel),
            (*expected, *channel),
            "{status} {body}"
        );
        assert!(!outcome.text.contains(address) || !kind.spec().address.secret, "{body}");
    }
}

#[test]
fn what_never_left_is_tried_again_and_what_got_lost_is_unknown_on_every_kind() {
    for kind in catalog::KINDS {
        let targets = people(&["x"]);
        let reading = kind.read(&targets, &Answer::NotSent("dns".into()));
        assert_eq!(one(&reading).verdict, Verdict::Retry { after: None }, "{}", kind.spec().id);
        let reading = kind.read(&targets, &Answer::Lost("reset".into()));
        assert_eq!((one(&reading).verdict, one(&reading).class), (Verdict::Unknown, Some(Class::Network)));
        if kind.spec().id == "email" {
            continue;
        }
        let huge =
            HttpAnswer { status: 200, body: b"{\"code\":1000}".to_vec(), cut: true, retry_after: None };
        assert_eq!(one(&kind.read(&targets, &Answer::Http(huge))).verdict, Verdict::Unknown);
        let after = Some(Duration::from_secs(7_200));
        let busy = HttpAnswer { status: 429, body: b"<html>".to_vec(), cut: false, retry_after: after };
        let reading = kind.read(&targets, &Answer::Http(busy));
        assert_eq!(one(&reading).verdict, Verdict::Retry { after });
        assert_eq!(reading.channel, Some(slow(7_200)));
    }
}

#[test]
fn wxpusher_answers_are_read_by_code_and_words() {
    let parse = r#"{"code":1005,"msg":"出现异常：Cannot construct instance of java.util.HashSet"}"#;
    let item = |code: i64, status: &str| {
        format!(r#"{{"code":1000,"data":[{{"uid":"UID_a","code":{code},"status":"{status}"}}]}}"#)
    };
    check(
        "wxpusher",
        "UID_a",
        &[
            (200, &item(1000, "创建发送任务成功"), OK, None),
            (200, &item(1001, "UID不合法"), no(Class::BadRecipient), None),
            (200, &item(1001, "用户已拒收该应用的消息"), no(Class::Blocked), None),
            (200, &item(1001, "该用户今日接收消息数量已达上限"), NEXT_DAY, None),
            (200, r#"{"code":1000,"data":[]}"#, LOST, None),
            (200, r#"{"code":1000,"data":null}"#, LOST, None),
            (200, r#"{"code":1001,"msg":"appToken不正确"}"#, again(Class::Credential, 0), STOP),
            (200, r#"{"code":1002,"msg":"未登录"}"#, again(Class::Credential, 0), STOP),
            (
                200,
                r#"{"code":1001,"msg":"请求频率过快，请稍后再试"}"#,
                again(Class::RateLimit, 10),
                Some(slow(10)),
            ),
            (200, r#"{"code":1001,"msg":"contentType不合法"}"#, no(Class::Content), None),
            (200, r#"{"code":1001,"msg":"内容长度超过上限"}"#, no(Class::Content), None),
            (200, r#"{"code":1001,"msg":"内容违规，拒绝发送"}"#, no(Class::Refused), None),
            (200, r#"{"code":1001,"msg":"今日发送数量已达上限"}"#, NEXT_DAY, None),
            (200, r#"{"code":1003,"msg":"sign"}"#, no(Class::Unclassified), None),
            (200, r#"{"code":1000,"data":"x"}"#, LOST, None),
            (500, r#"{"code":1001,"msg":"UID不合法"}"#, LOST, None),
            (408, "", (Verdict::Unknown, Some(Class::Network)), None),
            (200, parse, no(Class::Content), None),
            (200, r#"{"code":1005,"msg":"出现异常：null"}"#, LOST, None),
            (200, r#"{"code":1006,"msg":"x"}"#, LOST, None),
            (200, "<html>login</html>", LOST, STOP),
            (200, "", LOST, STOP),
            (500, "<html>oops</html>", LOST, None),
            (400, "{}", no(Class::Unclassified), None),
            (302, "", again(Class::Credential, 0), STOP),
            (429, "slow down", again(Class::RateLimit, 10), Some(slow(10))),
        ],
    );
}

#[test]
fn wxpusher_items_are_matched_by_uid_in_any_order() {
    let kind = catalog::kind("wxpusher").expect("a kind");
    let body = r#"{"code":1000,"data":[
        {"uid":"UID_c","code":1000,"sendRecordId":2400000001,"messageContentId":7},
        {"uid":"UID_a","topicId":null,"code":1001,"status":"UID不合法"}]}"#;
    let reading = kind.read(&people(&["UID_a", "UID_b", "UID_c"]), &http(200, body));
    let Outcomes::Each(outcomes) = reading.outcomes else { unreachable!("one outcome for each") };
    let verdicts: Vec<Verdict> = outcomes.iter().map(|outcome| outcome.verdict).collect();
    assert_eq!(verdicts, [Verdict::Rejected, Verdict::Unknown, Verdict::Accepted]);
    assert_eq!(outcomes[2].receipt.as_deref(), Some("sendRecordId=2400000001 messageContentId=7"));
}

#[test]
fn one_odd_item_says_nothing_of_the_others() {
    let kind = catalog::kind("wxpusher").expect("a kind");
    let body = r#"{"code":1000,"data":[
        {"uid":"UID_a","code":1000,"status":{}},{"uid":"UID_b","code":"FAIL"},{"uid":"UID_c","code":"1000"},7]}"#;
    let reading = kind.read(&people(&["UID_a", "UID_b", "UID_c"]), &http(200, body));
    let Outcomes::Each(outcomes) = reading.outcomes else { unreachable!("one outcome for each") };
    let verdicts: Vec<Verdict> = outcomes.iter().map(|outcome| outcome.verdict).collect();
    assert_eq!(verdicts, [Verdict::Accepted, Verdict::Unknown, Verdict::Accepted]);
}

#[test]
fn one_bad_uid_that_refuses_a_whole_batch_asks_for_halves() {
    let kind = catalog::kind("wxpusher").expect("a kind");
    let body = r#"{"code":1001,"msg":"UID不合法"}"#;
    assert!(matches!(kind.read(&people(&["UID_a", "UID_b"]), &http(200, body)).outcomes, Outcomes::Split(_)));
    assert!(matches!(kind.read(&people(&["UID_a"]), &http(200, body)).outcomes, Outcomes::All(_)));
    // What is wrong with the text is wrong for all of them.
    let body = r#"{"code":1001,"msg":"用户提交的内容违规"}"#;
    assert!(matches!(kind.read(&people(&["UID_a", "UID_b"]), &http(200, body)).outcomes, Outcomes::All(_)));
}

#[test]
fn simple_push_items_are_matched_by_position_only_when_they_are_as_many() {
    let kind = catalog::kind("wxpusher-spt").expect("a kind");
    let two = people(&["SPT_aaaaaaaaaaaa", "SPT_bbbbbbbbbbbb"]);
    let body = r#"{"code":1000,"data":[{"code":1000},{"code":1001,"status":"SPT不合法"}]}"#;
    let Outcomes::Each(outcomes) = kind.read(&two, &http(200, body)).outcomes else { unreachable!("each") };
    assert_eq!((outcomes[0].verdict, outcomes[1].class), (Verdict::Accepted, Some(Class::BadRecipient)));
    for (body, verdict) in [
        (r#"{"code":1000,"data":[{"code":1000}]}"#, Verdict::Accepted),
        (r#"{"code":1000}"#, Verdict::Accepted),
        (r#"{"code":1000,"data":[{"code":1001}]}"#, Verdict::Unknown),
        (r#"{"code":1000,"data":{"code":1001}}"#, Verdict::Unknown),
    ] {
        assert_eq!(one(&kind.read(&two, &http(200, body))).verdict, verdict, "{body}");
    }
}

#[test]
fn bark_answers_are_read_by_the_last_word() {
    let says = |code: u16, message: &str| format!(r#"{{"code":{code},"message":{message:?},"timestamp":1}}"#);
    let unknown_key =
        "failed to get device token: failed to get [KEYKEYKEYKEYKEYKEYKEY1] device token from database";
    check(
        "bark",
        "KEYKEYKEYKEYKEYKEYKEY1",
        &[
            (200, &says(200, "success"), OK, None),
            (500, &says(500, "push failed: Unregistered"), no(Class::BadRecipient), None),
            (500, &says(500, "push failed: APNS push failed: BadDeviceToken"), no(Class::BadRecipient), None),
            (410, &says(410, "push failed: Unregistered"), no(Class::BadRecipient), None),
            (
                400,
                &says(400, "failed to get device token: device token invalid"),
                no(Class::BadRecipient),
                None,
            ),
            (400, &says(400, unknown_key), no(Class::BadRecipient), None),
            (500, &says(500, "push failed: PayloadTooLarge"), no(Class::Content), None),
            (500, &says(500, "push failed: TooManyRequests"), again(Class::RateLimit, 60), None),
            (
                500,
                &says(500, "push failed: InvalidProviderToken"),
                again(Class::Provider, 60),
                Some(slow(60)),
            ),
            (500, &says(500, "push failed: ServiceUnavailable"), again(Class::Provider, 0), None),
            (
                500,
                &says(500, "push failed: Post \"https://api.push.apple.com/3/device/x\": EOF"),
                (Verdict::Unknown, Some(Class::Network)),
                None,
            ),
            (500, &says(500, "interface conversion: x"), again(Class::Provider, 0), None),
            (400, &says(400, "request bind failed: x"), no(Class::Content), None),
            (418, "I'm a teapot", again(Class::Credential, 0), STOP),
            (401, "Unauthorized", again(Class::Credential, 0), STOP),
            (404, "Cannot POST /x/push", again(Class::Credential, 0), STOP),
            (405, "Method Not Allowed", again(Class::Credential, 0), STOP),
            (408, "", again(Class::Network, 0), None),
            (413, "Request Entity Too Large", no(Class::Content), None),
            (502, "<html>bad gateway</html>", LOST, None),
            // No bark-server at all: the others wait for the repair of the URL.
            (200, "<html>hello</html>", LOST, STOP),
            (200, "{}", LOST, STOP),
            (
                500,
                &says(500, "failed to get device token: database is locked"),
                again(Class::Provider, 0),
                None,
            ),
            (400, &says(400, "failed to get device token: key not found"), no(Class::BadRecipient), None),
        ],
    );
}

#[test]
fn bark_verification_tells_a_wrong_server_from_a_right_one() {
    let kind = catalog::kind("bark").expect("a kind");
    for (status, body, verdict) in [
        (200, r#"{"code":200,"message":"pong","timestamp":1}"#, Verdict::Accepted),
        (
            200,
            r#"{"version":"v2.3.4","build":"","arch":"linux/amd64","commit":"","devices":3}"#,
            Verdict::Accepted,
        ),
        (200, "<html></html>", Verdict::Retry { after: None }),
        (418, "I'm a teapot", Verdict::Retry { after: None }),
    ] {
        assert_eq!(one(&kind.read_verify(&http(status, body))).verdict, verdict, "{body}");
    }
}

#[test]
fn serverchan_tells_a_bad_key_from_a_used_up_day() {
    let bad_key = r#"{"message":"[AUTH]\u9519\u8bef\u7684Key","code":40001,"info":"错误的Key","scode":461}"#;
    let quota = r#"{"message":"[AUTH]超过当天的发送次数限制[5]","code":40001,"scode":468}"#;
    check(
        "serverchan",
        "SCT123456Tabcdef",
        &[
            (200, r#"{"code":0,"message":"","data":{"pushid":"1","readkey":"r","errno":0}}"#, OK, None),
            (400, bad_key, no(Class::BadRecipient), None),
            (200, bad_key, no(Class::BadRecipient), None),
            (400, quota, NEXT_DAY, None),
            (200, quota, NEXT_DAY, None),
            (400, r#"{"message":"被禁用","code":40001}"#, no(Class::Blocked), None),
            (200, r#"{"message":"不要重复发送同样的内容","code":1024}"#, no(Class::Refused), None),
            (200, r#"{"message":"bad SCT123456Tabcdef","code":7}"#, no(Class::Unclassified), None),
            (429, "Too Many Requests", again(Class::RateLimit, 3_600), Some(slow(3_600))),
            (429, r#"{"code":40001,"message":"x"}"#, again(Class::RateLimit, 3_600), Some(slow(3_600))),
            (500, "{\"code\":1}", LOST, None),
            (200, "<html>", LOST, STOP),
        ],
    );
}

#[test]
fn a_repeat_that_serverchan_refuses_proves_that_the_first_one_was_taken() {
    let kind = catalog::kind("serverchan").expect("a kind");
    let mut again = people(&["SCT123456Tabcdef"]);
    again[0].again = true;
    let answer = http(200, r#"{"message":"不要重复发送同样的内容","code":1024}"#);
    assert_eq!(one(&kind.read(&again, &answer)).verdict, Verdict::Accepted);
}

#[test]
fn serverchan_says_when_nobody_holds_a_device() {
    let kind = catalog::kind("serverchan").expect("a kind");
    let body = r#"{"code":0,"errno":0,"data":{"pushid":3187868,"meta":{}},"message":"SUCCESS"}"#;
    let reading = kind.read(&people(&["sctp1tx"]), &http(200, body));
    assert_eq!(one(&reading).receipt.as_deref(), Some("pushid=3187868 devices=none"));
}

#[test]
fn mail_replies_are_read_by_stage_and_enhanced_code() {
    use MailStage::{Auth, Connect, Data, Recipient, Sender, Trust};
    let kind = catalog::kind("email").expect("a kind");
    let patient = |class| (Verdict::Patient, Some(class));
    let rests = Some(slow(60));
    for (stage, code, text, expected, channel) in [
        (Data, 250, "2.0.0 queued as 12AB", OK, None),
        (Connect, 554, "no SMTP service here", again(Class::Provider, 60), rests),
        (Trust, 0, "the server does not offer STARTTLS", again(Class::Credential, 0), STOP),
        (Auth, 535, "5.7.8 credentials invalid", again(Class::Credential, 0), STOP),
        (Auth, 454, "4.7.0 temporary", again(Class::Provider, 60), rests),
        (Sender, 451, "4.3.0 try later", again(Class::Provider, 60), rests),
        (Sender, 550, "5.7.1 not yours", again(Class::Credential, 0), STOP),
        (Sender, 552, "5.3.4 too big", no(Class::Content), None),
        (Sender, 421, "4.7.0 too many messages", again(Class::RateLimit, 60), rests),
        (Recipient, 550, "5.1.1 no such user", no(Class::BadRecipient), None),
        (Recipient, 550, "no such user", no(Class::BadRecipient), None),
        (Recipient, 524, "5.2.4 Mailing list expansion problem", no(Class::BadRecipient), None),
        (Recipient, 501, "5.1.3 syntax", no(Class::BadRecipient), None),
        (Recipient, 553, "5.6.7 needs SMTPUTF8", no(Class::BadRecipient), None),
        (Recipient, 550, "5.7.1 blocked", no(Class::Refused), None),
        (Recipient, 554, "go away", no(Class::Refused), None),
        (Recipient, 552, "5.2.2 full", patient(Class::Quota), None),
        (Recipient, 452, "4.2.2 full", patient(Class::Quota), None),
        (Recipient, 451, "4.7.1 greylisted", patient(Class::RateLimit), None),
        (Recipient, 421, "4.3.2 shutting down", again(Class::Provider, 60), rests),
        (Recipient, 450, "4.2.1 busy", patient(Class::Provider), None),
        (Recipient, 552, "5.2.3 too long for them", no(Class::Content), None),
        (Data, 554, "5.7.1 spam", no(Class::Refused), None),
        (Data, 554, "5.6.0 malformed", no(Class::Content), None),
        (Data, 552, "5.3.4 too big", no(Class::Content), None),
        (Data, 451, "4.3.0 try later", again(Class::Provider, 0), None),
    ] {
        let reading =
            kind.read(&people(&["a@b.c"]), &Answer::Mail(MailReply { stage, code, text: text.into() }));
        let outcome = one(&reading);
        assert_eq!(((outcome.verdict, outcome.class), reading.channel), (expected, channel), "{code} {text}");
    }
    let reply = MailReply { stage: Recipient, code: 550, text: "5.1.1 no\nsuch user".into() };
    let reading = kind.read(&people(&["a@b.c"]), &Answer::Mail(reply));
    assert_eq!((one(&reading).code.as_str(), one(&reading).text.as_str()), ("550 5.1.1", "no such user"));
}
