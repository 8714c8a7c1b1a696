//! The section Channels against the store. Everything here is short; credentials are only sealed.

use std::path::Path;

use crate::app::request::channels::{ChannelsAsk, ChannelsTold, Trial, Trouble};
use crate::domain::broadcast::{PauseReason, Purpose};
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::id::{BroadcastId, ChannelId};
use crate::domain::message::{Format, Message};
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::subscriber::AddressState;
use crate::store::broadcasts::Draft;
use crate::store::channels::{Channel, ChannelEdit};
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::files;
use crate::store::history::Grouping;
use crate::store::pick::Pick;
use crate::store::plan::{Gate, Release};

/// The setting that names a file of this machine.
const CA_FILE: &str = "ca_file";
/// Failures of a channel that its detail shows.
const SHOWN: usize = 5;
/// What a test says; in both languages, because it is read on a phone and not in this console.
const TITLE: &str = "pushdeck 测试";
const BODY: &str = "This channel works. 这个渠道可用。";

/// Answers one question or carries out one order.
pub fn answer(db: &mut Db, ask: ChannelsAsk, by: &str) -> Result<ChannelsTold, StoreError> {
    Ok(match ask {
        ChannelsAsk::List => ChannelsTold::List(db.channels()?.into_iter().map(scrubbed).collect()),
        ChannelsAsk::Trouble(id) => ChannelsTold::Trouble(trouble(db, id)?),
        ChannelsAsk::Add(new) => match unfit(new.settings.get(CA_FILE)) {
            Some(told) => told,
            None => saved(db.add_channel(&new))?,
        },
        ChannelsAsk::Edit { id, version, edit } => {
            match unfit(edit.settings.get(CA_FILE).and_then(Option::as_ref)) {
                Some(told) => told,
                None => change(db, id, version, &edit)?,
            }
        }
        ChannelsAsk::Verify(id) => {
            let broadcast = db.request_verify(id, by)?;
            ChannelsTold::Begun { trial: Trial::Verify, id, broadcast }
        }
        ChannelsAsk::Test(id) => test(db, id, by)?,
        ChannelsAsk::Outcome(broadcast) => outcome(db, broadcast)?,
        ChannelsAsk::Pause(id) => {
            db.pause_channel(id, PauseReason::Operator, "")?;
            ChannelsTold::Paused(id)
        }
        ChannelsAsk::Resume(id) => resume(db, id)?,
        ChannelsAsk::Remove(id) => {
            let name = db.channel(id)?.name;
            db.remove_channel(id)?;
            ChannelsTold::Removed { id, name }
        }
        ChannelsAsk::Restore(id) => {
            db.restore_channel(id)?;
            ChannelsTold::Restored(id)
        }
    })
}

/// Certificates that cannot be read are told now, and not when the first call fails.
fn unfit(ca_file: Option<&String>) -> Option<ChannelsTold> {
    let error = files::authorities(Path::new(ca_file?)).err()?;
    Some(ChannelsTold::Unfit { field: CA_FILE.to_owned(), why: error.to_string() })
}

/// Names and words are what people and providers wrote: harmless from here on.
fn scrubbed(mut channel: Channel) -> Channel {
    channel.name = scrub(&channel.name, Cap::List).into_owned();
    if let Some(pause) = &mut channel.pause {
        pause.detail = scrub(&pause.detail, Cap::List).into_owned();
    }
    if let Some(verified) = &mut channel.verified {
        verified.text = scrub(&verified.text, Cap::Detail).into_owned();
    }
    channel
}

fn saved(made: Result<ChannelId, StoreError>) -> Result<ChannelsTold, StoreError> {
    match made {
        Ok(id) => Ok(ChannelsTold::Saved(id)),
        Err(StoreError::Exists { .. }) => Ok(ChannelsTold::NameTaken),
        Err(error) => Err(error),
    }
}

fn change(db: &mut Db, id: ChannelId, version: i64, edit: &ChannelEdit) -> Result<ChannelsTold, StoreError> {
    match db.edit_channel(id, Some(version), edit) {
        Err(StoreError::Conflict { .. }) => Ok(ChannelsTold::Conflict(Box::new(scrubbed(db.channel(id)?)))),
        other => saved(other.map(|_| id)),
    }
}

fn trouble(db: &Db, id: ChannelId) -> Result<Trouble, StoreError> {
    let pick = of_channel(id);
    let mut failures = db.failure_groups(&pick, Grouping::ClassAndChannel)?;
    failures.sort_by_key(|group| std::cmp::Reverse(group.last_at));
    failures.truncate(SHOWN);
    for group in &mut failures {
        group.sample_text = scrub(&group.sample_text, Cap::List).into_owned();
        group.sample_code = scrub(&group.sample_code, Cap::List).into_owned();
    }
    Ok(Trouble { id, failures, waiting: db.waiting_on(id)? })
}

fn of_channel(id: ChannelId) -> Pick {
    let mut pick = Pick::default();
    pick.channels = vec![id];
    pick
}

fn resume(db: &mut Db, id: ChannelId) -> Result<ChannelsTold, StoreError> {
    db.resume_channel(id)?;
    let mut pick = of_channel(id);
    pick.states = vec![DeliveryState::Rejected];
    pick.classes = vec![Class::Credential];
    let failed = db.delivery_counts(&pick)?.of(DeliveryState::Rejected);
    Ok(ChannelsTold::Resumed { id, waiting: db.waiting_on(id)?, failed })
}

