//! Other names, and the questions about them.

use schema_diff::{Refusal, Request};
use test_services::PostgresServer;

use crate::place::{prove, refusal, servers, written};

fn renames(words: &[&str]) -> Request {
    let renames = words.iter().map(|words| words.parse().unwrap());
    Request {
        renames: renames.collect(),
        ..Request::default()
    }
}

async fn ask(server: &PostgresServer, from: &str, to: &str, request: &Request) -> Refusal {
    refusal(server, from, to, request).await
}

/// There and back under other names: from, to, the answers there and back.
const CHANGES: &[(&str, &str, &[&str], &[&str])] = &[
    ("CREATE TABLE t (a int)", "CREATE TABLE t (b int)", &["t.a:b"], &["public.t.b:a"]),
    (
        "CREATE TABLE t (id bigserial PRIMARY KEY, code text NOT NULL UNIQUE CHECK (code <> 'code'), n int DEFAULT 1,
            twice int GENERATED ALWAYS AS (n * 2) STORED, up bigint REFERENCES t);
        CREATE TABLE u (code text REFERENCES t (code), n int);
        CREATE INDEX t_code_lower ON t (lower(code), n) WHERE code <> '';
        CREATE VIEW v AS SELECT code, n FROM t; COMMENT ON VIEW v IS 'v';
        CREATE VIEW w AS SELECT code FROM v;
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER g BEFORE UPDATE OF code ON t FOR EACH ROW WHEN (NEW.code <> OLD.code) EXECUTE FUNCTION f();
        CREATE FUNCTION longest() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT max(code) FROM t; END;
        COMMENT ON COLUMN t.code IS 'c'",
        "CREATE TABLE item (no bigserial PRIMARY KEY, \"order\" text NOT NULL UNIQUE CHECK (\"order\" <> 'code'), n int DEFAULT 1,
            twice int GENERATED ALWAYS AS (n * 2) STORED, up bigint REFERENCES item);
        CREATE TABLE u (code text REFERENCES item (\"order\"), n int);
        CREATE INDEX item_order_lower ON item (lower(\"order\"), n) WHERE \"order\" <> '';
        CREATE VIEW v AS SELECT \"order\", n FROM item; COMMENT ON VIEW v IS 'v';
        CREATE VIEW w AS SELECT \"order\" FROM v;
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER g BEFORE UPDATE OF \"order\" ON item FOR EACH ROW WHEN (NEW.\"order\" <> OLD.\"order\") EXECUTE FUNCTION f();
        CREATE FUNCTION longest() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT max(\"order\") FROM item; END;
        COMMENT ON COLUMN item.\"order\" IS 'c'",
        &["t:item", "t.id:no", "t.code:order"],
        &["item:t", "item.no:id", "item.order:code"],
    ),
    (
        "CREATE TYPE status AS ENUM ('a', 'b'); CREATE TABLE t (st status DEFAULT 'a' CHECK (st <> 'b'), l status[]);
        CREATE INDEX i ON t (st) WHERE st = 'b'; CREATE VIEW v AS SELECT st FROM t; CREATE FUNCTION f(status) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TYPE state AS ENUM ('a', 'z'); CREATE TABLE t (st state DEFAULT 'a' CHECK (st <> 'z'), l state[]);
        CREATE INDEX i ON t (st) WHERE st = 'z'; CREATE VIEW v AS SELECT st FROM t; CREATE FUNCTION f(state) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        &["status:state", "status.b:z"],
        &["state:status", "state.z:b"],
    ),
    ("CREATE SEQUENCE s; CREATE TABLE t (a bigint DEFAULT nextval('s'))", "CREATE SEQUENCE z; CREATE TABLE t (a bigint DEFAULT nextval('z'))", &["s:z"], &["z:s"]),
    ("CREATE TABLE t (a int, b text)", "CREATE TABLE t (x bigint NOT NULL DEFAULT 3, b text)", &["t.a:x"], &["t.x:a"]),
    ("CREATE TABLE t (a int CHECK (a > 0)); CREATE INDEX i ON t (a)", "CREATE TABLE t (b int CONSTRAINT c CHECK (b > 1)); CREATE INDEX j ON t (b) WHERE b > 2", &["t.a:b", "t.t_a_check:c", "t.i:j"], &["t.b:a", "t.c:t_a_check", "t.j:i"]),
];

#[tokio::test]
async fn what_is_called_otherwise_keeps_its_rows_there_and_back() {
    for server in &servers() {
        for (from, to, there, back) in CHANGES {
            let script = written(&prove(server, from, to, &renames(there)).await);
            prove(server, to, from, &renames(back)).await;
            assert!(
                !script.contains("DROP TABLE") && !script.contains("DROP COLUMN"),
                "{script}"
            );
        }
    }
}

#[tokio::test]
async fn what_hangs_on_a_name_follows_it() {
    let servers = servers();
    let (from, to, there, _) = CHANGES[1];
    let script = written(&prove(&servers[0], from, to, &renames(there)).await);
    for name in ["t_pkey", "t_code_key", "t_code_check", "t_up_fkey"] {
        assert!(
            script.contains(&format!("RENAME CONSTRAINT \"{name}\"")),
            "{name} {script}"
        );
    }
    assert!(
        script.contains("ALTER SEQUENCE \"public\".\"t_id_seq\" RENAME TO \"item_no_seq\""),
        "{script}"
    );
    assert!(
        !script.contains("ADD CONSTRAINT") && !script.contains("CREATE INDEX"),
        "{script}"
    );
}

#[tokio::test]
async fn a_rename_is_asked_for_and_never_guessed() {
    let servers = servers();
    let server = &servers[0];
    let (from, to) = (
        "CREATE TABLE t (a int, b int)",
        "CREATE TABLE t (a int, c text)",
    );
    let asked = ask(server, from, to, &Request::default()).await;
    assert_eq!(
        asked.to_string(),
        "column public.t.b is gone and column public.t.c is new: say --rename 't.b:c' if it is the same under another name, or --drop 't.b' if it is not"
    );
    let request = Request {
        drops: vec!["t.b".parse().unwrap()],
        ..Request::default()
    };
    let script = written(&prove(server, from, to, &request).await);
    assert!(script.contains("DROP COLUMN \"b\""), "{script}");

    for (from, to, questions) in [
        (
            "CREATE TABLE s.t (a int)",
            "CREATE TABLE s.u (a int)",
            vec!["--rename 's.t:u'"],
        ),
        ("CREATE TABLE t (a int)", "CREATE TABLE u (b text)", vec![]),
        (
            "CREATE TYPE e AS ENUM ('a')",
            "CREATE TYPE f AS ENUM ('a')",
            vec!["--rename 'e:f'"],
        ),
        (
            "CREATE TYPE e AS ENUM ('a', 'b')",
            "CREATE TYPE e AS ENUM ('a', 'c')",
            vec!["--rename 'e.b:c'"],
        ),
        (
            "CREATE SEQUENCE q",
            "CREATE SEQUENCE r",
            vec!["--rename 'q:r'"],
        ),
        (
            "CREATE TABLE t (a int, b text)",
            "CREATE TABLE t (c int, d text)",
            vec!["--rename 't.a:c'", "--rename 't.b:d'"],
        ),
    ] {
        let schema = |sql: &str| format!("CREATE SCHEMA s; {sql}");
        let (from, to) = (schema(from), schema(to));
        if questions.is_empty() {
            prove(server, &from, &to, &Request::default()).await;
            continue;
        }
        let asked = ask(server, &from, &to, &Request::default()).await;
        assert_eq!(asked.questions.len(), questions.len(), "{asked}");
        for question in questions {
            assert!(asked.to_string().contains(question), "{asked}");
        }
    }
}

#[tokio::test]
async fn answers_that_fit_nothing_are_refused() {
    let servers = servers();
    let server = &servers[0];
    let (from, to) = (
        "CREATE TABLE t (a int, b int)",
        "CREATE TABLE t (a int, c int)",
    );
    for (words, why) in [
        ("t.z:c", "there is no table, column"),
        ("t.b:z", "the schema to be has no column public.t.z"),
        ("t.b:a", "there is column public.t.a already"),
    ] {
        let refused = ask(server, from, to, &renames(&[words])).await.to_string();
        assert!(refused.contains(why), "{refused}");
    }
    let request = Request {
        drops: vec!["t.a".parse().unwrap()],
        ..renames(&["t.b:c"])
    };
    let refused = ask(server, from, to, &request).await.to_string();
    assert_eq!(refused, "--drop t.a: column public.t.a is not gone");
    let request = Request {
        backfills: vec!["t.a=1".parse().unwrap()],
        ..renames(&["t.b:c"])
    };
    let refused = ask(server, from, to, &request).await.to_string();
    assert!(refused.contains("does not become required"), "{refused}");
}
