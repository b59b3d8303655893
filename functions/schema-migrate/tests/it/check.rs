//! `check`, on real databases with rows in them.

mod locks;
mod order;
mod rehearsal;
mod rows;
mod shop;
mod traces;

use serde_json::Value;

use crate::stage::Ended;
use shop::Shop;

/// The article's first migration.
pub(crate) const INIT: (&str, &str) = (
    "20230330013250_init.up.sql",
    "-- create \"companies\" table\nCREATE TABLE \"companies\" (\"company_id\" uuid NOT NULL, \"company_name\" character varying NOT NULL, PRIMARY KEY (\"company_id\"));\n-- create index \"company_name\" to table: \"companies\"\nCREATE UNIQUE INDEX \"company_name\" ON \"companies\" (\"company_name\");\n",
);

/// Its second, which failed as soon as there was a row.
pub(crate) const ADDRESS: (&str, &str) = (
    "20230330050530_add_address.up.sql",
    "-- modify \"companies\" table\nALTER TABLE \"companies\" ADD COLUMN \"address\" character varying NOT NULL;\n",
);

const COMPANY: &str =
    "INSERT INTO companies VALUES ('7b0d2a8c-5c1a-4b0e-9f5e-0d9a3b1f4c11', 'Tasuki')";

/// `check` with throw-away databases at the same server.
fn check(stage: &Shop, arguments: &[&str]) -> Ended {
    let arguments = [&["check"], arguments].concat();
    stage.run_with(&arguments, &[("SCRATCH_URL", &stage.server.url())])
}

/// The report for a program, once it was seen to end with `code`.
#[track_caller]
fn report(stage: &Shop, code: i32) -> Value {
    let ended = check(stage, &["--json"]).with_code(code);
    serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("no JSON: {}", ended.words()))
}

/// The words and the rows of everything in `list` of all files.
fn remarks(report: &Value, list: &str) -> Vec<(String, Vec<String>)> {
    let files = report["files"].as_array().unwrap();
    let remarks = files.iter().flat_map(|file| file[list].as_array().unwrap());
    let rows = |rows: &Value| {
        let rows = rows.as_array().into_iter().flatten();
        rows.map(|row| row.as_str().unwrap().to_owned()).collect()
    };
    remarks
        .map(|remark| {
            (
                remark["what"].as_str().unwrap().to_owned(),
                rows(&remark["rows"]),
            )
        })
        .collect()
}

/// A stage with `setup` applied as version 1 and `pending` to come, each a file.
fn stage(setup: &str, pending: &[&str]) -> Shop {
    set_up(Shop::with(&[]), setup, pending)
}

fn set_up(stage: Shop, setup: &str, pending: &[&str]) -> Shop {
    stage.file("1_setup.up.sql", setup);
    stage.run(&["up"]).with_code(0);
    for (number, text) in pending.iter().enumerate() {
        stage.file(&format!("{}_pending.up.sql", number + 2), text);
    }
    stage
}

#[test]
fn the_articles_second_migration_is_stopped_by_a_row_that_is_named() {
    let stage = Shop::with(&[INIT]);
    stage.run(&["up"]).with_code(0);
    stage.sql(COMPANY);
    stage.file(ADDRESS.0, ADDRESS.1);
    check(&stage, &[])
        .with_code(3)
        .says("ACCESS EXCLUSIVE on companies (1 row, ")
        .says("blocks reads and writes")
        .says("stops: line 2: companies.address is new, NOT NULL and without a default, and companies has rows")
        .says("1 row: company_id=7b0d2a8c-5c1a-4b0e-9f5e-0d9a3b1f4c11")
        .says("adding-required-field")
        .says("1 thing would stop `up`");
    assert_eq!(stage.version(), "20230330013250|f");
    assert_eq!(
        stage.sql("SELECT count(*) FROM pg_attribute WHERE attname = 'address' AND attrelid = 'companies'::regclass"),
        "0"
    );
}

#[test]
fn without_a_row_nothing_stops_it() {
    let stage = Shop::with(&[INIT, ADDRESS]);
    check(&stage, &[])
        .with_code(0)
        .says("rehearsed in an empty copy of the schema on PostgreSQL 15")
        .says("2 files are pending")
        .says("nothing was found that would stop `up`");
    stage.run(&["up"]).with_code(0);
    check(&stage, &[]).with_code(0).says("nothing is pending");
}

#[test]
fn a_file_that_cannot_be_run_is_told_with_its_line() {
    let stage = stage(
        "CREATE TABLE t (a int);",
        &["SELECT 1;\n\\copy t from 'x'\n"],
    );
    let report = report(&stage, 3);
    let stops = remarks(&report, "stops");
    assert!(
        stops[0].0.contains("line 2: `\\copy` is a command of psql"),
        "{stops:?}"
    );
}

#[test]
fn what_a_file_without_a_transaction_may_not_hold_is_told_before_up_refuses_it() {
    for (sql, words) in [
        (
            "-- no-transaction\nCREATE INDEX CONCURRENTLY ON t (a);\n",
            "line 2",
        ),
        ("-- no-transaction\nSELECT 1;\nDISCARD ALL;\n", "line 3"),
    ] {
        let stage = stage("CREATE TABLE t (a int);", &[sql]);
        let report = report(&stage, 3);
        let stops = remarks(&report, "stops");
        assert!(stops[0].0.contains(words), "{stops:?}");
        stage.run(&["hash", "--check"]).with_code(1).says(words);
        stage.run(&["up"]).with_code(4).says(words);
    }
}

#[test]
fn what_up_would_refuse_is_refused_with_its_words_and_code() {
    let stage = stage("CREATE TABLE t (a int);", &[]);
    stage.file("1_setup.up.sql", "CREATE TABLE t (a bigint);");
    let up = stage.run(&["up"]).with_code(4);
    let check = check(&stage, &[]).with_code(4);
    assert_eq!(check.err, up.err);
}
