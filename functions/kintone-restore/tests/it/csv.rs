//! CSVs that cli-kintone wrote.

use cloud_store::Put;
use function_core::{Outcome, Report, RunState};
use serde_json::{Value, json};
use simulators::kintone::{App, Field, FieldType};

use crate::world::World;

const HISTORY: [&str; 4] = ["作成者", "作成日時", "更新者", "更新日時"];

fn world(app: App) -> World {
    World::with(App::new("unused"), app)
}

async fn put(world: &World, name: &str, content: impl Into<bytes::Bytes>) {
    let put = Put::new("text/csv");
    world.store.put(name, content.into(), &put).await.unwrap();
}

async fn send(world: &World, more: &Value) -> Outcome {
    let mut request = json!({ "csv": "old/20240101.csv", "app": world.target });
    let more = more.as_object().unwrap().clone();
    request.as_object_mut().unwrap().extend(more);
    world.send(&request).await
}

/// Sends it, and accepts whatever the plan loses.
async fn accepted(world: &World, more: &Value) -> Vec<Report> {
    let mut more = more.clone();
    if let Outcome::Drop(failure) = send(world, &more).await {
        more["accept"] = json!(failure.error.rsplit('"').nth(1).unwrap());
    }
    match send(world, &more).await {
        Outcome::Done(reports) => reports,
        outcome => panic!("{outcome:?}"),
    }
}

fn tables() -> App {
    App::new("表")
        .field(Field::new("name", FieldType::SingleLineText))
        .field(Field::table(
            "rows",
            [Field::new("cell", FieldType::Number)],
        ))
}

#[tokio::test]
async fn rows_of_tables_are_joined_to_records() {
    let world = world(tables());
    let csv =
        "*,\"name\",\"rows\",\"cell\"\n*,\"a\",\"1\",\"10\"\n,\"a\",\"2\",\"20\"\n*,\"b\",,\n";
    put(&world, "old/20240101.csv", csv).await;
    let outcome = send(&world, &json!({})).await;
    assert!(
        matches!(&outcome, Outcome::Done(reports) if reports[0].state == RunState::Verified),
        "{outcome:?}"
    );
    let records = world.kintone.records(world.target);
    assert_eq!(records.len(), 2);
    assert_eq!(
        records[0]["rows"]["value"][1]["value"]["cell"]["value"],
        "20"
    );
    assert_eq!(records[1]["rows"]["value"], json!([]));
}

#[tokio::test]
async fn shift_jis_is_read() {
    let world = world(tables());
    // "name" / 佐藤 in Shift_JIS.
    let csv = b"\"name\"\n\"\x8d\xb2\x93\xa1\"\n";
    put(&world, "old/20240101.csv", &csv[..]).await;
    let outcome = send(&world, &json!({ "encoding": "sjis" })).await;
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    assert_eq!(
        world.kintone.records(world.target)[0]["name"]["value"],
        "佐藤"
    );
}

#[tokio::test]
async fn nothing_of_a_wrong_csv_is_passed_over() {
    for (csv, words) in [
        (
            "*,\"name\",\"rows\",\"cell\"\n,\"a\",\"1\",\"10\"\n*,\"b\",,\n",
            "2",
        ),
        ("\"name\",\"nome\"\n\"a\",\"b\"\n", "nome"),
        ("\"name\"\n\"a\"\n\"b", "cut"),
    ] {
        let world = world(tables());
        put(&world, "old/20240101.csv", csv).await;
        match send(&world, &json!({})).await {
            Outcome::Drop(failure) => {
                assert!(failure.error.contains(words), "{words}: {}", failure.error);
            }
            outcome => panic!("{outcome:?}"),
        }
        assert_eq!(world.writes(), 0);
        assert_eq!(world.kintone.count(world.target), 0);
    }
}

#[tokio::test]
async fn a_rounded_number_excuses_no_other_number() {
    let app = App::new("数")
        .field(Field::new("n", FieldType::Number))
        .field(Field::new("choice", FieldType::RadioButton).options(&["x", "y"]))
        .record(json!({ "n": { "value": "1.2346" }, "choice": { "value": "x" } }))
        .record(json!({ "n": { "value": "777" }, "choice": { "value": "x" } }));
    let world = world(app);
    let csv = "\"レコード番号\",\"n\",\"choice\"\n\"1\",\"1.23456\",\n\"2\",\"5\",\"y\"\n";
    put(&world, "old/20240101.csv", csv).await;
    let reports = accepted(&world, &json!({ "mode": "replace-changed" })).await;
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
    let second = world.kintone.record(world.target, 2).unwrap();
    assert_eq!(
        (&second["n"]["value"], &second["choice"]["value"]),
        (&json!("5"), &json!("y"))
    );
    let lines = world.lines(".differences.ndjson").await;
    assert!(lines.iter().all(|line| line["id"] == 1), "{lines:?}");
}

