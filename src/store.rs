//! SQLite: the one truth about people, channels, messages and deliveries.
//!
//! `Db` owns a connection and has one file of methods per aggregate; no SQL leaves this folder.
//! `StoreHandle` puts a `Db` on a thread of its own, so that nothing async and no key press waits
//! for the disk. Every writing transaction is immediate and short; lists are paged by key.

pub mod acts;
pub mod addresses;
pub mod audience;
pub mod audit;
pub mod backup;
pub mod broadcasts;
pub mod channels;
pub mod check;
pub mod control;
pub mod crash;
#[cfg(test)]
pub(crate) mod crowd;
pub mod db;
pub mod denial;
pub mod doors;
pub mod error;
mod expiry;
pub mod files;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod halt;
pub mod handle;
pub mod history;
pub mod import;
pub mod inbox;
pub mod invites;
pub mod keys;
pub mod lacking;
pub mod ledger;
mod left;
pub mod longest;
pub mod me;
mod members;
pub mod page;
pub mod passes;
pub mod pick;
pub mod plan;
pub mod probe;
pub mod receipts;
pub mod recurring;
pub mod replay;
pub mod room;
mod row;
pub mod schedule;
pub mod schema;
pub mod search;
pub mod settle;
pub mod shared;
mod siblings;
pub mod stage;
pub mod subscribers;
pub mod sync;
pub mod tags;
pub mod take_back;
pub mod topics;
pub mod triage;
pub mod waits;
pub mod watch;
