//! A Kintone with an app that is backed up and one that is written to, a store and a clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use cloud_store::{Fault, Faulty, Memory, ObjectMeta, Operation, Put, Store};
use cloud_topic::Topic;
use function_core::{Clock, Env, Event, Outcome, Report, RunState};
use function_runtime::Function as _;
use jiff::{SignedDuration, Timestamp};
use kintone_client::Sleep;
use kintone_restore::{KintoneRestore, Surroundings};
use notify::Notifier;
use run_record::RunRecord;
use serde_json::{Value, json};
use simulators::Kintone;
use simulators::kintone::{App, Options};

/// A Kintone with two apps, a store in memory, and a clock that stands still until it is moved.
pub(crate) struct World {
    pub(crate) kintone: Kintone,
    /// The app that is backed up.
    pub(crate) source: u64,
    /// The app that is written to.
    pub(crate) target: u64,
    /// What is really there.
    pub(crate) store: Store,
    /// What the function sees of it.
    bucket: Store,
    pub(crate) told: cloud_topic::Memory,
    env: Env,
    seconds: Arc<AtomicI64>,
}

impl World {
    /// `source` is backed up; the app that is written to has the same form and no records.
    pub(crate) fn new(source: App) -> Self {
        let target = source.clone().without_records();
        Self::with(source, target)
    }

    pub(crate) fn with(source: App, target: App) -> Self {
        let kintone = Kintone::start(Options::default());
        for (code, name) in [("sato", "佐藤"), ("kato", "加藤"), ("hi@ka.co", "ひか")] {
            kintone.add_user(code, name, None, simulators::kintone::Rights::ALL);
        }
        kintone.add_user(
            "guest/kato@example.com",
            "加藤（ゲスト）",
            None,
            simulators::kintone::Rights::ALL,
        );
        kintone.add_organization("dev", "開発");
        kintone.add_group("g1", "グループ1");
        let lookup = kintone.add_app(App::lookup_source());
        let source = kintone.add_app(source);
        let target = kintone.add_app(target);
        let token = |app| format!("{},{}", kintone.token(app), kintone.token(lookup));
        let env = Env::default()
            .with("KINTONE_BASE_URL", kintone.base_url())
            .with("APPID", format!("{source},{target}"))
            .with(format!("TOKEN_{source}"), token(source))
            .with(format!("TOKEN_{target}"), token(target))
            .with("ATTACHMENTS", "on")
            .with("BUCKET", "memory:");
        let store = Store::memory(Memory::new());
        Self {
            source,
            target,
            bucket: store.clone(),
            store,
            told: cloud_topic::Memory::new(),
            env,
            seconds: Arc::default(),
            kintone,
        }
    }

    /// Shows every step of the function in the store to `hook`, which may let it fail.
    pub(crate) fn hook<F: Into<Fault>>(
        &mut self,
        hook: impl Fn(&Operation) -> Option<F> + Send + Sync + 'static,
    ) {
        self.bucket = Faulty::new(self.store.clone(), hook).into_store();
    }

    /// Lets the store be as it is.
    pub(crate) fn unhook(&mut self) {
        self.bucket = self.store.clone();
    }

    /// Keeps everything in `store`.
    pub(crate) fn keep_in(&mut self, store: Store) {
        self.bucket = store.clone();
        self.store = store;
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.env = self.env.clone().with(name, value);
    }

    pub(crate) fn env(&self) -> &Env {
        &self.env
    }

    /// Lists `app` in `APPID`, with its token and that of every app that is looked up.
    pub(crate) fn admit(&mut self, app: u64) {
        let apps = format!("{},{app}", self.env.get("APPID").unwrap());
        let looked_up = simulators::kintone::LOOKUP_SOURCE;
        let all = [app, self.source, self.target, looked_up].map(|app| self.kintone.token(app));
        self.set("APPID", apps);
        self.set(&format!("TOKEN_{app}"), all.join(","));
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        start() + SignedDuration::from_secs(self.seconds.load(Ordering::Relaxed))
    }

    fn clock(&self) -> Clock {
        let seconds = Arc::clone(&self.seconds);
        Clock::from_fn(move || start() + SignedDuration::from_secs(seconds.load(Ordering::Relaxed)))
    }

    fn notifier(&self) -> Notifier {
        Notifier::default().through_topic(Topic::memory(&self.told))
    }

    /// Backs up the source app, verified, as kintone-export does it every night.
    pub(crate) async fn back_up(&self) {
        self.back_up_app(self.source).await;
    }

    pub(crate) async fn back_up_app(&self, app: u64) {
        self.wait(60);
        let export = kintone_export::KintoneExport::with(kintone_export::Surroundings {
            env: self.env.clone(),
            bucket: Some(self.store.clone()),
            notifier: Some(self.notifier()),
            clock: self.clock(),
            sleep: no_sleep(),
        });
        let event = Event::new("backup", self.now(), format!("{{\"app\":{app}}}"));
        match export.await.unwrap().handle(event).await {
            Outcome::Done(reports) => assert_eq!(reports[0].state, RunState::Verified),
            outcome => panic!("no backup: {outcome:?}"),
        }
    }

