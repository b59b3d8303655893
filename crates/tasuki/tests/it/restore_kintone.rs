//! `tasuki restore kintone` and `tasuki drill`, against a simulated Kintone.

use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;
use simulators::Kintone;
use simulators::kintone::{App, Options};
use tempfile::TempDir;

use crate::command::{tasuki, text};

/// A domain with the article's app, an empty one of the same form, and a folder with a backup of the first.
struct Desk {
    kintone: Kintone,
    from: u64,
    to: u64,
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let kintone = Kintone::start(Options::default());
        let desk = Self {
            from: kintone.add_app(App::article()),
            to: kintone.add_app(App::article().without_records()),
            kintone,
            folder: TempDir::new().unwrap(),
        };
        let app = desk.from.to_string();
        let saved = desk.run(
            &["invoke", "kintone-export"],
            &[("APPID", &app), ("BUCKET", "./backups")],
        );
        assert!(saved.status.success(), "{saved:?}");
        desk
    }

    fn run(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
        let base_url = self.kintone.base_url();
        let tokens = [self.from, self.to].map(|app| self.kintone.token(app));
        let token = tokens.join(",");
        let mut all = vec![("KINTONE_BASE_URL", &*base_url), ("TOKEN", &*token)];
        all.extend(settings);
        tasuki(self.folder.path(), arguments, &all)
    }

    fn restore(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
        let app = self.to.to_string();
        let arguments = [&["restore", "kintone"], arguments, &["--app", &app]].concat();
        self.run(&arguments, settings)
    }

    /// The backup's objects, by the end of their names.
    fn object(&self, ending: &str) -> PathBuf {
        let folder = format!("backups/localhost/{}", self.from);
        let entries = std::fs::read_dir(self.folder.path().join(&folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut found = names.filter(|name| name.ends_with(ending));
        PathBuf::from(folder).join(found.next().unwrap())
    }

    fn manifest(&self) -> String {
        self.object("manifest.json").display().to_string()
    }

    /// What the copy shares with the original: the values of the article's columns.
    fn values(&self, app: u64) -> Vec<[Value; 3]> {
        let columns = ["company", "name_kanji", "blood_type"];
        let records = self.kintone.records(app);
        let values = records.iter();
        values
            .map(|record| columns.map(|code| record[code]["value"].clone()))
            .collect()
    }
}

#[test]
fn a_backup_on_this_machine_comes_back_after_its_plan_was_shown() {
    let desk = Desk::new();
    let output = desk.restore(&[&desk.manifest()], &[]);
    let words = text(&output);
    assert!(output.status.success(), "{words}{output:?}");
    assert_eq!(desk.values(desk.to), desk.values(desk.from));
    let plan = words.find("  mode ").unwrap();
    let end = words.find("kintone-restore: verified").unwrap();
    assert!(plan < end, "{words}");
    assert!(
        desk.folder
            .path()
            .join("tasuki-runs/kintone-restore")
            .exists()
    );

    let again = desk.restore(&[&desk.manifest()], &[]);
    assert!(again.status.success(), "{again:?}");
    assert_eq!(desk.values(desk.to), desk.values(desk.from));
}

#[test]
fn the_newest_backup_in_the_bucket_is_found_by_its_app() {
    let desk = Desk::new();
    let from = desk.from.to_string();
    let output = desk.restore(&["--source", &from], &[("BUCKET", "./backups")]);
    assert!(output.status.success(), "{}{output:?}", text(&output));
    assert_eq!(desk.values(desk.to), desk.values(desk.from));
    assert!(
        desk.folder
            .path()
            .join("backups/runs/kintone-restore")
            .exists()
    );
}

#[test]
fn a_csv_of_cli_kintone_comes_back() {
    let desk = Desk::new();
    let csv = desk.object(".csv").display().to_string();
    let output = desk.restore(&["--csv", &csv], &[]);
    assert!(output.status.success(), "{}{output:?}", text(&output));
    assert_eq!(desk.values(desk.to), desk.values(desk.from));
}

#[test]
fn a_dry_run_prints_the_plan_in_words_and_writes_nothing() {
    let desk = Desk::new();
    let output = desk.restore(&[&desk.manifest(), "--dry-run"], &[]);
    let words = text(&output);
    assert!(output.status.success(), "{words}{output:?}");
    assert!(
        words.contains("  records ") && !words.contains('{'),
        "{words}"
    );
    assert_eq!(desk.kintone.count(desk.to), 0);
}

#[test]
fn a_field_that_points_to_records_is_named_with_their_app() {
    let desk = Desk::new();
    let pointing = format!("company={}", desk.from);
    let output = desk.restore(
        &[&desk.manifest(), "--dry-run", "--reference", &pointing],
        &[],
    );
    let words = text(&output);
    assert!(
        words.contains("no restore into that app is known"),
        "{words}"
    );
    let output = desk.restore(&[&desk.manifest(), "--reference", "company"], &[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(desk.kintone.count(desk.to), 0);
}

#[test]
fn a_plan_that_warns_goes_on_when_its_digest_is_given() {
    let desk = Desk::new();
    let first = desk.restore(&[&desk.manifest()], &[]);
    assert!(first.status.success(), "{first:?}");
    let arguments = [&*desk.manifest(), "--force"];
    let refused = desk.restore(&arguments, &[]);
    let words = text(&refused);
    assert_eq!(refused.status.code(), Some(4), "{words}");
    assert_eq!(desk.kintone.count(desk.to), 4);
    let (_, digest) = words.split_once("--accept ").unwrap();
    let arguments = [&arguments[..], &["--accept", digest.trim()]].concat();
    let accepted = desk.restore(&arguments, &[]);
    assert!(accepted.status.success(), "{}{accepted:?}", text(&accepted));
    assert_eq!(desk.kintone.count(desk.to), 8);
}

#[test]
fn an_app_that_no_setting_lists_is_refused() {
    let desk = Desk::new();
    let from = desk.from.to_string();
    let output = desk.restore(&[&desk.manifest()], &[("APPID", &from)]);
    assert!(!output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("APPID"), "{}", text(&output));
    assert_eq!(desk.kintone.count(desk.to), 0);
}

#[test]
fn a_drill_restores_into_the_scratch_app_and_empties_it() {
    let desk = Desk::new();
    let (from, to) = (desk.from.to_string(), desk.to.to_string());
    let settings = [
        ("BUCKET", "./backups"),
        ("DRILL_APP", &*to),
        ("DRILL_SOURCE", &*from),
    ];
    for arguments in [&["drill"][..], &["drill", "kintone"]] {
        let output = desk.run(arguments, &settings);
        assert!(output.status.success(), "{}{output:?}", text(&output));
        assert!(text(&output).contains("verified"), "{}", text(&output));
    }
    assert_eq!(desk.kintone.count(desk.to), 0);
    let inserted = desk.kintone.requests();
    assert!(
        inserted
            .iter()
            .any(|seen| seen.path.ends_with("bulkRequest.json"))
    );
}

#[cfg(feature = "aws")]
#[test]
fn a_drill_that_cannot_begin_keeps_no_other_from_its_proof() {
    let desk = Desk::new();
    let (from, to) = (desk.from.to_string(), desk.to.to_string());
    let settings = [
        ("BUCKET", "./backups"),
        ("DRILL_APP", &*to),
        ("DRILL_SOURCE", &*from),
        ("EXPORT_S3_BUCKET", "backups"),
        ("MAX_WRU", "much"),
    ];
    let output = desk.run(&["drill"], &settings);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let words = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(words.contains("MAX_WRU"), "{words}");
    assert!(text(&output).contains("verified"), "{}", text(&output));
}

#[test]
fn a_drill_of_nothing_says_which_settings_name_one() {
    let desk = Desk::new();
    let output = desk.run(&["drill"], &[]);
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("DRILL_APP"), "{words}");
}
