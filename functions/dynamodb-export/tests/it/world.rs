//! A DynamoDB, a bucket and a clock, and the function between them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use cloud_store::Store;
use dynamodb_export::DynamodbExport;
use function_core::{Clock, Env, Event, Failure, Outcome, Report};
use function_runtime::Function as _;
use jiff::{SignedDuration, Timestamp};
use reconcile::{ExportManifest, Surroundings};
use run_record::RunRecord;
use serde_json::Value;
use simulators::dynamodb::{DynamoDb, Layout, Options, Table};
use simulators::{Objects, S3, s3};
use test_services::Moto;

use test_services::Sink;

const BUCKET: &str = "backups";
const REGION: &str = "us-east-1";

/// A DynamoDB with tables, a bucket, people, and a clock that stands still until it is moved.
pub(crate) struct World {
    pub(crate) dynamodb: DynamoDb,
    pub(crate) buckets: Buckets,
    pub(crate) store: Store,
    pub(crate) sink: Sink,
    env: Env,
    seconds: Arc<AtomicI64>,
}

/// Where the bucket is. The simulator is quick and fails when it is told to; moto is the second opinion.
pub(crate) enum Buckets {
    Simulated(S3),
    Moto(Moto),
}

impl Buckets {
    fn simulated() -> Self {
        Self::Simulated(S3::start(s3::Options {
            region: REGION.to_owned(),
            ..s3::Options::default()
        }))
    }

    fn address(&self) -> String {
        match self {
            Self::Simulated(s3) => s3.address(),
            Self::Moto(moto) => moto.address().to_owned(),
        }
    }

    /// The simulator, which takes scripts.
    pub(crate) fn simulator(&self) -> &S3 {
        match self {
            Self::Simulated(s3) => s3,
            Self::Moto(_) => panic!("this world has moto"),
        }
    }
}

impl World {
    /// The article's tables, each of which is exported as of the minute of the event.
    pub(crate) async fn new() -> Self {
        Self::empty().await.with_articles_tables()
    }

    /// The same with moto.
    pub(crate) async fn on_moto() -> Self {
        let moto = Moto::start(BUCKET).await.unwrap();
        let world = Self::with(Buckets::Moto(moto), Layout::default()).await;
        world.with_articles_tables()
    }

    fn with_articles_tables(self) -> Self {
        for name in ["table1", "table2"] {
            self.dynamodb.add_table(Table::article(name));
        }
        self.set("TABLES", "table1,table2")
    }

    /// The same ten minutes later: what is due as of 03:00 can be exported at once.
    pub(crate) async fn due() -> Self {
        Self::new().await.at_ten_past()
    }

    pub(crate) fn at_ten_past(self) -> Self {
        let world = self.set("EXPORT_AT", "03:00");
        world.wait(10);
        world
    }

    pub(crate) async fn empty() -> Self {
        Self::laid_out(Layout::default()).await
    }

    /// Without tables; exports are laid out so.
    pub(crate) async fn laid_out(layout: Layout) -> Self {
        Self::with(Buckets::simulated(), layout).await
    }

    async fn with(buckets: Buckets, layout: Layout) -> Self {
        let sink = Sink::start().await.unwrap();
        let dynamodb = DynamoDb::start(Options {
            now: Some(start()),
            region: REGION.to_owned(),
            objects: Objects::s3(&buckets.address()),
            layout,
            ..Options::default()
        });
        let env = Env::default()
            .with("AWS_REGION", REGION)
            .with("AWS_ACCESS_KEY_ID", "test")
            .with("AWS_SECRET_ACCESS_KEY", "test")
            .with("AWS_ENDPOINT_URL_S3", buckets.address())
            .with("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.address())
            .with("AWS_ENDPOINT_URL_SNS", sink.topic())
            .with(
                "VERIFIED_TOPIC",
                "arn:aws:sns:us-east-1:123456789012:verified",
            )
            .with("NOTIFY_WEBHOOK", sink.chat())
            .with("EXPORT_S3_BUCKET", BUCKET);
        let address = format!("s3://{BUCKET}");
        Self {
            store: Store::open(&address, &env).await.unwrap(),
            dynamodb,
            buckets,
            sink,
            env,
            seconds: Arc::default(),
        }
    }

    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.change(name, value);
        self
    }

