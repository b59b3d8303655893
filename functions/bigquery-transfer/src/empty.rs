//! Tables without rows: an export has no file of them, so no run would empty them.

use function_core::sha256_hex;

use crate::day::{Day, DayTable, Standing};
use crate::function::BigqueryTransfer;
use crate::gcp::ApiError;

impl BigqueryTransfer {
    /// Empties a table that is verified to be empty, once for each export of a day. One that is empty is left alone: a
    /// table that was only just created has no columns yet, either.
    pub(crate) async fn empty(
        &self,
        day: &Day,
        key: &str,
        table: &DayTable,
    ) -> Result<Standing, ApiError> {
        let rows = self.bigquery.rows(&table.destination).await?;
        if let Some(1..) = rows {
            let location = day.location.as_deref().unwrap_or_default();
            let job = self.job_id(day, key);
            let emptying = self.bigquery.truncate(location, &table.destination, &job);
            // The clients' futures are large.
            Box::pin(emptying).await?;
            tracing::info!(table = key, job, "emptied, as the export is");
        }
        Ok(match self.bigquery.rows(&table.destination).await? {
            Some(0) => Standing::Empty,
            Some(rows) => Standing::Failed {
                why: format!(
                    "it was verified to be empty, but has {rows} rows in BigQuery after it was emptied; somebody else writes to it"
                ),
            },
            None => Standing::Failed {
                why: "it is gone from BigQuery".to_owned(),
            },
        })
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
