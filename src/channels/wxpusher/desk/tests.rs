//! Golden requests of the desk, from the reference page (16.4), and answers in every shape that was seen.

use super::*;
use crate::channels::answer::HttpAnswer;
use crate::channels::outcome::{ChannelEffect, Outcomes, Verdict};
use crate::domain::id::ChannelId;

fn account() -> Account {
    Account {
        id: ChannelId(1),
        name: "wx".into(),
        kind: "wxpusher".into(),
        settings: std::collections::BTreeMap::new(),
        secrets: [("app_token".to_owned(), Secret::new(" AT_xxx\n"))].into(),
    }
}

fn asked(call: Result<Option<Call>, BuildError>) -> (String, String) {
    let Ok(Some(Call::Http(call))) = call else { panic!("a call over HTTP: {call:?}") };
    (format!("{} {}", call.method.word(), call.url), String::from_utf8(call.body).expect("text"))
}

fn says(body: &str) -> Answer {
    Answer::Http(HttpAnswer { status: 200, retry_after: None, body: body.into(), cut: false })
}

#[test]
fn the_calls_are_those_of_the_reference() {
    let (account, desk) = (account(), FrontDesk);
    let receipt = "sendRecordId=12313 messageContentId=2123";
    let host = "https://wxpusher.zjiecode.com";
    for (call, expected) in [
        (desk.roster(&account, None), "GET {}/api/fun/wxuser/v2?appToken=AT_xxx&page=1&pageSize=100"),
        (desk.roster(&account, Some("7")), "GET {}/api/fun/wxuser/v2?appToken=AT_xxx&page=7&pageSize=100"),
        (
            desk.person(&account, &"UID_a".into()),
            "GET {}/api/fun/wxuser/v2?appToken=AT_xxx&page=1&pageSize=100&uid=UID_a",
        ),
        (desk.poll(&account, "CODE"), "GET {}/api/fun/scan-qrcode-uid?code=CODE"),
        (desk.status(&account, receipt), "GET {}/api/send/query/status?sendRecordId=12313"),
        (
            desk.take_back(&account, receipt, &"UID_a".into(), "k"),
            "DELETE {}/api/send/message?appToken=AT_xxx&messageContentId=2123",
        ),
        (desk.remove(&account, "47361"), "DELETE {}/api/fun/remove?appToken=AT_xxx&id=47361"),
        (desk.block(&account, "47361", true), "PUT {}/api/fun/reject?appToken=AT_xxx&id=47361&reject=true"),
        (desk.block(&account, "47361", false), "PUT {}/api/fun/reject?appToken=AT_xxx&id=47361&reject=false"),
    ] {
        assert_eq!(asked(call), (expected.replace("{}", host), String::new()));
    }
    let (line, body) = asked(desk.qr(&account, "sub-42", Duration::from_secs(1_800)));
    assert_eq!(line, format!("POST {host}/api/fun/create/qrcode"));
    let expected = serde_json::json!({"appToken": "AT_xxx", "extra": "sub-42", "validTime": 1800});
    assert_eq!(serde_json::from_str::<Value>(&body).expect("JSON"), expected);
}

#[test]
fn no_shown_call_holds_the_token_and_none_is_made_of_what_a_receipt_lacks() {
    let (mut account, desk) = (account(), FrontDesk);
    account.secrets.insert("app_token".to_owned(), Secret::new("AT_secret token+more"));
    let call = desk.roster(&account, None).expect("built").expect("offered");
    assert!(!call.to_string().contains("AT_secret"), "{call}");
    assert_eq!(desk.status(&account, "messageContentId=2123"), Ok(None));
    assert_eq!(desk.status(&account, "sendRecordId=1&x=2"), Ok(None));
    assert_eq!(desk.take_back(&account, "sendRecordId=12313", &"UID_a".into(), "k"), Ok(None));
    assert!(desk.remove(&account, "UID_a").is_err(), "a UID is no record");
    for scene in ["", &"长".repeat(65)] {
        assert!(desk.qr(&account, scene, Duration::from_secs(60)).is_err(), "{scene}");
    }
    assert!(desk.qr(&account, &"长".repeat(64), Duration::from_secs(LONGEST)).is_ok());
    assert!(desk.qr(&account, "a", Duration::from_secs(LONGEST + 1)).is_err());
}

