//! Two databases on one server, and the way from their difference to one state, as `table-sync` goes it.

use std::collections::BTreeMap;
use std::time::Duration;

use function_core::Secret;
use table_diff::{
    Action, Change, Compare, Database as _, DatabaseError, HashMethod, Limits, Mark, MarkBatch,
    Reader, Reading, Seen, StaleRow, Table, TableName, Writer, key,
};
use table_mysql::MySql;
use test_services::MariaDb;

pub(crate) const LIMITS: Limits = Limits {
    connect: Duration::from_secs(20),
    lock: Duration::from_secs(2),
    statement: Duration::from_mins(1),
};

/// Development and production, called otherwise on one server.
pub(crate) struct Two {
    pub(crate) server: MariaDb,
    pub(crate) source: MySql,
    pub(crate) target: MySql,
}

impl Two {
    /// Both with what `sql` makes.
    pub(crate) fn alike(sql: &str) -> Self {
        Self::start(&[], sql, sql)
    }

    /// With what each statement makes, on a server with `settings`.
    pub(crate) fn start(settings: &[&str], source: &str, target: &str) -> Self {
        let server = MariaDb::start_with(settings).unwrap();
        for (database, sql) in [("shop_dev", source), ("shop", target)] {
            server.create_database(database).unwrap();
            server.query(database, sql).unwrap();
        }
        Self {
            source: database(&server.url("shop_dev")),
            target: database(&server.url("shop")),
            server,
        }
    }

    /// Runs `sql` in development.
    pub(crate) fn in_source(&self, sql: &str) -> String {
        self.server.query("shop_dev", sql).unwrap()
    }

    /// Runs `sql` in production.
    pub(crate) fn in_target(&self, sql: &str) -> String {
        self.server.query("shop", sql).unwrap()
    }

    /// What leads the target's `tables` to the source's state.
    pub(crate) async fn differences(&self, tables: &[&str]) -> Vec<Work> {
        let mut all = Vec::new();
        for name in tables {
            let table = structure(&self.target, name).await;
            let reading = reading(&table);
            let changes = differences(&self.source, &self.target, &reading).await;
            all.push(Work {
                table,
                reading,
                changes,
            });
        }
        all
    }

    /// Leads the target's `tables` to the source's state, and answers what leads back.
    pub(crate) async fn sync(&self, tables: &[&str]) -> Vec<Work> {
        let work = self.differences(tables).await;
        let undo = apply(&self.target, &work).await.unwrap();
        assert_eq!(changes_left(&self.differences(tables).await), 0);
        undo
    }
}

/// What is to be done to one table.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub(crate) table: Table,
    pub(crate) reading: Reading,
    pub(crate) changes: Vec<Change>,
}

pub(crate) fn changes_left(work: &[Work]) -> usize {
    work.iter().map(|work| work.changes.len()).sum()
}

pub(crate) fn database(url: &str) -> MySql {
    MySql::parse(&Secret::new(url)).unwrap()
}

pub(crate) fn table_name(name: &str) -> TableName {
    TableName {
        schema: String::new(),
        name: name.to_owned(),
    }
}

pub(crate) async fn structure(database: &MySql, name: &str) -> Table {
    let snapshot = database.snapshot(&LIMITS).await.unwrap();
    let tables = snapshot.structures(&[table_name(name)]).await.unwrap();
    tables.into_iter().next().unwrap().unwrap()
}

/// The table by its primary key and `updated_at`, whole.
pub(crate) fn reading(table: &Table) -> Reading {
    let column = |name: &str| table.columns.iter().find(|column| column.name == name);
    let key = table.primary_key.iter().map(|name| {
        let kind = column(name).unwrap().key_type;
        (name.clone(), kind.unwrap())
    });
    let time = column("updated_at").and_then(|column| column.time_type);
    let columns = table.columns.iter();
    let columns = columns.filter(|it| it.generated != table_diff::Generated::Computed);
    Reading {
        table: table.name.clone(),
        key: key.collect(),
        time: time.map(|time| ("updated_at".to_owned(), time)),
        columns: columns
            .map(|column| (column.name.clone(), column.type_name.clone()))
            .collect(),
        compare: Compare::Content,
        hash: HashMethod::Md5,
    }
}

/// All marks of a table, by their keys.
pub(crate) type Marks = BTreeMap<Vec<u8>, Seen>;

pub(crate) async fn marks(database: &MySql, reading: &Reading) -> Marks {
    try_marks(database, reading).await.unwrap()
}

