//! Tests follow with the behaviour.
