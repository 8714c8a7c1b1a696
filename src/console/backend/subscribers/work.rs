//! One step of an order over many people: a chunk, in transactions so short that a running send and the
//! other questions of the console never wait long.

use crate::app::request::subscribers::{Change, Job, Place, Stepped, SubscribersTold, Whom};
use crate::domain::id::SubscriberId;
use crate::domain::subscriber::SubscriberState;
use crate::store::db::Db;
use crate::store::error::StoreError;

/// How many people one step changes.
const STEP: usize = 1_000;

/// Takes the next step. Before the first one, an order that was decided by a number is counted again.
pub(super) fn step(db: &mut Db, job: Job) -> Result<SubscribersTold, StoreError> {
    if job.place == Place::Start
        && let Whom::Matching { filter, except, .. } = &job.whom
    {
        let now = db.audience_size(filter)? - except.len() as i64;
        if now > job.count {
            return Ok(SubscribersTold::Grown { before: job.count, now });
        }
    }
    let (ids, next) = chunk(db, &job)?;
    let at = match job.place {
        Place::After(done) => done,
        Place::Start | Place::Before(_) => 0,
    };
    let (changed, before) = carry_out(db, &job.change, &ids, at)?;
    let stepped = Stepped {
        change: job.change.clone(),
        undoes: job.undoes,
        ids: changed,
        before,
        rest: next.map(|place| Job { place, ..job }),
    };
    Ok(SubscribersTold::Stepped(stepped))
}

/// The people of this step, and where the next one begins.
fn chunk(db: &Db, job: &Job) -> Result<(Vec<SubscriberId>, Option<Place>), StoreError> {
    match &job.whom {
        Whom::These(ids) => {
            let done = match job.place {
                Place::After(done) => done.min(ids.len()),
                Place::Start | Place::Before(_) => 0,
            };
            let end = (done + STEP).min(ids.len());
            let next = (end < ids.len()).then_some(Place::After(end));
            Ok((ids[done..end].to_vec(), next))
        }
        Whom::Matching { filter, except, newest } => {
            let before = match job.place {
                Place::Before(id) => id,
                Place::Start | Place::After(_) => SubscriberId(newest.0 + 1),
            };
            let mut ids = db.people_ids(filter, Some(before), STEP)?;
            let next = ids.last().filter(|_| ids.len() == STEP).map(|last| Place::Before(*last));
            ids.retain(|id| !except.contains(id));
            Ok((ids, next))
        }
    }
}

type Changed = (Vec<SubscriberId>, Vec<SubscriberState>);

/// Who was changed, and in which states they were if that is what changed.
fn carry_out(db: &mut Db, change: &Change, ids: &[SubscriberId], at: usize) -> Result<Changed, StoreError> {
    if ids.is_empty() {
        return Ok(Changed::default());
    }
    let ids = match change {
        Change::State(state) => {
            return Ok(db.set_subscriber_states(ids, *state)?.into_iter().unzip());
        }
        Change::States(states) => return put_back(db, ids, states.get(at..).unwrap_or_default()),
        Change::Remove => db.remove_subscribers(ids)?,
        Change::Restore => {
            db.restore_subscribers(ids)?;
            ids.to_vec()
        }
        Change::Join(topic, _) => db.join_topic(*topic, ids)?,
        Change::Leave(topic, _) => db.leave_topic(*topic, ids)?,
        Change::Tag(tag) => db.tag_people(tag, ids)?,
        Change::Untag(tag) => db.untag_people(tag, ids)?,
    };
    Ok((ids, Vec::new()))
}

/// Puts people back into the states that they had: one transaction for each state.
fn put_back(db: &mut Db, ids: &[SubscriberId], states: &[SubscriberState]) -> Result<Changed, StoreError> {
    let mut changed = Changed::default();
    for state in SubscriberState::ALL {
        let of_state: Vec<SubscriberId> =
            ids.iter().zip(states).filter(|(_, had)| **had == state).map(|(id, _)| *id).collect();
        if !of_state.is_empty() {
            changed.0.extend(db.set_subscriber_states(&of_state, state)?.into_iter().map(|(id, _)| id));
        }
    }
    Ok(changed)
}
