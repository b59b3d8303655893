//! How far the present run is, for those who watch.

use tokio::sync::watch;

/// What a run is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing yet, or no more.
    #[default]
    Idle,
    /// Records are read and written.
    Reading,
    /// What was written is compared with what the app has now.
    Sweeping,
    /// Files are saved.
    Attachments,
    /// The generation is published.
    Publishing,
    /// The database is loaded.
    Loading,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// What it is doing.
    pub stage: Stage,
    /// Records or files done in this stage.
    pub done: u64,
    /// Records that there are in all.
    pub total: u64,
}

/// Tells those who watch how far the run is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress(watch::Sender<Step>);

impl Progress {
    pub(crate) fn watch(&self) -> watch::Receiver<Step> {
        self.0.subscribe()
    }

    pub(crate) fn begin(&self, total: u64) {
        self.0.send_replace(Step {
            stage: Stage::Reading,
            done: 0,
            total,
        });
    }

    pub(crate) fn read(&self, done: u64) {
        self.at(Stage::Reading, done);
    }

    pub(crate) fn sweeping(&self) {
        self.at(Stage::Sweeping, 0);
    }

    pub(crate) fn saved(&self, files: u64) {
        self.at(Stage::Attachments, files);
    }

    pub(crate) fn publishing(&self) {
        self.at(Stage::Publishing, 0);
    }

    pub(crate) fn loaded(&self, done: u64) {
        self.at(Stage::Loading, done);
    }

    pub(crate) fn end(&self) {
        self.0.send_replace(Step::default());
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
