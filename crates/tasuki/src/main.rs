//! The command for people.
fn main() {}
