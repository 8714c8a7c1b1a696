//! Providers that no protocol describes: they hang, trickle, reset, break off, flood and redirect. Each call ends
//! within its time, in the state that the evidence allows, with a bounded part of the answer in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use pushdeck::domain::delivery::{Class, DeliveryState as S};
use pushdeck::store::pick::Pick;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::Shop;

/// Seconds that a call may take here.
const TIMEOUT: &str = "1";
/// What all of them together may take: one timeout, its grace, and a busy machine.
const ALL: Duration = Duration::from_secs(8);
/// What a flood may have cost by the time the client has had enough: the cap and what lies in sockets.
const FLOOD: u64 = 24 * 1024 * 1024;
/// How much the process may grow over three floods at once, other tests beside them.
const MEMORY_KIB: u64 = 96 * 1024;

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
const HALF: &str = "{\"code\":200,\"mess";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Oddity {
    Hangs,
    TricklesTheHead,
    TricklesTheBody,
    ResetsInTheRequest,
    ResetsAfterTheRequest,
    ResetsInTheAnswer,
    BreaksOff,
    SaysHalf,
    FloodsInClear,
    FloodsInGzip,
    FloodsHeaders,
    FloodsOneHeader,
    Redirects,
}

use Oddity as O;

const ALL_ODDITIES: [Oddity; 13] = [
    O::Hangs,
    O::TricklesTheHead,
    O::TricklesTheBody,
    O::ResetsInTheRequest,
    O::ResetsAfterTheRequest,
    O::ResetsInTheAnswer,
    O::BreaksOff,
    O::SaysHalf,
    O::FloodsInClear,
    O::FloodsInGzip,
    O::FloodsHeaders,
    O::FloodsOneHeader,
    O::Redirects,
];

impl Oddity {
    /// What the books must say of the one person whom the call was for.
    const fn leads_to(self) -> (S, Class) {
        match self {
            // Read to its end and not understood, or more than anybody reads.
            Self::SaysHalf | Self::FloodsInClear | Self::FloodsInGzip => (S::Unknown, Class::Provider),
            // Nobody got it, and the channel waits for a repair.
            Self::Redirects => (S::Planned, Class::Credential),
            _ => (S::Unknown, Class::Network),
        }
    }
}

/// What a server saw.
#[derive(Default)]
struct Seen {
    calls: AtomicU64,
    written: AtomicU64,
}

struct Odd {
    url: String,
    seen: Arc<Seen>,
}

impl Odd {
    async fn start(oddity: Oddity, elsewhere: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(Seen::default());
        let noted = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                noted.calls.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, oddity, elsewhere.clone(), Arc::clone(&noted)));
            }
        });
        Self { url, seen }
    }
}

/// The client goes away when it has had enough: a failed write is the end of the conversation.
async fn serve(mut stream: TcpStream, oddity: Oddity, elsewhere: String, seen: Arc<Seen>) {
    if oddity == O::ResetsInTheRequest {
        stream.read_exact(&mut [0; 1]).await.expect("a request");
        return stream.set_zero_linger().expect("a reset");
    }
    read_request(&mut stream).await;
    match oddity {
        O::ResetsInTheRequest | O::Hangs => wait_for_the_end(&mut stream).await,
        O::TricklesTheHead => trickle(&mut stream, HEAD).await,
        O::TricklesTheBody => {
            let _gone = stream.write_all(format!("{HEAD}content-length: 999\r\n\r\n").as_bytes()).await;
            trickle(&mut stream, "{\"code\":200,\"message\":\"success\"}").await;
        }
        O::ResetsAfterTheRequest => stream.set_zero_linger().expect("a reset"),
        O::ResetsInTheAnswer => {
            let _gone = stream.write_all(b"H").await;
            stream.set_zero_linger().expect("a reset");
        }
        O::BreaksOff => {
            let _gone = stream.write_all(format!("{HEAD}content-length: 99\r\n\r\n{HALF}").as_bytes()).await;
        }
        O::SaysHalf => {
            let length = HALF.len();
            let _gone =
                stream.write_all(format!("{HEAD}content-length: {length}\r\n\r\n{HALF}").as_bytes()).await;
        }
        O::FloodsInClear => {
            let _gone = stream.write_all(format!("{HEAD}\r\n").as_bytes()).await;
            flood(&mut stream, &[b' '; 16 * 1024], &seen).await;
        }
        O::FloodsInGzip => {
            let (start, zeros) = endless_gzip();
            let _gone = stream.write_all(format!("{HEAD}content-encoding: gzip\r\n\r\n").as_bytes()).await;
            let _gone = stream.write_all(&start).await;
            flood(&mut stream, &zeros.repeat(256), &seen).await;
        }
        O::FloodsHeaders => {
            let _gone = stream.write_all(HEAD.as_bytes()).await;
            flood(&mut stream, "x-more: and more\r\n".repeat(512).as_bytes(), &seen).await;
        }
        O::FloodsOneHeader => {
            let _gone = stream.write_all(format!("{HEAD}x-long: ").as_bytes()).await;
            flood(&mut stream, &[b'a'; 16 * 1024], &seen).await;
        }
        O::Redirects => {
            let answer =
                format!("HTTP/1.1 307 Moved\r\nlocation: {elsewhere}/push\r\ncontent-length: 0\r\n\r\n");
            let _gone = stream.write_all(answer.as_bytes()).await;
            wait_for_the_end(&mut stream).await;
        }
    }
}

