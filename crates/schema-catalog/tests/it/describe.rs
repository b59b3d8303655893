//! What `describe` shows, held against psql.

use std::process::Command;

use function_core::Env;
use schema_catalog::{CatalogError, describe};
use test_services::PostgresServer;

use crate::place;

const SCHEMA: &str = include_str!("describe.sql");

/// Everything that the schema has, as a person may write it.
const NAMES: [&str; 51] = [
    "companies",
    "company_name",
    "region",
    "region_code_key",
    "region_id_seq",
    "item",
    "public.item",
    "other.item",
    "item_id_seq",
    "item_pkey",
    "item_active",
    "item_lower",
    "item_cover",
    "item_identity",
    "\"Often Unique\"",
    "no_overlap",
    "secured",
    "forced",
    "policed",
    "other.line",
    "OTHER.Line",
    "quick",
    "\"Weird \"\"Name\"",
    "会社.従業員",
    "nothing",
    "active",
    "totals",
    "totals_st",
    "counter",
    "parent",
    "uncle",
    "child",
    "child2",
    "typed",
    "pair",
    "person",
    "measure",
    "measure_pkey",
    "measure_2024",
    "measure_2024_pkey",
    "measure_rest",
    "reading",
    "empty_parts",
    "by_list",
    "remote",
    "some_columns",
    "some_schema.published",
    "once",
    "once_x_idx",
    "once_pkey",
    "fast_counter",
];

/// What only PostgreSQL 15 and later know.
const SINCE_15: &str = "
    CREATE TABLE some_columns (a int PRIMARY KEY, b int, c int);
    CREATE SCHEMA some_schema;
    CREATE TABLE some_schema.published (id int);
    CREATE PUBLICATION columns FOR TABLE some_columns (a, b) WHERE (a > 5);
    CREATE PUBLICATION whole FOR TABLES IN SCHEMA some_schema;
    CREATE TABLE once (id int PRIMARY KEY, x int);
    CREATE UNIQUE INDEX once_x_idx ON once (x) NULLS NOT DISTINCT;
    CREATE UNLOGGED SEQUENCE fast_counter;";

#[tokio::test]
async fn it_is_what_psql_shows() {
    let server = place::server();
    let (session, database) = place::named_session(&server, SCHEMA).await;
    session.batch_execute(SINCE_15).await.unwrap();
    for name in NAMES {
        let ours = describe(&session, name).await.unwrap();
        assert_eq!(
            ours,
            psql(&server, &database, &format!("\\d {name}")),
            "{name}"
        );
    }
}

#[tokio::test]
async fn on_a_newer_server_the_page_is_the_same() {
    let servers = (place::server(), place::newer_server());
    let (old, new) = (
        place::session(&servers.0, SCHEMA).await,
        place::session(&servers.1, SCHEMA).await,
    );
    for name in [
        "companies",
        "region",
        "item",
        "会社.従業員",
        "measure",
        "child",
        "remote",
    ] {
        let pages = (
            describe(&old, name).await.unwrap(),
            describe(&new, name).await.unwrap(),
        );
        assert_eq!(pages.0, pages.1, "{name}");
    }
}

#[tokio::test]
async fn a_name_is_found_with_its_capitals_and_a_wrong_one_is_told() {
    let server = place::server();
    let session = place::session(&server, "CREATE TABLE \"Company\" (id int)").await;
    assert!(
        describe(&session, "Company")
            .await
            .unwrap()
            .contains("Table \"public.Company\"")
    );
    session
        .batch_execute("CREATE TABLE \"T x\" (id int)")
        .await
        .unwrap();
    let blank = describe(&session, "T x").await.unwrap();
    assert!(blank.contains("Table \"public.T x\""), "{blank}");
    let missing = describe(&session, "no body").await.unwrap_err();
    assert!(matches!(missing, CatalogError::Missing { .. }), "{missing}");
    let missing = describe(&session, "nobody").await.unwrap_err();
    assert!(matches!(missing, CatalogError::Missing { .. }));
    assert!(missing.to_string().contains("\"nobody\""), "{missing}");
}

fn psql(server: &PostgresServer, database: &str, command: &str) -> String {
    let env = Env::from_process();
    let folder = env.get("TASUKI_POSTGRES_BIN").unwrap_or("/usr/bin");
    let output = Command::new(format!("{folder}/psql"))
        .args(["-X", "-c", command])
        .arg(server.url_of(database))
        .env("PGCLIENTENCODING", "UTF8")
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
