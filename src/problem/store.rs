//! What the store and its key say, in words, with the next step that is possible.

use super::{Exit, Problem, reason};
use crate::domain::broadcast::Phase;
use crate::domain::id::BroadcastId;
use crate::look::strings::Strings;
use crate::look::strings::phrase::Phrase;
use crate::seal::SealError;
use crate::store::denial::Denial;
use crate::store::error::StoreError;
use crate::store::inbox::RuleFault;

/// A store error in words.
pub(super) fn of_store(error: &StoreError, words: &Strings) -> Problem {
    let e = &words.errors;
    match error {
        StoreError::Missing(path) => {
            let path = path.display().to_string();
            Problem::new("store_missing", Exit::Data, e.store_missing.fill(&[("path", (&path).into())]))
                .hint(&e.store_missing_hint)
                .detail("path", path.clone())
        }
        StoreError::Unwritable { path, source } => {
            let shown = path.display().to_string();
            let summary = if source.kind() == std::io::ErrorKind::AlreadyExists {
                e.file_exists.fill(&[("path", (&shown).into())])
            } else {
                let why = reason::io(source, words);
                e.store_unwritable.fill(&[("path", (&shown).into()), ("why", (&why).into())])
            };
            Problem::new("store_unwritable", Exit::Data, summary)
        }
        StoreError::Newer { found, known, .. } => Problem::new("store_newer", Exit::Data, &e.newer_store)
            .hint(&e.newer_store_hint)
            .detail("found", *found)
            .detail("known", *known),
        StoreError::Foreign(path) => {
            let path = path.display().to_string();
            Problem::new("store_foreign", Exit::Data, e.store_foreign.fill(&[("path", (&path).into())]))
        }
        StoreError::ReadOnly => Problem::new("read_only", Exit::Busy, &e.read_only).hint(&e.read_only_hint),
        StoreError::Key(error) => of_key(error, words),
        StoreError::NotFound { what, id } => {
            let id_shown = reason::safe(id);
            let values = [("what", reason::what(what, words).into()), ("id", (&id_shown).into())];
            let which = words.reasons.what.named.fill(&values);
            let problem =
                Problem::new("not_found", Exit::NotFound, e.not_found.fill(&[("what", (&which).into())]))
                    .detail("what", *what)
                    .detail("id", id.clone());
            if *what == "topic" { problem.hint(&e.no_topic_hint) } else { problem }
        }
        StoreError::Exists { what, name } => {
            let name = reason::safe(name);
            let values = [("what", reason::what(what, words).into()), ("name", (&name).into())];
            Problem::new("name_taken", Exit::Usage, e.name_taken.fill(&values))
                .hint(&e.name_taken_hint)
                .detail("what", *what)
                .detail("name", name.as_str())
        }
        StoreError::AddressTaken { address, channel, owner, id } => {
            let (address, id) = (reason::safe(address), id.to_string());
            let (channel, owner) = (reason::safe(channel), reason::safe(owner));
            let values = [
                ("address", (&address).into()),
                ("channel", (&channel).into()),
                ("name", (&owner).into()),
                ("id", (&id).into()),
            ];
            Problem::new("name_taken", Exit::Usage, e.address_belongs.fill(&values))
                .hint(e.address_belongs_hint.fill(&[("id", (&id).into())]))
                .detail("what", "address")
                .detail("name", address.as_str())
                .detail("subscriber", id.as_str())
        }
        StoreError::Conflict { what, id } => {
            Problem::new("changed_meanwhile", Exit::Busy, &e.changed_meanwhile)
                .hint(&e.again_hint)
                .detail("what", *what)
                .detail("id", id.clone())
                .retryable()
        }
        StoreError::Denied(denial) => of_denial(denial, words),
        StoreError::Refused(why) => {
            let why = reason::safe(why);
            Problem::new("not_allowed", Exit::Usage, e.not_allowed.fill(&[("why", (&why).into())]))
        }
        StoreError::Busy(_) => Problem::new("store_busy", Exit::Busy, &e.busy).hint(&e.busy_hint).retryable(),
        StoreError::DiskFull(_) => {
            Problem::new("disk_full", Exit::Data, &e.disk_full).hint(&e.disk_full_hint).retryable()
        }
        StoreError::Sqlite { source, .. } => super::of_sqlite(error, source, words),
        StoreError::Closed => Problem::new("unexpected", Exit::Unexpected, &e.unexpected),
    }
}

