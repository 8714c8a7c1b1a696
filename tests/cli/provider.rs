//! What a provider is asked beside sending, by the real binary against a small server of this test: list, codes,
//! status, taking back, blocking, and the line for scripts.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::desk::Desk;

const TOKEN: &str = "AT_providertoken1";

/// Answers by the path of the request, and keeps what was asked.
struct Provider {
    base: String,
    asked: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Provider {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answers: Arc<Mutex<BTreeMap<String, String>>> = Arc::default();
        let (lines, said) = (Arc::clone(&asked), Arc::clone(&answers));
        // Ends with the test's process.
        std::thread::spawn(move || {
            for mut socket in listener.incoming().map_while(Result::ok) {
                let mut request = Vec::new();
                let mut part = [0; 4096];
                while !is_whole(&request) {
                    match socket.read(&mut part) {
                        Ok(n) if n > 0 => request.extend_from_slice(&part[..n]),
                        _ => break,
                    }
                }
                let text = String::from_utf8_lossy(&request).into_owned();
                let line = text.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
                let path = line.split('?').next().unwrap_or_default().to_owned();
                lines.lock().expect("the lines").push(line);
                let said = said.lock().expect("the answers").get(&path).cloned();
                let body = said.unwrap_or_else(|| r#"{"code":1004,"msg":"no such interface"}"#.to_owned());
                let head =
                    format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
                // Whoever went away does not want it.
                drop(socket.write_all(format!("{head}{body}").as_bytes()));
            }
        });
        Self { base, asked, answers }
    }

    fn says(&self, line: &str, data: &serde_json::Value) {
        let body = json!({"code": 1000, "msg": "处理成功", "success": true, "data": data}).to_string();
        self.answers.lock().expect("the answers").insert(line.to_owned(), body);
    }

    fn lists(&self, records: &serde_json::Value) {
        let total = records.as_array().expect("records").len();
        let data = json!({"total": total, "page": 1, "pageSize": 100, "records": records});
        self.says("GET /api/fun/wxuser/v2", &data);
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("the lines"))
    }

