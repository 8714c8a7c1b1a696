//! Parses arguments, chooses console or command, turns the result into an exit code.

fn main() {}
