//! Over real sockets on loopback: what is let in, what is turned away, and what is durable when it is answered.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Barrier;

use super::*;
use crate::domain::id::ChannelId;
use crate::domain::secret::Secret;
use crate::seal::keyfile::KeyPlace;
use crate::store::channels::NewChannel;
use crate::store::db::{Access, Db, wall_clock};
use crate::store::inbox::Which;

struct Place {
    folder: tempfile::TempDir,
    channel: ChannelId,
    path: String,
}

fn opening(folder: &Path) -> Opening {
    Opening {
        folder: folder.join("data"),
        key: KeyPlace::Folder(folder.join("keys")),
        access: Access::Create,
        clock: wall_clock(),
        operator: "tests".to_owned(),
    }
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut db = opening(folder.path()).open().expect("a store");
        let new = NewChannel {
            name: "push".into(),
            kind: "wxpusher".into(),
            secrets: [("app_token".to_owned(), Secret::new("AT_secret_token"))].into(),
            ..NewChannel::default()
        };
        let channel = db.add_channel(&new).expect("a channel");
        let path = db.door_url(channel, false).expect("a door").path.expose().to_owned();
        Self { folder, channel, path }
    }

    fn db(&self) -> Db {
        opening(self.folder.path()).open().expect("a store")
    }

    fn start(&self, limits: Limits) -> Receiver {
        let any = "127.0.0.1:0".parse().expect("an address");
        Receiver::start(opening(self.folder.path()), any, limits).expect("started")
    }

    fn lines(&self) -> i64 {
        self.db()
            .conversations(&Which::default(), None, 10_000)
            .expect("listed")
            .iter()
            .map(|row| row.lines)
            .sum()
    }
}

fn said(n: usize) -> String {
    format!(
        r#"{{"action":"send_up_cmd","data":{{"uid":"UID_{n:06}","appId":97,"time":{},"content":"hello {n}"}}}}"#,
        1_603_002_697_386_u64 + n as u64
    )
}

fn post(path: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The status and body of what is answered to these bytes; 0 if nothing is.
fn ask(receiver: &Receiver, bytes: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(receiver.address()).expect("connected");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a time limit");
    // Whoever turns a body away closes while it still comes.
    drop(stream.write_all(bytes));
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer));
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    (status, answer.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned())
}

#[test]
fn what_was_answered_is_there_and_what_comes_twice_is_there_once() {
    let place = Place::new();
    let receiver = place.start(Limits::default());
    for _ in 0..3 {
        assert_eq!(ask(&receiver, &post(&place.path, &said(1))), (200, "ok".to_owned()));
        assert_eq!(place.lines(), 1);
    }
    // A proxy may leave a path before ours.
    let behind = format!("/hooks/push{}", place.path);
    assert_eq!(ask(&receiver, &post(&behind, &said(2))).0, 200);
    assert_eq!(place.lines(), 2);
    receiver.stop();
}

#[test]
fn whoever_does_not_know_a_secret_is_told_nothing() {
    let place = Place::new();
    let receiver = place.start(Limits::default());
    let secret = place.path.trim_start_matches("/cb/");
    let paths = [
        "/".to_owned(),
        "/cb".to_owned(),
        "/cb/".to_owned(),
        "/cb/wrong".to_owned(),
        format!("/cb/{}", &secret[1..]),
        format!("/cb/{secret}/"),
        format!("/bc/{secret}"),
        format!("/cb/{secret}x"),
        format!("/cb%2F{secret}"),
        "/cb/%00".to_owned(),
        format!("/{}", "a".repeat(5_000)),
    ];
    let large = "x".repeat(10 << 20);
    for path in paths {
        assert_eq!(ask(&receiver, &post(&path, &said(1))), (404, String::new()), "{path}");
    }
    assert_eq!(ask(&receiver, &post("/cb/wrong", &large)).0, 404, "not a byte of it is waited for");
    assert_eq!(place.lines(), 0);
    receiver.stop();
}

