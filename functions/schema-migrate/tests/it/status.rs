//! What is told of a database, and by which exit code.

use serde_json::{Value, json};

use crate::stage::Stage;

fn json(stage: &Stage, code: i32) -> Value {
    serde_json::from_str(&stage.run(&["status", "--json"]).with_code(code).out).unwrap()
}

fn two() -> Stage {
    Stage::with(&[
        ("1_a.up.sql", "CREATE TABLE a ();"),
        ("1_a.down.sql", "DROP TABLE a;"),
        ("2_b.up.sql", "CREATE TABLE b ();"),
        ("2_b.down.sql", "DROP TABLE b;"),
    ])
}

#[test]
fn the_exit_code_tells_pending_and_refused_from_done() {
    let stage = two();
    stage
        .run(&["status"])
        .with_code(3)
        .says("version      none")
        .says("pending      1 a");
    stage
        .run(&["up", "1"])
        .with_code(0)
        .says("1 migration applied; current version is 1");
    stage
        .run(&["status"])
        .with_code(3)
        .says("applied      1 a, ")
        .says("pending      2 b");
    stage.run(&["up"]).with_code(0);
    stage.run(&["status"]).with_code(0).says("version      2");
    stage
        .run(&["up"])
        .with_code(0)
        .says("nothing to do: current version is 2");
    stage.file("2_b.up.sql", "CREATE TABLE b (id int);");
    stage.run(&["status"]).with_code(4).says("2_b.up.sql");
    stage.run(&["up"]).with_code(4);
    stage.run(&["repair", "--accept", "2"]).with_code(0);
    stage.run(&["status"]).with_code(0);
}

#[test]
fn looking_writes_nothing_and_needs_no_right_to() {
    let stage = two();
    stage.sql(
        "CREATE ROLE reader LOGIN; ALTER DATABASE shop SET default_transaction_read_only = on",
    );
    let url = stage
        .url()
        .replace("postgres:", "reader:")
        .replace("reader://", "postgres://");
    stage
        .run_with(&["status"], &[("DATABASE_URL", &url)])
        .with_code(3)
        .says("pending      1 a");
    assert_eq!(stage.sql("SELECT to_regclass('schema_migrations')"), "NULL");
}

#[test]
fn a_program_gets_one_line_of_json() {
    let stage = two();
    stage.file("V3__c.sql", "");
    stage.run(&["up", "1"]).with_code(0);
    let told = json(&stage, 3);
    assert_eq!(told["version"], "1");
    assert_eq!(told["pending"], json!(["2"]));
    assert_eq!(told["applied"][0]["title"], "a");
    assert_eq!(told["applied"][0]["by"], "postgres");
    assert_eq!(told["passedOver"], json!(["V3__c.sql"]));
    assert_eq!(told["refused"], Value::Null);
    assert_eq!(told["exit"], 3);
    stage.sql("UPDATE schema_migrations SET version = 9");
    let told = json(&stage, 4);
    assert_eq!(told["ahead"], "9");
    assert!(
        told["refused"].as_str().unwrap().contains("older image"),
        "{told}"
    );
}

#[test]
fn down_and_goto_bring_the_database_where_they_say() {
    let stage = two();
    stage
        .run(&["goto", "2"])
        .with_code(0)
        .says("2 migrations applied; current version is 2");
    stage
        .run(&["down", "1"])
        .with_code(0)
        .says("1 migration reverted; current version is 1");
    stage.run(&["down", "2"]).with_code(2).says("`down --all`");
    stage
        .run(&["goto", "7"])
        .with_code(2)
        .says("no migration of version 7");
    stage
        .run(&["goto", "0"])
        .with_code(0)
        .says("1 migration reverted; no migration is applied");
    assert_eq!(stage.sql("SELECT count(*) FROM schema_migrations"), "0");
    stage.run(&["up", "--to", "2"]).with_code(0);
    stage.remove("2_b.down.sql");
    stage
        .run(&["down", "--all"])
        .with_code(4)
        .says("--allow-empty-down");
    stage
        .run(&["down", "--all", "--allow-empty-down"])
        .with_code(0)
        .says("2 migrations reverted");
    assert_eq!(
        stage.sql("SELECT to_regclass('a') IS NULL, to_regclass('b') IS NULL"),
        "t|f"
    );
}

#[test]
fn a_baseline_runs_nothing() {
    let stage = two();
    stage.sql("CREATE TABLE a ()");
    stage
        .run(&["baseline", "7"])
        .with_code(2)
        .says("no migration of version 7");
    stage
        .run(&["baseline", "1"])
        .with_code(0)
        .says("1 migration counted as applied; current version is 1");
    stage
        .run(&["status"])
        .with_code(3)
        .says("1 a, ")
        .says("by baseline: not run");
    stage
        .run(&["up"])
        .with_code(0)
        .says("1 migration applied; current version is 2");
}
