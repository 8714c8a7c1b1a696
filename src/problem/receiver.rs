//! What the receiver says, in words.

use super::{Doing, Exit, Fault, Problem, reason, store};
use crate::look::strings::Strings;
use crate::receiver::ReceiverError;

/// A receiver that could not start, in words.
pub(super) fn of_receiver(error: &ReceiverError, words: &Strings) -> Problem {
    match error {
        ReceiverError::Store(error) => store::of_store(error, words),
        ReceiverError::Listen { address, source } => {
            let (address, why) = (address.to_string(), reason::io(source, words));
            let values = [("address", (&address).into()), ("why", (&why).into())];
            Problem::new("listen_failed", Exit::Data, words.errors.listen_failed.fill(&values))
        }
        ReceiverError::Start(source) => {
            let fault = Fault::System {
                doing: Doing::Runtime,
                source: std::io::Error::new(source.kind(), source.to_string()),
            };
            fault.problem(words)
        }
    }
}
