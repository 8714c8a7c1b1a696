//! How things look and what they are called: themes, colour depth, signs, languages, numbers.
//!
//! Everything here is data with pure look-ups. It knows no screen; `ui` and `cli` read it.

pub mod depth;
pub mod glyphs;
pub mod role;
pub mod theme;
