//! Which backup a message means that asks for the newest: the one that it began with, until that restore is at its end.

use cloud_store::Put;
use function_core::sha256_hex;
use kintone_format::{Generation, ReadError, folder_of};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::checkpoint::{Checkpoint, Reached};
use crate::error::RestoreError;
use crate::function::KintoneRestore;
use crate::prepare::{Drill, Earlier, Job};
use crate::request::Restore;
use crate::standing::Manner;

/// One restore of a message.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) restore: Restore,
    /// What is restored before this one by the same message.
    pub(crate) before: Vec<Earlier>,
    pub(crate) drill: Option<Drill>,
}

/// What was begun for a message that asks for the newest backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Begun {
    /// The manifest that was the newest then, as a message would name it.
    manifest: String,
}

/// Where it is noted what was begun, and where the folder of the backups is.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    key: String,
    folder: String,
}

impl KintoneRestore {
    /// Opens what is asked for.
    ///
    /// # Errors
    /// The app may not be written to, or there is no such backup.
    pub(crate) async fn job(&self, asked: Asked, manner: &Manner) -> Result<Job, RestoreError> {
        let Some(note) = self.note_of(&asked) else {
            return Job::open(self, asked).await;
        };
        if let Some(job) = self.begun(&asked, &note, manner).await? {
            return Ok(job);
        }
        let mut job = Job::open(self, asked).await?;
        job.note = Some(note);
        Ok(job)
    }

    /// Notes which backup the message means from now on.
    pub(crate) async fn note_begun(&self, job: &Job) -> Result<(), RestoreError> {
        let Some(note) = &job.note else {
            return Ok(());
        };
        let address = &job.origin.address;
        let name = address.rsplit('/').next().unwrap_or(address);
        let begun = Begun {
            manifest: format!("{}{name}", note.folder),
        };
        let content = serde_json::to_vec_pretty(&begun).map_err(RestoreError::Record)?;
        let put = Put::new("application/json");
        self.runs.put(&note.key, content, &put).await?;
        Ok(())
    }

    /// Only what asks for the newest backup means another one after the next export.
    fn note_of(&self, asked: &Asked) -> Option<Note> {
        let restore = &asked.restore;
        let folder = match (&restore.manifest, restore.source) {
            (Some(address), _) => address.strip_suffix(Generation::LATEST)?.to_owned(),
            (None, Some(source)) => format!("{}/", folder_of(self.config.kintone.host(), source)),
            (None, None) => return None,
        };
        let essence = json!({
            "folder": folder,
            "mode": restore.mode(),
            "key": restore.key,
            "references": restore.references,
            "drill": asked.drill.is_some(),
        });
        let digest = sha256_hex(essence.to_string().as_bytes());
        let target = self.target_name(restore.target());
        Some(Note {
            key: format!("begun/{target}-{}.json", &digest[..16]),
            folder,
        })
    }

    /// What the same message began and has not brought to its end, or what this very event brought there.
    async fn begun(
        &self,
        asked: &Asked,
        note: &Note,
        manner: &Manner,
    ) -> Result<Option<Job>, RestoreError> {
        let Some((_, content)) = self.runs.read(&note.key).await? else {
            return Ok(None);
        };
        let begun: Begun =
            serde_json::from_slice(&content).map_err(|source| RestoreError::Unreadable {
                object: self.runs.url(&note.key),
                source,
            })?;
        let mut pinned = asked.clone();
        pinned.restore.source = None;
        pinned.restore.manifest = Some(begun.manifest);
        let job = match Job::open(self, pinned).await {
            Ok(job) => job,
            Err(RestoreError::Read(ReadError::Missing { object })) => {
                tracing::warn!(
                    object,
                    "what was begun can't go on, because its backup is gone"
                );
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let Some(record) = self.record(&job).await? else {
            return Ok(None);
        };
        let checkpoint = Checkpoint::of(&record);
        let goes_on = !record.settled && checkpoint.stage >= Reached::Plan;
        let is_redelivered = record.settled && checkpoint.asked_by == manner.event;
        Ok((goes_on || is_redelivered).then_some(job))
    }
}
