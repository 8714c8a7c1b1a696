//! What the loop needs of a terminal: the real one, or a fake in tests.

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use ratatui::buffer::Buffer;

use crate::app::msg::{Handed, Msg};

/// One finished picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Counts up from 1.
    pub number: u64,
    /// Every cell.
    pub buffer: Buffer,
    /// Where the real cursor stands.
    pub cursor: Option<(u16, u16)>,
    /// Whether it is seen: while typing.
    pub typing: bool,
    /// The terminal's title.
    pub title: String,
}

/// A terminal as the loop sees it. Nothing here waits for the terminal except `suspend` and `edit`,
/// which give it away.
pub trait Port: Send {
    /// What the terminal says. Dropped before the terminal is given away, because even an idle stream
    /// reads stdin, and asked for again afterwards.
    fn events(&mut self) -> BoxStream<'static, Msg>;

    /// What the system says, a terminal that is gone included; asked for once.
    fn signals(&mut self) -> BoxStream<'static, Msg>;

    /// Columns and rows.
    fn size(&self) -> (u16, u16);

    /// Hands over the latest picture; one that was not drawn yet is forgotten.
    fn show(&mut self, picture: Picture);

    /// Resolves when the picture of this number has reached the terminal.
    fn drawn(&self, number: u64) -> BoxFuture<'static, ()>;

    /// The next picture is drawn whole.
    fn forget(&mut self);

    /// Puts a text on the terminal's clipboard.
    fn copy(&mut self, text: &str);

    /// Mouse reports on or off.
    fn mouse(&mut self, on: bool);

    /// Gives the terminal back, stops until somebody resumes us, and takes it again.
    fn suspend(&mut self) -> BoxFuture<'_, ()>;

    /// Gives the terminal to the operator's editor.
    fn edit(&mut self, text: String) -> BoxFuture<'_, Handed>;
}
