//! The configs brought in order: observe, plan, apply, under a lease.

use std::collections::BTreeMap;

use crate::error::TransferError;
use crate::function::BigqueryTransfer;
use crate::place::ExportPlace;
use crate::tables::WantedTable;
use crate::transfer_config::ConfigName;

/// The configs in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reconciled {
    /// The config of each wanted table, by the table's key.
    pub(crate) configs: BTreeMap<String, ConfigName>,
    /// Where the dataset is, for jobs.
    pub(crate) location: String,
    /// Write requests that were sent.
    pub(crate) written: u64,
    /// All requests that were sent.
    pub(crate) requests: u64,
    /// What a person should know.
    pub(crate) warnings: Vec<String>,
}

impl BigqueryTransfer {
    /// Brings dataset, tables and configs in order for the export at `place`; `force` writes every config again.
    pub(crate) async fn reconcile(
        &self,
        wanted: &[WantedTable],
        place: &ExportPlace,
        force: bool,
    ) -> Result<Reconciled, TransferError> {
        let dataset = self.bigquery.dataset().await?;
        drop((wanted, place, force, dataset));
        todo!()
    }
}
