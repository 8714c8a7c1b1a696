//! Access tokens on the way of real calls: one refresh for all, a refused one replaced once, and what becomes of those
//! who wait for one. And a second way to the same person, after the first was closed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use pushdeck::channels::callback::{Allowance, Came, Event};
use pushdeck::domain::broadcast::PauseReason;
use pushdeck::domain::delivery::{Class, DeliveryState as S};
use pushdeck::store::history::DeliveryRow;
use pushdeck::store::inbox::{Incoming, Taken};
use pushdeck::store::pick::Pick;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::support::Shop;

/// How this WeChat behaves.
#[derive(Debug, Clone, Copy, Default)]
struct Script {
    /// Tokens with these numbers are refused by everything that is sent with them.
    refused: (u32, u32),
    /// What the token endpoint says instead of giving one.
    no_token: Option<&'static str>,
    /// The first questions for a token that are broken off.
    lost: u32,
    /// What customer messages are told.
    customer: Option<&'static str>,
}

/// What it saw.
#[derive(Debug, Default)]
struct Seen {
    tokens: u32,
    templates: BTreeMap<String, u32>,
    refusals: u32,
    customers: u32,
}

#[derive(Clone)]
struct WeChat {
    url: String,
    script: Script,
    seen: Arc<Mutex<Seen>>,
    /// Woken by every answer.
    answered: Arc<Notify>,
}

