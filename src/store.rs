//! SQLite: the one truth about people, channels, messages and deliveries.
//!
//! `Db` owns a connection and has one file of methods per aggregate; no SQL leaves this folder.
//! `StoreHandle` puts a `Db` on a thread of its own, so that nothing async and no key press waits
//! for the disk. Every writing transaction is immediate and short; lists are paged by key.

pub mod channels;
pub mod db;
pub mod error;
pub mod handle;
pub mod keys;
mod row;
pub mod schema;
