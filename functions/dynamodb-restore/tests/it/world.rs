//! A DynamoDB with exports, a bucket, people, a clock, and the function between them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use cloud_store::Store;
use dynamodb_export::DynamodbExport;
use dynamodb_restore::DynamodbRestore;
use function_core::{Clock, Env, Event, Failure, Outcome, Report, RunState};
use function_runtime::Function as _;
use jiff::{SignedDuration, Timestamp};
use reconcile::Surroundings;
use serde_json::{Value, json};
use simulators::dynamodb::{DynamoDb, Layout, Options, Table};
use simulators::{S3, s3};
use test_services::Sink;

pub(crate) const BUCKET: &str = "backups";

/// A DynamoDB whose exports end when they are looked at, a bucket, and a clock that stands still until it is moved.
pub(crate) struct World {
    pub(crate) dynamodb: DynamoDb,
    pub(crate) s3: S3,
    pub(crate) store: Store,
    pub(crate) sink: Sink,
    env: Env,
    seconds: Arc<AtomicI64>,
    keys_max: Option<u64>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::laid_out(Layout::default()).await
    }

    /// Exports are laid out so.
    pub(crate) async fn laid_out(layout: Layout) -> Self {
        Self::with(Options {
            layout,
            ..Options::default()
        })
        .await
    }

    /// The same with a DynamoDB of these options.
    pub(crate) async fn with(options: Options) -> Self {
        let s3 = S3::start(s3::Options::default());
        let sink = Sink::start().await.unwrap();
        let dynamodb = DynamoDb::start(Options {
            now: Some(start()),
            objects: s3.objects(),
            duration: Duration::ZERO,
            exports_up_to_now: true,
            ..options
        });
        let env = Env::default()
            .with("AWS_REGION", "ap-northeast-1")
            .with("AWS_ACCESS_KEY_ID", "test")
            .with("AWS_SECRET_ACCESS_KEY", "test")
            .with("AWS_ENDPOINT_URL_S3", s3.address())
            .with("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.address())
            .with("NOTIFY_WEBHOOK", sink.chat())
            .with("EXPORT_S3_BUCKET", BUCKET);
        s3.objects()
            .create_bucket(BUCKET, "ap-northeast-1")
            .unwrap();
        Self {
            store: Store::open(&format!("s3://{BUCKET}"), &env).await.unwrap(),
            dynamodb,
            s3,
            sink,
            env,
            seconds: Arc::default(),
            keys_max: None,
        }
    }

    /// A table `orders` with so many items, its verified export, and an empty table `copy`.
    pub(crate) async fn with_orders(count: u32) -> Self {
        let world = Self::new().await;
        world.add_orders(count);
        world.night("orders").await;
        world
    }

    /// The same with items that don't pack well: files are read in many turns.
    pub(crate) async fn with_bulky_orders(count: u32) -> Self {
        let world = Self::new().await;
        world.add_orders(0);
        for id in 0..count {
            world.dynamodb.put_at("orders", world.now(), bulky(id));
        }
        world.wait(1);
        world.night("orders").await;
        world
    }

    pub(crate) fn add_orders(&self, count: u32) {
        let table = (0..count).fold(orders(), |table, id| table.item(order(id, 0)));
        self.dynamodb.add_table(table.partitions(8));
        self.dynamodb.add_table(Table::new("copy", KEYS));
    }

    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.env = self.env.with(name, value);
        self
    }

    /// The function holds so many keys in memory at once.
    pub(crate) fn holding_keys(mut self, keys: u64) -> Self {
        self.keys_max = Some(keys);
        self
    }

    pub(crate) fn env(&self) -> &Env {
        &self.env
    }

    pub(crate) fn now(&self) -> Timestamp {
        start() + SignedDuration::from_secs(self.seconds.load(Ordering::Relaxed))
    }

    pub(crate) fn clock(&self) -> Clock {
        let seconds = Arc::clone(&self.seconds);
        Clock::from_fn(move || start() + SignedDuration::from_secs(seconds.load(Ordering::Relaxed)))
    }

    /// Lets time pass, here and there.
    pub(crate) fn wait(&self, minutes: u32) {
        let seconds = i64::from(minutes) * 60;
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
        self.dynamodb
            .advance(Duration::from_secs(u64::from(minutes) * 60));
    }

    /// A verified full export of `table` as of now.
    pub(crate) async fn night(&self, table: &str) {
        self.export(table, "full").await;
    }

    /// A verified link of the chain of `table` as of now.
    pub(crate) async fn link(&self, table: &str) {
        self.export(table, "chain").await;
    }

    async fn export(&self, table: &str, kind: &str) {
        let env = self
            .env
            .clone()
            .with("TABLES", table)
            .with("EXPORT_TYPE", kind);
        let clock = self.clock();
        let export = DynamodbExport::with(Surroundings { env, clock })
            .await
            .unwrap();
        for _ in 0..3 {
            let event = Event::new("night", self.now(), "{}");
            let reports = done(export.handle(event).await);
            if reports[0].state == RunState::Verified {
                return;
            }
            self.dynamodb.settle();
        }
        panic!("the export of {table} was not verified");
    }

    pub(crate) async fn function(&self) -> DynamodbRestore {
        self.function_on(&self.env, self.clock()).await
    }

    /// The function with other settings and another clock.
    async fn function_on(&self, env: &Env, clock: Clock) -> DynamodbRestore {
        let function = DynamodbRestore::with(env, clock).await.unwrap();
        match self.keys_max {
            Some(keys) => function.holding_keys(keys),
            None => function,
        }
    }

    pub(crate) async fn send(&self, request: Value) -> Outcome {
        let event = Event::new("e-1", self.now(), request.to_string());
        self.function().await.handle(event).await
    }

    /// A request that must end verified.
    pub(crate) async fn verified(&self, request: Value) -> Report {
        let report = done(self.send(request).await).remove(0);
        assert_eq!(report.state, RunState::Verified, "{report:?}");
        report
    }

    /// What a table holds.
    pub(crate) fn items(&self, table: &str) -> Vec<Value> {
        let mut items = self.dynamodb.items(table);
        items.sort_by_key(Value::to_string);
        items
    }

    /// The manifest of the first export, which tells less than a manifest of dynamodb-export.
    pub(crate) fn summary(&self) -> String {
        let manifest = &self.dynamodb.truths()[0].manifest;
        format!("s3://{BUCKET}/{manifest}")
    }

    pub(crate) fn assert_same(&self, one: &str, other: &str) {
        let (one, other) = (self.items(one), self.items(other));
        assert_eq!(one.len(), other.len());
        assert!(one == other);
    }

    /// The keys of objects below the runs' folder that end so.
    pub(crate) async fn kept(&self, ending: &str) -> Vec<String> {
        let objects = self.store.list("runs/dynamodb-restore/").await.unwrap();
        let keys = objects.into_iter().map(|object| object.key);
        keys.filter(|key| key.ends_with(ending)).collect()
    }

    pub(crate) async fn read(&self, key: &str) -> String {
        let (_, content) = self.store.read(key).await.unwrap().unwrap();
        String::from_utf8(content).unwrap()
    }
}

