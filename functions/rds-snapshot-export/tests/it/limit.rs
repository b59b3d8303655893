//! The five places of an account.

use std::collections::BTreeSet;

use simulators::When;
use simulators::rds::{Engine, Options, Source, refusal};

use crate::world::{World, word};

#[tokio::test]
async fn seven_sources_are_exported_five_at_a_time() {
    let names: Vec<String> = (1..=7).map(|number| format!("db-{number}")).collect();
    let world = World::with(Options::default())
        .await
        .set("DB_CLUSTER_IDENTIFIER", names[..4].join(","))
        .set("DB_INSTANCE_IDENTIFIER", names[4..].join(","));
    for (number, name) in names.iter().enumerate() {
        world.rds.add(if number < 4 {
            Source::cluster(name, Engine::AuroraMysql)
        } else {
            Source::instance(name, Engine::Postgres)
        });
        world.rds.edit(name, |source| {
            source.set_table(
                simulators::rds::Table::mysql("a", "b")
                    .column("id", "bigint")
                    .generated(5),
            );
        });
        world.snapshot(name);
    }
    let reports = world.tick().await;
    let queued = reports.iter().filter(|report| {
        let progress = report.progress.as_deref().unwrap();
        progress.contains("5 export tasks run in the account, of 5 that may; queued")
    });
    assert_eq!(queued.count(), 2);
    assert_eq!(world.rds.exports().len(), 5);
    // No place is free yet, so nothing is started, and nobody is told.
    world.wait(10);
    world.tick().await;
    assert_eq!(world.asked("StartExportTask"), 5);
    for _ in 0..3 {
        world.wait(20);
        world.tick().await;
    }
    let states: BTreeSet<String> = world
        .records()
        .iter()
        .map(|record| word(record.state))
        .collect();
    assert_eq!(states, BTreeSet::from(["verified".to_owned()]));
    assert_eq!(world.records().len(), 7);
    assert_eq!(world.asked("StartExportTask"), 7);
    assert!(world.sink.words().is_empty());
}

#[tokio::test]
async fn the_services_own_word_that_all_places_are_taken_is_a_reason_to_wait() {
    for code in ["ExportTaskLimitReachedFault", "ExportTaskLimitReached"] {
        let world = World::new().await;
        world.snapshot("app-db");
        let refused = refusal(
            code,
            "You have reached the limit of 5 concurrent export tasks",
        );
        world
            .rds
            .script(When::action("StartExportTask").first(2), refused);
        for _ in 0..2 {
            let report = world.ends("running").await;
            assert!(report.progress.unwrap().contains("20261121 is queued"));
            world.wait(10);
        }
        world.ends("running").await;
        world.wait(20);
        world.ends("verified").await;
        assert!(world.sink.words().is_empty());
    }
}

#[tokio::test]
async fn a_source_that_can_not_be_exported_at_the_moment_is_queued_and_told_in_the_end() {
    let world = World::with(Options::default())
        .await
        .set("DB_INSTANCE_IDENTIFIER", "erp");
    world.rds.add(Source::instance("erp", Engine::SqlServer));
    world.snapshot("erp");
    let report = world.ends("running").await;
    assert!(
        report
            .progress
            .unwrap()
            .contains("can't be exported at the moment")
    );
    world.wait(13 * 60);
    let failure = world.fails().await;
    assert!(
        failure.error.contains("not all engines and versions can"),
        "{failure:?}"
    );
    world.wait(30);
    world.ends("failed").await;
    assert_eq!(world.sink.words().len(), 1);
}
