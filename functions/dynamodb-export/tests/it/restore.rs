//! What is restored from verified links, held against the table.

use std::collections::BTreeMap;

use cloud_store::Store;
use dynamodb_format::{Change, DataReader, Item};
use reconcile::ExportManifest;
use serde_json::{Value, json};

use crate::world::World;

/// The newest verified link and all before it, applied in turn, are the table as of the newest one's end.
pub(crate) async fn assert_restored(world: &World, table: &str) {
    let folder = world
        .store
        .folder(&format!("verified/dynamodb-export/{table}"));
    let mut links = vec![world.latest(table).await.unwrap()];
    while let Some(previous) = links.last().unwrap().details.export.details["previous"].as_str() {
        let (_, content) = folder.read(previous).await.unwrap().unwrap();
        links.push(serde_json::from_slice(&content).unwrap());
    }
    let mut items: BTreeMap<String, Item> = BTreeMap::new();
    for link in links.iter().rev() {
        let full = link.details.export.details["exportType"] == "full";
        for line in lines(world, link).await {
            if full {
                let item = Item::parse(line.as_bytes()).unwrap();
                items.insert(key(&line, "Item"), item);
                continue;
            }
            let change = Change::parse(line.as_bytes()).unwrap();
            match change.new_image {
                Some(item) => items.insert(key(&line, "Keys"), item),
                None => items.remove(&key(&line, "Keys")),
            };
        }
    }
    let details = &links[0].details.export.details;
    let end = details
        .get("to")
        .unwrap_or(&details["exportTime"])
        .as_str()
        .unwrap();
    let expected = world.dynamodb.items_before(table, end.parse().unwrap());
    assert_eq!(items.len(), expected.len());
    for item in expected {
        let line = json!({ "Item": item }).to_string();
        let restored = &items[&key(&line, "Item")];
        assert_eq!(*restored, Item::parse(line.as_bytes()).unwrap());
    }
}

fn key(line: &str, part: &str) -> String {
    let line: Value = serde_json::from_str(line).unwrap();
    line[part]["id"]["S"].as_str().unwrap().to_owned()
}

/// The lines of an export, as they are in the bucket.
pub(crate) async fn lines(world: &World, manifest: &ExportManifest) -> Vec<String> {
    let arn = manifest.details.export.details["exportArn"]
        .as_str()
        .unwrap();
    let mut lines = Vec::new();
    for key in world.dynamodb.truth(arn).unwrap().data {
        lines.extend(file(&world.store, &key).await);
    }
    lines
}

async fn file(store: &Store, key: &str) -> Vec<String> {
    let (_, content) = store.read(key).await.unwrap().unwrap();
    let mut reader = DataReader::new();
    let mut found = Vec::new();
    let mut lines = reader.push(&content);
    while let Some(line) = lines.next_line().unwrap() {
        found.push(String::from_utf8(line.bytes.to_vec()).unwrap());
    }
    found
}
