//! Import of a CSV object by Cloud SQL itself, for those without a way to the database.

use std::time::Duration;

use function_core::{Env, chain};
use google_cloud_auth::credentials::anonymous;
use google_cloud_gax::retry_policy::NeverRetry;
use google_cloud_sql_v1::Error as ApiError;
use google_cloud_sql_v1::client::{SqlInstancesService, SqlOperationsService};
use google_cloud_sql_v1::model::import_context::SqlCsvImportOptions;
use google_cloud_sql_v1::model::operation::SqlOperationStatus;
use google_cloud_sql_v1::model::{ImportContext, InstancesImportRequest, Operation, SqlFileType};
use tokio::time::Instant;

use crate::LoadError;

/// The Cloud SQL Admin API.
#[derive(Clone, Debug)]
pub struct CloudSql {
    instances: SqlInstancesService,
    operations: SqlOperationsService,
    pace: Pace,
}

/// How often and how long Cloud SQL is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Between the first two questions; it doubles up to five times itself. Default 2 s, as the service advises.
    pub poll: Duration,
    /// For another import, export or backup of the instance to end. Default 5 min.
    pub busy: Duration,
    /// For the import itself. Default 30 min.
    pub deadline: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(2),
            busy: Duration::from_mins(5),
            deadline: Duration::from_mins(30),
        }
    }
}

/// One import of a headless CSV object ([`crate::headless_row`]) into a table that exists.
///
/// An import appends and knows no other mode: rows whose key is there end it with the database's own error, and
/// nothing of it stays. The instance's service account must be allowed to read the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminImport {
    /// The project of the instance.
    pub project: String,
    /// The instance's name, without project and region.
    pub instance: String,
    /// The database.
    pub database: String,
    /// The table.
    pub table: String,
    /// The columns, in the order of the cells.
    pub columns: Vec<String>,
    /// The PostgreSQL user who imports; `None` for the service's own.
    pub import_user: Option<String>,
}

impl CloudSql {
    /// A client with the platform's credentials; none are needed for `CLOUDSQL_ENDPOINT`, a stand-in's address.
    ///
    /// # Errors
    /// There are no credentials.
    pub async fn connect(env: &Env, pace: Pace) -> Result<Self, LoadError> {
        // Polling is the retry; a refused start is told to the caller, who has a loop of its own.
        let mut instances = SqlInstancesService::builder().with_retry_policy(NeverRetry);
        let mut operations = SqlOperationsService::builder().with_retry_policy(NeverRetry);
        if let Some(endpoint) = env.get("CLOUDSQL_ENDPOINT") {
            let credentials = anonymous::Builder::new().build();
            instances = instances
                .with_endpoint(endpoint)
                .with_credentials(credentials.clone());
            operations = operations
                .with_endpoint(endpoint)
                .with_credentials(credentials);
        }
        let refused = |source| LoadError::Connect {
            database: "the Cloud SQL Admin API".to_owned(),
            passing: false,
            source: Box::new(source),
        };
        let instances = instances.build().await.map_err(refused)?;
        let operations = operations.build().await.map_err(refused)?;
        Ok(Self {
            instances,
            operations,
            pace,
        })
    }
}

impl AdminImport {
    /// Imports the object `uri` (`gs://bucket/key`) and waits until Cloud SQL is done with it.
    ///
    /// Only after this has ended the object may be deleted, and not after [`LoadError::Unfinished`].
    ///
    /// # Errors
    /// Another operation kept the instance busy, the import was refused, it ended with errors, or it did not end.
    pub async fn run(&self, cloud_sql: &CloudSql, uri: &str) -> Result<(), LoadError> {
        let operation = self.start(cloud_sql, uri).await?;
        tracing::info!(operation = %operation.name, uri, table = %self.table, "import started");
        let done = self.wait(cloud_sql, uri, operation).await?;
        let errors = done.error.map(|error| error.errors).unwrap_or_default();
        if errors.is_empty() {
            return Ok(());
        }
        Err(LoadError::Import {
            uri: uri.to_owned(),
            table: self.table.clone(),
            errors: errors
                .iter()
                .map(|error| format!("{}: {}", error.code, error.message))
                .collect(),
        })
    }

