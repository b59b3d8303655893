//! The samples and the settings table, which people copy from.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use function_core::Clock;
use functions_framework::read_event;
use kintone_restore::Request;

#[test]
fn every_sample_is_understood() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let mut samples = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let event = read_event(&fs::read(&path).unwrap(), &Clock::system()).unwrap();
        event
            .json::<Request>()
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        samples += 1;
    }
    assert!(samples >= 6, "{samples} samples");
}

#[test]
fn the_settings_table_lists_what_the_code_reads() {
    let documented = names(include_str!("../../README.md"), "| `");
    let code = concat!(
        include_str!("../../src/config.rs"),
        include_str!("../../../../crates/kintone-client/src/connection.rs"),
    );
    let read = names(code, "/// `");
    let elsewhere = [
        "NOTIFY_TOPIC",
        "NOTIFY_WEBHOOK",
        "NOTIFY_WEBHOOK_FILE",
        "NOTIFY_LANGUAGE",
        "LOG_LEVEL",
    ];
    let read = read
        .into_iter()
        .chain(elsewhere.map(str::to_owned))
        .collect::<BTreeSet<_>>();
    assert_eq!(documented, read);
}

/// The variables that the lines that start with `start` name.
fn names(text: &str, start: &str) -> BTreeSet<String> {
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with(start));
    let is_name = |word: &&str| {
        word.len() > 4
            && word
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    lines
        .map(|line| line.split_once(": ").map_or(line, |(head, _)| head))
        .map(|line| line.split_once(" | ").map_or(line, |(head, _)| head))
        .flat_map(|line| {
            line.split('`')
                .filter(is_name)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}
