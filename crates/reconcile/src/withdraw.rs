//! What becomes of a verified export that is found damaged later.

use cloud_store::Store;
use function_core::Stamp;
use run_record::{Latest, RunRecord};

use crate::manifest::{LATEST, MANIFEST, manifest_key};
use crate::publish::{read_manifest, write_json};
use crate::{Machine, MachineError, Unit};

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
        let folder = self.verified.folder(&unit.source);
        let key = manifest_key(&record.stamp);
        let Some(mut manifest) = read_manifest(&folder, &key).await? else {
            return Ok(());
        };
        if manifest.details.withdrawn.is_some() {
            return Ok(());
        }
        manifest.details.withdrawn = Some(why.to_owned());
        write_json(&folder, &key, &manifest).await?;
        tracing::warn!(run = record.run, why, "verified export withdrawn");
        let latest = Latest::read(&folder, LATEST).await?;
        if latest.is_some_and(|latest| latest.run == record.run)
            && let Some(sound) = newest_sound(&folder, &key).await?
        {
            write_json(&folder, LATEST, &sound).await?;
        }
        Ok(())
    }
}

/// The newest verified run before the manifest at `key`.
async fn newest_sound(folder: &Store, key: &str) -> Result<Option<Latest>, MachineError> {
    let objects = folder.list("").await?.into_iter();
    let mut keys: Vec<String> = objects.map(|object| object.key).collect();
    keys.retain(|other| other.ends_with(MANIFEST) && other.as_str() < key);
    while let Some(key) = keys.pop() {
        if let Some(manifest) = read_manifest(folder, &key).await?
            && manifest.details.withdrawn.is_none()
        {
            let stamp = key.strip_suffix(MANIFEST).unwrap_or(&key);
            return Ok(Some(Latest {
                stamp: Stamp::from_name(stamp),
                run: manifest.run,
                manifest: key,
            }));
        }
    }
    Ok(None)
}