#[test]
fn a_page_is_read_entry_by_entry_and_goes_on_until_the_total_is_reached() {
    let page = says(
        r#"{"code":1000,"msg":"处理成功","success":true,"data":{"total":240,"page":2,"pageSize":100,"records":[
        {"uid":"UID_x","appOrTopicId":111,"headImg":"","createTime":1603540859285,"nickName":"王\u001b[31m",
         "reject":false,"id":47361,"type":0,"target":"my app","payEndTime":0},
        {"uid":"UID_x","appOrTopicId":"222","createTime":"0","nickName":null,"reject":true,"id":"47362","type":1,
         "target":"ops"},
        {"nobody":1}]}}"#,
    );
    let read = FrontDesk.read_roster(&page, Some("2")).expect("read");
    assert_eq!((read.next.as_deref(), read.total), (Some("3"), Some(240)));
    assert_eq!(FrontDesk.read_roster(&page, Some("3")).expect("read").next, None);
    let [app, topic, odd] = &read.people[..] else { panic!("three entries") };
    assert_eq!((app.address.expose(), app.record.as_str(), app.topic.clone()), ("UID_x", "47361", None));
    assert_eq!(
        (app.name.as_str(), app.since, app.blocked),
        ("王␛[31m", Some(Millis(1_603_540_859_285)), false)
    );
    let ops = RemoteTopic { id: "222".into(), name: "ops".into() };
    assert_eq!((topic.topic.as_ref(), topic.record.as_str(), topic.blocked), (Some(&ops), "47362", true));
    assert_eq!(topic.since, None);
    assert!(odd.address.is_empty(), "an entry that cannot be read is not left out");
}

