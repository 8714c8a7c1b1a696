//! Staged release: a share of every lane goes first, then the broadcast waits for a person.

use rusqlite::{Connection, named_params};

use super::broadcasts;
use super::error::{Doing, StoreError};
use crate::domain::broadcast::{PauseReason, Phase};
use crate::domain::id::BroadcastId;

/// How many deliveries of lane `l` may be claimed now: while its broadcast is staged, those of the stage.
/// Planned rows stand from `next_seq` on, so the distance bounds them.
pub(super) const CLAIMABLE: &str = "max(0, min(l.planned, coalesce(l.stage_to, l.seq_to) - l.next_seq + 1))";

/// Sets the first stage of a planned broadcast: exactly `n` people in all, each lane its share, no remote topic,
/// because nobody knows how many people stand behind one. Where there are none but remote topics, there is no stage.
///
/// A lane's share is the difference of two rounded running totals, so the shares sum to `n` whatever they are.
pub(super) fn begin_stage(conn: &Connection, id: BroadcastId, n: i64) -> Result<(), StoreError> {
    conn.execute(
        "WITH part AS (SELECT id, sum(planned) OVER (ORDER BY id) AS upto, planned, \
                         sum(planned) OVER () AS people \
                       FROM lane WHERE broadcast = :id AND target = 'people'), \
              share AS (SELECT id, (:n * upto + people - 1) / people \
                          - (:n * (upto - planned) + people - 1) / people AS n \
                        FROM part WHERE people > 0) \
         UPDATE lane SET stage_to = seq_from - 1 + coalesce((SELECT n FROM share WHERE share.id = lane.id), 0) \
         WHERE broadcast = :id AND channel IS NOT NULL AND EXISTS (SELECT 1 FROM share)",
        named_params! { ":id": id.0, ":n": n.max(1) },
    )
    .doing("staging a broadcast")?;
    Ok(())
}

/// Pauses a staged broadcast when everybody of its first stage has an answer and others wait.
pub(super) fn end_stage(conn: &Connection, id: BroadcastId) -> Result<(), StoreError> {
    let over: bool = conn
        .prepare_cached(&format!(
            "SELECT b.phase = :sending AND b.stage IS NOT NULL \
               AND EXISTS (SELECT 1 FROM lane l WHERE l.broadcast = b.id AND l.planned > 0) \
               AND NOT EXISTS (SELECT 1 FROM lane l WHERE l.broadcast = b.id AND l.channel IS NOT NULL \
                 AND (l.sending > 0 OR l.deferred > 0 OR {CLAIMABLE} > 0)) \
             FROM broadcast b WHERE b.id = :id"
        ))
        .and_then(|mut ask| {
            ask.query_row(named_params! { ":id": id.0, ":sending": Phase::Sending.word() }, |row| row.get(0))
        })
        .doing("looking whether the stage is over")?;
    if !over {
        return Ok(());
    }
    let done = broadcasts::counts(conn, id)?;
    conn.execute(
        "UPDATE broadcast SET phase = 'paused', pause_reason = :reason, pause_detail = :detail, \
         version = version + 1 WHERE id = :id",
        named_params! {
            ":id": id.0, ":reason": PauseReason::Stage.word(),
            ":detail": format!("{} of {}", done.to_send() - done.open(), done.to_send()),
        },
    )
    .doing("ending a stage")?;
    Ok(())
}

/// Lets the rest go, if the broadcast waits at the end of its stage; one that stands still for another reason
/// keeps it.
pub(super) fn clear_stage_that_is_over(conn: &Connection, id: BroadcastId) -> Result<(), StoreError> {
    let over = "SELECT id FROM broadcast WHERE id = ?1 AND phase = 'paused' AND pause_reason = 'stage'";
    conn.execute(&format!("UPDATE lane SET stage_to = NULL WHERE broadcast IN ({over})"), [id.0])
        .and_then(|_| {
            conn.execute(&format!("UPDATE broadcast SET stage = NULL WHERE id IN ({over})"), [id.0])
        })
        .doing("ending a stage")?;
    Ok(())
}