#[tokio::test]
async fn rows_keep_what_the_csv_does_not_have() {
    let table = Field::table(
        "rows",
        [
            Field::new("cell", FieldType::Number),
            Field::new("kept", FieldType::SingleLineText),
        ],
    );
    let row = |cell: &str| json!({ "value": { "cell": { "value": cell }, "kept": { "value": format!("beside {cell}") } } });
    let app = App::new("表")
        .field(Field::new("name", FieldType::SingleLineText).unique())
        .field(table)
        .record(json!({ "name": { "value": "a" }, "rows": { "value": [row("10"), row("20")] } }));
    let world = world(app);
    let rows =
        |world: &World| world.kintone.record(world.target, 1).unwrap()["rows"]["value"].clone();
    let before = rows(&world);
    let ids = [
        before[0]["id"].as_str().unwrap(),
        before[1]["id"].as_str().unwrap(),
    ];
    let csv = |ids: [&str; 2]| {
        format!(
            "*,\"レコード番号\",\"name\",\"rows\",\"cell\"\n*,\"1\",\"a\",\"{}\",\"11\"\n,\"1\",\"a\",\"{}\",\"20\"\n",
            ids[0], ids[1]
        )
    };
    put(&world, "old/20240101.csv", csv(ids)).await;
    let by_key = json!({ "mode": "upsert", "key": "name" });
    match send(&world, &by_key).await {
        Outcome::Drop(failure) => assert!(
            failure.error.contains("rows: its rows are replaced")
                && failure.error.contains("lacks kept"),
            "{failure:?}"
        ),
        outcome => panic!("{outcome:?}"),
    }
    let reports = accepted(&world, &json!({ "mode": "upsert" })).await;
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
    let after = rows(&world);
    assert_eq!(after[0]["id"], before[0]["id"]);
    assert_eq!(after[0]["value"]["cell"]["value"], "11");
    assert_eq!(after[0]["value"]["kept"]["value"], "beside 10");

    put(&world, "old/20240101.csv", csv(["", ""])).await;
    match send(&world, &json!({ "mode": "upsert" })).await {
        Outcome::Drop(failure) => assert!(failure.error.contains("lacks kept"), "{failure:?}"),
        outcome => panic!("{outcome:?}"),
    }
}

#[tokio::test]
async fn record_numbers_may_stand_in_any_order_but_only_once() {
    let app = ["a", "b"].into_iter().fold(tables(), |app, name| {
        app.record(json!({ "name": { "value": name } }))
    });
    let world = world(app);
    let csv = "\"レコード番号\",\"name\"\n\"2\",\"B\"\n\"1\",\"A\"\n";
    put(&world, "old/20240101.csv", csv).await;
    let reports = accepted(&world, &json!({ "mode": "upsert" })).await;
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
    let name = |id| world.kintone.record(world.target, id).unwrap()["name"]["value"].clone();
    assert_eq!((name(1), name(2)), (json!("A"), json!("B")));

    put(
        &world,
        "old/20240101.csv",
        format!("{csv}\"2\",\"C\"\n\"\",\"D\"\n"),
    )
    .await;
    match send(&world, &json!({ "mode": "upsert" })).await {
        Outcome::Drop(failure) => {
            for words in ["number of an earlier one", "no record number"] {
                assert!(failure.error.contains(words), "{failure:?}");
            }
        }
        outcome => panic!("{outcome:?}"),
    }
}

#[tokio::test]
async fn files_come_from_the_folder_that_cli_kintone_filled() {
    let app = App::new("書類")
        .field(Field::new("name", FieldType::SingleLineText))
        .field(Field::new("file", FieldType::File));
    let world = world(app);
    let csv = "\"レコード番号\",\"name\",\"file\"\n\"3\",\"a\",\"file-3/a.txt\nfile-3/日本語.txt\"\n\"4\",\"b\",\n";
    put(&world, "old/20240101.csv", csv).await;
    put(&world, "old/files/file-3/a.txt", "first").await;
    put(&world, "old/files/file-3/日本語.txt", "second").await;
    let outcome = send(&world, &json!({ "attachments": "old/files" })).await;
    assert!(
        matches!(&outcome, Outcome::Done(reports) if reports[0].state == RunState::Verified),
        "{outcome:?}"
    );
    let first = world.kintone.record(world.target, 1).unwrap();
    let files = &world.plain(&first, &HISTORY)["file"]["value"];
    assert_eq!(files[0], json!(["a.txt", "text/plain", "first"]));
    assert_eq!(files[1], json!(["日本語.txt", "text/plain", "second"]));
    assert_eq!(
        world.lines(".ids.ndjson").await[0],
        json!({ "old": 3, "new": 1 })
    );
}

#[tokio::test]
async fn a_csv_of_this_machine_needs_no_bucket() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("names.csv");
    std::fs::write(&path, "\"name\"\n\"a\"\n").unwrap();
    let mut world = world(tables());
    world.set("BUCKET", "");
    world.set("RUNS_URL", folder.path().join("runs").display().to_string());
    let function = kintone_restore::KintoneRestore::from_env(world.env())
        .await
        .unwrap();
    let request = json!({ "csv": path, "app": world.target }).to_string();
    let event = function_core::Event::new("m-1", world.now(), request);
    let outcome = function_runtime::Function::handle(&function, event).await;
    assert!(
        matches!(&outcome, Outcome::Done(reports) if reports[0].state == RunState::Verified),
        "{outcome:?}"
    );
    let relative = json!({ "csv": "names.csv", "app": world.target }).to_string();
    let event = function_core::Event::new("m-2", world.now(), relative);
    match function_runtime::Function::handle(&function, event).await {
        Outcome::Drop(failure) => assert!(
            failure.error.contains("BUCKET, which is not set"),
            "{failure:?}"
        ),
        outcome => panic!("{outcome:?}"),
    }
}
