//! Who sends: one process at a time, decided by a kernel lock, started when there is work.
//!
//! `lock` is the decision, `process` the detached sender itself, `keeper` what any live console or
//! waiting command does: see that a sender runs while there is work.

pub mod keeper;
pub mod lock;
pub mod process;
