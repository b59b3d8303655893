//! The pointer to the newest verified run, which only moves forward.

use cloud_store::{Put, Store, StoreError};
use function_core::Stamp;
use serde::{Deserialize, Serialize};

use crate::LedgerError;

/// How often a pointer that others move at the same time is tried again.
const ATTEMPTS: u32 = 5;

/// What `latest.json` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latest {
    /// The newest verified generation.
    pub stamp: Stamp,
    /// The run's id.
    pub run: String,
    /// The manifest's key, relative to the pointer's folder.
    pub manifest: String,
}

impl Latest {
    /// Reads the pointer at `key`; `None` where no run was verified yet.
    ///
    /// # Errors
    /// The pointer can't be read.
    pub async fn read(store: &Store, key: &str) -> Result<Option<Self>, LedgerError> {
        let Some((_, content)) = store.read(key).await? else {
            return Ok(None);
        };
        parse(store, key, &content).map(Some)
    }
}

/// Points `key` at `latest`, unless it points at the same or a newer generation already.
///
/// # Errors
/// The pointer can't be read or written, or others moved it again and again meanwhile.
pub async fn move_forward(store: &Store, key: &str, latest: &Latest) -> Result<(), LedgerError> {
    let content = serde_json::to_vec_pretty(latest).map_err(|source| LedgerError::Unreadable {
        object: store.url(key),
        source,
    })?;
    let mut attempt = 1;
    loop {
        let seen = match store.read(key).await? {
            Some((_, content)) if parse(store, key, &content)?.stamp >= latest.stamp => {
                return Ok(());
            }
            Some((meta, _)) => Some(meta.version),
            None => None,
        };
        let put = Put::new("application/json").unchanged(seen);
        match store.put(key, content.clone(), &put).await {
            Ok(_) => return Ok(()),
            Err(StoreError::Precondition { .. }) if attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

fn parse(store: &Store, key: &str, content: &[u8]) -> Result<Latest, LedgerError> {
    serde_json::from_slice(content).map_err(|source| LedgerError::Unreadable {
        object: store.url(key),
        source,
    })
}
