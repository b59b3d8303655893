//! What the article's program does wrong, each as a test.

use std::time::Instant;

use crate::stage::{Ended, Stage};

const TABLE: &str =
    "CREATE TABLE companies (company_id uuid PRIMARY KEY, name varchar NOT NULL);\n";
const ADDRESS: &str = "ALTER TABLE companies ADD COLUMN address varchar NOT NULL;\n";

#[test]
fn a_folder_without_a_migration_is_no_success() {
    let stage = Stage::new();
    stage
        .run(&["up"])
        .with_code(2)
        .says("no file in migrations is a migration");
    stage.file("V1__init.sql", TABLE);
    stage.file("1-init.up.sql", TABLE);
    let end = "rename 1-init.up.sql to 1_init.up.sql, V1__init.sql to 1_init.up.sql";
    stage.run(&["up"]).with_code(2).says(end);
    let words = stage
        .run_with(&["up"], &[("MIGRATIONS_DIR", "nowhere")])
        .with_code(2);
    words
        .says("there is no folder nowhere")
        .says("MIGRATIONS_DIR");
    assert_eq!(stage.sql("SELECT to_regclass('schema_migrations')"), "NULL");
}

#[test]
fn an_unknown_method_is_no_success() {
    let stage = Stage::with(&[("1_init.up.sql", TABLE)]);
    for arguments in [&["-method", "upp"][..], &["-method upp"], &["upp"]] {
        stage
            .run(arguments)
            .with_code(2)
            .says("unrecognized subcommand 'upp'");
    }
    assert_eq!(stage.sql("SELECT to_regclass('companies')"), "NULL");
}

