//! Backups that are not what they should be, or not where they were.

use cloud_store::Put;
use function_core::{Exit, RunState};
use serde_json::{Value, json};
use simulators::When;
use simulators::dynamodb::{Layout, Table};

use crate::world::{KEYS, World, bulky, done, dropped, order, slowly};

/// A data file that was changed, and what it was.
pub(crate) struct Damage {
    key: String,
    content: Vec<u8>,
}

impl Damage {
    pub(crate) async fn heal(&self, world: &World) {
        put(world, &self.key, &self.content).await;
    }
}

async fn put(world: &World, key: &str, content: &[u8]) {
    let put = Put::new("application/gzip");
    world.store.put(key, content.to_vec(), &put).await.unwrap();
}

async fn get(world: &World, key: &str) -> Vec<u8> {
    world.store.read(key).await.unwrap().unwrap().1
}

/// The key of the largest data file.
async fn largest(world: &World) -> String {
    let objects = world.store.list("AWSDynamoDB/").await.unwrap();
    let data = objects
        .into_iter()
        .filter(|object| object.key.ends_with(".json.gz"));
    data.max_by_key(|object| object.size_bytes).unwrap().key
}

/// Cuts the end off one data file.
pub(crate) async fn damage_a_data_file(world: &World) -> Damage {
    let key = largest(world).await;
    let content = get(world, &key).await;
    put(world, &key, &content[..content.len() / 2]).await;
    Damage { key, content }
}

async fn manifest(world: &World, name: &str) -> String {
    let objects = world.store.list("AWSDynamoDB/").await.unwrap();
    let mut keys = objects.into_iter().map(|object| object.key);
    keys.find(|key| key.ends_with(name)).unwrap()
}

fn request() -> serde_json::Value {
    json!({ "source": "orders", "table": "copy" })
}

#[tokio::test]
async fn a_truncated_file_is_named_with_its_line_and_what_was_written_stays() {
    let world = World::with_orders(300).await;
    // Behind the first items, which the plan reads.
    let damage = damage_a_data_file(&world).await;
    let failure = dropped(world.send(request()).await);
    assert_eq!(failure.exit, Exit::Failed);
    assert!(
        failure.error.contains(".json.gz can't be read"),
        "{}",
        failure.error
    );
    assert!(
        failure.error.contains("cut off in line "),
        "{}",
        failure.error
    );
    let words = world.sink.words();
    assert_eq!(words.len(), 1, "{words:?}");
    let kept = world.items("copy").len();
    assert!(kept > 0 && kept < 300, "{kept}");
    // The same again tells nobody twice.
    dropped(world.send(request()).await);
    assert_eq!(world.sink.words().len(), 1);
    damage.heal(&world).await;
    world.verified(request()).await;
    world.assert_same("orders", "copy");
}

#[tokio::test]
async fn a_file_of_another_content_is_found_at_its_end() {
    let world = World::with_orders(40).await;
    let key = largest(&world).await;
    // Another gzip header: the lines are the same, the object is not.
    let mut content = get(&world, &key).await;
    content[9] ^= 1;
    put(&world, &key, &content).await;
    let failure = dropped(world.send(request()).await);
    assert!(failure.error.contains("has the MD5"), "{}", failure.error);
    assert!(done_states(&world).await.is_empty());
}

async fn done_states(world: &World) -> Vec<String> {
    let mut states = Vec::new();
    for key in world.kept(".json").await {
        states.push(world.read(&key).await);
    }
    states.retain(|record| record.contains("\"verified\""));
    states
}

#[tokio::test]
async fn a_manifest_that_is_damaged_or_of_another_table_is_refused() {
    let world = World::with_orders(20).await;
    let summary = manifest(&world, "manifest-summary.json").await;
    let address = format!("s3://backups/{summary}");
    let wrong = json!({ "manifest": address, "source": "invoices", "table": "copy" });
    let failure = dropped(world.send(wrong).await);
    assert!(
        failure
            .error
            .contains("an export of the table orders, not of invoices"),
        "{}",
        failure.error
    );
    for name in ["manifest-files.json", "manifest-summary.json"] {
        let key = manifest(&world, name).await;
        let content = get(&world, &key).await;
        let mut damaged = content.clone();
        damaged.push(b' ');
        put(&world, &key, &damaged).await;
        let failure = dropped(
            world
                .send(json!({ "manifest": address, "table": "copy" }))
                .await,
        );
        assert!(
            failure.error.contains(name) && failure.error.contains("has the MD5"),
            "{}",
            failure.error
        );
        put(&world, &key, &content).await;
    }
    world
        .verified(json!({ "manifest": address, "source": "orders", "table": "copy" }))
        .await;
}

