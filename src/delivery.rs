//! The engine: claims what is queued, sends it, records what came of it.
//!
//! `engine` holds the loop; `pace`, `retry`, `budget` and `caution` are its rules without I/O; `http` is the only file that
//! knows reqwest, `http2` the only one that knows HTTP/2, and `smtp` the only one that knows an SMTP connection. `errand` asks a provider what is no sending.

pub mod budget;
pub mod carrier;
mod cause;
pub mod caution;
pub mod engine;
pub mod errand;
#[cfg(test)]
pub mod fake;
pub mod http;
mod http2;
pub mod outgoing;
pub mod pace;
pub mod passes;
pub mod retry;
pub mod smtp;
