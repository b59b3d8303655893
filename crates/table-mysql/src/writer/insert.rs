//! Inserts what is staged for insertion.

use table_diff::{Action, DatabaseError, Table};

use super::Staged;
use super::self_reference::SelfReference;
use super::stage::{NUMBER, staged_column, staged_for};
use crate::identifier::quote;
use crate::layout::list;

impl Staged<'_> {
    /// Inserts the rows, parents before their children. Columns that may not be NULL decide the order; others are filled in afterwards.
    pub(super) async fn insert(&mut self, table: &Table) -> Result<u64, DatabaseError> {
        let step = self.step("inserting rows of");
        let references = SelfReference::all(table, &self.layout);
        let inserted = self.insert_in_order(&references).await;
        let inserted = inserted.map_err(|error| self.session.fault(&step, error))?;
        if references.iter().any(|it| it.nullable.is_some()) {
            let completed = self.set_values(Action::Insert).await;
            completed.map_err(|error| self.session.fault(&step, error))?;
        }
        Ok(inserted)
    }

    async fn insert_in_order(
        &mut self,
        references: &[SelfReference<'_>],
    ) -> Result<u64, mysql_async::Error> {
        let later: Vec<_> = references.iter().filter_map(|it| it.nullable).collect();
        let names = self.layout.reading.columns.iter().map(|(name, _)| name);
        let values = names.clone().map(|name| {
            if later.contains(&name.as_str()) {
                "NULL".to_owned()
            } else {
                staged_column(name)
            }
        });
        let insert = format!(
            "INSERT INTO {} ({}) SELECT {} FROM {} s",
            self.layout.table(),
            list(names.clone().map(|name| quote(name))),
            list(values),
            self.stage.name
        );
        let condition = staged_for(Action::Insert);
        let fixed: Vec<_> = references
            .iter()
            .filter(|it| it.nullable.is_none())
            .collect();
        if fixed.is_empty() {
            let sql = format!("{insert} WHERE {condition} ORDER BY {NUMBER}");
            return self.for_all(&sql).await;
        }
        let Some((_, _, key)) = self.layout.key_columns("x").next() else {
            return Ok(0);
        };
        let missing = format!(
            "LEFT JOIN {} x ON {}",
            self.layout.table(),
            self.layout.same_key("x", "s")
        );
        let (mut joins, mut ready) = (vec![missing.clone()], Vec::new());
        for (number, reference) in fixed.iter().enumerate() {
            let parent = format!("p{number}");
            let points = reference.points("s", &parent);
            joins.push(format!(
                "LEFT JOIN {} {parent} ON {points}",
                self.layout.table()
            ));
            ready.push(format!(
                "({} OR ({}))",
                reference.is_there(&parent),
                reference.points("s", "s")
            ));
        }
        let wave = format!(
            "{insert} {} WHERE {condition} AND {key} IS NULL AND {}",
            joins.join(" "),
            ready.join(" AND ")
        );
        let mut inserted = 0;
        loop {
            let count = self.for_all(&wave).await?;
            inserted += count;
            if count == 0 {
                break;
            }
        }
        // Whatever is left points at nothing, and the server says so.
        let rest = format!("{insert} {missing} WHERE {condition} AND {key} IS NULL");
        Ok(inserted + self.for_all(&rest).await?)
    }
}
