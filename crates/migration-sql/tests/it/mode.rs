//! Which files are one transaction.

use migration_sql::{Mode, Reason, Script, SqlError, mode};

fn refused(line: usize, words: &'static str) -> Mode {
    Mode::NoTransaction(Reason::Statement { line, words })
}

#[test]
fn a_plain_file_is_one_transaction() {
    for text in [
        "",
        "SELECT 1;",
        "SAVEPOINT a; ROLLBACK TO SAVEPOINT a;",
        "CREATE INDEX concurrently_x ON t (a);",
    ] {
        assert_eq!(mode(text).unwrap(), Mode::Transaction, "{text}");
    }
}

#[test]
fn a_directive_among_the_first_comments_takes_the_transaction_away() {
    for text in [
        "-- no-transaction\nSELECT 1;",
        "-- why: it is long\n--no-transaction\n",
        "-- atlas:txmode none\n\nSELECT 1;",
        "/* about */ -- +goose NO TRANSACTION\nSELECT 1;",
    ] {
        assert!(
            matches!(
                mode(text).unwrap(),
                Mode::NoTransaction(Reason::Directive { .. })
            ),
            "{text}"
        );
    }
    for text in [
        "SELECT 1; -- no-transaction\n",
        "-- no-transaction is not wanted here\nSELECT 1;",
    ] {
        assert_eq!(mode(text).unwrap(), Mode::Transaction, "{text}");
    }
}

#[test]
fn statements_that_the_server_refuses_in_a_transaction_are_known() {
    for (text, words) in [
        (
            "CREATE INDEX CONCURRENTLY i ON t (a)",
            "CREATE INDEX CONCURRENTLY",
        ),
        (
            "create unique /* no */ index concurrently if not exists i on t (a)",
            "CREATE UNIQUE INDEX CONCURRENTLY",
        ),
        ("DROP INDEX CONCURRENTLY i", "DROP INDEX CONCURRENTLY"),
        (
            "REINDEX (VERBOSE, CONCURRENTLY) TABLE t",
            "REINDEX CONCURRENTLY",
        ),
        ("REINDEX INDEX CONCURRENTLY i", "REINDEX CONCURRENTLY"),
        ("VACUUM ANALYZE t", "VACUUM"),
        ("ALTER SYSTEM SET work_mem = '4MB'", "ALTER SYSTEM"),
        (
            "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY",
            "ALTER TABLE … DETACH PARTITION … CONCURRENTLY",
        ),
        ("CREATE DATABASE d", "CREATE DATABASE"),
        ("CLUSTER", "CLUSTER of every table"),
    ] {
        assert_eq!(
            mode(&format!("SELECT 1;\n{text};")).unwrap(),
            refused(2, words),
            "{text}"
        );
    }
}

#[test]
fn the_only_begin_and_commit_that_pass_enclose_the_file() {
    for text in [
        "BEGIN;\nSELECT 1;\nCOMMIT;",
        "-- about\nstart transaction;\nSELECT 1;\nend;",
        "BEGIN WORK; SELECT 1; COMMIT TRANSACTION",
    ] {
        let script = Script::read(text).unwrap();
        assert_eq!(script.mode, Mode::Enclosed, "{text}");
        let statements: Vec<_> = script
            .statements
            .iter()
            .map(|statement| statement.text)
            .collect();
        assert_eq!(statements, ["SELECT 1"]);
    }
    for (text, line, words) in [
        ("SELECT 1;\nCOMMIT;", 2, "COMMIT"),
        (
            "BEGIN;\nSELECT 1;\nCOMMIT;\nBEGIN;\nSELECT 1;\nCOMMIT;",
            1,
            "BEGIN",
        ),
        (
            "BEGIN ISOLATION LEVEL SERIALIZABLE;\nSELECT 1;\nCOMMIT;",
            1,
            "BEGIN ISOLATION LEVEL SERIALIZABLE",
        ),
        ("SELECT 1;\nROLLBACK;", 2, "ROLLBACK"),
        ("BEGIN;\nVACUUM;\nCOMMIT;", 1, "BEGIN"),
    ] {
        let words = words.to_owned();
        assert_eq!(
            mode(text).unwrap_err(),
            SqlError::OwnTransaction { line, words },
            "{text}"
        );
    }
}