    pub(crate) async fn function(&self) -> KintoneRestore {
        let surroundings = Surroundings {
            env: self.env.clone(),
            bucket: Some(self.bucket.clone()),
            notifier: Some(self.notifier()),
            clock: self.clock(),
            sleep: no_sleep(),
        };
        KintoneRestore::with(surroundings).await.unwrap()
    }

    /// Sends `payload` in an event of its own.
    pub(crate) async fn send(&self, payload: &Value) -> Outcome {
        self.wait(1);
        let id = format!("m-{}", self.now().as_second());
        self.deliver(Event::new(id, self.now(), payload.to_string()))
            .await
    }

    pub(crate) async fn deliver(&self, event: Event) -> Outcome {
        self.function().await.handle(event).await
    }

    /// What the newest backup of the source app into the target asks for, and `more`.
    pub(crate) fn request(&self, more: &Value) -> Value {
        let mut request = json!({ "source": self.source, "app": self.target });
        if let (Some(request), Value::Object(more)) = (request.as_object_mut(), more.clone()) {
            request.extend(more);
        }
        request
    }

    /// Restores; must end with one report.
    pub(crate) async fn restored(&self, more: &Value) -> Report {
        match self.send(&self.request(more)).await {
            Outcome::Done(mut reports) if reports.len() == 1 => reports.remove(0),
            outcome => panic!("not done: {outcome:?}"),
        }
    }

    /// Restores, and accepts whatever the plan loses.
    pub(crate) async fn accepted(&self, more: &Value) -> Report {
        let plan = self.plan(more).await;
        let mut more = more.clone();
        if let Some(accept) = plan.get("accept") {
            more["accept"] = accept.clone();
        }
        self.restored(&more).await
    }

    /// The plan, which touches nothing.
    pub(crate) async fn plan(&self, more: &Value) -> Value {
        let mut request = self.request(more);
        request["dryRun"] = json!(true);
        let writes = self.writes();
        let plan = match self.send(&request).await {
            Outcome::Done(mut reports) => {
                assert_eq!(reports[0].state, RunState::Planned);
                reports.remove(0).plan.unwrap()
            }
            outcome => panic!("no plan: {outcome:?}"),
        };
        assert_eq!(self.writes(), writes, "a plan writes nothing");
        plan
    }

    /// The words of a refusal, and its exit code.
    pub(crate) async fn refused(&self, more: &Value) -> (String, u8) {
        match self.send(&self.request(more)).await {
            Outcome::Drop(failure) => (failure.error, failure.exit.code()),
            outcome => panic!("not refused: {outcome:?}"),
        }
    }

    /// How many requests could have written records.
    pub(crate) fn writes(&self) -> usize {
        let requests = self.kintone.requests();
        requests
            .iter()
            .filter(|seen| seen.path.ends_with("bulkRequest.json"))
            .count()
    }

    /// The records of this function's runs.
    pub(crate) async fn run_records(&self) -> Vec<RunRecord> {
        let records = self.run_objects().await.into_iter();
        records
            .map(|(_, content)| serde_json::from_slice(&content).unwrap())
            .collect()
    }

    /// Another process writes into the record of each run, as one that takes it over does.
    pub(crate) async fn take_over(&self) {
        for (meta, content) in self.run_objects().await {
            let put = Put::new("application/json").unchanged(Some(meta.version));
            self.store.put(&meta.key, content, &put).await.unwrap();
        }
    }

    async fn run_objects(&self) -> Vec<(ObjectMeta, Vec<u8>)> {
        let mut records = Vec::new();
        for meta in self.store.list("runs/kintone-restore/2").await.unwrap() {
            let is_record = meta.key.strip_suffix(".json").is_some();
            if is_record && !meta.key.contains(".journal/") {
                records.push(self.store.read(&meta.key).await.unwrap().unwrap());
            }
        }
        records
    }

    /// The lines of the object of a run whose name ends with `ending`.
    pub(crate) async fn lines(&self, ending: &str) -> Vec<Value> {
        let objects = self.store.list("runs/kintone-restore/2").await.unwrap();
        let meta = objects.iter().find(|meta| meta.key.ends_with(ending));
        let key = &meta.unwrap_or_else(|| panic!("no {ending}")).key;
        let (_, content) = self.store.read(key).await.unwrap().unwrap();
        let text = String::from_utf8(content).unwrap();
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

fn no_sleep() -> Sleep {
    Sleep::from_fn(|_| std::future::ready(()))
}

fn start() -> Timestamp {
    "2026-11-20T18:00:00Z".parse().unwrap()
}
