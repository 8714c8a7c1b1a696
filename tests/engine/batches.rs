//! Bark in batches: everybody once, each with their own outcome, in as few calls as the server takes.

use pushdeck::domain::delivery::DeliveryState as S;
use pushdeck::sandbox::Kind;
use pushdeck::store::pick::Pick;
use pushdeck::store::plan::Gate;
use pushdeck::store::replay::Unknowns;

use crate::support::Shop;

/// A shop whose only channel is a bark-server of one's own with this limit.
async fn shop(limit: Option<usize>) -> Shop {
    let mut shop = Shop::open_with(|options| options.bark.max_batch = limit).await;
    let settings = vec![("base_url", shop.sandbox.bark_url()), ("rate", "none".to_owned())];
    shop.add_channel("bark", "bark", settings, vec![]);
    shop
}

fn device(index: usize) -> String {
    format!("barkkey{index:016}")
}

/// How many people each call asked for, and the ids of all.
fn calls(shop: &Shop) -> (Vec<usize>, Vec<String>) {
    let received = shop.sandbox.received(Kind::Bark);
    let size = |body: &serde_json::Value| body["device_keys"].as_array().map_or(1, Vec::len);
    let sizes = received.iter().map(|one| size(&one.body)).collect();
    let mut ids: Vec<String> =
        received.iter().filter_map(|one| one.body["id"].as_str().map(str::to_owned)).collect();
    ids.sort_unstable();
    ids.dedup();
    (sizes, ids)
}

#[tokio::test]
async fn a_hundred_share_a_call_when_all_get_the_same_text() {
    let mut shop = shop(None).await;
    for index in 0..250 {
        shop.person(&format!("p{index}"), &[("bark", device(index))]);
    }
    let id = shop.release("Hello", "status:active");
    shop.send_all().await;
    assert_eq!(shop.count(id, S::Accepted), 250);
    assert!((0..250).all(|index| shop.sandbox.count(&device(index)) == 1));
    let (sizes, ids) = calls(&shop);
    assert_eq!((sizes.len(), sizes.iter().sum::<usize>(), ids.len()), (3, 250, 1), "{sizes:?}");
    let personal = shop.release("Hello {{name}}", "status:active");
    shop.send_all().await;
    assert_eq!(shop.count(personal, S::Accepted), 250);
    let (sizes, ids) = calls(&shop);
    assert_eq!(
        (sizes.len(), ids.len()),
        (253, 2),
        "each text is another, and takes the place of nobody else's"
    );
}

#[tokio::test]
async fn the_servers_limit_is_learned_from_its_refusal() {
    let mut shop = shop(Some(30)).await;
    for index in 0..600 {
        shop.person(&format!("p{index}"), &[("bark", device(index))]);
    }
    let id = shop.release("Hello", "status:active");
    shop.send_all().await;
    assert_eq!(shop.count(id, S::Accepted), 600);
    assert!((0..600).all(|index| shop.sandbox.count(&device(index)) == 1));
    let (sizes, _) = calls(&shop);
    let refused = sizes.iter().filter(|size| **size > 30).count();
    // The first one goes alone to show that it works.
    assert_eq!(refused, 1, "{sizes:?}");
    assert!(sizes.iter().filter(|size| **size == 30).count() >= 15, "{sizes:?}");
}

#[tokio::test]
async fn each_of_a_batch_has_an_outcome_and_a_lost_one_keeps_its_id_when_it_goes_again() {
    let mut shop = shop(None).await;
    for index in 0..20 {
        shop.person(&format!("p{index}"), &[("bark", device(index))]);
    }
    shop.person("gone", &[("bark", "barkdead0000000001".into())]);
    let id = shop.release("Hello", "status:active");
    shop.send_all().await;
    assert_eq!((shop.count(id, S::Accepted), shop.count(id, S::Rejected)), (20, 1));
    shop.person("lost", &[("bark", "barkdrop0000000001".into())]);
    let lost = shop.release("Hello again", "status:active");
    shop.send_all().await;
    // The answer to all of them broke off.
    assert_eq!(shop.count(lost, S::Unknown), 22);
    let (_, before) = calls(&shop);
    shop.db.replay(&Pick::of(lost), Unknowns::Include, Gate::AtMost(i64::MAX)).expect("queued");
    shop.set("bark", "batch", "no");
    shop.send_all().await;
    assert_eq!(calls(&shop).1, before, "alone or together: the phone puts it in the place of the first");
}
