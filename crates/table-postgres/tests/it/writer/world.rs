//! Two databases on servers of two versions, and what differs between them.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use function_core::Secret;
use table_diff::{
    Action, Change, Compare, Database as _, DatabaseError, GateOptions, HashMethod, Limits,
    MarkBatch, Reading, Snapshot, StaleRow, Table, TableName, Writer, gate, key,
};
use table_postgres::PostgreSql;
use test_services::{PostgresServer, PostgresSetup};

/// Patient enough for a slow machine; a lock is waited for only a moment.
pub(super) const LIMITS: Limits = Limits {
    connect: Duration::from_secs(10),
    lock: Duration::from_millis(500),
    statement: Duration::from_mins(1),
};

/// Servers of both versions, which tell times and order texts differently.
fn servers() -> &'static (Arc<PostgresServer>, Arc<PostgresServer>) {
    static SERVERS: OnceLock<(Arc<PostgresServer>, Arc<PostgresServer>)> = OnceLock::new();
    SERVERS.get_or_init(|| {
        let older = PostgresSetup::new()
            .locale(&["--locale-provider=icu", "--icu-locale=en"])
            .setting("TimeZone=Asia/Tokyo")
            .setting("DateStyle=SQL, DMY");
        let newer = PostgresSetup::newer().setting("TimeZone=America/St_Johns");
        let older = thread::spawn(|| older.start().unwrap());
        let newer = newer.start().unwrap();
        (Arc::new(older.join().unwrap()), Arc::new(newer))
    })
}

/// A database.
pub(super) struct Side {
    server: Arc<PostgresServer>,
    name: &'static str,
}

impl Side {
    fn new(server: &Arc<PostgresServer>, name: &'static str) -> Self {
        server.create_database(name).unwrap();
        Self {
            server: Arc::clone(server),
            name,
        }
    }

    pub(super) fn run(&self, sql: &str) -> String {
        self.server.query_in(self.name, sql).unwrap()
    }

    /// The same; the server's refusal is the error.
    pub(super) fn try_run(&self, sql: &str) -> Result<String, String> {
        let answer = self.server.query_in(self.name, sql);
        answer.map_err(|error| error.to_string())
    }

    pub(super) fn url(&self) -> String {
        self.server.url_of(self.name)
    }

    /// The rows of `table` as text, the same for the same rows on every server.
    pub(super) fn content(&self, table: &str) -> String {
        self.run(&format!(
            "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SELECT t::text FROM {table} AS t ORDER BY t::text COLLATE \"C\""
        ))
    }

    pub(super) fn database(&self) -> PostgreSql {
        self.database_of("postgres")
    }

    /// The database as `role` sees it.
    pub(super) fn database_of(&self, role: &str) -> PostgreSql {
        let url = self
            .server
            .url_of(self.name)
            .replacen("postgres@", &format!("{role}@"), 1);
        PostgreSql::parse(&Secret::new(url)).unwrap()
    }

    pub(super) async fn writer(&self) -> Box<dyn Writer> {
        self.writer_within(&LIMITS).await
    }

    pub(super) async fn writer_within(&self, limits: &Limits) -> Box<dyn Writer> {
        self.database().writer("tasuki test", limits).await.unwrap()
    }

    /// Ends the sessions of writers, by the server's own means.
    pub(super) fn terminate_writers(&self) {
        let ended = self.run(
            "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE application_name = 'tasuki test'",
        );
        assert_ne!(ended, "0");
    }
}

impl Side {
    /// Kills the process of a session: the server throws all sessions out and begins again from its log.
    pub(super) async fn kill_writers(&self) {
        // Servers of tests write their log late, and what was set up must outlast this.
        self.run("CHECKPOINT");
        let process =
            self.run("SELECT pid FROM pg_stat_activity WHERE application_name = 'tasuki test'");
        let begun = self.begun();
        let killed = std::process::Command::new("kill")
            .args(["-9", &process])
            .status();
        assert!(killed.unwrap().success());
        // Before it notices, it still answers.
        for _ in 0..1_200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if self.begun() > begun && self.try_run("SELECT 1").is_ok() {
                return;
            }
        }
        panic!("the server did not come back");
    }

    /// How often the server has begun.
    fn begun(&self) -> usize {
        let log = std::fs::read_to_string(self.server.folder().join("log")).unwrap();
        log.matches("ready to accept connections").count()
    }
}

