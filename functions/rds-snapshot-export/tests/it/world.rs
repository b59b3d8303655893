//! An account with databases, a bucket, people, a clock, and the function between them.

use std::sync::{Arc, Mutex};

use function_core::{Clock, Env, Event, Failure, Outcome, Report};
use function_runtime::Function as _;
use jiff::{SignedDuration, Timestamp};
use rds_snapshot_export::RdsSnapshotExport;
use reconcile::{ExportManifest, Surroundings};
use run_record::{Latest, RunRecord};
use serde_json::Value;
use simulators::rds::{Options, Snapshot, Source, Tamper, Truth};
use simulators::{Rds, S3, s3};

use test_services::Sink;

pub(crate) const BUCKET: &str = "exports";
const TOPIC: &str = "arn:aws:sns:ap-northeast-1:123456789012:verified";

/// Everything around the function. It is five past midnight in Tokyo on 21 November when a world begins.
pub(crate) struct World {
    pub(crate) rds: Rds,
    pub(crate) s3: S3,
    pub(crate) sink: Sink,
    env: Env,
    now: Arc<Mutex<Timestamp>>,
    /// How far our clock is ahead of RDS's.
    ahead: SignedDuration,
}

impl World {
    /// With the cluster of the article.
    pub(crate) async fn new() -> Self {
        let world = Self::with(Options::default()).await;
        world.rds.add(Source::article());
        world.set("DB_CLUSTER_IDENTIFIER", "app-db")
    }

    /// Without any source.
    pub(crate) async fn with(options: Options) -> Self {
        let s3 = S3::start(s3::Options::default());
        let now: Timestamp = "2026-11-20T15:05:00Z".parse().unwrap();
        let rds = Rds::start(Options {
            now: Some(now),
            objects: s3.objects(),
            ..options
        });
        let sink = Sink::start().await.unwrap();
        let env = Env::default()
            .with("ENV", "stg")
            .with("S3_EXPORT_BUCKET_NAME", BUCKET)
            .with(
                "S3_EXPORT_IAM_ROLE_ARN",
                "arn:aws:iam::123456789012:role/export",
            )
            .with("KMS_KEY_ID", "alias/export")
            .with("VERIFIED_TOPIC", TOPIC)
            .with("NOTIFY_WEBHOOK", sink.chat())
            .with("AWS_ENDPOINT_URL_RDS", rds.address())
            .with("AWS_ENDPOINT_URL_S3", s3.address())
            .with("AWS_ENDPOINT_URL_SNS", sink.topic())
            .with("AWS_REGION", "ap-northeast-1")
            .with("AWS_ACCESS_KEY_ID", "test")
            .with("AWS_SECRET_ACCESS_KEY", "test");
        Self {
            rds,
            s3,
            sink,
            env,
            now: Arc::new(Mutex::new(now)),
            ahead: SignedDuration::ZERO,
        }
    }

