//! Terminal and signal events as messages; what is not understood is dropped and never leaks as text.
//!
//! The terminal's stream is made anew after the terminal was given away, because an idle stream still
//! reads stdin. Signals have a stream of their own that lives as long as the console.

use crossterm::event::{
    Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent,
    MouseEventKind,
};
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, select};
use tokio::signal::unix::{SignalKind, signal};

use crate::app::msg::{Mouse, Msg, Signal};
use crate::input::key::{Code, Key, Mods};

/// What the terminal says.
pub fn terminal_events() -> BoxStream<'static, Msg> {
    EventStream::new().filter_map(|event| async { event.ok().and_then(message) }).boxed()
}

/// What the system says.
pub fn signals() -> std::io::Result<BoxStream<'static, Msg>> {
    let of = |kind: SignalKind, meaning: Signal| -> std::io::Result<BoxStream<'static, Msg>> {
        let listener = signal(kind)?;
        let stream = futures_util::stream::unfold(listener, move |mut listener| async move {
            listener.recv().await.map(|()| (Msg::Signal(meaning), listener))
        });
        Ok(stream.boxed())
    };
    let terminate = of(SignalKind::terminate(), Signal::Terminate)?;
    let hang_up = of(SignalKind::hangup(), Signal::HangUp)?;
    let interrupt = of(SignalKind::interrupt(), Signal::Interrupt)?;
    Ok(select(terminate, select(hang_up, interrupt)).boxed())
}

/// One terminal event as a message.
pub fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => key_of(key).map(Msg::Key),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Resize(columns, rows) => Some(Msg::Resize(columns, rows)),
        Event::Mouse(mouse) => mouse_of(mouse).map(Msg::Mouse),
        Event::Key(_) | Event::FocusGained | Event::FocusLost => None,
    }
}

fn mouse_of(mouse: MouseEvent) -> Option<Mouse> {
    match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => Some(Mouse::Press(mouse.column, mouse.row)),
        MouseEventKind::ScrollUp => Some(Mouse::WheelUp),
        MouseEventKind::ScrollDown => Some(Mouse::WheelDown),
        _ => None,
    }
}

fn key_of(event: KeyEvent) -> Option<Key> {
    let held = |modifier| event.modifiers.contains(modifier);
    let mut mods = Mods {
        ctrl: held(KeyModifiers::CONTROL),
        alt: held(KeyModifiers::ALT),
        shift: held(KeyModifiers::SHIFT),
    };
    let code = match event.code {
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::F(n) => Code::F(n),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => {
            mods.shift = true;
            Code::Tab
        }
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Insert => Code::Insert,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        _ => return None,
    };
    Some(Key { code, mods }.normalise())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shift_tab_has_one_spelling_and_releases_are_ignored() {
        let back = KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT);
        assert_eq!(message(Event::Key(back)), "Shift-Tab".parse().ok().map(Msg::Key));
        let release = KeyEvent::new_with_kind(KeyCode::Char('a'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(message(Event::Key(release)), None);
        let media = KeyEvent::new(KeyCode::CapsLock, KeyModifiers::NONE);
        assert_eq!(message(Event::Key(media)), None);
    }
}
