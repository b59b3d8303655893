//! What goes on behind the pages: comparing, applying, undoing. It lives on when the browser is closed.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use futures_util::FutureExt as _;
use tokio::sync::watch;
use tracing::Instrument as _;

use crate::page::desk::{Act, DeskError};
use crate::plan_id::PlanId;
use crate::progress::Progress;

/// How something ended: with a plan, or with what went wrong.
pub(crate) type End = Result<PlanId, DeskError>;

/// What goes on in this process, and how it ended.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    comparison: Mutex<Option<Arc<Task>>>,
    by_plan: Mutex<BTreeMap<PlanId, Arc<Task>>>,
    /// How many go on.
    running: watch::Sender<usize>,
}

/// Something that goes on, or went on.
#[derive(Debug)]
pub(crate) struct Task {
    /// Who began it, and when.
    pub(crate) begun: Act,
    pub(crate) progress: Progress,
    end: OnceLock<End>,
}

impl Task {
    /// How it ended; `None` while it goes on.
    pub(crate) fn end(&self) -> Option<&End> {
        self.end.get()
    }
}

impl Tasks {
    /// The last comparison.
    pub(crate) fn comparison(&self) -> Option<Arc<Task>> {
        lock(&self.comparison).clone()
    }

    /// The last that was done with a plan.
    pub(crate) fn of(&self, id: &PlanId) -> Option<Arc<Task>> {
        lock(&self.by_plan).get(id).cloned()
    }

    /// Begins a comparison, unless one goes on: then that is the answer.
    pub(crate) fn compare<W>(
        &self,
        begun: Act,
        work: impl FnOnce(Arc<Task>) -> W,
    ) -> Result<(), Act>
    where
        W: Future<Output = End> + Send + 'static,
    {
        let mut comparison = lock(&self.comparison);
        check_free(comparison.as_ref())?;
        *comparison = Some(self.begin(begun, work));
        Ok(())
    }

    /// Begins to work on a plan, unless somebody does: then that is the answer.
    pub(crate) fn work_on<W>(
        &self,
        id: &PlanId,
        begun: Act,
        work: impl FnOnce(Arc<Task>) -> W,
    ) -> Result<(), Act>
    where
        W: Future<Output = End> + Send + 'static,
    {
        let mut by_plan = lock(&self.by_plan);
        check_free(by_plan.get(id))?;
        by_plan.insert(id.clone(), self.begin(begun, work));
        Ok(())
    }

    fn begin<W>(&self, begun: Act, work: impl FnOnce(Arc<Task>) -> W) -> Arc<Task>
    where
        W: Future<Output = End> + Send + 'static,
    {
        let task = Arc::new(Task {
            begun,
            progress: Progress::default(),
            end: OnceLock::new(),
        });
        let working = AssertUnwindSafe(work(Arc::clone(&task))).catch_unwind();
        let running = self.running.clone();
        running.send_modify(|count| *count += 1);
        let ended = Arc::clone(&task);
        let to_its_end = async move {
            let end = working.await.unwrap_or_else(|_| {
                Err(DeskError::Failed {
                    words: "the function panicked; its log has the place".to_owned(),
                    passing: false,
                })
            });
            if let Err(error) = &end {
                tracing::error!(%error, "what a page began has failed");
            }
            // Nobody else sets it.
            ended.end.set(end).ok();
            running.send_modify(|count| *count -= 1);
        };
        tokio::spawn(to_its_end.in_current_span());
        task
    }

    /// Completes when nothing goes on.
    pub(crate) async fn idle(&self) {
        let mut running = self.running.subscribe();
        // The sender lives as long as we do.
        running.wait_for(|count| *count == 0).await.ok();
    }
}

fn check_free(task: Option<&Arc<Task>>) -> Result<(), Act> {
    match task {
        Some(task) if task.end().is_none() => Err(task.begun.clone()),
        _ => Ok(()),
    }
}

/// What is locked is whole at all times, so that a panic elsewhere leaves nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
