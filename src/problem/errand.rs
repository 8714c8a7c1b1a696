//! Why a provider did not do or say what it was asked for beside sending.

use super::store::of_store;
use super::{Exit, Fault, Problem, reason};
use crate::channels::kind::BuildError;
use crate::channels::outcome::{Outcome, Verdict};
use crate::delivery::errand::ErrandError;
use crate::delivery::http::HttpSetupError;
use crate::delivery::outgoing::OutgoingError;
use crate::domain::delivery::Class;
use crate::look::strings::Strings;

pub(super) fn of_errand(error: &ErrandError, words: &Strings) -> Problem {
    let w = &words.desk;
    match error {
        ErrandError::Store(error) => of_store(error, words),
        ErrandError::Http(error) => of_http(error, words),
        ErrandError::Outgoing(error) => of_outgoing(error, words),
        ErrandError::Build(error) => built(error, words),
        ErrandError::NotOffered(kind) => {
            Problem::new("not_offered", Exit::Usage, w.not_offered.fill(&[("kind", (*kind).into())]))
        }
        ErrandError::Resting(until) => {
            let time = until.rfc3339();
            Problem::new("resting", Exit::Limit, w.resting.fill(&[("time", (&time).into())])).retryable()
        }
        ErrandError::Said(outcome) => said(outcome, words),
    }
}

pub(super) fn of_outgoing(error: &OutgoingError, words: &Strings) -> Problem {
    match error {
        OutgoingError::Message(error) => super::of_message(error, words),
        OutgoingError::MissingFile(_) => {
            let text = error.to_string();
            let summary = words.own_text(&text).unwrap_or_else(|| reason::safe(&text));
            Problem::new("file_missing", Exit::Data, summary)
        }
        OutgoingError::UnknownKind(kind) => {
            let kind = reason::safe(kind);
            let summary = words.reasons.value.unknown_kind.fill(&[("kind", (&kind).into())]);
            Problem::new("unknown_kind", Exit::Data, summary)
        }
    }
}

pub(super) fn of_http(error: &HttpSetupError, words: &Strings) -> Problem {
    let failed = words.errors.sender_failed.fill(&[("why", (&words.reasons.sender.http).into())]);
    let mut problem = Problem::new("sender_failed", Exit::Unexpected, failed);
    problem.causes.push(reason::safe(&error.to_string()));
    problem
}

fn built(error: &BuildError, words: &Strings) -> Problem {
    // What is wrong with a question is no matter of a message.
    let text = match error {
        BuildError::BadContent(why) | BuildError::BadAddress(why) => why.clone(),
        BuildError::MissingField(_) | BuildError::BadField { .. } => error.to_string(),
    };
    let why = words.own_text(&text).unwrap_or_else(|| reason::safe(&text));
    let summary = words.desk.not_asked.fill(&[("why", (&why).into())]);
    let exit = match error {
        BuildError::MissingField(_) | BuildError::BadField { .. } => Exit::Refused,
        BuildError::BadAddress(_) | BuildError::BadContent(_) => Exit::Usage,
    };
    Problem::new("not_asked", exit, summary)
}

fn said(outcome: &Outcome, words: &Strings) -> Problem {
    let w = &words.desk;
    let text = words.own_text(&outcome.text).unwrap_or_else(|| reason::safe(&outcome.text));
    let mut text = format!("{} {text}", outcome.code).trim().to_owned();
    let class = outcome.class.unwrap_or(Class::Unclassified);
    let explained = words.classes.class.of(class);
    if text.is_empty() {
        text.clone_from(&explained.happened);
    }
    let text = [("text", (&text).into())];
    if outcome.verdict == Verdict::Unknown {
        return Problem::new("unknown", Exit::Network, w.unknown.fill(&text)).retryable();
    }
    let exit = match class {
        Class::Network | Class::Provider => Exit::Network,
        Class::RateLimit | Class::Quota => Exit::Limit,
        _ => Exit::Refused,
    };
    let code = if class == Class::Credential { "channel_credential" } else { class.word() };
    let problem = Problem::new(code, exit, w.failed.fill(&text)).detail("class", class.word());
    if class == Class::Credential { problem.hint(&explained.todo) } else { problem }
}

impl From<ErrandError> for Fault {
    fn from(error: ErrandError) -> Self {
        Self::Errand(Box::new(error))
    }
}
