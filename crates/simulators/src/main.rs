//! `cargo run -p simulators -- kintone`.
fn main() {}
