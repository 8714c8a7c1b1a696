//! What a class of failures allows: whether sending again can work, and whether addresses are gone.

use crate::app::request::history::{GroupRow, Portion};
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::template::Missing;

/// Whether sending the same again to the same address can ever work.
pub const fn can_replay(class: Option<Class>) -> bool {
    match class {
        Some(Class::BadRecipient | Class::Blocked) => false,
        None
        | Some(
            Class::Credential
            | Class::RateLimit
            | Class::Quota
            | Class::Content
            | Class::Refused
            | Class::Network
            | Class::Provider
            | Class::WindowClosed
            | Class::Unclassified,
        ) => true,
    }
}

/// Whether replaying a group can reach anybody.
pub fn is_worth_replaying(row: &GroupRow) -> bool {
    let failed = |portion: &&Portion| portion.state != DeliveryState::Deferred;
    row.portions.iter().filter(failed).any(|portion| can_replay(portion.class))
}

/// Whether the provider takes the message only when it says something else. A value that was missing can be filled in
/// without that.
pub fn is_refused_as_it_is(class: Option<Class>, said: &str) -> bool {
    matches!(class, Some(Class::Content | Class::Refused)) && !Missing::is_said_by(said)
}

/// Whether a provider called addresses of the group gone.
pub fn has_gone(row: &GroupRow) -> bool {
    row.portions.iter().any(|portion| portion.class == Some(Class::BadRecipient))
}

/// The class whose words explain a delivery; none for an unknown outcome.
pub fn explained(state: DeliveryState, class: Option<Class>) -> Option<Class> {
    match state {
        DeliveryState::Unknown => None,
        _ => Some(class.unwrap_or(Class::Unclassified)),
    }
}
