//! Tests of the section against a store in memory.
