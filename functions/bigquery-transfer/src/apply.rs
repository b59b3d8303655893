//! The plan carried out; each step is safe to repeat.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use function_core::{Retryable, chain, first_few};
use futures_util::stream::{self, StreamExt as _};

use run_record::Hold;

use crate::config::Unwanted;
use crate::gcp::{ApiError, BigQuery, Fault, ScheduleForm};
use crate::plan::{Action, Plan, Removal, Step};
use crate::transfer_config::{Change, ConfigName};

/// Requests at the same time. The quota of the transfer API is counted by the minute, so more would not be sooner.
const AT_ONCE: usize = 8;

/// How often a create is begun again whose answer was lost and which was not carried out.
const CREATE_ATTEMPTS: u32 = 5;

/// Failures that an error names.
const SHOWN: usize = 5;

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Applied {
    /// The config of each wanted table.
    pub(crate) configs: BTreeMap<String, ConfigName>,
    /// Write requests that were carried out.
    pub(crate) written: u64,
}

/// Some steps were not carried out. The others were, and the next attempt goes on with the rest.
#[derive(Debug, thiserror::Error)]
#[error("{done} of {all} steps were carried out; {failures}")]
pub struct ApplyError {
    done: u64,
    all: usize,
    failures: String,
    is_passing: bool,
}

impl Retryable for ApplyError {
    fn is_retryable(&self) -> bool {
        self.is_passing
    }
}

/// Who carries out, and what has become of it.
struct Work<'a> {
    bigquery: &'a BigQuery,
    service_account: Option<&'a str>,
    location: &'a str,
    hold: &'a Hold,
    written: AtomicU64,
    /// Set by a fault that every other step would meet, too, and once another process is at it.
    is_hopeless: AtomicBool,
}

/// Carries out `plan`: the dataset, the tables, what is not wanted, then the configs, some at a time.
///
/// # Errors
/// Some steps failed; all others were carried out, unless a permission is missing, or a config could not be removed. Once the lease
/// of `hold` is another's no config is touched any more, without an error: the caller looks at it.
pub(crate) async fn apply(
    bigquery: &BigQuery,
    service_account: Option<&str>,
    plan: &Plan,
    hold: &Hold,
) -> Result<Applied, ApplyError> {
    let work = Work {
        bigquery,
        service_account,
        location: &plan.location,
        hold,
        written: AtomicU64::new(0),
        is_hopeless: AtomicBool::new(false),
    };
    let failed = |failures: Vec<ApiError>| ApplyError::new(&work, plan, &failures);
    if plan.creates_dataset {
        let created = bigquery.create_dataset(&plan.location).await;
        work.note(created).map_err(|error| failed(vec![error]))?;
    }
    let tables = plan.tables.iter().map(|table| work.table(table));
    let (_, failures) = some_at_a_time(tables.collect()).await;
    if !failures.is_empty() {
        return Err(failed(failures));
    }
    let removals = plan.unwanted.iter().map(|removal| work.removal(removal));
    let (_, failures) = some_at_a_time(removals.collect()).await;
    if !failures.is_empty() {
        // What could not be removed may write to a table that another config is now to write to.
        return Err(failed(failures));
    }
    let steps = plan.configs.iter().map(|step| work.config(step));
    let (configs, failures) = some_at_a_time(steps.collect()).await;
    if !failures.is_empty() {
        return Err(failed(failures));
    }
    Ok(Applied {
        configs: configs.into_iter().collect(),
        written: work.written.into_inner(),
    })
}

/// Carries out `steps`, some at a time. One that answers `None` was not begun.
async fn some_at_a_time<T>(
    steps: Vec<impl Future<Output = Option<Result<T, ApiError>>>>,
) -> (Vec<T>, Vec<ApiError>) {
    let results = stream::iter(steps).buffer_unordered(AT_ONCE);
    let results: Vec<_> = results.collect().await;
    let mut done = Vec::new();
    let mut failures = Vec::new();
    for result in results.into_iter().flatten() {
        match result {
            Ok(value) => done.push(value),
            Err(error) => failures.push(error),
        }
    }
    (done, failures)
}

