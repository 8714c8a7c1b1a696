//! The word of every state; glyph and colour stand with the badges.
//!
//! Words only: `assets/locales/*/states.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;
use crate::domain::broadcast::{BroadcastState, PauseReason};
use crate::domain::channel::{ChannelState, Health};
use crate::domain::delivery::DeliveryState;
use crate::domain::subscriber::{AddressState, SubscriberState};

/// The section `states`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct States {
    pub delivery: DeliveryWords,
    pub broadcast: BroadcastWords,
    pub subscriber: SubscriberWords,
    pub address: AddressWords,
    pub health: HealthWords,
    pub channel: ChannelWords,
    pub pause: PauseWords,
    pub pause_short: PauseWords,
    pub waits_until: Phrase,
    pub waits_for: Phrase,
    pub rests_until: Phrase,
    pub waits_for_stage: String,
    pub quiet: String,
    /// A broadcast that was cancelled when something of it had gone out.
    pub taken_back: String,
    pub stopped: String,
    pub unread: String,
    pub accepted_note: String,
    pub unknown_note: String,
}

worded!(DeliveryWords of DeliveryState as String {
    planned Planned,
    skipped Skipped,
    deferred Deferred,
    sending Sending,
    accepted Accepted,
    confirmed Confirmed,
    rejected Rejected,
    unknown Unknown,
    assumed Assumed,
    cancelled Cancelled,
});

worded!(BroadcastWords of BroadcastState as String {
    draft Draft,
    held Held,
    scheduled Scheduled,
    sending Sending,
    paused Paused,
    partial Partial,
    done Done,
    cancelled Cancelled,
});

worded!(SubscriberWords of SubscriberState as String {
    active Active,
    muted Muted,
    blocked Blocked,
    unsubscribed Unsubscribed,
});

worded!(AddressWords of AddressState as String {
    active Active,
    dead Dead,
});

worded!(HealthWords of Health as String {
    ok Ok,
    slow Slow,
    failing Failing,
    untested Untested,
    off Off,
});

worded!(ChannelWords of ChannelState as String {
    active Active,
    paused Paused,
});

worded!(PauseWords of PauseReason as String {
    operator Operator,
    credential Credential,
    quota Quota,
    failures Failures,
    interrupted Interrupted,
    disk_full DiskFull,
    stage Stage,
    overdue Overdue,
    changed Changed,
    halted Halted,
});
