//! The structures once more, when the rows are locked: an `ALTER TABLE` that came between waits from now on, and one that was quicker is seen.

use table_diff::plan::fingerprint;
use table_diff::{Snapshot, TableName};

use super::work::TablePart;
use crate::error::SyncError;

/// Refuses tables whose structure is another one now. `snapshot` is of the role that reads, as the plan was made.
pub(crate) async fn refuse_changed(
    snapshot: &dyn Snapshot,
    parts: &[TablePart],
) -> Result<(), SyncError> {
    let names: Vec<TableName> = parts.iter().map(|it| it.table.name.clone()).collect();
    let now = snapshot.structures(&names).await?;
    for (part, now) in parts.iter().zip(now) {
        let now = now.map(|table| fingerprint(&table));
        if now != Some(fingerprint(&part.table)) {
            return Err(SyncError::StructureChanged {
                table: part.table.name.clone(),
            });
        }
    }
    Ok(())
}
