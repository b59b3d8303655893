//! The map of old and new record numbers, kept for references from other apps.

use std::sync::Arc;

use cloud_store::{Put, Store};
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};

use crate::error::RestoreError;
use crate::function::KintoneRestore;
use crate::identity::IdMap;

/// Where the map of the newest restore into an app is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pointer {
    /// The run that wrote it.
    run: String,
    /// The map, below the folder of the function's runs.
    ids: String,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    old: u64,
    new: u64,
}

impl KintoneRestore {
    /// Notes that the map of `app` is at `ids`, below the folder of the runs.
    pub(crate) async fn point_to_ids(
        &self,
        app: u64,
        run: &str,
        ids: &str,
    ) -> Result<(), RestoreError> {
        let pointer = Pointer {
            run: run.to_owned(),
            ids: ids.to_owned(),
        };
        let content = serde_json::to_vec_pretty(&pointer).map_err(RestoreError::Record)?;
        let put = Put::new("application/json");
        self.runs.put(&self.pointer_key(app), content, &put).await?;
        Ok(())
    }

    /// The map of the newest restore into `app`; `None` where no restore is known.
    pub(crate) async fn ids_of(&self, app: u64) -> Result<Option<Arc<IdMap>>, RestoreError> {
        let key = self.pointer_key(app);
        let Some((_, content)) = self.runs.read(&key).await? else {
            return Ok(None);
        };
        let pointer: Pointer =
            serde_json::from_slice(&content).map_err(|source| RestoreError::Unreadable {
                object: self.runs.url(&key),
                source,
            })?;
        let ids = read(&self.runs, &pointer.ids).await?;
        Ok(Some(Arc::new(ids)))
    }

    fn pointer_key(&self, app: u64) -> String {
        format!("ids/{}.json", self.target_name(app))
    }
}

async fn read(store: &Store, key: &str) -> Result<IdMap, RestoreError> {
    let (_, mut chunks) = store.get(key).await?;
    let mut pairs = Vec::new();
    let mut rest = Vec::new();
    while let Some(chunk) = chunks.try_next().await? {
        for byte in chunk {
            if byte != b'\n' {
                rest.push(byte);
                continue;
            }
            let line: Line =
                serde_json::from_slice(&rest).map_err(|source| RestoreError::Unreadable {
                    object: store.url(key),
                    source,
                })?;
            if line.old > 0 {
                pairs.push((line.old, line.new));
            }
            rest.clear();
        }
    }
    Ok(pairs.into_iter().collect())
}
