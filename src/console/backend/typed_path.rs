//! Paths as people type them.

use std::path::PathBuf;

/// `~/list.csv`, as shells read it: people type what they are used to.
pub(super) fn expanded(typed: &str) -> PathBuf {
    let typed = typed.trim();
    match (typed.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(typed),
    }
}
