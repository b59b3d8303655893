//! Exports that RDS calls complete, and what is found out about them.

use simulators::rds::{Engine, Fault, Options, Source, Table, Tamper};

use crate::world::{BUCKET, World, assert_true, done};

const EXPORT: &str = "export-id-stg-app-db-20261121";
const FORCE: &str = r#"{"source": "app-db", "force": true}"#;

/// The run must end incomplete with `words`: nothing is published, people are told once, later ticks tell nothing,
/// and after an hour it is settled.
async fn incomplete(world: &World, words: &str) {
    let failure = world.fails().await;
    assert!(failure.error.contains(words), "{words}: {failure:?}");
    for _ in 0..4 {
        assert!(!world.record().settled, "{words}");
        world.wait(15);
        world.ends("incomplete").await;
    }
    world.wait(15);
    world.ends("incomplete").await;
    let record = world.record();
    assert!(record.settled && record.manifest.is_none(), "{words}");
    assert!(record.error.unwrap().contains(words), "{words}");
    assert_eq!(world.sink.words().len(), 1, "{words}");
    assert!(
        world.sink.messages().is_empty() && world.latest("app-db").is_none(),
        "{words}"
    );
}

#[tokio::test]
async fn an_export_that_is_not_whole_in_its_own_words_is_incomplete() {
    let table = || "app.orders".to_owned();
    for (fault, words) in [
        (
            Fault::NoExportInfo,
            "export_info_export-id-stg-app-db-20261121.json does not exist",
        ),
        (
            Fault::TruncatedExportInfo,
            "export_info_export-id-stg-app-db-20261121.json of",
        ),
        (
            Fault::NoTablesInfo,
            "export_tables_info_export-id-stg-app-db-20261121_from_….json does not exist",
        ),
        (Fault::TruncatedTablesInfo, "_from_1_to_3.json of"),
        (
            Fault::NoMarker {
                table: table(),
                batch: 1,
            },
            "app/app.orders/1 has no _SUCCESS",
        ),
        (
            Fault::TableEndsAs {
                table: table(),
                status: "FAILED".to_owned(),
            },
            "skipped: app.app.orders (status FAILED)",
        ),
        (
            Fault::Skips {
                table: table(),
                reason: "PERMISSIONS_DO_NOT_EXIST".to_owned(),
            },
            "skipped: app.app.orders (PERMISSIONS_DO_NOT_EXIST)",
        ),
        (
            Fault::Warns {
                reason: "FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE".to_owned(),
            },
            "skipped: FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE",
        ),
        (
            Fault::WarningMessage("some tables were left out".to_owned()),
            "skipped: some tables were left out",
        ),
    ] {
        let world = World::new().await;
        world.rds.next_export("app-db", fault);
        world.complete("app-db").await;
        incomplete(&world, words).await;
    }
}

#[tokio::test]
async fn an_export_that_somebody_touched_is_incomplete() {
    for (part_of_key, tamper, words) in [
        (
            "/export_info",
            Tamper::Delete,
            "export_info_export-id-stg-app-db-20261121.json does not exist",
        ),
        ("/export_tables_info", Tamper::Truncate, "is not whole"),
        (
            "app.orders/1/_SUCCESS",
            Tamper::Delete,
            "app/app.orders/1 has no _SUCCESS",
        ),
        (
            "app.orders/",
            Tamper::Delete,
            "app.app.orders is COMPLETE, but its folder app/app.orders holds nothing",
        ),
        (
            "app.orders/1/part-00001",
            Tamper::Truncate,
            "is not a whole Parquet file",
        ),
        (
            "app.audits/",
            Tamper::Delete,
            "app.app.audits is COMPLETE, but its folder",
        ),
    ] {
        let world = World::new().await;
        let export = world.complete("app-db").await;
        world.tamper(&export, part_of_key, tamper);
        assert!(!world.truth(&export).is_whole());
        incomplete(&world, words).await;
    }
}

#[tokio::test]
async fn a_batch_that_is_missing_is_named() {
    let world = World::new().await;
    world.rds.edit("app-db", |source| {
        source.set_table(
            Table::mysql("app", "orders")
                .column("id", "bigint")
                .generated(90)
                .batches(3),
        );
    });
    let export = world.complete("app-db").await;
    world.tamper(&export, "app.orders/2/", Tamper::Delete);
    incomplete(
        &world,
        "app/app.orders/2 is missing, although there is a batch 3",
    )
    .await;
}

