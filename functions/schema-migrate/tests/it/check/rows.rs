//! The rows that are there, held against what is to come.

use super::{check, remarks, report, stage};

const SETUP: &str = "CREATE TABLE owner (id int PRIMARY KEY);
CREATE TABLE pet (id int PRIMARY KEY, name text, owner_id int, born text, age int CHECK (age < 100));";

const ROWS: &str = "INSERT INTO owner VALUES (1), (2);
INSERT INTO pet VALUES (1, 'rex', 1, '2020', 3), (2, 'rex', 9, 'then', -1), (3, NULL, NULL, '2022', NULL), (4, 'Rex', 2, '2023', 5)";

/// The words and rows that stop each statement, alone in a file.
fn stop(pending: &str) -> (String, Vec<String>) {
    let stage = stage(SETUP, &[pending]);
    stage.sql(ROWS);
    let report = report(&stage, 3);
    let mut stops = remarks(&report, "stops");
    assert_eq!(stops.len(), 1, "{stops:?}");
    // The server agrees.
    stage.run(&["up"]).with_code(1);
    stops.remove(0)
}

#[test]
fn rows_with_null_are_named() {
    let (words, rows) = stop("ALTER TABLE pet ALTER COLUMN name SET NOT NULL;");
    assert_eq!(words, "pet.name is NULL in rows");
    assert_eq!(rows, ["id=3"]);
}

#[test]
fn equal_rows_are_named_together() {
    let (words, rows) = stop("CREATE UNIQUE INDEX pet_name ON pet (lower(name)) WHERE id > 0;");
    assert_eq!(words, "rows of pet are equal in (lower(name))");
    assert_eq!(rows, ["id=1 and id=4 and 1 more"]);
    let (_, rows) = stop("ALTER TABLE pet ADD CONSTRAINT pet_name UNIQUE (name);");
    assert_eq!(rows, ["id=1 and id=2"]);
}

#[test]
fn a_new_primary_key_minds_null_as_well() {
    let (words, rows) = stop(
        "ALTER TABLE pet DROP CONSTRAINT pet_pkey;\nALTER TABLE pet ADD PRIMARY KEY (owner_id);",
    );
    assert_eq!(
        words,
        "rows of pet are equal in (\"owner_id\"), or NULL there"
    );
    assert_eq!(rows, ["id=3"]);
}

#[test]
fn rows_that_break_a_check_are_named() {
    let (words, rows) = stop("ALTER TABLE pet ADD CONSTRAINT pet_age CHECK (age >= 0);");
    assert_eq!(words, "rows of pet do not fulfil CHECK (age >= 0)");
    assert_eq!(rows, ["id=2"]);
    let (_, rows) =
        stop("ALTER TABLE pet ADD COLUMN legs int NOT NULL DEFAULT 4 CHECK (legs < id + 2);");
    assert_eq!(rows, ["id=1", "id=2"]);
}

#[test]
fn rows_without_their_partner_are_named() {
    let (words, rows) =
        stop("ALTER TABLE pet ADD CONSTRAINT pet_owner FOREIGN KEY (owner_id) REFERENCES owner;");
    assert_eq!(
        words,
        "rows of pet point by (owner_id) to rows that owner does not have"
    );
    assert_eq!(rows, ["id=2"]);
    let (_, rows) = stop("ALTER TABLE pet ADD COLUMN vet int DEFAULT 7 REFERENCES owner (id);");
    assert_eq!(rows, ["id=1", "id=2", "id=3", "id=4"]);
}

#[test]
fn values_that_do_not_fit_a_new_type_are_told() {
    let (words, _) = stop("ALTER TABLE pet ALTER COLUMN born TYPE int USING born::int;");
    assert!(
        words.contains("the type int of pet.born does not hold for every row"),
        "{words}"
    );
    assert!(words.contains("\"then\""), "{words}");
    let (words, rows) = stop("ALTER TABLE pet ALTER COLUMN born TYPE varchar(3);");
    assert_eq!(
        words,
        "rows are in the way of the type varchar(3) of pet.born"
    );
    assert_eq!(rows, ["id=1", "id=2", "id=3", "id=4"]);
}

#[test]
fn a_constraint_that_is_not_yet_valid_is_tested_when_it_shall_be() {
    let add = "ALTER TABLE pet ADD CONSTRAINT pet_age CHECK (age >= 0) NOT VALID;";
    let (_, rows) = stop(&format!(
        "{add}\nALTER TABLE pet VALIDATE CONSTRAINT pet_age;"
    ));
    assert_eq!(rows, ["id=2"]);

    let add = "ALTER TABLE pet ADD CONSTRAINT pet_owner FOREIGN KEY (owner_id) REFERENCES owner NOT VALID;";
    let stage = stage(
        &format!("{SETUP}\n{add}"),
        &["ALTER TABLE pet VALIDATE CONSTRAINT pet_owner;"],
    );
    stage.sql("ALTER TABLE pet DISABLE TRIGGER ALL");
    stage.sql(ROWS);
    let report = report(&stage, 3);
    assert_eq!(remarks(&report, "stops")[0].1, ["id=2"]);
}

