//! The stages of a run whose plan is accepted: writing, reading back and, for a drill, deleting again.

use kintone_format::folder_of;
use run_record::Run;
use tokio::sync::watch;

use crate::apply::apply;
use crate::checkpoint::{Checkpoint, Reached};
use crate::error::RestoreError;
use crate::function::KintoneRestore;
use crate::job::Ended;
use crate::map::Map;
use crate::prepare::Job;
use crate::progress::Stage;
use crate::read_back::{Head, ReadBack, Writing, read_back};
use crate::verify::{Report, foreign, part_name};
use crate::work::Work;

impl KintoneRestore {
    /// Writes, reads back and, for a drill, deletes: from wherever an earlier invocation stopped.
    pub(crate) async fn stages(
        &self,
        job: &Job,
        work: &Work<'_>,
        mut checkpoint: Checkpoint,
        run: &mut Run,
    ) -> Result<Ended, RestoreError> {
        let records = checkpoint.records;
        let was_written = checkpoint.stage > Reached::Plan;
        if checkpoint.stage == Reached::Plan
            && let Some(progress) = self.write(job, work, &mut checkpoint, run).await?
        {
            return Ok(Ended::Late(progress));
        }
        if checkpoint.verdict.is_none() {
            // Whoever wrote the last records may have no time to read all of them back.
            let has_time = was_written || !work.is_late();
            self.read_rest(work, &mut checkpoint, run, has_time).await?;
        }
        let Some(verdict) = checkpoint.verdict.clone() else {
            let done = self.progress.now().done;
            let words = format!("all records are written; {done} of {records} were read back");
            return Ok(Ended::Late(words));
        };
        if job.drill.is_some() {
            // What is deleted can't be read back once more.
            checkpoint.stage = Reached::Verification;
            self.keep(run, &checkpoint).await?;
            self.progress.begin(Stage::Clearing, 0, records);
            let is_clear = self.clear(job, work, &mut checkpoint).await?;
            self.keep(run, &checkpoint).await?;
            if !is_clear {
                let words = "all is compared; what the drill wrote is being deleted".to_owned();
                return Ok(Ended::Late(words));
            }
        } else {
            let map = map(job, work, &checkpoint.read_back);
            self.remember(job.app(), map).await?;
        }
        Ok(Ended::Compared(verdict))
    }

    /// Writes, and reads back what is written; what is left to do, when there was no time for all of it.
    async fn write(
        &self,
        job: &Job,
        work: &Work<'_>,
        checkpoint: &mut Checkpoint,
        run: &mut Run,
    ) -> Result<Option<String>, RestoreError> {
        let records = checkpoint.records;
        self.progress.begin(Stage::Writing, 0, records);
        let (sender, head) = watch::channel(Head {
            bulks: 0,
            writing: Writing::UnderWay,
        });
        // What a drill finds in its app is deleted first.
        let planned = job.drill.is_none().then_some(checkpoint.held);
        let writing = async {
            let written = apply(work, planned, &sender).await;
            let done = self.progress.now().done;
            self.progress.begin(Stage::Verifying, 0, records);
            (written, done)
        };
        let reading = read_back(work, checkpoint.read_back.clone(), head);
        // Both come to their ends: what was sent must get its answer noted.
        let ((written, done), read) = tokio::join!(writing, reading);
        if matches!(written, Err(RestoreError::Filled { .. })) {
            checkpoint.stage = Reached::Nothing;
            self.keep(run, checkpoint).await?;
        }
        if let Err(RestoreError::Edited { edits, .. }) = &written {
            checkpoint.edits.extend(edits);
            self.keep(run, checkpoint).await?;
        }
        let is_written = written?;
        if is_written {
            checkpoint.stage = Reached::Writes;
        }
        let read = read.map(|read| checkpoint.read_back = read);
        self.keep(run, checkpoint).await?;
        read?;
        let words = format!("{done} of {records} records are written");
        Ok((!is_written).then_some(words))
    }

    /// Reads back what is left of that, when all is written; comes to a verdict, if there is time for all of it.
    async fn read_rest(
        &self,
        work: &Work<'_>,
        checkpoint: &mut Checkpoint,
        run: &mut Run,
        has_time: bool,
    ) -> Result<(), RestoreError> {
        let bulks = work.journal.len().await?;
        if checkpoint.read_back.bulk < bulks && has_time {
            self.progress.begin(Stage::Verifying, 0, checkpoint.records);
            let (_sender, head) = watch::channel(Head {
                bulks,
                writing: Writing::Over,
            });
            checkpoint.read_back = read_back(work, checkpoint.read_back.clone(), head).await?;
            self.keep(run, checkpoint).await?;
        }
        if checkpoint.read_back.bulk == bulks {
            let mut verdict = checkpoint.read_back.verdict.clone();
            verdict.foreign = foreign(work, verdict.added).await?;
            checkpoint.verdict = Some(verdict);
        }
        Ok(())
    }
}

/// The map of old and new numbers that reading back wrote.
fn map(job: &Job, work: &Work<'_>, back: &ReadBack) -> Map {
    let day = job.stamp().day_path();
    let part = |part| format!("{day}/{}", part_name(work.stem, Report::Ids, part));
    let source = job.origin.app.as_ref();
    Map {
        run: work.run.to_owned(),
        ids: (1..=back.parts).map(part).collect(),
        source: source.map(|(host, app)| folder_of(host, *app)),
        backup: job.origin.identity.clone(),
    }
}
