//! The real program, on the real clock, killed at any moment.

use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use dynamodb_export::DynamodbExport;
use function_core::{Clock, Env, Event, RunState};
use function_runtime::Function as _;
use jiff::{SignedDuration, Timestamp};
use reconcile::Surroundings;
use serde_json::{Value, json};
use simulators::dynamodb::{DynamoDb, Options, Table};
use simulators::{Effect, Hold, S3, When, s3};
use tempfile::TempDir;
use tokio::process::Command;

use crate::world::{BUCKET, KEYS, bulky, order};

/// How long anything may take that ends by itself.
const PATIENCE: Duration = Duration::from_mins(2);

/// A DynamoDB with a verified export, a bucket, and a folder for the program.
struct Machine {
    /// Its time stands still some days ago, unless it is moved on.
    dynamodb: Arc<DynamoDb>,
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
            now: Some(noon_in_tokyo(
                Clock::system().now() - SignedDuration::from_hours(72),
            )),
            ..Options::default()
        });
        s3.objects()
            .create_bucket(BUCKET, "ap-northeast-1")
            .unwrap();
        Self {
            dynamodb: Arc::new(dynamodb),
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
        machine.night("full").await;
        machine
    }

    /// The same with two windows after it: changes, deletions, and items that come back.
    async fn chained(count: u32) -> Self {
        let machine = Self::new();
        machine.dynamodb.add_table(Table::new("orders", KEYS));
        machine.dynamodb.add_table(Table::new("copy", KEYS));
        for (put, deleted) in [
            (0..count, 0..0),
            (count / 2..count, 0..count / 2),
            (0..count / 4, count / 2..count),
        ] {
            let now = machine.dynamodb.now();
            for id in put {
                machine.dynamodb.put_at("orders", now, bulky(id));
            }
            for id in deleted {
                machine.dynamodb.delete_at("orders", now, &bulky(id));
            }
            machine.dynamodb.advance(Duration::from_hours(20));
            machine.night("chain").await;
        }
        machine
    }

    /// A verified export as of now.
    async fn night(&self, kind: &str) {
        let env: Env = self.settings().into_iter().collect();
        let env = env.with("TABLES", "orders").with("EXPORT_TYPE", kind);
        let dynamodb = Arc::clone(&self.dynamodb);
        let clock = Clock::from_fn(move || dynamodb.now());
        let now = clock.now();
        let export = DynamodbExport::with(Surroundings { env, clock })
            .await
            .unwrap();
        for _ in 0..3 {
            let outcome = export.handle(Event::new("night", now, "{}")).await;
            if crate::world::done(outcome)[0].state == RunState::Verified {
                return;
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

/// Noon of the day of `time`, or of the one before. Three nights that are 20 hours apart are then of three dates, at whatever hour the test runs.
fn noon_in_tokyo(time: Timestamp) -> Timestamp {
    let midnight = time.as_second().div_euclid(86_400) * 86_400;
    Timestamp::from_second(midnight + 3 * 3_600).unwrap()
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
///
/// The first ones are killed for sure, at a request up to each number of `sure`: they come to the next one, and no further.
async fn killed_until_done(
    machine: &Machine,
    request: &Value,
    rng: &mut fastrand::Rng,
    sure: &[usize],
) -> u32 {
    let mut kills = 0;
    loop {
        let sure = sure.get(kills);
        let number = rng.usize(1..=sure.copied().unwrap_or(20 * (1 + kills * kills)));
        if sure.is_some() {
            let next = When::path("").from(number + 1);
            let never = Effect::Delay(Duration::from_hours(1));
            machine.dynamodb.script(next, never);
        }
        let made = machine.dynamodb.requests().len();
        let mut command = machine.program(request);
        command.env("MAX_WRU", "500").env("MAX_CONCURRENCY", "4");
        let mut child = command.spawn().unwrap();
        let a_moment = Duration::from_millis(rng.u64(0..30));
        let moment = async {
            while machine.dynamodb.requests().len() < made + number {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            tokio::time::sleep(a_moment).await;
        };
        let status = tokio::select! {
            status = child.wait() => Some(status),
            () = moment => None,
        };
        if status.is_none() {
            child.kill().await.unwrap();
        }
        machine.dynamodb.clear_script();
        if let Some(status) = status {
            if status.unwrap().success() {
                return u32::try_from(kills).unwrap();
            }
            let words = ended(&mut machine.program(request)).await.1;
            panic!("ended badly after {kills} kills: {words}");
        }
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
    let kills = killed_until_done(&machine, &request, &mut rng, &[60, 30]).await;
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
async fn a_chain_that_is_killed_anywhere_comes_to_the_same_end() {
    let seed = fastrand::u64(..);
    let mut rng = fastrand::Rng::with_seed(seed);
    let machine = Machine::chained(800).await;
    let request = json!({ "source": "orders", "table": "copy" });
    let kills = killed_until_done(&machine, &request, &mut rng, &[6]).await;
    assert_eq!(machine.items("orders").len(), 200);
    assert!(
        machine.items("orders") == machine.items("copy"),
        "seed {seed}, {kills} kills"
    );
    assert!(kills > 0, "seed {seed}");
}

#[tokio::test]
async fn parts_that_are_killed_anywhere_come_to_the_same_end() {
    let seed = fastrand::u64(..);
    let mut rng = fastrand::Rng::with_seed(seed);
    let machine = Machine::exported(1500).await;
    let mut kills = 0;
    for (step, part, sure) in [
        ("open", Value::Null, &[][..]),
        ("write", json!(1), &[15]),
        ("write", json!(0), &[15]),
        ("close", Value::Null, &[]),
    ] {
        let request =
            json!({ "source": "orders", "table": "copy", "parts": 2, "step": step, "part": part });
        kills += killed_until_done(&machine, &request, &mut rng, sure).await;
    }
    assert!(
        machine.items("orders") == machine.items("copy"),
        "seed {seed}, {kills} kills"
    );
    assert!(kills > 1, "seed {seed}");
}

#[tokio::test]
async fn a_deletion_of_extras_that_is_killed_anywhere_comes_to_the_same_end() {
    let seed = fastrand::u64(..);
    let mut rng = fastrand::Rng::with_seed(seed);
    let machine = Machine::exported(800).await;
    let now = machine.dynamodb.now();
    for id in 600..2000 {
        machine.dynamodb.put_at("copy", now, order(id, 1));
    }
    let request = json!({
        "source": "orders", "table": "copy", "mode": "overwrite", "deleteExtras": true, "confirm": "copy",
    });
    let kills = killed_until_done(&machine, &request, &mut rng, &[20]).await;
    assert!(
        machine.items("orders") == machine.items("copy"),
        "seed {seed}, {kills} kills"
    );
    assert!(kills > 0, "seed {seed}");
}

#[tokio::test]
async fn an_import_that_is_killed_anywhere_comes_to_the_same_end() {
    let seed = fastrand::u64(..);
    let mut rng = fastrand::Rng::with_seed(seed);
    let machine = Machine::exported(1500).await;
    let request = json!({ "source": "orders", "table": "new", "import": true });
    let kills = killed_until_done(&machine, &request, &mut rng, &[3]).await;
    assert!(
        machine.items("orders") == machine.items("new"),
        "seed {seed}, {kills} kills"
    );
    assert_eq!(machine.dynamodb.tally().put, 0);
    assert!(kills > 0, "seed {seed}");
}

#[tokio::test]
async fn a_drill_that_is_killed_anywhere_proves_the_backup_and_leaves_no_table() {
    let seed = fastrand::u64(..);
    let mut rng = fastrand::Rng::with_seed(seed);
    let machine = Machine::exported(800).await;
    let kills = killed_until_done(&machine, &json!({ "drill": true }), &mut rng, &[20]).await;
    let made = machine.dynamodb.requests();
    let made = made.iter().filter(|seen| seen.action == "CreateTable");
    assert!(made.count() > 0);
    let env: Env = machine.settings().into_iter().collect();
    let store = cloud_store::Store::open(&format!("s3://{BUCKET}"), &env).await;
    let store = store.unwrap();
    let note = store.read("runs/dynamodb-restore/drills/orders.json").await;
    let (_, note) = note.unwrap().unwrap();
    let note: Value = serde_json::from_slice(&note).unwrap();
    let run = note["proven"]["run"].as_str().unwrap();
    let scratch = run.replacen("drill-orders", "orders-tasuki-drill", 1);
    let tables = dynamodb_table::Tables::open(&env).await;
    let left = tables.describe(&scratch).await.unwrap();
    assert!(left.is_none(), "seed {seed}, {kills} kills");
    assert!(kills > 0, "seed {seed}");
}

#[tokio::test]
async fn of_two_processes_at_once_one_restores_and_the_other_says_so() {
    let machine = Machine::exported(1000).await;
    let request = json!({ "source": "orders", "table": "copy" });
    let (mut one, mut other) = (machine.program(&request), machine.program(&request));
    // Nothing is written before one of them has given up.
    let hold = Hold::default();
    let writes = When::action("BatchWriteItem");
    machine.dynamodb.script(writes, Effect::Held(hold.clone()));
    let ends = async |program| {
        let end = ended(program).await;
        hold.let_go();
        end
    };
    let (one, other) = tokio::join!(ends(&mut one), ends(&mut other));
    let words = format!("{} {}", one.1, other.1);
    let times = |said: &str| words.matches(said).count();
    assert_eq!(times(r#""state":"verified""#), 1, "{words}");
    // The other finds the run taken, or loses it in the moment of the claim.
    let found = times(r#""progress":"another invocation is at work, until"#);
    let lost = times("another process has taken over the run");
    assert_eq!(found + lost, 1, "{words}");
    // None was put twice.
    assert_eq!(machine.dynamodb.tally().put, 1000);
    assert!(machine.items("orders") == machine.items("copy"));
    let (code, words) = ended(&mut machine.program(&request)).await;
    assert_eq!(code, Some(0), "{words}");
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
    let kills = killed_until_done(&machine, &request, &mut rng, &[10]).await;
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
async fn a_killed_restore_that_skips_replaces_nothing() {
    let seed = fastrand::u64(..);
    let mut rng = fastrand::Rng::with_seed(seed);
    let machine = Machine::exported(800).await;
    for id in (0..800).step_by(3) {
        let now = machine.dynamodb.now();
        machine.dynamodb.put_at("copy", now, order(id, 7));
    }
    let request =
        json!({ "source": "orders", "table": "copy", "mode": "skip-existing", "confirm": "copy" });
    let kills = killed_until_done(&machine, &request, &mut rng, &[10]).await;
    let items = machine.items("copy");
    assert_eq!(items.len(), 800, "seed {seed}, {kills} kills");
    let skipped = items.iter().filter(|item| item["version"]["N"] == "7");
    assert_eq!(skipped.count(), 800_usize.div_ceil(3), "seed {seed}");
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
