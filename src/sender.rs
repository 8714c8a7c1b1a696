//! Who sends: one process at a time, decided by a kernel lock, started when there is work.
//!
//! `lock` is the decision, `process` the detached sender itself, `keeper` what any live console or
//! waiting command does: see that a sender runs while there is work; `counter` the door for questions to a provider
//! that are no sending.

pub mod counter;
pub mod keeper;
pub mod lock;
pub mod process;
