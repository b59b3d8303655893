//! From a run that ended to a verdict on its table: a run that says that it succeeded may have found nothing.

use jiff::{SignedDuration, Timestamp};

use crate::day::Day;
use crate::day_table::{DayTable, Standing};
use crate::error::TransferError;
use crate::function::BigqueryTransfer;
use crate::gcp::{ApiError, Fault};
use crate::transfer_run::{LogLine, RunName, Severity, TransferRun, TransferState};
use crate::work::Step;

/// What the log of a run says that found no file.
///
/// **Source**: BigQuery Data Transfer documentation, "Troubleshoot transfer configurations", General Amazon S3 issues.
const NO_FILES: &str = "No new files found matching";

/// What stands before and after the number of files that a run copied.
///
/// **Source**: the same.
const MOVED: (&str, &str) = ("Moved ", " object");

/// How long after a run's end its log may still lack lines.
const LOG_DELAY: SignedDuration = SignedDuration::from_mins(15);

/// How a run came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RunEnd {
    NotYet,
    /// It copied files; it began at this time, where the service tells it.
    Well(Option<Timestamp>),
    /// In these words.
    Badly(String),
}

impl BigqueryTransfer {
    /// The verdict on a table whose run is started; `None` while the run is under way.
    pub(crate) async fn judge(&self, day: &Day, key: &str) -> Result<Option<Step>, TransferError> {
        let mut table = day.tables[key].clone();
        let Some(name) = &table.run else {
            return Ok(None);
        };
        table.standing = match self.ending(name).await? {
            RunEnd::NotYet => return Ok(None),
            RunEnd::Badly(why) => Standing::Failed { why },
            RunEnd::Well(began) => self.judge_contents(&table, began).await?,
        };
        Ok(Some(table.into()))
    }

    /// How a run came to its end, by its state and its log.
    pub(crate) async fn ending(&self, name: &RunName) -> Result<RunEnd, ApiError> {
        let run = match self.bigquery.get_run(name).await {
            Ok(run) => run,
            Err(error) if error.fault() == Fault::Absent => {
                return Ok(RunEnd::Badly(format!(
                    "its run {name} is gone; somebody deleted the run or its config"
                )));
            }
            Err(error) => return Err(error),
        };
        Ok(match run.state {
            TransferState::Pending | TransferState::Running => RunEnd::NotYet,
            TransferState::Cancelled => RunEnd::Badly(format!("somebody cancelled its run {name}")),
            TransferState::Failed => {
                let words = match run.error {
                    Some(words) => words,
                    None => self.last_error(name).await?,
                };
                RunEnd::Badly(format!("its run {name} failed: {words}"))
            }
            TransferState::Succeeded => {
                let lines = self.bigquery.logs(name).await?;
                self.proof(&run, &lines)
            }
        })
    }

    /// What the log of a run that says that it succeeded proves.
    fn proof(&self, run: &TransferRun, lines: &[LogLine]) -> RunEnd {
        let name = &run.name;
        if found_nothing(lines) {
            return RunEnd::Badly(format!(
                "its run {name} found no file, so BigQuery still has what it had; see whether the files are in the bucket and \
                 whether the key may read them"
            ));
        }
        if lines.iter().any(|line| moved(&line.text).is_some()) {
            return RunEnd::Well(run.start_time.or(run.schedule_time));
        }
        let now = self.clock.now();
        if run.end_time.is_some_and(|ended| now < ended + LOG_DELAY) {
            return RunEnd::NotYet;
        }
        RunEnd::Badly(format!(
            "its run {name} says that it succeeded, but its log does not say that it copied a file, so nothing proves that \
             BigQuery has the new rows"
        ))
    }

    /// The verdict on a table whose run ended well and began at `began`.
    async fn judge_contents(
        &self,
        table: &DayTable,
        began: Option<Timestamp>,
    ) -> Result<Standing, ApiError> {
        let wanted = table.rows;
        let Some(contents) = self.bigquery.contents(&table.destination).await? else {
            let why = "it is gone from BigQuery".to_owned();
            return Ok(Standing::Failed { why });
        };
        let rows = contents.rows;
        let is_untouched = began.is_some_and(|began| contents.modified < began.as_millisecond());
        let why = if is_untouched {
            "its run says that it succeeded, but the table was not changed since the run began; it has what it had".to_owned()
        } else if rows < wanted {
            format!("BigQuery has {rows} of the {wanted} rows that were verified")
        } else {
            return Ok(Standing::Loaded { rows });
        };
        Ok(Standing::Failed { why })
    }

    /// The last error in the log of a run that does not say itself why it failed.
    async fn last_error(&self, run: &RunName) -> Result<String, ApiError> {
        let lines = self.bigquery.logs(run).await?;
        let errors = lines
            .into_iter()
            .filter(|line| line.severity == Severity::Error);
        let last = errors.max_by_key(|line| line.time);
        Ok(last.map_or_else(|| "it does not say why".to_owned(), |line| line.text))
    }
}

/// Whether the log of a run says that there was no file, or that none was copied.
pub(crate) fn found_nothing(lines: &[LogLine]) -> bool {
    lines
        .iter()
        .any(|line| line.text.contains(NO_FILES) || moved(&line.text) == Some(0))
}

/// The number in `… complete: Moved 3 object(s).`
fn moved(text: &str) -> Option<u64> {
    let (_, rest) = text.split_once(MOVED.0)?;
    let (number, _) = rest.split_once(MOVED.1)?;
    number.trim().replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found_nothing_in(text: &str) -> bool {
        found_nothing(&[LogLine {
            time: None,
            severity: Severity::Info,
            text: text.to_owned(),
        }])
    }

    #[test]
    fn a_run_that_copied_or_found_no_file_is_known_by_its_log() {
        for text in [
            "No new files found matching s3://exports/export-id-20261121/app/app.users/*.parquet.",
            "Moving data from Amazon S3 to Google Cloud complete: Moved 0 object(s).",
        ] {
            assert!(found_nothing_in(text), "{text}");
        }
    }

    #[test]
    fn a_run_that_copied_files_is_not_taken_for_an_empty_one() {
        for text in [
            "Moving data from Amazon S3 to Google Cloud complete: Moved 10 object(s).",
            "Moving data from Amazon S3 to Google Cloud complete: Moved 1,200 object(s).",
            "Summary: succeeded 1 jobs, failed 0 jobs.",
            "Moved on.",
        ] {
            assert!(!found_nothing_in(text), "{text}");
        }
    }
}
