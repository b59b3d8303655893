//! What others learn of a run: readers of the topic, people, alarms.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use function_core::RunState;
use serde_json::json;
use simulators::dynamodb::Table;
use tracing_subscriber::fmt::MakeWriter;

use crate::world::{World, done, dropped};

#[tokio::test]
async fn a_verified_run_is_published_once_with_all_that_a_reader_needs() {
    let world = World::due()
        .await
        .set("TABLES", "table1")
        .set("S3_PREFIX", "nightly");
    world.night().await;
    world.ticks(3).await;
    world.night().await;
    let truth = world.dynamodb.truths().remove(0);
    let folder = truth.manifest.trim_end_matches("/manifest-summary.json");
    assert!(folder.starts_with("nightly/AWSDynamoDB/"), "{folder}");
    let messages = world.sink.messages();
    let bytes = messages[0]["tables"][0]["bytes"].clone();
    let expected = json!([{
        "function": "dynamodb-export",
        "source": "table1",
        "run": "table1-20261121",
        "logicalDate": "2026-11-21",
        "bucket": "backups",
        "prefix": folder,
        "engine": "dynamodb",
        "tables": [{ "table": "table1", "rows": 6, "bytes": bytes, "files": 4 }],
    }]);
    assert_eq!(json!(messages), expected);
    assert_eq!(world.sink.words(), Vec::<String>::new());
}

#[tokio::test]
async fn a_failure_is_told_once_in_words_and_a_drill_proves_the_way() {
    let world = World::due().await.set("TABLES", "table3");
    for _ in 0..3 {
        world.night_outcome().await;
        world.ticks(2).await;
    }
    let words = world.sink.words();
    assert_eq!(words.len(), 1, "{words:?}");
    for part in ["table table3", "there is no table table3", "list-tables"] {
        assert!(words[0].contains(part), "{}", words[0]);
    }
    done(world.send(r#"{"drill": true}"#).await);
    assert_eq!(world.sink.words().len(), 2);
}

#[tokio::test]
async fn a_table_that_lost_many_items_is_verified_and_told() {
    let world = World::due().await.set("TABLES", "orders");
    let items = (0..200).map(|id| json!({ "id": { "S": format!("{id:04}") } }));
    let items: Vec<_> = items.collect();
    let table = Table::new("orders", &[("id", "S")]);
    let table = items
        .iter()
        .fold(table, |table, item| table.item(item.clone()));
    world.dynamodb.add_table(table);
    world.night().await;
    world.ticks(3).await;
    for item in &items[..100] {
        world.dynamodb.delete_at("orders", world.now(), item);
    }
    world.wait(24 * 60);
    world.night().await;
    let reports = done(world.ticks(3).await);
    assert_eq!(reports[0].state, RunState::Verified);
    let told = "rows of orders fell from 200 to 100, by more than 20 %";
    assert!(
        reports[0].warnings.iter().any(|words| words == told),
        "{:?}",
        reports[0].warnings
    );
    assert!(world.sink.words()[0].contains(told));
}

/// What is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    /// The gauges that were logged since the last look.
    fn gauges(&self) -> Vec<String> {
        let log = std::mem::take(&mut *self.0.lock().unwrap());
        let log = String::from_utf8(log).unwrap();
        let lines = log.lines().filter_map(|line| line.split_once("gauges "));
        lines.map(|(_, gauges)| gauges.to_owned()).collect()
    }
}

#[tokio::test]
async fn each_look_at_all_tables_logs_how_they_are() {
    let log = Log::default();
    // With a single subscriber, tracing asks the thread that logs first, which may be another test's without any.
    let _other = tracing::Dispatch::new(tracing_subscriber::registry());
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(log.clone());
    let _guard = tracing::subscriber::set_default(subscriber.finish());
    let world = World::due().await.set("TABLES", "table1,table3");
    world.night_outcome().await;
    assert_eq!(log.gauges(), ["Unverified=1 Shrunk=0"]);
    world.dynamodb.add_table(Table::article("table3"));
    world.ticks(4).await;
    log.gauges();
    world.wait(10);
    world.tick().await;
    assert_eq!(
        log.gauges(),
        ["OldestVerifiedAge=900 Unverified=0 Shrunk=0"]
    );
    for payload in [
        r#"{"source": "table1"}"#,
        r#"{"dryRun": true}"#,
        r#"{"date": "2026-11-21"}"#,
    ] {
        world.send(payload).await;
        assert_eq!(log.gauges(), Vec::<String>::new(), "{payload}");
    }
    world.wait(24 * 60);
    world.dynamodb.delete_table("table3");
    dropped(world.night_outcome().await);
    assert_eq!(
        log.gauges(),
        ["OldestVerifiedAge=87300 Unverified=1 Shrunk=0"]
    );
}
