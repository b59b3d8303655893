//! What is kept of each plan, below `PLANS_URL`.
//!
//! | object | what it is | written |
//! |---|---|---|
//! | `{id}/plan.jsonl` | the plan | while the comparison goes on |
//! | `{id}/summary.json` | its summary | last, create only: without it there is no plan |
//! | `{id}/approval.json` | what a person decided | create only: the first decision counts |
//! | `{id}/failure.json` | why the last attempt to apply it ended | at each failure |
//! | `{id}/undo.jsonl` | what brings the old rows back | closed before the commit |
//! | `{id}/result.json` | who wrote what, and when | after the commit, create only |
//! | `{id}/undone.json` | the same of the undoing | after its commit, create only |

mod entry;
mod records;

use cloud_store::{Put, Store, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::SyncError;
use crate::plan_id::PlanId;

pub use entry::{PlanEntry, PlanState};
pub use records::{Applied, Failed, Undone, WrittenRows};

/// The names of a plan's objects.
pub(crate) mod object {
    pub(crate) const PLAN: &str = "plan.jsonl";
    pub(crate) const SUMMARY: &str = "summary.json";
    pub(crate) const APPROVAL: &str = "approval.json";
    pub(crate) const FAILURE: &str = "failure.json";
    pub(crate) const UNDO: &str = "undo.jsonl";
    pub(crate) const RESULT: &str = "result.json";
    pub(crate) const UNDONE: &str = "undone.json";
}

const JSON: &str = "application/json";

/// The plans.
#[derive(Clone, Debug)]
pub(crate) struct Plans {
    store: Store,
}

impl Plans {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// The folder of one plan.
    pub(crate) fn of(&self, id: &PlanId) -> Kept {
        Kept {
            folder: self.store.folder(id.as_str()),
        }
    }

    /// The plans that are there, the newest first.
    pub(crate) async fn ids(&self) -> Result<Vec<PlanId>, SyncError> {
        let mut ids: Vec<PlanId> = Vec::new();
        for object in self.store.list("").await? {
            let Some((folder, object::SUMMARY)) = object.key.split_once('/') else {
                continue;
            };
            ids.extend(folder.parse::<PlanId>());
        }
        ids.sort_by(|a, b| b.cmp(a));
        Ok(ids)
    }
}

/// What is kept of one plan.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) folder: Store,
}

impl Kept {
    /// The object `name`, or `None` where there is none.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        name: &str,
    ) -> Result<Option<T>, SyncError> {
        let Some((_, content)) = self.folder.read(name).await? else {
            return Ok(None);
        };
        let content = serde_json::from_slice(&content);
        content.map(Some).map_err(|source| SyncError::Unreadable {
            object: self.folder.url(name),
            source,
        })
    }

    /// Writes the object `name` unless it is there; the answer is then what is there.
    pub(crate) async fn create<T: Serialize + DeserializeOwned>(
        &self,
        name: &str,
        content: &T,
    ) -> Result<Option<T>, SyncError> {
        let put = Put::new(JSON).absent();
        match self
            .folder
            .put(name, self.bytes(name, content)?, &put)
            .await
        {
            Ok(_) => Ok(None),
            Err(StoreError::Precondition { .. }) => self.read(name).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Writes the object `name`, whatever is there.
    pub(crate) async fn replace<T: Serialize>(
        &self,
        name: &str,
        content: &T,
    ) -> Result<(), SyncError> {
        let bytes = self.bytes(name, content)?;
        self.folder.put(name, bytes, &Put::new(JSON)).await?;
        Ok(())
    }

    fn bytes<T: Serialize>(&self, name: &str, content: &T) -> Result<Vec<u8>, SyncError> {
        serde_json::to_vec_pretty(content).map_err(|source| SyncError::Unreadable {
            object: self.folder.url(name),
            source,
        })
    }
}
