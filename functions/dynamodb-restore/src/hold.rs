//! One restore at a time into a table: who began last is noted by the table's id, and nobody else writes until it has ended.

use cloud_store::{ObjectMeta, Put};
use serde::{Deserialize, Serialize};

use crate::checkpoint::Checkpoint;
use crate::error::RestoreError;
use crate::identity::Identity;
use crate::job::Job;

/// Which restore has a table.
#[derive(Debug, Serialize, Deserialize)]
struct Holder {
    run: Identity,
}

impl Job<'_> {
    /// Takes the table for this restore; with `force` also from another that was begun and has not ended.
    ///
    /// # Errors
    /// Another restore has it, or takes it at the same moment.
    pub(crate) async fn hold(&self) -> Result<(), RestoreError> {
        let Some(key) = self.holder_key() else {
            return Ok(());
        };
        let found = self.holder(&key).await?;
        if let Some((_, other)) = &found
            && other.run != self.identity
            && !self.force
            && self.is_under_way(&other.run).await?
        {
            return Err(RestoreError::Refused(format!(
                "another restore into table {} was begun and has not ended: {}-{}; send its request again until it ends, or, to \
                 give it up, this one with \"force\": true",
                self.ask.table, other.run.source, other.run.stamp
            )));
        }
        let holder = Holder {
            run: self.identity.clone(),
        };
        let content = serde_json::to_vec_pretty(&holder).unwrap_or_default();
        let put = Put::new("application/json").unchanged(found.map(|(meta, _)| meta.version));
        self.function.runs.put(&key, content, &put).await?;
        Ok(())
    }

    /// Stops where another restore took the table meanwhile.
    ///
    /// # Errors
    /// It did.
    pub(crate) async fn check_hold(&self) -> Result<(), RestoreError> {
        let Some(key) = self.holder_key() else {
            return Ok(());
        };
        match self.holder(&key).await? {
            Some((_, other)) if other.run != self.identity => Err(RestoreError::Stopped(format!(
                "another restore took table {} over: {}-{}; this one writes no more",
                self.ask.table, other.run.source, other.run.stamp
            ))),
            _ => Ok(()),
        }
    }

    fn holder_key(&self) -> Option<String> {
        let target = self.target.as_ref()?;
        Some(format!("tables/{}-{}.json", target.name, target.id))
    }

    /// A note that can't be understood is as good as none.
    async fn holder(&self, key: &str) -> Result<Option<(ObjectMeta, Holder)>, RestoreError> {
        let found = self.function.runs.read(key).await?;
        Ok(found.and_then(|(meta, content)| {
            let holder = serde_json::from_slice(&content).ok()?;
            Some((meta, holder))
        }))
    }

    async fn is_under_way(&self, other: &Identity) -> Result<bool, RestoreError> {
        let record = self.find(other).await?;
        Ok(record.is_some_and(|record| {
            !record.settled && Checkpoint::of(record.checkpoint.as_ref()).opened.is_some()
        }))
    }
}
