//! The real program, on the real clock, killed at any moment.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use dynamodb_export::DynamodbExport;
use function_core::{Clock, Env, Event, RunState};
use function_runtime::Function as _;
use reconcile::Surroundings;
use serde_json::{Value, json};
use simulators::dynamodb::{DynamoDb, Options, Table};
use simulators::{S3, s3};
use tempfile::TempDir;
use tokio::process::Command;

use crate::world::{BUCKET, KEYS, bulky, order};

/// How long anything may take that ends by itself.
const PATIENCE: Duration = Duration::from_mins(2);

/// A DynamoDB with a verified export, a bucket, and a folder for the program.
struct Machine {
    dynamodb: DynamoDb,
    s3: S3,
    folder: TempDir,
}

impl Machine {
    fn new() -> Self {
        let s3 = S3::start(s3::Options::default());
        let dynamodb = DynamoDb::start(Options {
            objects: s3.objects(),
            duration: Duration::ZERO,
            exports_up_to_now: true,
            ..Options::default()
        });
        s3.objects()
            .create_bucket(BUCKET, "ap-northeast-1")
            .unwrap();
        Self {
            dynamodb,
            s3,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A verified export of `count` items in `orders`, and an empty `copy`.
    async fn exported(count: u32) -> Self {
        let machine = Self::new();
        let table = (0..count).fold(Table::new("orders", KEYS), |table, id| {
            table.item(bulky(id))
        });
        machine.dynamodb.add_table(table.partitions(5));
        machine.dynamodb.add_table(Table::new("copy", KEYS));
        let env: Env = machine.settings().into_iter().collect();
        let env = env.with("TABLES", "orders");
        let clock = Clock::system();
        let now = clock.now();
        let export = DynamodbExport::with(Surroundings { env, clock })
            .await
            .unwrap();
        for _ in 0..3 {
            let outcome = export.handle(Event::new("night", now, "{}")).await;
            if crate::world::done(outcome)[0].state == RunState::Verified {
                return machine;
            }
        }
        panic!("the export was not verified");
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_REGION", "ap-northeast-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_ENDPOINT_URL_DYNAMODB", self.dynamodb.address()),
            ("AWS_ENDPOINT_URL_S3", self.s3.address()),
            ("EXPORT_S3_BUCKET", BUCKET.to_owned()),
        ]
    }

    /// The program with an event; it is killed when it is dropped.
    fn program(&self, event: &Value) -> Command {
        let path = self.folder.path().join("event.json");
        std::fs::write(&path, event.to_string()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_dynamodb-restore"));
        command
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.settings())
            .args(["--json", "--event"])
            .arg(path)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    fn items(&self, table: &str) -> Vec<Value> {
        let mut items = self.dynamodb.items(table);
        items.sort_by_key(Value::to_string);
        items
    }
}

async fn ended(command: &mut Command) -> (Option<i32>, String) {
    let ended = tokio::time::timeout(PATIENCE, command.output());
    let Output {
        status,
        stdout,
        stderr,
    } = ended.await.unwrap().unwrap();
    let words = [stdout, stderr].concat();
    (status.code(), String::from_utf8_lossy(&words).into_owned())
}

/// Kills the program again and again until it comes to its end by itself, and says how often that was.
async fn killed_until_done(machine: &Machine, request: &Value, rng: &mut fastrand::Rng) -> u32 {
    let mut kills = 0;
    loop {
        let mut command = machine.program(request);
        command.env("MAX_WRU", "500").env("MAX_CONCURRENCY", "4");
        let mut child = command.spawn().unwrap();
        let patience = Duration::from_millis(rng.u64(20..3000) + 500 * u64::from(kills));
        if let Ok(status) = tokio::time::timeout(patience, child.wait()).await {
            if status.unwrap().success() {
                return kills;
            }
            let words = ended(&mut machine.program(request)).await.1;
            panic!("ended badly after {kills} kills: {words}");
        }
        child.kill().await.unwrap();
        kills += 1;
        assert!(kills < 40, "never done");
    }
}

#[tokio::test]
async fn a_restore_that_is_killed_anywhere_comes_to_the_same_end() {
    let seed = fastrand::u64(..);
    let mut rng = fastrand::Rng::with_seed(seed);
    let machine = Machine::exported(2500).await;
    let request = json!({ "source": "orders", "table": "copy" });
    let kills = killed_until_done(&machine, &request, &mut rng).await;
    assert!(
        machine.items("orders") == machine.items("copy"),
        "seed {seed}, {kills} kills"
    );
    assert!(kills > 1, "seed {seed}: killed {kills} times");
    // What it says is what is so.
    let (code, words) = ended(&mut machine.program(&request)).await;
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains(r#""state":"verified""#), "{words}");
}

#[tokio::test]
async fn a_killed_restore_over_existing_items_never_replaces_newer_ones() {
    let seed = fastrand::u64(..);
    let mut rng = fastrand::Rng::with_seed(seed);
    let machine = Machine::exported(800).await;
    for id in (0..800).step_by(3) {
        machine
            .dynamodb
            .put_at("copy", machine.dynamodb.now(), order(id, id % 2));
    }
    let request = json!({
        "source": "orders", "table": "copy", "mode": "only-newer", "newerBy": "version", "confirm": "copy",
    });
    let kills = killed_until_done(&machine, &request, &mut rng).await;
    let items = machine.items("copy");
    assert_eq!(items.len(), 800, "seed {seed}, {kills} kills");
    let newer = items
        .iter()
        .filter(|item| item["version"]["N"] == "1")
        .count();
    assert_eq!(
        newer,
        (0..800).step_by(3).filter(|id| id % 2 == 1).count(),
        "seed {seed}"
    );
}

#[tokio::test]
async fn the_articles_command_works() {
    let machine = Machine::new();
    machine
        .dynamodb
        .add_table(Table::new("table1", &[("id", "S")]));
    let backup = machine.folder.path().join("backup");
    std::fs::create_dir(&backup).unwrap();
    let lines: Vec<String> = (1..=6)
        .map(|id| json!({ "Item": { "id": { "S": id.to_string() } } }).to_string())
        .collect();
    std::fs::write(backup.join("merged.json"), lines.join("\n")).unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("events/article.json");
    let event: Value = serde_json::from_slice(&std::fs::read(sample).unwrap()).unwrap();
    let mut command = machine.program(&event);
    command
        .env("TABLE_NAME", "table1")
        .env("RUNS_URL", "./runs")
        .env_remove("EXPORT_S3_BUCKET");
    let (code, words) = ended(&mut command).await;
    assert_eq!(code, Some(0), "{words}");
    assert_eq!(machine.items("table1").len(), 6);
}

#[tokio::test]
async fn a_refused_plan_has_an_exit_code_of_its_own() {
    let machine = Machine::exported(5).await;
    machine
        .dynamodb
        .put_at("copy", machine.dynamodb.now(), order(1, 1));
    let (code, words) =
        ended(&mut machine.program(&json!({ "source": "orders", "table": "copy" }))).await;
    assert_eq!(code, Some(4), "{words}");
}
