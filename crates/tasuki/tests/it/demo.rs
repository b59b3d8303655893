//! `tasuki demo`.

use simulators::Kintone;
use simulators::kintone::{App, Options};
use tempfile::TempDir;

use crate::command::{tasuki, text};

#[test]
fn the_demo_ends_with_a_checked_backup_and_a_table() {
    let folder = TempDir::new().unwrap();
    for records in ["100", "10"] {
        let output = tasuki(folder.path(), &["demo", "--records", records], &[]);
        let words = text(&output);
        assert!(output.status.success(), "{words}{output:?}");
        let count = 4 + records.parse::<u64>().unwrap();
        let line = format!("{count} records in the backup, {count} rows in the table.");
        assert!(words.contains(&line), "{words}");
        assert_eq!(words.matches("SHA-256 ok").count(), 4, "{words}");
        assert!(
            words.contains("なんとか社1") && words.contains("Next:"),
            "{words}"
        );
    }
}

#[test]
fn the_demo_of_a_refused_export_fails_and_says_why() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article()).to_string();
    let folder = TempDir::new().unwrap();
    let arguments = ["demo", "--base-url", &kintone.base_url(), "--app", &app];
    let output = tasuki(folder.path(), &arguments, &[("TOKEN", "hunter2")]);
    assert!(!output.status.success());
    assert!(
        text(&output).contains("Nothing was published"),
        "{output:?}"
    );
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("token") && !log.contains("hunter2"), "{log}");
}
