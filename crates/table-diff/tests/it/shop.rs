//! The plan of a small shop: a table with a row of each class, one with nothing, one that is blocked.

use cloud_store::{Memory, Put, Store};
use futures_util::FutureExt as _;
use table_diff::plan::{
    Header, Migrations, PlanReader, PlanRow, PlanTable, PlanWriter, SideHeader, Summary, TableEnd,
};
use table_diff::{
    CascadeCount, Caution, Class, Column, Compare, Engine, ForeignKey, GateOptions, Generated,
    HashMethod, Identity, KeyAction, KeyType, Reading, ShownCell, ShownRow, Table, TableCounts,
    TableKind, TableName, TimeType, Trigger, gate, key,
};

/// Waits for what never waits.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("memory never waits")
}

fn name(table: &str) -> TableName {
    TableName {
        schema: "public".to_owned(),
        name: table.to_owned(),
    }
}

fn column(name: &str, type_name: &str) -> Column {
    Column {
        name: name.to_owned(),
        type_name: type_name.to_owned(),
        nullable: name != "id",
        generated: Generated::No,
        collation: None,
        key_type: (type_name == "bigint").then_some(KeyType::Integer),
        time_type: type_name
            .starts_with("timestamp")
            .then_some(TimeType::Moment),
        hindrance: None,
    }
}

fn table(table: &str, columns: Vec<Column>) -> Table {
    Table {
        name: name(table),
        kind: TableKind::Table,
        columns,
        primary_key: vec!["id".to_owned()],
        uniques: Vec::new(),
        references: Vec::new(),
        referenced_by: Vec::new(),
        below: Vec::new(),
        triggers: Vec::new(),
        row_security: false,
        hidden: Vec::new(),
        rows_estimate: 7,
    }
}

fn item() -> Table {
    let columns = vec![
        column("id", "bigint"),
        column("名前", "text"),
        column("price", "numeric(12,2)"),
        column("updated_at", "timestamp with time zone"),
    ];
    table("item", columns)
}

fn stock_key() -> ForeignKey {
    ForeignKey {
        name: "stock_item_id_fkey".to_owned(),
        table: name("stock"),
        columns: vec!["item_id".to_owned()],
        references: name("item"),
        referenced_columns: vec!["id".to_owned()],
        on_delete: KeyAction::Cascade,
        on_update: KeyAction::Refuse,
        deferrable: false,
    }
}

fn header() -> Header {
    let side = |name: &str, version: &str, database: &str| SideHeader {
        name: name.to_owned(),
        identity: Identity {
            engine: Engine::PostgreSql,
            server: "7301234567890123456".to_owned(),
            database: database.to_owned(),
            version: version.to_owned(),
        },
    };
    let versions = |list: &[&str]| Some(list.iter().map(ToString::to_string).collect());
    Header {
        format: table_diff::plan::FORMAT,
        id: "20261122T030000Z-1a2b3c4d".to_owned(),
        tool: "tasuki 0.0.0".to_owned(),
        created: "2026-11-22T03:00:00Z".parse().unwrap(),
        by: "alice@example.com".to_owned(),
        compare: Compare::Content,
        reverse: false,
        source: side("development", "18.0", "shop_dev"),
        target: side("production", "15.20", "shop"),
        migrations: Migrations::compare(
            versions(&["20250101", "20250201\u{1b}[0m"]),
            versions(&["20250101"]),
        ),
        tables: ["public.item", "public.color", "public.price"]
            .map(str::to_owned)
            .to_vec(),
    }
}

/// Seconds of a day, as microseconds after 2025-01-01.
fn moment(seconds: i64) -> i64 {
    (1_735_689_600 + seconds) * 1_000_000
}

fn shown(id: i64, name: &str, price: Option<&str>, time: Option<i64>) -> ShownRow {
    let mut encoded = Vec::new();
    key::push_integer(&mut encoded, id);
    let cell = |text: Option<String>| text.map_or(ShownCell::Null, ShownCell::Whole);
    let time_text = time.map(|time| TimeType::Moment.text(time));
    ShownRow {
        key: encoded,
        time,
        hash: id.cast_unsigned() * 0x1111,
        cells: vec![
            cell(Some(id.to_string())),
            cell(Some(name.to_owned())),
            cell(price.map(str::to_owned)),
            cell(time_text),
        ],
    }
}