#[tokio::test]
async fn an_older_export_without_batches_needs_no_mark() {
    let world = World::new().await;
    world.rds.edit("app-db", |source| {
        source.set_table(
            Table::mysql("app", "orders")
                .column("id", "bigint")
                .generated(90)
                .flat(),
        );
    });
    world.rds.next_export(
        "app-db",
        Fault::NoMarker {
            table: "app.orders".to_owned(),
            batch: 1,
        },
    );
    world.night("app-db").await;
    assert_eq!(world.manifest("app-db").details.rows, 90 + 3);
}

#[tokio::test]
async fn one_of_several_info_files_that_is_missing_is_named() {
    let options = Options {
        tables_per_info: 1,
        ..Options::default()
    };
    let world = World::with(options)
        .await
        .set("DB_CLUSTER_IDENTIFIER", "app-db");
    world.rds.add(Source::article());
    let export = world.complete("app-db").await;
    world.tamper(&export, "_from_2_to_2.json", Tamper::Delete);
    incomplete(&world, "the export_tables_info file from 2 on is missing").await;
}

#[tokio::test]
async fn a_file_that_is_no_parquet_is_named() {
    for content in ["", "PAR1", "not a parquet file at all, but long enough"] {
        let world = World::new().await;
        let export = world.complete("app-db").await;
        let keys = world
            .s3
            .keys(BUCKET, &format!("{export}/app/app.orders/1/part-00001"));
        let whole = world.s3.get(BUCKET, &keys[0]).unwrap();
        world.s3.put(BUCKET, &keys[0], content);
        let failure = world.fails().await;
        let words = format!("of {} bytes is not a whole Parquet file", content.len());
        assert!(
            failure.error.contains(&words) && failure.error.contains(&keys[0]),
            "{failure:?}"
        );
        world.s3.put(BUCKET, &keys[0], whole);
        world.wait(10);
        world.ends("verified").await;
        assert_true(&world.manifest("app-db"), &world.truth(EXPORT));
    }
}

#[tokio::test]
async fn data_that_no_info_file_lists_is_named() {
    for (key, words) in [
        (
            "app/app.secret/1/part-00000.gz.parquet",
            "app/app.secret holds data, but no",
        ),
        ("other/x.y/part-0.parquet", "other/x.y holds data, but no"),
        ("app/lost.parquet", "app/lost.parquet holds data, but no"),
        ("lost.parquet", "lost.parquet holds data, but no"),
        (
            "app/app.users/1/2/part-0.parquet",
            "app/app.users/1/2 has no _SUCCESS",
        ),
    ] {
        let world = World::new().await;
        let export = world.complete("app-db").await;
        let whole = world
            .s3
            .keys(BUCKET, &format!("{export}/app/app.users/1/part"));
        let content = world.s3.get(BUCKET, &whole[0]).unwrap();
        world.s3.put(BUCKET, &format!("{export}/{key}"), content);
        let failure = world.fails().await;
        assert!(failure.error.contains(words), "{failure:?}");
        assert!(world.latest("app-db").is_none());
    }
}

#[tokio::test]
async fn what_rds_says_of_another_task_or_of_no_end_is_not_believed() {
    for (key, value, words) in [
        (
            "status",
            "IN_PROGRESS",
            "status is IN_PROGRESS, not COMPLETE",
        ),
        (
            "exportTaskIdentifier",
            "another",
            "exportTaskIdentifier is another, not export-id-stg",
        ),
        (
            "sourceArn",
            "arn:other",
            "sourceArn is arn:other, not arn:aws:rds",
        ),
    ] {
        let world = World::new().await;
        let export = world.complete("app-db").await;
        let name = format!("{export}/export_info_{export}.json");
        let mut info: serde_json::Value =
            serde_json::from_slice(&world.s3.get(BUCKET, &name).unwrap()).unwrap();
        info[key] = value.into();
        world.s3.put(BUCKET, &name, info.to_string());
        incomplete(&world, words).await;
    }
}

