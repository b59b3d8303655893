//! From a run that ended to a verdict on its table: a run that says that it succeeded may have found nothing.

use futures_util::stream::{self, StreamExt as _};
use run_record::Run;

use crate::day::{Day, DayTable, Standing};
use crate::error::TransferError;
use crate::fault::Fault;
use crate::function::BigqueryTransfer;
use crate::gcp::{ApiError, Fault as Kind};
use crate::start::{CHUNK, CONCURRENT};
use crate::transfer_run::{LogLine, RunName, Severity, TransferState};

/// What the log of a run says that found no file.
///
/// **Source**: BigQuery Data Transfer documentation, "Troubleshoot transfer configurations", General Amazon S3 issues.
const NO_FILES: &str = "No new files found matching";

/// What stands before and after the number of files that a run copied.
///
/// **Source**: the same.
const MOVED: (&str, &str) = ("Moved ", " object");

/// How a run came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RunEnd {
    NotYet,
    Well,
    /// In these words.
    Badly(String),
}

impl BigqueryTransfer {
    /// Judges each table of `keys` whose run is started and ended, and notes the verdicts.
    pub(crate) async fn judge(
        &self,
        run: &mut Run,
        day: &mut Day,
        keys: &[String],
    ) -> Result<Vec<Fault>, TransferError> {
        let mut faults = Vec::new();
        for keys in keys.chunks(CHUNK) {
            let seen = &*day;
            let judging = keys.iter().cloned().map(|key| async move {
                let judged = Box::pin(self.judge_table(&seen.tables[&key])).await;
                (key, judged)
            });
            let judging = stream::iter(judging).buffer_unordered(CONCURRENT);
            let mut has_news = false;
            for (key, judged) in judging.collect::<Vec<_>>().await {
                match judged {
                    Ok(None) => {}
                    Ok(Some(standing)) => {
                        has_news = true;
                        if let Some(table) = day.tables.get_mut(&key) {
                            table.standing = standing;
                        }
                    }
                    Err(error) => faults.push(Fault::of_table(key, &error)),
                }
            }
            if has_news {
                self.note(run, day).await?;
            }
        }
        Ok(faults)
    }

    /// The verdict on a table whose run is started; `None` while the run is under way.
    async fn judge_table(&self, table: &DayTable) -> Result<Option<Standing>, ApiError> {
        let Some(name) = &table.run else {
            return Ok(None);
        };
        Ok(match self.ending(name).await? {
            RunEnd::NotYet => None,
            RunEnd::Badly(why) => Some(Standing::Failed { why }),
            RunEnd::Well => Some(self.judge_rows(table).await?),
        })
    }

    /// How a run came to its end, by its state and its log.
    pub(crate) async fn ending(&self, name: &RunName) -> Result<RunEnd, ApiError> {
        let run = match self.bigquery.get_run(name).await {
            Ok(run) => run,
            Err(error) if error.fault() == Kind::Absent => {
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
            TransferState::Succeeded if found_nothing(&self.bigquery.logs(name).await?) => {
                RunEnd::Badly(format!(
                    "its run {name} found no file, so BigQuery still has what it had; see whether the files are in the bucket and \
                     whether the key may read them"
                ))
            }
            TransferState::Succeeded => RunEnd::Well,
        })
    }

    /// The verdict on a table whose run ended well.
    async fn judge_rows(&self, table: &DayTable) -> Result<Standing, ApiError> {
        let wanted = table.rows;
        Ok(match self.bigquery.rows(&table.destination).await? {
            None => Standing::Failed {
                why: "it is gone from BigQuery".to_owned(),
            },
            Some(rows) if rows < wanted => Standing::Failed {
                why: format!("BigQuery has {rows} of the {wanted} rows that were verified"),
            },
            Some(rows) => Standing::Loaded { rows },
        })
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
