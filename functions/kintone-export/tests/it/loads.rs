//! The published generation, in a database.

use function_core::{Outcome, RunState};
use rusqlite::Connection;
use serde_json::json;
use simulators::kintone::App;
use tempfile::TempDir;

use crate::world::{World, person};

struct Database {
    folder: TempDir,
}

impl Database {
    fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.path())
    }

    fn path(&self) -> String {
        self.folder
            .path()
            .join("kintone.sqlite")
            .display()
            .to_string()
    }

    fn text(&self, query: &str) -> String {
        let connection = Connection::open(self.path()).unwrap();
        connection
            .query_row(query, [], |row| row.get::<_, rusqlite::types::Value>(0))
            .map(|value| match value {
                rusqlite::types::Value::Null => "NULL".to_owned(),
                rusqlite::types::Value::Integer(number) => number.to_string(),
                rusqlite::types::Value::Text(text) => text,
                other => format!("{other:?}"),
            })
            .unwrap()
    }
}

#[tokio::test]
async fn records_and_subtables_become_tables() {
    let database = Database::new();
    let world = World::new(App::all_types()).set("LOAD_URL", database.url());
    world.verified().await;
    let table = format!("kintone_{}", world.app);
    assert_eq!(database.text(&format!("SELECT count(*) FROM {table}")), "4");
    assert_eq!(
        database.text(&format!("SELECT num FROM {table} WHERE \"$id\" = 1")),
        "0012.50"
    );
    assert_eq!(
        database.text(&format!("SELECT msel FROM {table} WHERE \"$id\" = 1")),
        r#"["m1","m2"]"#
    );
    assert_eq!(
        database.text(&format!("SELECT num FROM {table} WHERE \"$id\" = 2")),
        "NULL"
    );
    let rows = database.text(&format!(
        "SELECT group_concat(\"$row\" || t_text) FROM {table}__tbl WHERE \"$id\" = 1"
    ));
    assert_eq!(rows, "0r1,1r2");
    assert_eq!(
        world.run_records().await[0].stages["load"].state,
        RunState::Verified
    );
}

#[tokio::test]
async fn the_table_follows_the_app() {
    let database = Database::new();
    let world = World::new(App::article()).set("LOAD_URL", database.url());
    world.verified().await;
    world.kintone.delete(world.app, &[4]);
    world
        .kintone
        .insert(world.app, [&person("新しい人"), &person("もう一人")]);
    world.kintone.change_app(world.app, |app| {
        app.field(simulators::kintone::Field::new(
            "メモ",
            simulators::kintone::FieldType::SingleLineText,
        ))
    });
    world
        .kintone
        .update(world.app, 1, &json!({ "メモ": { "value": "\\." } }));
    world.verified().await;
    let table = format!("kintone_{}", world.app);
    assert_eq!(database.text(&format!("SELECT count(*) FROM {table}")), "5");
    assert_eq!(
        database.text(&format!("SELECT メモ FROM {table} WHERE \"$id\" = 1")),
        "\\."
    );
}

#[tokio::test]
async fn the_articles_table_is_filled_through_a_mapping() {
    let database = Database::new();
    let connection = Connection::open(database.path()).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE backup (record_num TEXT NOT NULL PRIMARY KEY, company TEXT, author TEXT)",
        )
        .unwrap();
    let world = World::new(App::article())
        .set("LOAD_URL", database.url())
        .set("LOAD_TABLE", "backup")
        .set(
            "LOAD_COLUMNS",
            "レコード番号=record_num, company=company, 作成者=author",
        );
    for _ in 0..2 {
        world.verified().await;
        assert_eq!(database.text("SELECT count(*) FROM backup"), "4");
        assert_eq!(
            database.text("SELECT company FROM backup WHERE record_num = '4'"),
            "かんとか社"
        );
    }
}

#[tokio::test]
async fn a_database_that_is_away_does_not_undo_the_backup() {
    let database = Database::new();
    let blocked = database.folder.path().join("kintone.sqlite");
    std::fs::create_dir(&blocked).unwrap();
    let world = World::new(App::article()).set("LOAD_URL", database.url());
    let event = world.event("m-1", "");
    let outcome = world.deliver(event.clone()).await;
    assert!(
        matches!(&outcome, Outcome::Retry(failure) if failure.error.contains("is published")),
        "{outcome:?}"
    );
    world.assert_latest_is(&world.records()).await;
    assert_eq!(world.told.messages().len(), 1);

    std::fs::remove_dir(&blocked).unwrap();
    world.kintone.clear_requests();
    // The third delivery finds all done, and no trace of the fault.
    for _ in 0..2 {
        let outcome = world.deliver(event.clone()).await;
        assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    }
    assert!(
        world.kintone.requests().is_empty(),
        "only the load was left to do"
    );
    assert_eq!(world.run_records().await[0].error, None);
    assert_eq!(
        database.text(&format!("SELECT count(*) FROM kintone_{}", world.app)),
        "4"
    );
}

#[tokio::test]
async fn another_table_of_that_name_is_left_alone() {
    let database = Database::new();
    let world = World::new(App::article()).set("LOAD_URL", database.url());
    let table = format!("kintone_{}", world.app);
    let connection = Connection::open(database.path()).unwrap();
    connection
        .execute_batch(&format!(
            "CREATE TABLE {table} (price INTEGER); INSERT INTO {table} VALUES (7)"
        ))
        .unwrap();
    let outcome = world.night().await;
    assert!(
        matches!(&outcome, Outcome::Retry(failure) if failure.error.contains(&table)),
        "{outcome:?}"
    );
    assert_eq!(database.text(&format!("SELECT price FROM {table}")), "7");
    world.assert_latest_is(&world.records()).await;
}

#[tokio::test]
async fn an_older_generation_is_not_loaded_over_a_newer_one() {
    let database = Database::new();
    let world = World::new(App::article()).set("LOAD_URL", database.url());
    let old = world.event("old", "");
    world.kintone.insert(world.app, [&person("新しい人")]);
    world.verified().await;
    assert!(matches!(world.deliver(old).await, Outcome::Done(_)));
    assert_eq!(
        world
            .run_records()
            .await
            .iter()
            .filter(|run| run.stages.contains_key("load"))
            .count(),
        1
    );
}
