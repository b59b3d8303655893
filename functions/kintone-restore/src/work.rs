//! What the steps of one restore have in common.

use std::sync::Arc;

use cloud_store::Store;
use jiff::Timestamp;
use kintone_client::{Client, FormFields};
use run_record::Hold;

use crate::conversion::Conversion;
use crate::edits::Edits;
use crate::function::KintoneRestore;
use crate::identity::IdMap;
use crate::journal::Journal;
use crate::request::{Mode, Restore};
use crate::source::{Origin, Source};

/// One restore under way.
pub(crate) struct Work<'a> {
    pub(crate) function: &'a KintoneRestore,
    pub(crate) client: &'a Client,
    pub(crate) restore: &'a Restore,
    pub(crate) source: &'a Source,
    pub(crate) origin: &'a Origin,
    /// The form of the app that is written to.
    pub(crate) form: &'a FormFields,
    /// How records are written, and told from what is read back.
    pub(crate) conversion: Arc<Conversion>,
    /// What former restores of the same app have added, for a restore by number.
    pub(crate) former: &'a IdMap,
    /// What others have edited, and somebody accepted that it is overwritten.
    pub(crate) overwrites: &'a Edits,
    pub(crate) journal: Journal,
    /// The folder of the run record.
    pub(crate) day: &'a Store,
    pub(crate) run: &'a str,
    /// What the objects of this round of the run begin with.
    pub(crate) stem: &'a str,
    /// Whether the run is still this process's.
    pub(crate) hold: Hold,
    /// When the rest is left to the next invocation.
    pub(crate) deadline: Timestamp,
}

impl Work<'_> {
    pub(crate) fn app(&self) -> u64 {
        self.restore.target()
    }

    pub(crate) fn mode(&self) -> Mode {
        self.restore.mode()
    }

    /// How many bulks are under way at the same time.
    pub(crate) fn bulks_at_once(&self) -> usize {
        self.function.bulks_at_once(self.mode())
    }

    /// Whether this invocation has no time for more.
    pub(crate) fn is_late(&self) -> bool {
        self.function.clock.now() >= self.deadline
    }
}
