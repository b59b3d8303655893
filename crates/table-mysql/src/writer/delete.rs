//! Deletes what is staged for deletion.

use table_diff::{Action, DatabaseError, Table};

use super::Staged;
use super::self_reference::SelfReference;
use super::stage::staged_for;
use crate::identifier::column;

impl Staged<'_> {
    /// Deletes the rows, children before their parents.
    pub(super) async fn delete(&mut self, table: &Table) -> Result<u64, DatabaseError> {
        let step = self.step("deleting rows of");
        let references = SelfReference::all(table, &self.layout);
        let deleted = self.delete_in_order(&references).await;
        deleted.map_err(|error| self.session.fault(&step, error))
    }

    async fn delete_in_order(
        &mut self,
        references: &[SelfReference<'_>],
    ) -> Result<u64, mysql_async::Error> {
        for name in references.iter().filter_map(|it| it.nullable) {
            // They will be gone: whether they point at each other no longer matters.
            let sql = format!(
                "UPDATE {} s STRAIGHT_JOIN {} t ON {} SET {} = NULL WHERE {}",
                self.stage.name,
                self.layout.table(),
                self.layout.same_key("t", "s"),
                column("t", name),
                staged_for(Action::Delete)
            );
            self.for_all(&sql).await?;
        }
        let mut deleted = 0;
        if let Some(leaves) = self.leaves(references) {
            loop {
                let count = self.for_all(&leaves).await?;
                deleted += count;
                if count == 0 {
                    break;
                }
            }
        }
        let rest = format!(
            "{} WHERE {}",
            self.delete_from(),
            staged_for(Action::Delete)
        );
        Ok(deleted + self.for_all(&rest).await?)
    }

    fn delete_from(&self) -> String {
        format!(
            "DELETE t FROM {} s STRAIGHT_JOIN {} t ON {}",
            self.stage.name,
            self.layout.table(),
            self.layout.same_key("t", "s")
        )
    }

    /// Deletes the rows at which no other points; `None` where all keys can be switched off.
    fn leaves(&self, references: &[SelfReference<'_>]) -> Option<String> {
        let (mut joins, mut conditions) = (Vec::new(), vec![staged_for(Action::Delete)]);
        for (number, reference) in references.iter().enumerate() {
            if reference.nullable.is_some() {
                continue;
            }
            let child = format!("c{number}");
            joins.push(format!(
                "LEFT JOIN {} {child} ON {} AND NOT ({})",
                self.layout.table(),
                reference.points(&child, "t"),
                self.layout.same_key(&child, "t")
            ));
            let key = self.layout.key_columns(&child).next();
            let (_, _, key) = key?;
            conditions.push(format!("{key} IS NULL"));
        }
        if joins.is_empty() {
            return None;
        }
        Some(format!(
            "{} {} WHERE {}",
            self.delete_from(),
            joins.join(" "),
            conditions.join(" AND ")
        ))
    }
}