    pub(crate) fn change(&mut self, name: &str, value: &str) {
        self.env = self.env.clone().with(name, value);
    }

    pub(crate) fn now(&self) -> Timestamp {
        start() + SignedDuration::from_secs(self.seconds.load(Ordering::Relaxed))
    }

    /// Lets time pass, here and there.
    pub(crate) fn wait(&self, minutes: u32) {
        let seconds = i64::from(minutes) * 60;
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
        self.dynamodb
            .advance(Duration::from_secs(u64::from(minutes) * 60));
    }

    /// Puts the function's own clock ahead of the service's.
    pub(crate) fn skew(&self, minutes: i64) {
        self.seconds.fetch_add(minutes * 60, Ordering::Relaxed);
    }

    pub(crate) async fn function(&self) -> DynamodbExport {
        self.function_at({
            let seconds = Arc::clone(&self.seconds);
            Clock::from_fn(move || {
                start() + SignedDuration::from_secs(seconds.load(Ordering::Relaxed))
            })
        })
        .await
    }

    pub(crate) async fn function_at(&self, clock: Clock) -> DynamodbExport {
        let env = self.env.clone();
        DynamodbExport::with(Surroundings { env, clock })
            .await
            .unwrap()
    }

    /// An event that comes now.
    pub(crate) fn event(&self, payload: &str) -> Event {
        Event::new(format!("e-{}", self.now()), self.now(), payload)
    }

    pub(crate) async fn send(&self, payload: &str) -> Outcome {
        self.function().await.handle(self.event(payload)).await
    }

    /// What is due now; must end without a failure.
    pub(crate) async fn night(&self) -> Vec<Report> {
        done(self.night_outcome().await)
    }

    pub(crate) async fn night_outcome(&self) -> Outcome {
        self.send("{}").await
    }

    pub(crate) async fn tick(&self) -> Outcome {
        self.send(r#"{"tick": true}"#).await
    }

    /// A tick every five minutes, `count` times; the last one's outcome.
    pub(crate) async fn ticks(&self, count: u32) -> Outcome {
        for _ in 1..count {
            self.wait(5);
            self.tick().await;
        }
        self.wait(5);
        self.tick().await
    }

    pub(crate) async fn record(&self, table: &str, date: &str) -> RunRecord {
        let found = self.find_record(table, date).await;
        found.unwrap_or_else(|| panic!("no run record of {table} for {date}"))
    }

    pub(crate) async fn find_record(&self, table: &str, date: &str) -> Option<RunRecord> {
        let day = date.replace('-', "/");
        let stamp = date.replace('-', "");
        let key = format!("runs/dynamodb-export/{day}/{table}-{stamp}.json");
        let (_, content) = self.store.read(&key).await.unwrap()?;
        Some(serde_json::from_slice(&content).unwrap())
    }

    /// The newest verified run, as readers find it.
    pub(crate) async fn latest(&self, table: &str) -> Option<ExportManifest> {
        let folder = self
            .store
            .folder(&format!("verified/dynamodb-export/{table}"));
        let (_, latest) = folder.read("latest.json").await.unwrap()?;
        let latest: Value = serde_json::from_slice(&latest).unwrap();
        let key = latest["manifest"].as_str().unwrap();
        let (_, manifest) = folder.read(key).await.unwrap().unwrap();
        Some(serde_json::from_slice(&manifest).unwrap())
    }

    /// How often the service was asked for `action`.
    pub(crate) fn asked(&self, action: &str) -> usize {
        let requests = self.dynamodb.requests();
        requests.iter().filter(|seen| seen.action == action).count()
    }
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
