//! The samples and the settings table, which people copy from.

use std::fs;
use std::path::Path;

use function_core::Clock;
use functions_framework::read_event;
use kintone_export::Request;

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
    assert!(samples >= 5, "{samples} samples");
}

#[test]
fn the_settings_table_lists_what_the_code_reads() {
    let code = concat!(
        include_str!("../../src/config.rs"),
        include_str!("../../../../crates/kintone-client/src/connection.rs"),
        include_str!("../../src/config/load.rs"),
    );
    let readme = include_str!("../../README.md");
    settings_table::assert_lists_what_is_read(readme, code, settings_table::LOG_AND_NOTICES);
}
