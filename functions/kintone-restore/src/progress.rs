//! How far the present run is, for those who watch.

use tokio::sync::watch;

/// What a run is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing yet, or no more.
    #[default]
    Idle,
    /// The backup is read for the plan.
    Planning,
    /// Records are written.
    Writing,
    /// What was written is read back.
    Verifying,
    /// What a drill wrote is deleted.
    Clearing,
}

impl Stage {
    /// The stage in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Idle => "waiting",
            Self::Planning => "reading the backup",
            Self::Writing => "writing records",
            Self::Verifying => "reading back",
            Self::Clearing => "deleting what the drill wrote",
        }
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// What it is doing.
    pub stage: Stage,
    /// Records done in this stage.
    pub done: u64,
    /// Records that there are in all; 0 where that is not known yet.
    pub total: u64,
}

/// Tells those who watch how far the run is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress(watch::Sender<Step>);

impl Progress {
    pub(crate) fn watch(&self) -> watch::Receiver<Step> {
        self.0.subscribe()
    }

    /// `total` is 0 where it is not known.
    pub(crate) fn begin(&self, stage: Stage, total: u64) {
        self.0.send_replace(Step {
            stage,
            done: 0,
            total,
        });
    }

    pub(crate) fn planned(&self, done: u64) {
        self.at(Stage::Planning, done);
    }

    pub(crate) fn written(&self, done: u64) {
        self.at(Stage::Writing, done);
    }

    pub(crate) fn verified(&self, done: u64) {
        self.at(Stage::Verifying, done);
    }

    pub(crate) fn cleared(&self, done: u64) {
        self.at(Stage::Clearing, done);
    }

    pub(crate) fn end(&self) {
        self.0.send_replace(Step::default());
    }

    /// How far it is now.
    pub(crate) fn now(&self) -> Step {
        *self.0.borrow()
    }

    fn at(&self, stage: Stage, done: u64) {
        self.0.send_modify(|step| {
            *step = Step {
                stage,
                done,
                ..*step
            }
        });
    }
}