/// A key that is missing or does not fit, in words.
pub(super) fn of_key(error: &SealError, words: &Strings) -> Problem {
    let (e, w) = (&words.errors, &words.reasons.key);
    let mut causes = Vec::new();
    let why = match error {
        SealError::KeyMissing(path) => {
            return Problem::new("key_missing", Exit::Data, &e.no_key)
                .hint(&e.no_key_hint)
                .detail("path", path.display().to_string());
        }
        SealError::KeyUnusable { path, why } => {
            causes.push(reason::safe(why));
            path.display().to_string()
        }
        SealError::WrongKey => w.wrong.clone(),
        SealError::Damaged => w.damaged.clone(),
        SealError::NoRandom => w.no_random.clone(),
    };
    let mut problem = Problem::new("key_unusable", Exit::Data, e.key_bad.fill(&[("why", (&why).into())]))
        .hint(&e.no_key_hint);
    problem.causes = causes;
    problem
}

/// What can be done with a broadcast where it is.
fn next(phase: Phase, words: &Strings) -> &Phrase {
    let w = &words.reasons.next;
    match phase {
        Phase::Draft => &w.draft,
        Phase::Planning => &w.planning,
        Phase::Held => &w.held,
        Phase::Scheduled => &w.scheduled,
        Phase::Sending => &w.sending,
        Phase::Paused => &w.paused,
        Phase::Stopped => &w.ended,
    }
}