/// Two databases.
pub(super) struct World {
    pub(super) source: Side,
    pub(super) target: Side,
}

impl World {
    /// From the newer server to the older, and back.
    pub(super) fn both_ways() -> [Self; 2] {
        let (older, newer) = servers();
        let world = |source, target| Self {
            source: Side::new(source, "source"),
            target: Side::new(target, "target"),
        };
        [world(newer, older), world(older, newer)]
    }

    /// From the newer server to the older.
    pub(super) fn one_way() -> Self {
        let [world, _] = Self::both_ways();
        world
    }

    /// Runs `sql` on both sides.
    pub(super) fn run(&self, sql: &str) -> &Self {
        self.source.run(sql);
        self.target.run(sql);
        self
    }

    /// What differs in `tables` of the schema `public`.
    pub(super) async fn compare(&self, tables: &[&str]) -> Vec<Work> {
        let names = tables.iter().map(|name| TableName {
            schema: "public".to_owned(),
            name: (*name).to_owned(),
        });
        self.compare_named(&names.collect::<Vec<_>>()).await
    }

    pub(super) async fn compare_named(&self, names: &[TableName]) -> Vec<Work> {
        let source = self.source.database().snapshot(&LIMITS).await.unwrap();
        let target = self.target.database().snapshot(&LIMITS).await.unwrap();
        let sources = source.structures(names).await.unwrap();
        let targets = target.structures(names).await.unwrap();
        let mut all = Vec::new();
        for (source_table, target_table) in sources.into_iter().zip(targets) {
            let options = GateOptions::new(Compare::Content, HashMethod::Values);
            let gate = gate::compare(source_table.as_ref(), target_table.as_ref(), &options);
            let reading = gate
                .reading
                .unwrap_or_else(|| panic!("{:?}", gate.differences));
            let changes = differences(
                rows(source.as_ref(), &reading).await,
                rows(target.as_ref(), &reading).await,
            );
            all.push(Work {
                table: target_table.unwrap(),
                reading,
                changes,
            });
        }
        all
    }

    /// What differs in `table`, read as the source's structure says.
    pub(super) async fn compare_ungated(&self, table: &str) -> Vec<Work> {
        let names = [TableName {
            schema: "public".to_owned(),
            name: table.to_owned(),
        }];
        let source = self.source.database().snapshot(&LIMITS).await.unwrap();
        let target = self.target.database().snapshot(&LIMITS).await.unwrap();
        let from = source.structures(&names).await.unwrap().remove(0).unwrap();
        let to = target.structures(&names).await.unwrap().remove(0).unwrap();
        let options = GateOptions::new(Compare::Content, HashMethod::Values);
        let reading = gate::compare(Some(&from), Some(&from), &options)
            .reading
            .unwrap();
        let changes = differences(
            rows(source.as_ref(), &reading).await,
            rows(target.as_ref(), &reading).await,
        );
        vec![Work {
            table: to,
            reading,
            changes,
        }]
    }

    /// Compares `tables`, writes all that differs, and looks whether nothing does any more.
    pub(super) async fn sync(&self, tables: &[&str]) -> Vec<Work> {
        let work = self.compare(tables).await;
        let undo = apply(self.target.writer().await, &work).await.unwrap();
        for left in self.compare(tables).await {
            assert_eq!(left.changes, [], "{}", left.table.name);
        }
        undo
    }
}

/// What is to be written to one table.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) table: Table,
    pub(super) reading: Reading,
    pub(super) changes: Vec<Change>,
}

impl Work {
    pub(super) fn has(&self, action: Action) -> bool {
        self.changes.iter().any(|change| change.action == action)
    }

    fn count(&self, action: Action) -> u64 {
        let changes = self.changes.iter();
        changes.filter(|change| change.action == action).count() as u64
    }
}

