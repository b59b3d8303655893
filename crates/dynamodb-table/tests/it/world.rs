//! A DynamoDB with tables, and a time that passes only where somebody waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dynamodb_format::Item;
use dynamodb_table::{
    Description, Line, Mode, Place, TableError, Tables, Time, Write, Writer, WriterOptions,
};
use function_core::Env;
use jiff::Timestamp;
use serde_json::{Value, json};
use simulators::dynamodb::{DynamoDb, Options, Table, canonical};

pub(crate) const TABLE: &str = "orders";

pub(crate) struct World {
    pub(crate) dynamodb: Arc<DynamoDb>,
    pub(crate) tables: Tables,
    micros: Arc<AtomicU64>,
}

impl World {
    /// A table with the key `id`.
    pub(crate) async fn new() -> Self {
        Self::with(Table::new(TABLE, &[("id", "S")])).await
    }

    pub(crate) async fn with(table: Table) -> Self {
        let world = Self::empty(Options::default()).await;
        world.dynamodb.add_table(table);
        world
    }

    pub(crate) async fn empty(options: Options) -> Self {
        let dynamodb = Arc::new(DynamoDb::start(Options {
            now: Some("2026-11-20T03:00:00Z".parse().unwrap()),
            ..options
        }));
        let micros = Arc::new(AtomicU64::new(0));
        let tables = Tables::open(&env(&dynamodb.address())).await;
        let world = Self {
            tables: tables.clone(),
            dynamodb,
            micros,
        };
        Self {
            tables: tables.with_time(world.time()),
            ..world
        }
    }

    /// Waiting takes no time, but lets it pass, for the service too.
    pub(crate) fn time(&self) -> Time {
        let passed = Arc::clone(&self.micros);
        let (micros, dynamodb) = (Arc::clone(&self.micros), Arc::clone(&self.dynamodb));
        Time::from_fns(
            move || Duration::from_micros(passed.load(Ordering::SeqCst)),
            move |delay| {
                let (micros, dynamodb) = (Arc::clone(&micros), Arc::clone(&dynamodb));
                let until =
                    micros.load(Ordering::SeqCst) + u64::try_from(delay.as_micros()).unwrap();
                async move {
                    tokio::task::yield_now().await;
                    let before = micros.fetch_max(until, Ordering::SeqCst);
                    dynamodb.advance(Duration::from_micros(until.saturating_sub(before)));
                }
            },
        )
    }

    pub(crate) fn seconds(&self) -> f64 {
        Duration::from_micros(self.micros.load(Ordering::SeqCst)).as_secs_f64()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.dynamodb.now()
    }

    pub(crate) async fn table(&self) -> Description {
        self.tables.describe(TABLE).await.unwrap().unwrap()
    }

    pub(crate) fn options(&self) -> WriterOptions {
        WriterOptions {
            mode: Mode::Put,
            max_wru: 100_000.0,
            max_concurrency: 8,
            time: self.time(),
            random: || 0.5,
        }
    }

    pub(crate) async fn writer(&self, options: WriterOptions) -> Writer {
        self.tables.writer(&self.table().await, options)
    }

    /// All items there are, each as the service holds it, sorted.
    pub(crate) fn items(&self) -> Vec<String> {
        sorted(self.dynamodb.items(TABLE))
    }
}

pub(crate) fn env(address: &str) -> Env {
    Env::default()
        .with("AWS_REGION", "us-east-1")
        .with("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .with("AWS_SECRET_ACCESS_KEY", "secret-example")
        .with("AWS_ENDPOINT_URL_DYNAMODB", address)
}

pub(crate) fn sorted(items: impl IntoIterator<Item = Value>) -> Vec<String> {
    let mut lines: Vec<_> = items
        .into_iter()
        .map(|item| canonical(&item).to_string())
        .collect();
    lines.sort();
    lines
}

/// Order `number`, which no other is like.
pub(crate) fn order(number: u64) -> Value {
    json!({
        "id": { "S": format!("order-{number:06}") },
        "total": { "N": format!("{number}.50") },
        "paid": { "BOOL": number.is_multiple_of(2) },
    })
}

pub(crate) fn orders(count: u64) -> Vec<Value> {
    (1..=count).map(order).collect()
}

pub(crate) fn line(item: &Value) -> String {
    json!({ "Item": item }).to_string()
}

pub(crate) fn item(attributes: &Value) -> Item {
    Item::parse(line(attributes).as_bytes()).unwrap()
}

pub(crate) async fn send(
    writer: &mut Writer,
    place: Place,
    item: &Value,
) -> Result<(), TableError> {
    let line = line(item);
    let line = Line::parse(line.as_bytes()).unwrap();
    writer.send(place, Write::Put(line)).await
}

/// Sends `items` as the lines of file 0, from 1.
pub(crate) async fn send_all(writer: &mut Writer, items: &[Value]) -> Result<(), TableError> {
    for (line, item) in (1..).zip(items) {
        send(writer, Place { file: 0, line }, item).await?;
    }
    Ok(())
}

/// Writes `items` to the end.
pub(crate) async fn write_all(writer: &mut Writer, items: &[Value]) -> Result<(), TableError> {
    send_all(writer, items).await?;
    writer.flush().await
}
