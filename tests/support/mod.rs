//! What several tests share.

pub mod compose;
pub mod console;
pub mod errands;
pub mod lists;
