//! What is there: the dataset, its tables, and the configs of its location.

use std::collections::BTreeSet;

use crate::config::Location;
use crate::gcp::{ApiError, BigQuery, Dataset};
use crate::transfer_config::TransferConfig;

/// What is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Observed {
    /// The dataset; `None` where there is none.
    pub(crate) dataset: Option<Dataset>,
    /// The names of its tables.
    pub(crate) tables: BTreeSet<String>,
    /// All configs that read S3 in the dataset's location, whoever made them.
    pub(crate) configs: Vec<TransferConfig>,
}

impl Observed {
    /// What two names have in common that are one table to the dataset.
    pub(crate) fn identity(&self, table: &str) -> String {
        if self.is_case_insensitive() {
            table.to_lowercase()
        } else {
            table.to_owned()
        }
    }

    pub(crate) fn is_case_insensitive(&self) -> bool {
        let dataset = self.dataset.as_ref();
        dataset.is_some_and(|dataset| dataset.is_case_insensitive)
    }
}

/// Looks at all of it: one request for the dataset, one for its tables, and one for each page of configs.
///
/// Configs are where their dataset is; `location` is where it will be, if it is not there yet.
pub(crate) async fn observe(
    bigquery: &BigQuery,
    location: &Location,
) -> Result<Observed, ApiError> {
    let Some(dataset) = bigquery.dataset().await? else {
        return Ok(Observed {
            configs: bigquery.configs(&location.name).await?,
            ..Observed::default()
        });
    };
    let (tables, configs) =
        futures_util::future::try_join(bigquery.tables(), bigquery.configs(&dataset.location))
            .await?;
    Ok(Observed {
        dataset: Some(dataset),
        tables,
        configs,
    })
}
