//! Nights: verified exports in a bucket, BigQuery's stand-in, and the function between them.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bigquery_transfer::{BigqueryTransfer, Pace, Surroundings};
use function_core::{Clock, Env, Event, Outcome, Report};
use function_runtime::Function as _;
use jiff::Timestamp;
use serde_json::{Value, json};
use simulators::bigquery::{BigQuery, Options};
use tempfile::TempDir;
use test_services::Sink;

pub(crate) const PROJECT: &str = "demo-project";
pub(crate) const DATASET: &str = "app_prod_rds_data";
pub(crate) const TOPIC: &str = "projects/demo-project/topics/tasuki-prod-bigquery-transfer";
const BUCKET: &str = "exports";
const SOURCE: &str = "app-db";

/// The tables of the usual export, with their rows: one is empty.
pub(crate) const TABLES: [(&str, u64); 3] = [("audits", 0), ("orders", 1200), ("users", 3)];

/// What is there in a test: BigQuery, the records, people, and a clock that only the test moves.
pub(crate) struct Night {
    pub(crate) bigquery: BigQuery,
    pub(crate) sink: Sink,
    pub(crate) folder: TempDir,
    env: Env,
    now: Arc<Mutex<Timestamp>>,
}

impl Night {
    /// The night of the export of 2026-11-21, an hour after its files were written.
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    /// The same with a service of these options.
    pub(crate) async fn with(options: Options) -> Self {
        let now = "2026-11-20T19:00:00Z".parse().unwrap();
        Self::at_its_time(Options {
            now: Some(now),
            ..options
        })
        .await
    }

    /// A night at the time of the service of these options: without one the true time, as the real program has it.
    pub(crate) async fn at_its_time(options: Options) -> Self {
        let bigquery = BigQuery::start(options);
        let now = bigquery.now();
        let (sink, folder) = (Sink::start().await.unwrap(), TempDir::new().unwrap());
        let env = settings(&bigquery, &folder).with("NOTIFY_WEBHOOK", sink.chat());
        Self {
            bigquery,
            sink,
            folder,
            env,
            now: Arc::new(Mutex::new(now)),
        }
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.env = self.env.clone().with(name, value);
    }

    pub(crate) fn env(&self) -> &Env {
        &self.env
    }

    pub(crate) fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    /// Lets `minutes` pass, here and at the service.
    pub(crate) fn wait(&self, minutes: u64) {
        let by = Duration::from_secs(60 * minutes);
        *self.now.lock().unwrap() += by;
        self.bigquery.advance(by);
    }

    /// What another process does to the record at `path` while this one stands still: its lease runs out, and the other takes it.
    pub(crate) fn taking_over(&self, path: &str) -> impl Fn() + Send + Sync + 'static + use<> {
        let (path, now) = (self.folder.path().join(path), Arc::clone(&self.now));
        move || {
            let until = {
                let mut now = now.lock().unwrap();
                *now += Duration::from_mins(10);
                *now + Duration::from_mins(10)
            };
            let content = std::fs::read(&path).unwrap();
            let mut record: Value = serde_json::from_slice(&content).unwrap();
            record["lease"]["owner"]["boot"] = "another machine".into();
            record["lease"]["until"] = until.to_string().into();
            std::fs::write(&path, record.to_string()).unwrap();
        }
    }

    /// The function as a process that starts now.
    pub(crate) async fn function(&self) -> BigqueryTransfer {
        let now = Arc::clone(&self.now);
        BigqueryTransfer::with(Surroundings {
            env: self.env.clone(),
            clock: Clock::from_fn(move || *now.lock().unwrap()),
            pace: Pace {
                attempts: NonZeroU32::new(2).unwrap(),
                first: Duration::from_millis(1),
                longest: Duration::from_millis(2),
                poll: Duration::from_millis(1),
            },
        })
        .await
        .unwrap()
    }

    /// Sends an event whose id is `id`, published now.
    pub(crate) async fn send(&self, id: &str, payload: &Value) -> Outcome {
        let event = Event::new(id, self.now(), payload.to_string());
        self.function().await.handle(event).await
    }

    /// Sends an event, and gives its one report.
    pub(crate) async fn report(&self, id: &str, payload: &Value) -> Report {
        only(self.send(id, payload).await)
    }

    pub(crate) async fn tick(&self) -> Outcome {
        self.send("tick", &json!({})).await
    }

    /// Sends the messages of all runs that ended so far, in their order.
    pub(crate) async fn tell_ends(&self) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for (number, message) in self.bigquery.finished().into_iter().enumerate() {
            let mut event = Event::new(format!("f-{number}"), self.now(), message.data);
            event.attributes = message.attributes.into_iter().collect();
            outcomes.push(self.function().await.handle(event).await);
        }
        outcomes
    }

    /// The record of `date`, such as `20261121`.
    pub(crate) fn record(&self, date: &str) -> Value {
        self.record_of(SOURCE, date)
    }

    /// The same of another source.
    pub(crate) fn record_of(&self, source: &str, date: &str) -> Value {
        let (year, month, day) = (&date[..4], &date[4..6], &date[6..8]);
        self.kept(&format!(
            "bigquery-transfer/{year}/{month}/{day}/{source}-{date}.json"
        ))
    }

    /// Changes the record of `date` behind the function's back.
    pub(crate) fn change_record(&self, date: &str, change: impl FnOnce(&mut Value)) {
        let (year, month, day) = (&date[..4], &date[4..6], &date[6..8]);
        let path = format!("bigquery-transfer/{year}/{month}/{day}/{SOURCE}-{date}.json");
        let mut record = self.kept(&path);
        change(&mut record);
        std::fs::write(self.folder.path().join(path), record.to_string()).unwrap();
    }

    /// The days that are open.
    pub(crate) fn open(&self) -> Vec<String> {
        let days = self.kept("bigquery-transfer/days.json");
        let open = days["open"].as_object().unwrap();
        open.keys().cloned().collect()
    }

    fn kept(&self, path: &str) -> Value {
        let content = std::fs::read(self.folder.path().join(path)).unwrap();
        serde_json::from_slice(&content).unwrap()
    }

    /// The runs that were started, by table.
    pub(crate) fn runs(&self) -> BTreeMap<String, usize> {
        let mut runs = BTreeMap::new();
        for run in self.bigquery.runs() {
            let table = &run["params"]["destination_table_name_template"];
            *runs.entry(table.as_str().unwrap().to_owned()).or_default() += 1;
        }
        runs
    }

    /// Asserts that the tables have these rows, each loaded by one run or emptied, and that nothing was asked wrongly.
    pub(crate) fn assert_loaded_once(&self, tables: &[(&str, u64)]) {
        for (table, rows) in tables {
            assert_eq!(self.bigquery.rows(DATASET, table), Some(*rows), "{table}");
        }
        let full = tables.iter().filter(|(_, rows)| *rows > 0);
        let once: BTreeMap<_, _> = full.map(|(table, _)| ((*table).to_owned(), 1)).collect();
        assert_eq!(self.runs(), once);
        assert_eq!(self.bigquery.violations(), [""; 0]);
    }
}

