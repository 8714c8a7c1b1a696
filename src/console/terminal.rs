//! The real terminal: modes, drawing thread, clipboard, suspension, editor.
//!
//! Everything that is written goes through the drawing thread, so that frames and control sequences
//! never mix; only a panic writes past it.

use std::time::Duration;

use base64::Engine;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, select};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::draw::Drawer;
use super::port::{Picture, Port};
use super::{edit, events, hangup, modes};
use crate::app::msg::{Handed, Msg, Signal};

/// How long a terminal may take to accept the last words.
const PATIENCE: Duration = Duration::from_secs(1);
/// What terminals accept on their clipboard.
const CLIPBOARD_CAP: usize = 74 * 1024;

/// The terminal, taken. Dropping it gives the terminal back.
pub struct Terminal {
    drawer: Option<Drawer>,
    mouse: bool,
    gone: Option<mpsc::UnboundedReceiver<Msg>>,
}

impl Terminal {
    /// Takes the terminal.
    pub fn enter(mouse: bool) -> std::io::Result<Self> {
        modes::restore_on_panic();
        let (tell, gone) = mpsc::unbounded_channel();
        hangup::watch(tell)?;
        modes::enter()?;
        let drawer = Drawer::start(std::io::stdout())?;
        let terminal = Self { drawer: Some(drawer), mouse, gone: Some(gone) };
        terminal.take();
        Ok(terminal)
    }

    /// Gives the terminal back whole; false if the drawing thread did not live so long.
    pub fn leave(mut self) -> bool {
        self.give_back_for_good()
    }

    fn give_back_for_good(&mut self) -> bool {
        let Some(drawer) = self.drawer.take() else { return true };
        if drawer.is_dead() {
            modes::leave();
            return false;
        }
        // A panic has given it back already, and its report must stay on the screen.
        let last = if modes::is_taken() { modes::LEAVE } else { "" };
        if !drawer.finish(last, PATIENCE) {
            tracing::warn!("the terminal did not take the last frame");
        }
        modes::leave();
        true
    }

    fn take(&self) {
        let Some(drawer) = &self.drawer else { return };
        drawer.forget();
        drawer.control(modes::ENTER);
        if self.mouse {
            drawer.control(modes::MOUSE_ON);
        }
    }

    /// For a moment: another program gets the terminal.
    fn give(&self) {
        if let Some(drawer) = &self.drawer {
            drawer.control(modes::LEAVE);
            if !drawer.settle(PATIENCE) {
                tracing::warn!("the terminal is slow to take its modes back");
            }
        }
        modes::leave();
    }

    fn retake(&self) {
        if let Err(error) = modes::enter() {
            tracing::error!(%error, "cannot take the terminal again");
        }
        self.take();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.give_back_for_good();
    }
}

impl Port for Terminal {
    fn events(&mut self) -> BoxStream<'static, Msg> {
        events::terminal_events()
    }

    fn signals(&mut self) -> BoxStream<'static, Msg> {
        let Some(gone) = self.gone.take() else { return futures_util::stream::pending().boxed() };
        let gone =
            futures_util::stream::unfold(
                gone,
                |mut gone| async move { gone.recv().await.map(|msg| (msg, gone)) },
            );
        // Without its drawing thread the console would go on unseen.
        let unseen = self.drawer.as_ref().map(Drawer::ended);
        let unseen = futures_util::stream::once(async move {
            match unseen {
                Some(ended) => ended.await,
                None => std::future::pending().await,
            }
            Msg::Signal(Signal::Terminate)
        });
        let gone = select(gone, unseen);
        match events::signals() {
            Ok(signals) => select(gone, signals).boxed(),
            Err(error) => {
                tracing::error!(%error, "cannot listen to signals");
                gone.boxed()
            }
        }
    }

    fn size(&self) -> (u16, u16) {
        crossterm::terminal::size().unwrap_or((80, 24))
    }

    fn show(&mut self, picture: Picture) {
        if let Some(drawer) = &self.drawer {
            drawer.show(picture);
        }
    }

    fn drawn(&self, number: u64) -> BoxFuture<'static, ()> {
        let drawn = self.drawer.as_ref().map(Drawer::drawn);
        Box::pin(async move {
            if let Some(mut drawn) = drawn {
                // An ended drawing thread will never draw it: whoever waits is told and finds the end.
                let _ = drawn.wait_for(|last| *last >= number).await;
            }
        })
    }

    fn forget(&mut self) {
        if let Some(drawer) = &self.drawer {
            drawer.forget();
        }
    }

    fn copy(&mut self, text: &str) {
        if let Some(drawer) = &self.drawer {
            drawer.control(&clipboard(text, std::env::var_os("TMUX").is_some()));
        }
    }

    fn mouse(&mut self, on: bool) {
        self.mouse = on;
        if let Some(drawer) = &self.drawer {
            drawer.control(if on { modes::MOUSE_ON } else { modes::MOUSE_OFF });
        }
    }

    fn suspend(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            let resumed = signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()));
            self.give();
            stop_here(resumed.ok()).await;
            self.retake();
        })
    }

    fn edit(&mut self, text: String) -> BoxFuture<'_, Handed> {
        Box::pin(async {
            self.give();
            let handed = edit::edit(text).await;
            self.retake();
            handed
        })
    }
}

/// Stops this job as the shell expects it, and waits for its continuation. A job that nobody can
/// continue is not stopped by the system at all, so the wait has an end.
async fn stop_here(resumed: Option<tokio::signal::unix::Signal>) {
    if let Err(error) = rustix::process::kill_current_process_group(rustix::process::Signal::TSTP) {
        tracing::warn!(%error, "cannot stop");
        return;
    }
    if let Some(mut resumed) = resumed {
        // Either way we run again.
        let _ = tokio::time::timeout(Duration::from_millis(500), resumed.recv()).await;
    }
}

/// OSC 52; inside tmux wrapped so that it reaches the terminal outside.
fn clipboard(text: &str, tmux: bool) -> String {
    let mut end = text.len().min(CLIPBOARD_CAP * 3 / 4);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let data = base64::engine::general_purpose::STANDARD.encode(&text[..end]);
    if tmux { format!("\x1bPtmux;\x1b\x1b]52;c;{data}\x07\x1b\\") } else { format!("\x1b]52;c;{data}\x07") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_wrapped_in_tmux_and_never_longer_than_terminals_take() {
        assert_eq!(clipboard("hi", false), "\x1b]52;c;aGk=\x07");
        assert!(clipboard("hi", true).starts_with("\x1bPtmux;\x1b\x1b]52"));
        let long = clipboard(&"中".repeat(60_000), false);
        assert!(long.len() <= CLIPBOARD_CAP + 16);
    }
}
