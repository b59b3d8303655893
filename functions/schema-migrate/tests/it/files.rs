//! The folder: `atlas.sum`, `hash`, `lint`.

use std::fs;

use crate::stage::{Ended, Stage, ended, program};

const INDEX: &str = "CREATE INDEX company_name ON companies (name);\n";

/// A folder of these files, and what the program says to it without any database.
fn run(files: &[(&str, &str)], arguments: &[&str]) -> (tempfile::TempDir, Ended) {
    let folder = tempfile::tempdir().unwrap();
    let migrations = folder.path().join("migrations");
    fs::create_dir(&migrations).unwrap();
    for (name, text) in files {
        fs::write(migrations.join(name), text).unwrap();
    }
    let ended = ended(program(folder.path()).args(arguments));
    (folder, ended)
}

#[test]
fn nothing_is_run_where_atlas_sum_does_not_fit() {
    let stage = Stage::with(&[("1_a.up.sql", "CREATE TABLE a ();")]);
    stage
        .run(&["hash"])
        .with_code(0)
        .says("over up files (Atlas 0.32.1 and newer)");
    stage.file("1_a.up.sql", "CREATE TABLE a (id int);");
    stage
        .run(&["up"])
        .with_code(4)
        .says("1_a.up.sql was changed since atlas.sum was written (line 2)");
    stage
        .run(&["status"])
        .with_code(4)
        .says("does not belong to the files");
    assert_eq!(stage.sql("SELECT to_regclass('a')"), "NULL");
    stage.run(&["hash"]).with_code(0);
    stage.run(&["up"]).with_code(0);
}

#[test]
fn a_sound_folder_is_told_without_a_database() {
    let (_, ended) = run(&[("1_a.up.sql", "SELECT 1;")], &["hash", "--check"]);
    ended
        .with_code(0)
        .says("1 migration can be run; there is no atlas.sum");
}

#[test]
fn what_is_wrong_with_a_folder_is_told_all_at_once() {
    let files = [
        ("1_a.up.sql", "SELECT 1;\n\\i other.sql\n"),
        ("2_b.up.sql", "SELECT $$open;\n"),
        ("2_b.down.sql", "SELECT 'ok';\n"),
        ("atlas.sum", "h1:x\n"),
    ];
    let (folder, ended) = run(&files, &["hash", "--check"]);
    let words = ended.with_code(1).words();
    for part in [
        "1_a.up.sql is not in atlas.sum",
        "1_a.up.sql: line 2: `\\i` is a command of psql",
        "2_b.up.sql: line 1",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert_eq!(
        fs::read_to_string(folder.path().join("migrations/atlas.sum")).unwrap(),
        "h1:x\n"
    );
}

#[test]
fn hash_keeps_the_variant_that_is_there() {
    let files = [
        ("1_a.up.sql", "SELECT 1;\n"),
        ("1_a.down.sql", "SELECT 2;\n"),
    ];
    let (folder, ended_new) = run(&files, &["hash"]);
    ended_new.with_code(0);
    let sum = folder.path().join("migrations/atlas.sum");
    assert_eq!(fs::read_to_string(&sum).unwrap().lines().count(), 2);
    // What Atlas before 0.32.1 wrote of other contents: the names tell the variant.
    fs::write(&sum, "h1:x\n1_a.down.sql h1:y\n1_a.up.sql h1:z\n").unwrap();
    ended(program(folder.path()).arg("hash"))
        .with_code(0)
        .says("over up and down files");
    assert_eq!(fs::read_to_string(&sum).unwrap().lines().count(), 3);
    ended(program(folder.path()).args(["hash", "--check"]))
        .with_code(0)
        .says("over up and down files");
}

#[test]
fn lint_names_file_line_and_rule_and_tells_danger_from_advice() {
    let (folder, ended_all) = run(
        &[
            ("1_a.up.sql", INDEX),
            ("1_a.down.sql", "DROP TABLE companies;\n"),
        ],
        &["lint"],
    );
    ended_all
        .with_code(3)
        .says("1_a.up.sql:1:1: danger, require-concurrent-index-creation")
        .says_not("1_a.down.sql");
    let file = "migrations/1_a.up.sql";
    ended(program(folder.path()).args(["lint", file]))
        .with_code(3)
        .says("migrations/1_a.up.sql:1:1");
    let excluded = ("LINT_EXCLUDE", "require-concurrent-index-creation");
    ended(program(folder.path()).args(["lint", file]).envs([excluded])).with_code(0);
    ended(program(folder.path()).args(["lint", "nowhere.sql"]))
        .with_code(2)
        .says("nowhere.sql can't be read");
}
