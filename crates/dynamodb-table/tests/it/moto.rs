//! The second opinion: moto takes what is sent, and gives it back.

use std::collections::BTreeMap;

use dynamodb_format::Digest;
use dynamodb_table::{
    Description, KeyAttribute, KeyKind, KeySchema, Line, Mode, NewTable, Place, Scan, Tables,
    Write, WriterOptions,
};
use futures_util::TryStreamExt as _;
use serde_json::json;
use test_services::Moto;

use crate::world::{env, item, order, orders, send, write_all};

async fn moto() -> (Moto, Tables, Description) {
    let moto = Moto::start("bucket").await.unwrap();
    let tables = Tables::open(&env(moto.address())).await;
    let partition = KeyAttribute {
        name: "id".to_owned(),
        kind: KeyKind::S,
    };
    let new = NewTable {
        name: "orders".to_owned(),
        key: KeySchema {
            partition,
            sort: None,
        },
        tags: BTreeMap::from([("tasuki:scratch".to_owned(), "true".to_owned())]),
    };
    let table = tables.create(&new).await.unwrap();
    assert_eq!(tables.tags(&table).await.unwrap(), new.tags);
    (moto, tables, table)
}

async fn digest(tables: &Tables, table: &Description) -> (usize, Digest) {
    // moto gives all items in each segment.
    let scan = Scan {
        segments: 0..1,
        total_segments: 1,
        is_consistent: true,
        keys_only: false,
    };
    let pages: Vec<_> = tables.scan(table, &scan).try_collect().await.unwrap();
    let (mut count, mut digest) = (0, Digest::new());
    for item in pages.iter().flatten() {
        count += 1;
        digest.add(item);
    }
    (count, digest)
}

#[tokio::test]
async fn what_is_written_comes_back_the_same() {
    let (_moto, tables, table) = moto().await;
    assert!(!tables.holds_items(&table).await.unwrap());
    let mut items = orders(99);
    items.push(json!({
        "id": { "S": "all \"types\"" },
        "number": { "N": "1234567890123456789012345678901234567.8" },
        "bytes": { "B": "AAECAwT/" },
        "sets": { "L": [{ "SS": ["b", "a"] }, { "NS": ["3", "-1.5"] }, { "BS": ["AAE=", "/w=="] }] },
        "map": { "M": { "null": { "NULL": true }, "empty": { "S": "" } } },
    }));
    let mut writer = tables.writer(&table, WriterOptions::default());
    write_all(&mut writer, &items).await.unwrap();
    let mut expected = Digest::new();
    for attributes in &items {
        expected.add(&item(attributes));
    }
    assert_eq!(digest(&tables, &table).await, (100, expected));
    assert!(tables.holds_more_than(&table, 99).await.unwrap());
    assert!(!tables.holds_more_than(&table, 100).await.unwrap());
    let key = item(&json!({ "id": order(7)["id"] }));
    let found = tables
        .get(&table, std::slice::from_ref(&key))
        .await
        .unwrap();
    assert_eq!(found[0].canonical_line(), item(&order(7)).canonical_line());

    writer
        .send(Place { file: 1, line: 1 }, Write::Delete(key))
        .await
        .unwrap();
    writer.flush().await.unwrap();
    assert!(tables.holds_more_than(&table, 98).await.unwrap());
    assert!(!tables.holds_more_than(&table, 99).await.unwrap());
    tables.delete(&table).await.unwrap();
    assert_eq!(tables.describe("orders").await.unwrap(), None);
}

#[tokio::test]
async fn conditions_are_understood() {
    let (_moto, tables, table) = moto().await;
    let mut writer = tables.writer(&table, WriterOptions::default());
    let mut old = order(1);
    old["at"] = json!({ "N": "5" });
    send(&mut writer, Place { file: 0, line: 1 }, &old)
        .await
        .unwrap();
    writer.flush().await.unwrap();
    let newer = Mode::PutNewer {
        attribute: "at".to_owned(),
    };
    for (mode, at, written) in [
        (Mode::PutAbsent, "9", 0),
        (newer.clone(), "4", 0),
        (newer, "6", 1),
    ] {
        let options = WriterOptions {
            mode,
            ..WriterOptions::default()
        };
        let mut writer = tables.writer(&table, options);
        let mut item = order(1);
        item["at"] = json!({ "N": at });
        let text = json!({ "Item": item }).to_string();
        let line = Line::parse(text.as_bytes()).unwrap();
        writer
            .send(Place { file: 0, line: 1 }, Write::Put(line))
            .await
            .unwrap();
        writer.flush().await.unwrap();
        let totals = writer.totals();
        assert_eq!(
            (totals.written, totals.left_alone),
            (written, 1 - written),
            "{at}"
        );
    }
}
