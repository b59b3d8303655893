//! How migrations are run.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::{Stop, VersionTable};

/// How migrations are run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The table of the version.
    pub table: VersionTable,
    /// What other sessions see of this one, in `pg_stat_activity`.
    pub application_name: String,
    /// How long logging in may take.
    pub connect_timeout: Duration,
    /// How long to wait for another job to end.
    pub job_lock_timeout: Duration,
    /// How long a statement may wait for a lock, in which time everybody else waits behind it; zero for ever.
    pub lock_timeout: Duration,
    /// How long a statement may take; zero for ever.
    pub statement_timeout: Duration,
    /// How often a file is tried that does not get a lock, or meets another passing fault.
    pub attempts: NonZeroU32,
    /// Whether versions below the stored one that were never applied are applied too.
    pub out_of_order: bool,
    /// Whether a migration without a down file is reverted by doing nothing, as golang-migrate does.
    pub empty_down: bool,
    /// The platform's run that this is an attempt of.
    pub execution: Option<Execution>,
    /// Tells it to stop.
    pub stop: Stop,
}

/// A run of the platform's, which it may try more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// Its name: `CLOUD_RUN_EXECUTION`.
    pub id: String,
    /// Which attempt this is, from 0: `CLOUD_RUN_TASK_ATTEMPT`.
    pub attempt: u32,
}

impl Options {
    pub(crate) fn execution_id(&self) -> Option<&str> {
        Some(&self.execution.as_ref()?.id)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            table: VersionTable::default(),
            application_name: "schema-migrate".to_owned(),
            connect_timeout: Duration::from_secs(30),
            job_lock_timeout: Duration::from_mins(5),
            lock_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_mins(15),
            attempts: const { NonZeroU32::new(5).unwrap() },
            out_of_order: false,
            empty_down: false,
            execution: None,
            stop: Stop::never(),
        }
    }
}
