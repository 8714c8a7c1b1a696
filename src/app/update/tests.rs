//! Tests of the transitions: given a model, when a message, then model and effects.
