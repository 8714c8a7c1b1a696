//! Wakes whoever waits when any process writes to the store, so that an idle console sleeps.
//!
//! The kernel tells of writes to the folder (on Linux, by inotify); no file of the store is opened for it,
//! because closing one would drop SQLite's own locks. A commit becomes visible a moment after its bytes
//! were written, so a wake-up means "look for a while", not "it is there". Where the kernel tells
//! nothing, looking by the clock remains.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

/// Waits for writes to one store.
#[derive(Debug)]
pub struct Watch {
    /// Told by a thread that waits in the kernel, and ends after this is dropped.
    written: Option<Arc<Notify>>,
}

impl Watch {
    /// Watches the store in `folder`.
    pub fn of(folder: &Path) -> Self {
        let written = Arc::new(Notify::new());
        let told = kernel::tell(folder, &written)
            .inspect_err(|error| tracing::info!(%error, "the kernel does not tell of writes to the store"));
        Self { written: told.is_ok().then_some(written) }
    }

    /// Returns when something was written since the last call, or after `at_most`; where the kernel
    /// tells nothing, after `blind`.
    pub async fn written(&mut self, at_most: Duration, blind: Duration) {
        match &self.written {
            // Too late is not an error: whoever waits looks either way.
            Some(written) => drop(tokio::time::timeout(at_most, written.notified()).await),
            None => tokio::time::sleep(blind).await,
        }
    }
}

#[cfg(target_os = "linux")]
mod kernel {
    use std::io;
    use std::mem::MaybeUninit;
    use std::os::fd::OwnedFd;
    use std::path::Path;
    use std::sync::{Arc, Weak};
    use std::time::Duration;

    use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
    use tokio::sync::Notify;

    /// A busy sender writes all the time, and equal events that wait in the kernel become one: reading
    /// so seldom costs nothing.
    const PAUSE: Duration = Duration::from_millis(100);

    /// Starts the thread. A thread and not the runtime's reactor, because that takes a foreign
    /// descriptor only as `unsafe`.
    pub fn tell(folder: &Path, written: &Arc<Notify>) -> io::Result<()> {
        let queue = inotify::init(CreateFlags::CLOEXEC)?;
        inotify::add_watch(&queue, folder, WatchFlags::MODIFY | WatchFlags::CREATE)?;
        let written = Arc::downgrade(written);
        std::thread::Builder::new().name("store-watch".to_owned()).spawn(move || read(&queue, &written))?;
        Ok(())
    }

    fn read(queue: &OwnedFd, written: &Weak<Notify>) {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut events = inotify::Reader::new(queue, &mut buffer);
        loop {
            match events.next().map(drop) {
                // Which file it was does not matter.
                Ok(()) if !events.is_buffer_empty() => {}
                Ok(()) => match written.upgrade() {
                    Some(written) => {
                        written.notify_one();
                        std::thread::sleep(PAUSE);
                    }
                    None => return,
                },
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => {
                    return tracing::warn!(%error, "the kernel stopped telling of writes to the store");
                }
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod kernel {
    use std::io;
    use std::path::Path;
    use std::sync::Arc;

    use tokio::sync::Notify;

    pub fn tell(_folder: &Path, _written: &Arc<Notify>) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(30);

    #[tokio::test]
    async fn a_write_wakes_and_silence_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut watch = Watch::of(folder.path());
        let woken = tokio::time::timeout(Duration::from_millis(50), watch.written(LONG, LONG)).await;
        assert!(woken.is_err(), "nothing was written");
        std::fs::write(folder.path().join("pushdeck.db-wal"), "a frame").expect("written");
        tokio::time::timeout(LONG, watch.written(LONG, LONG)).await.expect("woken");
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_watched_is_looked_at_by_the_clock() {
        let mut watch = Watch::of(Path::new("/there/is/no/such/folder"));
        let looked = watch.written(LONG, Duration::from_millis(1));
        tokio::time::timeout(LONG, looked).await.expect("by the clock");
    }
}
