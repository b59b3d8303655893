//! Tables in memory, for tests.

use std::collections::{BTreeMap, VecDeque};

use cloud_store::{Memory, Put, Store};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::plan::{
    self, Header, PlanReader, PlanRow, PlanTable, PlanWriter, SideHeader, Summary, TableEnd,
};
use crate::{
    Class, Compare, DatabaseError, Engine, Gate, HashMethod, Identity, KeyType, MarkBatch,
    MarkStream, Reading, ShownCell, ShownRow, TableCounts, TableName, TimeType, key,
};

/// A row: its time of change and its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MemoryRow {
    pub(crate) time: Option<i64>,
    pub(crate) content: u64,
}

/// A table by its key.
pub(crate) type MemoryTable = BTreeMap<i64, MemoryRow>;

/// How such a table is read.
pub(crate) fn reading(compare: Compare) -> Reading {
    Reading {
        table: TableName {
            schema: "public".to_owned(),
            name: "item".to_owned(),
        },
        key: vec![("id".to_owned(), KeyType::Integer)],
        time: Some(("updated_at".to_owned(), TimeType::Moment)),
        columns: [
            ("id", "bigint"),
            ("name", "text"),
            ("updated_at", "timestamptz"),
        ]
        .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
        .to_vec(),
        compare,
        hash: HashMethod::Values,
    }
}

/// Marks that come in batches of a few rows.
#[derive(Debug)]
pub(crate) struct MemoryStream {
    rows: VecDeque<(i64, MemoryRow)>,
    batch: usize,
}

impl MemoryStream {
    pub(crate) fn boxed(
        rows: impl IntoIterator<Item = (i64, MemoryRow)>,
        batch: usize,
    ) -> Box<dyn MarkStream> {
        Box::new(Self {
            rows: rows.into_iter().collect(),
            batch,
        })
    }
}

impl MarkStream for MemoryStream {
    fn next<'a>(
        &'a mut self,
        batch: &'a mut MarkBatch,
    ) -> BoxFuture<'a, Result<bool, DatabaseError>> {
        async move {
            batch.clear();
            let most = self.batch.min(self.rows.len());
            for (id, row) in self.rows.drain(..most) {
                key::push_integer(batch.key_mut(), id);
                batch.end_row(row.time, row.content);
            }
            Ok(!batch.is_empty())
        }
        .boxed()
    }
}

/// The encoded key of a row.
pub(crate) fn key(id: i64) -> Vec<u8> {
    let mut key = Vec::new();
    key::push_integer(&mut key, id);
    key
}

/// A row as a database shows it.
pub(crate) fn shown(id: i64, time: Option<i64>, cells: Vec<ShownCell>) -> ShownRow {
    ShownRow {
        key: key(id),
        time,
        hash: 7,
        cells,
    }
}

/// A row of a plan, of what each side that has it shows.
pub(crate) fn row_of(
    id: i64,
    class: Class,
    time: Option<i64>,
    source: Vec<ShownCell>,
    target: Vec<ShownCell>,
) -> PlanRow {
    let mut reading = reading(Compare::Content);
    reading.columns.truncate(source.len());
    let source = (class != Class::Delete).then(|| shown(id, time, source));
    let target = (class != Class::Insert).then(|| shown(id, time, target));
    PlanRow::new(&reading, class, &key(id), source, target).unwrap()
}

pub(crate) fn header(tables: &[&str]) -> Header {
    let side = |name: &str| SideHeader {
        name: name.to_owned(),
        identity: Identity {
            engine: Engine::PostgreSql,
            server: "7".to_owned(),
            database: "shop".to_owned(),
            version: "15.20".to_owned(),
        },
    };
    Header {
        format: plan::FORMAT,
        id: "20261122T030000Z-1a2b3c4d".to_owned(),
        tool: "tasuki".to_owned(),
        created: "2026-11-22T03:00:00Z".parse().unwrap(),
        by: "alice@example.com".to_owned(),
        compare: Compare::Content,
        reverse: false,
        source: side("development"),
        target: side("production"),
        migrations: None,
        tables: tables.iter().map(ToString::to_string).collect(),
    }
}

fn table_name(number: usize) -> TableName {
    TableName {
        schema: "public".to_owned(),
        name: format!("t{number}"),
    }
}

/// The table `public.t{number}`, compared.
pub(crate) fn table(number: usize) -> PlanTable {
    let gate = Gate {
        differences: Vec::new(),
        reading: Some(Reading {
            table: table_name(number),
            ..reading(Compare::Content)
        }),
    };
    PlanTable::new(table_name(number), gate, None, None)
}

pub(crate) fn end(number: usize, rows: &[PlanRow]) -> TableEnd {
    let mut counts = TableCounts::default();
    for row in rows {
        counts.classes.add(row.class);
    }
    TableEnd {
        table: table_name(number),
        counts,
        cascades: Vec::new(),
        caution: None,
    }
}

/// The bytes and the summary of a plan with the tables `public.t0`, `public.t1`, … and their rows.
pub(crate) fn plan_of(tables: &[Vec<PlanRow>]) -> (Vec<u8>, Summary) {
    let names: Vec<_> = (0..tables.len())
        .map(|at| format!("public.t{at}"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let write = async {
        let mut writer = PlanWriter::begin(Vec::new(), header(&names)).await?;
        for (number, rows) in tables.iter().enumerate() {
            writer.table(table(number)).await?;
            for row in rows {
                writer.row(row.clone()).await?;
            }
            writer.end(end(number, rows)).await?;
        }
        writer.finish().await
    };
    write.now_or_never().expect("memory never waits").unwrap()
}

/// A reader of a plan's bytes.
pub(crate) fn reader_of(bytes: &[u8], summary: Summary) -> PlanReader {
    let store = Store::memory(Memory::new());
    let put = Put::new("application/x-ndjson");
    let written = store.put("plan.jsonl", bytes.to_vec(), &put).now_or_never();
    written.expect("memory never waits").unwrap();
    PlanReader::new(store, "plan.jsonl", summary)
}