#[test]
fn malformed_requests_are_turned_away_and_leave_nothing() {
    let place = Place::new();
    let receiver = place.start(Limits { body_time: Duration::from_millis(300), ..Limits::default() });
    let path = &place.path;
    let deep = format!(r#"{{"action":"x","data":{}{}}}"#, "[".repeat(20_000), "]".repeat(20_000));
    for body in ["", "{", "null", "\u{0}", deep.as_str(), "<xml></xml>"] {
        assert_eq!(ask(&receiver, &post(path, body)).0, 400, "{}", &body[..body.len().min(20)]);
    }
    let mut invalid = post(path, "{\"action\":\"xx\"}");
    let at = invalid.len() - 3;
    invalid[at] = 0xff;
    assert_eq!(ask(&receiver, &invalid).0, 400);
    // Ten megabytes, told and untold.
    assert_eq!(ask(&receiver, &post(path, &"x".repeat(10 << 20))).0, 413);
    let mut untold =
        format!("POST {path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n")
            .into_bytes();
    untold.extend_from_slice(format!("{:x}\r\n{}\r\n0\r\n\r\n", 1 << 20, "x".repeat(1 << 20)).as_bytes());
    assert_eq!(ask(&receiver, &untold).0, 413);
    // A body that never ends.
    let cut = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\n{{\"action\"");
    assert_eq!(ask(&receiver, cut.as_bytes()).0, 408);
    for method in ["PUT", "DELETE", "OPTIONS"] {
        let request = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        assert_eq!(ask(&receiver, request.as_bytes()).0, 405);
    }
    assert_eq!(ask(&receiver, b"\x16\x03\x01\x02\x00 not http\r\n\r\n").0, 400);
    assert_eq!(place.lines(), 0);
    assert_eq!(ask(&receiver, &post(path, &said(1))).0, 200, "and it goes on");
    receiver.stop();
}

#[test]
fn silent_connections_make_room_for_whoever_comes() {
    let place = Place::new();
    // Silence alone ends none of them while this runs.
    let limits = Limits { connections: 8, head_time: Duration::from_secs(3_600), ..Limits::default() };
    let receiver = place.start(limits);
    let silent: Vec<TcpStream> = (0..40)
        .map(|n| {
            let mut stream = TcpStream::connect(receiver.address()).expect("connected");
            if n % 2 == 0 {
                stream.write_all(b"POST /cb/x HTT").expect("begun");
            }
            stream
        })
        .collect();
    assert_eq!(ask(&receiver, &post(&place.path, &said(1))).0, 200);
    drop(silent);
    receiver.stop();
}

#[test]
fn a_flood_of_many_connections_is_slowed_and_what_was_answered_is_there() {
    const THREADS: usize = 24;
    const EACH: usize = 20;
    let place = Place::new();
    let limits = Limits {
        channel: Pace { burst: 200, per_second: 0 },
        all: Pace { burst: 1_000, per_second: 0 },
        ..Limits::default()
    };
    let receiver = place.start(limits);
    let start = Barrier::new(THREADS);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let (receiver, place, start) = (&receiver, &place, &start);
        let workers: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn(move || {
                    start.wait();
                    (0..EACH)
                        .map(|n| ask(receiver, &post(&place.path, &said(thread * EACH + n))).0)
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect()
    });
    let taken = statuses.iter().filter(|status| **status == 200).count();
    assert!(statuses.iter().all(|status| matches!(status, 200 | 429)), "{statuses:?}");
    assert_eq!(taken, 200, "of {}", statuses.len());
    assert_eq!(place.lines(), taken as i64);
    assert_eq!(place.db().check().expect("checked"), []);
    receiver.stop();
}

#[test]
fn another_secret_closes_the_old_door() {
    let place = Place::new();
    let receiver = place.start(Limits::default());
    let anew = place.db().door_url(place.channel, true).expect("made anew").path.expose().to_owned();
    let until = std::time::Instant::now() + Duration::from_secs(20);
    while ask(&receiver, &post(&anew, &said(1))).0 != 200 {
        assert!(std::time::Instant::now() < until, "the new door never opens");
    }
    assert_eq!(ask(&receiver, &post(&place.path, &said(2))).0, 404);
    receiver.stop();
}

#[test]
fn a_receiver_that_stops_answers_what_it_was_told_and_then_is_gone() {
    let place = Place::new();
    let receiver = place.start(Limits::default());
    let address = receiver.address();
    let mut begun = TcpStream::connect(address).expect("connected");
    let whole = post(&place.path, &said(1));
    let (first, rest) = whole.split_at(whole.len() - 5);
    begun.write_all(first).expect("begun");
    // Something that was read for sure: the one behind it was answered.
    assert_eq!(ask(&receiver, &post(&place.path, &said(2))).0, 200);
    let stopping = std::thread::spawn(move || receiver.stop());
    let mut late = 0;
    while let Ok(mut stream) = TcpStream::connect(address) {
        drop(stream.write_all(&post(&place.path, &said(3))));
        let mut answer = String::new();
        drop(stream.read_to_string(&mut answer));
        late += usize::from(answer.contains(" 503 "));
        if late == 1 {
            begun.write_all(rest).expect("ended");
        }
    }
    let mut answer = String::new();
    begun.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    stopping.join().expect("stopped");
    let lines = place.lines();
    assert!(late > 0 && lines >= 2, "{late} were told to come again, {lines} are there");
}

#[test]
fn a_port_that_is_taken_is_told() {
    let place = Place::new();
    let receiver = place.start(Limits::default());
    let again = Receiver::start(opening(place.folder.path()), receiver.address(), Limits::default());
    assert!(matches!(again, Err(ReceiverError::Listen { .. })));
    receiver.stop();
}

/// The official sealed request of WeChat, at its second.
#[test]
fn wechat_s_signatures_decide_over_http_as_well() {
    const SEALED: &str = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=";
    const QUERY: &str = "encrypt_type=aes&timestamp=1714112445&nonce=415670741\
        &msg_signature=046e02f8204d34f8ba5fa3b1db94908f3df2e9b3";
    let place = Place::new();
    let new = NewChannel {
        name: "oa".into(),
        kind: "wechat".into(),
        settings: [("app_id".to_owned(), "wxba5fad812f8e6fb9".to_owned())].into(),
        secrets: [
            ("callback_token".to_owned(), "AAAAA".into()),
            ("aes_key".to_owned(), Secret::new("A".repeat(43))),
        ]
        .into(),
    };
    let mut db = place.db();
    let channel = db.add_channel(&new).expect("a channel");
    let path = db.door_url(channel, false).expect("a door").path.expose().to_owned();
    let at = |seconds: i64| {
        let clock: crate::store::db::Clock = Arc::new(move || crate::domain::time::Millis(seconds * 1_000));
        let any = "127.0.0.1:0".parse().expect("an address");
        let opening = Opening { clock, ..opening(place.folder.path()) };
        Receiver::start(opening, any, Limits::default()).expect("started")
    };
    let body = format!(r#"{{"ToUserName":"gh_97417a04a28d","Encrypt":"{SEALED}"}}"#);
    let plain = r#"{"FromUserName":"o","MsgType":"text","Content":"forged","MsgId":"1"}"#;
    let receiver = at(1_714_112_445);
    let target = format!("{path}?{QUERY}");
    for _ in 0..2 {
        assert_eq!(ask(&receiver, &post(&target, &body)), (200, "success".to_owned()));
        assert_eq!(place.lines(), 1, "a replay is the same line");
    }
    assert_eq!(ask(&receiver, &post(&target, plain)).0, 403, "what is not sealed is not believed");
    assert_eq!(ask(&receiver, &post(&target, &body.replace("+qdx1", "+qdx2"))).0, 403);
    assert_eq!(ask(&receiver, &post(&target.replace("046e02", "046e03"), &body)).0, 403);
    assert_eq!(ask(&receiver, &post(&path, &body)).0, 403);
    receiver.stop();
    let receiver = at(1_714_112_445 + 601);
    assert_eq!(ask(&receiver, &post(&target, &body)).0, 403, "stale");
    receiver.stop();
    let receiver = at(1_714_036_504);
    let echo = format!(
        "GET {path}?signature=f464b24fc39322e44b38aa78f5edd27bd1441696&timestamp=1714036504&nonce=1514711492\
         &echostr=4375120948345356249 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    );
    assert_eq!(ask(&receiver, echo.as_bytes()), (200, "4375120948345356249".to_owned()));
    assert_eq!(ask(&receiver, echo.replace("f464", "f465").as_bytes()).0, 403);
    receiver.stop();
    assert_eq!(place.lines(), 1);
}