/// Changes what the tables' info file says of `app.orders`.
fn edit_orders(world: &World, change: impl Fn(&mut serde_json::Value)) {
    let name = format!("{EXPORT}/export_tables_info_{EXPORT}_from_1_to_3.json");
    let mut info: serde_json::Value =
        serde_json::from_slice(&world.s3.get(BUCKET, &name).unwrap()).unwrap();
    let tables = info["perTableStatus"].as_array_mut().unwrap();
    let orders = tables
        .iter_mut()
        .find(|table| table["target"] == "app.app.orders")
        .unwrap();
    change(orders);
    world.s3.put(BUCKET, &name, info.to_string());
}

#[tokio::test]
async fn what_only_looks_like_a_warning_or_a_batch_is_none() {
    let world = World::new().await;
    let export = world.complete("app-db").await;
    let name = format!("{EXPORT}/export_tables_info_{EXPORT}_from_1_to_3.json");
    edit_orders(&world, |orders| orders["warningMessage"] = "".into());
    let mut info: serde_json::Value =
        serde_json::from_slice(&world.s3.get(BUCKET, &name).unwrap()).unwrap();
    let database = serde_json::json!({ "target": "app", "status": "COMPLETE" });
    info["perTableStatus"]
        .as_array_mut()
        .unwrap()
        .push(database);
    world.s3.put(BUCKET, &name, info.to_string());
    for folder in ["", "app/", "app/app.orders/", "app/app.orders/1/"] {
        world.s3.put(BUCKET, &format!("{export}/{folder}"), "");
    }
    world.ends("verified").await;
    assert_true(&world.manifest("app-db"), &world.truth(EXPORT));
}

#[tokio::test]
async fn a_list_that_is_shorter_than_its_name_says_is_told_beside_the_verified_export() {
    let world = World::new().await;
    let export = world.complete("app-db").await;
    world.tamper(&export, "app.audits/", Tamper::Delete);
    let name = format!("{EXPORT}/export_tables_info_{EXPORT}_from_1_to_3.json");
    let mut info: serde_json::Value =
        serde_json::from_slice(&world.s3.get(BUCKET, &name).unwrap()).unwrap();
    let tables = info["perTableStatus"].as_array_mut().unwrap();
    tables.retain(|table| table["target"] != "app.app.audits");
    world.s3.put(BUCKET, &name, info.to_string());
    world.ends("verified").await;
    let [words] = world.sink.words().try_into().unwrap();
    assert!(
        words.contains("_from_1_to_3.json names 1 to 3 but lists 2"),
        "{words}"
    );
}

#[tokio::test]
async fn a_table_that_is_complete_with_a_warning_is_named() {
    let world = World::new().await;
    world.complete("app-db").await;
    edit_orders(&world, |orders| {
        orders["warningMessage"] = "ROWS_TOO_LARGE".into();
    });
    incomplete(&world, "skipped: app.app.orders (ROWS_TOO_LARGE)").await;
}

#[tokio::test]
async fn a_table_whose_partitions_are_not_all_complete_is_named() {
    let world = World::new().await;
    world.complete("app-db").await;
    edit_orders(&world, |orders| {
        orders["tableStatistics"]["partitioningInfo"]["numberOfPartitions"] = 3.into();
    });
    incomplete(&world, "app.app.orders: 1 of 3 partitions are complete").await;
}

#[tokio::test]
async fn an_export_that_heals_within_the_hour_is_verified() {
    let world = World::new().await;
    let export = world.complete("app-db").await;
    let key = format!("{export}/export_info_{export}.json");
    let whole = world.s3.get(BUCKET, &key).unwrap();
    world.s3.delete(BUCKET, &key);
    world.fails().await;
    world.wait(30);
    world.ends("incomplete").await;
    world.s3.put(BUCKET, &key, whole);
    world.wait(10);
    world.ends("verified").await;
    assert_eq!(
        (world.sink.words().len(), world.sink.messages().len()),
        (1, 1)
    );
    assert!(world.record().error.is_none());
}

#[tokio::test]
async fn an_export_that_heals_later_is_verified_by_force() {
    let world = World::new().await;
    let export = world.complete("app-db").await;
    let key = format!("{export}/app/app.users/1/_SUCCESS");
    world.s3.delete(BUCKET, &key);
    incomplete(&world, "app/app.users/1 has no _SUCCESS").await;
    world.s3.put(BUCKET, &key, "");
    world.ends("incomplete").await;
    done(world.send(FORCE).await);
    world.ends("verified").await;
}

