//! What several tests share.

pub mod console;
