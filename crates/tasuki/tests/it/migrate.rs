//! `tasuki migrate`, on a real PostgreSQL.

use std::fs;

use tempfile::TempDir;
use test_services::PostgresServer;

use crate::command::{tasuki, text};

#[test]
fn the_words_and_exit_codes_are_those_of_schema_migrate() {
    let server = PostgresServer::start().unwrap();
    let folder = TempDir::new().unwrap();
    let migrations = folder.path().join("migrations");
    fs::create_dir(&migrations).unwrap();
    let file = migrations.join("1_companies.up.sql");
    fs::write(file, "CREATE TABLE companies (name text);\n").unwrap();
    let url = server.url();
    let run = |words: &[&str]| {
        tasuki(
            folder.path(),
            &[&["migrate"], words].concat(),
            &[("DATABASE_URL", &url)],
        )
    };

    let help = run(&["--help"]);
    assert!(text(&help).contains("Usage: tasuki migrate"), "{help:?}");
    assert_eq!(run(&["upp"]).status.code(), Some(2));
    assert_eq!(run(&["status"]).status.code(), Some(3));
    let up = run(&["-method", "up"]);
    assert_eq!(up.status.code(), Some(0), "{up:?}");
    assert_eq!(run(&["status"]).status.code(), Some(0));
    let described = run(&["describe", "companies"]);
    assert!(
        text(&described).contains("Table \"public.companies\""),
        "{described:?}"
    );
}
