//! All that an account holds in a Region.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Options;
use super::error::Refusal;
use super::fault::{Fault, Obstacle};
use super::layout::InfoForm;
use super::snapshot::Taken;
use super::source::{Kind, Source};
use super::task::Task;
use crate::clock::Clock;

/// The state of an account.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) options: Options,
    pub(crate) clock: Clock,
    /// When everything was settled last: one request sees one instant.
    instant: Timestamp,
    pub(crate) sources: BTreeMap<String, Source>,
    pub(crate) snapshots: Vec<Taken>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) faults: Vec<(String, Fault)>,
    pub(crate) obstacles: Vec<Obstacle>,
    /// Markers of an earlier epoch are expired.
    pub(crate) epoch: u64,
    pub(crate) requests: u64,
}

impl State {
    pub(crate) fn new(options: Options) -> Self {
        let mut clock = Clock::default();
        if let Some(now) = options.now {
            clock.set(now);
        }
        Self {
            options,
            clock,
            instant: clock.now(),
            sources: BTreeMap::new(),
            snapshots: Vec::new(),
            tasks: Vec::new(),
            faults: Vec::new(),
            obstacles: Vec::new(),
            epoch: 0,
            requests: 0,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.instant
    }

    /// Lets every export write what it has written by now.
    pub(crate) fn settle(&mut self) {
        let now = self.clock.now();
        self.instant = now;
        let form = InfoForm {
            tables: self.options.tables_per_info,
            short_targets: self.options.short_targets,
        };
        for task in &mut self.tasks {
            task.write(&self.options.objects, form, now);
        }
    }

    pub(crate) fn arn(&self, resource: &str, identifier: &str) -> String {
        let Options {
            region, account, ..
        } = &self.options;
        format!("arn:aws:rds:{region}:{account}:{resource}:{identifier}")
    }

    pub(crate) fn snapshot_arn(&self, snapshot: &Taken) -> String {
        let resource = snapshot.source.kind.snapshot_resource();
        self.arn(resource, &snapshot.identifier)
    }

    pub(crate) fn source_arn(&self, source: &Source) -> String {
        self.arn(source.kind.resource(), &source.identifier)
    }

    pub(crate) fn snapshots_of(&self, kind: Kind) -> impl Iterator<Item = &Taken> {
        let of_kind = move |snapshot: &&Taken| snapshot.source.kind == kind;
        self.snapshots.iter().filter(of_kind)
    }

    /// Refuses what the caller may not do.
    pub(crate) fn permit(&self, action: &str) -> Result<(), Refusal> {
        if !self
            .obstacles
            .contains(&Obstacle::Denied(action.to_owned()))
        {
            return Ok(());
        }
        let account = &self.options.account;
        Err(Refusal::new(
            "AccessDenied",
            format!(
                "User: arn:aws:sts::{account}:assumed-role/function/function is not authorized to \
                 perform: rds:{action} because no identity-based policy allows the rds:{action} action"
            ),
        ))
    }
}