#[tokio::test]
async fn tables_that_may_be_skipped_are_noted_and_told_to_nobody() {
    for allowed in ["app.orders", "app.app.orders"] {
        for fault in [
            Fault::Skips {
                table: "app.orders".to_owned(),
                reason: "ROW_TOO_LARGE".to_owned(),
            },
            Fault::TableEndsAs {
                table: "app.orders".to_owned(),
                status: "SKIPPED".to_owned(),
            },
        ] {
            let world = World::new().await.set("ALLOW_SKIPPED", allowed);
            world.rds.next_export("app-db", fault);
            world.night("app-db").await;
            let names: Vec<String> = world
                .manifest("app-db")
                .details
                .export
                .tables
                .iter()
                .map(|table| table.table.clone())
                .collect();
            assert_eq!(names, ["audits", "users"]);
            assert!(world.record().warnings[0].contains("as ALLOW_SKIPPED says: app.app.orders"));
            assert!(world.sink.words().is_empty());
        }
    }
}

#[tokio::test]
async fn another_table_than_the_allowed_one_is_not_skipped_in_silence() {
    let world = World::new().await.set("ALLOW_SKIPPED", "app.users");
    world.rds.next_export(
        "app-db",
        Fault::Skips {
            table: "app.orders".to_owned(),
            reason: "X".to_owned(),
        },
    );
    world.complete("app-db").await;
    incomplete(&world, "skipped: app.app.orders (X)").await;
    // Another export of the same snapshot would skip it again.
    let told = format!("{:?}", world.send(FORCE).await);
    assert!(
        told.contains("the next snapshot has it once the table has what RDS needs"),
        "{told}"
    );
    assert_eq!(world.rds.exports().len(), 1);
}

#[tokio::test]
async fn tables_that_rds_leaves_out_by_their_names_are_named() {
    let world = World::with(Options::default())
        .await
        .set("DB_CLUSTER_IDENTIFIER", "app-db");
    let odd = Table::postgresql("app", "public", "odd")
        .column("a,b", "text")
        .generated(3);
    let fine = Table::postgresql("app", "public", "fine")
        .column("id", "bigint")
        .generated(3);
    world.rds.add(
        Source::cluster("app-db", Engine::AuroraPostgresql)
            .table(odd)
            .table(fine),
    );
    world.complete("app-db").await;
    incomplete(
        &world,
        "skipped: app.public.odd (COLUMN_NAME_NOT_SUPPORTED)",
    )
    .await;
}

#[tokio::test]
async fn a_table_that_is_left_out_without_a_word_is_told_by_what_was_there_before() {
    let world = World::new().await;
    world.night("app-db").await;
    world.until("2026-11-21T15:05:00Z");
    world.rds.next_export(
        "app-db",
        Fault::Omits {
            table: "app.orders".to_owned(),
        },
    );
    world.night("app-db").await;
    let [words] = world.sink.words().try_into().unwrap();
    assert!(
        words.contains("table app.app.orders, which had 1200 rows, is gone"),
        "{words}"
    );
}

#[tokio::test]
async fn files_that_were_removed_are_told_by_the_rows_that_are_gone() {
    let world = World::new().await;
    world.night("app-db").await;
    world.until("2026-11-21T15:05:00Z");
    let export = world.complete("app-db").await;
    // Nothing that RDS writes says how many files there are, so the export looks whole.
    world.tamper(&export, "app.orders/1/part-00001", Tamper::Delete);
    world.ends("verified").await;
    let [words] = world.sink.words().try_into().unwrap();
    assert!(
        words.contains("rows of app.app.orders fell from 1200 to 800, by more than 20 %"),
        "{words}"
    );
}

#[tokio::test]
async fn an_export_without_any_table_is_not_verified() {
    let world = World::with(Options::default())
        .await
        .set("DB_CLUSTER_IDENTIFIER", "app-db");
    world
        .rds
        .add(Source::cluster("app-db", Engine::AuroraMysql));
    world.complete("app-db").await;
    let failure = world.fails().await;
    assert!(failure.error.contains("export_tables_info"), "{failure:?}");
}
