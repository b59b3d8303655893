//! The proof that backups come back: the newest one of each table into a scratch table, compared, deleted.

mod note;
mod scratch;

use function_core::{
    METRIC_TARGET, Outcome, Report, Retryable as _, RunState, Stamp, Trigger, sha256_hex,
};
use jiff::Timestamp;
use reconcile::Tally;

use crate::checkpoint::Checkpoint;
use crate::claim::Claimed;
use crate::config::Verify;
use crate::error::RestoreError;
use crate::function::DynamodbRestore;
use crate::identity::Identity;
use crate::job::{Job, Stopped};
use crate::keeper::Keeper;
use crate::progress::Stage;
use crate::request::{Ask, Origin, Request, Step, WriteMode};
use crate::source::{Source, tables_with_backup};
use crate::tell::{BadEnd, Conclusion};
use note::Note;

/// What the name of each scratch table has after the table's.
const SCRATCH: &str = "-tasuki-drill-";

/// The longest name of a table.
///
/// **Source**: Amazon DynamoDB Developer Guide, "Naming rules".
const LONGEST_NAME: usize = 255;

impl DynamodbRestore {
    /// Drills the tables that are due, one after the other; `dryRun` only logs the gauge.
    pub(crate) async fn drill(
        &self,
        request: &Request,
        deadline: Timestamp,
    ) -> Result<Outcome, RestoreError> {
        check(request)?;
        let Some(home) = &self.home else {
            return Err(RestoreError::Request(
                "a drill restores verified backups; set EXPORT_S3_BUCKET to the bucket of dynamodb-export".to_owned(),
            ));
        };
        let all = match self.config.drill_tables.as_slice() {
            [] => tables_with_backup(home).await?,
            tables => tables.to_vec(),
        };
        let wanted = match &request.source {
            Some(source) => vec![source.clone()],
            None => all.clone(),
        };
        let mut tally = Tally::default();
        for table in wanted.iter().filter(|_| !request.dry_run) {
            match Box::pin(self.drill_table(table, request, deadline)).await {
                Ok(Conclusion { report, failure }) => {
                    tally.add(reconcile::Conclusion { report, failure });
                }
                Err(error) => tally.fail(&format!("drill of {table}"), &error, error.exit()),
            }
        }
        let age = self.oldest_proof(&all).await?;
        tracing::info!(target: METRIC_TARGET, OldestProvenRestoreAge = age, "gauges");
        if request.dry_run {
            let report =
                Report::new("drill", RunState::Planned).count("tables", wanted.len() as u64);
            tally.add(reconcile::Conclusion::from(report));
        }
        // Whoever drives a drill asks again while one is under way, and learns of the others in the end.
        if tally
            .reports()
            .iter()
            .any(|report| report.state == RunState::Running)
        {
            return Ok(Outcome::Done(tally.reports().to_vec()));
        }
        Ok(tally.into_outcome())
    }

    async fn drill_table(
        &self,
        table: &str,
        request: &Request,
        deadline: Timestamp,
    ) -> Result<Conclusion, RestoreError> {
        self.progress.begin(Stage::Planning, 0, None);
        let mut ask = ask(table, request);
        let source = Source::open(&ask, self.home.as_ref(), &self.env).await?;
        let stamp = Stamp::new(source.moment, &self.config.time_zone);
        ask.table = format!("{table}{SCRATCH}{stamp}");
        if ask.table.len() > LONGEST_NAME {
            let name = &ask.table;
            return Err(RestoreError::Request(format!(
                "the scratch table's name {name} is longer than {LONGEST_NAME}"
            )));
        }
        let identity = identity(table, &source, stamp);
        let mut job = Job {
            function: self,
            ask: &ask,
            source,
            target: None,
            identity,
            deadline,
            force: request.force,
        };
        job.force = job.is_forced().await?;
        let mut keeper = match job.claim(&job.identity, job.force).await? {
            Claimed::Mine(keeper) => *keeper,
            Claimed::Ended(report) => {
                self.note_again(table, &job).await?;
                return Ok((*report).into());
            }
        };
        if job.force {
            keeper.checkpoint = Checkpoint {
                forced_by: request.execution.clone(),
                ..Checkpoint::default()
            };
            keeper.save().await?;
        }
        if self.clock.now() >= deadline {
            let progress = "its turn comes with the next invocation";
            return Ok(keeper.pause(progress.to_owned()).await?.into());
        }
        self.drill_claimed(table, job, keeper).await
    }

