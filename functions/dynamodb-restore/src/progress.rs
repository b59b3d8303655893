//! How far the present restore is, for those who watch.

use tokio::sync::watch;

/// What a restore is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing yet, or no more.
    #[default]
    Idle,
    /// Manifests are read, and the target is looked at.
    Planning,
    /// Items are written.
    Writing,
    /// DynamoDB imports.
    Importing,
    /// What the backup does not have is deleted.
    Deleting,
    /// The backup is read again, to be compared.
    ReadingBackup,
    /// The table is read back.
    ReadingTable,
    /// Items are compared one by one.
    Comparing,
}

impl Stage {
    /// The stage for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Idle => "waiting",
            Self::Planning => "reading the manifest",
            Self::Writing => "writing items",
            Self::Importing => "importing",
            Self::Deleting => "deleting what the backup does not have",
            Self::ReadingBackup => "reading the backup again",
            Self::ReadingTable => "reading the table back",
            Self::Comparing => "comparing items",
        }
    }
}

/// How far a restore is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// What it is doing.
    pub stage: Stage,
    /// Items, or lines, done in this stage.
    pub done: u64,
    /// All of them; 0 where that is not known.
    pub total: u64,
}

/// Tells those who watch how far the restore is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress(watch::Sender<Step>);

impl Progress {
    pub(crate) fn watch(&self) -> watch::Receiver<Step> {
        self.0.subscribe()
    }

    pub(crate) fn begin(&self, stage: Stage, done: u64, total: Option<u64>) {
        let total = total.unwrap_or(0);
        self.0.send_replace(Step { stage, done, total });
    }

    pub(crate) fn more(&self, items: u64) {
        self.0.send_modify(|step| step.done += items);
    }

    pub(crate) fn end(&self) {
        self.0.send_replace(Step::default());
    }
}