/// One message to the operator, by the same way as every other.
fn test(db: &mut Db, id: ChannelId, by: &str) -> Result<ChannelsTold, StoreError> {
    let Some(me) = db.me()? else { return Ok(ChannelsTold::NobodyIsMe) };
    let reaches = |address: &crate::store::addresses::Address| {
        address.channel == id && address.state == AddressState::Active
    };
    if !db.subscriber(me)?.addresses.iter().any(reaches) {
        return Ok(ChannelsTold::NoAddressForMe(id));
    }
    let by = by.to_owned();
    let draft = Draft {
        message: Message {
            title: TITLE.to_owned(),
            body: BODY.to_owned(),
            format: Format::Text,
            ..Message::default()
        },
        audience: format!("id:{me}"),
        channels: vec![id],
        ..Draft::default()
    };
    let broadcast = db.add_draft(&draft, Purpose::Test, &by)?;
    db.release(broadcast, &Release { by, seen: 1, gate: Gate::AtMost(1), keeper: None, expected: None })?;
    Ok(ChannelsTold::Begun { trial: Trial::Test, id, broadcast })
}

fn outcome(db: &Db, broadcast: BroadcastId) -> Result<ChannelsTold, StoreError> {
    let row = db.deliveries(&Pick::of(broadcast), None, 1)?.pop();
    let row = row.ok_or_else(|| StoreError::NotFound { what: "broadcast", id: broadcast.to_string() })?;
    let words = format!("{} {}", row.provider_code, row.provider_text);
    Ok(ChannelsTold::Outcome {
        state: row.state,
        class: row.class,
        words: scrub(words.trim(), Cap::List).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Secret;
    use crate::store::channels::NewChannel;
    use crate::store::db::wall_clock;

    fn store() -> Db {
        Db::in_memory(wall_clock()).expect("a store")
    }

    fn add(db: &mut Db, name: &str) -> ChannelsTold {
        let new = NewChannel {
            name: name.to_owned(),
            kind: "wxpusher".to_owned(),
            secrets: [("app_token".to_owned(), Secret::new("AT_abcdefghijklmnop"))].into(),
            ..NewChannel::default()
        };
        answer(db, ChannelsAsk::Add(Box::new(new)), "ann").expect("answered")
    }

    #[test]
    fn a_lost_race_brings_back_what_stands_there_now() {
        let mut db = store();
        let ChannelsTold::Saved(id) = add(&mut db, "ops") else { panic!("saved") };
        assert_eq!(add(&mut db, "OPS"), ChannelsTold::NameTaken);
        let rename = |name: &str| ChannelsAsk::Edit {
            id,
            version: 1,
            edit: Box::new(ChannelEdit { name: Some(name.to_owned()), ..ChannelEdit::default() }),
        };
        assert_eq!(answer(&mut db, rename("theirs"), "ann").expect("first"), ChannelsTold::Saved(id));
        let ChannelsTold::Conflict(now) = answer(&mut db, rename("mine"), "ann").expect("second") else {
            panic!("a conflict")
        };
        assert_eq!((now.name.as_str(), now.version), ("theirs", 2));
    }

    #[test]
    fn a_file_without_a_certificate_is_told_before_anything_is_kept() {
        let (mut db, folder) = (store(), tempfile::tempdir().expect("a folder"));
        let (good, bad) = (folder.path().join("ca.pem"), folder.path().join("bad.pem"));
        let pem = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";
        std::fs::write(&good, pem).expect("written");
        std::fs::write(&bad, "no PEM").expect("written");
        let mut add = |name: &str, file: &Path| {
            let new = NewChannel {
                name: name.to_owned(),
                kind: "bark".to_owned(),
                settings: [(CA_FILE.to_owned(), file.display().to_string())].into(),
                ..NewChannel::default()
            };
            answer(&mut db, ChannelsAsk::Add(Box::new(new)), "ann").expect("answered")
        };
        let unfit = |why: &str| ChannelsTold::Unfit { field: CA_FILE.into(), why: why.into() };
        assert_eq!(add("a", &bad), unfit("there is no certificate in it"));
        assert_eq!(add("a", &folder.path().join("none")), unfit("there is no such file"));
        assert!(matches!(add("a", &good), ChannelsTold::Saved(_)));
    }

    #[test]
    fn a_test_needs_somebody_to_go_to() {
        let mut db = store();
        let ChannelsTold::Saved(id) = add(&mut db, "ops") else { panic!("saved") };
        let ask = ChannelsAsk::Test(id);
        assert_eq!(answer(&mut db, ask, "ann").expect("answered"), ChannelsTold::NobodyIsMe);
    }

    #[test]
    fn resuming_says_what_waits() {
        let mut db = store();
        let ChannelsTold::Saved(id) = add(&mut db, "ops") else { panic!("saved") };
        answer(&mut db, ChannelsAsk::Pause(id), "ann").expect("paused");
        let told = answer(&mut db, ChannelsAsk::Resume(id), "ann").expect("resumed");
        assert_eq!(told, ChannelsTold::Resumed { id, waiting: 0, failed: 0 });
        let ChannelsTold::Trouble(trouble) = answer(&mut db, ChannelsAsk::Trouble(id), "ann").expect("asked")
        else {
            panic!("trouble")
        };
        assert!(trouble.failures.is_empty());
    }
}
