//! The steps of a restore that is shared: one part writes, and after all of them the table is read back.

use function_core::RunState;

use crate::checkpoint::{Checkpoint, Opened, Share};
use crate::claim::{Claimed, settled};
use crate::doubt::Doubt;
use crate::error::RestoreError;
use crate::job::{Job, Stopped};
use crate::keeper::Keeper;
use crate::tell::Conclusion;

impl Job<'_> {
    /// Writes one part.
    pub(crate) async fn part(self, part: u32) -> Result<Conclusion, RestoreError> {
        let opened = self.opened().await?;
        let parts = self.ask.parts;
        let identity = self.identity.part(part, parts);
        let record = self.find(&identity).await?;
        let before = Checkpoint::of(
            record
                .as_ref()
                .and_then(|record| record.checkpoint.as_ref()),
        );
        let is_same = before
            .opened
            .as_ref()
            .is_some_and(|before| before.began == opened.began);
        let same = Some(&before).filter(|_| is_same);
        let doubt = self.doubt_part(&opened, part, same).await?;
        if let Doubt::Ask(words) = doubt {
            return Err(RestoreError::Refused(words));
        }
        let mut keeper = match self.claim(&identity, !is_same).await? {
            Claimed::Mine(keeper) => *keeper,
            Claimed::Ended(report) => return Ok((*report).into()),
        };
        if !is_same {
            keeper.checkpoint = Checkpoint {
                opened: Some(opened),
                ..Checkpoint::default()
            };
        }
        self.heed(&mut keeper, &doubt);
        let outcome = self.write_part(&mut keeper, part).await;
        match outcome {
            Ok(Stopped::Done) => {
                let counts = keeper.checkpoint.share.counts.by_name();
                let report = keeper.end(true, |record| {
                    record.state = RunState::Verified;
                    record.counts = counts;
                    record.told = None;
                });
                Ok(report.await?.into())
            }
            outcome => self.conclude(keeper, outcome).await,
        }
    }

    async fn write_part(&self, keeper: &mut Keeper, part: u32) -> Result<Stopped, RestoreError> {
        if let Some(stopped) = self.too_often(keeper) {
            return Ok(stopped);
        }
        let shares = self.shares(self.ask.parts);
        let working = shares.iter().filter(|share| !share.is_empty()).count();
        self.write(keeper, &shares[part as usize], working).await
    }

    /// Reads the table back after all parts have written.
    pub(crate) async fn close(self) -> Result<Conclusion, RestoreError> {
        let record = self.find(&self.identity).await?;
        if self.reads_again(record.as_ref()) {
            return self.read_again().await;
        }
        if let Some(record) = record.filter(|record| record.settled) {
            return Ok(settled(record).into());
        }
        let opened = self.opened().await?;
        let share = self.parts_done(&opened).await?;
        let mut keeper = match self.claim(&self.identity, false).await? {
            Claimed::Mine(keeper) => *keeper,
            Claimed::Ended(report) => return Ok((*report).into()),
        };
        keeper.checkpoint.share = share;
        let outcome = match self.too_often(&keeper) {
            Some(stopped) => Ok(stopped),
            None => self.finish(&mut keeper).await,
        };
        self.conclude(keeper, outcome).await
    }

    /// What `open` noted.
    async fn opened(&self) -> Result<Opened, RestoreError> {
        let record = self.find(&self.identity).await?;
        let checkpoint = Checkpoint::of(
            record
                .as_ref()
                .and_then(|record| record.checkpoint.as_ref()),
        );
        checkpoint.opened.ok_or_else(|| {
            RestoreError::Refused(format!(
                "this restore into {} was not opened; send the same request with \"step\": \"open\" first",
                self.ask.table
            ))
        })
    }

    /// What all parts wrote, if all of them did.
    async fn parts_done(&self, opened: &Opened) -> Result<Share, RestoreError> {
        let parts = self.ask.parts;
        let mut share = Share::default();
        let (mut errors, mut missing) = (Vec::new(), Vec::new());
        for part in 0..parts {
            let record = self.find(&self.identity.part(part, parts)).await?;
            let checkpoint = Checkpoint::of(
                record
                    .as_ref()
                    .and_then(|record| record.checkpoint.as_ref()),
            );
            let is_same = checkpoint
                .opened
                .as_ref()
                .is_some_and(|before| before.began == opened.began);
            let record = record.filter(|_| is_same);
            if let Some(record) =
                record.filter(|record| !record.settled || record.state != RunState::Verified)
            {
                errors.extend(
                    record
                        .error
                        .map(|error| format!("part {part} of {parts}: {error}")),
                );
                missing.push(part.to_string());
            } else if !is_same {
                missing.push(part.to_string());
            }
            share.counts = share.counts.plus(checkpoint.share.counts);
            share.poison_files += checkpoint.share.poison_files;
        }
        if missing.is_empty() {
            return Ok(share);
        }
        let which = match missing.as_slice() {
            [part] => format!("part {part} of {parts} is"),
            missing => format!("parts {} of {parts} are", missing.join(", ")),
        };
        errors.push(format!(
            "{which} not written yet; send what is missing with \"step\": \"write\""
        ));
        Err(RestoreError::Unwritten(errors.join("; ")))
    }
}
