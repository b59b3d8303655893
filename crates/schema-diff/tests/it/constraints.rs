//! Constraints and indexes.

use crate::place::{prove_all, prove_changes, servers};

const TABLES: &str = "CREATE TABLE parent (a int, b int, PRIMARY KEY (a, b));
    CREATE TABLE t (a int NOT NULL, b int NOT NULL, c text, r int4range);";

/// What stands on the tables, and what is to stand there.
const CHANGES: &[(&str, &str)] = &[
    ("", "ALTER TABLE t ADD PRIMARY KEY (a)"),
    ("ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (a)", "ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (a, b)"),
    ("ALTER TABLE t ADD UNIQUE (a)", "ALTER TABLE t ADD UNIQUE NULLS NOT DISTINCT (a, b) INCLUDE (c) DEFERRABLE INITIALLY DEFERRED"),
    ("ALTER TABLE t ADD CHECK (a > 0)", "ALTER TABLE t ADD CHECK (a > 1), ADD CONSTRAINT z CHECK (b > a) NOT VALID"),
    ("ALTER TABLE t ADD CONSTRAINT z CHECK (a > 0) NOT VALID", "ALTER TABLE t ADD CONSTRAINT z CHECK (a > 0)"),
    ("", "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a, b) REFERENCES parent ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE;
        COMMENT ON CONSTRAINT f ON t IS 'to the parent'"),
    ("ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a, b) REFERENCES parent", "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (b, a) REFERENCES parent NOT VALID"),
    ("", "ALTER TABLE t ADD CONSTRAINT no_overlap EXCLUDE USING gist (r WITH &&)"),
    ("", "ALTER TABLE t ADD CONSTRAINT u UNIQUE (c); ALTER TABLE parent ADD d text, ADD FOREIGN KEY (d) REFERENCES t (c)"),
    ("", "CREATE INDEX i ON t (a DESC NULLS LAST, lower(c)) INCLUDE (b) WITH (fillfactor = 70) WHERE b > 0; COMMENT ON INDEX i IS 'some'"),
    ("CREATE INDEX i ON t (a)", "CREATE UNIQUE INDEX i ON t (b); CREATE INDEX \"J j\" ON t USING hash (c)"),
    ("CREATE UNIQUE INDEX u ON t (a)", "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)"),
    ("CREATE UNIQUE INDEX u ON t (c); ALTER TABLE parent ADD d text, ADD FOREIGN KEY (d) REFERENCES t (c)", "ALTER TABLE parent ADD d text"),
    ("ALTER TABLE t ADD CONSTRAINT one UNIQUE (a); CREATE INDEX old ON t (b)", "ALTER TABLE t ADD CONSTRAINT two UNIQUE (a); CREATE INDEX new ON t (b)"),
    (
        "CREATE INDEX i ON t (a); CREATE INDEX j ON t (b); COMMENT ON INDEX j IS 'j'",
        "CREATE INDEX i ON t (b); COMMENT ON INDEX i IS 'i'",
    ),
];

#[tokio::test]
async fn every_change_of_a_constraint_or_index_goes_there_and_back() {
    prove_changes(TABLES, CHANGES).await;
}

#[tokio::test]
async fn a_constraint_that_only_has_another_name_is_renamed() {
    let servers = servers();
    let schema = |rule: &str, index: &str| {
        format!(
            "CREATE TABLE t (a int CONSTRAINT {rule} PRIMARY KEY, b int REFERENCES t); CREATE INDEX {index} ON t (b)"
        )
    };
    let script = prove_all(&servers, &schema("one", "i"), &schema("two", "j")).await;
    assert!(
        script.contains(r#"RENAME CONSTRAINT "one" TO "two""#),
        "{script}"
    );
    assert!(
        script.contains(r#"ALTER INDEX "public"."i" RENAME TO "j""#),
        "{script}"
    );
    assert!(!script.contains("DROP"), "{script}");
}

#[tokio::test]
async fn a_key_of_another_type_changes_on_both_sides_of_the_reference() {
    let servers = servers();
    let schema = |data_type: &str| {
        format!(
            "CREATE TABLE parent (a {data_type} PRIMARY KEY); CREATE TABLE child (a {data_type} REFERENCES parent)"
        )
    };
    prove_all(&servers, &schema("int"), &schema("bigint")).await;
    prove_all(&servers, &schema("uuid"), &schema("text")).await;
}