/// Reads one request whole: its head, and as much as that says.
async fn read_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    loop {
        let read = stream.read_buf(&mut request).await.expect("a request");
        assert!(read > 0, "the client says something");
        let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
        let Some((head, _)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.split_once("content-length: ").map_or("0", |(_, rest)| rest);
        let length: usize = length.lines().next().expect("a line").parse().expect("a number");
        if request.len() >= head.len() + 4 + length {
            return;
        }
    }
}

async fn wait_for_the_end(stream: &mut TcpStream) {
    let _gone = stream.read(&mut [0; 16]).await;
}

/// A byte a second, for as long as anybody listens.
async fn trickle(stream: &mut TcpStream, text: &str) {
    for byte in text.bytes() {
        if stream.write_all(&[byte]).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn flood(stream: &mut TcpStream, part: &[u8], seen: &Seen) {
    while seen.written.load(Ordering::SeqCst) < 4 * FLOOD && stream.write_all(part).await.is_ok() {
        seen.written.fetch_add(part.len() as u64, Ordering::SeqCst);
    }
}

/// A gzip stream without an end: its start, and 13 bytes that stand for 2,064 zeros.
fn endless_gzip() -> (Vec<u8>, Vec<u8>) {
    // The fixed codes of a zero and of "258 times the byte before", most significant bit first.
    let (zero, again) = ("00110000", "1100010100000");
    let bytes = |bits: String| -> Vec<u8> {
        let bits: Vec<u8> = bits.bytes().map(|bit| bit - b'0').collect();
        bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |sum, bit| sum * 2 + bit)).collect()
    };
    let mut start = b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec();
    // Not the last block, fixed codes; with one repetition it ends on a whole byte.
    start.extend(bytes(format!("010{zero}{again}")));
    (start, bytes(again.repeat(8)))
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux says");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the peak");
    line.split_whitespace().next().expect("a number").parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_provider_does_ends_in_time_and_in_the_state_that_the_evidence_allows() {
    let mut shop = Shop::open().await;
    let elsewhere = Odd::start(O::Hangs, String::new()).await;
    let mut servers = Vec::new();
    for (kind, secret, address) in [
        ("bark", None, "barkkey00000000000001"),
        ("wxpusher", Some(("app_token", "AT_odd")), "UID_odd"),
        ("serverchan", None, "SCT1Tabcdefghijkl"),
    ] {
        for oddity in ALL_ODDITIES {
            let server = Odd::start(oddity, elsewhere.url.clone()).await;
            let name = format!("{kind} {oddity:?}");
            let settings = vec![("base_url", server.url.clone()), ("timeout", TIMEOUT.to_owned())];
            shop.add_channel(&name, kind, settings, secret.into_iter().collect());
            shop.person(&name, &[(&name, address.to_owned())]);
            servers.push((name, oddity, server));
        }
    }
    let id = shop.release("The same for all", "status:active");
    let (before, begun) = (peak_kib(), Instant::now());
    shop.send_all().await;
    let (took, grown) = (begun.elapsed(), peak_kib() - before);
    let rows = shop.db.deliveries(&Pick::of(id), None, 99).expect("rows");
    for (name, oddity, server) in &servers {
        let row = rows.iter().find(|row| row.name == *name).expect("a row");
        let (state, class) = oddity.leads_to();
        if state == S::Planned {
            let pause = shop.db.channel(row.channel_id.expect("a channel")).expect("a channel").pause;
            assert!([S::Planned, S::Deferred].contains(&row.state) && pause.is_some(), "{name}: {row:?}");
        } else {
            assert_eq!((row.state, row.class), (state, Some(class)), "{name}: {}", row.provider_text);
        }
        assert_eq!(server.seen.calls.load(Ordering::SeqCst), 1, "{name}: called once, never by itself again");
        let written = server.seen.written.load(Ordering::SeqCst);
        assert!(written < FLOOD, "{name}: {written} bytes were taken");
    }
    assert_eq!(elsewhere.seen.calls.load(Ordering::SeqCst), 0, "nobody follows a redirect");
    assert!(took < ALL, "{took:?}");
    assert!(grown < MEMORY_KIB, "the process grew by {grown} KiB");
    println!("{} odd providers in {} ms, {grown} KiB more at the peak", servers.len(), took.as_millis());
}
