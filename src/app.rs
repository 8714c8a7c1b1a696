//! State and transitions of the console: synchronous, deterministic, no terminal, no SQL, no HTTP.
//!
//! `update(&mut Model, Msg) -> Step` is the only way in. A `Model` is the `Screens` (one plain struct
//! per section) and the `Desk`: everything the sections share, and the only thing that they can act
//! through. **To write a screen**: fill in its struct in `screens/`, answer the questions of the trait
//! `Screen`, add a variant to `Request` and `Reply` per question to the store and one to `Saying` per
//! fact that needs words, and draw it in `ui::screens`.

pub mod available;
pub mod contexts;
pub mod desk;
pub mod editor;
pub mod effect;
pub mod form;
pub mod model;
pub mod msg;
pub mod notice;
pub mod overlay;
pub mod request;
pub mod rows;
pub mod saying;
pub mod screen;
pub mod screens;
pub mod section;
pub mod table;
pub mod update;
