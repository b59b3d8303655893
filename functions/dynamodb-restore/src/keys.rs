//! The keys of the table that was exported, which no export tells: its manifest of dynamodb-export does, the event may, and
//! the table itself, where it is there still.

use dynamodb_format::KeySchema;

use crate::error::RestoreError;
use crate::job::Job;
use crate::source::Exported;

/// How keys are sent.
pub(crate) const SENT: &str =
    r#""keys": {"partition": {"name": "id", "type": "S"}, "sort": {"name": "line", "type": "N"}}"#;

impl Job<'_> {
    /// The keys; `None` where nothing tells them, and the restore can do without.
    ///
    /// # Errors
    /// The event contradicts the manifest, or nothing tells the keys that an import needs.
    pub(crate) async fn exported_keys(&self) -> Result<Option<KeySchema>, RestoreError> {
        match (&self.source.keys, &self.ask.keys) {
            (Some(told), Some(sent)) if told != sent => Err(RestoreError::Refused(format!(
                "`keys` tells {sent}, the backup's manifest {told}; leave `keys` out"
            ))),
            (Some(keys), _) | (None, Some(keys)) => Ok(Some(keys.clone())),
            (None, None) => self.keys_of_table().await,
        }
    }

    async fn keys_of_table(&self) -> Result<Option<KeySchema>, RestoreError> {
        let exported = self.source.table.as_ref();
        let found = match exported {
            Some(exported) => self.described(exported).await,
            None => Ok(None),
        };
        match found {
            Ok(None) if self.ask.import => {
                let name = exported.map_or("", |exported| &exported.name);
                Err(RestoreError::Refused(format!(
                    "the keys of the new table are unknown: this backup's manifest does not tell them, and the exported table \
                     {name} is not in this account and Region; send them, such as {SENT}"
                )))
            }
            Err(RestoreError::Table(error)) if error.is_denied() && !self.ask.import => Ok(None),
            found => found,
        }
    }

    /// The keys of the exported table itself. One that was made anew under the same name may have others.
    async fn described(&self, exported: &Exported) -> Result<Option<KeySchema>, RestoreError> {
        let found = self.function.tables.describe(&exported.name).await?;
        let found = found.filter(|found| match exported.id.as_str() {
            "" => found.arn == exported.arn,
            id => found.id == id,
        });
        Ok(found.map(|found| found.key))
    }
}
