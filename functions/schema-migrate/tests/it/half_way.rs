//! Files that can't be one transaction, and runs that are stopped from outside.

use std::process::{Child, Command};
use std::time::Duration;

use crate::stage::{Ended, Stage};

const TABLE: &str = "CREATE TABLE companies (company_id int PRIMARY KEY, name text, code text);\n\
    INSERT INTO companies VALUES (1, 'a', 'x'), (2, 'b', 'x');\n";
const INDEXES: &str = "CREATE INDEX CONCURRENTLY company_name ON companies (name);\n\
    CREATE UNIQUE INDEX CONCURRENTLY company_code ON companies (code);\n\
    CREATE INDEX CONCURRENTLY company_both ON companies (name, code);\n";
const VALID: &str =
    "SELECT count(*) FROM pg_index WHERE indrelid = 'companies'::regclass AND indisvalid";

#[test]
fn a_file_without_a_transaction_goes_on_where_it_stopped_once_that_is_put_right() {
    let stage = Stage::with(&[("1_init.up.sql", TABLE), ("2_indexes.up.sql", INDEXES)]);
    let words = stage.run(&["up"]).with_code(5);
    words
        .says("2_indexes.up.sql")
        .says("line 2")
        .says("could not create unique index");
    assert_eq!(stage.sql(VALID), "2");
    stage
        .run(&["status"])
        .with_code(3)
        .says("half-way     the up file of version 2 stopped at statement 2, line 2");
    stage.sql("UPDATE companies SET code = 'y' WHERE company_id = 2");
    stage.run(&["up"]).with_code(0).says("current version is 2");
    assert_eq!(stage.version(), "2|f");
    assert_eq!(stage.sql(VALID), "4");
    stage
        .run(&["repair"])
        .with_code(0)
        .says("nothing was left half-way");
}

#[test]
fn what_up_would_go_on_with_stops_no_check() {
    let stage = Stage::with(&[
        ("1_init.up.sql", TABLE),
        ("2_indexes.up.sql", INDEXES),
        ("3_more.up.sql", "CREATE TABLE more (a int);"),
    ]);
    stage.run(&["up"]).with_code(5);
    stage.sql("UPDATE companies SET code = 'y' WHERE company_id = 2");
    let scratch = [("SCRATCH_URL", stage.server.url())];
    let scratch = scratch.each_ref().map(|(name, url)| (*name, url.as_str()));
    stage
        .run_with(&["check"], &scratch)
        .with_code(0)
        .says("1 file is pending");
    stage.run(&["up"]).with_code(0).says("current version is 3");
}

#[test]
fn a_person_may_say_that_a_statement_is_not_wanted() {
    let stage = Stage::with(&[("1_init.up.sql", TABLE), ("2_indexes.up.sql", INDEXES)]);
    stage.run(&["up"]).with_code(5);
    stage
        .run(&["repair", "--skip"])
        .with_code(0)
        .says("found: the up file of version 2 stopped")
        .says("current version is 2");
    assert_eq!(stage.sql(VALID), "3");
    stage.run(&["status"]).with_code(0);
}

/// Waits until `count` counts something.
fn wait_for(stage: &Stage, count: &str) {
    while stage.sql(count) == "0" {
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn terminate(job: &Child) {
    let killed = Command::new("kill")
        .args(["-TERM", &job.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
}

#[test]
fn a_run_that_is_told_to_stop_rolls_its_file_back_and_the_next_one_goes_on() {
    let stage = Stage::with(&[
        ("1_init.up.sql", TABLE),
        (
            "2_slow.up.sql",
            "CREATE TABLE slow ();\nSELECT pg_sleep(600);\n",
        ),
    ]);
    let job = stage.spawn(&["up"]);
    let asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    wait_for(&stage, asleep);
    terminate(&job);
    let ended = Ended::of(&job.wait_with_output().unwrap()).with_code(6);
    ended.says("stopped from outside").says("2_slow.up.sql");
    assert_eq!(stage.version(), "1|f");
    assert_eq!(stage.sql("SELECT to_regclass('slow')"), "NULL");
    stage.file("2_slow.up.sql", "CREATE TABLE slow ();\n");
    stage.run(&["up"]).with_code(0).says("current version is 2");
}

#[test]
fn a_look_that_is_told_to_stop_ends_at_once() {
    let stage = Stage::with(&[("1_init.up.sql", TABLE)]);
    stage.run(&["up"]).with_code(0);
    let held = "BEGIN; LOCK schema_migrations_history; SELECT pg_sleep(600)";
    let mut holder = Command::new("psql")
        .args(["-X", "-q", "-d", &stage.server.url_of("shop"), "-c", held])
        .spawn()
        .expect("psql: apt-get install postgresql-client");
    let locks =
        "SELECT count(*) FROM pg_locks WHERE relation = 'schema_migrations_history'::regclass AND";
    wait_for(&stage, &format!("{locks} granted"));
    let job = stage.spawn(&["status", "--lock-timeout", "10m"]);
    wait_for(&stage, &format!("{locks} NOT granted"));
    terminate(&job);
    let ended = Ended::of(&job.wait_with_output().unwrap()).with_code(6);
    ended.says("stopped from outside; nothing was changed");
    holder.kill().unwrap();
    holder.wait().unwrap();
}
