//! How a day stands, told to its record, and to people where it is not as it should be.

use function_core::{Exit, Failure, Report, RunState};
use jiff::civil::Date;
use notify::Notice;
use run_record::{Run, RunRecord};

use crate::day::{Day, Standing};
use crate::error::TransferError;
use crate::fault::Fault;
use crate::function::BigqueryTransfer;

/// The most tables that a person is told by name.
const NAMED: usize = 20;

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
}

impl BigqueryTransfer {
    /// Ends the day, or notes what it waits for and what is in its way.
    pub(crate) async fn conclude(
        &self,
        run: Run,
        mut day: Day,
        faults: Vec<Fault>,
    ) -> Result<Ended, TransferError> {
        let now = self.clock.now();
        if now > self.deadline(&day) {
            day.give_up(&faults, &format!("{:#}", self.config.run_timeout));
        }
        if day.is_judged() {
            return self.end(run, day).await;
        }
        let lasting: Vec<String> = faults
            .iter()
            .filter(|fault| !fault.is_passing)
            .map(Fault::sentence)
            .collect();
        let progress = faults.iter().fold(day.progress(now), |words, fault| {
            format!("{words}; {}", fault.sentence())
        });
        let trouble = (!lasting.is_empty()).then(|| Trouble {
            state: RunState::Running,
            happened: summary(&lasting),
            to_do:
                "repair it; the function tries again every few minutes, until it gives the day up"
                    .to_owned(),
        });
        let failure = self
            .tell(run.record(), &label(&day), trouble.as_ref())
            .await;
        let (checkpoint, counts) = (day.to_value(&run.record().run)?, day.counts());
        let ended = run.end(false, |record| {
            record.state = RunState::Running;
            record.ended = None;
            record.checkpoint = Some(checkpoint);
            record.counts = counts;
            record.progress = Some(progress);
            record.error = trouble.as_ref().map(|trouble| trouble.happened.clone());
            if let Some(trouble) = &trouble {
                record.told = Some(essence(&trouble.happened));
            }
        });
        let report = ended.await?.into_report().with_ticks();
        Ok(Ended { report, failure })
    }

    /// Ends a day whose tables are all judged.
    async fn end(&self, run: Run, day: Day) -> Result<Ended, TransferError> {
        let failures: Vec<String> = day
            .failures()
            .iter()
            .map(|(key, why)| format!("{key}: {why}"))
            .collect();
        let trouble = (!failures.is_empty()).then(|| Trouble {
            state: RunState::Failed,
            happened: format!("{} of {} tables did not arrive: {}", failures.len(), day.tables.len(), summary(&failures)),
            to_do: format!(
                "look at the runs of these tables under Data transfers in the BigQuery console and repair what they say, then send {{\"source\": \"{}\", \
                 \"date\": \"{}\", \"force\": true}}",
                day.message.source, day.message.logical_date
            ),
        });
        let failure = self
            .tell(run.record(), &label(&day), trouble.as_ref())
            .await;
        let state = trouble
            .as_ref()
            .map_or(RunState::Verified, |trouble| trouble.state);
        let mut warnings = day.warnings.clone();
        warnings.extend(surplus(&day));
        let (checkpoint, counts) = (day.to_value(&run.record().run)?, day.counts());
        let ended = run.end(true, |record| {
            record.state = state;
            record.checkpoint = Some(checkpoint);
            record.counts = counts;
            record.progress = None;
            record.warnings = warnings;
            record.error = trouble.as_ref().map(|trouble| trouble.happened.clone());
            record.told = trouble.as_ref().map(|trouble| essence(&trouble.happened));
        });
        let record = ended.await?;
        Self::log_end(&record);
        let verified = (state == RunState::Verified).then(|| self.clock.now());
        self.note_end(&record.run, (&record.source, &record.stamp), verified)
            .await?;
        Ok(Ended {
            report: record.into_report(),
            failure,
        })
    }

    /// Ends a day that a newer one takes the place of.
    pub(crate) async fn end_superseded(&self, run: Run, by: Date) -> Result<(), TransferError> {
        let ended = run.end(true, |record| {
            record.state = RunState::Incomplete;
            record.progress = None;
            record.error = Some(format!(
                "the export of {by} came before this day was at its end; its data is newer"
            ));
        });
        let record = ended.await?;
        Self::log_end(&record);
        self.note_end(&record.run, (&record.source, &record.stamp), None)
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
        if record.told.as_deref() == Some(&essence(&trouble.happened)) {
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

impl Day {
    /// Ends every table that is not at its end: its time, `timeout`, is over.
    fn give_up(&mut self, faults: &[Fault], timeout: &str) {
        let of_day = faults.iter().map(Fault::sentence).next();
        for (key, table) in &mut self.tables {
            let fault = faults.iter().find(|fault| fault.concerns(key));
            let because = fault
                .map(|fault| format!(": {}", fault.words))
                .unwrap_or_default();
            let why = match &table.standing {
                Standing::Waiting => format!("its run was not started within {timeout}{because}"),
                Standing::Started => format!("its run has not ended within {timeout}{because}"),
                _ => continue,
            };
            table.standing = Standing::Failed { why };
        }
        if self.location.is_none() {
            let why = of_day.unwrap_or_else(|| "nobody brought them in order".to_owned());
            let why = format!(
                "its transfer config could not be brought in order within {timeout}: {why}"
            );
            self.fail_all(&why);
        }
    }
}

/// Warnings of tables that have more rows than were verified.
fn surplus(day: &Day) -> Option<String> {
    let more = day
        .tables
        .iter()
        .filter_map(|(key, table)| match table.standing {
            Standing::Loaded { rows } if rows > table.rows => Some(format!(
                "{key} has {rows} rows in BigQuery, but {} were verified",
                table.rows
            )),
            _ => None,
        });
    let more: Vec<String> = more.collect();
    (!more.is_empty()).then(|| summary(&more))
}

/// The first of `words`, and how many more there are.
fn summary(words: &[String]) -> String {
    let shown = words[..words.len().min(NAMED)].join("; ");
    match words.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown}; and {more} more"),
    }
}

/// The words that stay the same while a fault does: numbers, such as of requests, change from look to look.
fn essence(words: &str) -> String {
    words
        .chars()
        .filter(|character| !character.is_ascii_digit())
        .collect()
}
