//! What a test prepares in a project, and asks of it.

use std::io;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::config::Config;
use super::dataset::Dataset;
use super::fault::Fault;
use super::journal::Journal;
use super::object::Object;
use super::publish::{Finished, Publisher};
use super::refusal::Refusal;
use super::state::State;
use super::table::Table;
use super::{Options, load, route};
use crate::exchange::{Answer, Request};
use crate::server::{Service, lock};

/// A project with its datasets, transfer configs and runs, and the S3 objects that those find.
#[derive(Debug)]
pub struct Account {
    state: Mutex<State>,
    publisher: Option<Publisher>,
    journal: Option<Journal>,
}

impl Account {
    pub(crate) fn new(options: Options) -> io::Result<Self> {
        let publisher = options
            .pubsub
            .as_deref()
            .map(Publisher::start)
            .transpose()?;
        let journal = options.journal.as_deref().map(Journal::open).transpose()?;
        Ok(Self {
            journal,
            state: Mutex::new(State::new(options)?),
            publisher,
        })
    }

    pub(crate) fn port(&self) -> u16 {
        lock(&self.state).options.port
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = lock(&self.state);
        state.settle();
        state
    }

    /// Does something to the state, and publishes what came of it.
    fn act<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let done = act(&mut state);
        state.settle();
        if let Some(publisher) = &self.publisher {
            publisher.publish(&state.finished[state.published..]);
        }
        state.published = state.finished.len();
        done
    }

    /// The project's id.
    pub fn project(&self) -> String {
        self.state().options.project.clone()
    }

    /// The time that the service has.
    pub fn now(&self) -> Timestamp {
        self.state().now()
    }

    /// Stops the clock at `now`; from here on it moves with [`advance`](Self::advance) only.
    pub fn set_now(&self, now: Timestamp) {
        self.act(|state| state.clock.set(now));
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        self.act(|state| state.clock.advance(by));
    }

    /// Starts the runs that are due and ends those that had their time; each request does so, too.
    pub fn settle(&self) {
        self.act(|_| ());
    }

    /// Ends every run that is under way, but those that never end.
    pub fn finish_runs(&self) {
        self.act(|state| {
            let now = state.now();
            for index in 0..state.runs.len() {
                if state.runs[index].finish(now) {
                    load::end(state, index);
                }
            }
        });
    }

    /// Adds an empty dataset in a location such as `US` or `asia-northeast1`.
    pub fn add_dataset(&self, dataset: &str, location: &str) {
        self.act(|state| {
            let made = Dataset::new(location, state.now());
            state.datasets.insert(dataset.to_owned(), made);
        });
    }

    /// Adds a table that holds so many rows, or replaces the one of that name.
    ///
    /// # Panics
    /// When there is no such dataset.
    pub fn add_table(&self, dataset: &str, table: &str, rows: u64) {
        self.act(|state| {
            let now = state.now();
            match state.datasets.get_mut(dataset) {
                Some(dataset) => dataset
                    .tables
                    .insert(table.to_owned(), Table::new(rows, now)),
                None => panic!("no dataset {dataset} was added"),
            };
        });
    }

    /// How many rows a table holds; `None` without the table.
    pub fn rows(&self, dataset: &str, table: &str) -> Option<u64> {
        Some(self.state().datasets.get(dataset)?.tables.get(table)?.rows)
    }

    /// The datasets with their locations, by name.
    pub fn datasets(&self) -> Vec<(String, String)> {
        let state = self.state();
        let datasets = state.datasets.iter();
        datasets
            .map(|(name, dataset)| (name.clone(), dataset.location.clone()))
            .collect()
    }

    /// The names of a dataset's tables, in order; none without the dataset.
    pub fn tables(&self, dataset: &str) -> Vec<String> {
        let state = self.state();
        let dataset = state.datasets.get(dataset);
        dataset
            .map(|dataset| dataset.tables.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// Puts an object of so many rows into a bucket, modified now.
    pub fn add_object(&self, bucket: &str, key: &str, rows: u64) {
        self.add_object_of(bucket, key, rows, self.now());
    }

    /// Puts an object into a bucket, modified at a time.
    pub fn add_object_of(&self, bucket: &str, key: &str, rows: u64, modified: Timestamp) {
        let name = (bucket.to_owned(), key.to_owned());
        self.act(|state| state.objects.insert(name, Object { rows, modified }));
    }

    /// Puts objects into buckets, modified now: one JSON line each, with `bucket`, `key` and `rows`.
    ///
    /// # Errors
    /// A line is no such object.
    pub fn add_objects(&self, lines: &str) -> io::Result<()> {
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            let object: Listed = serde_json::from_str(line)?;
            self.add_object(&object.bucket, &object.key, object.rows);
        }
        Ok(())
    }

    /// Removes an object; one that is not there is removed already.
    pub fn remove_object(&self, bucket: &str, key: &str) {
        let name = (bucket.to_owned(), key.to_owned());
        self.act(|state| state.objects.remove(&name));
    }

    /// Adds a transfer config as somebody made it by hand, unlooked at: no default is filled in. Gives its name.
    ///
    /// `config` is a `TransferConfig` in JSON; a `secret_access_key` in its parameters is kept apart.
    pub fn add_config(&self, location: &str, config: Value) -> String {
        self.act(|state| {
            let made = Config::by_hand(state, location, config);
            let name = made.name(&state.options);
            state.configs.push(made);
            name
        })
    }

    /// Changes a transfer config as somebody does by hand.
    ///
    /// # Panics
    /// When there is no config of this name.
    pub fn edit_config(&self, name: &str, change: impl FnOnce(&mut Map<String, Value>)) {
        self.act(|state| {
            let options = &state.options;
            let mut configs = state.configs.iter_mut();
            match configs.find(|config| config.name(options) == name) {
                Some(config) => change(&mut config.fields),
                None => panic!("no config {name} is there"),
            }
        });
    }

    /// Removes a transfer config, if it is there; its runs go with it.
    pub fn remove_config(&self, name: &str) {
        self.act(|state| {
            let options = &state.options;
            let found = state
                .configs
                .iter()
                .position(|config| config.name(options) == name);
            if let Some(found) = found {
                let config = state.configs.remove(found);
                state.runs.retain(|run| run.config != config.id);
            }
        });
    }

    /// All transfer configs in the order in which they were made, as clients see them.
    pub fn configs(&self) -> Vec<Value> {
        let state = self.state();
        let configs = state.configs.iter();
        configs
            .map(|config| config.described(&state.options))
            .collect()
    }

    /// The secret key that a config has, by the config's name.
    pub fn secret(&self, config: &str) -> Option<String> {
        let state = self.state();
        let mut configs = state.configs.iter();
        let config = configs.find(|known| known.name(&state.options) == config)?;
        config.secret.clone()
    }

    /// The service account that a config was created for or moved to; `None` for the caller's own.
    pub fn service_account(&self, config: &str) -> Option<String> {
        let state = self.state();
        let mut configs = state.configs.iter();
        let config = configs.find(|known| known.name(&state.options) == config)?;
        config.service_account.clone()
    }

    /// All runs in the order in which they were started, as clients see them; this is no look.
    pub fn runs(&self) -> Vec<Value> {
        let state = self.state();
        let runs = state.runs.iter();
        runs.map(|run| run.described(&state.options)).collect()
    }

    /// Scripts what is wrong with the next run into a table, by the table's name; several add up.
    pub fn spoil_next(&self, table: &str, fault: Fault) {
        self.act(|state| state.faults.push((table.to_owned(), fault)));
    }

    /// The messages of all runs that ended, whether published or not, in order.
    pub fn finished(&self) -> Vec<Finished> {
        self.state().finished.clone()
    }

    /// What clients asked for that the discovery documents do not know, one line each.
    pub fn violations(&self) -> Vec<String> {
        self.state().violations.clone()
    }
}

/// An object as a file lists it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    bucket: String,
    key: String,
    rows: u64,
}

impl Service for Account {
    fn answer(&self, request: &Request, _running: usize) -> Answer {
        if let Some(Err(error)) = self.journal.as_ref().map(|journal| journal.append(request)) {
            return Refusal::internal(format!("the journal: {error}")).answer();
        }
        self.act(|state| route::route(state, request))
    }
}
