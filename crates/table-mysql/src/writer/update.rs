//! Updates what is staged to be updated.

use mysql_async::Error;
use table_diff::{Action, DatabaseError, Table};

use super::Staged;
use super::stage::{staged_column, staged_for};
use crate::fault;
use crate::identifier::column;
use crate::layout::list;

/// Another row has the value of a unique index.
const DUPLICATE: u16 = 1062;

impl Staged<'_> {
    /// Updates the rows. Where one takes a unique value that another still has, all that change such values are moved aside first.
    pub(super) async fn update(&mut self, table: &Table) -> Result<u64, DatabaseError> {
        self.refuse_followed(table).await?;
        let step = self.step("updating rows of");
        let updated = match self.set_values(Action::Update).await {
            Err(error) if fault::number(&error) == Some(DUPLICATE) => {
                if !self.move_aside(table).await? {
                    return Err(self.session.fault(&step, error));
                }
                self.set_values(Action::Update).await
            }
            updated => updated,
        };
        updated.map_err(|error| self.session.fault(&step, error))
    }

    /// Gives the rows of the table all values of those that are staged for `action`, but for the key.
    pub(super) async fn set_values(&mut self, action: Action) -> Result<u64, Error> {
        let is_key = |name: &str| self.layout.reading.key.iter().any(|(key, _)| key == name);
        let names = self.layout.reading.columns.iter();
        let names = names.map(|(name, _)| name).filter(|name| !is_key(name));
        let values = names.map(|name| format!("{} = {}", column("t", name), staged_column(name)));
        let values: Vec<_> = values.collect();
        if values.is_empty() {
            return Ok(0);
        }
        let sql = format!(
            "UPDATE {} s STRAIGHT_JOIN {} t ON {} SET {} WHERE {}",
            self.stage.name,
            self.layout.table(),
            self.layout.same_key("t", "s"),
            list(values),
            staged_for(action)
        );
        self.for_all(&sql).await
    }
}
