//! Dumb, reusable pieces of a screen: they read only `Look`, strings and the rows that they are given.
//!
//! Texts arrive scrubbed (`domain::safe_text`) or are our own words. Everything is written with a
//! [`pen::Pen`], by role; nothing here names a colour, and nothing changes the model. What a widget
//! learns while drawing (caret, areas for the mouse, page height) it returns; screens put it into `Painted`.
//!
//! ```
//! use pushdeck::domain::subscriber::SubscriberState;
//! use pushdeck::look::{Look, locale::Lang};
//! use pushdeck::ui::widgets::badge::Badged;
//! use pushdeck::ui::widgets::pen::Pen;
//! use pushdeck::ui::widgets::table::{Cell, Column, Row, Table};
//! use pushdeck::ui::widgets::{hints, rule};
//! use ratatui::{buffer::Buffer, layout::Rect};
//!
//! let look = Look::plain(Lang::Zh);                     // a view gets it: view(model, look, keys, frame)
//! let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 24)); // frame.buffer_mut()
//! let mut pen = Pen::new(&look, &mut buffer);
//! let words = &look.strings.subscribers;
//!
//! rule::titled(&mut pen, Rect::new(0, 1, 80, 1), &[&words.topics, "3"]);
//! let table = Table {
//!     columns: vec![
//!         Column::new(&words.name, 10, 30),             // never drops
//!         Column::new(&words.state, 8, 14),
//!         Column::new(&words.tags, 6, 12).right().drops(1),
//!     ],
//!     rows: vec![Row::new(vec![
//!         Cell::new("王小明"),
//!         Cell::badge(&SubscriberState::Active.badge(look.strings)),
//!         Cell::new("夜班"),
//!     ])],
//!     selected: Some(0),
//!     focused: true,
//!     ..Table::default()
//! };
//! let painted = table.draw(&mut pen, Rect::new(0, 3, 80, 18));
//! assert!(painted.cursor.is_some());                    // the cursor rests on the selected row
//! hints::draw(&mut pen, Rect::new(0, 23, 80, 1), &[("Enter", "打开")], &[("?", "帮助")]);
//! ```

pub mod badge;
pub mod bar;
pub mod dialog;
pub mod form;
pub mod hints;
pub mod list;
pub mod pen;
pub mod rule;
pub mod table;
pub mod tabs;