#[test]
fn an_index_built_beside_the_work_finds_its_doubles_as_well() {
    let (_, rows) = stop("CREATE UNIQUE INDEX CONCURRENTLY pet_name ON pet (name);");
    assert_eq!(rows, ["id=1 and id=2"]);
}

#[test]
fn rows_that_an_earlier_statement_may_put_right_are_a_doubt() {
    let fill = "UPDATE pet SET name = 'nameless' WHERE name IS NULL;\nALTER TABLE pet ALTER COLUMN name SET NOT NULL;";
    let stage = stage(SETUP, &[fill]);
    stage.sql(ROWS);
    let report = report(&stage, 0);
    let doubts = remarks(&report, "doubts");
    assert_eq!(
        doubts[1].0,
        "pet.name is NULL in rows; UPDATE in line 1 of 2_pending.up.sql may put that right"
    );
    stage.run(&["up"]).with_code(0);
}

#[test]
fn a_column_that_an_earlier_file_adds_is_null_until_somebody_fills_it() {
    let required = "ALTER TABLE pet ALTER COLUMN chip SET NOT NULL;";
    let bare = stage(SETUP, &["ALTER TABLE pet ADD COLUMN chip text;", required]);
    bare.sql(ROWS);
    let found = report(&bare, 3);
    assert_eq!(remarks(&found, "stops")[0].1.len(), 4);

    let filled = stage(
        SETUP,
        &[
            "ALTER TABLE pet ADD COLUMN chip text DEFAULT 'none';",
            required,
        ],
    );
    filled.sql(ROWS);
    let found = report(&filled, 0);
    assert!(remarks(&found, "doubts").is_empty());
    filled.run(&["up"]).with_code(0);
}

#[test]
fn many_rows_are_counted_and_few_named() {
    let stage = stage(SETUP, &["ALTER TABLE pet ALTER COLUMN name SET NOT NULL;"]);
    stage.sql("INSERT INTO pet SELECT n FROM generate_series(1, 1500) AS n");
    check(&stage, &[])
        .with_code(3)
        .says("1000 or more rows: id=1; id=2; id=3; id=4; id=5; …");
}

#[test]
fn rows_without_a_key_are_named_by_their_place() {
    let stage = stage(
        "CREATE TABLE \"Odd name\" (\"a b\" int);",
        &["ALTER TABLE \"Odd name\" ALTER \"a b\" SET NOT NULL;"],
    );
    stage.sql("INSERT INTO \"Odd name\" VALUES (1), (NULL)");
    let report = report(&stage, 3);
    assert_eq!(remarks(&report, "stops")[0].1, ["ctid=(0,2)"]);
}

#[test]
fn tables_that_are_new_or_renamed_by_then_are_told_from_those_that_are_there() {
    let again = "DROP TABLE pet;\nCREATE TABLE pet (id int);\nALTER TABLE pet ADD COLUMN name text NOT NULL;";
    let new = stage(SETUP, &[again]);
    new.sql(ROWS);
    let found = report(&new, 0);
    assert!(remarks(&found, "doubts").is_empty());
    new.run(&["up"]).with_code(0);

    let files = [
        "ALTER TABLE pet RENAME TO animal;",
        "ALTER TABLE animal ALTER name SET NOT NULL;",
    ];
    let renamed = stage(SETUP, &files);
    renamed.sql(ROWS);
    let found = report(&renamed, 3);
    assert_eq!(
        remarks(&found, "stops"),
        [(
            "animal.name is NULL in rows".to_owned(),
            vec!["id=3".to_owned()]
        )]
    );
}

#[test]
fn partners_that_are_still_to_come_are_a_doubt() {
    let key = "INSERT INTO owner VALUES (9);\nALTER TABLE pet ADD FOREIGN KEY (owner_id) REFERENCES owner;";
    let filled = stage(SETUP, &[key]);
    filled.sql(ROWS);
    let found = report(&filled, 0);
    assert_eq!(remarks(&found, "doubts")[1].1, ["id=2"]);
    filled.run(&["up"]).with_code(0);

    let new = "CREATE TABLE vet (id int PRIMARY KEY);\nALTER TABLE pet ADD COLUMN vet_id int REFERENCES vet;";
    let empty = stage(SETUP, &[new]);
    empty.sql(ROWS);
    let found = report(&empty, 0);
    assert!(remarks(&found, "doubts").is_empty());
    empty.run(&["up"]).with_code(0);
}
