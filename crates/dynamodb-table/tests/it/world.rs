//! A DynamoDB with tables, and a time that passes only where somebody waits.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
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

/// How long, on the real clock, whoever waits lets the others work before a look at them.
const REAL_LOOK: Duration = Duration::from_millis(1);
/// How many looks in a row must find nothing under way: between an answer and the next request nothing is.
const QUIET_LOOKS: u32 = 3;

pub(crate) struct World {
    pub(crate) dynamodb: Arc<DynamoDb>,
    pub(crate) tables: Tables,
    watch: Arc<Watch>,
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
        let tables = Tables::open(&env(&dynamodb.address())).await;
        let world = Self {
            tables: tables.clone(),
            watch: Arc::new(Watch::new(&dynamodb)),
            dynamodb,
        };
        Self {
            tables: tables.with_time(world.time()),
            ..world
        }
    }

    /// Waiting takes no time, but lets it pass, for the service too.
    pub(crate) fn time(&self) -> Time {
        let (watch, waited) = (Arc::clone(&self.watch), Arc::clone(&self.watch));
        Time::from_fns(
            move || watch.passed(),
            move |delay| {
                let watch = Arc::clone(&waited);
                let until = watch.passed() + delay;
                async move { watch.wait(until).await }
            },
        )
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.watch.passed().as_secs_f64()
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

/// Time that goes on to the end of the next wait when nothing else is under way. Were it to go on earlier, an answer that is on its
/// way would come late by that time, and how late would be the machine's mood.
struct Watch {
    dynamodb: Arc<DynamoDb>,
    state: Mutex<WatchState>,
}

#[derive(Default)]
struct WatchState {
    passed: Duration,
    /// When waits end, each with a number of its own.
    waits: BTreeSet<(Duration, u64)>,
    last: u64,
}

impl Watch {
    fn new(dynamodb: &Arc<DynamoDb>) -> Self {
        Self {
            dynamodb: Arc::clone(dynamodb),
            state: Mutex::default(),
        }
    }

    fn passed(&self) -> Duration {
        self.state.lock().unwrap().passed
    }

    async fn wait(&self, until: Duration) {
        let place = {
            let mut state = self.state.lock().unwrap();
            state.last += 1;
            let place = (until, state.last);
            state.waits.insert(place);
            place
        };
        let mut quiet_looks = 0;
        loop {
            tokio::time::sleep(REAL_LOOK).await;
            // What was sent counts, however late the simulator's thread comes to it.
            self.dynamodb.caught_up().await;
            quiet_looks = if self.dynamodb.running() == 0 {
                quiet_looks + 1
            } else {
                0
            };
            let mut state = self.state.lock().unwrap();
            let is_next = state.waits.first() == Some(&place);
            if is_next && quiet_looks >= QUIET_LOOKS && state.passed < until {
                self.dynamodb.advance(until.saturating_sub(state.passed));
                state.passed = until;
            }
            if state.passed >= until {
                state.waits.remove(&place);
                return;
            }
        }
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
