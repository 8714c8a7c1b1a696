//! From the model to the screen: reads only, decides nothing, knows no store and no network.
//!
//! `width` measures and writes text; `widgets` are dumb pieces that screens compose.

pub mod widgets;
pub mod width;
