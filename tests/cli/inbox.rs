//! What comes in: the whole way from a provider's request to a person's answer, in both languages.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use crate::desk::Desk;

/// `pushdeck serve --listen` at work; told to end when dropped.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(desk: &Desk) -> Self {
        let mut child = desk
            .command(&["serve", "--listen", "0"])
            .stdout(Stdio::null())
            .stdin(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let address = lines
            .find_map(|line| {
                let line = line.expect("text");
                line.rsplit(' ').next().filter(|word| word.starts_with("127.0.0.1:")).map(str::to_owned)
            })
            .expect("it listens");
        // What more it says has to go somewhere.
        std::thread::spawn(move || lines.count());
        Self { child, address }
    }

    /// The status that a request is answered with.
    fn post(&self, path: &str, body: &str) -> u16 {
        let mut stream = TcpStream::connect(&self.address).expect("connected");
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
    }

    fn end(mut self) -> i32 {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("told to end");
        self.child.wait().expect("it ends").code().expect("a code")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It has ended, unless the test failed.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A moment of today: what is told a day later is not acted on.
fn moment(after: u64) -> u64 {
    static BEGAN: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    let began = BEGAN.get_or_init(|| {
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("after 1970");
        since.as_millis() as u64 - 60_000
    });
    began + after
}

fn event(action: &str, after: u64, more: &str) -> String {
    let time = moment(after);
    format!(r#"{{"action":"{action}","data":{{"uid":"UID_anna0000","appId":97,"time":{time}{more}}}}}"#)
}

fn said(time: u64, text: &str) -> String {
    event("send_up_cmd", time, &format!(r#","content":"{text}""#))
}

#[test]
fn a_follow_a_command_a_question_and_its_answer() {
    let desk = Desk::new();
    desk.channels();
    desk.ok(&["topic", "add", "ops"]);
    desk.ok(&["topic", "add", "news"]);
    desk.ok(&["inbox", "rules", "set", "--do", "welcome", "--topic", "news", "--text", "Welcome!"]);
    let path =
        desk.ok(&["channel", "callback", "wx", "--json"]).data()["path"].as_str().expect("a path").to_owned();
    let served = Served::start(&desk);
    assert_eq!(served.post("/cb/wrong", &said(1, "x")), 404);
    for _ in 0..2 {
        assert_eq!(
            served.post(&path, &event("app_subscribe", 1, r#","source":"scan","extra":"poster""#)),
            200
        );
    }
    assert_eq!(served.post(&path, &said(2, "订阅 ops")), 200);
    assert_eq!(served.post(&path, &said(3, "When is the power back?")), 200);
    let list = desk.ok(&["inbox", "list", "--unread", "--json"]).data();
    assert_eq!(list["items"].as_array().expect("items").len(), 1);
    let row = &list["items"][0];
    assert_eq!((row["unread"].as_i64(), row["lines"].as_i64()), (Some(1), Some(3)), "{row}");
    assert_eq!(row["newest"]["text"], "When is the power back?");
    let person = row["person"].as_str().expect("an id").to_owned();
    let topics = desk.ok(&["subscriber", "show", &person, "--json"]).data()["topics"].clone();
    assert_eq!(topics, serde_json::json!(["ops", "news"]));
    let reply = desk.ok(&["inbox", "reply", &person, "At nine, as {{planned}}."]).id();
    desk.ok(&["broadcast", "watch", &reply]);
    assert_eq!(desk.books(&reply)["accepted"], 1);
    let show = desk.ok(&["inbox", "show", &person, "--json"]).data();
    let lines: Vec<(&str, &str)> = show["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|line| (line["who"].as_str().expect("who"), line["text"].as_str().expect("text")))
        .collect();
    assert_eq!(
        lines,
        [
            ("person", "poster"),
            ("us", "Welcome!"),
            ("person", "订阅 ops"),
            ("us", "已订阅 ops。发送“退订 ops”可取消。"),
            ("person", "When is the power back?"),
            ("us", "At nine, as {{planned}}."),
        ]
    );
    let got: Vec<String> = desk
        .sandbox
        .received(pushdeck::sandbox::Kind::Wxpusher)
        .iter()
        .map(|message| message.body["content"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert!(got.contains(&"At nine, as {{planned}}.".to_owned()), "{got:?}");
    assert!(
        desk.ok(&["inbox", "list", "--unread", "--json"]).data()["items"]
            .as_array()
            .expect("items")
            .is_empty()
    );
    assert!(desk.ok(&["broadcast", "list", "--json"]).data()["items"].as_array().expect("items").is_empty());
    assert_eq!(served.end(), 0);
    desk.ok(&["db", "check"]);
    let logs: Vec<String> = std::fs::read_dir(desk.path(".local/state/pushdeck/log"))
        .expect("the log")
        .map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("text"))
        .collect();
    assert!(logs.iter().any(|log| !log.is_empty()));
    for secret in [path.trim_start_matches("/cb/"), "power back", "UID_anna0000"] {
        assert!(logs.iter().all(|log| !log.contains(secret)), "{secret}");
    }
}

#[test]
fn who_opts_out_by_a_message_stays_out_whatever_is_imported() {
    let desk = Desk::new();
    desk.channels();
    desk.ok(&["topic", "add", "ops"]);
    let path =
        desk.ok(&["channel", "callback", "wx", "--json"]).data()["path"].as_str().expect("a path").to_owned();
    let served = Served::start(&desk);
    assert_eq!(served.post(&path, &said(1, "subscribe ops")), 200);
    assert_eq!(served.post(&path, &said(2, "STOP")), 200);
    assert_eq!(served.end(), 0);
    desk.import("name,topics,wx", &["Anna,ops,UID_anna0000".into()]);
    let state =
        |desk: &Desk| desk.ok(&["subscriber", "show", "UID_anna0000", "--json"]).data()["state"].clone();
    assert_eq!(state(&desk), "unsubscribed");
    desk.ok(&["subscriber", "remove", "UID_anna0000", "--yes"]);
    desk.import("name,topics,wx", &["Anna,ops,UID_anna0000".into()]);
    assert_eq!(state(&desk), "unsubscribed", "not even as somebody new");
}

#[test]
fn the_url_is_shown_whole_kept_and_replaced() {
    let desk = Desk::new();
    desk.channels();
    let first = desk.ok(&["channel", "callback", "wx", "--public-url", "https://push.example.com/in/"]).out;
    assert!(first.starts_with("https://push.example.com/in/cb/"), "{first}");
    assert_eq!(desk.ok(&["channel", "callback", "wx"]).out, first);
    let second = desk.ok(&["channel", "callback", "wx", "--rotate"]).out;
    assert_ne!(first, second);
    desk.run(&["channel", "callback", "bk"]).ends(2).tells("no callback URL");
    desk.run(&["channel", "callback", "wx", "--public-url", "ftp://x"]).ends(2);
    desk.run(&["serve", "--listen", "nowhere"]).ends(2).tells("127.0.0.1:8480");
    // The secret is in no listing.
    let secret = second.trim().rsplit('/').next().expect("a secret").to_owned();
    for list in [&["channel", "show", "wx", "--json"][..], &["channel", "list", "--json"], &["audit", "list"]]
    {
        assert!(!desk.ok(list).out.contains(&secret), "{list:?}");
    }
}

#[test]
fn rules_are_listed_set_and_removed_in_both_languages() {
    let mut desk = Desk::new();
    desk.channels();
    let id = desk.ok(&["inbox", "rules", "set", "on call", "--do", "answer", "--text", "Call 555"]).id();
    let all = desk.ok(&["inbox", "rules", "list", "--json"]).data();
    assert_eq!(all["items"].as_array().expect("items").len(), 10, "nine are there from the beginning");
    desk.run(&["inbox", "rules", "set", "x", "--do", "answer"]).ends(2).tells("--text");
    desk.run(&["inbox", "show", "m99"]).ends(4);
    desk.set_env("PUSHDECK_LANG", "zh-CN");
    let out = desk.ok(&["inbox", "rules", "list"]).out;
    assert!(out.contains("指令") && out.contains("退订 {topic}") && !out.contains("PATTERN"), "{out}");
    desk.run(&["inbox", "rules", "set", "x", "--do", "subscribe"]).ends(2).tells("--topic");
    desk.ok(&["inbox", "rules", "remove", &id]);
    desk.run(&["inbox", "rules", "remove", &id]).ends(4);
}
