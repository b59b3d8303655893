//! The steps that hold no lock for long.

use schema_diff::{Mode, Request, Script};

use crate::place::{prove, read, servers, session, written};

fn suffixes(script: &Script) -> Vec<&str> {
    script
        .parts
        .iter()
        .map(|part| part.suffix.as_deref().unwrap_or("main"))
        .collect()
}

#[tokio::test]
async fn tables_that_are_used_get_their_changes_in_steps() {
    let from =
        "CREATE TABLE p (id int PRIMARY KEY, code text); CREATE TABLE t (a int, b int, c text)";
    let to = "CREATE TABLE p (id int PRIMARY KEY, code text UNIQUE);
        CREATE TABLE t (a int NOT NULL REFERENCES p, b int CHECK (b > 0), c text REFERENCES p (code), d int NOT NULL);
        CREATE INDEX t_b ON t (b); COMMENT ON INDEX t_b IS 'by b';
        CREATE TABLE fresh (a int NOT NULL REFERENCES p, b int CHECK (b > 0)); CREATE INDEX fresh_b ON fresh (b);";
    for server in &servers() {
        let script = prove(server, from, to, &Request::default()).await;
        assert_eq!(
            suffixes(&script),
            [
                "main",
                "index_p_code_key",
                "index_t_b",
                "validate",
                "validate_keys"
            ],
            "{}",
            written(&script)
        );
        for part in &script.parts {
            let is_concurrent = part
                .steps
                .iter()
                .any(|step| step.up.concat().contains("CONCURRENTLY"));
            assert_eq!(is_concurrent, part.mode == Mode::NoTransaction);
        }
        let main = script.parts[0].steps.iter().flat_map(|step| &step.up);
        for statement in main.filter(|statement| {
            statement.starts_with("ALTER TABLE \"public\".\"t\" ADD CONSTRAINT")
        }) {
            assert!(statement.ends_with("NOT VALID"), "{statement}");
        }
        let request = Request {
            is_safe: false,
            ..Request::default()
        };
        let script = prove(server, from, to, &request).await;
        assert_eq!(suffixes(&script), ["main"]);
    }
}

#[tokio::test]
async fn rows_get_the_value_that_was_given_before_the_column_is_required() {
    let servers = servers();
    let server = &servers[0];
    for is_safe in [true, false] {
        let request = Request {
            backfills: vec!["t.b='n' || a".parse().unwrap(), "t.c=0".parse().unwrap()],
            is_safe,
            ..Request::default()
        };
        let from = session(server, "CREATE TABLE t (a int, c int); INSERT INTO t SELECT n, nullif(n, 2) FROM generate_series(1, 3) AS n").await;
        let to = session(
            server,
            "CREATE TABLE t (a int, b text NOT NULL, c int NOT NULL)",
        )
        .await;
        let script = schema_diff::diff(&read(&from).await, &read(&to).await, &request).unwrap();
        let expected: &[&str] = if is_safe {
            &["main", "backfill", "validate"]
        } else {
            &["main"]
        };
        assert_eq!(suffixes(&script), expected, "{}", written(&script));
        for step in script.parts.iter().flat_map(|part| &part.steps) {
            from.batch_execute(&step.up.join(";")).await.unwrap();
        }
        assert!(read(&from).await.differences(&read(&to).await).is_empty());
        let row = from
            .query_one(
                "SELECT string_agg(b || ' ' || c, ', ' ORDER BY a) FROM t",
                &[],
            )
            .await
            .unwrap();
        assert_eq!(row.get::<_, String>(0), "n1 1, n2 0, n3 3");
        let schema = |columns: &str| format!("CREATE TABLE t ({columns})");
        prove(
            server,
            &schema("a int, c int"),
            &schema("a int, b text NOT NULL, c int NOT NULL"),
            &request,
        )
        .await;
    }
}

#[tokio::test]
async fn a_person_is_told_what_rows_lose_and_what_they_must_have() {
    let servers = servers();
    let from = "CREATE TABLE gone (a int); CREATE TABLE t (a int, b int, c int)";
    let to = "CREATE TABLE t (a bigint, b int NOT NULL)";
    let script = prove(&servers[0], from, to, &Request::default()).await;
    for note in [
        "table public.gone is dropped with its rows",
        "column public.t.c is dropped with its values",
        "column public.t.a becomes bigint: every row is written anew",
        "column public.t.b becomes required",
    ] {
        assert!(
            script.notes.iter().any(|told| told.starts_with(note)),
            "{note}: {:?}",
            script.notes
        );
    }
}

