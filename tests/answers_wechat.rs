//! What WeChat's answers mean, code by code, and the calls beside sending: token, desk, verification.

use std::collections::BTreeMap;
use std::time::Duration;

use pushdeck::channels::answer::{Answer, HttpAnswer};
use pushdeck::channels::call::{Call, HttpCall, Method};
use pushdeck::channels::catalog;
use pushdeck::channels::desk::{Desk, Follower, RosterPage};
use pushdeck::channels::kind::{AddressWarning, BuildError, Kind, Target, To};
use pushdeck::channels::outcome::{ChannelEffect, Outcome, Outcomes, Reading, Verdict};
use pushdeck::channels::pass::{Departure, Obtain, Passes};
use pushdeck::channels::roll::Roll;
use pushdeck::domain::broadcast::PauseReason;
use pushdeck::domain::channel::Account;
use pushdeck::domain::delivery::Class;
use pushdeck::domain::id::ChannelId;
use pushdeck::domain::message::Content;
use pushdeck::domain::secret::Secret;
use pushdeck::domain::time::Millis;
use serde_json::{Value, json};

const OPENID: &str = "oABCDEFGHIJKLMNOPQRSTUVWXYZ0";

fn kind() -> &'static dyn Kind {
    catalog::kind("wechat").expect("a kind")
}

fn desk() -> &'static dyn Desk {
    kind().desk().expect("a desk")
}

fn passes() -> &'static dyn Passes {
    kind().passes().expect("passes")
}

fn account(settings: &[(&str, &str)]) -> Account {
    let common = [("app_id", "wxAPPID"), ("template_id", "TPL"), ("fields", "thing1={{title}}")];
    Account {
        id: ChannelId(1),
        name: "oa".into(),
        kind: "wechat".into(),
        settings: common
            .iter()
            .chain(settings)
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect(),
        secrets: BTreeMap::from([("app_secret".to_owned(), Secret::new("SECRETSECRET"))]),
    }
}

fn target(again: bool) -> Target {
    Target {
        to: To::Person(OPENID.into()),
        name: String::new(),
        key: "k".into(),
        token: "t".into(),
        stamp: Millis(0),
        again,
        in_place_of: None,
    }
}

fn content() -> Content {
    Content { title: "T".into(), body: "B".into(), plain: "B".into(), ..Content::default() }
}

fn http(status: u16, body: &str) -> Answer {
    Answer::Http(HttpAnswer { status, retry_after: None, body: body.into(), cut: false })
}

fn says(code: i64, words: &str) -> Answer {
    http(200, &json!({ "errcode": code, "errmsg": words }).to_string())
}

fn sent(call: Call) -> HttpCall {
    let Call::Http(call) = call else { unreachable!("over HTTP") };
    call
}

fn body(call: &HttpCall) -> Value {
    serde_json::from_slice(&call.body).expect("JSON")
}

fn one(reading: &Reading) -> &Outcome {
    let Outcomes::All(outcome) = &reading.outcomes else { unreachable!("one for all") };
    outcome
}

const STOP: Option<ChannelEffect> = Some(ChannelEffect::Pause(PauseReason::Credential));

const fn slow(seconds: u64) -> Option<ChannelEffect> {
    Some(ChannelEffect::SlowDown(Duration::from_secs(seconds)))
}

const fn again(seconds: u64) -> Verdict {
    Verdict::Retry { after: if seconds == 0 { None } else { Some(Duration::from_secs(seconds)) } }
}

