//! The command, as a person types it.
#![cfg(test)]

use std::path::Path;
use std::process::{Command, Output};

use simulators::Kintone;
use simulators::kintone::{App, Options};
use tempfile::TempDir;

fn tasuki(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tasuki"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(settings.iter().copied())
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

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

#[test]
fn a_dry_run_by_hand_prints_the_plan() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article());
    let folder = TempDir::new().unwrap();
    let settings = [
        ("KINTONE_BASE_URL", kintone.base_url()),
        ("APPID", app.to_string()),
        ("TOKEN", kintone.token(app)),
        ("BUCKET", "./backups".to_owned()),
    ];
    let settings: Vec<_> = settings
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let output = tasuki(
        folder.path(),
        &["invoke", "kintone-export", "--dry-run"],
        &settings,
    );
    assert!(output.status.success(), "{output:?}");
    assert!(
        text(&output).contains("all records by id"),
        "{}",
        text(&output)
    );
    assert!(!folder.path().join("backups").exists());
}

#[test]
fn settings_at_fault_are_all_named() {
    let folder = TempDir::new().unwrap();
    let output = tasuki(
        folder.path(),
        &["invoke", "kintone-export"],
        &[("WINDOWS", "9")],
    );
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8(output.stderr).unwrap();
    for name in ["DOMAIN", "APPID", "BUCKET", "WINDOWS is `9`"] {
        assert!(words.contains(name), "{name}: {words}");
    }
}
