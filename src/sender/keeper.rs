//! Sees that a sender runs while there is work: what any live console or waiting command does.

use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::lock;

/// How a detached sender is started.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The binary: normally this one.
    pub program: PathBuf,
    /// Global arguments that lead it to the same store, config and key.
    pub args: Vec<String>,
    /// The folder of the store.
    pub folder: PathBuf,
}

/// Starts a detached sender unless one lives; it makes a session of its own after exec. A second one started at the same moment finds the lock
/// taken and leaves at once.
pub fn ensure(launch: &Launch) -> io::Result<()> {
    if lock::is_held(&launch.folder)? {
        return Ok(());
    }
    let mut command = Command::new(&launch.program);
    command
        .args(&launch.args)
        .arg("sender")
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn()?;
    // Reaped by a thread, so that a short-lived second sender does not stay a zombie of the console.
    std::thread::Builder::new().name("reap-sender".to_owned()).spawn(move || {
        // Its end is its own business; all it has to say is in the log and the store.
        drop(child.wait());
    })?;
    Ok(())
}
