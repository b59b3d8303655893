//! From a verdict to a manifest that others rely on.

use cloud_store::{Put, Store};
use function_core::{FORMAT_VERSION, Manifest, RunState, Stamp, TOOL};
use run_record::{Latest, Run, RunRecord, move_forward};
use serde::Serialize;

use crate::manifest::{Details, ExportManifest, LATEST, manifest_key};
use crate::message::message_of;
use crate::shrink::shrunk;
use crate::{Conclusion, Machine, MachineError, Unit, Verified};

/// What a person should do about a verified run with warnings.
const LOOK: &str =
    "Nothing, if the change was meant. If not, keep the older export and look at the source.";

impl Machine {
    /// The manifest of the newest verified run of `source`.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn last_verified(
        &self,
        source: &str,
    ) -> Result<Option<ExportManifest>, MachineError> {
        let folder = self.verified.folder(source);
        let manifest = match Latest::read(&folder, LATEST).await? {
            Some(latest) => read_manifest(&folder, &latest.manifest).await?,
            None => None,
        };
        Ok(manifest.filter(|manifest| manifest.details.withdrawn.is_none()))
    }

    /// The manifest of the run of `unit`, if it was ever verified.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn manifest_of(&self, unit: &Unit) -> Result<Option<ExportManifest>, MachineError> {
        self.manifest_at(&unit.source, &unit.stamp).await
    }

    /// The manifest of the generation `stamp` of `source`, if there is one.
    pub(crate) async fn manifest_at(
        &self,
        source: &str,
        stamp: &Stamp,
    ) -> Result<Option<ExportManifest>, MachineError> {
        read_manifest(&self.verified.folder(source), &manifest_key(stamp)).await
    }

    /// Publishes a verified run: its manifest, the pointer to it, the note of it, and what follows.
    pub(crate) async fn publish(
        &self,
        unit: &Unit,
        mut run: Run,
        verified: Verified,
    ) -> Result<Conclusion, MachineError> {
        let manifest = self.manifest(unit, run.record(), verified).await?;
        let folder = self.verified.folder(&unit.source);
        let key = manifest_key(&run.record().stamp);
        write_json(&folder, &key, &manifest).await?;
        let latest = Latest {
            stamp: run.record().stamp.clone(),
            run: manifest.run.clone(),
            manifest: key.clone(),
        };
        move_forward(&folder, LATEST, &latest).await?;
        run.published(&folder.url(&key)).await?;
        self.hand_on(unit, run, manifest).await
    }

    /// What follows publication: the message, what people should look at, and the record's end.
    pub(crate) async fn hand_on(
        &self,
        unit: &Unit,
        run: Run,
        manifest: ExportManifest,
    ) -> Result<Conclusion, MachineError> {
        if let Some(topic) = &self.topic {
            let message = message_of(&manifest).map_err(MachineError::Manifest)?;
            let id = topic.publish(message).await?;
            tracing::info!(run = manifest.run, topic = topic.name(), id, "handed on");
        }
        let details = &manifest.details;
        let warnings: Vec<String> = [&details.warnings[..], &details.shrunk[..]].concat();
        let notes = details.notes.clone();
        let looked_at = run.record().told.as_deref() == Some(LOOK);
        if !warnings.is_empty() && !looked_at {
            tracing::warn!(
                run = manifest.run,
                warnings = warnings.join("; "),
                "verified with warnings"
            );
            self.tell(
                unit,
                run.record(),
                RunState::Verified,
                &warnings.join("; "),
                LOOK,
            )
            .await;
        }
        let files = details.export.tables.iter().map(|table| table.files).sum();
        let counts = [
            ("rows", details.rows),
            ("bytes", details.bytes),
            ("tables", details.export.tables.len() as u64),
            ("files", files),
        ];
        let record = run.end(true, |record| {
            record.state = RunState::Verified;
            record.error = None;
            record.progress = None;
            record.checkpoint = None;
            record.counts = counts.map(|(name, count)| (name.to_owned(), count)).into();
            record.told = (!warnings.is_empty()).then(|| LOOK.to_owned());
            record.warnings = [warnings, notes].concat();
        });
        Ok(record.await?.into_report().into())
    }

    async fn manifest(
        &self,
        unit: &Unit,
        record: &RunRecord,
        verified: Verified,
    ) -> Result<ExportManifest, MachineError> {
        let Verified {
            started,
            export,
            warnings,
            notes,
            comparable,
        } = verified;
        let before = self.last_verified(&unit.source).await?;
        let shrunk = match before {
            // A run that is verified a second time is not compared with itself.
            Some(before) if before.run == record.run => before.details.shrunk,
            // A day of the past that is exported later has not shrunk.
            Some(before) if comparable && before.details.logical_date <= unit.date => shrunk(
                &before.details.export.tables,
                &export.tables,
                self.max_shrink_percent,
            ),
            _ => Vec::new(),
        };
        Ok(Manifest {
            format_version: FORMAT_VERSION,
            tool: TOOL.to_owned(),
            function: self.function.to_owned(),
            run: record.run.clone(),
            trigger: record.trigger.clone(),
            started,
            ended: self.clock.now(),
            objects: Vec::new(),
            details: Details {
                source: unit.source.clone(),
                logical_date: unit.date,
                rows: export.tables.iter().map(|table| table.rows).sum(),
                bytes: export.tables.iter().map(|table| table.bytes).sum(),
                export,
                warnings,
                notes,
                shrunk,
                withdrawn: None,
            },
        })
    }
}

/// The manifest at `key`, or `None` where there is none.
pub(crate) async fn read_manifest(
    folder: &Store,
    key: &str,
) -> Result<Option<ExportManifest>, MachineError> {
    let Some((_, content)) = folder.read(key).await? else {
        return Ok(None);
    };
    let manifest = serde_json::from_slice(&content).map_err(|source| MachineError::Unreadable {
        object: folder.url(key),
        source,
    })?;
    Ok(Some(manifest))
}

/// Writes `content` at `key`, whatever is there.
pub(crate) async fn write_json(
    folder: &Store,
    key: &str,
    content: &impl Serialize,
) -> Result<(), MachineError> {
    let content = serde_json::to_vec_pretty(content).map_err(MachineError::Manifest)?;
    let put = Put::new("application/json");
    folder.put(key, content, &put).await?;
    Ok(())
}
