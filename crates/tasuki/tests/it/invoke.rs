//! `tasuki invoke`.

use simulators::Kintone;
use simulators::kintone::{App, Options};
use tempfile::TempDir;

use crate::command::{tasuki, text};

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
