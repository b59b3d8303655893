//! The published generation, in a real PostgreSQL.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use cloud_store::Store;
use function_core::{Outcome, RunState};
use serde_json::{Value, json};
use simulators::kintone::{App, Field, FieldType};
use test_services::{FakeGcsServer, PostgresServer};

use crate::cells::{app as hard_app, hard_texts};
use crate::world::{World, person};

/// The table of the article, for four of its columns.
const ARTICLE: &str = "CREATE TABLE backup (record_num text PRIMARY KEY, company text, author text, \
                       create_date timestamp without time zone)";
const MAPPING: &str = "レコード番号=record_num,company=company,作成者=author,作成日時=create_date";

fn load_into(server: &PostgresServer, app: App) -> World {
    World::new(app).set("LOAD_URL", server.url())
}

fn ask(server: &PostgresServer, sql: &str) -> String {
    server.query(sql).unwrap()
}

#[tokio::test]
async fn every_field_type_becomes_a_column_and_every_subtable_a_table() {
    let server = PostgresServer::start().unwrap();
    let world = load_into(&server, App::all_types());
    world.verified().await;
    let types = |table: &str| {
        ask(
            &server,
            &format!(
                "SELECT column_name, data_type FROM information_schema.columns \
                 WHERE table_name = '{table}' ORDER BY ordinal_position"
            ),
        )
    };
    let table = format!("kintone_{}", world.app);
    let parent = types(&table);
    for column in [
        "$id|bigint",
        "$revision|bigint",
        "text|text",
        "num|numeric",
        "calc|numeric",
        "check|ARRAY",
        "date|date",
        "time|time without time zone",
        "datetime|timestamp with time zone",
        "file|jsonb",
        "user|ARRAY",
        "作成者|text",
        "更新日時|timestamp with time zone",
    ] {
        assert!(
            parent.lines().any(|line| line == column),
            "{column}: {parent}"
        );
    }
    let row = "SELECT num, calc, msel[2], \"check\"[1], date, \"time\", datetime AT TIME ZONE 'UTC', \
               file->2->>'name', \"user\", \"作成者\" FROM TABLE WHERE \"$id\" = 1";
    assert_eq!(
        ask(&server, &row.replace("TABLE", &table)),
        "12.50|25|m2|あ|2024-03-04|09:30:00|2024-03-04 00:30:00|日本語.txt|{sato,kato}|sato"
    );
    let rows = format!(
        "SELECT \"$row_id\", \"$id\", \"$row\", t_text, t_num, t_check FROM {table}__tbl ORDER BY 1"
    );
    assert_eq!(
        ask(&server, &rows),
        "101|1|0|r1|1|{x,y}\n102|1|1|r2|NULL|{}"
    );
    let empty = format!("SELECT num, date, drop FROM {table} WHERE \"$id\" = 2");
    assert_eq!(ask(&server, &empty), "NULL|NULL|NULL");
}

#[tokio::test]
async fn the_table_follows_the_app_and_its_form() {
    let server = PostgresServer::start().unwrap();
    let world = load_into(&server, App::article());
    world.verified().await;
    world.kintone.delete(world.app, &[4]);
    world
        .kintone
        .insert(world.app, [&person("新しい人"), &person("もう一人")]);
    world.kintone.change_app(world.app, |app| {
        app.field(Field::new("メモ", FieldType::SingleLineText))
    });
    let memo = json!({ "メモ": { "value": "\\." } });
    world.kintone.update(world.app, 1, &memo);
    world.verified().await;
    let query = format!(
        "SELECT \"$id\", name_kanji, coalesce(メモ, '') FROM kintone_{} WHERE \"$id\" <> 2 ORDER BY 1",
        world.app
    );
    assert_eq!(
        ask(&server, &query),
        "1|山田太郎1|\\.\n3|山田太郎3|\n5|新しい人|\n6|もう一人|"
    );
}

#[tokio::test]
async fn the_articles_table_is_filled_with_times_of_tokyo() {
    let server = PostgresServer::start().unwrap();
    ask(&server, ARTICLE);
    let world = load_into(&server, App::article())
        .set("LOAD_TABLE", "backup")
        .set("LOAD_COLUMNS", MAPPING);
    for _ in 0..2 {
        world.verified().await;
        assert_article(&server);
    }
}

fn assert_article(server: &PostgresServer) {
    assert_eq!(
        ask(
            server,
            "SELECT record_num, company, create_date FROM backup ORDER BY 1"
        ),
        "1|なんとか社1|2022-09-24 15:43:00\n\
         2|なんとか社2|2022-09-24 15:43:00\n\
         3|なんとか社3|2022-09-24 15:43:00\n\
         4|かんとか社|2022-09-24 15:44:00"
    );
}

