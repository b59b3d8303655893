//! How a day stands, told to its record, and to people where it is not as it should be.

use std::collections::BTreeSet;

use function_core::{Exit, Failure, Report, RunState, Stamp};
use notify::Notice;
use run_record::{Run, RunRecord};

use crate::day::Day;
use crate::error::TransferError;
use crate::function::BigqueryTransfer;
use crate::hindrance::Hindrance;
use crate::verdict::{self, summary};

/// What came of a day at one look.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ended {
    pub(crate) report: Report,
    /// What a person was told just now.
    pub(crate) failure: Option<Failure>,
}

impl From<Report> for Ended {
    fn from(report: Report) -> Self {
        Self {
            report,
            failure: None,
        }
    }
}

/// What is wrong, and what a person does about it.
pub(crate) struct Trouble {
    pub(crate) state: RunState,
    pub(crate) happened: String,
    pub(crate) to_do: String,
    /// What it is made of, so that the same is not told again.
    pub(crate) marks: BTreeSet<String>,
}

impl BigqueryTransfer {
    /// Ends the day, or notes what it waits for and what is in its way.
    pub(crate) async fn conclude(
        &self,
        run: Run,
        mut day: Day,
        hindrances: Vec<Hindrance>,
    ) -> Result<Ended, TransferError> {
        let is_given_up = self.clock.now() > self.deadline(&day);
        if is_given_up {
            let timeout = format!("{:#}", self.config.run_timeout);
            verdict::give_up(&mut day, &hindrances, &timeout);
        }
        if day.is_judged() && (is_given_up || hindrances.is_empty()) {
            self.end(run, day).await
        } else {
            self.note_progress(run, day, &hindrances).await
        }
    }

    /// Notes what a day waits for, and tells people what is in its way and lasts.
    async fn note_progress(
        &self,
        run: Run,
        day: Day,
        hindrances: &[Hindrance],
    ) -> Result<Ended, TransferError> {
        let progress = day.progress(self.clock.now());
        let progress = hindrances.iter().fold(progress, |words, hindrance| {
            format!("{words}; {}", hindrance.sentence())
        });
        let lasting = hindrances.iter().filter(|hindrance| !hindrance.is_passing);
        let (marks, words): (BTreeSet<_>, Vec<_>) = lasting
            .map(|hindrance| (hindrance.mark(), hindrance.sentence()))
            .unzip();
        let trouble = (!words.is_empty()).then(|| Trouble {
            state: RunState::Running,
            happened: summary(&words),
            to_do:
                "repair it; the function tries again every few minutes, until it gives the day up"
                    .to_owned(),
            marks,
        });
        let label = label(&day);
        let failure = self.tell(run.record(), &label, trouble.as_ref()).await;
        let told = told(run.record(), trouble.as_ref());
        let (checkpoint, counts) = (day.to_value(&run.record().run)?, day.counts());
        let ended = run.end(false, |record| {
            record.state = RunState::Running;
            record.ended = None;
            record.checkpoint = Some(checkpoint);
            record.counts = counts;
            record.progress = Some(progress);
            record.error = trouble.map(|trouble| trouble.happened);
            record.told = told;
        });
        let report = ended.await?.into_report().with_ticks();
        Ok(Ended { report, failure })
    }

    /// Ends a day whose tables are all judged.
    async fn end(&self, run: Run, day: Day) -> Result<Ended, TransferError> {
        let trouble = verdict::trouble(&day);
        let failure = self
            .tell(run.record(), &label(&day), trouble.as_ref())
            .await;
        let state = trouble
            .as_ref()
            .map_or(RunState::Verified, |trouble| trouble.state);
        let warnings = verdict::warnings(&day, self.newest_of(run.record()).await?);
        let told = told(run.record(), trouble.as_ref());
        let (checkpoint, counts) = (day.to_value(&run.record().run)?, day.counts());
        let ended = run.end(true, |record| {
            record.state = state;
            record.checkpoint = Some(checkpoint);
            record.counts = counts;
            record.progress = None;
            record.warnings = warnings;
            let failed = trouble.filter(|trouble| trouble.state != RunState::Verified);
            record.error = failed.map(|trouble| trouble.happened);
            record.told = told;
        });
        let record = ended.await?;
        Self::log_end(&record);
        self.note_end_of(&record).await?;
        Ok(Ended {
            report: record.into_report(),
            failure: failure.filter(|_| state != RunState::Verified),
        })
    }

