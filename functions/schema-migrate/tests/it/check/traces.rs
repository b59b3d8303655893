//! A check leaves nothing behind.

use super::{Shop, check, remarks, report, set_up, stage};

const SETUP: &str = "CREATE TABLE pet (id int PRIMARY KEY, name text); CREATE SEQUENCE tags;
CREATE TABLE log (at timestamptz);
CREATE FUNCTION tell(name text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (now()); RETURN true; END $$;";

/// Everything that a statement could have changed.
const STATE: &str = "SELECT (SELECT string_agg(p::text, ' ') FROM pet p), (SELECT count(*) FROM log), \
     (SELECT last_value || is_called::text FROM tags), \
     (SELECT string_agg(relname || relfilenode || xmin, ' ' ORDER BY oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace), \
     (SELECT string_agg(h::text, ' ') FROM schema_migrations_history h), (SELECT string_agg(s::text, ' ') FROM schema_migrations s), \
     (SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')";

#[test]
fn nothing_is_written_even_by_functions_that_a_test_must_call() {
    let pending = "ALTER TABLE pet ADD CONSTRAINT told CHECK (tell(name));
ALTER TABLE pet ADD COLUMN tag bigint NOT NULL DEFAULT nextval('tags') UNIQUE;
CREATE INDEX CONCURRENTLY pet_name ON pet (name);";
    let stage = set_up(Shop::alone(&[]), SETUP, &[pending]);
    stage.sql("INSERT INTO pet VALUES (1, 'rex'), (2, NULL)");
    let before = stage.sql(STATE);
    let report = report(&stage, 0);
    let doubts = remarks(&report, "doubts");
    assert!(
        doubts[0]
            .0
            .contains("cannot execute INSERT in a read-only transaction"),
        "{doubts:?}"
    );
    assert!(
        doubts[1]
            .0
            .contains("cannot execute nextval() in a read-only transaction"),
        "{doubts:?}"
    );
    assert_eq!(stage.sql(STATE), before);
}

#[test]
fn a_database_that_nothing_was_ever_applied_to_stays_as_it_is() {
    let stage = Shop::with(&[super::INIT]);
    check(&stage, &[]).with_code(0).says("no version");
    assert_eq!(
        stage.sql("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"),
        "0"
    );
}

#[test]
fn a_role_that_may_only_read_can_check() {
    let stage = stage(SETUP, &["ALTER TABLE pet ALTER name SET NOT NULL;"]);
    stage.sql("INSERT INTO pet VALUES (1, NULL); CREATE ROLE reader LOGIN; GRANT pg_read_all_data TO reader");
    let url = stage.url().replace("postgres@", "reader@");
    stage
        .run_with(
            &["check"],
            &[("DATABASE_URL", &url), ("SCRATCH_URL", &stage.server.url())],
        )
        .with_code(3)
        .says("1 row: id=1");
}

#[test]
fn rows_that_a_policy_hides_are_said_to_be_untested() {
    let stage = stage(SETUP, &["ALTER TABLE pet ALTER name SET NOT NULL;"]);
    stage.sql(
        "INSERT INTO pet VALUES (1, NULL); ALTER TABLE pet ENABLE ROW LEVEL SECURITY; CREATE POLICY none ON pet USING (false);
         CREATE ROLE onlooker LOGIN; GRANT pg_read_all_data TO onlooker",
    );
    let url = stage.url().replace("postgres@", "onlooker@");
    stage
        .run_with(
            &["check"],
            &[("DATABASE_URL", &url), ("SCRATCH_URL", &stage.server.url())],
        )
        .with_code(0)
        .says("may stop: line 1: NOT NULL of pet.name could not be tested")
        .says("row-level security");
}