fn of_denial(denial: &Denial, words: &Strings) -> Problem {
    let (w, says) = (&words.reasons, &words.reasons.state);
    let told = |summary: String| Problem::new("not_allowed", Exit::Usage, summary);
    let one = |phrase: &Phrase, name: &str, value: &str| phrase.fill(&[(name, value.into())]);
    let of = |id: &BroadcastId, summary: &Phrase, hint: &Phrase| {
        let id = id.to_string();
        told(one(summary, "id", &id)).hint(one(hint, "id", &id))
    };
    match denial {
        Denial::Phase { id, phase, to } => {
            let summary = match to {
                Phase::Paused => &says.no_pause,
                Phase::Stopped => &says.no_stop,
                Phase::Draft | Phase::Planning | Phase::Held | Phase::Scheduled | Phase::Sending => {
                    &says.no_resume
                }
            };
            let id = id.to_string();
            told(summary.fill(&[("id", (&id).into()), ("state", w.phase.of(*phase).into())]))
                .hint(one(next(*phase, words), "id", &id))
                .detail("state", phase.word())
        }
        Denial::Ended(id) => of(id, &says.ended, &w.next.ended),
        Denial::NothingLeft(id) => of(id, &says.nothing_left, &w.next.draft),
        Denial::PastUndo(id) => of(id, &says.past_undo, &w.next.sending),
        Denial::Released(id) => of(id, &says.released, &w.next.show),
        Denial::NeverReleased(id) => of(id, &says.never_released, &w.next.draft),
        Denial::StillGoesOut(id) => told(one(&says.still_goes_out, "id", &id.to_string())),
        Denial::FileGone(name) => told(one(&says.file_gone, "name", &reason::safe(name))),
        Denial::BeingStopped(id) => of(id, &says.being_stopped, &w.next.stop),
        Denial::TakesBack => {
            let summary = says.being_taken_back.clone();
            Problem::new("store_busy", Exit::Busy, summary).hint(&words.errors.busy_hint).retryable()
        }
        Denial::Past(at) => told(one(&says.past, "time", &at.rfc3339())),
        Denial::Audience(error) => told(one(&says.audience, "why", &reason::filter(&error.problem, words))),
        Denial::OtherList(_) => told(says.other_list.clone()),
        Denial::QuietHours(text) => {
            told(one(&says.quiet_hours, "text", &reason::safe(text))).hint(&says.quiet_hours_hint)
        }
        Denial::Cron(text) => told(one(&says.cron, "text", &reason::safe(text))).hint(&says.cron_hint),
        Denial::Repeated { draft, schedule } => {
            let (draft, schedule) = (draft.to_string(), schedule.to_string());
            told(says.repeated.fill(&[("id", (&draft).into()), ("schedule", (&schedule).into())])).hint(one(
                &says.repeated_hint,
                "schedule",
                &schedule,
            ))
        }
        Denial::CronNever => told(says.cron_never.clone()).hint(&says.cron_hint),
        Denial::SeveralNamed { name, first, second } => {
            let (first, second) = (first.to_string(), second.to_string());
            let hint = says.several_hint.fill(&[("first", (&first).into()), ("second", (&second).into())]);
            told(one(&says.several, "name", &reason::safe(name))).hint(hint)
        }
        Denial::Waiting(n) => told(says.waiting.count(*n)).hint(&says.waiting_hint),
        Denial::Name { what, typed, why } => told(reason::named(*what, typed, *why, words)),
        Denial::TooLong { what, most } => {
            let what = reason::holding(what, words);
            told(w.value.too_long.fill(&[("what", (&what).into()), ("count", (*most).into())]))
        }
        Denial::Nul(what) => told(one(&w.value.nul, "what", &reason::holding(what, words))),
        Denial::BadVariable(key) => told(one(&w.value.bad_variable, "name", &reason::safe(key))),
        Denial::UnknownKind(kind) => told(one(&w.value.unknown_kind, "kind", &reason::safe(kind))),
        Denial::Address(_) => told(w.value.address.clone()).hint(&w.value.address_hint),
        Denial::RemoteTopic(id) => {
            told(one(&w.value.remote_topic, "id", &reason::safe(id))).hint(&w.value.remote_topic_hint)
        }
        Denial::AddressMeanwhile(address) => {
            told(one(&w.value.address_meanwhile, "address", &reason::safe(address)))
                .hint(&w.import.again_hint)
        }
        Denial::ImportRunning => told(w.import.running.clone()),
        Denial::ImportChanged => told(w.import.changed.clone()).hint(&w.import.again_hint),
        Denial::ImportDropped => told(w.import.dropped.clone()).hint(&w.import.again_hint),
        Denial::ImportUnreadable(why) => told(one(&w.import.unreadable, "why", &reason::safe(why))),
        Denial::ImportRow(error) => told(reason::row(error, words)),
        Denial::SenderBack => told(w.sender.back.clone()),
        Denial::OtherStore(path) => {
            told(one(&w.copy.other, "path", &path.display().to_string())).hint(&w.copy.hint)
        }
        Denial::Damaged { path, check } => {
            let values = [("path", &path.display().to_string()), ("why", &reason::safe(check))];
            told(w.copy.damaged.fill(&values.map(|(name, value)| (name, value.into())))).hint(&w.copy.hint)
        }
        Denial::NothingSaid => told(w.inbox.nothing_said.clone()),
        Denial::ReplyTooLong(most) => told(w.inbox.too_long.fill(&[("count", (*most).into())])),
        Denial::NoWayBack(id) => told(one(&w.inbox.no_way, "id", &id.to_string())).hint(&w.inbox.no_way_hint),
        Denial::Rule(fault) => told(
            match fault {
                RuleFault::Empty => &w.inbox.rule_empty,
                RuleFault::TooLong => &w.inbox.rule_long,
                RuleFault::Hole => &w.inbox.rule_hole,
                RuleFault::NoTopic => &w.inbox.rule_no_topic,
                RuleFault::NoText => &w.inbox.rule_no_text,
            }
            .clone(),
        ),
        Denial::OldSqlite(version) => told(one(&w.copy.old_sqlite, "version", version)),
    }
}
