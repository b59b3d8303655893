//! A Kintone, a store and a clock, and the function between them.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use cloud_store::{Fault, Faulty, Memory, Operation, Store};
use cloud_topic::Topic;
use flate2::read::MultiGzDecoder;
use function_core::{Clock, Env, Event, Manifest, Outcome, Report};
use function_runtime::Function as _;
use jiff::{SignedDuration, Timestamp};
use kintone_client::Sleep;
use kintone_export::{KintoneExport, Surroundings};
use kintone_format::Backup;
use notify::Notifier;
use run_record::{Latest, RunRecord};
use serde_json::Value;
use simulators::Kintone;
use simulators::kintone::{App, Options};

/// A Kintone with one app, a store in memory, and a clock that stands still until it is moved.
pub(crate) struct World {
    pub(crate) kintone: Kintone,
    pub(crate) app: u64,
    /// What is really there.
    pub(crate) store: Store,
    /// What the function sees of it; `None` where it opens `BUCKET` by itself.
    bucket: Option<Store>,
    pub(crate) told: cloud_topic::Memory,
    env: Env,
    seconds: Arc<AtomicI64>,
}

impl World {
    pub(crate) fn new(app: App) -> Self {
        Self::with(Options::default(), app)
    }

    pub(crate) fn with(options: Options, app: App) -> Self {
        let kintone = Kintone::start(options);
        let app = kintone.add_app(app);
        let env = Env::default()
            .with("KINTONE_BASE_URL", kintone.base_url())
            .with("APPID", app.to_string())
            .with("TOKEN", kintone.token(app))
            .with("BUCKET", "memory:");
        let store = Store::memory(Memory::new());
        Self {
            kintone,
            app,
            bucket: Some(store.clone()),
            store,
            told: cloud_topic::Memory::new(),
            env,
            seconds: Arc::default(),
        }
    }

    /// The same with the store at `address`, which may need further settings.
    pub(crate) async fn at(mut self, address: &str, settings: &[(&str, &str)]) -> Self {
        for (name, value) in settings {
            self.change(name, *value);
        }
        self.change("BUCKET", address);
        self.store = Store::open(address, &self.env).await.unwrap();
        self.bucket = None;
        self
    }

    /// Shows every step of the function to `hook`, which may let it fail or hang.
    pub(crate) fn hook<F: Into<Fault>>(
        &mut self,
        hook: impl Fn(&Operation) -> Option<F> + Send + Sync + 'static,
    ) {
        self.bucket = Some(Faulty::new(self.store.clone(), hook).into_store());
    }

    /// Lets the store be as it is.
    pub(crate) fn unhook(&mut self) {
        self.bucket = Some(self.store.clone());
    }

