//! What each statement holds up.

use serde_json::{Value, json};

use super::{report, stage};

const SETUP: &str = "CREATE TABLE owner (id int PRIMARY KEY);
CREATE TABLE pet (id int PRIMARY KEY, name varchar(10), owner_id int REFERENCES owner);
CREATE INDEX pet_name ON pet (name);";

/// The locks of the only statement of the only file that is pending, as `(relation, level)`.
fn locks(report: &Value) -> Vec<(String, String)> {
    let locks = report["files"][0]["statements"][0]["locks"]
        .as_array()
        .unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    locks
        .iter()
        .map(|lock| (text(&lock["relation"]), text(&lock["level"])))
        .collect()
}

fn pair(relation: &str, level: &str) -> (String, String) {
    (relation.to_owned(), level.to_owned())
}

#[test]
fn a_lock_is_told_with_the_size_of_its_table() {
    let stage = stage(SETUP, &["ALTER TABLE pet ADD COLUMN chip text;"]);
    stage.sql("INSERT INTO pet (id) SELECT n FROM generate_series(1, 3) AS n");
    let report = report(&stage, 0);
    let lock = &report["files"][0]["statements"][0]["locks"][0];
    assert_eq!(lock["level"], "ACCESS EXCLUSIVE");
    assert_eq!(lock["blocks"], "reads and writes");
    assert_eq!(
        (&lock["rows"], &lock["rows_exact"]),
        (&json!(3), &json!(true))
    );
    assert!(lock["bytes"].as_i64().unwrap() >= 8192);
}

#[test]
fn a_large_table_is_estimated_not_counted() {
    let stage = stage(
        SETUP,
        &["CREATE INDEX CONCURRENTLY pet_owner ON pet (owner_id);"],
    );
    stage.sql("INSERT INTO pet (id, name) SELECT n, 'a name' FROM generate_series(1, 250000) AS n");
    stage.sql("ANALYZE pet");
    let report = report(&stage, 0);
    assert_eq!(report["files"][0]["transaction"], false);
    let lock = &report["files"][0]["statements"][0]["locks"][0];
    assert_eq!(lock["level"], "SHARE UPDATE EXCLUSIVE");
    assert_eq!(lock["rows_exact"], false);
    let rows = lock["rows"].as_u64().unwrap();
    assert!((240_000..260_000).contains(&rows), "{rows}");
}

#[test]
fn tables_that_only_the_catalog_knows_are_told() {
    let stage_of_key = stage(SETUP, &["DROP TABLE pet;"]);
    let locked = locks(&report(&stage_of_key, 0));
    assert_eq!(
        locked,
        [
            pair("pet", "ACCESS EXCLUSIVE"),
            pair("owner", "ACCESS EXCLUSIVE")
        ]
    );
    let stage_of_index = stage(SETUP, &["DROP INDEX pet_name;"]);
    assert_eq!(
        locks(&report(&stage_of_index, 0)),
        [pair("pet", "ACCESS EXCLUSIVE")]
    );
}

#[test]
fn what_words_do_not_tell_the_rehearsal_sees() {
    let stage = stage(
        SETUP,
        &["DO $$ BEGIN EXECUTE 'ALTER TABLE pet ADD COLUMN chip text'; END $$;"],
    );
    let report = report(&stage, 0);
    assert_eq!(report["files"][0]["statements"][0]["opaque"], true);
    assert_eq!(locks(&report), [pair("pet", "ACCESS EXCLUSIVE")]);
}

#[test]
fn only_a_change_of_type_that_needs_it_writes_the_table_anew() {
    for (text, rewrites) in [
        ("ALTER TABLE pet ALTER COLUMN name TYPE varchar(20);", false),
        ("ALTER TABLE pet ALTER COLUMN name TYPE text;", false),
        ("ALTER TABLE pet ALTER COLUMN owner_id TYPE bigint;", true),
        (
            "ALTER TABLE pet ADD COLUMN chip uuid DEFAULT gen_random_uuid();",
            true,
        ),
        (
            "ALTER TABLE pet ADD COLUMN chip text DEFAULT 'none';",
            false,
        ),
    ] {
        let stage = stage(SETUP, &[text]);
        assert_eq!(
            report(&stage, 0)["files"][0]["statements"][0]["rewrites"],
            rewrites,
            "{text}"
        );
    }
}