#[test]
fn without_a_total_only_an_empty_page_is_the_end() {
    let some = says(r#"{"code":1000,"data":{"records":[{"uid":"UID_x","id":1}]}}"#);
    assert_eq!(FrontDesk.read_roster(&some, None).expect("read").next.as_deref(), Some("2"));
    let none = says(r#"{"code":1000,"data":{"records":[]}}"#);
    assert_eq!(FrontDesk.read_roster(&none, Some("2")).expect("read").next, None);
    for odd in [r#"{"code":1000,"data":null}"#, r#"{"code":1000,"data":{"records":"no"}}"#, "<html>", ""] {
        assert!(FrontDesk.read_roster(&says(odd), None).is_err(), "{odd} is no page");
    }
}

#[test]
fn a_code_is_read_and_a_link_that_is_none_is_not_drawn() {
    let answer = says(
        r#"{"code":1000,"data":{"expires":1700000000000,"code":"C0DE","shortUrl":"https://wxpusher.zjiecode.com/q/a",
            "url":"https://wxpusher.zjiecode.com/q/a.jpg","extra":"sub-42"}}"#,
    );
    let qr = FrontDesk.read_qr(&answer, Millis(5)).expect("read");
    assert_eq!(
        (qr.payload.as_str(), qr.poll.as_deref()),
        ("https://wxpusher.zjiecode.com/q/a", Some("C0DE"))
    );
    assert_eq!(qr.expires, Millis(1_700_000_000_000));
    let hostile = says(r#"{"code":1000,"data":{"shortUrl":"javascript:alert(1)","code":"C"}}"#);
    assert!(FrontDesk.read_qr(&hostile, Millis(5)).is_err());
    let sparse = says(r#"{"code":1000,"data":{"url":"https://wx.example/q.jpg"}}"#);
    let qr = FrontDesk.read_qr(&sparse, Millis(5)).expect("read");
    assert_eq!(
        (qr.payload.as_str(), qr.poll, qr.expires),
        ("https://wx.example/q.jpg", None, Millis(5 + USUAL))
    );
}

#[test]
fn nobody_has_scanned_until_a_uid_comes() {
    for (body, uid) in [
        (r#"{"code":1000,"data":"UID_a"}"#, Some("UID_a")),
        (r#"{"code":1000,"data":{"uid":"UID_a","extra":"x"}}"#, Some("UID_a")),
        (r#"{"code":1000,"data":null}"#, None),
        (r#"{"code":1000,"data":""}"#, None),
        (r#"{"code":1001,"msg":"还没有人扫码"}"#, None),
        (r#"{"code":10000,"msg":"waiting"}"#, None),
    ] {
        assert_eq!(
            FrontDesk.read_poll(&says(body)).expect("read").as_ref().map(Secret::expose),
            uid,
            "{body}"
        );
    }
    for body in [r#"{"code":1002,"msg":"未授权"}"#, r#"{"code":1001,"msg":"appToken不正确"}"#, "<html>"]
    {
        assert!(FrontDesk.read_poll(&says(body)).is_err(), "{body}");
    }
    let fast =
        FrontDesk.read_poll(&says(r#"{"code":1001,"msg":"请求过于频繁"}"#)).expect_err("asked to slow down");
    assert!(matches!(fast.channel, Some(ChannelEffect::SlowDown(_))));
}

#[test]
fn a_status_is_handed_on_only_where_a_source_says_so() {
    for (body, delivered, text) in [
        (r#"{"code":1000,"msg":"等待发送","data":1}"#, None, "1 等待发送"),
        (r#"{"code":1000,"msg":"发送成功","data":3}"#, Some(true), "3 发送成功"),
        (r#"{"code":1000,"msg":"发送成功","data":"3"}"#, Some(true), "3 发送成功"),
        (r#"{"code":1000,"msg":"ok","data":{"status":3}}"#, Some(true), "3 ok"),
        (r#"{"code":1000,"msg":"失败","data":2}"#, None, "2 失败"),
        (r#"{"code":1000,"msg":"?","data":null}"#, None, "?"),
    ] {
        let told = FrontDesk.read_status(&says(body)).expect("read");
        assert_eq!((told.delivered, told.text.as_str()), (delivered, text), "{body}");
    }
    let gone = FrontDesk.read_status(&says(r#"{"code":1001,"msg":"消息不存在"}"#)).expect_err("a refusal");
    let Outcomes::All(outcome) = gone.outcomes else { panic!("one for all") };
    assert_eq!((outcome.verdict, outcome.text.as_str()), (Verdict::Rejected, "消息不存在"));
}

#[test]
fn the_code_alone_says_that_it_was_done() {
    assert_eq!(FrontDesk.read_done(&says(r#"{"code":1000,"data":"删除成功"}"#)), Ok(()));
    assert_eq!(FrontDesk.read_done(&says(r#"{"code":1000,"data":false}"#)), Ok(()));
    assert!(FrontDesk.read_done(&says(r#"{"code":1001,"data":true,"msg":"x"}"#)).is_err());
    assert!(FrontDesk.read_done(&Answer::Lost("reset".into())).is_err());
}

#[test]
fn the_link_for_scripts_is_the_get_form_with_everything_encoded() {
    let content = |format| Content {
        title: String::new(),
        summary: String::new(),
        url: "https://example.com/a?b=c".into(),
        format,
        body: "hello world&x + 好".into(),
        plain: "hello world&x + 好".into(),
        ..Content::default()
    };
    let (line, _) = asked(FrontDesk.script(&account(), &content(Format::Text), &"UID_a".into()));
    let host = "https://wxpusher.zjiecode.com";
    let expected = "/api/send/message?appToken=AT_xxx&content=hello%20world%26x%20%2B%20%E5%A5%BD&uid=UID_a\
                    &url=https%3A%2F%2Fexample.com%2Fa%3Fb%3Dc";
    assert_eq!(line, format!("GET {host}{expected}"));
    assert!(FrontDesk.script(&account(), &content(Format::Html), &"UID_a".into()).is_err());
    let simple = Content { body: "a/b 好".into(), ..content(Format::Text) };
    let (line, _) = asked(SimpleDesk.script(&account(), &simple, &"SPT_x".into()));
    assert_eq!(line, format!("GET {host}/api/send/message/SPT_x/a%2Fb%20%E5%A5%BD"));
}
