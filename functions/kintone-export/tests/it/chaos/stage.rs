//! The world of a script, and what must hold in it at any time.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};

use cloud_store::Version;
use function_core::{Manifest, Stamp, sha256_hex};
use kintone_format::Backup;
use rusqlite::Connection;
use simulators::When;
use simulators::kintone::Options;
use tempfile::TempDir;

use super::script::{Delivery, Script, Written};
use super::truth::{Shown, Truth, app};
use crate::world::World;

pub(super) struct Stage {
    pub(super) world: World,
    pub(super) truth: Arc<Mutex<Truth>>,
    written: Written,
    database: TempDir,
    /// Every manifest that was ever there.
    published: BTreeMap<String, Vec<u8>>,
    /// Objects that were looked at in this version.
    intact: HashSet<(String, Version)>,
    latest: Option<Stamp>,
}

impl Stage {
    pub(super) fn new(script: &Script) -> Self {
        let database = TempDir::new().unwrap();
        let mut world = World::with(Options::default(), app(script.records))
            .set("WINDOWS", script.windows.to_string())
            .set("MAX_SHRINK_PERCENT", "100")
            .set("CSV_DIALECT", "strict");
        match script.written {
            Written::CsvAlone => world.change("NDJSON_LEVEL", "off"),
            Written::Both { incremental, load } => {
                world.change("INCREMENTAL", if incremental { "on" } else { "off" });
                let path = database.path().join("kintone.sqlite");
                if load {
                    world.change("LOAD_URL", format!("sqlite:{}", path.display()));
                }
            }
        }
        let truth = Truth::new(&world.kintone, world.app);
        Self {
            world,
            truth: Arc::new(Mutex::new(truth)),
            written: script.written,
            database,
            published: BTreeMap::new(),
            intact: HashSet::new(),
            latest: None,
        }
    }

    pub(super) fn now(&self) -> usize {
        self.truth.lock().unwrap().now()
    }

    /// Time passes and records change, now and while the records are read.
    pub(super) fn prepare(&self, delivery: &Delivery) {
        self.world.wait(delivery.after_seconds);
        self.world.kintone.clear_script();
        for edit in &delivery.edits {
            self.truth.lock().unwrap().edit(&self.world.kintone, *edit);
        }
        for (request, edit) in delivery.meanwhile.clone() {
            let truth = Arc::clone(&self.truth);
            let when = When::path("records.json").nth(request);
            self.world.kintone.before(when, move |domain| {
                truth.lock().unwrap().edit(domain, edit);
            });
        }
    }

    /// Whatever was published is whole and as it was, and the pointer did not move back.
    pub(super) async fn assert_published_is_intact(&mut self) {
        let folder = self.world.folder();
        let found: BTreeMap<_, _> = folder
            .list("")
            .await
            .unwrap()
            .into_iter()
            .map(|meta| (meta.key, meta.version))
            .collect();
        for name in found.keys().filter(|name| name.ends_with(".manifest.json")) {
            let content = self.world.read(name).await;
            self.published.entry(name.clone()).or_insert(content);
        }
        for (name, content) in &self.published {
            assert!(found.contains_key(name), "{name} is gone");
            assert_eq!(&self.world.read(name).await, content, "{name} changed");
            let manifest: Manifest<Backup> = serde_json::from_slice(content).unwrap();
            for object in manifest.objects {
                let version = found[&object.name].clone();
                if self.intact.insert((object.name.clone(), version)) {
                    let content = self.world.read(&object.name).await;
                    assert_eq!(content.len() as u64, object.bytes, "{}", object.name);
                    assert_eq!(sha256_hex(&content), object.sha256, "{}", object.name);
                }
            }
        }
        if let Some(latest) = self.world.latest().await {
            assert!(self.published.contains_key(&latest.manifest));
            assert!(
                self.latest.as_ref() <= Some(&latest.stamp),
                "moved back to {}",
                latest.stamp
            );
            self.latest = Some(latest.stamp);
        }
        assert!(self.latest.is_none() || self.world.latest().await.is_some());
    }

    /// The latest generation is that of the message `id` and what the app held at a moment from `first` on; the
    /// table holds the same.
    pub(super) async fn assert_true(&self, id: &str, first: usize) {
        let manifest = self.world.manifest().await;
        assert_eq!(manifest.trigger.id, id);
        let shown = shown_by_csv(&self.world.csv().await);
        assert_eq!(manifest.details.records, shown.len() as u64);
        let lines = match self.written {
            Written::CsvAlone => None,
            Written::Both { .. } => Some(self.world.lines().await),
        };
        let truth = self.truth.lock().unwrap();
        truth.assert_held(first, manifest.details.consistency.highest_id, &shown);
        if let Some(lines) = lines {
            truth.assert_knows(&lines);
            assert!(lines.iter().map(Shown::of).eq(shown.iter().cloned()));
        }
        if let Written::Both { load: true, .. } = self.written {
            assert_eq!(self.shown_by_table(), shown);
        }
    }

    fn shown_by_table(&self) -> Vec<Shown> {
        let connection = Connection::open(self.database.path().join("kintone.sqlite")).unwrap();
        let table = format!("kintone_{}", self.world.app);
        let rows = format!("SELECT 品名 FROM {table}__明細 WHERE \"$id\" = ?1 ORDER BY \"$row\"");
        let mut rows = connection.prepare(&rows).unwrap();
        let query = format!("SELECT \"$id\", \"$revision\", text FROM {table} ORDER BY \"$id\"");
        let mut query = connection.prepare(&query).unwrap();
        let records = query.query_map([], |row| {
            let id: i64 = row.get(0)?;
            let revision: i64 = row.get(1)?;
            let rows = rows.query_map([id], |row| row.get(0))?;
            Ok(Shown {
                id: id.unsigned_abs(),
                revision: revision.unsigned_abs(),
                text: row.get(2)?,
                rows: rows.collect::<Result<_, _>>()?,
            })
        });
        records.unwrap().collect::<Result<_, _>>().unwrap()
    }
}

/// The records of a CSV in the strict dialect. The first line of a record has a star, each has one of its rows.
fn shown_by_csv(text: &str) -> Vec<Shown> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let mut records: Vec<Shown> = Vec::new();
    for line in reader.records() {
        let line = line.unwrap();
        if &line[at("*")] == "*" {
            records.push(Shown {
                id: line[at("$id")].parse().unwrap(),
                revision: line[at("$revision")].parse().unwrap(),
                text: line[at("text")].to_owned(),
                rows: Vec::new(),
            });
        }
        if !line[at("明細")].is_empty() {
            let row = line[at("品名")].to_owned();
            records.last_mut().unwrap().rows.push(row);
        }
    }
    records
}
