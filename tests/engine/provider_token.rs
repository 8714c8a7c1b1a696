//! The sender and Apple's provider token: one for everybody, renewed once when it is refused for its age, and no
//! storm of new ones when the clock is wrong.

use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use pushdeck::channels::catalog;
use pushdeck::channels::kind::Kind;
use pushdeck::channels::pass::Pass;
use pushdeck::domain::broadcast::BroadcastState;
use pushdeck::domain::channel::ChannelState;
use pushdeck::domain::delivery::DeliveryState as S;
use pushdeck::domain::id::ChannelId;
use pushdeck::store::channels::Open;
use pushdeck::store::passes::{Holder, PassTurn};

use crate::apple::{self, Check, Manners, Seen};
use crate::support::Shop;

const PEOPLE: usize = 300;

/// A shop with the channel `app`, its server, and so many people; every tenth device has left.
async fn shop(people: usize, check: impl Fn(&[u8]) -> Check) -> (Shop, ChannelId, Arc<Seen>) {
    let der =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).expect("a key");
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_ref()).expect("read");
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der.as_ref())
    );
    let check = check(pair.public_key().as_ref());
    let (address, seen) =
        apple::server(Manners { streams: 1_000, goodbye_after: usize::MAX, slams_after: None, check }).await;
    let mut shop = Shop::open().await;
    let settings = vec![
        ("base_url", format!("http://{address}")),
        ("team_id", "DEF123GHIJ".to_owned()),
        ("key_id", "ABC123DEFG".to_owned()),
        ("bundle_id", "com.example.app".to_owned()),
    ];
    shop.add_channel("app", "apns", settings, vec![]);
    let channel = shop.channel("app");
    shop.edit_secret(channel, "key", &pem);
    for index in 0..people {
        let device = if index % 10 == 9 { format!("{index:060x}dead") } else { format!("{index:063x}1") };
        shop.person(&format!("p{index}"), &[("app", device)]);
    }
    (shop, channel, seen)
}

/// Takes what the channel's key has signed.
fn signed_by(public: &[u8]) -> Check {
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public.to_vec());
    Arc::new(move |token| {
        let (signed, signature) = token.rsplit_once('.').ok_or("ExpiredProviderToken")?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| "ExpiredProviderToken")?;
        public.verify(signed.as_bytes(), &signature).map_err(|_| "ExpiredProviderToken")
    })
}

#[tokio::test]
async fn everybody_is_reached_with_one_token_over_one_connection() {
    let (mut shop, channel, seen) = shop(PEOPLE, signed_by).await;
    shop.db.request_verify(channel, "ann").expect("asked");
    shop.send_all().await;
    assert_eq!(shop.db.channel(channel).expect("there").verified.map(|verified| verified.ok), Some(true));
    let id = shop.release("Hello", "status:active");
    shop.send_all().await;
    assert_eq!((shop.count(id, S::Accepted), shop.count(id, S::Rejected)), (270, 30));
    let (connections, requests, tokens, ids) = seen.counts();
    // Each of the two senders has a connection; the verification has no collapse id.
    assert_eq!(
        (connections, requests, tokens, ids),
        (2, PEOPLE + 1, 1, 2),
        "one collapse id for all, and none"
    );
}

#[tokio::test]
async fn a_token_that_has_become_too_old_is_replaced_once_and_nobody_is_lost() {
    let (mut shop, channel, seen) = shop(60, signed_by).await;
    let account = shop.db.account(channel, Open::Secrets).expect("the account");
    let passes = catalog::kind("apns").and_then(Kind::passes).expect("a kind with passes");
    let holder = &Holder::of(&account, passes);
    let PassTurn::Refresh(turn) = shop.db.pass_turn(holder).expect("a turn") else {
        panic!("nobody has one")
    };
    let made = shop.db.now().plus(-30 * 60_000);
    let old = Pass { value: "an.old.token".into(), made, until: made.plus(50 * 60_000) };
    shop.db.keep_pass(holder, turn, &old).expect("kept");
    let id = shop.release("Hello", "status:active");
    shop.send_all().await;
    assert_eq!((shop.count(id, S::Accepted), shop.count(id, S::Rejected)), (54, 6));
    assert_eq!(seen.counts().2, 2, "the old one and one new one");
}

#[tokio::test]
async fn a_clock_that_is_wrong_stops_the_channel_and_mints_nothing() {
    let (mut shop, channel, seen) = shop(60, |_| Arc::new(|_| Err("ExpiredProviderToken"))).await;
    let id = shop.release("Hello", "status:active");
    shop.send_all().await;
    assert_eq!(shop.db.channel(channel).expect("there").state, ChannelState::Paused);
    assert_eq!(
        (shop.count(id, S::Accepted), shop.count(id, S::Rejected), shop.count(id, S::Unknown)),
        (0, 0, 0)
    );
    assert_ne!(shop.state(id), BroadcastState::Done);
    let (_, requests, tokens, _) = seen.counts();
    assert_eq!((requests, tokens), (1, 1));
}
