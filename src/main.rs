//! Parses arguments, chooses console or command, turns the result into an exit code.

use std::process::ExitCode;

use pushdeck::cli::context::Openers;
use pushdeck::launch;

/// A delivery is allocated on the store's thread and freed on the engine's, some ten thousand times a second:
/// the system's allocator makes the threads wait for each other.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    pushdeck::cli::run(Openers { console: launch::console, demo: launch::demo::demo })
}
