//! A home directory of its own for the real binary. Senders that it started end with it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rustix::process::{Pid, Signal, kill_process};

pub const BINARY: &str = env!("CARGO_BIN_EXE_pushdeck");

/// A home directory of its own.
pub struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("tmp")).expect("a folder for temporary files");
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where every program of this home finds its places.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let below = |name: &str| self.path().join(name).to_string_lossy().into_owned();
        vec![
            ("HOME", below("")),
            ("TMPDIR", below("tmp")),
            ("XDG_CONFIG_HOME", below("config")),
            ("XDG_DATA_HOME", below("data")),
            ("XDG_STATE_HOME", below("state")),
            ("LC_ALL", "en_US.UTF-8".to_owned()),
            ("TERM", "xterm-256color".to_owned()),
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("PUSHDECK_SEND_IDLE", "1s".to_owned()),
            ("USER", "ann".to_owned()),
        ]
    }

    /// Runs a command to its end.
    pub fn run(&self, args: &[&str]) -> Output {
        let output = Command::new(BINARY)
            .args(args)
            .env_clear()
            .envs(self.environment())
            .current_dir(self.path())
            .output()
            .expect("the binary runs");
        assert!(output.status.success(), "{args:?}: {output:?}");
        output
    }

    /// The detached senders of this home's store.
    pub fn senders(&self) -> Vec<Pid> {
        let mine = self.path().as_os_str().as_encoded_bytes();
        let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
        let mut senders = Vec::new();
        for process in processes.flatten() {
            let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let Ok(line) = fs::read(process.path().join("cmdline")) else { continue };
            let is_sender = line.split(|byte| *byte == 0).any(|word| word == b"sender");
            if is_sender && line.windows(mine.len()).any(|part| part == mine) {
                senders.extend(Pid::from_raw(pid));
            }
        }
        senders
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        for sender in self.senders() {
            // One that has just left by itself is as good.
            let _ = kill_process(sender, Signal::KILL);
        }
    }
}
