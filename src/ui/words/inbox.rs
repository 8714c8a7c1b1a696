//! What the section Inbox says, in words.

use crate::app::saying::inbox::InboxSaying;
use crate::look::Look;

/// What is said, in the language in use.
pub fn say(look: &Look, saying: &InboxSaying) -> String {
    let w = &look.strings.inbox.screen;
    match saying {
        InboxSaying::Answered(name) => w.answered.fill(&[("name", name.into())]),
        InboxSaying::Read(count) => w.read.count(*count),
        InboxSaying::NoPerson => w.no_person.clone(),
    }
}