#[tokio::test]
async fn no_rows_are_written_or_looked_at_behind_a_lock_of_the_same_file() {
    let servers = servers();
    let request = Request {
        backfills: vec!["t.a=0".parse().unwrap(), "t.b=0".parse().unwrap()],
        ..Request::default()
    };
    let from = "CREATE TABLE t (a int, b int, c int, d int)";
    let to = "CREATE TABLE t (a int NOT NULL, b int NOT NULL, c int NOT NULL, d int NOT NULL)";
    let script = prove(&servers[0], from, to, &request).await;
    for part in &script.parts {
        let mut is_locked = false;
        for statement in part.steps.iter().flat_map(|step| &step.up) {
            let is_long = statement.contains("UPDATE ") || statement.contains(" VALIDATE ");
            assert!(!(is_long && is_locked), "{}", written(&script));
            is_locked |= statement.starts_with("ALTER TABLE") && !is_long;
        }
    }
}

#[tokio::test]
async fn a_person_is_told_of_an_index_that_is_away_for_a_while() {
    let servers = servers();
    let schema = |index: &str| format!("CREATE TABLE t (a int, b int); {index}");
    for (from, to, told) in [
        (
            "CREATE INDEX i ON t (a)",
            "CREATE INDEX i ON t (b)",
            "index i of table public.t changes under its name: from its drop until it is built anew, queries go without it",
        ),
        (
            "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)",
            "ALTER TABLE t ADD CONSTRAINT u UNIQUE (b)",
            "index u of table public.t changes under its name: from its drop until it is built anew, queries go without it, and nothing keeps double values out",
        ),
        ("CREATE INDEX i ON t (a)", "CREATE INDEX j ON t (b)", ""),
    ] {
        let (from, to) = (schema(from), schema(to));
        let script = prove(&servers[0], &from, &to, &Request::default()).await;
        assert_eq!(script.notes.join("; "), told);
    }
}

#[tokio::test]
async fn numbers_go_on_after_those_that_are_there() {
    let servers = servers();
    let server = &servers[0];
    for wanted in ["a bigint GENERATED ALWAYS AS IDENTITY", "a bigserial"] {
        let from = session(
            server,
            "CREATE TABLE t (a bigint NOT NULL); INSERT INTO t VALUES (41)",
        )
        .await;
        let to = session(server, &format!("CREATE TABLE t ({wanted})")).await;
        let script =
            schema_diff::diff(&read(&from).await, &read(&to).await, &Request::default()).unwrap();
        for step in script.parts.iter().flat_map(|part| &part.steps) {
            from.batch_execute(&step.up.join(";")).await.unwrap();
        }
        let row = from
            .query_one("INSERT INTO t DEFAULT VALUES RETURNING a", &[])
            .await
            .unwrap();
        assert_eq!(row.get::<_, i64>(0), 42, "{}", written(&script));
    }
}

#[tokio::test]
async fn numbers_go_on_there_and_back_between_serial_and_identity() {
    let kinds = ["a bigserial", "a bigint GENERATED BY DEFAULT AS IDENTITY"];
    for server in &servers() {
        for [one, other] in [kinds, [kinds[1], kinds[0]]] {
            let rows = "INSERT INTO t SELECT FROM generate_series(1, 5)";
            let from = session(server, &format!("CREATE TABLE t ({one}); {rows}")).await;
            let to = session(server, &format!("CREATE TABLE t ({other})")).await;
            let request = Request::default();
            let script = schema_diff::diff(&read(&from).await, &read(&to).await, &request).unwrap();
            let steps: Vec<_> = script.parts.iter().flat_map(|part| &part.steps).collect();
            let up = steps.iter().flat_map(|step| &step.up);
            let down = steps.iter().rev().flat_map(|step| &step.down);
            let ways: [Vec<String>; 2] = [up.cloned().collect(), down.cloned().collect()];
            for (way, expected) in ways.iter().zip([6, 7]) {
                from.batch_execute(&way.join(";")).await.unwrap();
                let row = from
                    .query_one("INSERT INTO t DEFAULT VALUES RETURNING a", &[])
                    .await
                    .unwrap();
                assert_eq!(row.get::<_, i64>(0), expected, "{}", written(&script));
            }
        }
    }
}
