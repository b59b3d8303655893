//! The dataset and its tables.

use std::collections::BTreeSet;

use google_cloud_bigquery_v2::model::{
    Dataset as WireDataset, DatasetReference, Table as WireTable, TableReference,
};

use super::error::{Call, Fault, Repeat};
use super::{ApiError, BigQuery};

/// The most tables of a page. The service may give fewer and a token.
const PAGE_TABLES: u32 = 10_000;

/// The dataset that the tables are in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dataset {
    /// Where it is, as the service tells it: `asia-northeast1`, `US`.
    pub(crate) location: String,
    /// Whether `Users` and `users` are one table.
    pub(crate) is_case_insensitive: bool,
}

/// What is in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) rows: u64,
    /// When it was changed last, in milliseconds of the Unix epoch.
    pub(crate) modified: i64,
}

impl BigQuery {
    /// The dataset, or `None` where there is none.
    ///
    /// # Errors
    /// It can't be read.
    pub(crate) async fn dataset(&self) -> Result<Option<Dataset>, ApiError> {
        let resource = self.dataset_name();
        let call = Call {
            doing: "reading",
            resource: &resource,
            permission: "bigquery.datasets.get",
            repeat: Repeat::Always,
        };
        let request = || {
            self.datasets
                .get_dataset()
                .set_project_id(&self.project)
                .set_dataset_id(&self.dataset)
                .send()
        };
        match self.call(call, request).await {
            Ok(dataset) => Ok(Some(seen(&dataset))),
            Err(error) if error.fault() == Fault::Absent => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates the dataset in `location`; one that is there is created already.
    ///
    /// # Errors
    /// It can't be created.
    pub(crate) async fn create_dataset(&self, location: &str) -> Result<(), ApiError> {
        let resource = self.dataset_name();
        let call = Call {
            doing: "creating",
            resource: &resource,
            permission: "bigquery.datasets.create",
            repeat: Repeat::Always,
        };
        let reference = DatasetReference::new()
            .set_project_id(&self.project)
            .set_dataset_id(&self.dataset);
        let dataset = WireDataset::new()
            .set_dataset_reference(reference)
            .set_location(location);
        let request = || {
            let request = self.datasets.insert_dataset();
            let request = request.set_project_id(&self.project);
            request.set_dataset(dataset.clone()).send()
        };
        created(self.call(call, request).await)
    }

    /// The names of all tables of the dataset.
    ///
    /// # Errors
    /// They can't be listed.
    pub(crate) async fn tables(&self) -> Result<BTreeSet<String>, ApiError> {
        let resource = self.dataset_name();
        let call = Call {
            doing: "listing the tables of",
            resource: &resource,
            permission: "bigquery.tables.list",
            repeat: Repeat::Always,
        };
        let mut names = BTreeSet::new();
        let mut token = String::new();
        loop {
            let request = || {
                self.tables
                    .list_tables()
                    .set_project_id(&self.project)
                    .set_dataset_id(&self.dataset)
                    .set_max_results(PAGE_TABLES)
                    .set_page_token(&token)
                    .send()
            };
            let page = self.call(call, request).await?;
            let references = page.tables.into_iter();
            let references = references.filter_map(|table| table.table_reference);
            names.extend(references.map(|reference| reference.table_id));
            token = page.next_page_token;
            if token.is_empty() {
                return Ok(names);
            }
        }
    }

    /// Creates a table without columns; a transfer of Parquet gives it its columns. One that is there is created already.
    ///
    /// # Errors
    /// It can't be created.
    pub(crate) async fn create_table(&self, table: &str) -> Result<(), ApiError> {
        let resource = self.table_name(table);
        let call = Call {
            doing: "creating",
            resource: &resource,
            permission: "bigquery.tables.create",
            repeat: Repeat::Always,
        };
        let reference = TableReference::new()
            .set_project_id(&self.project)
            .set_dataset_id(&self.dataset)
            .set_table_id(table);
        let table = WireTable::new().set_table_reference(reference);
        let request = || {
            self.tables
                .insert_table()
                .set_project_id(&self.project)
                .set_dataset_id(&self.dataset)
                .set_table(table.clone())
                .send()
        };
        created(self.call(call, request).await)
    }

    /// What is in a table, or `None` where there is no such table.
    ///
    /// # Errors
    /// It can't be read.
    pub(crate) async fn contents(&self, table: &str) -> Result<Option<Contents>, ApiError> {
        let resource = self.table_name(table);
        let call = Call {
            doing: "reading",
            resource: &resource,
            permission: "bigquery.tables.get",
            repeat: Repeat::Always,
        };
        let request = || {
            self.tables
                .get_table()
                .set_project_id(&self.project)
                .set_dataset_id(&self.dataset)
                .set_table_id(table)
                .send()
        };
        match self.call(call, request).await {
            Ok(table) => Ok(Some(Contents {
                rows: table.num_rows.unwrap_or(0),
                modified: i64::try_from(table.last_modified_time).unwrap_or(i64::MAX),
            })),
            Err(error) if error.fault() == Fault::Absent => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn dataset_name(&self) -> String {
        format!("projects/{}/datasets/{}", self.project, self.dataset)
    }

    pub(super) fn table_name(&self, table: &str) -> String {
        format!("{}/tables/{table}", self.dataset_name())
    }
}

/// What is there already was created by an attempt whose answer was lost, or by somebody at the same moment.
fn created<T>(answer: Result<T, ApiError>) -> Result<(), ApiError> {
    match answer {
        Ok(_) => Ok(()),
        Err(error) if error.fault() == Fault::Exists => Ok(()),
        Err(error) => Err(error),
    }
}

fn seen(dataset: &WireDataset) -> Dataset {
    Dataset {
        location: dataset.location.clone(),
        is_case_insensitive: dataset.is_case_insensitive.unwrap_or(false),
    }
}
