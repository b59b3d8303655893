//! `drift`, between a real database and its migrations.

use test_services::PostgresSetup;

use crate::stage::Stage;

const FILES: [(&str, &str); 2] = [
    (
        "1_item.up.sql",
        "CREATE TABLE item (id int PRIMARY KEY, name text);",
    ),
    (
        "2_index.up.sql",
        "CREATE INDEX CONCURRENTLY item_name ON item (name);",
    ),
];

fn drift(stage: &Stage) -> crate::stage::Ended {
    stage.run_with(&["drift"], &[("SCRATCH_URL", &stage.server.url())])
}

#[test]
fn a_database_that_only_its_migrations_made_has_none() {
    let stage = Stage::with(&FILES);
    stage.run(&["up"]).with_code(0);
    drift(&stage).with_code(0).says("2 applied migrations make");
}

#[test]
fn what_was_done_by_hand_is_told_from_both_sides() {
    let stage = Stage::with(&FILES);
    stage.run(&["up"]).with_code(0);
    stage.sql(
        "ALTER TABLE item ADD by_hand int; DROP INDEX item_name; ALTER TABLE item ALTER name SET NOT NULL;
         CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM item",
    );
    drift(&stage)
        .with_code(3)
        .says("column public.item.by_hand\n  + integer")
        .says("column public.item.name\n  - text\n  + text NOT NULL")
        .says("index item_name on public.item\n  - CREATE INDEX")
        .says("materialized view public.totals")
        .says_not("schema_migrations");
}

#[test]
fn nothing_that_a_file_left_in_its_session_reaches_the_next_one() {
    let stage = Stage::with(&[
        (
            "1_item.up.sql",
            "SELECT set_config('search_path', '', false);\nCREATE TABLE public.item (id int);\nCREATE TEMP TABLE aside (a int);",
        ),
        (
            "2_index.up.sql",
            "CREATE INDEX CONCURRENTLY item_id ON item (id);",
        ),
        (
            "3_other.up.sql",
            "CREATE TEMP TABLE aside (a int);\nPREPARE one AS SELECT 1;",
        ),
        ("4_more.up.sql", "PREPARE one AS SELECT 1;"),
    ]);
    stage.run(&["up"]).with_code(0);
    drift(&stage).with_code(0).says("4 applied migrations make");
}

#[test]
fn a_secret_in_a_file_that_does_not_run_again_stays_in_it() {
    let stage = Stage::with(&[("1_role.up.sql", "CREATE ROLE app PASSWORD 'hunter2';")]);
    stage.run(&["up"]).with_code(0);
    drift(&stage)
        .with_code(1)
        .says("1_role.up.sql line 1 (`CREATE ROLE app PASSWORD '…'`) fails")
        .says_not("hunter2");
}

#[test]
fn only_what_is_applied_counts() {
    let stage = Stage::with(&FILES);
    stage.run(&["up", "1"]).with_code(0);
    drift(&stage).with_code(0).says("1 applied migration makes");
}

#[test]
fn a_role_that_may_only_read_can_ask() {
    let stage = Stage::with(&FILES);
    stage.run(&["up"]).with_code(0);
    stage.sql("CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader");
    let reader = stage.url().replace("postgres:", "reader:");
    stage
        .run_with(
            &["drift"],
            &[
                ("SCRATCH_URL", &stage.server.url()),
                ("DATABASE_URL", &reader),
            ],
        )
        .with_code(0);
}

#[test]
fn a_throw_away_server_of_another_version_is_refused() {
    let stage = Stage::with(&FILES);
    stage.run(&["up"]).with_code(0);
    let newer = PostgresSetup::newer().start().unwrap();
    stage
        .run_with(&["drift"], &[("SCRATCH_URL", &newer.url())])
        .with_code(4)
        .says("SCRATCH_URL")
        .says("18");
}

#[test]
fn only_the_schemas_that_are_named_count() {
    let stage = Stage::with(&FILES);
    stage.run(&["up"]).with_code(0);
    stage.sql("CREATE SCHEMA other; CREATE TABLE other.thing (id int)");
    drift(&stage).with_code(3).says("table other.thing");
    stage
        .run_with(
            &["drift"],
            &[("SCRATCH_URL", &stage.server.url()), ("SCHEMAS", "public")],
        )
        .with_code(0);
}

#[test]
fn an_applied_version_without_a_file_is_refused() {
    let stage = Stage::with(&FILES);
    stage.run(&["up"]).with_code(0);
    stage.remove("2_index.up.sql");
    drift(&stage).with_code(4).says("version 2");
}