    /// The newest day of the source, where it is newer than that of `record`.
    async fn newest_of(&self, record: &RunRecord) -> Result<Option<Stamp>, TransferError> {
        let days = self.days().await?;
        let newest = days.sources.get(&record.source).map(|known| &known.newest);
        Ok(newest.filter(|newest| **newest > record.stamp).cloned())
    }

    /// Ends a day that the newer one of `by` takes the place of.
    pub(crate) async fn end_superseded(
        &self,
        run: Run,
        by: &Stamp,
    ) -> Result<RunRecord, TransferError> {
        let ended = run.end(true, |record| {
            record.state = RunState::Incomplete;
            record.progress = None;
            record.error = Some(format!(
                "the export of {by} came before this day was at its end; its data is newer"
            ));
        });
        let record = ended.await?;
        Self::log_end(&record);
        self.note_end_of(&record).await?;
        Ok(record)
    }

    /// Takes the day of `record` from the open ones.
    pub(crate) async fn note_end_of(&self, record: &RunRecord) -> Result<(), TransferError> {
        let is_verified = record.state == RunState::Verified;
        let verified = record.ended.filter(|_| is_verified);
        self.note_end(&record.run, (&record.source, &record.stamp), verified)
            .await
    }

    /// The alarm on silence counts these lines, by source.
    fn log_end(record: &RunRecord) {
        let state = serde_json::to_value(record.state).unwrap_or_default();
        tracing::info!(
            source = record.source,
            run = record.run,
            state = state.as_str(),
            "run finished"
        );
    }

    /// Tells people of `trouble`, unless they know; the failure is what they were told.
    pub(crate) async fn tell(
        &self,
        record: &RunRecord,
        label: &str,
        trouble: Option<&Trouble>,
    ) -> Option<Failure> {
        let trouble = trouble?;
        if !trouble.marks.is_empty() && trouble.marks.is_subset(&known(record)) {
            return None;
        }
        let days = self.days().await.unwrap_or_default();
        let since = match days.sources.get(&record.source) {
            Some(known) => known.verified,
            // A run that is no day's.
            None => days
                .sources
                .values()
                .filter_map(|known| known.verified)
                .max(),
        };
        let notice = Notice {
            function: crate::FUNCTION.to_owned(),
            source: label.to_owned(),
            run: record.run.clone(),
            state: trouble.state,
            since,
            what_happened: trouble.happened.clone(),
            what_to_do: trouble.to_do.clone(),
        };
        self.notifier.tell(&notice).await;
        Some(Failure {
            exit: Exit::Failed,
            error: format!("{}: {}; {}", record.run, trouble.happened, trouble.to_do),
        })
    }
}

/// The day as people are told of it.
fn label(day: &Day) -> String {
    let message = &day.message;
    format!("{} of {}", message.source, message.logical_date)
}

/// The marks of all that people were told of this run.
fn known(record: &RunRecord) -> BTreeSet<String> {
    let told = record.told.as_deref().unwrap_or_default();
    told.split_whitespace().map(str::to_owned).collect()
}

/// What people know of this run once they are told of `trouble`.
fn told(record: &RunRecord, trouble: Option<&Trouble>) -> Option<String> {
    let mut marks = known(record);
    marks.extend(
        trouble
            .into_iter()
            .flat_map(|trouble| trouble.marks.iter().cloned()),
    );
    let marks: Vec<String> = marks.into_iter().collect();
    (!marks.is_empty()).then(|| marks.join(" "))
}
