//! What several tests share.

pub mod console;
pub mod lists;
