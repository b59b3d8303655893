//! Other people's DynamoDB: moto and `MiniStack`.

use dynamodb_restore::DynamodbRestore;
use dynamodb_table::{KeyAttribute, KeyKind, KeySchema, NewTable, Scan, Tables};
use function_core::{Clock, Env, Event, RunState};
use function_runtime::Function as _;
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};
use test_services::{Ministack, Moto};

use crate::world::{BUCKET, World, done};

/// The items of a table there, as DynamoDB's JSON.
async fn items(tables: &Tables, table: &str) -> Vec<Value> {
    let table = tables.describe(table).await.unwrap().unwrap();
    let scan = Scan {
        segments: 0..2,
        total_segments: 2,
        is_consistent: true,
        keys_only: false,
    };
    let pages: Vec<_> = tables.scan(&table, &scan).try_collect().await.unwrap();
    let mut items: Vec<Value> = pages
        .into_iter()
        .flatten()
        .map(|item| serde_json::from_str::<Value>(&item.canonical_line()).unwrap()["Item"].take())
        .collect();
    items.sort_by_key(Value::to_string);
    items
}

/// Restores what the simulator exported into a table of the DynamoDB at `address`, twice: into an empty table, then over it.
async fn assert_restores_at(address: &str) {
    let world = World::with_orders(130).await;
    let env: Env = world
        .env()
        .clone()
        .with("AWS_ENDPOINT_URL_DYNAMODB", address);
    let tables = Tables::open(&env).await;
    let attribute = |name: &str, kind| KeyAttribute {
        name: name.to_owned(),
        kind,
    };
    let new = NewTable {
        name: "copy".to_owned(),
        key: KeySchema {
            partition: attribute("id", KeyKind::S),
            sort: Some(attribute("line", KeyKind::N)),
        },
        tags: [("purpose".to_owned(), "test".to_owned())].into(),
    };
    tables.create(&new).await.unwrap();
    let function = DynamodbRestore::with(&env, Clock::system()).await.unwrap();
    let requests = [
        json!({ "source": "orders", "table": "copy" }),
        json!({ "source": "orders", "table": "copy", "mode": "skip-existing", "confirm": "copy" }),
        json!({ "source": "orders", "table": "copy", "mode": "overwrite", "deleteExtras": true, "confirm": "copy" }),
    ];
    for request in requests {
        let event = Event::new("e-1", world.now(), request.to_string());
        let report = done(function.handle(event).await).remove(0);
        assert_eq!(report.state, RunState::Verified, "{report:?}");
        let canonical: Vec<Value> = world.items("orders");
        let found = items(&tables, "copy").await;
        assert_eq!(found.len(), canonical.len());
        assert!(found == canonical);
    }
}

#[tokio::test]
async fn moto_holds_what_was_exported() {
    let moto = Moto::start(BUCKET).await.unwrap();
    assert_restores_at(moto.address()).await;
}

#[tokio::test]
async fn ministack_holds_what_was_exported() {
    let ministack = Ministack::start().await.unwrap();
    assert_restores_at(ministack.address()).await;
}
