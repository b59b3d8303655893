//! An account in a Region: what a test prepares and asks.

use std::io;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;

use super::Options;
use super::call::{self, Call};
use super::error::Refusal;
use super::fault::{Fault, Obstacle, Tamper};
use super::snapshot::Snapshot;
use super::source::{Kind, Source};
use super::state::State;
use super::truth::Truth;
use super::{describe, start, tasks, xml};
use crate::exchange::{Answer, Request};
use crate::server::{Service, lock};

/// An account in a Region, with its databases, snapshots and exports.
#[derive(Debug)]
pub struct Account {
    state: Mutex<State>,
}

impl Account {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            state: Mutex::new(State::new(options)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = lock(&self.state);
        state.settle();
        state
    }

    /// The time that the service has.
    pub fn now(&self) -> Timestamp {
        self.state().now()
    }

    /// Stops the clock at `now`; from here on it moves with [`advance`](Self::advance) only.
    pub fn set_now(&self, now: Timestamp) {
        lock(&self.state).clock.set(now);
        self.settle();
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        lock(&self.state).clock.advance(by);
        self.settle();
    }

    /// Lets every export write what it has written by now; each request does so, too.
    pub fn settle(&self) {
        drop(self.state());
    }

    /// Adds a cluster or an instance, or replaces the one of that identifier.
    pub fn add(&self, source: Source) {
        let identifier = source.identifier.clone();
        self.state().sources.insert(identifier, source);
    }

    /// Changes what a source holds from now on; earlier snapshots keep what they have.
    ///
    /// # Panics
    /// When there is no such source.
    pub fn edit(&self, source: &str, change: impl FnOnce(&mut Source)) {
        match self.state().sources.get_mut(source) {
            Some(source) => change(source),
            None => panic!("no source {source} was added"),
        }
    }

    /// Takes a snapshot of what the source holds now, and gives its ARN.
    ///
    /// # Panics
    /// When there is no such source.
    pub fn add_snapshot(&self, source: &str, snapshot: Snapshot) -> String {
        let mut state = self.state();
        let Some(source) = state.sources.get(source) else {
            panic!("no source {source} was added");
        };
        let taken = snapshot.of(source);
        let arn = state.snapshot_arn(&taken);
        state.snapshots.push(taken);
        arn
    }

    /// Gives a snapshot a status for ever, such as `available`; does nothing for an unknown ARN.
    pub fn set_snapshot_status(&self, arn: &str, status: &str) {
        let mut state = self.state();
        let mut known = state.snapshots.iter();
        let found = known.position(|snapshot| state.snapshot_arn(snapshot) == arn);
        if let Some(found) = found {
            state.snapshots[found].status = Some(status.to_owned());
        }
    }

    /// Removes a snapshot; exports of it go on.
    pub fn delete_snapshot(&self, arn: &str) {
        let mut state = self.state();
        let mut known = state.snapshots.iter();
        let found = known.position(|snapshot| state.snapshot_arn(snapshot) == arn);
        if let Some(found) = found {
            state.snapshots.remove(found);
        }
    }

    /// Scripts what goes wrong in the next export of `source`; several add up.
    pub fn next_export(&self, source: &str, fault: Fault) {
        self.state().faults.push((source.to_owned(), fault));
    }

    /// Puts something in the way of all exports from now on.
    pub fn obstruct(&self, obstacle: Obstacle) {
        self.state().obstacles.push(obstacle);
    }

    /// Takes away what stands in the way.
    pub fn clear_obstacles(&self) {
        self.state().obstacles.clear();
    }

    /// Makes every marker that was given out so far a refused one.
    pub fn expire_markers(&self) {
        self.state().epoch += 1;
    }

    /// The identifiers of all exports, in the order in which they were started.
    pub fn exports(&self) -> Vec<String> {
        let state = self.state();
        let tasks = state.tasks.iter();
        tasks.map(|task| task.identifier.clone()).collect()
    }

    /// What a perfect observer would say of an export now; `None` when there is none of this name.
    pub fn truth(&self, identifier: &str) -> Option<Truth> {
        let state = self.state();
        let now = state.now();
        let mut tasks = state.tasks.iter();
        let task = tasks.find(|task| task.identifier == identifier)?;
        Some(task.truth(now))
    }

    /// The keys of what an export has written so far, in order.
    pub fn keys(&self, identifier: &str) -> Vec<String> {
        let state = self.state();
        let tasks = state
            .tasks
            .iter()
            .filter(|task| task.identifier == identifier);
        tasks
            .flat_map(|task| task.written.iter().map(|written| written.key.clone()))
            .collect()
    }

    /// Does `tamper` to every object of an export whose key contains `part_of_key`, and gives their
    /// keys. [`truth`](Self::truth) knows of it.
    ///
    /// # Errors
    /// The store can't be reached, or has lost an object.
    pub fn tamper(
        &self,
        identifier: &str,
        part_of_key: &str,
        tamper: Tamper,
    ) -> io::Result<Vec<String>> {
        let mut state = self.state();
        let objects = state.options.objects.clone();
        let mut keys = Vec::new();
        let tasks = state.tasks.iter_mut();
        for task in tasks.filter(|task| task.identifier == identifier) {
            let written = task.written.iter_mut();
            for written in written.filter(|written| written.key.contains(part_of_key)) {
                match tamper {
                    Tamper::Delete => objects.delete(&task.bucket, &written.key)?,
                    Tamper::Truncate => {
                        let content = objects.get(&task.bucket, &written.key)?;
                        let half = &content[..content.len() / 2];
                        objects.put(&task.bucket, &written.key, half)?;
                    }
                }
                written.tampered = true;
                keys.push(written.key.clone());
            }
        }
        Ok(keys)
    }
}

impl Service for Account {
    fn answer(&self, request: &Request, _running: usize) -> Answer {
        let mut state = self.state();
        state.requests += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", state.requests);
        let action = request.action();
        match act(&mut state, request, &action) {
            Ok(result) => {
                let result = xml::element(&format!("{action}Result"), &result);
                let metadata = xml::element("ResponseMetadata", &xml::text("RequestId", &id));
                let body = result + &metadata;
                xml::answer(200, &id, &format!("{action}Response"), &body)
            }
            Err(refusal) => refusal.answer(&id),
        }
    }
}

fn act(state: &mut State, request: &Request, action: &str) -> Result<String, Refusal> {
    call::authorized(request, &state.options.region)?;
    let call = Call::parse(request)?;
    state.permit(action)?;
    match action {
        "StartExportTask" => start::start(state, &call),
        "DescribeExportTasks" => tasks::describe(state, &call),
        "CancelExportTask" => tasks::cancel(state, &call),
        "DescribeDBClusterSnapshots" => describe::snapshots(state, &call, Kind::Cluster),
        "DescribeDBSnapshots" => describe::snapshots(state, &call, Kind::Instance),
        "DescribeDBClusters" => describe::sources(state, &call, Kind::Cluster),
        "DescribeDBInstances" => describe::sources(state, &call, Kind::Instance),
        _ => Err(Refusal::new(
            "InvalidAction",
            format!("Could not find operation {action} for version 2014-10-31"),
        )),
    }
}