    fn channel(&self, desk: &Desk) {
        let token = desk.file("token", TOKEN);
        let (url, secret) = (format!("base_url={}", self.base), format!("app_token={token}"));
        let set = ["--set", &url, "--set", "rate=none", "--secret-file", &secret];
        desk.ok(&[&["channel", "add", "wx", "--kind", "wxpusher"], &set[..]].concat());
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    body.len() >= length.unwrap_or(0)
}

fn uid(letter: char) -> String {
    format!("UID_{}", letter.to_string().repeat(28))
}

#[test]
fn a_list_is_shown_first_then_taken_over_and_taken_back() {
    let (desk, provider) = (Desk::new(), Provider::new());
    provider.channel(&desk);
    desk.ok(&["subscriber", "add", "Ann", "--address", &format!("wx={}", uid('a'))]);
    desk.ok(&["subscriber", "add", "Cem", "--address", &format!("wx={}", uid('c'))]);
    provider.lists(&json!([
        {"uid": uid('a'), "id": 1, "type": 0, "reject": false, "nickName": ""},
        {"uid": uid('a'), "id": 2, "type": 1, "appOrTopicId": 9, "target": "ops", "reject": false},
        {"uid": uid('f'), "id": 3, "type": 0, "reject": false, "nickName": "Finn\u{1b}[31m"},
    ]));
    let shown = desk.ok(&["channel", "sync", "wx", "--json"]).data();
    assert_eq!((shown["listed"].as_i64(), shown["whole"].as_bool()), (Some(2), Some(true)));
    assert_eq!(shown["gone"][0]["name"], "Cem");
    assert!(!shown.to_string().contains(&uid('f')), "addresses stand as screens show them");
    assert_eq!(desk.ok(&["subscriber", "list", "--json"]).json()["page"]["total"], 2, "nothing was changed");
    let applied = desk.ok(&["channel", "sync", "wx", "--apply", "--json"]).data();
    assert_eq!(
        (applied["applied"]["added"].as_i64(), applied["applied"]["retired"].as_i64()),
        (Some(1), Some(1))
    );
    assert_eq!(desk.ok(&["subscriber", "show", "Cem", "--json"]).data()["addresses"][0]["state"], "dead");
    let undone = desk.ok(&["channel", "sync", "wx", "--undo", "--json"]).data();
    assert_eq!(undone["undone"], 2);
    assert_eq!(desk.ok(&["subscriber", "show", "Cem", "--json"]).data()["addresses"][0]["state"], "active");
    desk.run(&["channel", "sync", "wx", "--undo"]).ends(4);
    desk.ok(&["channel", "sync", "wx", "--apply", "--topics"]);
    assert_eq!(desk.ok(&["subscriber", "show", "Ann", "--json"]).data()["topics"], json!(["ops"]));
}

#[test]
fn a_refused_list_is_no_empty_one_and_shows_no_token() {
    let (desk, provider) = (Desk::new(), Provider::new());
    provider.channel(&desk);
    desk.ok(&["subscriber", "add", "Ann", "--address", &format!("wx={}", uid('a'))]);
    let refusal = format!(r#"{{"code":1001,"msg":"appToken不正确: {TOKEN}","data":null}}"#);
    provider.answers.lock().expect("the answers").insert("GET /api/fun/wxuser/v2".into(), refusal);
    let ran = desk.run(&["channel", "sync", "wx", "--apply", "--json"]).ends(6);
    assert_eq!(ran.json()["error"]["code"], "channel_credential");
    assert!(!ran.out.contains(TOKEN) && !ran.err.contains(TOKEN), "{ran:?}");
    assert_eq!(desk.ok(&["subscriber", "show", "Ann", "--json"]).data()["addresses"][0]["state"], "active");
    desk.run(&["--readonly", "channel", "sync", "wx", "--apply"]).ends(10);
}

#[test]
fn whoever_scans_is_in_with_topic_and_tags() {
    let (desk, provider) = (Desk::new(), Provider::new());
    provider.channel(&desk);
    desk.ok(&["topic", "add", "ops"]);
    provider.says(
        "POST /api/fun/create/qrcode",
        &json!({"expires": 4_000_000_000_000_i64, "code": "C0DE", "shortUrl": "https://wx.example/q/a",
                "url": "https://wx.example/q/a.jpg"}),
    );
    provider.says("GET /api/fun/scan-qrcode-uid", &json!(uid('n')));
    let came =
        desk.ok(&["channel", "qr", "wx", "--topic", "ops", "--tag", "door", "--watch", "--json"]).data();
    assert_eq!(
        (came["link"].as_str(), came["came"]["new"].as_bool()),
        (Some("https://wx.example/q/a"), Some(true))
    );
    let person = desk.ok(&["subscriber", "list", "--filter", "topic:ops tag:door", "--json"]).json();
    assert_eq!(person["data"]["items"][0]["name"], "UID…nnnnnnnn");
    assert!(provider.asked().contains(&"GET /api/fun/scan-qrcode-uid?code=C0DE".to_owned()));
    let plain = desk.ok(&["channel", "qr", "wx"]);
    assert!(!plain.out.contains('\u{1b}'), "no code is drawn where nobody looks: {}", plain.out);
    desk.run(&["channel", "qr", "wx", "--topic", "opps"]).ends(4);
    desk.run(&["channel", "qr", "wx", "--valid", "soon"]).ends(2);
    desk.run(&["channel", "qr", "wx", "--valid", "31d"]).ends(2);
}

#[test]
fn accepted_deliveries_are_asked_about_and_taken_back_once_for_all() {
    let (desk, provider) = (Desk::new(), Provider::new());
    provider.channel(&desk);
    let people = ['a', 'b'];
    for one in people {
        desk.ok(&["subscriber", "add", &format!("person {one}"), "--address", &format!("wx={}", uid(one))]);
    }
    let item = |(at, one): (usize, &char)| {
        json!({"uid": uid(*one), "code": 1000, "status": "ok", "sendRecordId": 2_400_000_001_i64 + at as i64,
               "messageContentId": 77})
    };
    let items: Vec<_> = people.iter().enumerate().map(item).collect();
    provider.says("POST /api/send/message", &json!(items));
    provider.says("GET /api/send/query/status", &json!(3));
    provider.says("DELETE /api/send/message", &json!(true));
    let sent = desk.send(&["--to", "channel:wx", "--wait", "--undo", "0"]).id();
    provider.asked();
    let status = desk.ok(&["history", "status", &sent, "--json"]).data();
    assert_eq!(status["items"][1]["status"], "handed_on");
    assert_eq!(
        provider.asked(),
        [
            "GET /api/send/query/status?sendRecordId=2400000001",
            "GET /api/send/query/status?sendRecordId=2400000002"
        ]
    );
    desk.run(&["broadcast", "take-back", &sent, "--confirm-count", "3"]).ends(9);
    assert_eq!(provider.asked(), Vec::<String>::new(), "an unconfirmed number asks nobody");
    let taken = desk.ok(&["broadcast", "take-back", &sent, "--confirm-count", "2"]);
    assert!(taken.out.starts_with("2 deliveries taken back\nwx: the page is gone"), "{}", taken.out);
    assert_eq!(provider.asked(), [format!("DELETE /api/send/message?appToken={TOKEN}&messageContentId=77")]);
    // It is on record who has it no more, and nobody asks for it twice.
    let shown = desk.ok(&["history", "show", "d1-1", "--json"]).data();
    assert!(shown["taken_back"].is_string() && shown["state"] == "accepted", "{shown}");
    assert!(desk.ok(&["broadcast", "report", &sent]).out.contains("2 deliveries taken back"));
    assert_eq!(desk.ok(&["broadcast", "show", &sent, "--json"]).data()["taken_back"], 2);
    let again = desk.run(&["broadcast", "take-back", &sent, "--confirm-count", "2"]).ends(4);
    assert!(again.err.contains("has been taken back already"), "{}", again.err);
    assert_eq!(provider.asked(), Vec::<String>::new());
}

#[test]
fn blocking_there_needs_every_follow_and_retires_the_address_alone() {
    let (desk, provider) = (Desk::new(), Provider::new());
    provider.channel(&desk);
    desk.ok(&["subscriber", "add", "Ann", "--address", &format!("wx={}", uid('a'))]);
    provider.lists(&json!([
        {"uid": uid('a'), "id": 11, "type": 0}, {"uid": uid('a'), "id": 12, "type": 1}, {"uid": uid('b'), "id": 13}
    ]));
    provider.says("PUT /api/fun/reject", &json!("删除成功"));
    desk.ok(&["subscriber", "block", "Ann", "--at", "wx"]);
    let asked = provider.asked();
    let blocked: Vec<&String> = asked.iter().filter(|line| line.starts_with("PUT")).collect();
    let line = |id: i64| format!("PUT /api/fun/reject?appToken={TOKEN}&id={id}&reject=true");
    assert_eq!(blocked, [&line(11), &line(12)], "nobody else's follow");
    let ann = desk.ok(&["subscriber", "show", "Ann", "--json"]).data();
    assert_eq!(
        (ann["state"].as_str(), ann["addresses"][0]["state"].as_str()),
        (Some("active"), Some("dead"))
    );
}

#[test]
fn a_follow_is_ended_there_and_what_was_done_before_a_refusal_is_kept() {
    let (desk, provider) = (Desk::new(), Provider::new());
    provider.channel(&desk);
    for (name, letter) in [("Ann", 'a'), ("Bob", 'b')] {
        desk.ok(&["subscriber", "add", name, "--address", &format!("wx={}", uid(letter))]);
    }
    provider.lists(&json!([{"uid": uid('a'), "id": 11, "type": 0}]));
    provider.says("DELETE /api/fun/remove", &json!("删除成功"));
    let ended = desk.ok(&["subscriber", "unfollow", "Ann", "Bob", "--at", "wx"]);
    assert_eq!(ended.out, "1 no longer follows wx\n1 does not follow there\n");
    let asked = provider.asked();
    let removed: Vec<&String> = asked.iter().filter(|line| line.starts_with("DELETE")).collect();
    assert_eq!(removed, [&format!("DELETE /api/fun/remove?appToken={TOKEN}&id=11")]);
    let state =
        |who: &str| desk.ok(&["subscriber", "show", who, "--json"]).data()["addresses"][0]["state"].clone();
    assert_eq!((state("Ann"), state("Bob")), (json!("dead"), json!("active")));
    assert_eq!(desk.ok(&["audit", "list", "--json"]).data()["items"][0]["action"], "follow_end");
}

#[test]
fn the_line_for_scripts_keeps_its_token_until_asked() {
    let (desk, provider) = (Desk::new(), Provider::new());
    provider.channel(&desk);
    desk.ok(&["subscriber", "add", "Ann", "--address", &format!("wx={}", uid('a'))]);
    provider.says("POST /api/send/message", &json!([{"uid": uid('a'), "code": 1000}]));
    let sent = desk.send(&["--to", "channel:wx", "--wait", "--undo", "0"]).id();
    let masked = desk.ok(&["broadcast", "curl", &sent, "--person", "Ann"]);
    assert!(!masked.out.contains(TOKEN) && masked.out.contains("appToken=…ken1&content=Power%0AThe%20power"));
    let clear = desk.ok(&["broadcast", "curl", &sent, "--person", "Ann", "--reveal"]);
    assert!(clear.out.contains(&format!("appToken={TOKEN}&")), "{}", clear.out);
    assert_eq!(desk.ok(&["audit", "list", "--json"]).data()["items"][0]["action"], "reveal");
}

#[test]
fn addresses_are_asked_about_without_telling_anybody_and_dead_ones_are_retired_on_demand() {
    let desk = Desk::new();
    desk.channels();
    let lines = ["Ann,annskey000000000001".into(), "Ben,unknownkey0000000001".into()];
    desk.import("name,bk", &lines);
    let check = |more: &[&str]| {
        let args =
            [&["subscriber", "check", "--filter", "channel:bk", "--at", "bk", "--json"], more].concat();
        desk.ok(&args).data()
    };
    let found = check(&[]);
    assert_eq!((found["alive"].as_i64(), found["gone"][0]["name"].as_str()), (Some(1), Some("Ben")));
    assert!(!found.to_string().contains("unknownkey"), "a device key is a secret: {found}");
    assert_eq!(desk.ok(&["subscriber", "show", "Ben", "--json"]).data()["addresses"][0]["state"], "active");
    assert_eq!(check(&["--retire"])["retired"], true);
    assert_eq!(desk.ok(&["subscriber", "show", "Ben", "--json"]).data()["addresses"][0]["state"], "dead");
    assert!(desk.sandbox.received(pushdeck::sandbox::Kind::Bark).is_empty(), "nobody is told");
    desk.run(&["subscriber", "check", "Ann", "--at", "sc"]).ends(4);
    desk.ok(&["subscriber", "add", "Cyd", "--address", "sc=SCT1Tcydcydcyd"]);
    desk.run(&["subscriber", "check", "Cyd", "--at", "sc"]).ends(2);
    // Where there is no such question, the list of followers answers.
    let desk = Desk::new();
    let provider = Provider::new();
    provider.channel(&desk);
    desk.ok(&["subscriber", "add", "Ann", "--address", &format!("wx={}", uid('a'))]);
    provider.lists(&json!([]));
    let gone = desk.ok(&["subscriber", "check", "Ann", "--at", "wx"]);
    assert!(gone.out.contains("leads nowhere") && gone.out.contains("1 lead nowhere"), "{}", gone.out);
}
