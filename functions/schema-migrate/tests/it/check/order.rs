//! What earlier statements that wait themselves do to the rows, held against what `up` then does.

use super::{remarks, report, stage};

/// What `check` says must become true.
enum Said {
    /// Nothing: `up` succeeds.
    Nothing,
    /// A certain stop that names these rows: `up` fails.
    Stops(&'static [&'static str]),
    /// A doubt with these words, and no stop, whatever `up` does.
    Doubt(&'static str),
}
use Said::{Doubt, Nothing, Stops};

/// `check` says so of `pending` with those rows, and `up` ends with `code`.
#[track_caller]
fn said(setup: &str, rows: &str, pending: &[&str], said: &Said, code: i32) {
    let stage = stage(setup, pending);
    stage.sql(rows);
    let exit = if matches!(said, Stops(_)) { 3 } else { 0 };
    let report = report(&stage, exit);
    let (stops, doubts) = (remarks(&report, "stops"), remarks(&report, "doubts"));
    match said {
        Nothing => assert!(doubts.is_empty(), "{pending:?}: {doubts:?}"),
        Stops(rows) => {
            assert_eq!(stops.len(), 1, "{pending:?}: {stops:?}");
            assert_eq!(stops[0].1, *rows, "{pending:?}: {stops:?}");
        }
        Doubt(words) => assert!(
            doubts.iter().any(|(told, _)| told.contains(words)),
            "{pending:?}: no `{words}` in {doubts:?}"
        ),
    }
    stage.run(&["up"]).with_code(code);
}

const PETS: &str = "CREATE TABLE pet (id int PRIMARY KEY, x int, y int);";
const EQUAL_X: &str = "INSERT INTO pet VALUES (1, 5, 1), (2, 5, 2)";

#[test]
fn a_column_is_followed_to_its_other_name() {
    let unique = "ALTER TABLE pet RENAME TO animal;
        ALTER TABLE animal RENAME x TO z;
        ALTER TABLE animal ADD UNIQUE (z);";
    said(PETS, EQUAL_X, &[unique], &Stops(&["id=1 and id=2"]), 1);

    let required = [
        "ALTER TABLE pet RENAME COLUMN x TO z;",
        "ALTER TABLE pet ALTER z SET NOT NULL;",
    ];
    let null = "INSERT INTO pet VALUES (1, 1, 1), (2, NULL, 2)";
    said(PETS, null, &required, &Stops(&["id=2"]), 1);
    said(PETS, EQUAL_X, &required, &Nothing, 0);

    let owners =
        "CREATE TABLE owner (id int UNIQUE); CREATE TABLE pet (id int PRIMARY KEY, owner int);";
    let key = "ALTER TABLE owner RENAME id TO number;
        ALTER TABLE pet ADD FOREIGN KEY (owner) REFERENCES owner (number);";
    let alone = "INSERT INTO owner VALUES (1); INSERT INTO pet VALUES (1, 1), (2, 7)";
    said(owners, alone, &[key], &Stops(&["id=2"]), 1);
}

#[test]
fn a_name_that_goes_to_another_column_is_never_a_certain_stop() {
    let swap = "ALTER TABLE pet RENAME x TO z; ALTER TABLE pet RENAME y TO x;";
    let unique = format!("{swap} ALTER TABLE pet ADD UNIQUE (x);");
    said(PETS, EQUAL_X, &[&unique], &Nothing, 0);
    let equal_y = "INSERT INTO pet VALUES (1, 1, 5), (2, 2, 5)";
    said(PETS, equal_y, &[&unique], &Doubt("equal in (\"x\")"), 1);

    let again = "ALTER TABLE pet DROP COLUMN x; ALTER TABLE pet ADD x int DEFAULT 1;";
    let required = [again, "ALTER TABLE pet ALTER x SET NOT NULL;"];
    let null = "INSERT INTO pet VALUES (1, NULL, 1)";
    said(PETS, null, &required, &Nothing, 0);
    let empty = "ALTER TABLE pet DROP COLUMN x, ADD x int;\nALTER TABLE pet ALTER x SET NOT NULL;";
    said(PETS, EQUAL_X, &[empty], &Doubt("pet.x is new"), 1);
}

#[test]
fn a_column_of_another_type_is_a_doubt() {
    let clear = "ALTER TABLE pet ALTER x TYPE int USING NULL;";
    let positive = format!("{clear} ALTER TABLE pet ADD CHECK (x < 0);");
    said(PETS, EQUAL_X, &[&positive], &Doubt("may put that right"), 0);
    let required = [clear, "ALTER TABLE pet ALTER x SET NOT NULL;"];
    said(PETS, EQUAL_X, &required, &Doubt("may make it untrue"), 1);
}

