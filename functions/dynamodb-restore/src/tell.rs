//! How a run ends, and who is told of it.

use function_core::{Exit, Failure, Report, Retryable as _, RunState, chain};
use notify::Notice;

use crate::FUNCTION;
use crate::error::RestoreError;
use crate::function::DynamodbRestore;
use crate::keeper::Keeper;

/// What came of a restore in this invocation.
#[derive(Debug)]
pub(crate) struct Conclusion {
    pub(crate) report: Report,
    /// What a person was told just now.
    pub(crate) failure: Option<Failure>,
}

impl From<Report> for Conclusion {
    fn from(report: Report) -> Self {
        Self {
            report,
            failure: None,
        }
    }
}

/// An end other than verified.
pub(crate) struct BadEnd {
    /// `Incomplete` or `Failed`.
    pub(crate) state: RunState,
    pub(crate) what_happened: String,
    pub(crate) what_to_do: String,
    /// Whether only `force` opens it again.
    pub(crate) settled: bool,
}

impl DynamodbRestore {
    /// Ends a run that stopped at `error`. A passing fault leaves it open for whoever comes next.
    pub(crate) async fn stopped(
        &self,
        keeper: Keeper,
        error: RestoreError,
    ) -> Result<Conclusion, RestoreError> {
        if let RestoreError::Ledger(_) = error {
            return Err(error);
        }
        let words = chain(&error);
        if error.is_retryable() {
            let run = keeper.record().run.clone();
            let state = RunState::Running;
            let ended = keeper.end(false, |record| {
                record.state = state;
                record.ended = None;
                record.error = Some(words);
            });
            if let Err(error) = ended.await {
                tracing::warn!(run, error = chain(&error), "not noted");
            }
            return Err(error);
        }
        let end = BadEnd {
            state: RunState::Failed,
            what_happened: words,
            what_to_do: error.what_to_do().to_owned(),
            settled: false,
        };
        self.ended_badly(keeper, end, error.exit()).await
    }

    /// Ends a run as failed or incomplete, and tells people, unless they were told the same already.
    pub(crate) async fn ended_badly(
        &self,
        keeper: Keeper,
        end: BadEnd,
        exit: Exit,
    ) -> Result<Conclusion, RestoreError> {
        let BadEnd {
            state,
            what_happened,
            what_to_do,
            settled,
        } = end;
        let record = keeper.record().clone();
        let told = format!("{what_happened}; {what_to_do}");
        if record.told.as_deref() != Some(told.as_str()) {
            let notice = Notice {
                function: FUNCTION.to_owned(),
                source: format!("table {}", record.source),
                run: record.run.clone(),
                state,
                since: None,
                what_happened: what_happened.clone(),
                what_to_do: what_to_do.clone(),
            };
            self.config.notifier.tell(&notice).await;
        }
        let counts = keeper.checkpoint.share.counts.by_name();
        let error = format!("{}: {told}", record.run);
        let report = keeper.end(settled, |record| {
            record.state = state;
            record.counts.extend(counts);
            record.error = Some(what_happened);
            record.told = Some(told);
        });
        Ok(Conclusion {
            report: report.await?,
            failure: Some(Failure { exit, error }),
        })
    }
}
