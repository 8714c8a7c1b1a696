//! Dumb, reusable pieces of a screen.
