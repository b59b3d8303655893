//! Clusters and instances, their engines, and how their exports are laid out.

use simulators::rds::{Engine, Fault, Options, Source, Table};

use crate::world::{BUCKET, World, assert_true, word};

fn shop() -> Source {
    let orders = Table::postgresql("shop", "public", "orders")
        .column("id", "bigint")
        .column("name", "text")
        .generated(70);
    let log = Table::postgresql("shop", "audit", "log")
        .column("id", "bigint")
        .generated(30)
        .batches(3);
    Source::instance("shop", Engine::Postgres)
        .table(orders)
        .table(log)
}

async fn verified(source: Source, options: Options) -> World {
    let world = World::with(options)
        .await
        .set("DB_INSTANCE_IDENTIFIER", "shop");
    world.rds.add(source);
    world.night("shop").await;
    let export = world.rds.exports().pop().unwrap();
    assert_true(&world.manifest("shop"), &world.truth(&export));
    world
}

#[tokio::test]
async fn an_instance_of_postgresql_is_exported_with_its_schemas() {
    let world = verified(shop(), Options::default()).await;
    let names: Vec<String> = world
        .manifest("shop")
        .details
        .export
        .tables
        .iter()
        .map(|table| {
            format!(
                "{}|{}|{}|{}",
                table.database, table.schema, table.table, table.rows
            )
        })
        .collect();
    assert_eq!(names, ["shop|audit|log|30", "shop|public|orders|70"]);
    assert_eq!(world.sink.messages()[0]["engine"], "postgres");
}

#[tokio::test]
async fn every_layout_is_counted_to_the_last_row() {
    let table = |name: &str| {
        Table::mysql("app", name)
            .column("id", "bigint")
            .column("name", "varchar")
    };
    let source = Source::instance("shop", Engine::Mysql)
        .table(table("batches").generated(1_000).batches(7).parts(3))
        .table(table("gaps").generated(100).parts(5).gaps())
        .table(table("flat").generated(50).parts(2).flat())
        .table(table("row_groups").generated(25_000))
        .table(table("empty"))
        .table(table("empty_flat").flat())
        .table(table("empty_batches").batches(3))
        .table(table("with space").generated(7))
        .table(table("few_in_many").generated(2).batches(4).parts(4));
    verified(source, Options::default()).await;
}

#[tokio::test]
async fn info_files_are_read_whatever_their_number_and_the_form_of_their_targets() {
    for short_targets in [false, true] {
        let mut source = Source::instance("shop", Engine::Mysql);
        for number in 0..23 {
            let table = Table::mysql("app", &format!("t{number}")).column("id", "bigint");
            source.set_table(table.generated(number));
        }
        let options = Options {
            tables_per_info: 5,
            short_targets,
            ..Options::default()
        };
        verified(source, options).await;
    }
}

#[tokio::test]
async fn a_prefix_holds_the_export_and_what_is_said_of_it() {
    let world = World::new().await.set("S3_PREFIX", "/rds/nightly/");
    world.snapshot("app-db");
    world.ends("running").await;
    world.wait(20);
    world.ends("verified").await;
    let keys = world.s3.keys(BUCKET, "");
    assert!(
        keys.iter().all(|key| key.starts_with("rds/nightly/")),
        "{keys:?}"
    );
    let message = &world.sink.messages()[0];
    assert_eq!(
        message["prefix"],
        "rds/nightly/export-id-stg-app-db-20261121"
    );
    for key in [
        "rds/nightly/runs/rds-snapshot-export/2026/11/21/app-db-20261121.json",
        "rds/nightly/verified/rds-snapshot-export/app-db/20261121.manifest.json",
        "rds/nightly/verified/rds-snapshot-export/app-db/latest.json",
    ] {
        assert!(keys.iter().any(|other| other == key), "{keys:?}");
    }
}

#[tokio::test]
async fn only_what_is_listed_is_exported() {
    let world = World::new()
        .await
        .set("EXPORT_ONLY", "app.users, app.audits");
    world.night("app-db").await;
    let tables = world.manifest("app-db").details.export.tables;
    let names: Vec<&str> = tables.iter().map(|table| table.table.as_str()).collect();
    assert_eq!(names, ["audits", "users"]);
}

#[tokio::test]
async fn a_listed_table_that_the_export_does_not_have_is_named() {
    let world = World::new()
        .await
        .set("EXPORT_ONLY", "app.users, app.invoices");
    world.complete("app-db").await;
    let failure = world.fails().await;
    assert!(
        failure
            .error
            .contains("EXPORT_ONLY names app.invoices, but the export has nothing of it"),
        "{failure:?}"
    );
    assert!(world.latest("app-db").is_none());
}

#[tokio::test]
async fn one_source_that_fails_does_not_hide_the_others() {
    let world = World::new()
        .await
        .set("DB_INSTANCE_IDENTIFIER", "shop,gone");
    world.rds.add(shop());
    world.snapshot("app-db");
    world.snapshot("shop");
    let cause = "The KMS key is disabled".to_owned();
    let fault = Fault::Fails { percent: 40, cause };
    world.rds.next_export("app-db", fault.clone());
    let failure = world.fails().await;
    assert!(
        failure.error.contains("there is no instance gone"),
        "{failure:?}"
    );
    let mut told = Vec::new();
    for _ in 0..6 {
        world.rds.next_export("app-db", fault.clone());
        world.wait(20);
        if let function_core::Outcome::Drop(failure) = world.send("{}").await {
            told.push(failure.error);
        }
    }
    let states: Vec<(String, String)> = world
        .records()
        .iter()
        .map(|record| (record.source.clone(), word(record.state)))
        .collect();
    let state = |source: &str| {
        states
            .iter()
            .find(|(name, _)| name == source)
            .unwrap()
            .1
            .as_str()
    };
    assert_eq!(
        (state("app-db"), state("shop"), state("gone")),
        ("failed", "verified", "failed")
    );
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(world.sink.messages().len(), 1);
}

#[tokio::test]
async fn one_source_can_be_asked_for_alone() {
    let world = World::new().await.set("DB_INSTANCE_IDENTIFIER", "shop");
    world.rds.add(shop());
    world.snapshot("app-db");
    world.snapshot("shop");
    world.send(r#"{"source": "shop"}"#).await;
    assert_eq!(world.rds.exports(), ["export-id-stg-shop-20261121"]);
}
