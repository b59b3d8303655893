//! `EXPORT_TYPE=chain` over several nights.

use function_core::RunState;
use serde_json::{Value, json};
use simulators::dynamodb::{Fault, Part, Scope, Table};

use crate::restore::assert_restored;
use crate::world::{World, done};

const TABLE: &str = "orders";

async fn world() -> World {
    let world = World::empty()
        .await
        .set("TABLES", TABLE)
        .set("EXPORT_AT", "03:00");
    let world = world
        .set("EXPORT_TYPE", "chain")
        .set("FULL_EVERY_DAYS", "5");
    let table = Table::new(TABLE, &[("id", "S")]);
    world.dynamodb.add_table(table.item(item("base", 0)));
    world.wait(10);
    world
}

fn item(id: &str, number: usize) -> Value {
    json!({ "id": { "S": id }, "number": { "N": number.to_string() } })
}

/// A night, with changes in the day before it.
async fn night(world: &World, number: usize) -> RunState {
    let earlier = world.now() - jiff::SignedDuration::from_hours(3);
    world
        .dynamodb
        .put_at(TABLE, earlier, item(&format!("id-{}", number % 4), number));
    world.night_outcome().await;
    let reports = done(world.ticks(3).await);
    // On to the next day, ten past three.
    world.wait(24 * 60 - 15);
    reports[0].state
}

async fn kind(world: &World) -> String {
    let manifest = world.latest(TABLE).await.unwrap();
    manifest.details.export.details["exportType"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_chain_is_full_once_and_then_incremental_until_it_is_old() {
    let world = world().await;
    let mut kinds = Vec::new();
    for number in 0..7 {
        assert_eq!(night(&world, number).await, RunState::Verified);
        kinds.push(kind(&world).await);
    }
    let (full, link) = ("full", "incremental");
    assert_eq!(kinds, [full, link, link, link, link, full, link]);
    let truths = world.dynamodb.truths();
    let ends: Vec<_> = truths.iter().map(|truth| truth.scope).collect();
    for pair in ends.windows(2) {
        let end = match pair[0] {
            Scope::Full(time) => time,
            Scope::Incremental { to, .. } => to,
        };
        if let Scope::Incremental {
            from, old_images, ..
        } = pair[1]
        {
            assert_eq!(from, end);
            assert!(old_images);
        }
    }
    assert_restored(&world, TABLE).await;
}

#[tokio::test]
async fn a_night_that_is_not_verified_begins_a_new_chain_and_no_window_is_lost() {
    let world = world().await;
    assert_eq!(night(&world, 0).await, RunState::Verified);
    world
        .dynamodb
        .spoil_next(TABLE, Fault::Missing(Part::Data(0)));
    world.night_outcome().await;
    world.ticks(3).await;
    world.wait(24 * 60 - 15);
    assert_eq!(night(&world, 2).await, RunState::Verified);
    let manifest = world.latest(TABLE).await.unwrap();
    let details = &manifest.details;
    assert_eq!(details.export.details["exportType"], "full");
    assert!(
        details.notes[0].contains("a window was missed"),
        "{:?}",
        details.notes
    );
    assert_eq!(night(&world, 3).await, RunState::Verified);
    assert_eq!(kind(&world).await, "incremental");
    assert_restored(&world, TABLE).await;
}

#[tokio::test]
async fn a_table_that_was_made_anew_begins_a_new_chain() {
    let world = world().await;
    night(&world, 0).await;
    let table = Table::new(TABLE, &[("id", "S")]).item(item("other", 0));
    world.dynamodb.add_table(table);
    assert_eq!(night(&world, 1).await, RunState::Verified);
    assert_eq!(kind(&world).await, "full");
}

#[tokio::test]
async fn what_the_chain_reaches_already_is_not_due() {
    let world = world().await;
    night(&world, 0).await;
    night(&world, 1).await;
    let reports = done(world.send(r#"{"date": "2026-11-20"}"#).await);
    assert_eq!(reports[0].state, RunState::Planned);
    let progress = reports[0].progress.as_deref().unwrap();
    assert!(
        progress.starts_with("nothing is due: the chain reaches"),
        "{progress}"
    );
    assert!(world.find_record(TABLE, "2026-11-20").await.is_none());
    // A person may want that day all the same; the chain goes on without it.
    world.send(r#"{"date": "2026-11-20", "force": true}"#).await;
    world.wait(15);
    let reports = done(world.send(r#"{"date": "2026-11-20", "tick": true}"#).await);
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
    world.wait(24 * 60 - 15);
    assert_eq!(world.latest(TABLE).await.unwrap().run, "orders-20261122");
    assert_eq!(night(&world, 3).await, RunState::Verified);
    assert_restored(&world, TABLE).await;
}
