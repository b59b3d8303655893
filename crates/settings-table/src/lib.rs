//! A README's table of settings beside what the code reads, for tests.
//!
//! A function documents each variable that it reads where it reads it, on a line such as ``/// `NAME`: what it is``, and its README
//! has a row ``| `NAME` | what it is |``.

use std::collections::BTreeSet;

/// What the crates that every function shares read: the log.
pub const LOG: &[&str] = &["LOG_LEVEL"];

/// What those that tell people of a failure read as well.
pub const LOG_AND_NOTICES: &[&str] = &[
    "LOG_LEVEL",
    "NOTIFY_LANGUAGE",
    "NOTIFY_TOPIC",
    "NOTIFY_WEBHOOK",
    "NOTIFY_WEBHOOK_FILE",
];

/// The shortest name of a variable, in letters: shorter ones are words such as `S3`.
const SHORTEST: usize = 3;

/// Sees that `readme` has a row for every variable that `code` and crates `elsewhere` read, and for no other.
///
/// # Panics
/// One is missing on either side.
pub fn assert_lists_what_is_read(readme: &str, code: &str, elsewhere: &[&str]) {
    let listed = names(readme, "| `");
    let mut read = names(code, "/// `");
    read.extend(elsewhere);
    let only_listed: Vec<_> = listed.difference(&read).collect();
    let only_read: Vec<_> = read.difference(&listed).collect();
    assert!(
        only_listed.is_empty() && only_read.is_empty(),
        "the README lists {only_listed:?}, which nothing reads; the code reads {only_read:?}, which the README does not list"
    );
    assert!(listed.len() > elsewhere.len(), "no setting was found");
}

/// The variables that the lines that start with `start` name, before what they say of them.
fn names<'a>(text: &'a str, start: &str) -> BTreeSet<&'a str> {
    let lines = text.lines().map(str::trim);
    let heads = lines
        .filter(|line| line.starts_with(start))
        .map(|line| line.split_once(": ").map_or(line, |(head, _)| head))
        .map(|line| line.split_once(" | ").map_or(line, |(head, _)| head));
    heads
        .flat_map(|head| head.split('`'))
        .filter(|word| is_name(word))
        .collect()
}

fn is_name(word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    word.len() >= SHORTEST && word.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "/// `APP_ID`: which app.\n/// `TOKEN`, `TOKEN_FILE`: what opens it, for `ANY` app.\nlet other = `NO`;";

    #[test]
    fn a_table_that_lists_what_is_read_is_right() {
        let readme = "| `APP_ID` | which | none |\n| `TOKEN`, `TOKEN_FILE` | `ANY` |\n| `LOG_LEVEL` | how much |";
        assert_lists_what_is_read(readme, CODE, LOG);
    }

    #[test]
    #[should_panic(
        expected = r#"lists ["OLD"], which nothing reads; the code reads ["APP_ID", "LOG_LEVEL"]"#
    )]
    fn one_that_is_missing_on_either_side_is_named() {
        assert_lists_what_is_read("| `TOKEN`, `TOKEN_FILE` | a |\n| `OLD` | b |", CODE, LOG);
    }
}
