//! What a provider would have said: one code, one person who comes by it, and a list that differs in everything.

use std::time::Duration;

use pushdeck::app::request::errands::{
    Arrival, Became, Difference, DifferenceRow, ErrandAsk, ErrandTold, Invitation, Sort, TookBack,
};
use pushdeck::domain::id::{BroadcastId, SubscriberId};
use pushdeck::domain::subscriber::SubscriberState;
use pushdeck::store::sync::Applied;

use super::console::NOW;

/// What the code says.
pub const LINK: &str = "https://wxpusher.zjiecode.com/q/AbCdEf0123456789";

/// Answers one errand.
pub fn answer(ask: &ErrandAsk) -> ErrandTold {
    match ask {
        ErrandAsk::Topics(channel) => {
            let topics = [("ops 运维", 8_312), ("weekly 周报", 930)];
            let topics = topics.map(|(name, people)| (name.to_owned(), people)).to_vec();
            ErrandTold::Topics(*channel, topics)
        }
        ErrandAsk::Invite(channel, topic) => ErrandTold::Invited(Box::new(Invitation {
            channel: *channel,
            topic: topic.clone(),
            link: LINK.to_owned(),
            picture: Some("https://wxpusher.zjiecode.com/api/qrcode/AbCdEf0123456789.jpg".to_owned()),
            until: NOW.plus(1_754_000),
            every: Some(Duration::from_secs(12)),
        })),
        ErrandAsk::Came => ErrandTold::Came(Some(Box::new(Arrival {
            id: SubscriberId(48_213),
            name: "UID…a1b2c3d4".to_owned(),
            new: true,
            state: SubscriberState::Active,
        }))),
        ErrandAsk::SyncBegin(channel) => ErrandTold::Reading(*channel, 0, None),
        ErrandAsk::SyncStep(channel) => ErrandTold::Differs(*channel, Box::new(difference())),
        ErrandAsk::SyncStop => ErrandTold::Stopped,
        ErrandAsk::SyncApply(_) => ErrandTold::Applied(Applied {
            sync: 7,
            added: 2,
            renamed: 1,
            retired: 2,
            back: 1,
            joined: 0,
            passed_over: 0,
        }),
        ErrandAsk::SyncUndo(_) => ErrandTold::Undone(6),
        ErrandAsk::TakeBack(_) => {
            ErrandTold::TakingBack(TookBack { done: 10, taken: 10, ..TookBack::begun(BroadcastId(13), 12) })
        }
        ErrandAsk::TakeBackStop(id) => ErrandTold::TookBack(TookBack::begun(*id, 12), false),
        ErrandAsk::TakeBackStep => {
            let failed = (1, "the page is gone already".to_owned());
            let id = BroadcastId(13);
            let far =
                TookBack { done: 12, taken: 10, unknown: 2, cannot: 1, failed, ..TookBack::begun(id, 12) };
            ErrandTold::TookBack(far, false)
        }
        ErrandAsk::Follow(follow) => ErrandTold::Followed(follow.clone(), true),
        ErrandAsk::Became(id) => ErrandTold::Became(*id, Became::Told(Some(true), "3 已发送".to_owned())),
    }
}

fn difference() -> Difference {
    let row = |sort, name: &str, what: &str| DifferenceRow { sort, name: name.into(), what: what.into() };
    Difference {
        listed: 8_312,
        whole: true,
        same: 8_307,
        removed_here: 1,
        refused_strangers: 0,
        counts: vec![
            (Sort::Added, 2),
            (Sort::Renamed, 1),
            (Sort::Gone, 1),
            (Sort::Refused, 1),
            (Sort::Back, 1),
        ],
        rows: vec![
            row(Sort::Added, "UID…a1b2c3d4", "UID_x1y2…"),
            row(Sort::Added, "李雷", "UID_q7w8…"),
            row(Sort::Renamed, "UID…0f9e8d7c", "王小明"),
            row(Sort::Gone, "Anna Schmidt", "UID_anna…"),
            row(Sort::Refused, "ops-bot", "UID_bot0…"),
            row(Sort::Back, "Zoë 🚀", "UID_zoe1…"),
        ],
    }
}
