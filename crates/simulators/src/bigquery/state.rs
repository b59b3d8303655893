//! All that a project holds.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use jiff::Timestamp;

use super::config::Config;
use super::dataset::Dataset;
use super::discovery::{self, Api};
use super::fault::Fault;
use super::job::Job;
use super::load;
use super::object::Object;
use super::publish::Finished;
use super::run::Run;
use super::{Options, start};
use crate::clock::Clock;

/// The state of a project.
#[derive(Debug)]
pub(super) struct State {
    pub(super) options: Options,
    pub(super) apis: Arc<Vec<Api>>,
    pub(super) clock: Clock,
    pub(super) datasets: BTreeMap<String, Dataset>,
    pub(super) configs: Vec<Config>,
    pub(super) runs: Vec<Run>,
    pub(super) jobs: Vec<Job>,
    pub(super) objects: BTreeMap<(String, String), Object>,
    /// What is to go wrong with the next run into a table.
    pub(super) faults: Vec<(String, Fault)>,
    /// The messages of runs that ended.
    pub(super) finished: Vec<Finished>,
    /// How many of those were handed on to be published.
    pub(super) published: usize,
    pub(super) violations: Vec<String>,
    identities: u64,
}

impl State {
    /// # Errors
    /// The discovery documents are missing.
    pub(super) fn new(options: Options) -> io::Result<Self> {
        let mut clock = Clock::default();
        if let Some(now) = options.now {
            clock.set(now);
        }
        Ok(Self {
            apis: Arc::new(discovery::read(options.documents.as_deref())?),
            options,
            clock,
            datasets: BTreeMap::new(),
            configs: Vec::new(),
            runs: Vec::new(),
            jobs: Vec::new(),
            objects: BTreeMap::new(),
            faults: Vec::new(),
            finished: Vec::new(),
            published: 0,
            violations: Vec::new(),
            identities: 0,
        })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Starts what is due by its schedule, and ends what has had its time.
    pub(super) fn settle(&mut self) {
        start::due(self);
        let now = self.now();
        for index in 0..self.runs.len() {
            if self.runs[index].advance(self.options.pace, now) {
                load::end(self, index);
            }
        }
    }

    /// An identity in the shape that configs and runs have.
    pub(super) fn identity(&mut self) -> String {
        self.identities += 1;
        let seconds = self.now().as_second();
        format!(
            "{seconds:08x}-0000-2e{:02x}-a568-{:012x}",
            self.identities % 256,
            self.identities
        )
    }

    /// Whether a request names this project, by its id or its number.
    pub(super) fn is_mine(&self, project: &str) -> bool {
        project == self.options.project || project == self.options.project_number
    }
}

/// A time as JSON has it.
pub(super) fn text(time: Timestamp) -> String {
    // The service tells microseconds.
    format!("{time:.6}")
}