/// The settings of the usual deployment.
pub(crate) fn settings(bigquery: &BigQuery, folder: &TempDir) -> Env {
    Env::default()
        .with("PROJECT", PROJECT)
        .with("DATASET", DATASET)
        .with("STACK", "prod")
        .with("S3_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .with("S3_SECRET_ACCESS_KEY", "very-secret")
        .with("NOTIFICATION_TOPIC", TOPIC)
        .with("RUNS_URL", folder.path().display().to_string())
        .with("BIGQUERY_DATA_TRANSFER_ENDPOINT", bigquery.address())
        .with("BIGQUERY_ENDPOINT", bigquery.address())
}

/// An export of a day: what its message says, and what is in the bucket.
pub(crate) struct Export {
    date: String,
    prefix: String,
    tables: Vec<(String, u64)>,
}

impl Export {
    /// The usual tables, exported on `date`, such as `20261121`.
    pub(crate) fn of(date: &str) -> Self {
        Self {
            date: date.to_owned(),
            prefix: format!("export-id-prod-app-db-{date}"),
            tables: TABLES.map(|(name, rows)| (name.to_owned(), rows)).into(),
        }
    }

    /// The same day, exported again under another prefix.
    pub(crate) fn retried(mut self, number: u32) -> Self {
        self.prefix = format!("{}-{number}", self.prefix);
        self
    }

    pub(crate) fn tables(mut self, tables: &[(&str, u64)]) -> Self {
        let tables = tables
            .iter()
            .map(|(name, rows)| ((*name).to_owned(), *rows));
        self.tables = tables.collect();
        self
    }

    /// Puts the files of the tables into the bucket; an empty one has none.
    pub(crate) fn put(self, bigquery: &BigQuery) -> Self {
        for (table, rows) in &self.tables {
            let folder = format!("{}/app/app.{table}/1", self.prefix);
            bigquery.add_object(BUCKET, &format!("{folder}/_SUCCESS"), 0);
            if *rows > 0 {
                let key = format!("{folder}/part-00000-c000.gz.parquet");
                bigquery.add_object(BUCKET, &key, *rows);
            }
        }
        self
    }

    /// The "export verified" message.
    pub(crate) fn message(&self) -> Value {
        let tables = self.tables.iter().map(|(table, rows)| {
            json!({ "database": "app", "schema": "app", "table": table, "rows": rows, "bytes": rows * 10, "files": 1 })
        });
        let (year, month, day) = (&self.date[..4], &self.date[4..6], &self.date[6..8]);
        json!({
            "function": "rds-snapshot-export", "source": SOURCE, "run": format!("{SOURCE}-{}", self.date),
            "logicalDate": format!("{year}-{month}-{day}"), "bucket": BUCKET, "prefix": self.prefix,
            "engine": "aurora-mysql", "tables": tables.collect::<Vec<_>>(), "newestFile": "2026-11-20T18:00:00Z",
        })
    }
}

/// The reports of an outcome that is all done.
pub(crate) fn done(outcome: Outcome) -> Vec<Report> {
    match outcome {
        Outcome::Done(reports) => reports,
        other => panic!("{other:?}"),
    }
}

/// The one report of an outcome that is all done.
pub(crate) fn only(outcome: Outcome) -> Report {
    let mut reports = done(outcome);
    assert_eq!(reports.len(), 1, "{reports:?}");
    reports.remove(0)
}

/// The words of an outcome that is given up.
pub(crate) fn dropped(outcome: Outcome) -> String {
    match outcome {
        Outcome::Drop(failure) => failure.error,
        other => panic!("{other:?}"),
    }
}
