//! Parses arguments, chooses console or command, turns the result into an exit code.

use std::process::ExitCode;

use pushdeck::cli::context::Openers;
use pushdeck::launch;

fn main() -> ExitCode {
    pushdeck::cli::run(Openers { console: launch::console, demo: launch::demo::demo })
}