#[test]
fn every_failure_is_one_line_at_error() {
    let stage = Stage::with(&[
        ("1_init.up.sql", TABLE),
        ("2_bad.up.sql", "SELECT 1;\nSELEC 2;\n"),
    ]);
    let ended = stage.run_in_job(&["up"], "run-1", 0).with_code(1);
    let [error] = &ended.messages("ERROR")[..] else {
        panic!("{}", ended.out)
    };
    for part in [
        "2_bad.up.sql",
        "line 2",
        "syntax error at or near \"SELEC\"",
        "nothing of the file is left",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert_eq!(stage.version(), "1|f");
    stage.remove("2_bad.up.sql");
    stage.sql("UPDATE schema_migrations SET version = 7");
    let ended = stage.run_in_job(&["up"], "run-2", 0).with_code(4);
    let [error] = &ended.messages("ERROR")[..] else {
        panic!("{}", ended.out)
    };
    assert!(
        error.contains("at version 7") && error.contains("older image"),
        "{error}"
    );
}

#[test]
fn a_database_that_was_left_dirty_is_refused_with_the_repair() {
    let stage = Stage::with(&[("1_init.up.sql", TABLE)]);
    stage.run(&["up"]).with_code(0);
    stage.sql("UPDATE schema_migrations SET dirty = true");
    stage
        .run(&["up"])
        .with_code(4)
        .says("left half-way")
        .says("repair");
    stage.run(&["repair", "--to", "1"]).with_code(0);
    assert_eq!(stage.version(), "1|f");
    stage.run(&["up"]).with_code(0);
}

#[test]
fn the_words_of_gcloud_may_come_as_one() {
    for arguments in [
        &["-method up"][..],
        &["-method", "up"],
        &["-method=up", "-name=x"],
    ] {
        let stage = Stage::with(&[("1_init.up.sql", TABLE)]);
        stage
            .run(arguments)
            .with_code(0)
            .says("current version is 1");
        assert_eq!(stage.version(), "1|f");
    }
}

#[test]
fn a_bad_statement_leaves_nothing_behind_and_the_platforms_retry_repeats_its_words() {
    let bad = format!("{TABLE}SELECT nonsense;\n");
    let stage = Stage::with(&[("1_init.up.sql", &bad)]);
    let first = stage.run_in_job(&["up"], "run-1", 0).with_code(1);
    let [error] = &first.messages("ERROR")[..] else {
        panic!("{}", first.out)
    };
    assert!(
        error.contains("column \"nonsense\" does not exist"),
        "{error}"
    );
    assert_eq!(stage.sql("SELECT to_regclass('companies')"), "NULL");
    assert_eq!(stage.sql("SELECT count(*) FROM schema_migrations"), "0");
    for attempt in 1..=3 {
        let again = stage.run_in_job(&["up"], "run-1", attempt).with_code(1);
        assert!(
            again.messages("ERROR")[0].contains("column \"nonsense\" does not exist"),
            "{}",
            again.out
        );
    }
    stage.file("1_init.up.sql", TABLE);
    stage.run_in_job(&["up"], "run-2", 0).with_code(0);
    assert_eq!(stage.version(), "1|f");
}

#[test]
fn a_required_column_on_a_table_with_rows_fails_and_leaves_the_database_as_it_was() {
    let stage = Stage::with(&[("1_init.up.sql", TABLE)]);
    stage.run(&["up"]).with_code(0);
    stage.sql("INSERT INTO companies VALUES (gen_random_uuid(), 'a')");
    stage.file("2_add_address.up.sql", ADDRESS);
    stage
        .run(&["up"])
        .with_code(1)
        .says("contains null values")
        .says("2_add_address.up.sql");
    assert_eq!(stage.version(), "1|f");
    stage
        .run(&["status"])
        .with_code(3)
        .says("pending      2 add_address");
}

#[test]
fn a_lower_version_that_was_merged_later_is_an_error_with_the_command_that_mends_it() {
    let stage = Stage::with(&[("1_a.up.sql", TABLE), ("3_c.up.sql", "CREATE TABLE c ();")]);
    stage.run(&["up"]).with_code(0);
    stage.file("2_b.up.sql", "CREATE TABLE b ();");
    stage
        .run(&["up"])
        .with_code(4)
        .says("git mv migrations/2_b.up.sql migrations/4_b.up.sql");
    stage.run(&["status"]).with_code(4).says("refused");
    assert_eq!(stage.sql("SELECT to_regclass('b')"), "NULL");
    stage
        .run(&["up", "--out-of-order"])
        .with_code(0)
        .says("1 migration applied; current version is 3");
    assert_eq!(stage.version(), "3|f");
    stage.run(&["status"]).with_code(0);
}

#[test]
fn two_jobs_at_once_build_a_concurrent_index_once() {
    let stage = Stage::with(&[
        ("1_init.up.sql", TABLE),
        (
            "2_fill.up.sql",
            "INSERT INTO companies SELECT gen_random_uuid(), i::text FROM generate_series(1, 50000) i;",
        ),
        (
            "3_index.up.sql",
            "CREATE INDEX CONCURRENTLY company_name ON companies (name);",
        ),
    ]);
    let jobs = [stage.spawn(&["up"]), stage.spawn(&["up"])];
    let ended = jobs.map(|job| Ended::of(&job.wait_with_output().unwrap()).with_code(0));
    let applied = ended
        .iter()
        .filter(|ended| ended.out.contains("3 migrations applied"))
        .count();
    assert_eq!(applied, 1, "{ended:?}");
    assert_eq!(stage.version(), "3|f");
    let valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'company_name'::regclass";
    assert_eq!(stage.sql(valid), "t");
}

#[test]
fn a_second_job_gives_up_in_time_and_names_who_holds_the_lock() {
    let stage = Stage::with(&[("1_init.up.sql", "SELECT pg_sleep(600);")]);
    let mut first = stage.spawn(&["up"]);
    let holds = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()";
    while stage.sql(holds) == "0" {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let started = Instant::now();
    let second = stage.run(&["up", "--job-lock-timeout", "1s"]).with_code(6);
    assert!(started.elapsed().as_secs() < 15, "{:?}", started.elapsed());
    second
        .says("another job holds the lock")
        .says("schema-migrate")
        .says("pid");
    first.kill().unwrap();
    first.wait().unwrap();
}
