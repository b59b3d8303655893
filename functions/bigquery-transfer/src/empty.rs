//! Tables without rows: an export has no file of them, so no run would empty them.

use function_core::sha256_hex;
use run_record::Hold;

use crate::day::Day;
use crate::day_table::{DayTable, Standing};
use crate::error::TransferError;
use crate::function::BigqueryTransfer;

impl BigqueryTransfer {
    /// Empties a table that is verified to be empty, once for each export of a day. One that is empty is left alone: a
    /// table that was only just created has no columns yet, either. `None` where there is no such table.
    pub(crate) async fn empty(
        &self,
        day: &Day,
        key: &str,
        table: &DayTable,
        hold: &Hold,
    ) -> Result<Option<Standing>, TransferError> {
        let Some(contents) = self.bigquery.contents(&table.destination).await? else {
            return Ok(None);
        };
        if contents.rows > 0 {
            hold.check().await?;
            let location = day.location.as_deref().unwrap_or_default();
            let job = self.job_id(day, key);
            let emptying = self.bigquery.truncate(location, &table.destination, &job);
            // The clients' futures are large.
            Box::pin(emptying).await?;
            tracing::info!(table = key, job, "emptied, as the export is");
        }
        let contents = self.bigquery.contents(&table.destination).await?;
        Ok(contents.map(|contents| match contents.rows {
            0 => Standing::Empty,
            rows => Standing::Failed {
                why: format!(
                    "it was verified to be empty, but has {rows} rows in BigQuery after it was emptied; somebody else writes to it"
                ),
            },
        }))
    }

    /// The name of the job: the same for the same export, and another one where a person opens the day again.
    fn job_id(&self, day: &Day, key: &str) -> String {
        let export = &day.message;
        let opened_by = day.opened_by.as_deref().unwrap_or_default();
        let parts = [
            self.config.dataset.as_str(),
            key,
            &export.run,
            &export.bucket,
            &export.prefix,
            opened_by,
        ];
        let digest = sha256_hex(parts.join("\n").as_bytes());
        format!("tasuki-{}-empty-{}", self.config.stack, &digest[..32])
    }
}