#[tokio::test]
async fn a_missing_file_or_checksum_is_named() {
    for (name, words) in [
        (".json.gz", ".json.gz does not exist"),
        (
            "manifest-files.json",
            "manifest-files.json can't be restored from: it does not exist",
        ),
        (
            "manifest-summary.md5",
            "manifest-summary.md5 is not beside it",
        ),
    ] {
        let world = World::with_orders(20).await;
        let key = manifest(&world, name).await;
        world.store.delete(&key).await.unwrap();
        let failure = dropped(world.send(request()).await);
        assert!(failure.error.contains(words), "{}", failure.error);
        assert!(world.items("copy").is_empty());
    }
}

#[tokio::test]
async fn a_withdrawn_export_is_refused() {
    let world = World::with_orders(5).await;
    let key = "verified/dynamodb-export/orders/20261121.manifest.json";
    let mut manifest: serde_json::Value = serde_json::from_slice(&get(&world, key).await).unwrap();
    manifest["withdrawn"] = json!("data was lost");
    put(&world, key, manifest.to_string().as_bytes()).await;
    let failure = dropped(world.send(request()).await);
    assert!(
        failure.error.contains("withdrawn: data was lost"),
        "{}",
        failure.error
    );
}

#[tokio::test]
async fn keys_of_another_type_are_refused_before_anything_is_written() {
    let world = World::with_orders(20).await;
    for (name, keys, words) in [
        (
            "by-number",
            &[("id", "N"), ("line", "N")],
            "of type S; the table has N",
        ),
        (
            "by-name",
            &[("id", "S"), ("name", "S")],
            "the key attribute name is missing",
        ),
    ] {
        world.dynamodb.add_table(Table::new(name, keys));
        let failure = dropped(
            world
                .send(json!({ "source": "orders", "table": name }))
                .await,
        );
        assert_eq!(failure.exit, Exit::Refused);
        assert!(failure.error.contains(words), "{}", failure.error);
        assert!(world.items(name).is_empty());
    }
}

#[tokio::test]
async fn manifests_are_followed_however_they_tell_keys() {
    for checksum_suffix in [false, true] {
        for keys_with_prefix in [false, true] {
            let layout = Layout {
                checksum_suffix,
                keys_with_prefix,
                type_in_full: false,
            };
            let world = World::laid_out(layout)
                .await
                .set("S3_PREFIX", "nightly/dynamodb");
            world.add_orders(40);
            world.night("orders").await;
            world.verified(request()).await;
            world.assert_same("orders", "copy");
        }
    }
}

/// The whole bucket as a folder.
async fn downloaded(world: &World) -> tempfile::TempDir {
    let whole = tempfile::tempdir().unwrap();
    for object in world.store.list("").await.unwrap() {
        let path = whole.path().join(&object.key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, get(world, &object.key).await).unwrap();
    }
    whole
}

#[tokio::test]
async fn a_chain_that_was_downloaded_is_restored_from_its_folder() {
    for keys_with_prefix in [true, false] {
        let layout = Layout {
            keys_with_prefix,
            ..Layout::default()
        };
        let world = World::laid_out(layout).await.set("S3_PREFIX", "nightly");
        let world = crate::chains::nights(world).await;
        let whole = downloaded(&world).await;
        let latest = whole
            .path()
            .join("nightly/verified/dynamodb-export/orders/latest.json");
        for object in world.store.list("nightly/AWSDynamoDB/").await.unwrap() {
            world.store.delete(&object.key).await.unwrap();
        }
        world
            .verified(json!({ "manifest": latest, "table": "copy" }))
            .await;
        world.assert_same("orders", "copy");
    }
}

#[tokio::test]
async fn a_file_that_no_manifest_names_is_no_part_of_the_backup() {
    let world = World::with_orders(60).await;
    let data = largest(&world).await;
    let beside = format!("{}/stray.json.gz", data.rsplit_once('/').unwrap().0);
    let other = World::new().await;
    other.add_orders(0);
    other.dynamodb.put_at("orders", other.now(), order(900, 1));
    other.wait(1);
    other.night("orders").await;
    let stray = get(&other, &largest(&other).await).await;
    put(&world, &beside, &stray).await;
    let report = world.verified(request()).await;
    assert_eq!(report.counts["items"], 60);
    world.assert_same("orders", "copy");
}

