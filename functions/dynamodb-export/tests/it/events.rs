//! The samples and the settings table, which people copy from.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use dynamodb_export::Config;
use function_core::{Env, Event};
use jiff::Timestamp;
use reconcile::Request;
use serde_json::Value;

/// The request in a sample. The schedule's own key is the platform's: what it names is the event's time.
fn request(name: &str) -> Request {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("events")
        .join(name);
    let mut payload: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    if let Some(time) = payload.as_object_mut().unwrap().remove("scheduledTime") {
        time.as_str().unwrap().parse::<Timestamp>().unwrap();
    }
    let event = Event::new(name, Timestamp::UNIX_EPOCH, payload.to_string());
    Request::of(&event).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_sample_is_understood() {
    let tick = Request {
        tick: true,
        ..Request::default()
    };
    let table = Request {
        source: Some("table1".to_owned()),
        ..Request::default()
    };
    let expected = [
        ("by-hand.json", table.clone()),
        (
            "drill.json",
            Request {
                drill: true,
                ..Request::default()
            },
        ),
        (
            "dry-run.json",
            Request {
                dry_run: true,
                ..Request::default()
            },
        ),
        (
            "force.json",
            Request {
                date: Some("2026-11-21".parse().unwrap()),
                force: true,
                ..table
            },
        ),
        ("manifest-written.json", tick.clone()),
        ("schedule.json", Request::default()),
        ("tick.json", tick),
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let names = fs::read_dir(folder).unwrap();
    let names: BTreeSet<_> = names.map(|entry| entry.unwrap().file_name()).collect();
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
    let code = concat!(
        include_str!("../../src/config.rs"),
        include_str!("../../../../crates/reconcile/src/settings.rs"),
    );
    let readme = include_str!("../../README.md");
    settings_table::assert_lists_what_is_read(readme, code, settings_table::LOG_AND_NOTICES);
}

#[test]
fn every_fault_in_the_settings_is_named_at_once() {
    let env: Env = [
        ("TABLES", "orders"),
        ("TABLE_TAG", "backup"),
        ("EXPORT_S3_BUCKET", "s3://backups"),
        ("S3_BUCKET_OWNER", "12345"),
        ("EXPORT_TYPE", "incremental"),
        ("FULL_EVERY_DAYS", "0"),
        ("EXPORT_AT", "3 am"),
        ("VERIFY", "all"),
        ("EXPORT_TIMEOUT", "soon"),
        ("EXPORT_ATTEMPTS", "10"),
        ("TIME_ZONE", "Tokyo"),
        ("NOTIFY_LANGUAGE", "fr"),
    ]
    .into_iter()
    .collect();
    let words = Config::from_env(&env).unwrap_err().to_string();
    for name in env.names().filter(|name| *name != "TABLES") {
        assert!(words.contains(&format!("{name} is `")), "{name}: {words}");
    }
    let words = Config::from_env(&Env::default()).unwrap_err().to_string();
    for name in ["TABLES", "EXPORT_S3_BUCKET"] {
        assert!(words.contains(&format!("{name} is not set")), "{words}");
    }
}
