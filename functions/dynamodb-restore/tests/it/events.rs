//! The samples and the settings table, which people copy from.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use dynamodb_restore::{Addresses, Config, Request, StepName, WriteMode};
use function_core::{Env, Event};
use jiff::Timestamp;

fn request(name: &str) -> Request {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("events")
        .join(name);
    let event = Event::new(name, Timestamp::UNIX_EPOCH, fs::read(path).unwrap());
    Request::of(&event).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What each sample asks for.
fn samples() -> Vec<(&'static str, Request)> {
    let address = |text: &str| Some(Addresses::One(text.to_owned()));
    let source = Request {
        source: Some("table1".to_owned()),
        ..Request::default()
    };
    let restored = Request {
        table: Some("table1-restored".to_owned()),
        ..source.clone()
    };
    let shared = Request {
        parts: Some(8),
        ..restored.clone()
    };
    let own = Some("table1".to_owned());
    vec![
        (
            "article.json",
            Request {
                manifest: address("backup/merged.json"),
                ..Request::default()
            },
        ),
        (
            "as-of.json",
            Request {
                as_of: Some("2026-11-20T18:00:00Z".parse().unwrap()),
                ..restored.clone()
            },
        ),
        (
            "close.json",
            Request {
                step: Some(StepName::Close),
                ..shared.clone()
            },
        ),
        (
            "drill.json",
            Request {
                drill: true,
                scheduled_time: Some("2026-11-22T20:00:00Z".to_owned()),
                ..Request::default()
            },
        ),
        (
            "dry-run.json",
            Request {
                dry_run: true,
                ..restored.clone()
            },
        ),
        (
            "import.json",
            Request {
                import: true,
                ..restored.clone()
            },
        ),
        (
            "only-newer.json",
            Request {
                manifest: address(
                    "s3://backups/AWSDynamoDB/01716790307109-5f9d6aaa/manifest-summary.json",
                ),
                table: own.clone(),
                mode: WriteMode::OnlyNewer,
                newer_by: Some("updatedAt".to_owned()),
                confirm: own.clone(),
                ..Request::default()
            },
        ),
        (
            "open.json",
            Request {
                step: Some(StepName::Open),
                ..shared.clone()
            },
        ),
        (
            "overwrite.json",
            Request {
                date: Some("2026-11-21".parse().unwrap()),
                table: own.clone(),
                mode: WriteMode::Overwrite,
                delete_extras: true,
                confirm: own,
                ..source
            },
        ),
        ("restore.json", restored),
        (
            "write.json",
            Request {
                step: Some(StepName::Write),
                part: Some(0),
                ..shared
            },
        ),
    ]
}

#[test]
fn every_sample_is_understood() {
    let expected = samples();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let names: BTreeSet<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(
        names,
        expected.iter().map(|(name, _)| (*name).into()).collect()
    );
    for (name, expected) in expected {
        assert_eq!(request(name), expected, "{name}");
    }
}

#[test]
fn the_settings_table_lists_what_the_code_reads() {
    let code = include_str!("../../src/config.rs");
    let readme = include_str!("../../README.md");
    settings_table::assert_lists_what_is_read(readme, code, settings_table::LOG_AND_NOTICES);
}

#[test]
fn every_fault_in_the_settings_is_named_at_once() {
    let env: Env = [
        ("EXPORT_S3_BUCKET", "s3://backups"),
        ("S3_PREFIX", "a/../b"),
        ("RUNS_URL", "ftp://runs"),
        ("MAX_WRU", "0"),
        ("MAX_CONCURRENCY", "1000"),
        ("WRU_PRICE", "cheap"),
        ("IMPORT_PRICE", "-1"),
        ("VERIFY", "all"),
        ("INVOCATION_TIME", "100ms"),
        ("MAX_INVOCATIONS", "0"),
        ("TIME_ZONE", "Tokyo"),
        ("NOTIFY_LANGUAGE", "fr"),
    ]
    .into_iter()
    .collect();
    let words = Config::from_env(&env).unwrap_err().to_string();
    for name in env.names() {
        assert!(words.contains(&format!("{name} is `")), "{name}: {words}");
    }
    let words = Config::from_env(&Env::default()).unwrap_err().to_string();
    assert!(words.contains("RUNS_URL is not set"), "{words}");
}