    async fn drill_claimed(
        &self,
        table: &str,
        mut job: Job<'_>,
        mut keeper: Keeper,
    ) -> Result<Conclusion, RestoreError> {
        let outcome = match self.scratch(table, &job, &mut keeper).await {
            Ok(scratch) => {
                job.target = Some(scratch);
                job.go_on(&mut keeper).await
            }
            Err(error) => Err(error),
        };
        let outcome = self
            .tidied(&job, &keeper, outcome)
            .await
            .map_or_else(for_good, |stopped| Ok(settled(stopped)));
        let is_proven = matches!(outcome, Ok(Stopped::Done));
        let conclusion = job.conclude(keeper, outcome).await?;
        if is_proven {
            let proven = note::Proof {
                run: conclusion.report.run.clone(),
                time: self.clock.now(),
            };
            self.keep_note(
                table,
                &Note {
                    scratch: None,
                    proven: Some(proven),
                },
            )
            .await?;
        }
        Ok(conclusion)
    }

    /// Notes the proof of a drill that ended verified and was killed before it was noted.
    async fn note_again(&self, table: &str, job: &Job<'_>) -> Result<(), RestoreError> {
        let record = job.find(&job.identity).await?;
        let record = record.filter(|record| record.settled && record.state == RunState::Verified);
        let Some((run, time)) = record.and_then(|record| Some((record.run, record.ended?))) else {
            return Ok(());
        };
        let note = self.note(table).await?;
        if note.proven.is_some_and(|proven| proven.time >= time) {
            return Ok(());
        }
        let note = Note {
            scratch: None,
            proven: Some(note::Proof { run, time }),
        };
        self.keep_note(table, &note).await
    }

    /// Seconds since the proof that is longest ago; `None` while a table has none.
    async fn oldest_proof(&self, tables: &[String]) -> Result<Option<u64>, RestoreError> {
        let mut oldest = None;
        for table in tables {
            let Some(proof) = self.note(table).await?.proven else {
                return Ok(None);
            };
            let age = self.clock.now().duration_since(proof.time).as_secs();
            oldest = oldest.max(Some(u64::try_from(age).unwrap_or(0)));
        }
        Ok(oldest)
    }
}

/// A drill that ended badly is not repeated with the same backup: only `force` does.
fn settled(stopped: Stopped) -> Stopped {
    match stopped {
        // What a person would do about a table of their own is of no use: this one is deleted.
        Stopped::Bad(end) => Stopped::Bad(BadEnd {
            what_to_do: "the backup was not proven: the *.verification.json and *.poison-*.ndjson beside the run record name \
                         what differs; then send the drill with \"force\": true"
                .to_owned(),
            settled: true,
            ..end
        }),
        stopped => stopped,
    }
}

/// The same for a lasting error.
fn for_good(error: RestoreError) -> Result<Stopped, RestoreError> {
    if error.is_retryable() || matches!(error, RestoreError::Ledger(_)) {
        return Err(error);
    }
    Ok(Stopped::Bad(BadEnd {
        state: RunState::Failed,
        what_happened: function_core::chain(&error),
        what_to_do: "the backup was not proven: put right what the message names, then send the drill with \"force\": true"
            .to_owned(),
        settled: true,
    }))
}

fn check(request: &Request) -> Result<(), RestoreError> {
    let plain = Request {
        drill: true,
        source: request.source.clone(),
        keys: request.keys.clone(),
        dry_run: request.dry_run,
        force: request.force,
        execution: request.execution.clone(),
        scheduled_time: request.scheduled_time.clone(),
        ..Request::default()
    };
    if *request != plain {
        return Err(RestoreError::Request(
            "a drill makes its own table; it takes `source`, `keys`, `force` and `dryRun` only"
                .to_owned(),
        ));
    }
    if request.keys.is_some() && request.source.is_none() {
        return Err(RestoreError::Request(
            "`keys` are of one table; name it in `source`".to_owned(),
        ));
    }
    Ok(())
}

fn ask(table: &str, request: &Request) -> Ask {
    Ask {
        origin: Origin::Source {
            source: table.to_owned(),
            date: None,
        },
        as_of: None,
        table: String::new(),
        mode: WriteMode::EmptyOnly,
        newer_by: None,
        delete_extras: false,
        confirm: None,
        import: false,
        keys: request.keys.clone(),
        verify: Verify::Full,
        parts: 1,
        step: Step::All,
        force: request.force,
        execution: request.execution.clone(),
        dry_run: false,
    }
}

fn identity(table: &str, source: &Source, stamp: Stamp) -> Identity {
    let id = sha256_hex(format!("drill\n{}", source.fingerprint).as_bytes());
    Identity {
        source: format!("drill-{table}"),
        stamp,
        trigger: Trigger {
            id: id.chars().take(16).collect(),
            time: source.moment,
        },
    }
}
