//! Errands against a small server on this host that plays a script.

use super::*;
use crate::channels::desk::FollowChange;
use crate::delivery::fake::server;
use crate::store::channels::NewChannel;
use crate::store::db::{Db, wall_clock};

const TOKEN: &str = "AT_abcdefghijklmnop";

async fn errand(kind: &str, base: &str, rate: Option<&str>) -> Result<(Errand, StoreHandle), ErrandError> {
    let store = StoreHandle::spawn("store", || Db::in_memory(wall_clock())).await?;
    let mut new = NewChannel { name: "ops".into(), kind: kind.into(), ..NewChannel::default() };
    new.settings.insert("base_url".into(), base.into());
    new.settings.extend(rate.map(|rate| ("rate".to_owned(), rate.to_owned())));
    new.secrets.insert("app_token".into(), TOKEN.into());
    let channel = store.call(move |db| db.add_channel(&new)).await?;
    let carrier = Arc::new(Carrier::new(None)?);
    Ok((Errand::open(carrier, store.clone(), channel).await?, store))
}

fn page(records: std::ops::Range<i64>, total: i64) -> String {
    let records: Vec<String> =
        records.map(|id| format!(r#"{{"uid":"UID_{id}","id":{id},"type":0}}"#)).collect();
    format!(r#"{{"code":1000,"data":{{"total":{total},"pageSize":100,"records":[{}]}}}}"#, records.join(","))
}

fn code(payload: &str) -> Qr {
    Qr { payload: payload.to_owned(), picture: None, poll: None, expires: Millis(0) }
}

#[tokio::test]
async fn everybody_is_read_page_by_page_and_told_how_far_it_is() {
    let (base, asked) = server(vec![page(0..100, 240), page(100..200, 240), page(199..240, 240)]).await;
    let (mut errand, _store) = errand("wxpusher", &base, Some("none")).await.expect("opened");
    let mut told = Vec::new();
    let roll = errand.roll(|done, total| told.push((done, total))).await.expect("read");
    assert_eq!(told, [(100, Some(240)), (200, Some(240)), (240, Some(240))]);
    assert!(roll.is_whole());
    assert_eq!(roll.people().len(), 240);
    let asked = asked.lock().expect("the lines").clone();
    assert!(asked[2].contains("page=3&pageSize=100") && asked.len() == 3, "{asked:?}");
}

#[tokio::test]
async fn what_a_provider_says_keeps_no_token_and_is_a_refusal_and_not_a_result() {
    let quoted = format!(r#"{{"code":1001,"msg":"no such thing for {TOKEN}"}}"#);
    let (base, _) = server(vec![quoted, "<html>busy</html>".into()]).await;
    let (mut errand, _store) = errand("wxpusher", &base, Some("none")).await.expect("opened");
    let Err(ErrandError::Said(said)) = errand.change_follow("1", FollowChange::End).await else {
        panic!("a refusal")
    };
    assert!(!said.text.contains(TOKEN) && said.text.contains("…mnop"), "{}", said.text);
    let Err(ErrandError::Said(odd)) = errand.change_follow("1", FollowChange::End).await else {
        panic!("no answer of theirs")
    };
    assert_eq!(odd.verdict, Verdict::Unknown);
}

#[tokio::test]
async fn the_share_of_the_rate_is_gentle_and_a_kind_without_a_desk_says_so() {
    let (errand, _store) = self::errand("wxpusher", "http://127.0.0.1:1", None).await.expect("opened");
    assert_eq!(
        (errand.gap, errand.poll_every(&code("https://wxpusher.test/q/1"))),
        (Duration::from_millis(1_250), POLL_HERE)
    );
    let (quick, _store) =
        self::errand("wxpusher", "http://127.0.0.1:1", Some("100/s")).await.expect("opened");
    assert_eq!(quick.gap, Duration::from_secs(1));
    let (far, _store) = self::errand("wxpusher", "https://push.example", None).await.expect("opened");
    assert_eq!(errand.poll_every(&code("https://wxpusher.zjiecode.com/q/1")), POLL, "it may be a relay");
    assert_eq!(
        far.poll_every(&code("https://wxpusher.test/q/1")),
        POLL,
        "nobody else's server is asked more often"
    );
    let refused = self::errand("gotify", "http://127.0.0.1:1", None).await.err();
    assert!(matches!(refused, Some(ErrandError::NotOffered("gotify"))), "{refused:?}");
}
