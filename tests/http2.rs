//! Apple's wire, against a small server that speaks HTTP/2 in clear: thousands of requests over one connection, and
//! what a server that goes away has certainly not processed goes again by itself.

#[path = "support/apple.rs"]
mod apple;
#[path = "support/proxy.rs"]
mod proxy;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use apple::{Manners, Seen};
use futures_util::future::join_all;
use proxy::Speaks;
use pushdeck::channels::call::Call;
use pushdeck::channels::catalog;
use pushdeck::channels::kind::{Target, To};
use pushdeck::channels::outcome::{Outcomes, Verdict};
use pushdeck::channels::pass::Departure;
use pushdeck::delivery::http::HttpCarrier;
use pushdeck::domain::channel::Account;
use pushdeck::domain::id::ChannelId;
use pushdeck::domain::message::Content;
use pushdeck::domain::secret::Secret;
use pushdeck::domain::time::Millis;

/// A server that takes so many streams at once, and says goodbye after so many requests on a connection.
async fn server(streams: u32, goodbye_after: usize) -> (SocketAddr, Arc<Seen>) {
    let known = |token: &str| if token == "a.b.c" { Ok(()) } else { Err("InvalidProviderToken") };
    apple::server(Manners { streams, goodbye_after, slams_after: None, check: Arc::new(known) }).await
}

fn account(address: SocketAddr) -> Account {
    let base = format!("http://{address}");
    let settings = [("team_id", "T"), ("key_id", "K"), ("bundle_id", "com.example.app"), ("base_url", &base)];
    Account {
        id: ChannelId(1),
        name: "app".into(),
        kind: "apns".into(),
        settings: settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        secrets: BTreeMap::new(),
    }
}

fn target(address: &str) -> Target {
    Target {
        to: To::Person(Secret::new(address)),
        name: String::new(),
        key: "pd0-7-1".into(),
        token: String::new(),
        stamp: Millis(0),
        again: false,
        in_place_of: None,
    }
}

/// Sends to each of these at the same moment.
async fn send_to(carrier: &HttpCarrier, account: &Account, devices: &[String]) -> Vec<Verdict> {
    let apns = catalog::kind("apns").expect("a kind");
    let pass = Secret::new("a.b.c");
    let content = Content { title: "T".into(), ..Content::default() };
    let sent = devices.iter().map(|device| {
        let target = [target(device)];
        let call = apns.build(account, &content, &target).expect("built");
        let departure = Departure { now: Millis(0), pass: Some(&pass) };
        let Ok(Call::Http(call)) = apns.depart(account, call, &departure) else { unreachable!("HTTP") };
        async move {
            let answer = carrier.carry(&call, Duration::from_secs(30)).await;
            match apns.read(&target, &answer).outcomes {
                Outcomes::All(outcome) => outcome.verdict,
                outcomes => unreachable!("one for one: {outcomes:?}"),
            }
        }
    });
    join_all(sent).await
}

/// So many devices, every tenth of which has left.
fn devices(n: usize) -> Vec<String> {
    let device = |index| if index % 10 == 0 { format!("{index:060x}dead") } else { format!("{index:064x}") };
    (1..=n).map(device).collect()
}

