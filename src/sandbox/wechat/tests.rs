//! The golden requests of the reference page, and what the real one refuses.

use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::sandbox::driver::{Seen, caught, get, post, started};
use crate::sandbox::{Kind, Options, Pass, Receiver, Sandbox, Script};

const SEND: &str = "/cgi-bin/message/template/send";
const CUSTOM: &str = "/cgi-bin/message/custom/send";

async fn stable(base: &str, more: &str) -> Value {
    let body = format!(r#"{{"grant_type":"client_credential","appid":"wxAPPID","secret":"SECRET"{more}}}"#);
    post(base, "/cgi-bin/stable_token", &body).await.json()
}

/// An account with a pass in hand.
struct Account {
    sandbox: Sandbox,
    base: String,
    pass: String,
}

impl Account {
    async fn new(script: Script) -> Self {
        let sandbox = started(Options::default().with(Kind::Wechat, script)).await;
        let base = sandbox.url(Kind::Wechat);
        let pass = stable(&base, "").await["access_token"].as_str().expect("a pass").to_owned();
        Self { sandbox, base, pass }
    }

    async fn post(&self, path: &str, body: &str) -> Value {
        let seen = post(&self.base, &format!("{path}?access_token={}", self.pass), body).await;
        assert_eq!(seen.status, 200, "errors come with 200 as well");
        seen.json()
    }

    async fn act(&self, who: &str, does: &str, text: &str) {
        let body = json!({"who": who, "does": does, "text": text}).to_string();
        assert_eq!(post(&self.base, "/sandbox/act", &body).await.status, 200);
    }

    async fn get(&self, path: &str, query: &str) -> Value {
        get(&self.base, &format!("{path}?access_token={}{query}", self.pass)).await.json()
    }
}

fn code(seen: &Value) -> i64 {
    seen["errcode"].as_i64().unwrap_or_default()
}

fn template(openid: &str) -> String {
    json!({"touser": openid, "template_id": "TPL_ONE", "data": {"thing1": {"value": "x"}}}).to_string()
}

#[tokio::test]
async fn golden_sends_are_taken() {
    let account = Account::new(Script::default()).await;
    let golden = r#"{"touser":"OPENID","template_id":"TPL_ID","url":"https://example.com/","data":{"thing1":{"value":"服务器告警"},"time2":{"value":"2024-01-02 03:04","color":"red"}}}"#;
    let seen = account.post(SEND, golden).await;
    assert_eq!((code(&seen), &seen["errmsg"]), (0, &json!("ok")));
    assert!(seen["msgid"].as_i64() > Some(i64::from(u32::MAX) / 2));
    let silenceper = r#"{"touser":"OPENID","template_id":"TPL_FREE","miniprogram":{"appid":"","pagepath":""},"data":{"title":{"value":"a very long value that nobody counts"}}}"#;
    assert_eq!(code(&account.post(SEND, silenceper).await), 0);
    for custom in [
        r#"{"touser":"OPENID","msgtype":"text","text":{"content":"你好"}}"#,
        r#"{"touser":"OPENID","msgtype":"news","news":{"articles":[{"title":"T","description":"D","url":"https://e/","picurl":"https://e/p.png"}]}}"#,
    ] {
        let seen = account.post(CUSTOM, custom).await;
        assert_eq!((code(&seen), seen.get("msgid")), (0, None), "{custom}");
    }
    let notification = r#"{"touser":"OPENID","template_id":"TPL_SUB","data":{"thing1":{"value":"x"},"time2":{"value":"15:01"}},"page":"https://example.com/"}"#;
    assert_eq!(code(&account.post("/cgi-bin/message/subscribe/bizsend", notification).await), 0);
    assert_eq!(account.sandbox.count("OPENID"), 5);
    assert_eq!(account.sandbox.received(Kind::Wechat)[0].body["data"]["thing1"]["value"], "服务器告警");
}

#[tokio::test]
async fn wrong_sends_are_refused_by_their_code() {
    let account = Account::new(Script::default()).await;
    let with = |id: &str, data: Value| json!({"touser": "O1", "template_id": id, "data": data}).to_string();
    let one = |value: &str| with("TPL_ONE", json!({"thing1": {"value": value}}));
    for (body, wanted) in [
        (one(&"汉".repeat(21)), 47_003),
        (one(""), 47_003),
        (with("TPL_ONE", json!({"thing1": {"value": 7}})), 47_003),
        (with("TPL_ONE", json!({"thing1": {"value": "x"}, "thing2": {"value": "x"}})), 47_003),
        (with("TPL_ID", json!({"thing1": {"value": "x"}})), 47_003),
        (json!({"touser": "O1", "template_id": "TPL_ONE"}).to_string(), 47_003),
        (with("TPL_OTHER", json!({})), 40_037),
        (with("TPL_SUB", json!({"thing1": {"value": "x"}, "time2": {"value": "15:01"}})), 40_037),
        (json!({"touser": ["O1", "O2"], "template_id": "TPL_ONE", "data": {}}).to_string(), 40_003),
        (json!({"touser": "张三", "template_id": "TPL_ONE", "data": {}}).to_string(), 40_003),
        (
            r#"{"touser":"O1","template_id":"TPL_ONE","data":{"thing1":{"value":"\u4f60"}}}"#.to_owned(),
            40_033,
        ),
        ("touser=O1".to_owned(), 47_001),
        (String::new(), 44_002),
        (template("dead1"), 43_004),
        (template("unknown1"), 40_003),
        (template("blocked1"), 43_019),
        (template("quota1"), 45_009),
        (template("busy1"), -1),
        (template("poison1"), 47_003),
        (template("flaky1"), 45_011),
        (template("flaky1"), 0),
    ] {
        let seen = account.post(SEND, &body).await;
        assert_eq!(code(&seen), wanted, "{body}: {seen}");
        assert_eq!(seen["errmsg"].as_str().is_some_and(|text| text.contains(" rid: ")), wanted != 0);
    }
    let named = account
        .post(
            SEND,
            &with(
                "TPL_ORDER",
                json!({
        "character_string1": {"value": "编号"}, "amount2": {"value": "5元"}, "phrase3": {"value": "配送中"},
        "phone_number4": {"value": "1"}}),
            ),
        )
        .await;
    let text = named["errmsg"].as_str().expect("a text");
    assert!(text.starts_with("argument invalid! data.character_string1.value invalid"), "{text}");
    // An escaped backslash is no escape, nor is an escape of ASCII.
    assert_eq!(code(&account.post(SEND, &one(r"a\u4f60")).await), 0);
    assert_eq!(account.sandbox.totals(Kind::Wechat).reached, 2);
}

#[tokio::test]
async fn customer_messages_need_an_open_window() {
    let account = Account::new(Script::default()).await;
    let text = |openid: &str, text: &str| {
        json!({"touser": openid, "msgtype": "text", "text": {"content": text}}).to_string()
    };
    let news = |articles: Value| {
        json!({"touser": "O1", "msgtype": "news", "news": {"articles": articles}}).to_string()
    };
    for (body, wanted) in [
        (text("o_closed", "x"), 45_015),
        (text("o_used", "x"), 45_047),
        (text("O1", &"x".repeat(2_048)), 0),
        (text("O1", &"x".repeat(2_049)), 45_002),
        (text("O1", ""), 44_004),
        (news(json!({"title": "t"})), 45_162),
        (news(json!([{"title": "t"}, {"title": "u"}])), 45_008),
        (json!({"touser": "O1", "msgtype": "markdown", "markdown": {"content": "x"}}).to_string(), 40_008),
        (json!({"touser": "O1", "msgtype": "image", "image": {}}).to_string(), 40_007),
        (text("dead", "x"), 43_004),
    ] {
        assert_eq!(code(&account.post(CUSTOM, &body).await), wanted, "{body:.80}");
    }
}

#[tokio::test]
async fn passes_are_checked_before_anything_else() {
    let script = Script {
        bad_tokens: vec!["OLD".to_owned()],
        pass: Pass { calls: Some(1), ..Pass::default() },
        ..Script::default()
    };
    let account = Account::new(script).await;
    assert_eq!(stable(&account.base, "").await["access_token"], account.pass);
    assert_eq!(code(&account.post(SEND, &template("O1")).await), 0);
    assert_eq!(code(&account.post(SEND, &template("O1")).await), 42_001, "its one call is made");
    let next = stable(&account.base, "").await["access_token"].as_str().expect("a pass").to_owned();
    let with = async |pass: &str| {
        let path = format!("{SEND}?access_token={pass}");
        code(&post(&account.base, &path, &template("O1")).await.json())
    };
    assert_eq!(with(&next).await, 0);
    assert_eq!((with("").await, with("nonsense").await), (41_001, 40_014));
    assert_eq!(with("sandbox-stable-wxAPPID-99").await, 40_001);
    assert_eq!(stable(&account.base, r#","force_refresh":"true""#).await["errcode"], 47_001);
    let classic = async |query: &str| get(&account.base, &format!("/cgi-bin/token?{query}")).await.json();
    let golden = classic("grant_type=client_credential&appid=wxAPPID&secret=SECRET").await;
    assert_eq!(golden["expires_in"], 7_200);
    for (query, wanted) in [
        ("grant_type=client_credential&appid=wxAPPID&secret=OLD", 40_125),
        ("grant_type=client_credential&appid=APPID&secret=SECRET", 40_013),
        ("grant_type=client_credential&secret=SECRET", 41_002),
        ("grant_type=client_credential&appid=wxAPPID", 41_004),
        ("grant_type=password&appid=wxAPPID&secret=SECRET", 40_002),
    ] {
        assert_eq!(code(&classic(query).await), wanted, "{query}");
    }
    let seen: Seen = get(&account.base, "/cgi-bin/stable_token").await;
    assert_eq!(code(&seen.json()), 43_002);
    assert_eq!(code(&post(&account.base, "/cgi-bin/user/get", "{}").await.json()), 43_001);
    assert_eq!(code(&get(&account.base, "/cgi-bin/nothing").await.json()), 40_066);
}

#[tokio::test]
async fn a_client_msg_id_sends_once() {
    let account = Account::new(Script::default()).await;
    let body = |openid: &str, id: &str| {
        json!({"touser": openid, "template_id": "TPL_ONE", "client_msg_id": id,
               "data": {"thing1": {"value": "x"}}})
        .to_string()
    };
    let first = account.post(SEND, &body("O1", "MID")).await;
    assert_eq!(account.post(SEND, &body("O1", "MID")).await["msgid"], first["msgid"]);
    assert_eq!(account.sandbox.count("O1"), 1);
    assert_ne!(account.post(SEND, &body("O2", "MID")).await["msgid"], first["msgid"]);
    assert_ne!(account.post(SEND, &body("O1", "MID2")).await["msgid"], first["msgid"]);
    assert_eq!((account.sandbox.count("O1"), account.sandbox.count("O2")), (2, 1));
    assert_eq!(code(&account.post(SEND, &body("O1", &"x".repeat(33))).await), 40_035);
    // The answer is lost; the send is not, and is not made again.
    let lost =
        post(&account.base, &format!("{SEND}?access_token={}", account.pass), &body("o_drop", "M")).await;
    assert_eq!((lost.status, account.sandbox.count("o_drop")), (0, 1));
}

#[tokio::test]
async fn followers_come_in_pages_and_in_hundreds() {
    let account = Account::new(Script { followers: 10_001, ..Script::default() }).await;
    let first = account.get("/cgi-bin/user/get", "").await;
    assert_eq!((&first["total"], &first["count"]), (&json!(10_001), &json!(10_000)));
    let next = format!("&next_openid={}", first["next_openid"].as_str().expect("an openid"));
    let second = account.get("/cgi-bin/user/get", &next).await;
    assert_eq!(second["count"], 1);
    let next = format!("&next_openid={}", second["next_openid"].as_str().expect("an openid"));
    let last = account.get("/cgi-bin/user/get", &next).await;
    assert_eq!((&last["count"], last.get("data"), &last["next_openid"]), (&json!(0), None, &json!("")));
    assert_eq!(code(&account.get("/cgi-bin/user/get", "&next_openid=").await), 40_003);
    assert_eq!(code(&account.get("/cgi-bin/user/get", "&next_openid=o_other").await), 40_003);
    let one = account.get("/cgi-bin/user/info", "&openid=OPENID&lang=zh_CN").await;
    assert_eq!((&one["subscribe"], one.get("nickname")), (&json!(1), None));
    assert_eq!(account.get("/cgi-bin/user/info", "&openid=o_dead").await["subscribe"], 0);
    let batch = |count: usize| {
        let users: Vec<Value> = (0..count).map(|n| json!({"openid": format!("O{n}")})).collect();
        json!({"user_list": users}).to_string()
    };
    let hundred = account.post("/cgi-bin/user/info/batchget", &batch(100)).await;
    assert_eq!(hundred["user_info_list"].as_array().map(Vec::len), Some(100));
    for count in [0, 101] {
        assert_eq!(code(&account.post("/cgi-bin/user/info/batchget", &batch(count)).await), 40_032);
    }
}

#[tokio::test]
async fn tags_hold_what_the_reference_says() {
    let account = Account::new(Script::default()).await;
    let tag = account.post("/cgi-bin/tags/create", r#"{"tag":{"name":"ops"}}"#).await["tag"]["id"].clone();
    let members = json!({"tagid": tag, "openid_list": ["O1", "O2"]}).to_string();
    assert_eq!(code(&account.post("/cgi-bin/tags/members/batchtagging", &members).await), 0);
    let people = account.post("/cgi-bin/user/tag/get", &json!({"tagid": tag}).to_string()).await;
    assert_eq!(people["data"]["openid"], json!(["O1", "O2"]));
    assert_eq!(account.get("/cgi-bin/tags/get", "").await["tags"][1]["count"], 2);
    assert_eq!(account.get("/cgi-bin/user/info", "&openid=O1").await["tagid_list"], json!([tag]));
    let of = account.post("/cgi-bin/tags/getidlist", r#"{"openid":"O1"}"#).await;
    assert_eq!(of["tagid_list"], json!([tag]));
    let many: Vec<String> = (0..51).map(|n| format!("O{n}")).collect();
    for (path, body, wanted) in [
        ("create", r#"{"tag":{"name":"ops"}}"#.to_owned(), 45_157),
        ("create", json!({"tag": {"name": "汉".repeat(31)}}).to_string(), 45_158),
        ("update", r#"{"tag":{"id":2,"name":"x"}}"#.to_owned(), 45_058),
        ("delete", r#"{"tag":{"id":999}}"#.to_owned(), 45_159),
        ("members/batchtagging", json!({"tagid": tag, "openid_list": many}).to_string(), 40_032),
        ("members/batchtagging", json!({"tagid": 999, "openid_list": ["O1"]}).to_string(), 45_159),
        ("members/batchuntagging", members, 0),
        ("delete", json!({"tag": {"id": tag}}).to_string(), 0),
    ] {
        assert_eq!(
            code(&account.post(&format!("/cgi-bin/tags/{path}"), &body).await),
            wanted,
            "{path} {body}"
        );
    }
}

#[tokio::test]
async fn codes_are_made_in_four_ways_and_scanned_by_somebody() {
    let account = Account::new(Script { followers: 0, ..Script::default() }).await;
    let golden = r#"{"expire_seconds":1800,"action_name":"QR_STR_SCENE","action_info":{"scene":{"scene_str":"sub-42"}}}"#;
    let seen = account.post("/cgi-bin/qrcode/create", golden).await;
    assert_eq!(seen["expire_seconds"], 1_800);
    assert!(seen["ticket"].is_string() && seen["url"].as_str().is_some_and(|url| url.starts_with("http")));
    let people = account.get("/cgi-bin/user/get", "").await;
    let openid = people["data"]["openid"][0].as_str().expect("somebody").to_owned();
    let info = account.get("/cgi-bin/user/info", &format!("&openid={openid}")).await;
    assert_eq!(
        (&info["qr_scene_str"], &info["subscribe_scene"]),
        (&json!("sub-42"), &json!("ADD_SCENE_QR_CODE"))
    );
    let body =
        |name: &str, scene: Value| json!({"action_name": name, "action_info": {"scene": scene}}).to_string();
    for (body, wanted) in [
        (body("QR_SCENE", json!({"scene_id": 4_294_967_295_u32})), 0),
        (body("QR_LIMIT_SCENE", json!({"scene_id": 100_000})), 0),
        (body("QR_LIMIT_STR_SCENE", json!({"scene_str": "x".repeat(64)})), 0),
        (body("QR_SCENE", json!({"scene_id": 0})), 40_053),
        (body("QR_LIMIT_SCENE", json!({"scene_id": 100_001})), 40_053),
        (body("QR_STR_SCENE", json!({"scene_str": "x".repeat(65)})), 40_053),
        (body("QR_STR_SCENE", json!({"scene_id": 5})), 40_053),
        (body("QR_CARD", json!({"scene_str": "x"})), 40_052),
        (golden.replace("1800", "2592001"), 40_035),
    ] {
        assert_eq!(code(&account.post("/cgi-bin/qrcode/create", &body).await), wanted, "{body:.90}");
    }
}

#[tokio::test]
async fn templates_are_listed_with_their_keys_and_may_be_scripted() {
    let account = Account::new(Script::default()).await;
    let list = account.get("/cgi-bin/template/get_all_private_template", "").await;
    let content = list["template_list"][0]["content"].as_str().expect("a text");
    assert!(content.contains("{{thing1.DATA}}"));
    let notifications = account.get("/wxaapi/newtmpl/gettemplate", "").await;
    assert_eq!(notifications["data"][0]["priTmplId"], "TPL_SUB");
    let templates = vec![("MINE".to_owned(), "{{name1.DATA}}".to_owned())];
    let account = Account::new(Script { templates, ..Script::default() }).await;
    let body = |id: &str| {
        json!({"touser": "O1", "template_id": id, "data": {"name1": {"value": "Ann"}}}).to_string()
    };
    assert_eq!(code(&account.post(SEND, &body("MINE")).await), 0);
    assert_eq!(code(&account.post(SEND, &body("TPL_ONE")).await), 40_037);
}

#[tokio::test]
async fn receipts_and_scans_are_posted_to_the_receiver() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/wx?x=1", listener.local_addr().expect("bound"));
    let receiver = Receiver { url, token: "AAAAA".to_owned(), aes_key: None };
    let account = Account::new(Script { callback: Some(receiver.clone()), ..Script::default() }).await;
    let message = account.post(SEND, &template("O1")).await["msgid"].clone();
    let call = caught(&listener, "</xml>").await;
    assert!(call.starts_with("POST /wx?x=1&signature="), "{call}");
    assert!(call.contains("<FromUserName><![CDATA[O1]]>"), "{call}");
    assert!(call.contains(&format!("<MsgID>{message}</MsgID><Status><![CDATA[success]]>")), "{call}");
    account.post(SEND, &template("o_muted")).await;
    assert!(caught(&listener, "</xml>").await.contains("<![CDATA[failed:user block]]>"));
    account.post(SEND, &template("o_nodevice")).await;
    assert!(caught(&listener, "</xml>").await.contains("<![CDATA[failed: system failed]]>"));
    let code = r#"{"action_name":"QR_STR_SCENE","action_info":{"scene":{"scene_str":"sub-42"}}}"#;
    account.post("/cgi-bin/qrcode/create", code).await;
    assert!(caught(&listener, "</xml>").await.contains("<EventKey><![CDATA[qrscene_sub-42]]>"));
    let receiver = Receiver { aes_key: Some("A".repeat(43)), ..receiver };
    let account = Account::new(Script { callback: Some(receiver), ..Script::default() }).await;
    account.post(SEND, &template("O1")).await;
    let sealed = caught(&listener, "</xml>").await;
    assert!(sealed.contains("&encrypt_type=aes&msg_signature=") && sealed.contains("<Encrypt>"), "{sealed}");
    assert!(!sealed.contains("TEMPLATESENDJOBFINISH"), "nothing is readable on the way");
}

#[tokio::test]
async fn what_people_do_is_told_and_opens_their_window() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/wx", listener.local_addr().expect("bound"));
    let receiver = Receiver { url, token: "AAAAA".to_owned(), aes_key: None };
    let account = Account::new(Script { callback: Some(receiver), ..Script::default() }).await;
    let custom = r#"{"touser":"O1","msgtype":"text","text":{"content":"hi"}}"#;
    assert_eq!(code(&account.post(CUSTOM, custom).await), 0, "of whom nothing is known nothing is refused");
    account.act("O1", "tap", "HELP").await;
    let told = caught(&listener, "</xml>").await;
    assert!(told.contains("<Event>CLICK</Event><EventKey><![CDATA[HELP]]>"), "{told}");
    for expected in [0, 0, 0, 45_047] {
        assert_eq!(code(&account.post(CUSTOM, custom).await), expected);
    }
    account.act("O1", "write", "a ]]> b").await;
    let told = caught(&listener, "</xml>").await;
    assert!(told.contains("<MsgType><![CDATA[text]]>") && told.contains("<![CDATA[a  b]]>"), "{told}");
    assert_eq!(code(&account.post(CUSTOM, custom).await), 0);
    account.act("O1", "unfollow", "").await;
    assert!(caught(&listener, "</xml>").await.contains("<Event>unsubscribe</Event>"));
    assert_eq!(code(&account.post(CUSTOM, custom).await), 45_015);
}
