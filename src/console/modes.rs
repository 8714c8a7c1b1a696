//! The terminal's modes: what is switched on at the start and off at every way out.
//!
//! `restore` may be called by anybody at any time, a panicking thread too; only the first call after an
//! `enter` does something.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

/// Alternate screen, bracketed paste, hidden cursor; the title is kept aside.
pub const ENTER: &str = "\x1b[22;0t\x1b[?1049h\x1b[?2004h\x1b[?25l\x1b[2J";
/// Everything back, whatever was on, a torn frame too.
pub const LEAVE: &str =
    "\x1b[?2026l\x1b[r\x1b[m\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[?25h\x1b[?1049l\x1b[23;0t";
/// Presses and the wheel, in a form that knows wide terminals.
pub const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
/// The mouse belongs to the terminal again.
pub const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";

static TAKEN: AtomicBool = AtomicBool::new(false);

/// Raw mode on; `ENTER` is written by who draws.
pub fn enter() -> std::io::Result<()> {
    crossterm::terminal::enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    Ok(())
}

/// Whether the terminal is ours: false after a panic has given it back.
pub fn is_taken() -> bool {
    TAKEN.load(Ordering::SeqCst)
}

/// Raw mode off, for a terminal whose `LEAVE` was written by who draws.
pub fn leave() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        // Nobody is left to tell: the terminal may be gone.
        let _ = crossterm::terminal::disable_raw_mode();
    }
}

/// Gives the terminal back at once, if it is ours.
pub fn restore() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let mut out = std::io::stdout();
        // Nobody is left to tell, twice: the terminal may be gone.
        let _ = out.write_all(LEAVE.as_bytes()).and_then(|()| out.flush());
        // See above.
        let _ = crossterm::terminal::disable_raw_mode();
    }
}

/// A panic anywhere restores the terminal first, then writes its report to the log; the usual report
/// follows on the restored screen.
pub fn restore_on_panic() {
    static ONCE: AtomicBool = AtomicBool::new(false);
    if ONCE.swap(true, Ordering::SeqCst) {
        return;
    }
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        restore();
        tracing::error!(%panic, "panic");
        usual(panic);
    }));
}
