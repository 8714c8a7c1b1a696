//! From the model to the screen: reads only, decides nothing, knows no store and no network.
//!
//! `frame` draws the whole picture; `screens` and `overlays` fill it, one file each; `words` puts the
//! model's facts into words. `width` measures and writes text; `widgets` are dumb pieces that screens
//! compose.

pub mod frame;
pub mod overlays;
pub mod painted;
pub mod screens;
pub mod widgets;
pub mod width;
pub mod words;