/// The keys of `orders`.
pub(crate) const KEYS: &[(&str, &str)] = &[("id", "S"), ("line", "N")];

fn orders() -> Table {
    Table::new("orders", KEYS)
}

/// An item of `orders`.
pub(crate) fn order(id: u32, version: u32) -> Value {
    json!({
        "id": { "S": format!("{:05}", id / 3) },
        "line": { "N": (id % 3).to_string() },
        "version": { "N": version.to_string() },
        "note": { "S": "" },
        "picture": { "B": "AAEC/w==" },
    })
}

/// The same with 300 letters by chance, always the same ones.
pub(crate) fn bulky(id: u32) -> Value {
    let mut item = order(id, 0);
    let mut rng = fastrand::Rng::with_seed(u64::from(id));
    let letters: String = (0..300).map(|_| rng.alphanumeric()).collect();
    item["letters"] = json!({ "S": letters });
    item
}

/// The reports of an invocation that went well.
pub(crate) fn done(outcome: Outcome) -> Vec<Report> {
    match outcome {
        Outcome::Done(reports) => reports,
        other => panic!("not done: {other:?}"),
    }
}

/// What an invocation gave up with.
pub(crate) fn dropped(outcome: Outcome) -> Failure {
    match outcome {
        Outcome::Drop(failure) => failure,
        other => panic!("not given up: {other:?}"),
    }
}

/// 03:00 in Tokyo on 21 November.
pub(crate) fn start() -> Timestamp {
    "2026-11-20T18:00:00Z".parse().unwrap()
}

/// A request on a clock that moves on by so many seconds each time that somebody looks at it, for invocations of five minutes.
pub(crate) async fn slowly(world: &World, request: Value, seconds: i64) -> Outcome {
    let looks = Arc::new(AtomicI64::new(0));
    let now = world.now();
    let clock = Clock::from_fn(move || {
        now + SignedDuration::from_secs(looks.fetch_add(1, Ordering::Relaxed) * seconds)
    });
    let env = world.env().clone().with("INVOCATION_TIME", "5m");
    let function = world.function_on(&env, clock).await;
    let outcome = function
        .handle(Event::new("e-1", now, request.to_string()))
        .await;
    // Leases are counted on that clock.
    world.wait(30);
    outcome
}