    pub(crate) fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.change(name, value);
        self
    }

    pub(crate) fn change(&mut self, name: &str, value: impl Into<String>) {
        self.env = self.env.clone().with(name, value);
    }

    /// Later messages carry a later time.
    pub(crate) fn wait(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        start() + SignedDuration::from_secs(self.seconds.load(Ordering::Relaxed))
    }

    /// A message that asks for `payload` now.
    pub(crate) fn event(&self, id: &str, payload: &str) -> Event {
        Event::new(id, self.now(), payload)
    }

    pub(crate) async fn function(&self) -> KintoneExport {
        let topic = Topic::memory(&self.told);
        let seconds = Arc::clone(&self.seconds);
        let surroundings = Surroundings {
            env: self.env.clone(),
            bucket: self.bucket.clone(),
            notifier: Some(Notifier::default().through_topic(topic)),
            clock: Clock::from_fn(move || {
                start() + SignedDuration::from_secs(seconds.load(Ordering::Relaxed))
            }),
            sleep: Sleep::from_fn(|_| std::future::ready(())),
        };
        KintoneExport::with(surroundings).await.unwrap()
    }

    pub(crate) async fn deliver(&self, event: Event) -> Outcome {
        self.function().await.handle(event).await
    }

    /// A nightly run: a day passes, a message comes.
    pub(crate) async fn night(&self) -> Outcome {
        self.wait(24 * 60 * 60);
        self.deliver(self.event(&format!("m-{}", self.now().as_second()), ""))
            .await
    }

    /// A nightly run that must end verified.
    pub(crate) async fn verified(&self) -> Report {
        match self.night().await {
            Outcome::Done(reports) => reports.into_iter().next().unwrap(),
            outcome => panic!("not done: {outcome:?}"),
        }
    }

    pub(crate) fn folder(&self) -> Store {
        self.store.folder(&format!("localhost/{}", self.app))
    }

    pub(crate) async fn latest(&self) -> Option<Latest> {
        Latest::read(&self.folder(), "latest.json").await.unwrap()
    }

    pub(crate) async fn manifest(&self) -> Manifest<Backup> {
        let latest = self.latest().await.unwrap();
        serde_json::from_slice(&self.read(&latest.manifest).await).unwrap()
    }

    pub(crate) async fn read(&self, name: &str) -> Vec<u8> {
        self.folder()
            .read(name)
            .await
            .unwrap()
            .unwrap_or_else(|| panic!("no {name}"))
            .1
    }

    /// Every object by its key.
    pub(crate) async fn contents(&self) -> BTreeMap<String, Vec<u8>> {
        let mut contents = BTreeMap::new();
        for meta in self.store.list("").await.unwrap() {
            let (_, content) = self.store.read(&meta.key).await.unwrap().unwrap();
            contents.insert(meta.key, content);
        }
        contents
    }

    pub(crate) async fn part(&self, ending: &str) -> Vec<u8> {
        let stamp = self.latest().await.unwrap().stamp;
        self.read(&format!("{stamp}{ending}")).await
    }

    pub(crate) async fn csv(&self) -> String {
        String::from_utf8(self.part(".csv").await).unwrap()
    }

    /// The records of the latest generation's lossless lines.
    pub(crate) async fn lines(&self) -> Vec<Value> {
        let packed = self.part(".ndjson.gz").await;
        unpacked(&packed)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    pub(crate) async fn run_records(&self) -> Vec<RunRecord> {
        let mut records = Vec::new();
        for meta in self.store.list("runs/").await.unwrap() {
            let (_, content) = self.store.read(&meta.key).await.unwrap().unwrap();
            records.push(serde_json::from_slice(&content).unwrap());
        }
        records
    }

    /// Every checksum and size of the latest manifest is that of the object that is there, and the
    /// lossless lines are the records that `expected` holds.
    pub(crate) async fn assert_latest_is(&self, expected: &[Value]) {
        for object in self.manifest().await.objects {
            let content = self.read(&object.name).await;
            assert_eq!(content.len() as u64, object.bytes, "{}", object.name);
            assert_eq!(
                function_core::sha256_hex(&content),
                object.sha256,
                "{}",
                object.name
            );
        }
        let lines = self.lines().await;
        assert_eq!(lines.len(), expected.len());
        for (line, record) in lines.iter().zip(expected) {
            assert_eq!(line, record);
        }
    }

    /// What the latest backup must hold: the app's records now.
    pub(crate) fn records(&self) -> Vec<Value> {
        self.kintone.records(self.app)
    }
}

/// The text in a gzip stream.
pub(crate) fn unpacked(packed: &[u8]) -> String {
    let mut text = String::new();
    MultiGzDecoder::new(packed)
        .read_to_string(&mut text)
        .unwrap();
    text
}

fn start() -> Timestamp {
    "2026-11-20T18:00:00Z".parse().unwrap()
}

/// A record of the article's app.
pub(crate) fn person(name: &str) -> Value {
    serde_json::json!({ "company": { "value": "なんとか社" }, "name_kanji": { "value": name } })
}