#[test]
fn every_code_has_its_class_and_what_no_table_explains_has_none() {
    use Class::{
        BadRecipient, Blocked, Content, Credential, Provider, Quota, RateLimit, Unclassified, WindowClosed,
    };
    let no = Verdict::Rejected;
    let day = Verdict::NextDay { utc_offset_h: 8 };
    let set_up = [
        40_001, 40_014, 42_001, 40_013, 40_125, 40_164, 61_004, 40_243, 41_002, 41_004, 43_003, 48_001,
        48_004, 50_002, 50_004, 50_007, 89_503, 89_506, 89_507,
    ];
    let mut cases: Vec<(i64, Verdict, Class, Option<ChannelEffect>)> =
        set_up.map(|code| (code, again(0), Credential, STOP)).into();
    cases.extend([40_003, 46_004].map(|code| (code, no, BadRecipient, None)));
    cases.extend([43_004, 50_005, 43_101, 48_002, 43_019].map(|code| (code, no, Blocked, None)));
    cases.extend([45_015, 45_047].map(|code| (code, again(21_600), WindowClosed, None)));
    cases.extend(
        [
            40_007, 40_033, 40_035, 40_036, 40_037, 41_030, 44_002, 44_004, 45_002, 45_005, 45_162, 47_001,
            47_003,
        ]
        .map(|code| (code, no, Content, None)),
    );
    cases.extend([
        (-1, Verdict::Unknown, Provider, None),
        (45_011, again(60), RateLimit, slow(60)),
        (45_009, day, Quota, slow(3_600)),
    ]);
    // Of calls that we do not make, of our own bugs, and of nobody knows what.
    cases.extend(
        [41_001, 43_001, 43_002, 45_026, 45_065, 45_157, 48_006, 99_999, -2, 4_001]
            .map(|code| (code, no, Unclassified, None)),
    );
    assert!(cases.len() >= 50);
    for (code, verdict, class, channel) in cases {
        let reading = kind().read(&[target(false)], &says(code, "words"));
        let found = (one(&reading).verdict, one(&reading).class, reading.channel);
        assert_eq!(found, (verdict, Some(class), channel), "{code}");
        assert_eq!((one(&reading).code.as_str(), one(&reading).text.is_empty()), (&*code.to_string(), false));
    }
}