/// A row of each class, with values that a page or a terminal could obey, and one that differs in nothing that is shown.
fn rows() -> Vec<(Class, Option<ShownRow>, Option<ShownRow>)> {
    let (early, late) = (Some(moment(0)), Some(moment(86_400)));
    let mut long = shown(6, "long", None, late);
    long.cells[1] = ShownCell::Cut {
        beginning: "とても長い説明".to_owned(),
        characters: 10_485_760,
        md5: "9e107d9d372bb6826bd81d3542a419d6".to_owned(),
    };
    vec![
        (
            Class::Insert,
            Some(shown(1, "<script>alert('x')</script>", Some("1.50"), early)),
            None,
        ),
        (
            Class::UpdateNew,
            Some(shown(2, "赤 \"&\" 青", Some("120.00"), late)),
            Some(shown(2, "赤", Some("100.00"), early)),
        ),
        (
            Class::ChangedSameTime,
            Some(shown(3, "trailing ", None, early)),
            Some(shown(3, "trailing", Some("NULL"), early)),
        ),
        (
            Class::TimeUnknown,
            Some(shown(4, "\u{1b}[31mred", Some("1.00"), None)),
            Some(shown(4, "red", Some("1.00"), early)),
        ),
        (
            Class::Delete,
            None,
            Some(shown(5, "line\nbreak", Some(""), early)),
        ),
        (
            Class::UpdateOld,
            Some(shown(6, "short", None, early)),
            Some(long),
        ),
        (
            Class::ChangedSameTime,
            Some(shown(7, "as it looks", None, early)),
            Some(shown(7, "as it looks", None, early)),
        ),
    ]
}

async fn write() -> (Vec<u8>, Summary) {
    let mut writer = PlanWriter::begin(Vec::new(), header()).await.unwrap();
    let options = GateOptions::new(Compare::Content, HashMethod::Values);

    let (source, mut target) = (item(), item());
    target.referenced_by.push(stock_key());
    target.triggers.push(Trigger {
        name: "touch".to_owned(),
        on: "BEFORE UPDATE".to_owned(),
    });
    let gate = gate::compare(Some(&source), Some(&target), &options);
    let reading: Reading = gate.reading.clone().unwrap();
    let table = PlanTable::new(name("item"), gate, Some(&source), Some(&target));
    writer.table(table).await.unwrap();
    let mut counts = TableCounts {
        equal: 1234,
        source_rows: 1240,
        target_rows: 1240,
        ..TableCounts::default()
    };
    for (class, source, target) in rows() {
        counts.classes.add(class);
        let key = source.as_ref().or(target.as_ref()).unwrap().key.clone();
        let row = PlanRow::new(&reading, class, &key, source, target).unwrap();
        writer.row(row).await.unwrap();
    }
    let end = TableEnd {
        table: name("item"),
        counts,
        cascades: vec![CascadeCount::new(&name("item"), &stock_key(), 12)],
        caution: Some(Caution::ManyDeletes { rows: 1, most: 0 }),
    };
    writer.end(end).await.unwrap();

    let color = table_of_colors();
    let gate = gate::compare(Some(&color), Some(&color), &options);
    let table = PlanTable::new(name("color"), gate, Some(&color), Some(&color));
    writer.table(table).await.unwrap();
    let end = TableEnd {
        table: name("color"),
        counts: TableCounts {
            equal: 8,
            source_rows: 8,
            target_rows: 8,
            ..TableCounts::default()
        },
        cascades: Vec::new(),
        caution: None,
    };
    writer.end(end).await.unwrap();

    let gate = gate::compare(Some(&color), None, &options);
    let table = PlanTable::new(name("price"), gate, Some(&color), None);
    writer.table(table).await.unwrap();
    writer.finish().await.unwrap()
}

fn table_of_colors() -> Table {
    table(
        "color",
        vec![column("id", "bigint"), column("updated_at", "timestamp")],
    )
}

/// The plan's bytes, and a reader of them.
pub(crate) fn plan() -> (Vec<u8>, PlanReader) {
    let (bytes, summary) = now(write());
    let store = Store::memory(Memory::new());
    let put = Put::new("application/x-ndjson");
    now(store.put("plan.jsonl", bytes.clone(), &put)).unwrap();
    (bytes, PlanReader::new(store, "plan.jsonl", summary))
}
