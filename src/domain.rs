//! Plain data and rules: no I/O, no async, no clock, no randomness.
//!
//! Everything else speaks in these types. A rule that two layers need stands here or nowhere.

pub mod broadcast;
pub mod channel;
pub mod delivery;
pub mod file;
pub mod filter;
pub mod fold;
pub mod hex;
pub mod id;
pub mod inbox;
pub mod message;
pub mod moment;
pub mod name;
pub mod nearest;
pub mod plan;
pub mod quiet;
pub mod safe_text;
pub mod secret;
pub mod subscriber;
pub mod template;
pub mod time;