    pub(crate) fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.change(name, value);
        self
    }

    pub(crate) fn change(&mut self, name: &str, value: impl Into<String>) {
        self.env = self.env.clone().with(name, value);
    }

    pub(crate) fn env(&self) -> &Env {
        &self.env
    }

    /// Lets our clock go wrong by so many minutes.
    pub(crate) fn ahead(mut self, minutes: i64) -> Self {
        self.ahead = SignedDuration::from_mins(minutes);
        self
    }

    /// The true time.
    pub(crate) fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    pub(crate) fn wait(&self, minutes: i64) {
        let mut now = self.now.lock().unwrap();
        *now += SignedDuration::from_mins(minutes);
        self.rds.set_now(*now);
    }

    pub(crate) fn until(&self, time: &str) {
        let time: Timestamp = time.parse().unwrap();
        *self.now.lock().unwrap() = time;
        self.rds.set_now(time);
    }

    /// RDS takes its nightly snapshot of `source`; gives its ARN.
    pub(crate) fn snapshot(&self, source: &str) -> String {
        self.rds
            .add_snapshot(source, Snapshot::automated(self.now()))
    }

    pub(crate) fn event(&self, payload: &str) -> Event {
        Event::new("e-1", self.now(), payload)
    }

    pub(crate) async fn function(&self) -> RdsSnapshotExport {
        let (now, ahead) = (Arc::clone(&self.now), self.ahead);
        let surroundings = Surroundings {
            env: self.env.clone(),
            clock: Clock::from_fn(move || *now.lock().unwrap() + ahead),
        };
        RdsSnapshotExport::with(surroundings).await.unwrap()
    }

    pub(crate) async fn send(&self, payload: &str) -> Outcome {
        let event = Event::new("e-1", self.now(), payload);
        self.function().await.handle(event).await
    }

    /// What is due, which must all come to a report.
    pub(crate) async fn tick(&self) -> Vec<Report> {
        done(self.send("{}").await)
    }

    /// A tick whose only run must be in `state`, such as `verified`.
    pub(crate) async fn ends(&self, state: &str) -> Report {
        let [report] = self.tick().await.try_into().unwrap();
        assert_eq!(word(report.state), state, "{report:?}");
        report
    }

    /// A tick that must come to news for people.
    pub(crate) async fn fails(&self) -> Failure {
        match self.send("{}").await {
            Outcome::Drop(failure) => failure,
            outcome => panic!("no failure: {outcome:?}"),
        }
    }

    /// A tick that must be tried again.
    pub(crate) async fn retries(&self) -> Failure {
        match self.send("{}").await {
            Outcome::Retry(failure) => failure,
            outcome => panic!("no retry: {outcome:?}"),
        }
    }

    /// A night of one source: its snapshot, the start, and the end of the export; verified.
    pub(crate) async fn night(&self, source: &str) -> Report {
        self.snapshot(source);
        self.ends("running").await;
        self.wait(20);
        self.ends("verified").await
    }

    /// A night up to the moment when RDS says `COMPLETE` and the function has not yet looked.
    pub(crate) async fn complete(&self, source: &str) -> String {
        self.snapshot(source);
        self.ends("running").await;
        self.wait(20);
        self.rds.exports().pop().unwrap()
    }

    pub(crate) fn tamper(&self, export: &str, part_of_key: &str, tamper: Tamper) -> Vec<String> {
        let keys = self.rds.tamper(export, part_of_key, tamper).unwrap();
        assert!(!keys.is_empty(), "nothing of {export} has {part_of_key}");
        keys
    }

    pub(crate) fn truth(&self, export: &str) -> Truth {
        self.rds.truth(export).unwrap()
    }

    fn json<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        let content = self.s3.get(BUCKET, key)?;
        Some(serde_json::from_slice(&content).unwrap())
    }

    pub(crate) fn records(&self) -> Vec<RunRecord> {
        let keys = self.s3.keys(BUCKET, "runs/rds-snapshot-export/");
        keys.iter().filter_map(|key| self.json(key)).collect()
    }

    /// The only run record.
    pub(crate) fn record(&self) -> RunRecord {
        let [record] = self.records().try_into().unwrap();
        record
    }

    pub(crate) fn latest(&self, source: &str) -> Option<Latest> {
        self.json(&format!(
            "verified/rds-snapshot-export/{source}/latest.json"
        ))
    }

    /// What `latest.json` of `source` points at.
    pub(crate) fn manifest(&self, source: &str) -> ExportManifest {
        let latest = self.latest(source).unwrap();
        let key = format!("verified/rds-snapshot-export/{source}/{}", latest.manifest);
        self.json(&key).unwrap()
    }

    /// How often RDS was asked for `action`.
    pub(crate) fn asked(&self, action: &str) -> usize {
        let requests = self.rds.requests();
        requests.iter().filter(|seen| seen.action == action).count()
    }
}

pub(crate) fn done(outcome: Outcome) -> Vec<Report> {
    match outcome {
        Outcome::Done(reports) => reports,
        outcome => panic!("not done: {outcome:?}"),
    }
}

/// The state as it is written in run records.
pub(crate) fn word(state: function_core::RunState) -> String {
    let word: Value = serde_json::to_value(state).unwrap();
    word.as_str().unwrap().to_owned()
}

/// `manifest` holds the rows that `truth` has, table by table, and nothing else.
#[track_caller]
pub(crate) fn assert_true(manifest: &ExportManifest, truth: &Truth) {
    assert!(truth.is_whole(), "{truth:?}");
    let tables = &manifest.details.export.tables;
    let plain = |name: String| {
        let parts: Vec<&str> = name.split('.').collect();
        match parts[..] {
            [database, schema, table] if database == schema => format!("{database}.{table}"),
            _ => name,
        }
    };
    let found: Vec<(String, u64)> = tables
        .iter()
        .map(|table| (plain(table.name()), table.rows))
        .collect();
    let expected: Vec<(String, u64)> = truth
        .tables
        .iter()
        .map(|(name, table)| match table {
            simulators::rds::TableTruth::Complete { rows } => (name.clone(), *rows),
            other => panic!("{name}: {other:?}"),
        })
        .collect();
    assert_eq!(found, expected);
    assert_eq!(manifest.details.rows, truth.rows());
}