async fn rows(snapshot: &dyn Snapshot, reading: &Reading) -> BTreeMap<Vec<u8>, Change> {
    let mut reader = snapshot.reader().await.unwrap();
    let mut keys = Vec::new();
    let mut marks = reader.marks(reading).await.unwrap();
    let mut batch = MarkBatch::default();
    while marks.next(&mut batch).await.unwrap() {
        keys.extend((0..batch.len()).filter_map(|at| Some(batch.get(at)?.key.to_vec())));
    }
    drop(marks);
    let texts: Vec<_> = keys
        .iter()
        .map(|bytes| key::decode(&reading.key, bytes).unwrap())
        .collect();
    let whole = reader.whole(reading, &texts).await.unwrap();
    assert_eq!(whole.len(), keys.len());
    keys.into_iter().zip(whole).collect()
}

fn differences(
    source: BTreeMap<Vec<u8>, Change>,
    mut target: BTreeMap<Vec<u8>, Change>,
) -> Vec<Change> {
    let mut all = BTreeMap::new();
    for (key, mut change) in source {
        if let Some(old) = target.remove(&key) {
            if old.wanted == change.wanted {
                continue;
            }
            change.action = Action::Update;
            change.seen = old.wanted;
        }
        all.insert(key, change);
    }
    for (key, mut change) in target {
        change.action = Action::Delete;
        change.seen = change.wanted.take();
        change.values = None;
        all.insert(key, change);
    }
    all.into_values().collect()
}

/// Why nothing was written.
#[derive(Debug)]
pub(super) enum Stop {
    /// Rows are not as they were seen.
    Stale(u64, Vec<StaleRow>),
    /// Rows are not as they were wanted.
    Wrong(u64, Vec<StaleRow>),
    /// The database said no.
    Database(DatabaseError),
}

impl From<DatabaseError> for Stop {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl Stop {
    /// The database's no, with its reasons, on one line.
    pub(super) fn words(self) -> String {
        let Self::Database(error) = self else {
            panic!("{self:?}");
        };
        function_core::chain(&error)
    }
}

/// Writes `work` as a person has seen it, deletions from the last table to the first; answers what would undo it.
pub(super) async fn apply(mut writer: Box<dyn Writer>, work: &[Work]) -> Result<Vec<Work>, Stop> {
    let undo = prepare(&mut writer, work).await?;
    write(&mut writer, work).await?;
    finish(writer, work).await?;
    Ok(undo)
}

/// All that comes before the writing.
pub(super) async fn prepare(
    writer: &mut Box<dyn Writer>,
    work: &[Work],
) -> Result<Vec<Work>, Stop> {
    for one in work {
        for some in one.changes.chunks(2) {
            writer.stage(&one.table, &one.reading, some).await?;
        }
    }
    let mut undo = Vec::new();
    for one in work {
        let (count, stale) = writer.lock_and_check(&one.reading).await?;
        if count > 0 {
            return Err(Stop::Stale(count, stale));
        }
    }
    for one in work {
        let mut changes = Vec::new();
        loop {
            let some = writer.old(&one.reading, 2).await?;
            if some.is_empty() {
                break;
            }
            changes.extend(some);
        }
        undo.push(Work {
            table: one.table.clone(),
            reading: one.reading.clone(),
            changes,
        });
    }
    Ok(undo)
}

/// The writing itself.
pub(super) async fn write(writer: &mut Box<dyn Writer>, work: &[Work]) -> Result<(), Stop> {
    let deletes = work.iter().rev().map(|one| (one, Action::Delete));
    let updates = work.iter().map(|one| (one, Action::Update));
    let inserts = work.iter().map(|one| (one, Action::Insert));
    for (one, action) in deletes.chain(updates).chain(inserts) {
        if one.has(action) {
            let written = writer.write(&one.table, &one.reading, action).await?;
            assert_eq!(written, one.count(action), "{action:?} {}", one.table.name);
        }
    }
    Ok(())
}

/// All that comes after the writing.
pub(super) async fn finish(mut writer: Box<dyn Writer>, work: &[Work]) -> Result<(), Stop> {
    for one in work {
        let (count, wrong) = writer.verify(&one.reading).await?;
        if count > 0 {
            return Err(Stop::Wrong(count, wrong));
        }
    }
    for one in work {
        writer.advance(&one.table).await?;
    }
    writer.commit().await?;
    Ok(())
}