/// A broadcast that has ended has no stage any more: what is sent again of it goes as a whole.
pub(super) fn clear_stage_of_ended(conn: &Connection, id: BroadcastId) -> Result<(), StoreError> {
    let ended = "SELECT id FROM broadcast WHERE id = ?1 AND ended_ms IS NOT NULL AND stage IS NOT NULL";
    conn.execute(&format!("UPDATE lane SET stage_to = NULL WHERE broadcast IN ({ended})"), [id.0])
        .and_then(|_| {
            conn.execute(&format!("UPDATE broadcast SET stage = NULL WHERE id IN ({ended})"), [id.0])
        })
        .doing("ending a stage")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::domain::broadcast::{BroadcastState, PauseReason, Purpose};
    use crate::domain::delivery::DeliveryState;
    use crate::store::broadcasts::Draft;
    use crate::store::fixtures::{Shop, answered};
    use crate::store::pick::Pick;
    use crate::store::plan::{Gate, Release};
    use crate::store::replay::Unknowns;
    use crate::store::stage::CLAIMABLE;

    #[test]
    fn a_share_of_every_channel_goes_first_and_the_rest_waits_for_a_person() {
        let mut shop = Shop::new();
        let (bark, mail) = (shop.channel("bark"), shop.channel("mail"));
        shop.people(30, bark);
        for n in 0..10 {
            shop.person(&format!("m{n}"), 0, &[mail]);
        }
        let draft = Draft { channels: vec![bark, mail], stage: Some(8), ..Draft::default() };
        let (id, _) = shop.release_with(&draft, Gate::AtMost(99), None);
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        let granted = shop.claim(epoch, 99, 1);
        let by_lane = |lane: i64| granted.iter().filter(|one| one.lane == lane).count();
        let lanes: Vec<_> = shop.db.lanes(id).expect("lanes").iter().map(|lane| lane.lane).collect();
        assert_eq!((by_lane(lanes[0]), by_lane(lanes[1])), (6, 2));
        assert!(shop.claim(epoch, 99, 1).is_empty());
        let parts = |shop: &Shop| -> Vec<(i64, i64)> {
            let lanes = shop.db.lanes(id).expect("lanes");
            lanes.iter().filter_map(|lane| lane.stage).map(|stage| (stage.people, stage.open)).collect()
        };
        assert_eq!(parts(&shop), [(6, 6), (2, 2)], "all are in the air");
        let records: Vec<_> = granted.iter().flat_map(|one| answered(one, DeliveryState::Accepted)).collect();
        shop.record(epoch, &records[1..]);
        assert_eq!(shop.db.broadcast(id).expect("read").row.state, BroadcastState::Sending, "one is out");
        shop.record(epoch, &records[..1]);
        let row = shop.db.broadcast(id).expect("read").row;
        assert_eq!((row.state, row.pause_reason), (BroadcastState::Paused, Some(PauseReason::Stage)));
        assert_eq!(row.pause_detail, "8 of 40");
        assert_eq!(parts(&shop), [(6, 0), (2, 0)]);
        shop.db.resume(id).expect("goes on");
        assert!(parts(&shop).is_empty(), "there is no stage any more");
        assert_eq!(shop.claim(epoch, 99, 1).len(), 32);
    }

    #[test]
    fn what_is_replayed_after_the_end_waits_for_no_stage() {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(9, bark);
        let draft = Draft { channels: vec![bark], stage: Some(2), ..Draft::default() };
        let (id, _) = shop.release_with(&draft, Gate::AtMost(99), None);
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        for one in shop.claim(epoch, 99, 1) {
            shop.record(epoch, &answered(&one, DeliveryState::Accepted));
        }
        shop.db.stop(id).expect("stopped");
        assert_eq!(shop.count(id, DeliveryState::Cancelled), 7);
        let mut pick = Pick::default();
        pick.states = vec![DeliveryState::Cancelled];
        shop.db.replay(&pick, Unknowns::LeaveOut, Gate::AtMost(99)).expect("queued");
        assert_eq!(shop.claim(epoch, 99, 1).len(), 7, "nobody could let them go");
    }

    #[test]
    fn who_waits_for_another_try_belongs_to_the_stage() {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(4, bark);
        let draft = Draft { channels: vec![bark], stage: Some(2), ..Draft::default() };
        let (id, _) = shop.release_with(&draft, Gate::AtMost(99), None);
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        let granted = shop.claim(epoch, 99, 1);
        assert_eq!(granted.len(), 2);
        shop.record(epoch, &answered(&granted[0], DeliveryState::Deferred));
        shop.record(epoch, &answered(&granted[1], DeliveryState::Accepted));
        assert_eq!(shop.db.broadcast(id).expect("read").row.state, BroadcastState::Sending, "one waits");
    }

    #[test]
    fn a_remote_topic_alone_is_sent_at_once_because_nobody_could_end_its_stage() {
        let mut shop = Shop::new();
        let wx = shop.channel("wx");
        let conn = &shop.db.conn;
        conn.execute("INSERT INTO topic (name, created_ms) VALUES ('ops', 0)", []).expect("a topic");
        conn.execute("INSERT INTO topic_remote (topic, channel, remote) VALUES (1, ?1, '123')", [wx.0])
            .expect("a list");
        let draft =
            Draft { audience: "topic:ops".into(), channels: vec![wx], stage: Some(5), ..Draft::default() };
        let id = shop.db.add_draft(&draft, Purpose::Broadcast, "ann").expect("a draft");
        let release =
            Release { by: "ann".into(), seen: 1, gate: Gate::AtMost(99), keeper: None, expected: None };
        shop.db.release(id, &release).expect("released");
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        for one in shop.claim(epoch, 9, 1) {
            shop.record(epoch, &answered(&one, DeliveryState::Accepted));
        }
        assert_eq!(shop.db.broadcast(id).expect("read").row.state, BroadcastState::Done);
    }

    #[test]
    fn a_stage_as_large_as_the_audience_is_none() {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(3, bark);
        let draft = Draft { channels: vec![bark], stage: Some(100), ..Draft::default() };
        let (id, _) = shop.release_with(&draft, Gate::AtMost(99), None);
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        for one in shop.claim(epoch, 99, 1) {
            shop.record(epoch, &answered(&one, DeliveryState::Accepted));
        }
        assert_eq!(shop.db.broadcast(id).expect("read").row.state, BroadcastState::Done);
    }

    #[test]
    fn a_stage_of_n_is_n_people_however_they_are_spread() {
        let mut shop = Shop::new();
        let channels = [shop.channel("bark"), shop.channel("mail"), shop.channel("sct")];
        for (channel, people) in channels.into_iter().zip([7, 3, 13]) {
            shop.people(people, channel);
        }
        for n in 1..=25 {
            let draft = Draft { channels: channels.to_vec(), stage: Some(n), ..Draft::default() };
            let (id, _) = shop.release_with(&draft, Gate::AtMost(99), None);
            let staged: i64 = shop
                .db
                .conn
                .query_row(
                    &format!("SELECT sum({CLAIMABLE}) FROM lane l WHERE l.broadcast = ?1"),
                    [id.0],
                    |row| row.get(0),
                )
                .expect("summed");
            assert_eq!(staged, n.min(23), "a stage of {n}");
        }
    }
}
