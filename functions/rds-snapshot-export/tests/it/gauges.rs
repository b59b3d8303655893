//! The numbers that alarms watch.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Once;

use function_core::METRIC_TARGET;
use simulators::rds::Fault;
use tracing::field::{Field, Visit};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::world::World;

type Gauges = BTreeMap<String, u64>;

thread_local! {
    /// What was logged as gauges on this thread; a test has one of its own.
    static LOGGED: RefCell<Vec<Gauges>> = RefCell::default();
}

/// Keeps what is logged as gauges.
struct Watch;

struct Numbers<'a>(&'a mut Gauges);

impl Visit for Numbers<'_> {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value);
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl<S: tracing::Subscriber> Layer<S> for Watch {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == METRIC_TARGET {
            let mut gauges = Gauges::new();
            event.record(&mut Numbers(&mut gauges));
            LOGGED.with_borrow_mut(|logged| logged.push(gauges));
        }
    }
}

/// Sends `payload` and gives the gauges that it logged: age, unverified, shrunk.
async fn gauges(world: &World, payload: &str) -> Vec<(Option<u64>, u64, u64)> {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| tracing_subscriber::registry().with(Watch).init());
    LOGGED.take();
    world.send(payload).await;
    let numbers = |gauges: Gauges| {
        let age = gauges.get("OldestVerifiedAge").copied();
        (age, gauges["Unverified"], gauges["Shrunk"])
    };
    LOGGED.take().into_iter().map(numbers).collect()
}

#[tokio::test]
async fn each_look_at_all_sources_logs_how_they_are() {
    let world = World::new().await;
    assert_eq!(
        gauges(&world, "{}").await,
        [(None, 1, 0)],
        "no snapshot yet"
    );
    world.night("app-db").await;
    world.wait(10);
    assert_eq!(gauges(&world, "{}").await, [(Some(600), 0, 0)]);
    assert_eq!(gauges(&world, r#"{"source": "app-db"}"#).await, []);
    assert_eq!(gauges(&world, r#"{"date": "2026-11-21"}"#).await, []);
    assert_eq!(gauges(&world, r#"{"dryRun": true}"#).await, []);
    // The next night loses most rows.
    world.until("2026-11-21T15:05:00Z");
    world.rds.edit("app-db", |source| {
        source.table_mut("app.orders").unwrap().set_generated(1);
    });
    world.night("app-db").await;
    assert_eq!(gauges(&world, "{}").await, [(Some(0), 0, 1)]);
    // And the one after it is not whole: the age goes on, the loss stays.
    world.until("2026-11-22T15:05:00Z");
    world.rds.next_export("app-db", Fault::NoExportInfo);
    world.complete("app-db").await;
    for _ in 0..8 {
        let found = gauges(&world, "{}").await;
        let age = world
            .now()
            .duration_since(world.manifest("app-db").ended)
            .as_secs()
            .cast_unsigned();
        assert_eq!(found, [(Some(age), 1, 1)]);
        world.wait(15);
    }
}

#[tokio::test]
async fn the_age_is_that_of_the_oldest_source_and_missing_where_one_has_none() {
    let mut world = World::new().await;
    world.night("app-db").await;
    world.rds.add(simulators::rds::Source::cluster(
        "billing",
        simulators::rds::Engine::AuroraMysql,
    ));
    world.rds.edit("billing", |source| {
        source.set_table(
            simulators::rds::Table::mysql("b", "t")
                .column("id", "int")
                .generated(3),
        );
    });
    world.change("DB_CLUSTER_IDENTIFIER", "billing, app-db");
    world.snapshot("billing");
    assert_eq!(gauges(&world, "{}").await, [(None, 0, 0)]);
    world.wait(20);
    assert_eq!(gauges(&world, "{}").await, [(Some(1200), 0, 0)]);
}

#[tokio::test]
async fn a_manifest_that_can_not_be_read_does_not_hide_the_failure_of_another_source() {
    let mut world = World::new().await;
    world.night("app-db").await;
    world.change("DB_INSTANCE_IDENTIFIER", "gone");
    let key = "verified/rds-snapshot-export/app-db/20261121.manifest.json";
    world.s3.put(crate::world::BUCKET, key, "{");
    let failure = world.fails().await;
    assert!(
        failure.error.contains("there is no instance gone"),
        "{failure:?}"
    );
    assert!(
        failure
            .error
            .contains("20261121.manifest.json is not a manifest"),
        "{failure:?}"
    );
}
