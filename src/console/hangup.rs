//! Notices that the terminal is gone, which crossterm does not: a thread that sleeps in `poll` until
//! stdin hangs up.
//!
//! On a hang-up it puts the read end of an open pipe over stdin and the null device over stdout and
//! stderr, so that nobody spins on a dead descriptor or dies of a write, tells the loop, and ends the
//! process if the loop has not done so in time. The sender goes on.

use std::fs::OpenOptions;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::mpsc::UnboundedSender;

use crate::app::msg::{Msg, Signal};

/// How long the loop has to end by itself: it may hang in a read of the terminal that is gone, and the console is to be
/// gone within a second.
const PATIENCE: Duration = Duration::from_millis(800);

/// What a process that ended for a hang-up gives to who waits for it.
const EXIT_CODE: i32 = 129;

/// Starts to watch stdin.
pub fn watch(tell: UnboundedSender<Msg>) -> std::io::Result<()> {
    std::thread::Builder::new().name("hangup".to_owned()).spawn(move || {
        if !wait_for_hang_up() {
            return;
        }
        let keep_open = take_descriptors();
        // A loop that has ended already needs no telling.
        let _ = tell.send(Msg::Signal(Signal::HangUp));
        std::thread::sleep(PATIENCE);
        drop(keep_open);
        std::process::exit(EXIT_CODE);
    })?;
    Ok(())
}

/// Sleeps until the terminal is gone; false if that cannot be told.
fn wait_for_hang_up() -> bool {
    let stdin = std::io::stdin();
    loop {
        // No event is asked for: hang-up and error are always reported.
        let mut fds = [PollFd::new(&stdin, PollFlags::empty())];
        match poll(&mut fds, None) {
            Ok(_) if fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR) => return true,
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

/// Puts harmless descriptors in the place of the dead terminal; the write end of the pipe must stay open.
fn take_descriptors() -> Option<OwnedFd> {
    let (read, write) = rustix::pipe::pipe().ok()?;
    let null = OpenOptions::new().write(true).open("/dev/null").ok()?;
    rustix::stdio::dup2_stdin(&read).ok()?;
    rustix::stdio::dup2_stdout(&null).ok()?;
    rustix::stdio::dup2_stderr(&null).ok()?;
    Some(write)
}