impl WeChat {
    async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let wechat = Self { url, script, seen: Arc::default(), answered: Arc::default() };
        let server = wechat.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(server.clone().serve(stream));
            }
        });
        wechat
    }

    async fn serve(self, mut stream: TcpStream) {
        while let Some((path, body)) = request(&mut stream).await {
            let Some(answer) = self.answer(&path, &body) else { return };
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n",
                answer.len()
            );
            let _gone = stream.write_all(format!("{head}{answer}").as_bytes()).await;
            self.answered.notify_one();
        }
    }

    fn answer(&self, path: &str, body: &Value) -> Option<String> {
        let mut seen = self.seen.lock().expect("nobody panicked");
        if path == "/cgi-bin/stable_token" {
            seen.tokens += 1;
            if seen.tokens <= self.script.lost {
                return None;
            }
            let token = format!(r#"{{"access_token":"TOKEN-{}","expires_in":7200}}"#, seen.tokens);
            return Some(self.script.no_token.map_or(token, str::to_owned));
        }
        let number = path.split_once("?access_token=TOKEN-").and_then(|(_, number)| number.parse().ok());
        let (from, to) = self.script.refused;
        if number.is_none_or(|number: u32| (from..=to).contains(&number)) {
            seen.refusals += 1;
            return Some(r#"{"errcode":40001,"errmsg":"invalid credential rid: 1-2-3"}"#.to_owned());
        }
        if path.starts_with("/cgi-bin/message/custom/send") {
            seen.customers += 1;
            return Some(self.script.customer.unwrap_or(r#"{"errcode":0}"#).to_owned());
        }
        let to = body["touser"].as_str().expect("an openid").to_owned();
        *seen.templates.entry(to).or_default() += 1;
        Some(r#"{"errcode":0,"errmsg":"ok","msgid":7}"#.to_owned())
    }

    async fn customers(&self, n: u32) {
        while self.seen(|seen| seen.customers) < n {
            self.answered.notified().await;
        }
    }

    fn seen<T>(&self, of: impl FnOnce(&Seen) -> T) -> T {
        of(&self.seen.lock().expect("nobody panicked"))
    }
}

/// The path and the JSON of the next request; none when the client is gone.
async fn request(stream: &mut TcpStream) -> Option<(String, Value)> {
    let mut raw = Vec::new();
    loop {
        if stream.read_buf(&mut raw).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&raw).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.to_ascii_lowercase().split_once("content-length: ").map_or(0, |(_, rest)| {
            rest.lines().next().and_then(|number| number.parse().ok()).expect("a length")
        });
        if body.len() >= length {
            let path = head.split(' ').nth(1).expect("a path").to_owned();
            return Some((path, serde_json::from_str(body).unwrap_or(Value::Null)));
        }
    }
}

fn openid(index: usize) -> String {
    format!("o{index:027}")
}

async fn shop(wechat: &WeChat, people: usize, more: &[(&'static str, &str)]) -> Shop {
    let mut shop = Shop::open().await;
    let common =
        [("base_url", wechat.url.as_str()), ("app_id", "wx1"), ("template_id", "T"), ("rate", "none")];
    let settings = common.iter().chain(&[("fields", "thing1={{title}}")]).chain(more);
    let settings = settings.map(|(field, value)| (*field, (*value).to_owned())).collect();
    shop.add_channel("oa", "wechat", settings, vec![("app_secret", "SECRETSECRET")]);
    for index in 0..people {
        shop.person(&format!("p{index}"), &[("oa", openid(index))]);
    }
    shop
}

#[tokio::test]
async fn all_calls_of_an_account_share_one_token() {
    let wechat = WeChat::start(Script::default()).await;
    let mut shop = shop(&wechat, 30, &[]).await;
    let id = shop.release("Hello", "status:active");
    shop.send_all().await;
    assert_eq!(shop.count(id, S::Accepted), 30);
    assert_eq!((wechat.seen(|seen| seen.tokens), wechat.seen(|seen| seen.templates.len())), (1, 30));
    // Another sender finds it in the store.
    let id = shop.release("Hello again", "status:active");
    shop.send_all().await;
    assert_eq!((shop.count(id, S::Accepted), wechat.seen(|seen| seen.tokens)), (30, 1));
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_each_call_is_made_once_more() {
    let wechat = WeChat::start(Script { refused: (1, 1), ..Script::default() }).await;
    let mut shop = shop(&wechat, 30, &[]).await;
    let id = shop.release("Hello", "status:active");
    shop.send_all().await;
    assert_eq!(shop.count(id, S::Accepted), 30);
    assert_eq!(wechat.seen(|seen| seen.tokens), 2);
    // No more than were on their way with the old one.
    assert!((1..=4).contains(&wechat.seen(|seen| seen.refusals)));
    assert!(wechat.seen(|seen| seen.templates.values().all(|times| *times == 1)));
    let rows = shop.db.deliveries(&Pick::of(id), None, 99).expect("rows");
    assert!(rows.iter().all(|row| row.attempts == 1), "a repeat with a new token is the same attempt");
}

#[tokio::test]
async fn a_token_that_is_refused_again_stops_the_channel_and_not_in_a_loop() {
    let wechat = WeChat::start(Script { refused: (1, u32::MAX), ..Script::default() }).await;
    let mut shop = shop(&wechat, 30, &[]).await;
    let id = shop.release("Hello", "status:active");
    shop.send_all().await;
    assert_eq!(shop.count(id, S::Rejected) + shop.count(id, S::Unknown), 0, "nobody's failure");
    let pause = shop.db.channel(shop.channel("oa")).expect("there").pause.expect("it pauses");
    assert_eq!((pause.reason, pause.detail.as_str()), (PauseReason::Credential, "invalid credential"));
    assert!(wechat.seen(|seen| seen.refusals) <= 8 && wechat.seen(|seen| seen.tokens) <= 9);
}

#[tokio::test]
async fn a_refused_token_pauses_the_channel_before_anybody_is_called() {
    let words = r#"{"errcode":40164,"errmsg":"invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist, not for SECRETSECRET rid: 6-1"}"#;
    // What no table explains refuses it all the same.
    let strange = r#"{"errcode":99999,"errmsg":"not on a put 203.0.113.7 on day"}"#;
    for words in [words, strange] {
        let wechat = WeChat::start(Script { no_token: Some(words), ..Script::default() }).await;
        let mut shop = shop(&wechat, 30, &[]).await;
        let id = shop.release("Hello", "status:active");
        shop.send_all().await;
        assert_eq!(shop.count(id, S::Planned) + shop.count(id, S::Deferred), 30);
        let pause = shop.db.channel(shop.channel("oa")).expect("there").pause.expect("it pauses");
        assert_eq!(pause.reason, PauseReason::Credential);
        assert!(pause.detail.contains("put 203.0.113.7 on"), "{pause:?}");
        assert!(!pause.detail.contains("SECRETSECRET"), "{pause:?}");
        assert_eq!(wechat.seen(|seen| seen.templates.len()), 0);
        assert!(wechat.seen(|seen| seen.tokens) <= 4, "those who were waiting, and nobody more");
    }
}

#[tokio::test]
async fn a_lost_answer_about_the_token_makes_nobody_unknown() {
    let wechat = WeChat::start(Script { lost: 1, ..Script::default() }).await;
    let mut shop = shop(&wechat, 3, &[]).await;
    let id = shop.release("Hello", "status:active");
    shop.send_all().await;
    let waits = shop.count(id, S::Planned) + shop.count(id, S::Deferred);
    assert_eq!((waits + shop.count(id, S::Accepted), shop.count(id, S::Unknown)), (3, 0));
    assert!(wechat.seen(|seen| seen.templates.values().all(|times| *times == 1)));
}

fn only(shop: &Shop, id: pushdeck::domain::id::BroadcastId) -> DeliveryRow {
    shop.db.deliveries(&Pick::of(id), None, 9).expect("rows").remove(0)
}

const CLOSED: &str =
    r#"{"errcode":45015,"errmsg":"response out of time limit or subscription is canceled rid: 1-2"}"#;

#[tokio::test]
async fn a_closed_window_waits_for_hours_and_is_not_tried_in_a_loop() {
    let wechat = WeChat::start(Script { customer: Some(CLOSED), ..Script::default() }).await;
    let mut shop = shop(&wechat, 1, &[("mode", "customer")]).await;
    let id = shop.release("Hello", "status:active");
    shop.send_until(async || wechat.customers(1).await).await;
    let row = only(&shop, id);
    assert_eq!((row.state, row.class, row.attempts), (S::Deferred, Some(Class::WindowClosed), 1));
    let wait = row.not_before.expect("a moment").since(shop.db.now());
    assert!((21_500_000..22_700_000).contains(&wait), "{wait}");
    assert_eq!(wechat.seen(|seen| seen.customers), 1);
}

#[tokio::test]
async fn a_closed_window_goes_out_as_a_template_in_the_same_attempt() {
    let wechat = WeChat::start(Script { customer: Some(CLOSED), ..Script::default() }).await;
    let more = [("mode", "customer"), ("fallback_template", "yes")];
    let mut shop = shop(&wechat, 1, &more).await;
    let id = shop.release("Hello", "status:active");
    shop.send_all().await;
    let row = only(&shop, id);
    assert_eq!((row.state, row.class, row.attempts), (S::Accepted, None, 1));
    assert_eq!(wechat.seen(|seen| (seen.customers, seen.templates[&openid(0)])), (1, 1));
    // A template that cannot be filled is no way: the delivery waits, and says so.
    shop.set("oa", "fields", "thing1={{nothing}}");
    let id = shop.release("Hello", "status:active");
    shop.send_until(async || wechat.customers(2).await).await;
    let row = only(&shop, id);
    assert_eq!((row.state, row.class), (S::Deferred, Some(Class::WindowClosed)));
    assert!(row.provider_text.contains("nothing goes out instead"), "{}", row.provider_text);
}

/// Somebody writes to the account.
fn writes(shop: &mut Shop, index: usize, key: &str) {
    let channel = shop.db.find_channel("oa").expect("the channel").id;
    let now = shop.db.now();
    let came = Came {
        event: Event::Text { text: "hello".into() },
        address: Some(openid(index).as_str().into()),
        name: String::new(),
        at: now,
        app: String::new(),
        key: key.to_owned(),
        raw: String::new(),
        allows: Some(Allowance { messages: Some(2), ms: 48 * 3_600_000 }),
    };
    let taken = shop.db.take_in(&[Incoming { channel, came }]).expect("taken");
    assert!(matches!(taken[..], [Taken::New(_)]), "{taken:?}");
}

#[tokio::test]
async fn a_window_that_is_known_to_be_closed_costs_no_call_and_opens_with_the_persons_act() {
    let wechat = WeChat::start(Script::default()).await;
    let mut shop = shop(&wechat, 2, &[("mode", "customer")]).await;
    writes(&mut shop, 1, "first");
    let id = shop.release("Hello", "status:active");
    shop.send_until(async || wechat.customers(1).await).await;
    let states = |shop: &Shop| {
        let mut rows = shop.db.deliveries(&Pick::of(id), None, 9).expect("rows");
        rows.sort_by_key(|row| row.subscriber);
        rows.into_iter().map(|row| (row.state, row.class)).collect::<Vec<_>>()
    };
    let closed = (S::Deferred, Some(Class::WindowClosed));
    assert_eq!(states(&shop), [closed, (S::Accepted, None)]);
    assert_eq!(wechat.seen(|seen| seen.customers), 1, "whose window is closed was not called");
    // Two answers were allowed, one is used; the other person writes, and what waited goes.
    writes(&mut shop, 0, "second");
    shop.send_all().await;
    assert_eq!(states(&shop), [(S::Accepted, None), (S::Accepted, None)]);
    let again = shop.release("Again", "status:active");
    shop.send_all().await;
    assert_eq!(shop.count(again, S::Accepted), 2);
    assert_eq!(wechat.seen(|seen| seen.customers), 4);
    let row = &shop.db.deliveries(&Pick::of(id), None, 9).expect("rows")[0];
    let person = shop.db.subscriber(row.subscriber.expect("a person")).expect("there");
    let left = shop.db.reply_window(person.addresses[0].id).expect("asked").map(|window| window.left);
    assert_eq!(left, None, "both answers are used");
}

#[tokio::test]
async fn a_window_that_the_provider_calls_closed_is_none_in_the_books_either() {
    let wechat = WeChat::start(Script { customer: Some(CLOSED), ..Script::default() }).await;
    let mut shop = shop(&wechat, 1, &[("mode", "customer")]).await;
    writes(&mut shop, 0, "first");
    let id = shop.release("Hello", "status:active");
    shop.send_until(async || wechat.customers(1).await).await;
    let person = shop.db.subscriber(only(&shop, id).subscriber.expect("a person")).expect("there");
    assert_eq!(shop.db.reply_window(person.addresses[0].id).expect("asked"), None);
    let again = shop.release("Again", "status:active");
    let deferred = async || {
        while only(&shop, again).state != S::Deferred {
            tokio::task::yield_now().await;
        }
    };
    shop.send_until(deferred).await;
    let row = only(&shop, again);
    assert_eq!((row.state, row.class), (S::Deferred, Some(Class::WindowClosed)), "it says why it waits");
    assert_eq!(wechat.seen(|seen| seen.customers), 1, "and nobody was asked in vain");
}
