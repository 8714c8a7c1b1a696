//! One step of an order over many people: a chunk, in transactions so short that a running send and the
//! other questions of the console never wait long.

use crate::app::request::subscribers::{Change, Job, Place, Stepped, SubscribersTold, Whom};
use crate::domain::id::SubscriberId;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::subscribers::states::Stood;

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
    let Done { ids, before, stay_out } = carry_out(db, &job.change, &ids, at)?;
    let stepped = Stepped {
        change: job.change.clone(),
        undoes: job.undoes,
        ids,
        before,
        stay_out,
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

/// What a step did.
#[derive(Default)]
struct Done {
    ids: Vec<SubscriberId>,
    before: Vec<Stood>,
    stay_out: i64,
}

/// Who was changed, and how they stood if that is what changed.
fn carry_out(db: &mut Db, change: &Change, ids: &[SubscriberId], at: usize) -> Result<Done, StoreError> {
    if ids.is_empty() {
        return Ok(Done::default());
    }
    let ids = match change {
        Change::State(state) => {
            let changes = db.set_subscriber_states(ids, *state)?;
            let stay_out = changes.iter().filter(|change| change.now != *state).count() as i64;
            let (ids, before) = changes.iter().map(|change| (change.id, change.before)).unzip();
            return Ok(Done { ids, before, stay_out });
        }
        Change::States(stood) => {
            let stood = stood.get(at..).unwrap_or_default();
            let of: Vec<(SubscriberId, Stood)> = ids.iter().copied().zip(stood.iter().copied()).collect();
            db.put_back_states(&of)?
        }
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
    Ok(Done { ids, ..Done::default() })
}
