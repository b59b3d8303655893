//! What the role that writes must be allowed: asked before a person is.

use table_diff::plan::Summary;
use table_diff::{Class, ClassCounts, Right, TableName};

use crate::error::SyncError;
use crate::function::TableSync;

impl TableSync {
    /// Whether the role that writes may write all rows of `classes`; also where no such role is set.
    ///
    /// # Errors
    /// It lacks rights, which the error names, or the database can't be asked.
    pub async fn check_rights(
        &self,
        summary: &Summary,
        classes: &[Class],
    ) -> Result<(), SyncError> {
        let tables = summary.tables.iter().enumerate();
        let counts = tables.filter_map(|(number, table)| {
            let counts = table.end.as_ref()?.counts.classes.iter();
            let mut chosen = ClassCounts::default();
            chosen.extend(counts.filter(|(class, _)| classes.contains(class)));
            Some((number, chosen))
        });
        self.check_rights_for(summary, counts).await
    }

    /// The same for so many rows of each class, by the number of their table.
    pub(crate) async fn check_rights_for(
        &self,
        summary: &Summary,
        counts: impl Iterator<Item = (usize, ClassCounts)>,
    ) -> Result<(), SyncError> {
        let ends = self.ends(summary.plan.reverse);
        let Ok(database) = ends.writer() else {
            return Ok(());
        };
        let needed = needed(summary, counts);
        if needed.is_empty() {
            return Ok(());
        }
        let snapshot = database.snapshot(&self.limits()).await?;
        let lacking = snapshot.lacking(&needed).await?;
        refuse(ends.writer_setting, lacking)
    }
}

/// Refuses a role that lacks rights.
pub(super) fn refuse(setting: &'static str, rights: Vec<String>) -> Result<(), SyncError> {
    if rights.is_empty() {
        return Ok(());
    }
    Err(SyncError::Lacking { setting, rights })
}

/// The tables that are written to, and what must be allowed there.
pub(super) fn needed(
    summary: &Summary,
    counts: impl Iterator<Item = (usize, ClassCounts)>,
) -> Vec<(TableName, Vec<Right>)> {
    let tables = counts.filter(|(_, counts)| !counts.is_empty());
    let rights = tables.filter_map(|(number, counts)| {
        let table = summary.tables.get(number)?;
        Some((table.table.name.clone(), rights(&counts)))
    });
    rights.collect()
}

fn rights(counts: &ClassCounts) -> Vec<Right> {
    // Rows are looked for under a lock, also those that must not be there yet; and who locks rows must have the right to change them.
    let mut rights = vec![Right::Select, Right::Update];
    let writes = |class| counts.get(class) > 0;
    if writes(Class::Insert) {
        rights.push(Right::Insert);
    }
    if writes(Class::Delete) {
        rights.push(Right::Delete);
    }
    rights
}
