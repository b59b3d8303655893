//! What a test sees and does behind the API's back: the truth for its assertions.

use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::data::{ImportFault, Sink, Tally, Trouble, Write};
use super::export::{Export, Truth};
use super::fault::{Fault, Part};
use super::hosted::Hosted;
use super::output::{data_keys, outputs};
use super::state::{Spoiled, State};
use super::table::{PointInTimeRecovery, Table};
use super::{Options, describe, route};
use crate::exchange::{Answer, Request};
use crate::objects::Objects;
use crate::server::{Service, lock};

/// Tables and exports. Its methods do not go over the wire and take effect at once.
#[derive(Debug)]
pub struct Account {
    options: Options,
    state: Mutex<State>,
    sink: Sink,
}

impl Account {
    pub(super) fn new(options: Options) -> Self {
        let mut state = State::default();
        if let Some(now) = options.now {
            state.clock.set(now);
        }
        Self {
            options,
            state: Mutex::new(state),
            sink: Sink::default(),
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let mut state = lock(&self.state);
        state.settle(&self.options);
        let result = act(&mut state);
        state.settle(&self.options);
        result
    }

    fn hosted<T>(&self, table: &str, act: impl FnOnce(&mut Hosted) -> T) -> T {
        let found = self.with(|state| state.tables.get_mut(table).map(act));
        found.unwrap_or_else(|| panic!("table {table} was not added to this simulator"))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.with(|state| state.now())
    }

    /// Sets the time, which stands still from then on. Exports whose time has come end.
    pub fn set_now(&self, now: Timestamp) {
        self.with(|state| state.clock.set(now));
    }

    /// Moves the time on. Exports whose time has come end.
    pub fn advance(&self, by: Duration) {
        self.with(|state| state.clock.advance(by));
    }

    /// Ends the exports whose time has come. Every request and every look at the account does it, too.
    pub fn settle(&self) {
        self.with(|_| ());
    }

    /// Adds a table and gives its ARN. One of the same name is replaced, with another `TableId`.
    ///
    /// # Panics
    /// When an item lacks a key.
    pub fn add_table(&self, table: Table) -> String {
        let arn = self.table_arn(&table.name);
        self.with(|state| {
            let id = state.table_id();
            let name = table.name.clone();
            state.tables.insert(name, Hosted::new(table, id));
        });
        arn
    }

    /// Deletes a table. Its exports stay.
    pub fn delete_table(&self, table: &str) {
        self.with(|state| state.tables.remove(table));
    }

    /// The ARN that a table of this name has.
    pub fn table_arn(&self, table: &str) -> String {
        describe::arn(&self.options, table)
    }

    /// Puts an item at a time, which may be past.
    ///
    /// A full export as of just that time does not have it yet, an incremental one from that time on has it.
    ///
    /// # Panics
    /// When the table is not there, or the item lacks a key.
    pub fn put_at(&self, table: &str, at: Timestamp, item: Value) {
        self.hosted(table, |hosted| hosted.put(at, item));
    }

    /// Deletes an item at a time, which may be past. `keys` may be the item itself.
    ///
    /// # Panics
    /// When the table is not there, or a key is missing.
    pub fn delete_at(&self, table: &str, at: Timestamp, keys: &Value) {
        self.hosted(table, |hosted| hosted.delete(at, keys));
    }

    /// The items of a table now, in the order of a scan, each in its [`canonical`](super::canonical) form.
    ///
    /// # Panics
    /// When the table is not there.
    pub fn items(&self, table: &str) -> Vec<Value> {
        self.hosted(table, |hosted| {
            let all = hosted.items.after(None);
            all.map(|(_, kept)| kept.item.as_ref().clone()).collect()
        })
    }

    /// Lets something go wrong with the reads and writes of a table from now on, until [`Account::calm`].
    pub fn trouble(&self, table: &str, trouble: Trouble) {
        self.with(|state| {
            let now = state.now();
            state.traffic.trouble(table, trouble, now);
        });
    }

    /// Lets nothing go wrong any more with the reads and writes of a table.
    pub fn calm(&self, table: &str) {
        self.with(|state| state.traffic.calm(table));
    }

    /// What was asked for and done so far; `GET /tally` tells it over the wire.
    ///
    /// With [`Options::null_sink`], deletes of batches count as puts.
    pub fn tally(&self) -> Tally {
        let mut tally = self.with(|state| state.traffic.tally.clone());
        tally.put += self.sink.operations();
        tally.calls.extend(self.sink.calls());
        tally
    }

    /// Keeps every write from now on, for [`Account::writes`].
    pub fn keep_writes(&self) {
        self.with(|state| state.traffic.writes = Some(Vec::new()));
    }

    /// Every write since [`Account::keep_writes`], in order.
    pub fn writes(&self) -> Vec<Write> {
        self.with(|state| state.traffic.writes.clone().unwrap_or_default())
    }

    /// Sets whether and since when a table can be exported.
    ///
    /// # Panics
    /// When the table is not there.
    pub fn set_recovery(&self, table: &str, recovery: PointInTimeRecovery) {
        self.hosted(table, |hosted| hosted.recovery = recovery);
    }

    /// The items of a table just before a time, in the order of their keys.
    ///
    /// # Panics
    /// When the table is not there.
    pub fn items_before(&self, table: &str, time: Timestamp) -> Vec<Value> {
        self.hosted(table, |hosted| {
            let items = hosted.history.before(time);
            items.into_values().cloned().collect()
        })
    }

    /// Lets something go wrong with the next export of a table; called several times, with that same export.
    pub fn spoil_next(&self, table: &str, fault: Fault) {
        self.spoil(table, fault, true);
    }

    /// Lets something go wrong with every export of a table from now on, until [`Account::heal`].
    pub fn spoil_every(&self, table: &str, fault: Fault) {
        self.spoil(table, fault, false);
    }

    fn spoil(&self, table: &str, fault: Fault, once: bool) {
        let table = table.to_owned();
        let spoiled = Spoiled { table, fault, once };
        self.with(|state| state.spoiled.push(spoiled));
    }

    /// Lets nothing go wrong any more with exports of a table that are yet to come.
    pub fn heal(&self, table: &str) {
        self.with(|state| state.spoiled.retain(|spoiled| spoiled.table != table));
    }

    /// Lets something go wrong with the next import into a table of this name.
    pub fn spoil_import(&self, table: &str, fault: ImportFault) {
        self.with(|state| {
            let faults = state.import_faults.entry(table.to_owned()).or_default();
            faults.push(fault);
        });
    }

    /// Lets a bucket not exist, whatever the store says: exports to it and imports from it fail.
    pub fn forget_bucket(&self, bucket: &str) {
        self.with(|state| state.no_buckets.insert(bucket.to_owned()));
    }

    /// Removes an object that an export has written.
    ///
    /// # Errors
    /// The store can't be reached.
    ///
    /// # Panics
    /// When the export or the object is not there.
    pub fn lose(&self, export_arn: &str, part: Part) -> std::io::Result<()> {
        self.with(|state| {
            let Some(export) = state.exports.get(export_arn) else {
                panic!("there is no export {export_arn}");
            };
            let outputs = outputs(export, self.options.layout);
            let lost = outputs.iter().find(|output| output.part == part);
            let Some(lost) = lost else {
                panic!("{export_arn} has no {part:?}");
            };
            self.options
                .objects
                .delete(&export.wanted.bucket, &lost.key)
        })
    }

    /// The store that exports are written to.
    pub fn objects(&self) -> &Objects {
        &self.options.objects
    }

    /// What each export should hold, the oldest first.
    pub fn truths(&self) -> Vec<Truth> {
        let mut truths: Vec<Truth> = self.with(|state| state.exports.values().map(truth).collect());
        truths.sort_by(|one, other| (one.started, &one.arn).cmp(&(other.started, &other.arn)));
        truths
    }

    /// What an export should hold.
    pub fn truth(&self, export_arn: &str) -> Option<Truth> {
        self.with(|state| state.exports.get(export_arn).map(truth))
    }
}

fn truth(export: &Export) -> Truth {
    Truth {
        arn: export.arn.clone(),
        table_arn: export.wanted.table_arn.clone(),
        scope: export.scope,
        status: export.status().to_owned(),
        started: export.started,
        bucket: export.wanted.bucket.clone(),
        manifest: export.manifest(),
        data: data_keys(export),
        lines: export.lines.concat(),
    }
}

impl Service for Account {
    fn answer(&self, request: &Request, _running: usize) -> Answer {
        if request.method == "GET" && request.path == "/tally" {
            return Answer::json(200, &self.tally().json());
        }
        if self.options.null_sink
            && let Some(answer) = self.sink.answer(request)
        {
            return answer;
        }
        self.with(|state| route::route(state, &self.options, request))
    }
}