#[test]
fn only_an_answer_in_the_providers_own_format_is_evidence() {
    let read = |answer: &Answer| one(&kind().read(&[target(false)], answer)).clone();
    let accepted = read(&http(200, r#"{"errcode":0,"errmsg":"ok","msgid":9007199254740993}"#));
    assert_eq!(accepted.verdict, Verdict::Accepted);
    assert_eq!(accepted.receipt.as_deref(), Some("msgid=9007199254740993"), "not by way of a double");
    for (status, body, verdict) in [
        (200, r#"{"errcode":"0","errmsg":"ok"}"#, Verdict::Accepted),
        (200, r#"{"msgid":7}"#, Verdict::Accepted),
        (200, "{}", Verdict::Unknown),
        (200, r#"{"errcode":null}"#, Verdict::Unknown),
        (200, r#"{"errcode":{}}"#, Verdict::Unknown),
        (200, "[]", Verdict::Unknown),
        (200, "<html>", Verdict::Unknown),
        (200, "", Verdict::Unknown),
        (500, r#"{"errcode":40003}"#, Verdict::Unknown),
        (502, "bad gateway", Verdict::Unknown),
        (412, "", Verdict::Rejected),
        (429, r#"{"errcode":0}"#, again(60)),
        (302, "", again(0)),
    ] {
        assert_eq!(read(&http(status, body)).verdict, verdict, "{status} {body}");
    }
}

#[test]
fn the_number_of_a_request_is_no_part_of_what_it_says() {
    for (words, text, receipt) in [
        (
            "invalid openid rid: 5fccc1f3-48aef0d9-1a2b3c4d",
            "invalid openid",
            Some("rid=5fccc1f3-48aef0d9-1a2b3c4d"),
        ),
        ("invalid openid hint: [abc!]", "invalid openid", Some("rid=[abc!]")),
        (
            "argument invalid! data.thing1.value invalid rid: 1-2-3",
            "argument invalid! data.thing1.value invalid",
            Some("rid=1-2-3"),
        ),
        ("plain", "plain", None),
        ("evil \u{1b}[31m rid: \u{7}", "evil ␛[31m", Some("rid=␇")),
    ] {
        let outcome = one(&kind().read(&[target(false)], &says(40_003, words))).clone();
        assert_eq!((outcome.text.as_str(), outcome.receipt.as_deref()), (text, receipt), "{words}");
    }
    let words = "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 6-1-2";
    let text = &one(&kind().read(&[], &says(40_164, words))).text.clone();
    assert!(text.starts_with("put 203.0.113.7 on the account's IP whitelist: invalid ip"), "{text}");
    let text = &one(&kind().read(&[], &says(89_503, "此IP调用需要管理员确认"))).text.clone();
    assert_eq!(text, "此IP调用需要管理员确认");
}

#[test]
fn busy_is_harmless_only_where_a_repeat_is_taken_once() {
    let (template, customer) = (account(&[]), account(&[("mode", "customer")]));
    for (account, verdict) in [(&template, again(5)), (&customer, Verdict::Unknown)] {
        let targets = [target(false)];
        let call = kind().build(account, &content(), &targets).expect("built");
        let departure = Departure { now: Millis(0), pass: Some(&"ACCESS/TOKEN+1".into()) };
        let call = kind().depart(account, call, &departure).expect("ready");
        let reading = kind().read_after(account, &call, &targets, &says(-1, "system error"));
        assert_eq!(one(&reading).verdict, verdict);
    }
    let reading = kind().read(&[target(true)], &says(45_065, "clientmsgid exist"));
    assert_eq!(one(&reading).verdict, Verdict::Accepted, "an earlier attempt was taken");
}

#[test]
fn calls_leave_with_the_token_and_never_show_it() {
    let token = Secret::new("ACCESS/TOKEN+1");
    let departure = Departure { now: Millis(0), pass: Some(&token) };
    let targets = [target(false)];
    let built = kind().build(&account(&[("ca_file", "/etc/own.pem")]), &content(), &targets).expect("built");
    let call = sent(kind().depart(&account(&[]), built.clone(), &departure).expect("ready"));
    let expected = "https://api.weixin.qq.com/cgi-bin/message/template/send?access_token=ACCESS%2FTOKEN%2B1";
    assert_eq!(call.url, expected);
    assert_eq!(call.transport.ca_file.as_deref(), Some("/etc/own.pem"));
    let shown = format!("{call} {call:?}");
    assert!(!shown.contains("ACCESS%2F") && !shown.contains("ACCESS/"), "{shown}");
    assert!(kind().depart(&account(&[]), built, &Departure { now: Millis(0), pass: None }).is_err());
    let next = desk().roster(&account(&[]), Some("OPENID9")).expect("built").expect("offered");
    let call = sent(kind().depart(&account(&[]), next, &departure).expect("ready"));
    assert!(
        call.url.ends_with("/cgi-bin/user/get?next_openid=OPENID9&access_token=ACCESS%2FTOKEN%2B1"),
        "{}",
        call.url
    );
}

#[test]
fn the_token_is_asked_for_as_documented_and_its_refusals_have_their_class() {
    let settings = account(&[("ca_file", "/etc/own.pem")]);
    let Ok(Obtain::Ask(call)) = passes().obtain(&settings, Millis(0)) else { unreachable!("a call") };
    let call = sent(call);
    assert_eq!(
        (call.method, call.url.as_str()),
        (Method::Post, "https://api.weixin.qq.com/cgi-bin/stable_token")
    );
    let expected = json!({
        "grant_type": "client_credential", "appid": "wxAPPID", "secret": "SECRETSECRET", "force_refresh": false
    });
    assert_eq!(body(&call), expected);
    assert_eq!(call.transport.ca_file.as_deref(), Some("/etc/own.pem"));
    assert!(!format!("{call}").contains("SECRETSECRET"));
    let far = account(&[("base_url", "http://relay.example")]);
    assert!(matches!(passes().obtain(&far, Millis(0)), Err(BuildError::BadField { field: "base_url", .. })));
    for (code, verdict, channel) in [
        (40_001, again(0), STOP),
        (40_125, again(0), STOP),
        (40_013, again(0), STOP),
        (40_164, again(0), STOP),
        (-1, again(5), None),
        (45_011, again(60), slow(60)),
        (45_009, Verdict::NextDay { utc_offset_h: 8 }, slow(3_600)),
    ] {
        let reading = passes().read_pass(&says(code, "words"), Millis(0)).expect_err("no token");
        assert_eq!((one(&reading).verdict, reading.channel), (verdict, channel), "{code}");
    }
    for (code, refused) in [(40_001, true), (40_014, true), (42_001, true), (40_003, false), (0, false)] {
        assert_eq!(passes().is_refused(&says(code, "x")), refused, "{code}");
    }
    assert!(!passes().is_refused(&Answer::Lost("x".into())) && !passes().is_refused(&http(502, "")));
}

#[test]
fn a_closed_window_goes_out_as_a_template_where_the_channel_says_so() {
    let closed = kind().read(&[target(false)], &says(45_015, "response out of time limit"));
    let customer = [("mode", "customer"), ("fallback_template", "yes")];
    let instead = |settings: &[(&str, &str)], reading: &Reading| {
        kind().instead(&account(settings), &content(), &[target(false)], reading)
    };
    let call = sent(instead(&customer, &closed).expect("another way").expect("built"));
    assert_eq!(body(&call)["data"], json!({ "thing1": { "value": "T" } }));
    assert!(call.url.ends_with("/cgi-bin/message/template/send"));
    assert!(instead(&customer[..1], &closed).is_none(), "not asked for");
    assert!(instead(&customer[1..], &closed).is_none(), "a template already");
    let gone = kind().read(&[target(false)], &says(43_004, "require subscribe"));
    assert!(instead(&customer, &gone).is_none(), "not for another reason");
    let broken = [customer[0], customer[1], ("fields", "thing1={{x}}")];
    assert!(matches!(instead(&broken, &closed), Some(Err(BuildError::BadContent(_)))));
}

#[test]
fn addresses_are_openids() {
    let read = |typed: &str| kind().read_address(typed).expect("usable");
    assert_eq!((read(&format!(" {OPENID} ")).value.expose(), read(OPENID).warning), (OPENID, None));
    for odd in ["o123", "oABCDEFGHIJKLMNOPQRSTUVWXYZ!", "张三"] {
        assert_eq!(read(odd).warning, Some(AddressWarning::Shape), "{odd}");
    }
}

fn followers(openids: &[&str]) -> Vec<Follower> {
    let one = |openid: &&str| Follower {
        address: (*openid).into(),
        record: (*openid).into(),
        ..Follower::default()
    };
    openids.iter().map(one).collect()
}

#[test]
fn the_list_of_followers_ends_in_each_of_its_documented_ways() {
    let call = sent(desk().roster(&account(&[]), None).expect("built").expect("offered"));
    assert_eq!((call.method, call.url.as_str()), (Method::Get, "https://api.weixin.qq.com/cgi-bin/user/get"));
    let read =
        |body: &str, cursor: Option<&str>| desk().read_roster(&http(200, body), cursor).expect("a page");
    let page = read(r#"{"total":3,"count":2,"data":{"openid":["O1","O2"]},"next_openid":"O2"}"#, None);
    assert_eq!(page.people, followers(&["O1", "O2"]));
    assert_eq!((page.next.as_deref(), page.total), (Some("O2"), Some(3)));
    for end in [
        r#"{"total":3,"count":0,"next_openid":""}"#,
        r#"{"total":3,"count":0,"data":{"openid":[]},"next_openid":"O9"}"#,
        r#"{"total":3,"count":1,"data":{"openid":["O3"]},"next_openid":""}"#,
        r#"{"total":3,"count":1,"data":{"openid":["O3"]},"next_openid":"O2"}"#,
        r#"{"total":3,"count":7,"next_openid":"O9"}"#,
    ] {
        assert_eq!(read(end, Some("O2")).next, None, "{end}");
    }
    let odd = read(r#"{"data":{"openid":["O1",7,"","a\u001bb",null]},"next_openid":5}"#, None);
    assert_eq!((odd.people, odd.next), (followers(&["O1"]), None));
    for refused in [says(40_003, "invalid openid"), http(502, ""), http(200, "[]"), Answer::Lost("x".into())]
    {
        assert!(desk().read_roster(&refused, None).is_err(), "{refused:?}");
    }
}

#[test]
fn details_come_a_hundred_at_a_time_and_are_matched_by_openid() {
    let people = followers(&["O1", "O2", "O3"]);
    let call = sent(desk().details(&account(&[]), &people[..2]).expect("built").expect("offered"));
    assert!(call.url.ends_with("/cgi-bin/user/info/batchget"));
    assert_eq!(body(&call), json!({ "user_list": [{ "openid": "O1" }, { "openid": "O2" }] }));
    let many = vec![people[0].clone(); desk().details_per_call() + 1];
    assert!(
        desk().details(&account(&[]), &many).is_err() && desk().details(&account(&[]), &many[1..]).is_ok()
    );
    let told = r#"{"user_info_list":[
        {"subscribe":0,"openid":"O2"},
        {"subscribe":1,"openid":"O1","subscribe_time":1700000000,"remark":"老\u001b王","qr_scene":0,"qr_scene_str":"sub-42"},
        {"openid":"STRANGER","subscribe":1}]}"#;
    let people = desk().read_details(&http(200, told), people).expect("details");
    assert_eq!((people[0].name.as_str(), people[0].scene.as_str()), ("老␛王", "sub-42"));
    assert_eq!(people[0].since, Some(Millis(1_700_000_000_000)));
    assert_eq!([people[0].gone, people[1].gone, people[2].gone], [false, true, false]);
}

#[test]
fn tags_are_groups_by_the_name_that_the_operator_gave_them() {
    let call = sent(desk().groups(&account(&[])).expect("built").expect("offered"));
    assert_eq!(call.url, "https://api.weixin.qq.com/cgi-bin/tags/get");
    let told = r#"{"tags":[{"id":2,"name":"星标组","count":0},{"id":134,"name":" ops\u001b ","count":2},
        {"id":"135","name":"广东","count":1},{"id":136},{"name":"nobody"},7]}"#;
    let groups = desk().read_groups(&http(200, told)).expect("groups");
    let named: Vec<(&str, &str)> =
        groups.iter().map(|group| (group.id.as_str(), group.name.as_str())).collect();
    assert_eq!(named, [("134", "ops␛"), ("135", "广东")]);
    assert!(desk().read_groups(&says(48_001, "api unauthorized")).is_err());
    let told = r#"{"user_info_list":[{"subscribe":1,"openid":"O1","tagid_list":[134,2,999]}]}"#;
    let people = desk().read_details(&http(200, told), followers(&["O1", "O2"])).expect("details");
    let mut roll = Roll::default();
    roll.name_groups(groups);
    roll.take(RosterPage { people, next: None, total: Some(2) });
    assert!(roll.is_whole());
    let lists: Vec<Vec<String>> =
        roll.people().iter().map(|one| one.topics.iter().map(|topic| topic.name.clone()).collect()).collect();
    assert_eq!(lists, [vec!["ops␛".to_owned()], Vec::new()]);
}

#[test]
fn a_code_carries_its_scene_and_ends() {
    let call = sent(
        desk().qr(&account(&[]), "sub-42", Duration::from_secs(1_800)).expect("built").expect("offered"),
    );
    let expected = json!({
        "expire_seconds": 1800, "action_name": "QR_STR_SCENE", "action_info": { "scene": { "scene_str": "sub-42" } }
    });
    assert_eq!(body(&call), expected);
    let year = sent(
        desk().qr(&account(&[]), "x", Duration::from_secs(31_536_000)).expect("built").expect("offered"),
    );
    assert_eq!(body(&year)["expire_seconds"], 2_592_000);
    let qr = |scene: &str| desk().qr(&account(&[]), scene, Duration::from_secs(60));
    assert!(qr("").is_err() && qr(&"长".repeat(65)).is_err() && qr(&"长".repeat(64)).is_ok());
    let told = r#"{"ticket":"gQH/+=","expire_seconds":60,"url":"http://weixin.qq.com/q/kZgfw"}"#;
    let code = desk().read_qr(&http(200, told), Millis(5)).expect("a code");
    assert_eq!((code.payload.as_str(), code.expires), ("http://weixin.qq.com/q/kZgfw", Millis(60_005)));
    let picture = "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQH%2F%2B%3D";
    assert_eq!(code.picture.as_deref(), Some(picture));
    assert!(desk().read_qr(&http(200, "{}"), Millis(0)).is_err());
}

#[test]
fn people_are_kept_out_and_let_in_again() {
    for (blocked, verb) in [(true, "batchblacklist"), (false, "batchunblacklist")] {
        let call = sent(desk().block(&account(&[]), "O1", blocked).expect("built").expect("offered"));
        assert!(call.url.ends_with(verb), "{}", call.url);
        assert_eq!(body(&call), json!({ "openid_list": ["O1"] }));
    }
    assert!(desk().read_done(&says(0, "ok")).is_ok() && desk().read_done(&says(49_003, "x")).is_err());
}

#[test]
fn verification_asks_for_what_the_channel_needs() {
    for (settings, path) in [
        (&[][..], "template/get_all_private_template"),
        (&[("mode", "customer")], "getcallbackip"),
        (&[("mode", "customer"), ("fallback_template", "yes")], "template/get_all_private_template"),
    ] {
        let call = sent(kind().verify(&account(settings)).expect("built").expect("offered"));
        assert_eq!(call.url, format!("https://api.weixin.qq.com/cgi-bin/{path}"));
    }
    assert_eq!(kind().verify(&account(&[("template_id", "")])), Err(BuildError::MissingField("template_id")));
    let listed = r#"{"template_list":[{"template_id":"TPL","content":"{{thing1.DATA}}"}]}"#;
    for (settings, answer, verdict) in [
        (&[][..], http(200, listed), Verdict::Accepted),
        (&[], http(200, r#"{"template_list":[]}"#), Verdict::Rejected),
        (&[], says(48_001, "api unauthorized"), again(0)),
        (&[("mode", "customer")], http(200, r#"{"ip_list":["127.0.0.1"]}"#), Verdict::Accepted),
        (&[("mode", "customer")], http(200, "<html>"), Verdict::Unknown),
    ] {
        let reading = kind().read_verify_of(&account(settings), &answer);
        assert_eq!(one(&reading).verdict, verdict, "{answer:?}");
    }
}
