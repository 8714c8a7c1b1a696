//! The real binary on the command line: cleared environment, a home of its own, loopback providers.
//! One test binary; the files are what an operator does: channels, people, sending, mistakes, a whole story.

mod apprise;
mod channels;
mod chinese;
mod control;
mod desk;
mod inbox;
mod mistakes;
mod people;
mod provider;
mod sending;
mod story;
