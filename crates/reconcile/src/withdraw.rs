//! What becomes of a verified export that is found damaged later.

use cloud_store::{Put, Store};
use run_record::{Latest, RunRecord};

use crate::machine::read_manifest;
use crate::manifest::{LATEST, manifest_key};
use crate::{ExportManifest, Machine, MachineError, Unit};

impl Machine {
    /// Marks the manifest of a run that was verified once, and points `latest.json` back to the newest sound one.
    ///
    /// Where there is none, the pointer stays at the marked manifest.
    pub(crate) async fn withdraw(
        &self,
        unit: &Unit,
        record: &RunRecord,
        why: &str,
    ) -> Result<(), MachineError> {
        let folder = self.folder(&unit.source);
        let key = manifest_key(&record.stamp);
        let Some(mut manifest) = read_manifest(&folder, &key).await? else {
            return Ok(());
        };
        if manifest.details.withdrawn.is_some() {
            return Ok(());
        }
        manifest.details.withdrawn = Some(why.to_owned());
        write(&folder, &key, &manifest).await?;
        tracing::warn!(run = record.run, why, "verified export withdrawn");
        let latest = Latest::read(&folder, LATEST).await?;
        if latest.is_some_and(|latest| latest.run == record.run)
            && let Some(sound) = newest_sound(&folder, &key).await?
        {
            write(&folder, LATEST, &sound).await?;
        }
        Ok(())
    }
}

/// The newest verified run before the manifest at `key`.
async fn newest_sound(folder: &Store, key: &str) -> Result<Option<Latest>, MachineError> {
    let mut keys: Vec<String> = folder
        .list("")
        .await?
        .into_iter()
        .map(|meta| meta.key)
        .collect();
    keys.retain(|other| other.ends_with(".manifest.json") && other.as_str() < key);
    while let Some(key) = keys.pop() {
        if let Some(manifest) = read_manifest(folder, &key).await?
            && manifest.details.withdrawn.is_none()
        {
            return Ok(Some(pointer(key, &manifest)));
        }
    }
    Ok(None)
}

fn pointer(key: String, manifest: &ExportManifest) -> Latest {
    let stamp = manifest
        .run
        .strip_prefix(&format!("{}-", manifest.details.source));
    Latest {
        stamp: function_core::Stamp::parse(stamp.unwrap_or(&manifest.run)),
        run: manifest.run.clone(),
        manifest: key,
    }
}

async fn write(
    folder: &Store,
    key: &str,
    content: &impl serde::Serialize,
) -> Result<(), MachineError> {
    let content = serde_json::to_vec_pretty(content).map_err(MachineError::Manifest)?;
    folder
        .put(key, content, &Put::new("application/json"))
        .await?;
    Ok(())
}
