//! How far a run is, for those who watch.

use tokio::sync::watch;

/// What a run of a function is doing; the default is nothing.
pub trait Stage: Copy + Default + Send + Sync + 'static {
    /// The stage for people.
    fn words(self) -> &'static str;
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step<S> {
    /// What it is doing.
    pub stage: S,
    /// Records, items or files done in this stage.
    pub done: u64,
    /// All of them; 0 where that is not known.
    pub total: u64,
}

/// Tells those who watch how far the run is. Cloning is cheap.
#[derive(Clone, Debug, Default)]
pub struct Progress<S>(watch::Sender<Step<S>>);

impl<S: Stage> Progress<S> {
    /// Watches it.
    pub fn watch(&self) -> watch::Receiver<Step<S>> {
        self.0.subscribe()
    }

    /// A stage begins of which `done` are done already; without `total` nobody knows of how many.
    pub fn begin(&self, stage: S, done: u64, total: impl Into<Option<u64>>) {
        let total = total.into().unwrap_or(0);
        self.0.send_replace(Step { stage, done, total });
    }

    /// So many are done in `stage`, of as many as before.
    pub fn at(&self, stage: S, done: u64) {
        self.0.send_modify(|step| {
            *step = Step {
                stage,
                done,
                ..*step
            }
        });
    }

    /// So many more are done.
    pub fn more(&self, count: u64) {
        self.0.send_modify(|step| step.done += count);
    }

    /// There is nothing to watch any more.
    pub fn end(&self) {
        self.0.send_replace(Step::default());
    }

    /// How far it is now.
    pub fn now(&self) -> Step<S> {
        *self.0.borrow()
    }
}
