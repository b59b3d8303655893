//! Emptying a table.

use google_cloud_bigquery_v2::model::{Job, JobConfiguration, JobConfigurationQuery, JobReference};

use super::error::{Call, Fault, Repeat};
use super::{ApiError, BigQuery};

/// How often a job is looked at that should take seconds.
const LOOKS: u32 = 300;

impl BigQuery {
    /// Empties a table in `location` by the job `job_id`, and waits for it. The same job is done once, however often it is sent.
    ///
    /// # Errors
    /// The job is refused, it ended with an error, or it did not end.
    pub(crate) async fn truncate(
        &self,
        location: &str,
        table: &str,
        job_id: &str,
    ) -> Result<(), ApiError> {
        let resource = self.table_name(table);
        let call = Call {
            doing: "emptying",
            resource: &resource,
            permission: "bigquery.jobs.create and bigquery.tables.updateData",
            repeat: Repeat::Always,
        };
        let job = self.truncation(location, table, job_id);
        let request = || {
            let request = self.jobs.insert_job().set_project_id(&self.project);
            request.set_job(job.clone()).send()
        };
        let mut job = match self.call(call, request).await {
            Ok(job) => job,
            Err(error) if error.fault() == Fault::Exists => {
                self.job(call, location, job_id).await?
            }
            Err(error) => return Err(error),
        };
        for _ in 0..LOOKS {
            let status = job.status.take().unwrap_or_default();
            if let Some(error) = status.error_result {
                let words = format!("{} {}", error.reason, error.message);
                return Err(ApiError::told(call, words.trim(), &self.keys));
            }
            if status.state == "DONE" {
                return Ok(());
            }
            tokio::time::sleep(self.pace.poll).await;
            job = self.job(call, location, job_id).await?;
        }
        let words = format!("the job {job_id} has not ended after {LOOKS} looks at it");
        Err(ApiError::told(call, &words, &self.keys))
    }

    async fn job(&self, call: Call<'_>, location: &str, job_id: &str) -> Result<Job, ApiError> {
        let request = || {
            self.jobs
                .get_job()
                .set_project_id(&self.project)
                .set_job_id(job_id)
                .set_location(location)
                .send()
        };
        self.call(call, request).await
    }

    fn truncation(&self, location: &str, table: &str, job_id: &str) -> Job {
        let statement = format!("TRUNCATE TABLE `{}.{}.{table}`", self.project, self.dataset);
        let query = JobConfigurationQuery::new()
            .set_query(statement)
            .set_use_legacy_sql(false);
        let reference = JobReference::new()
            .set_project_id(&self.project)
            .set_job_id(job_id)
            .set_location(location);
        Job::new()
            .set_job_reference(reference)
            .set_configuration(JobConfiguration::new().set_query(query))
    }
}