#[tokio::test]
async fn a_backup_that_was_downloaded_is_restored_from_its_folder() {
    let world = World::with_orders(90).await;
    let whole = downloaded(&world).await;
    let summary = manifest(&world, "manifest-summary.json").await;
    let export = whole.path().join(&summary).parent().unwrap().to_owned();
    // The export's folder alone, as `aws s3 cp --recursive` leaves it.
    let alone = whole.path().join("elsewhere");
    std::fs::rename(&export, &alone).unwrap();
    let latest = whole
        .path()
        .join("verified/dynamodb-export/orders/latest.json");
    let addresses = [
        alone.display().to_string(),
        format!("file://{}/manifest-summary.json", alone.display()),
    ];
    for (number, address) in addresses.iter().enumerate() {
        let table = format!("copy-{number}");
        world.dynamodb.add_table(Table::new(&table, KEYS));
        world
            .verified(json!({ "manifest": address, "table": table }))
            .await;
        world.assert_same("orders", &table);
    }
    std::fs::rename(&alone, &export).unwrap();
    world.dynamodb.add_table(Table::new("copy-9", KEYS));
    world
        .verified(json!({ "manifest": latest, "table": "copy-9" }))
        .await;
    world.assert_same("orders", "copy-9");
}

#[tokio::test]
async fn the_articles_merged_file_is_restored_with_a_warning() {
    let world = World::new().await;
    world.add_orders(0);
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<String> = (0..70)
        .map(|id| json!({ "Item": order(id, 0) }).to_string())
        .collect();
    std::fs::write(folder.path().join("merged.json"), lines.join("\n")).unwrap();
    let request = json!({ "manifest": folder.path().join("merged.json"), "table": "copy" });
    let report = world.verified(request).await;
    assert!(
        report.warnings[0].contains("there is no manifest"),
        "{report:?}"
    );
    assert_eq!(world.items("copy").len(), 70);
    // The folder that holds it and nothing else is the same backup.
    let again = json!({ "manifest": folder.path(), "table": "copy" });
    let report = world.verified(again).await;
    assert!(
        report.warnings[1].contains("nothing was written now"),
        "{report:?}"
    );
    std::fs::write(folder.path().join("more.json"), "").unwrap();
    let refused = dropped(
        world
            .send(json!({ "manifest": folder.path(), "table": "copy" }))
            .await,
    );
    assert_eq!(refused.exit, Exit::Refused);
}

#[tokio::test]
async fn an_empty_file_that_is_not_packed_holds_nothing() {
    let world = World::new().await;
    world.add_orders(0);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("merged.json"), "").unwrap();
    let request = json!({ "manifest": folder.path().join("merged.json"), "table": "copy" });
    let report = world.verified(request).await;
    assert_eq!(report.counts["items"], 0);
}

#[tokio::test]
async fn a_table_that_changes_meanwhile_is_incomplete_and_may_be_read_again() {
    let world = World::with_orders(30).await;
    let strange = order(99, 7);
    world.dynamodb.add_table(Table::new("copy", KEYS));
    // Begun while empty; then somebody else writes.
    let (now, put) = (world.now(), strange.clone());
    let first = When::action("BatchWriteItem").nth(1);
    world.dynamodb.before(first, move |account| {
        account.put_at("copy", now, put.clone());
    });
    let failure = dropped(world.send(request()).await);
    assert_eq!(failure.exit, Exit::Incomplete);
    assert!(
        failure
            .error
            .contains("the table holds 31 items, the backup 30"),
        "{}",
        failure.error
    );
    world.dynamodb.delete_at("copy", world.now(), &strange);
    world.verified(request()).await;
}

/// A world with the empty table `copy`, and a folder with these items in files without a manifest.
async fn loose(files: &[&[Value]]) -> (World, tempfile::TempDir) {
    let world = World::new().await;
    world.add_orders(0);
    let folder = tempfile::tempdir().unwrap();
    for (number, items) in files.iter().enumerate() {
        let lines = items.iter().map(|item| json!({ "Item": item }).to_string());
        let content = lines.collect::<Vec<_>>().join("\n");
        std::fs::write(folder.path().join(format!("{number}.json")), content).unwrap();
    }
    (world, folder)
}