#[tokio::test]
async fn every_text_arrives_as_it_was() {
    let server = PostgresServer::start().unwrap();
    let world = load_into(&server, hard_app(&hard_texts()));
    world.verified().await;
    // As hexadecimal digits, which no client changes.
    let query = format!(
        "SELECT encode(convert_to(r.text, 'UTF8'), 'hex'), encode(convert_to(\"㈱髙﨑 ①\", 'UTF8'), 'hex'), \
         encode(convert_to(内, 'UTF8'), 'hex') FROM kintone_{0} r JOIN \"kintone_{0}__表～\" USING (\"$id\") ORDER BY \"$id\"",
        world.app
    );
    let line = |text: &String| {
        let digits: Vec<_> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        vec![digits.concat(); 3].join("|")
    };
    let expected: Vec<_> = hard_texts().iter().map(line).collect();
    assert_eq!(ask(&server, &query).lines().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_nul_stops_the_load_alone_and_is_named() {
    let server = PostgresServer::start().unwrap();
    let texts = ["whole", "nul\0here"].map(str::to_owned);
    let world = load_into(&server, hard_app(&texts));
    let event = world.event("m-1", "");
    let Outcome::Retry(failure) = world.deliver(event.clone()).await else {
        panic!("loaded")
    };
    for words in [
        "is published",
        "row $id=2, column text",
        "NUL character, which PostgreSQL can't store: remove it at the source",
    ] {
        assert!(failure.error.contains(words), "{}", failure.error);
    }
    world.assert_latest_is(&world.records()).await;
    assert_eq!(world.told.messages().len(), 1);
    let record = &world.run_records().await[0];
    assert_eq!(record.state, RunState::Verified);
    assert_eq!(record.stages["load"].state, RunState::Failed);

    // The next generation, without the NUL, is loaded; the old one gives way.
    let text =
        json!({ "text": { "value": "" }, "㈱髙﨑 ①": { "value": "" }, "表～": { "value": [] } });
    world.kintone.update(world.app, 2, &text);
    world.verified().await;
    assert!(matches!(world.deliver(event).await, Outcome::Done(_)));
    let count = format!("SELECT count(*) FROM kintone_{}", world.app);
    assert_eq!(ask(&server, &count), "2");
}

/// A Cloud SQL that imports into `database` what it finds in `bucket`, and says so when it is asked.
struct CloudSql {
    database: PostgresServer,
    bucket: Store,
    questions: AtomicUsize,
}

async fn import(State(cloud_sql): State<Arc<CloudSql>>, Json(body): Json<Value>) -> Json<Value> {
    let context = &body["importContext"];
    let key = context["uri"].as_str().unwrap();
    let key = key.strip_prefix("gs://backups/").unwrap();
    let (_, rows) = cloud_sql.bucket.read(key).await.unwrap().unwrap();
    let options = &context["csvImportOptions"];
    let columns: Vec<_> = options["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| column.as_str().unwrap())
        .collect();
    let copy = format!(
        "COPY {}({}) FROM STDIN (FORMAT csv)",
        options["table"].as_str().unwrap(),
        columns.join(", ")
    );
    cloud_sql.database.copy(&copy, &rows).unwrap();
    operation("RUNNING")
}

async fn question(State(cloud_sql): State<Arc<CloudSql>>) -> Json<Value> {
    cloud_sql.questions.fetch_add(1, Ordering::Relaxed);
    let left = cloud_sql.bucket.list("kintone/imports/").await.unwrap();
    assert_eq!(
        left.len(),
        1,
        "the object is gone before the import is done"
    );
    operation("DONE")
}

fn operation(status: &str) -> Json<Value> {
    Json(
        json!({ "kind": "sql#operation", "name": "op-1", "status": status, "operationType": "IMPORT" }),
    )
}

#[tokio::test]
async fn cloud_sql_imports_the_articles_table_and_then_the_object_goes() {
    let objects = FakeGcsServer::start("backups").await.unwrap();
    let env = function_core::Env::default().with("STORAGE_EMULATOR_HOST", objects.address());
    let cloud_sql = Arc::new(CloudSql {
        database: PostgresServer::start().unwrap(),
        bucket: Store::open("gs://backups", &env).await.unwrap(),
        questions: AtomicUsize::new(0),
    });
    ask(&cloud_sql.database, ARTICLE);
    let routes = Router::new()
        .route("/v1/projects/demo/instances/main/import", post(import))
        .route("/v1/projects/demo/operations/op-1", get(question))
        .with_state(Arc::clone(&cloud_sql));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let api = tokio::spawn(async { axum::serve(listener, routes).await });

    let settings = [
        ("STORAGE_EMULATOR_HOST", objects.address()),
        ("CLOUDSQL_ENDPOINT", &endpoint),
        ("LOAD_URL", "cloudsql-import://demo/main/postgres"),
        ("LOAD_MODE", "append"),
        ("LOAD_TABLE", "backup"),
        ("LOAD_COLUMNS", MAPPING),
    ];
    let world = World::new(App::article())
        .at("gs://backups/kintone", &settings)
        .await;
    world.verified().await;
    assert_article(&cloud_sql.database);
    assert_eq!(cloud_sql.questions.load(Ordering::Relaxed), 1);
    assert_eq!(world.store.list("imports/").await.unwrap(), []);
    api.abort();
}
