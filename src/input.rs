//! Keys as data: what a key is, what an action is, and which key means which action where.
//!
//! A leaf: it knows neither the screens nor the terminal. The shell turns terminal events into `Key`,
//! `app::contexts` says what has the focus, and `resolve` answers what the key means there.

pub mod action;
pub mod context;
pub mod key;
pub mod keymap;
pub mod resolve;