#[test]
fn what_holds_now_may_not_once_an_earlier_statement_has_run() {
    let owners = "CREATE TABLE owner (id int PRIMARY KEY); CREATE TABLE pet (id int PRIMARY KEY, owner int);";
    let rows = "INSERT INTO owner VALUES (1); INSERT INTO pet VALUES (1, 1)";
    let key = "ALTER TABLE pet ADD FOREIGN KEY (owner) REFERENCES owner;";
    let untrue = Doubt("DELETE FROM in line 1 of 2_pending.up.sql may make it untrue");
    said(owners, rows, &["DELETE FROM owner;", key], &untrue, 1);

    let anew = "ALTER TABLE pet RENAME TO old;
        CREATE TABLE pet (id int, x int);
        INSERT INTO pet SELECT id, x FROM old;
        ALTER TABLE pet ADD CHECK (x > 5);";
    let untested = Doubt("can't be tested: the table is new");
    said(PETS, EQUAL_X, &[anew], &untested, 1);
    let copied = "CREATE TABLE copy AS TABLE pet; ALTER TABLE copy ADD UNIQUE (x);";
    said(PETS, EQUAL_X, &[copied], &untested, 1);
}

#[test]
fn only_what_is_written_after_a_column_came_fills_it() {
    let new = "ALTER TABLE pet ADD z int;\nALTER TABLE pet ALTER z SET NOT NULL;";
    let before = ["UPDATE pet SET x = 1;", new];
    said(PETS, EQUAL_X, &before, &Stops(&["id=1", "id=2"]), 1);
    let gone = ["DELETE FROM pet;", new];
    said(PETS, EQUAL_X, &gone, &Doubt("may put that right"), 0);
    let after = [
        "ALTER TABLE pet ADD z int;\nUPDATE pet SET z = 1;",
        "ALTER TABLE pet ALTER z SET NOT NULL;",
    ];
    said(PETS, EQUAL_X, &after, &Doubt("may put that right"), 0);
    let filled = [
        "INSERT INTO pet VALUES (3, 3, 3);",
        "ALTER TABLE pet ADD z int NOT NULL DEFAULT 1;",
    ];
    said(PETS, EQUAL_X, &filled, &Doubt("what INSERT INTO writes"), 0);
}

#[test]
fn a_domain_is_tested_on_every_column_that_has_it() {
    let setup = "CREATE DOMAIN amount AS int; CREATE DOMAIN price AS amount;
        CREATE TABLE pet (id int PRIMARY KEY, x amount); CREATE TABLE toy (id int PRIMARY KEY, cost price);";
    let rows = "INSERT INTO pet VALUES (1, 1), (2, -2); INSERT INTO toy VALUES (1, 1), (2, NULL)";
    let positive = "ALTER DOMAIN amount ADD CHECK (VALUE > 0);";
    said(setup, rows, &[positive], &Stops(&["id=2"]), 1);
    let required = "ALTER DOMAIN price SET NOT NULL;";
    said(setup, rows, &[required], &Stops(&["id=2"]), 1);
    let mended = "UPDATE pet SET x = 2 WHERE id = 2;";
    let doubt = Doubt("may put that right");
    said(setup, rows, &[mended, positive], &doubt, 0);
    let fulfilled = "ALTER DOMAIN amount ADD CHECK (VALUE <> 0);";
    said(setup, rows, &[fulfilled], &Nothing, 0);
}

#[test]
fn what_no_select_tests_is_a_doubt() {
    let insert = "INSERT INTO pet VALUES (1, 1, 1);";
    said(PETS, EQUAL_X, &[insert], &Doubt("constraints of pet"), 1);
    let body = "DO $$ BEGIN EXECUTE 'ALTER TABLE pet ADD UNIQUE (x)'; END $$;";
    said(PETS, EQUAL_X, &[body], &Doubt("what DO does"), 1);
}

#[test]
fn a_generated_column_is_computed_beforehand() {
    let inverse = "ALTER TABLE pet ADD inverse int GENERATED ALWAYS AS (1 / x) STORED;";
    said(PETS, EQUAL_X, &[inverse], &Nothing, 0);
    let zero = "INSERT INTO pet VALUES (1, 0, 1)";
    said(PETS, zero, &[inverse], &Stops(&[]), 1);
}