/// So many items, of which the plan reads only the first.
fn many(count: u32) -> Vec<Value> {
    (0..count).map(bulky).collect()
}

#[tokio::test]
async fn the_same_item_twice_without_a_manifest_harms_nothing() {
    let items = many(600);
    let again = &items[..300];
    for verify in ["full", "sample", "count"] {
        let (world, folder) = loose(&[&items, again, again]).await;
        let request = json!({ "manifest": folder.path(), "table": "copy", "verify": verify });
        let report = world.verified(request).await;
        assert_eq!(world.items("copy").len(), 600, "{verify}");
        assert_eq!(report.counts["readBack"], 600, "{verify}");
    }
    // Over what is there, too.
    let (world, folder) = loose(&[&items, again]).await;
    world.dynamodb.put_at("copy", world.now(), order(5000, 1));
    let over = json!({
        "manifest": folder.path(), "table": "copy", "mode": "overwrite", "confirm": "copy",
    });
    world.verified(over).await;
    assert_eq!(world.items("copy").len(), 601);
}

#[tokio::test]
async fn different_items_of_one_key_are_refused_where_the_plan_sees_them() {
    let first = [order(0, 0), order(1, 0), order(2, 0)];
    let second = [order(3, 0), order(1, 7777)];
    let (world, folder) = loose(&[&first, &second]).await;
    let request = json!({ "manifest": folder.path(), "table": "copy" });
    let failure = dropped(world.send(request).await);
    assert_eq!(failure.exit, Exit::Refused);
    for words in [
        "1.json line 2 holds another item than an earlier line of the same key",
        "nothing tells which is right",
    ] {
        assert!(failure.error.contains(words), "{}", failure.error);
    }
    assert!(!failure.error.contains("7777"), "{}", failure.error);
    assert!(world.items("copy").is_empty());
}

#[tokio::test]
async fn different_items_of_one_key_are_named_by_file_and_line_and_never_verified() {
    let items = many(600);
    let mut other = items.clone();
    other[450] = order(450, 7777);
    for (verify, mode) in [
        ("full", "empty-only"),
        ("sample", "empty-only"),
        ("count", "empty-only"),
        ("full", "overwrite"),
    ] {
        let (world, folder) = loose(&[&items, &other]).await;
        if mode == "overwrite" {
            world.dynamodb.put_at("copy", world.now(), order(5000, 1));
        }
        let request = json!({
            "manifest": folder.path(), "table": "copy", "verify": verify, "mode": mode, "confirm": "copy",
        });
        let failure = dropped(world.send(request.clone()).await);
        assert_eq!(failure.exit, Exit::Incomplete, "{}", failure.error);
        for words in ["1.json line 451", "differs from an earlier one of its key"] {
            assert!(failure.error.contains(words), "{verify}: {}", failure.error);
        }
        assert!(!failure.error.contains("7777"), "{}", failure.error);
        let kept = world.kept(".verification.json").await.remove(0);
        let kept: Value = serde_json::from_str(&world.read(&kept).await).unwrap();
        assert_eq!(kept["doubled"][0]["line"], json!(451), "{kept}");
        let key = kept["doubled"][0]["key"].as_str().unwrap();
        assert!(key.contains("00150"), "{key}");
        // Only other files come to another end.
        let report = done(world.send(request).await).remove(0);
        assert_eq!(report.state, RunState::Incomplete);
    }
}

#[tokio::test]
async fn what_is_there_twice_is_known_however_often_reading_back_is_stopped() {
    let items = many(600);
    let mut other = items.clone();
    for (is_other, state) in [(false, RunState::Verified), (true, RunState::Incomplete)] {
        if is_other {
            other[450] = order(450, 7777);
        }
        let (world, folder) = loose(&[&items, &other]).await;
        let request = json!({ "manifest": folder.path(), "table": "copy", "confirm": "copy" });
        let mut turns = 1;
        let ended = loop {
            match slowly(&world, request.clone(), 2).await {
                function_core::Outcome::Done(reports) if reports[0].state == RunState::Running => {
                    turns += 1;
                    assert!(turns < 300);
                }
                ended => break ended,
            }
        };
        assert!(turns > 3, "{turns}");
        match ended {
            function_core::Outcome::Done(reports) => assert_eq!(reports[0].state, state),
            other => assert!(
                is_other && dropped(other).error.contains("1.json line 451"),
                "a difference is told"
            ),
        }
    }
}
