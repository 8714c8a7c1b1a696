//! A desk as a terminal needs it: where its programs run, and in which environment.

use std::path::{Path, PathBuf};

use crate::desk::Desk;

pub const BINARY: &str = env!("CARGO_BIN_EXE_pushdeck");

/// Where programs in a terminal find the desk's store.
pub struct Home {
    path: PathBuf,
}

impl Home {
    pub fn of(desk: &Desk) -> Self {
        Self { path: desk.path("") }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let home = self.path.to_string_lossy().into_owned();
        vec![
            ("HOME", home),
            ("PATH", "/usr/bin:/bin".to_owned()),
            ("USER", "tester".to_owned()),
            ("TERM", "xterm-256color".to_owned()),
            ("LC_ALL", "en_US.UTF-8".to_owned()),
            ("PUSHDECK_SEND_IDLE", "300ms".to_owned()),
        ]
    }
}
