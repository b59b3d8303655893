//! Emptying a table.

use google_cloud_bigquery_v2::model::{Job, JobConfiguration, JobConfigurationQuery, JobReference};

use super::error::{Call, Fault, Repeat};
use super::{ApiError, BigQuery};

/// How often a job is looked at: five minutes at the usual pace, for one that should take seconds.
const LOOKS: u32 = 300;

/// How often a statement that failed is sent as another job: more than there are ticks until a day is given up.
const JOBS: u32 = 200;

impl BigQuery {
    /// Empties a table in `location` by the job `job_id`, and waits for it. The same job is done once, however often it is sent;
    /// where it failed before, it is followed by one with the next number.
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
        for number in 1..=JOBS {
            let id = match number {
                1 => job_id.to_owned(),
                number => format!("{job_id}-{number}"),
            };
            let job = self.truncation(location, table, &id);
            let request = || {
                let request = self.jobs.insert_job().set_project_id(&self.project);
                request.set_job(job.clone()).send()
            };
            let (job, is_new) = match self.call(call, request).await {
                Ok(job) => (job, true),
                Err(error) if error.fault() == Fault::Exists => {
                    (self.job(call, location, &id).await?, false)
                }
                Err(error) => return Err(error),
            };
            match Box::pin(self.end_of_job(call, job, location, &id)).await? {
                None => return Ok(()),
                Some(words) if is_new => return Err(ApiError::told(call, &words, &self.keys)),
                Some(_) => {}
            }
        }
        let words = format!("{JOBS} jobs failed, the last is {job_id}-{JOBS}");
        Err(ApiError::told(call, &words, &self.keys))
    }

    /// Waits for the end of a job; the words are of its failure.
    async fn end_of_job(
        &self,
        call: Call<'_>,
        mut job: Job,
        location: &str,
        job_id: &str,
    ) -> Result<Option<String>, ApiError> {
        for _ in 0..LOOKS {
            let status = job.status.take().unwrap_or_default();
            if let Some(error) = status.error_result {
                let words = format!("{} {}", error.reason, error.message);
                return Ok(Some(words.trim().to_owned()));
            }
            if status.state == "DONE" {
                return Ok(None);
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
