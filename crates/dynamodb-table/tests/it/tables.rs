//! Tables are described as they are, made, and deleted only while they are the same.

use std::collections::BTreeMap;
use std::time::Duration;

use dynamodb_table::{Billing, KeyAttribute, KeyKind, KeySchema, NewTable, TableError};
use simulators::When;
use simulators::dynamodb::{Options, Table};

use crate::world::{TABLE, World};

fn attribute(name: &str, kind: KeyKind) -> KeyAttribute {
    KeyAttribute {
        name: name.to_owned(),
        kind,
    }
}

fn scratch() -> NewTable {
    NewTable {
        name: "orders-scratch".to_owned(),
        key: KeySchema {
            partition: attribute("id", KeyKind::B),
            sort: Some(attribute("at", KeyKind::N)),
        },
        tags: BTreeMap::from([("tasuki:scratch".to_owned(), "true".to_owned())]),
    }
}

#[tokio::test]
async fn a_table_is_described_with_what_matters_to_a_restore() {
    let table = Table::new(TABLE, &[("id", "S"), ("at", "N")])
        .index("by-shop", &[("shop", "B"), ("at", "N")])
        .provisioned(5, 70)
        .time_to_live("expires")
        .streams();
    let world = World::with(table).await;
    let table = world.table().await;
    assert_eq!(
        (table.name.as_str(), table.status.as_str()),
        (TABLE, "ACTIVE")
    );
    assert_eq!(table.key.partition, attribute("id", KeyKind::S));
    assert_eq!(table.key.sort, Some(attribute("at", KeyKind::N)));
    assert_eq!(table.billing, Billing::Provisioned { write_units: 70 });
    assert_eq!(table.indexes.len(), 1);
    assert_eq!(
        (table.indexes[0].name.as_str(), table.indexes[0].is_local),
        ("by-shop", false)
    );
    let expected = [attribute("shop", KeyKind::B), attribute("at", KeyKind::N)];
    assert_eq!(table.indexes[0].attributes, expected);
    assert!(table.has_streams && !table.id.is_empty());
    let ttl = world.tables.ttl_attribute(&table).await.unwrap();
    assert_eq!(ttl.as_deref(), Some("expires"));
    assert!(table.arn.ends_with(":table/orders"));
}

#[tokio::test]
async fn a_table_that_is_not_there_is_none() {
    let world = World::new().await;
    assert_eq!(world.tables.describe("other").await.unwrap(), None);
}

#[tokio::test]
async fn a_plain_table_has_no_more_than_it_has() {
    let world = World::new().await;
    let table = world.table().await;
    assert_eq!(
        (table.billing, table.key.sort.clone(), table.has_streams),
        (Billing::OnDemand, None, false)
    );
    assert!(table.indexes.is_empty());
    assert_eq!(world.tables.ttl_attribute(&table).await.unwrap(), None);
}

#[tokio::test]
async fn a_new_table_is_waited_for() {
    let creating = Duration::from_secs(20);
    let world = World::empty(Options {
        creating,
        ..Options::default()
    })
    .await;
    let made = world.tables.create(&scratch()).await.unwrap();
    assert_eq!(
        (made.status.as_str(), &made.key, made.billing),
        ("ACTIVE", &scratch().key, Billing::OnDemand)
    );
    assert_eq!(world.tables.tags(&made).await.unwrap(), scratch().tags);
    assert!(world.seconds() >= 20.0);
}

#[tokio::test]
async fn a_table_that_is_never_ready_is_given_up() {
    let creating = Duration::from_hours(1);
    let world = World::empty(Options {
        creating,
        ..Options::default()
    })
    .await;
    let error = world.tables.create(&scratch()).await.unwrap_err();
    let expected = "table orders-scratch is CREATING still, after 120 s; try again later";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn a_table_of_that_name_is_never_taken_over() {
    let world = World::empty(Options::default()).await;
    world.tables.create(&scratch()).await.unwrap();
    let error = world.tables.create(&scratch()).await.unwrap_err();
    assert!(matches!(error, TableError::Exists { .. }), "{error}");
}

#[tokio::test]
async fn only_the_table_that_was_looked_at_is_deleted() {
    let world = World::empty(Options::default()).await;
    let first = world.tables.create(&scratch()).await.unwrap();
    world.tables.delete(&first).await.unwrap();
    assert_eq!(world.tables.describe(&first.name).await.unwrap(), None);
    // A second time is no fault.
    world.tables.delete(&first).await.unwrap();
    let second = world.tables.create(&scratch()).await.unwrap();
    let error = world.tables.delete(&first).await.unwrap_err();
    assert!(matches!(error, TableError::Replaced { .. }), "{error}");
    let found = world.tables.describe(&first.name).await.unwrap();
    assert_eq!(found.map(|found| found.id), Some(second.id));
}

#[tokio::test]
async fn a_deleted_table_is_waited_for_until_it_is_gone() {
    let (creating, deleting) = (Duration::from_secs(20), Duration::from_secs(30));
    let world = World::empty(Options {
        creating,
        deleting,
        ..Options::default()
    })
    .await;
    let found = world.tables.create(&scratch()).await.unwrap();
    world.tables.delete(&found).await.unwrap();
    let described = world.tables.describe(&found.name).await.unwrap();
    assert_eq!(described.unwrap().status, "DELETING");
    world.tables.gone(&found.name).await.unwrap();
    assert!(world.seconds() >= 50.0);
    world.tables.create(&scratch()).await.unwrap();
}

#[tokio::test]
async fn a_table_that_is_still_made_is_deleted_all_the_same() {
    let world = World::new().await;
    let table = world.table().await;
    let busy = simulators::dynamodb::refuse("ResourceInUseException", "in use");
    world
        .dynamodb
        .script(When::action("DeleteTable").first(3), busy);
    world.tables.delete(&table).await.unwrap();
    assert_eq!(world.tables.describe(TABLE).await.unwrap(), None);
}
