//! The throw-away copy.

use super::{check, remarks, report, stage};

const SETUP: &str = "CREATE TABLE pet (id int PRIMARY KEY, mood text);";

#[test]
fn a_statement_that_fails_is_found_before_it_runs() {
    let files = [
        "ALTER TABLE pet ADD COLUMN chip text;",
        "-- two\nALTER TABLE pet DROP COLUMN mood;\nUPDATE pet\n  SET mod = 'glad';",
    ];
    let stage = stage(SETUP, &files);
    let report = report(&stage, 3);
    assert_eq!(remarks(&report, "stops").len(), 1);
    let stop = &report["files"][1]["stops"][0];
    assert_eq!(stop["line"], 4);
    assert!(
        stop["what"]
            .as_str()
            .unwrap()
            .contains("column \"mod\" of relation \"pet\" does not exist"),
        "{stop}"
    );
    assert_eq!(stage.version(), "1|f");
}

#[test]
fn files_are_rehearsed_one_after_the_other_each_in_its_own_way() {
    let files = [
        "CREATE TYPE mood AS ENUM ('sad');",
        "ALTER TYPE mood ADD VALUE 'glad';",
        "ALTER TABLE pet ALTER mood TYPE mood USING mood::mood, ALTER mood SET DEFAULT 'glad';",
        "CREATE INDEX CONCURRENTLY pet_mood ON pet (mood);",
    ];
    let stage = stage(SETUP, &files);
    check(&stage, &[])
        .with_code(0)
        .says("rehearsed in an empty copy of the schema");
    stage.run(&["up"]).with_code(0);
}

#[test]
fn a_database_that_went_its_own_way_is_told() {
    let stage = stage(SETUP, &["ALTER TABLE pet ADD COLUMN chip text;"]);
    stage.sql("ALTER TABLE pet ADD COLUMN chip text");
    // The rehearsal can't know of the column; so the difference is told, which tells why `up` would fail.
    check(&stage, &[])
        .with_code(0)
        .says("the database is not what its applied migrations make")
        .says("column public.pet.chip\n  + text");
}

#[test]
fn a_server_of_our_own_knows_the_databases_roles() {
    let stage = stage(SETUP, &["GRANT SELECT ON pet TO \"the app\";"]);
    stage.sql("CREATE ROLE \"the app\"");
    stage
        .run(&["check"])
        .with_code(0)
        .says("rehearsed in an empty copy");
}

#[test]
fn without_a_server_for_it_the_rest_is_done_and_the_lack_is_told() {
    let stage = stage(SETUP, &["ALTER TABLE pet ALTER mood SET NOT NULL;"]);
    stage.sql("INSERT INTO pet VALUES (1, NULL)");
    stage
        .run_with(&["check"], &[("POSTGRES_BIN", "/nowhere")])
        .with_code(3)
        .says("not rehearsed: PostgreSQL's initdb and postgres are in none of /nowhere")
        .says("1 row: id=1")
        .says("ACCESS EXCLUSIVE on pet");
}

#[test]
fn what_the_throw_away_server_lacks_does_not_stop_the_database() {
    let stage = stage(SETUP, &["CREATE EXTENSION no_such_extension;"]);
    check(&stage, &[])
        .with_code(0)
        .says("where the throw-away server lacks something");
}

#[test]
fn a_server_for_it_that_cannot_be_reached_does_not_end_the_check() {
    let stage = stage(SETUP, &["ALTER TABLE pet ALTER mood SET NOT NULL;"]);
    let nowhere = [("SCRATCH_URL", "postgresql://postgres@127.0.0.1:1/postgres")];
    let told = "not rehearsed: the throw-away server can't be reached: ";
    stage.run_with(&["check"], &nowhere).with_code(0).says(told);
    stage.sql("INSERT INTO pet VALUES (1, NULL)");
    stage
        .run_with(&["check"], &nowhere)
        .with_code(3)
        .says(told)
        .says("1 row: id=1")
        .says("ACCESS EXCLUSIVE on pet");
    // Something answers there, and lets nobody in.
    stage.sql("CREATE ROLE crowd LOGIN CONNECTION LIMIT 0");
    let full = stage.server.url().replace("postgres@", "crowd@");
    stage
        .run_with(&["check"], &[("SCRATCH_URL", &full)])
        .with_code(3)
        .says(told)
        .says("too many connections for role");
}
