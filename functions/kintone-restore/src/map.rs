//! The maps of old and new record numbers, kept for references from other apps and for later restores.

use cloud_store::{Put, Store, StoreError};
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};

use crate::error::RestoreError;
use crate::function::KintoneRestore;
use crate::identity::IdMap;

/// Maps that are remembered of one app, at most; older ones are forgotten.
const MOST_MAPS: usize = 100;
/// How often the list of maps is written again when another restore writes it at the same time.
const ATTEMPTS: u32 = 5;

/// The maps of the restores into an app.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Maps {
    /// The newest last.
    maps: Vec<Map>,
}

/// The map of one restore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Map {
    /// The run that wrote it.
    pub(crate) run: String,
    /// Its parts, below the folder of the function's runs. They are never changed.
    pub(crate) ids: Vec<String>,
    /// The app that the backup was of, as `{domain}/{app}`; nothing where a CSV does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<String>,
    /// The digest of the backup.
    pub(crate) backup: String,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    old: u64,
    new: u64,
}

impl KintoneRestore {
    /// Remembers `map` as that of the newest restore into `app`.
    pub(crate) async fn remember(&self, app: u64, map: Map) -> Result<(), RestoreError> {
        let key = self.maps_key(app);
        let mut attempt = 1;
        loop {
            let found = self.runs.read(&key).await?;
            let version = found.as_ref().map(|(meta, _)| meta.version.clone());
            let mut maps = self.parsed(&key, found.map(|(_, content)| content))?;
            maps.retain(|other| other.ids != map.ids);
            maps.push(map.clone());
            let maps = maps.split_off(maps.len().saturating_sub(MOST_MAPS));
            let content =
                serde_json::to_vec_pretty(&Maps { maps }).map_err(RestoreError::Record)?;
            let put = Put::new("application/json").unchanged(version);
            match self.runs.put(&key, content, &put).await {
                Err(StoreError::Precondition { .. }) if attempt < ATTEMPTS => attempt += 1,
                put => return Ok(put.map(|_| ())?),
            }
        }
    }

    /// The maps of the restores into `app`, the newest last.
    pub(crate) async fn maps_of(&self, app: u64) -> Result<Vec<Map>, RestoreError> {
        let key = self.maps_key(app);
        let found = self.runs.read(&key).await?;
        self.parsed(&key, found.map(|(_, content)| content))
    }

    fn parsed(&self, key: &str, content: Option<Vec<u8>>) -> Result<Vec<Map>, RestoreError> {
        let Some(content) = content else {
            return Ok(Vec::new());
        };
        let maps: Maps =
            serde_json::from_slice(&content).map_err(|source| RestoreError::Unreadable {
                object: self.runs.url(key),
                source,
            })?;
        Ok(maps.maps)
    }

    /// What `maps` say together: of one record, what the newest of them says.
    pub(crate) async fn ids_in(&self, maps: &[Map]) -> Result<IdMap, RestoreError> {
        let mut pairs = Vec::new();
        for part in maps.iter().flat_map(|map| &map.ids) {
            read(&self.runs, part, &mut pairs).await?;
        }
        Ok(pairs.into_iter().collect())
    }

    fn maps_key(&self, app: u64) -> String {
        format!("ids/{}.json", self.target_name(app))
    }
}

/// Those of `maps` that may be of backups of the app `source`, `{domain}/{app}`. Without one, it is the app that the newest is of:
/// records of two apps may have had the same numbers.
pub(crate) fn of_source(maps: &[Map], source: Option<&str>) -> Vec<Map> {
    let newest = maps.iter().rev().find_map(|map| map.source.as_deref());
    let wanted = source.or(newest);
    let maps = maps.iter().filter(|map| {
        let known = map.source.as_deref();
        known.is_none() || known == wanted
    });
    maps.cloned().collect()
}

async fn read(store: &Store, key: &str, pairs: &mut Vec<(u64, u64)>) -> Result<(), RestoreError> {
    let (_, mut chunks) = store.get(key).await?;
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
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(run: &str, source: Option<&str>) -> Map {
        Map {
            run: run.to_owned(),
            ids: Vec::new(),
            source: source.map(str::to_owned),
            backup: String::new(),
        }
    }

    #[test]
    fn numbers_of_two_apps_are_not_mixed() {
        let maps = [
            map("a", Some("example/12")),
            map("b", Some("example/13")),
            map("c", None),
        ];
        let runs = |source| {
            let maps = of_source(&maps, source);
            maps.into_iter().map(|map| map.run).collect::<String>()
        };
        assert_eq!(runs(Some("example/12")), "ac");
        assert_eq!(runs(None), "bc");
    }
}
