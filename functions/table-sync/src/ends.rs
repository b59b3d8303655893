//! Which database rows come from, and which they go to.

use std::sync::Arc;

use table_diff::Database;

use crate::error::SyncError;
use crate::function::TableSync;

/// The two databases of a plan. A reverse plan swaps them.
#[derive(Clone, Debug)]
pub(crate) struct Ends {
    pub(crate) source: End,
    pub(crate) target: End,
    /// The target by the role that writes.
    writer: Option<Arc<dyn Database>>,
    /// The setting with its address.
    pub(crate) writer_setting: &'static str,
}

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct End {
    /// By the role that reads.
    pub(crate) database: Arc<dyn Database>,
    /// What people call it.
    pub(crate) name: String,
}

impl Ends {
    /// The database that is written to.
    ///
    /// # Errors
    /// Nobody gave its address.
    pub(crate) fn writer(&self) -> Result<&Arc<dyn Database>, SyncError> {
        self.writer.as_ref().ok_or_else(|| SyncError::ReadOnly {
            setting: self.writer_setting,
            name: self.target.name.clone(),
        })
    }
}

impl TableSync {
    pub(crate) fn ends(&self, reverse: bool) -> Ends {
        let end = |database: &Arc<dyn Database>, name: &str| End {
            database: Arc::clone(database),
            name: name.to_owned(),
        };
        let source = end(&self.source, &self.config.source_name);
        let target = end(&self.target, &self.config.target_name);
        if reverse {
            return Ends {
                source: target,
                target: source,
                writer: self.reverse_apply.clone(),
                writer_setting: "REVERSE_APPLY_URL",
            };
        }
        Ends {
            source,
            target,
            writer: self.apply.clone(),
            writer_setting: "APPLY_URL",
        }
    }
}