fn count(verdicts: &[Verdict], wanted: Verdict) -> usize {
    verdicts.iter().filter(|verdict| **verdict == wanted).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_pushes_that_leave_at_once_share_one_connection() {
    let (address, seen) = server(1_000, usize::MAX).await;
    let carrier = HttpCarrier::new(None).expect("a client");
    let verdicts = send_to(&carrier, &account(address), &devices(2_000)).await;
    assert_eq!((count(&verdicts, Verdict::Accepted), count(&verdicts, Verdict::Rejected)), (1_800, 200));
    assert_eq!(seen.counts(), (1, 2_000, 1, 1));
}

/// As Apple begins with a provider token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_takes_one_stream_at_a_time_gets_one_at_a_time() {
    let (address, seen) = server(1, usize::MAX).await;
    let carrier = HttpCarrier::new(None).expect("a client");
    let verdicts = send_to(&carrier, &account(address), &devices(50)).await;
    assert_eq!((count(&verdicts, Verdict::Accepted), count(&verdicts, Verdict::Rejected)), (45, 5));
    assert_eq!(seen.counts(), (1, 50, 1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_goodbye_costs_a_new_connection_and_nobody_their_push() {
    let (address, seen) = server(10, 100).await;
    let carrier = HttpCarrier::new(None).expect("a client");
    for _ in 0..3 {
        let verdicts = send_to(&carrier, &account(address), &devices(100)).await;
        assert_eq!((count(&verdicts, Verdict::Accepted), count(&verdicts, Verdict::Rejected)), (90, 10));
    }
    assert_eq!(seen.requests.load(Ordering::Relaxed), 300, "nothing twice");
    assert!(seen.connections.load(Ordering::Relaxed) >= 3);
}

/// The reset overtakes nothing: what the server said before it is read, though writing fails meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_server_that_slams_the_door_only_what_it_looked_at_is_unknown() {
    let manners = Manners {
        streams: 1_000,
        goodbye_after: usize::MAX,
        slams_after: Some(20),
        check: Arc::new(|_| Ok(())),
    };
    let (address, seen) = apple::server(manners).await;
    let carrier = HttpCarrier::new(None).expect("a client");
    let verdicts = send_to(&carrier, &account(address), &devices(99)).await;
    assert_eq!(
        count(&verdicts, Verdict::Unknown),
        1,
        "it was looked at, and there is no answer: {verdicts:?}"
    );
    let answered = count(&verdicts, Verdict::Accepted) + count(&verdicts, Verdict::Rejected);
    assert_eq!((answered, seen.counts()), (98, (2, 98, 1, 1)));
}

#[tokio::test]
async fn it_goes_through_the_configured_proxy() {
    let (address, seen) = server(100, usize::MAX).await;
    let (http, asked) = proxy::proxy(Speaks::Http).await;
    let carrier = HttpCarrier::new(Some(&format!("http://ops:p%40ss@{http}"))).expect("a client");
    assert_eq!(send_to(&carrier, &account(address), &devices(9)).await, [Verdict::Accepted; 9]);
    let first = asked.lock().expect("kept")[0].to_ascii_lowercase();
    assert!(first.starts_with(&format!("connect {address} http/1.1\r\n")), "{first}");
    // base64 of ops:p@ss
    assert!(first.contains("proxy-authorization: basic b3bzonbac3m=\r\n"), "{first}");

    let (socks, asked) = proxy::proxy(Speaks::Socks5).await;
    let carrier = HttpCarrier::new(Some(&format!("socks5://{socks}"))).expect("a client");
    assert_eq!(send_to(&carrier, &account(address), &devices(9)).await, [Verdict::Accepted; 9]);
    assert_eq!(*asked.lock().expect("kept"), [address.to_string()]);
    assert_eq!(seen.counts(), (2, 18, 1, 1));
}

#[tokio::test]
async fn teams_never_share_a_connection() {
    let (address, seen) = server(100, usize::MAX).await;
    let carrier = HttpCarrier::new(None).expect("a client");
    let (one, mut other) = (account(address), account(address));
    other.settings.insert("team_id".into(), "another".into());
    for account in [&one, &other, &one] {
        assert_eq!(send_to(&carrier, account, &devices(1)).await, [Verdict::Accepted]);
    }
    assert_eq!(seen.connections.load(Ordering::Relaxed), 2);
}

/// Those who wait for another one's connection have not left either.
#[tokio::test]
async fn when_nobody_can_be_reached_nothing_has_left() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let carrier = HttpCarrier::new(None).expect("a client");
    let verdicts = send_to(&carrier, &account(address), &devices(50)).await;
    assert_eq!(count(&verdicts, Verdict::Retry { after: None }), 50);
}
