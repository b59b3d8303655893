//! What an undo would write, for a person to see before it does.

use std::collections::BTreeSet;

use serde::Serialize;
use table_diff::plan::Summary;
use table_diff::{Caution, Class, DeleteLimits, TableCounts};

use crate::error::SyncError;
use crate::function::TableSync;
use crate::plans::{Applied, WrittenRows, object};

/// What a person decided about an undo. It is bound to the digest of what was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoDecision {
    /// [`UndoPreview::digest`].
    pub digest: String,
    /// The tables whose names were typed, so that many of their rows may be deleted.
    pub confirmed: BTreeSet<String>,
    /// Who decided.
    pub by: String,
}

/// What an undo would write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UndoPreview {
    /// The plan.
    pub plan: String,
    /// The digest of the old rows, as `result.json` has it.
    pub digest: String,
    /// What would be written to each table.
    pub tables: Vec<UndoRows>,
}

/// What an undo would write to one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UndoRows {
    /// How many rows of what.
    #[serde(flatten)]
    pub rows: WrittenRows,
    /// Why the deletions must be confirmed by typing the table's name; `None` where they need not be.
    pub caution: Option<Caution>,
}

impl TableSync {
    /// What undoing the plan `id` would write.
    ///
    /// # Errors
    /// There is no such plan, it was not applied, or the store fails.
    pub async fn undo_preview(&self, id: &str) -> Result<UndoPreview, SyncError> {
        let id = Self::plan_id(id)?;
        let summary = self.summary_of(&id).await?;
        match self.plans.of(&id).read::<Applied>(object::RESULT).await? {
            Some(applied) => Ok(self.preview(&summary, &applied)),
            None => Err(SyncError::NotApplied { id: id.to_string() }),
        }
    }

    pub(crate) fn preview(&self, summary: &Summary, applied: &Applied) -> UndoPreview {
        let limits = self.delete_limits();
        let tables = applied.tables.iter().map(|written| UndoRows {
            rows: WrittenRows {
                table: written.table.clone(),
                inserted: written.deleted,
                updated: written.updated,
                deleted: written.inserted,
            },
            caution: Caution::of(&counts(summary, written), &limits),
        });
        UndoPreview {
            plan: applied.plan.clone(),
            digest: applied.undo.clone(),
            tables: tables.collect(),
        }
    }

    pub(crate) fn delete_limits(&self) -> DeleteLimits {
        DeleteLimits {
            rows: self.config.delete_rows_max,
            percent: self.config.delete_percent_max.into(),
        }
    }
}

impl UndoPreview {
    /// Refuses what is not what was looked at, and many deletions whose table nobody named.
    pub(super) fn check(&self, decision: &UndoDecision) -> Result<(), SyncError> {
        if decision.digest != self.digest {
            return Err(SyncError::UndoDigest {
                id: self.plan.clone(),
                seen: decision.digest.clone(),
                is: self.digest.clone(),
            });
        }
        let is_confirmed = |it: &&UndoRows| {
            let name = it.rows.table.to_string();
            it.caution.is_none() || decision.confirmed.contains(&name)
        };
        match self.tables.iter().find(|it| !is_confirmed(it)) {
            None => Ok(()),
            Some(unconfirmed) => Err(SyncError::UndoDeletes {
                id: self.plan.clone(),
                table: unconfirmed.rows.table.clone(),
                rows: unconfirmed.rows.deleted,
            }),
        }
    }
}

/// What is known of the table after the plan was applied: what it inserted would go.
fn counts(summary: &Summary, written: &WrittenRows) -> TableCounts {
    let ends = summary.tables.iter().filter_map(|it| it.end.as_ref());
    let end = { ends }.find(|end| end.table == written.table);
    let before = end.map_or(0, |end| end.counts.target_rows);
    let mut counts = TableCounts {
        source_rows: u64::MAX,
        target_rows: (before + written.inserted).saturating_sub(written.deleted),
        ..TableCounts::default()
    };
    counts.classes.extend([(Class::Delete, written.inserted)]);
    counts
}
