//! Parses arguments, chooses console or command, turns the result into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    pushdeck::cli::run()
}
