//! What a statement does to rows.

use migration_sql::{Added, Condition, Facts, Name, facts, split};

fn facts_of(text: &str) -> Facts {
    facts(&split(text).unwrap()[0])
}

fn conditions(text: &str) -> Vec<Condition> {
    facts_of(text)
        .probes
        .into_iter()
        .map(|probe| probe.condition)
        .collect()
}

fn not_null(column: &str) -> Condition {
    Condition::NotNull {
        column: column.to_owned(),
    }
}

fn unique(
    keys: &[&str],
    predicate: Option<&str>,
    has_equal_nulls: bool,
    is_primary: bool,
) -> Condition {
    Condition::Unique {
        keys: keys.iter().map(ToString::to_string).collect(),
        predicate: predicate.map(str::to_owned),
        has_equal_nulls,
        is_primary,
    }
}

#[test]
fn a_required_column_without_default_is_null_in_every_row() {
    let facts =
        facts_of(r#"ALTER TABLE "companies" ADD COLUMN "address" character varying NOT NULL"#);
    let added = Added {
        column: "address".to_owned(),
        data_type: "character varying".to_owned(),
        value: None,
    };
    assert_eq!(facts.kind, "ALTER TABLE");
    assert_eq!(facts.adds, [(Name::bare("companies"), added.clone())]);
    assert_eq!(facts.probes[0].condition, not_null("address"));
    assert_eq!(facts.probes[0].added, [added]);
    assert!(!facts.rewrites);
}

#[test]
fn a_new_column_is_known_by_its_value() {
    for (column, value, rewrites) in [
        ("c int NOT NULL DEFAULT 7", Some("7"), false),
        ("c int NOT NULL DEFAULT NULL", None, false),
        ("c timestamptz NOT NULL DEFAULT now()", Some("now()"), false),
        (
            "c uuid NOT NULL DEFAULT gen_random_uuid()",
            Some("gen_random_uuid()"),
            true,
        ),
        ("c bigserial NOT NULL", Some("row_number() OVER ()"), true),
        (
            "c int GENERATED ALWAYS AS IDENTITY",
            Some("row_number() OVER ()"),
            true,
        ),
        (
            "c int GENERATED ALWAYS AS (a + 1) STORED",
            Some("a + 1"),
            true,
        ),
    ] {
        let facts = facts_of(&format!("ALTER TABLE t ADD {column}"));
        assert_eq!(facts.adds[0].1.value.as_deref(), value, "{column}");
        assert_eq!(facts.rewrites, rewrites, "{column}");
    }
}

#[test]
fn constraints_ask_for_what_they_say() {
    for (text, expected) in [
        ("ALTER TABLE t ALTER a SET NOT NULL", vec![not_null("a")]),
        (
            "ALTER TABLE t ALTER COLUMN \"A b\" SET NOT NULL",
            vec![not_null("A b")],
        ),
        (
            "CREATE UNIQUE INDEX CONCURRENTLY ON t (lower(a), b COLLATE \"C\" text_pattern_ops DESC) WHERE a > ';'",
            vec![unique(
                &["lower(a)", "b COLLATE \"C\""],
                Some("a > ';'"),
                false,
                false,
            )],
        ),
        (
            "ALTER TABLE t ADD UNIQUE NULLS NOT DISTINCT (a, B)",
            vec![unique(&["\"a\"", "\"b\""], None, true, false)],
        ),
        (
            "ALTER TABLE t ADD CONSTRAINT p PRIMARY KEY (a)",
            vec![unique(&["\"a\""], None, false, true)],
        ),
        (
            "ALTER TABLE t ADD CONSTRAINT p PRIMARY KEY USING INDEX i",
            vec![],
        ),
        (
            "ALTER TABLE t ADD c int DEFAULT 1 UNIQUE",
            vec![unique(&["\"c\""], None, false, false)],
        ),
        (
            "ALTER TABLE t ADD CHECK (a > 0 AND (b IS NULL))",
            vec![Condition::Check {
                expression: "a > 0 AND (b IS NULL)".to_owned(),
            }],
        ),
        (
            "ALTER TABLE t ADD FOREIGN KEY (a, b) REFERENCES s.u (x, y) MATCH FULL ON DELETE CASCADE",
            vec![Condition::ForeignKey {
                columns: vec!["a".to_owned(), "b".to_owned()],
                referenced: Name {
                    schema: Some("s".to_owned()),
                    name: "u".to_owned(),
                },
                referenced_columns: vec!["x".to_owned(), "y".to_owned()],
                is_match_full: true,
            }],
        ),
        (
            "ALTER TABLE t ADD c int DEFAULT 1 REFERENCES u",
            vec![Condition::ForeignKey {
                columns: vec!["c".to_owned()],
                referenced: Name::bare("u"),
                referenced_columns: vec![],
                is_match_full: false,
            }],
        ),
        (
            "ALTER TABLE t ALTER a TYPE int USING a::int",
            vec![Condition::TypeChange {
                column: "a".to_owned(),
                data_type: "int".to_owned(),
                using: Some("a::int".to_owned()),
            }],
        ),
        (
            "ALTER TABLE t VALIDATE CONSTRAINT k",
            vec![Condition::Validate {
                constraint: "k".to_owned(),
            }],
        ),
        (
            "ALTER TABLE t ADD CONSTRAINT k EXCLUDE USING gist (a WITH &&)",
            vec![Condition::Untested { what: "EXCLUDE" }],
        ),
    ] {
        assert_eq!(conditions(text), expected, "{text}");
    }
}

#[test]
fn a_constraint_not_yet_valid_is_kept_for_later() {
    let facts = facts_of("ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT VALID");
    assert!(facts.probes.is_empty() && !facts.scans);
    assert_eq!(facts.unproven[0].constraint, "k");
    let check = Condition::Check {
        expression: "a > 0".to_owned(),
    };
    assert_eq!(facts.unproven[0].probe.condition, check);
}

#[test]
fn a_kind_is_told_in_the_words_of_the_manual() {
    for (text, kind) in [
        (
            "create or replace function f() returns int language sql as 'select 1'",
            "CREATE FUNCTION",
        ),
        (
            "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)",
            "CREATE UNIQUE INDEX CONCURRENTLY",
        ),
        ("CREATE TEMP TABLE t (a int)", "CREATE TABLE"),
        ("INSERT INTO t VALUES (1)", "INSERT INTO"),
        ("DROP TABLE IF EXISTS t", "DROP TABLE"),
        ("UPDATE t SET a = 1", "UPDATE"),
        ("REFRESH MATERIALIZED VIEW m", "REFRESH MATERIALIZED VIEW"),
        ("COMMENT ON TABLE t IS 'x'", "COMMENT TABLE"),
        ("VACUUM t", "VACUUM"),
    ] {
        assert_eq!(facts_of(text).kind, kind);
    }
}

#[test]
fn words_that_may_do_anything_are_opaque() {
    for text in [
        "DO $$ BEGIN END $$",
        "CALL p()",
        "SELECT rebuild()",
        "DROP TYPE t CASCADE",
        "FROBNICATE t",
    ] {
        assert!(facts_of(text).is_opaque, "{text}");
    }
    for text in [
        "SELECT setval('s', 1)",
        "CREATE TABLE t (a int)",
        "SET work_mem = '4MB'",
        "DROP TYPE t",
    ] {
        assert!(!facts_of(text).is_opaque, "{text}");
    }
}

#[test]
fn a_query_that_deletes_on_the_way_writes() {
    let facts = facts_of("WITH gone AS (DELETE FROM t RETURNING id) SELECT count(*) FROM gone");
    assert_eq!(facts.writes, [Name::bare("t")]);
}

#[test]
fn a_default_in_the_catalog_needs_no_look_at_the_rows() {
    assert!(!facts_of("ALTER TABLE t ADD c int NOT NULL DEFAULT 7").scans);
    assert!(facts_of("ALTER TABLE t ADD c int NOT NULL").scans);
    assert!(facts_of("ALTER TABLE t ADD c int NOT NULL DEFAULT 7 CHECK (c > a)").scans);
}

#[test]
fn a_table_that_may_be_there_already_is_not_said_to_be_made() {
    assert_eq!(facts_of("CREATE TABLE s.t (a int)").creates.len(), 1);
    assert!(
        facts_of("CREATE TABLE IF NOT EXISTS t (a int)")
            .creates
            .is_empty()
    );
    let renames = facts_of("ALTER TABLE s.t RENAME TO u").renames;
    assert_eq!(
        renames[0].1,
        Name {
            schema: Some("s".to_owned()),
            name: "u".to_owned()
        }
    );
}
