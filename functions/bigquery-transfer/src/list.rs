//! The list of `TARGET_TABLES`, read from where it is.

use cloud_store::Store;

use crate::error::TransferError;
use crate::function::BigqueryTransfer;
use crate::tables::{Listed, parse};

impl BigqueryTransfer {
    /// The list; `None` where none is set.
    ///
    /// # Errors
    /// It is not there, can't be read, or has lines at fault.
    pub(crate) async fn list(&self) -> Result<Option<Vec<Listed>>, TransferError> {
        let Some(address) = &self.config.target_tables else {
            return Ok(None);
        };
        let (folder, name) = address.rsplit_once('/').unwrap_or((".", address));
        let folder = if folder.is_empty() { "/" } else { folder };
        let store = Store::open(folder, &self.env).await?;
        let fault = |words: &str| TransferError::List {
            address: address.clone(),
            faults: vec![words.to_owned()],
        };
        let (_, content) = store
            .read(name)
            .await?
            .ok_or_else(|| fault("there is no such file"))?;
        let text =
            std::str::from_utf8(&content).map_err(|_| fault("it is not UTF-8; save it as such"))?;
        let listed = parse(text).map_err(|faults| TransferError::List {
            address: address.clone(),
            faults,
        })?;
        Ok(Some(listed))
    }
}