impl Work<'_> {
    async fn table(&self, table: &str) -> Option<Result<(), ApiError>> {
        if self.is_hopeless() {
            return None;
        }
        Some(self.note(self.bigquery.create_table(table).await))
    }

    async fn config(&self, step: &Step) -> Option<Result<(String, ConfigName), ApiError>> {
        if self.is_hopeless() {
            return None;
        }
        let name = match &step.action {
            Action::Keep(name) => Ok(name.clone()),
            Action::Create(change) => {
                self.is_still_ours().await.then_some(())?;
                self.note(self.create(change).await)
            }
            Action::Patch {
                name, form, change, ..
            } => {
                self.is_still_ours().await.then_some(())?;
                let patched = self.bigquery.patch_config(name, *form, change).await;
                self.note(patched).map(|config| config.name)
            }
        };
        Some(name.map(|name| (step.key.clone(), name)))
    }

    async fn removal(&self, removal: &Removal) -> Option<Result<(), ApiError>> {
        if self.is_hopeless() {
            return None;
        }
        if removal.manner == Unwanted::Report || !self.is_still_ours().await {
            return None;
        }
        let done = match removal.manner {
            Unwanted::Report => return None,
            Unwanted::Delete => self.bigquery.delete_config(&removal.name).await,
            Unwanted::Disable => {
                let change = Change {
                    disabled: Some(true),
                    ..Change::default()
                };
                let patched = self
                    .bigquery
                    .patch_config(&removal.name, ScheduleForm::New, &change);
                patched.await.map(drop)
            }
        };
        Some(self.note(done))
    }

    /// Creates a config. Where the answer was lost, the config may be there: it is looked for before it is created again, because
    /// two configs of one table load it twice.
    async fn create(&self, change: &Change) -> Result<ConfigName, ApiError> {
        let mut attempt = 1;
        loop {
            let created = self
                .bigquery
                .create_config(self.location, self.service_account, change);
            let error = match created.await {
                Ok(config) => return Ok(config.name),
                Err(error) if !error.may_have_happened() => return Err(error),
                Err(error) => error,
            };
            tracing::warn!(%error, attempt, "looking for the config before it is created again");
            self.bigquery.pause(attempt).await;
            let name = change.display_name.as_deref().unwrap_or_default();
            match self.bigquery.config_called(self.location, name).await? {
                Some(config) => return Ok(config),
                None if attempt >= CREATE_ATTEMPTS => return Err(error),
                None => attempt += 1,
            }
        }
    }

    /// Whether the lease is. A process that stood still may wake up after another has taken over: both would create a config, or
    /// this one would take back what the other did.
    async fn is_still_ours(&self) -> bool {
        let is_ours = self.hold.check().await.is_ok();
        if !is_ours {
            self.is_hopeless.store(true, Ordering::Relaxed);
        }
        is_ours
    }

    fn is_hopeless(&self) -> bool {
        self.is_hopeless.load(Ordering::Relaxed)
    }

    fn note<T>(&self, result: Result<T, ApiError>) -> Result<T, ApiError> {
        match &result {
            Ok(_) => {
                self.written.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) if error.fault() == Fault::Denied => {
                self.is_hopeless.store(true, Ordering::Relaxed);
            }
            Err(_) => {}
        }
        result
    }
}

impl ApplyError {
    fn new(work: &Work<'_>, plan: &Plan, failures: &[ApiError]) -> Self {
        let mut words: Vec<String> = failures.iter().map(|error| chain(error)).collect();
        // They stand in the order in which they came, which is never the same twice.
        words.sort_unstable();
        words.dedup();
        Self {
            done: work.written.load(Ordering::Relaxed),
            all: plan.writes(),
            failures: first_few(&words, SHOWN, "; "),
            is_passing: failures.iter().all(Retryable::is_retryable),
        }
    }
}
