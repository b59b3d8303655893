//! How a run ends, and what people are told of it.

use function_core::{Report, Retryable as _, RunState, chain};
use notify::Notice;
use run_record::{LedgerError, Run, RunRecord};

use crate::FUNCTION;
use crate::checkpoint::Checkpoint;
use crate::error::RestoreError;
use crate::function::KintoneRestore;
use crate::journal::stem;
use crate::prepare::Job;
use crate::verify::{Verdict, differences_names};

impl KintoneRestore {
    /// Ends a run whose records are all written and compared.
    pub(crate) async fn settle(
        &self,
        job: &Job,
        run: Run,
        verdict: &Verdict,
    ) -> Result<Report, RestoreError> {
        let id = run.record().run.clone();
        let checkpoint = Checkpoint::of(run.record());
        let stem = stem(&id, checkpoint.round);
        let reports = differences_names(&stem, checkpoint.read_back.parts);
        let error = verdict.surprise(&reports);
        let state = if error.is_none() {
            RunState::Verified
        } else {
            RunState::Incomplete
        };
        let mut warnings = checkpoint.losses;
        if verdict.announced > 0 {
            warnings.push(format!(
                "{} values are not those of the backup, as the plan said; they are in {reports}",
                verdict.announced
            ));
        }
        if let Some(error) = &error {
            let to_do = "Look at the differences: either the app changed meanwhile, or Kintone changed values on its own.";
            self.tell(job, &id, state, error, to_do).await;
        }
        let counts = counts(verdict, &job.client);
        let manifest = job.origin.address.clone();
        let ended = run.end(true, |record| {
            record.state = state;
            record.counts = counts
                .map(|(name, number)| (name.to_owned(), number))
                .into();
            record.warnings = warnings;
            record.manifest = Some(manifest);
            record.error = error;
            record.progress = None;
        });
        let record = ended.await?;
        let state = serde_json::to_value(record.state).unwrap_or_default();
        tracing::info!(
            app = job.app(),
            run = record.run,
            state = state.as_str(),
            drill = job.drill.is_some(),
            "run finished"
        );
        Ok(record.into_report())
    }

    /// Notes why the run ended, and tells a person of what lasts, unless the same was told before. The same request goes
    /// on with it.
    pub(crate) async fn fail(&self, job: &Job, mut run: Run, error: &RestoreError) {
        let words = chain(error);
        if let Err(LedgerError::Lost { run }) = run.change(|_| {}).await {
            // Whoever took the run over tells how it ends.
            tracing::warn!(run, error = words, "stopped, because another took over");
            return;
        }
        let record = run.record().clone();
        let (state, told) = if error.is_retryable() {
            (RunState::Running, record.told)
        } else {
            let to_do = error.what_to_do();
            if record.told.as_deref() != Some(&to_do) {
                self.tell(job, &record.run, RunState::Failed, &words, &to_do)
                    .await;
            }
            (RunState::Failed, Some(to_do))
        };
        let ended = run.end(false, |record| {
            record.state = state;
            record.error = Some(words);
            record.told = told;
        });
        if let Err(error) = ended.await {
            tracing::warn!(%error, "the end of the run was not noted");
        }
    }

    /// Tells a person of a fault that no run record notes, unless it passes by itself.
    pub(crate) async fn tell_of(&self, job: &Job, run: &str, error: &RestoreError) {
        if !error.is_retryable() {
            let to_do = error.what_to_do();
            self.tell(job, run, RunState::Failed, &chain(error), &to_do)
                .await;
        }
    }

    async fn tell(&self, job: &Job, run: &str, state: RunState, happened: &str, to_do: &str) {
        let source = match job.drill {
            Some(_) => format!("drill of {}", job.name.trim_start_matches("drill-")),
            None => format!("app {}", job.app()),
        };
        let notice = Notice {
            function: FUNCTION.to_owned(),
            source,
            run: run.to_owned(),
            state,
            since: None,
            what_happened: happened.to_owned(),
            what_to_do: to_do.to_owned(),
        };
        self.notifier.tell(&notice).await;
    }
}

fn counts(verdict: &Verdict, client: &kintone_client::Client) -> [(&'static str, u64); 7] {
    [
        ("added", verdict.added),
        ("changed", verdict.changed),
        ("unchanged", verdict.unchanged),
        ("files", verdict.files),
        ("announcedDifferences", verdict.announced),
        ("differences", verdict.differences + verdict.missing),
        ("requests", client.requests()),
    ]
}

/// A repeated request for a run that is at its end.
pub(crate) fn settled(record: RunRecord) -> Report {
    tracing::info!(run = record.run, "the run is settled already");
    let ended = record.ended.map(|time| time.to_string());
    let mut report = record.into_report();
    report.warnings.push(format!(
        "this restore was done already, at {}; nothing was written now. \"force\": true does it once more",
        ended.unwrap_or_default()
    ));
    report
}