    /// An instance does one operation at a time and answers 409 meanwhile.
    ///
    /// Source: Cloud SQL documentation, "Best practices for importing and exporting data".
    async fn start(&self, cloud_sql: &CloudSql, uri: &str) -> Result<Operation, LoadError> {
        let started = Instant::now();
        let mut polls = Polls::new(cloud_sql.pace.poll);
        loop {
            let request = cloud_sql
                .instances
                .import()
                .set_project(&self.project)
                .set_instance(&self.instance)
                .set_body(InstancesImportRequest::new().set_import_context(self.context(uri)));
            let error = match request.send().await {
                Ok(operation) => return Ok(operation),
                Err(error) if error.http_status_code() == Some(409) => error,
                // Without an answer the import may have started.
                Err(error) if error.http_status_code().is_none() && !error.is_connect() => {
                    return Err(self.unfinished(uri, "unknown", chain(&error)));
                }
                Err(error) => return Err(self.refused(error)),
            };
            if started.elapsed() >= cloud_sql.pace.busy {
                return Err(self.refused(error));
            }
            tracing::warn!(instance = %self.shown(), "the instance is busy, waiting to import");
            polls.sleep().await;
        }
    }

    async fn wait(
        &self,
        cloud_sql: &CloudSql,
        uri: &str,
        started: Operation,
    ) -> Result<Operation, LoadError> {
        let since = Instant::now();
        let mut polls = Polls::new(cloud_sql.pace.poll);
        let (name, mut operation) = (started.name.clone(), started);
        while operation.status != SqlOperationStatus::Done {
            if since.elapsed() >= cloud_sql.pace.deadline {
                let (status, waited) = (operation.status.name(), cloud_sql.pace.deadline.as_secs());
                let reason = format!("it is {} after {waited} s", status.unwrap_or("unknown"));
                return Err(self.unfinished(uri, &name, reason));
            }
            polls.sleep().await;
            let request = cloud_sql
                .operations
                .get()
                .set_project(&self.project)
                .set_operation(&name);
            match request.send().await {
                Ok(answer) => operation = answer,
                Err(error) if is_passing(&error) => {
                    tracing::warn!(%error, "asking for the import again");
                }
                // The import goes on whether we may hear of it or not.
                Err(error) => return Err(self.unfinished(uri, &name, chain(&error))),
            }
        }
        Ok(operation)
    }

    /// Characters are given as hexadecimal ASCII.
    ///
    /// Source: Cloud SQL Admin API, `ImportContext.csvImportOptions`.
    fn context(&self, uri: &str) -> ImportContext {
        let options = SqlCsvImportOptions::new()
            .set_table(&self.table)
            .set_columns(&self.columns)
            .set_quote_character("22")
            .set_escape_character("22")
            .set_fields_terminated_by("2C");
        ImportContext::new()
            .set_kind("sql#importContext")
            .set_file_type(SqlFileType::Csv)
            .set_uri(uri)
            .set_database(&self.database)
            .set_import_user(self.import_user.as_deref().unwrap_or_default())
            .set_csv_import_options(options)
    }

    fn shown(&self) -> String {
        format!("{}:{}", self.project, self.instance)
    }

    fn unfinished(&self, uri: &str, operation: &str, reason: String) -> LoadError {
        LoadError::Unfinished {
            uri: uri.to_owned(),
            instance: self.shown(),
            operation: operation.to_owned(),
            reason,
        }
    }

    fn refused(&self, error: ApiError) -> LoadError {
        LoadError::Api {
            instance: self.shown(),
            passing: is_passing(&error),
            source: Box::new(error),
        }
    }
}

fn is_passing(error: &ApiError) -> bool {
    match error.http_status_code() {
        Some(status) => matches!(status, 408 | 409 | 429 | 500..=599),
        None => error.is_io() || error.is_timeout() || error.is_connect() || error.is_transport(),
    }
}

/// Growing pauses between questions.
struct Polls {
    next: Duration,
    most: Duration,
}

impl Polls {
    fn new(first: Duration) -> Self {
        Self {
            next: first,
            most: first.saturating_mul(5),
        }
    }

    async fn sleep(&mut self) {
        tokio::time::sleep(self.next).await;
        self.next = self.next.saturating_mul(2).min(self.most);
    }
}