pub(crate) async fn try_marks(database: &MySql, reading: &Reading) -> Result<Marks, DatabaseError> {
    let snapshot = database.snapshot(&LIMITS).await?;
    let mut reader = snapshot.reader().await?;
    let mut stream = reader.marks(reading).await?;
    let (mut batch, mut all) = (MarkBatch::default(), Marks::new());
    while stream.next(&mut batch).await? {
        for place in 0..batch.len() {
            let Mark { key, time, hash } = batch.get(place).unwrap();
            let before = all.last_key_value();
            assert!(before.is_none_or(|(before, _)| before.as_slice() < key));
            all.insert(key.to_owned(), Seen { hash, time });
        }
    }
    Ok(all)
}

/// The keys in the order of the stream, as text.
pub(crate) fn texts(reading: &Reading, marks: &Marks) -> Vec<String> {
    let texts = marks
        .keys()
        .map(|it| key::decode(&reading.key, it).unwrap());
    texts.map(|it| it.join("|")).collect()
}

pub(crate) async fn reader(database: &MySql) -> Box<dyn Reader> {
    let snapshot = database.snapshot(&LIMITS).await.unwrap();
    snapshot.reader().await.unwrap()
}

async fn differences(source: &MySql, target: &MySql, reading: &Reading) -> Vec<Change> {
    let (wanted, there) = (marks(source, reading).await, marks(target, reading).await);
    let mut reader = reader(source).await;
    let mut changes = Vec::new();
    let text = |bytes: &Vec<u8>| key::decode(&reading.key, bytes).unwrap();
    for (bytes, seen) in &there {
        if !wanted.contains_key(bytes) {
            changes.push(Change {
                action: Action::Delete,
                key: text(bytes),
                seen: Some(*seen),
                wanted: None,
                values: None,
            });
        }
    }
    let differing = wanted
        .iter()
        .filter(|(key, seen)| there.get(*key) != Some(*seen));
    for (bytes, _) in differing {
        let mut rows = reader.whole(reading, &[text(bytes)]).await.unwrap();
        let mut change = rows.pop().unwrap();
        change.seen = there.get(bytes).copied();
        if change.seen.is_some() {
            change.action = Action::Update;
        }
        changes.push(change);
    }
    changes
}

/// Does all of `work` within one transaction, and answers what leads back.
pub(crate) async fn apply(target: &MySql, work: &[Work]) -> Result<Vec<Work>, DatabaseError> {
    let mut writer = target.writer("tests", &LIMITS).await?;
    let undo = prepare(writer.as_mut(), work).await?;
    for action in [Action::Delete, Action::Insert, Action::Update] {
        let mut order: Vec<_> = work.iter().collect();
        if action == Action::Delete {
            order.reverse();
        }
        for work in order {
            let staged = work.changes.iter().filter(|change| change.action == action);
            let staged = u64::try_from(staged.count()).unwrap();
            if staged > 0 {
                let written = writer.write(&work.table, &work.reading, action).await?;
                assert_eq!(written, staged, "{action:?}");
            }
        }
    }
    verify(writer.as_mut(), work).await?;
    writer.commit().await?;
    Ok(undo)
}

/// Stages, locks, and reads the old rows.
pub(crate) async fn prepare(
    writer: &mut dyn Writer,
    work: &[Work],
) -> Result<Vec<Work>, DatabaseError> {
    for work in work {
        for some in work.changes.chunks(700) {
            writer.stage(&work.table, &work.reading, some).await?;
        }
    }
    let mut undo = Vec::new();
    for work in work {
        fail_on(writer.lock_and_check(&work.reading).await?)?;
        let mut changes = Vec::new();
        loop {
            let some = writer.old(&work.reading, 300).await?;
            if some.is_empty() {
                break;
            }
            changes.extend(some);
        }
        undo.push(Work {
            changes,
            ..work.clone()
        });
    }
    Ok(undo)
}

pub(crate) async fn verify(writer: &mut dyn Writer, work: &[Work]) -> Result<(), DatabaseError> {
    for work in work {
        fail_on(writer.verify(&work.reading).await?)?;
        writer.advance(&work.table).await?;
    }
    Ok(())
}

fn fail_on((count, rows): (u64, Vec<StaleRow>)) -> Result<(), DatabaseError> {
    if count == 0 {
        return Ok(());
    }
    Err(DatabaseError::Stale {
        table: String::new(),
        database: String::new(),
        what: format!("{count} rows: {rows:?}"),
    })
}
