//! A file without a transaction: unit after unit, so that it is always known which was the last.
//!
//! What can be a transaction is one, and holds the note that it is done. Around the rest the note is written before and after,
//! and after a line that broke in between the catalog tells.

mod ending;

use migration_sql::{resets_session, sets_session};

use crate::attempt::{persist, refusal};
use crate::job::Job;
use crate::leftover::{self, Found};
use crate::line::Line;
use crate::message::Message;
use crate::progress::Progress;
use crate::server::settings;
use crate::session::as_login;
use crate::unit::{Kind, Unit};
use crate::wire::{self, Stumble};
use crate::{RunError, ServerError, lock};

/// Where a file is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// At its first statement; nothing of it is written down.
    New,
    /// At this statement, from 1, where it stopped.
    At {
        statement: usize,
        /// Whether the catalog is asked if that statement is done: it is not where the server said why it stopped.
        ask: bool,
    },
}

/// Runs the units of `job` from `start` on.
pub(crate) async fn run(
    line: &Line<'_>,
    job: &Job<'_>,
    units: &[Unit<'_>],
    start: Start,
) -> Result<(), RunError> {
    let file = File {
        line,
        job,
        units,
        progress: Progress::new(line, job),
    };
    match start {
        Start::New => file.run(0, false).await,
        Start::At { statement, ask } => {
            let first = units
                .iter()
                .position(|unit| unit.first >= statement)
                .unwrap_or(units.len());
            file.resume(first, ask).await
        }
    }
}

struct File<'a> {
    line: &'a Line<'a>,
    job: &'a Job<'a>,
    units: &'a [Unit<'a>],
    progress: Progress<'a>,
}

impl File<'_> {
    async fn resume(&self, first: usize, ask: bool) -> Result<(), RunError> {
        self.set_again(first).await?;
        let Some(unit) = self.units.get(first) else {
            return self.note(&self.progress.end()).await;
        };
        tracing::info!(
            file = self.job.file,
            statement = unit.first,
            line = unit.line,
            "going on where it stopped"
        );
        let found = match &unit.kind {
            Kind::Alone(alone) => leftover::settle(&self.line.server.session, alone).await,
            Kind::Together { .. } | Kind::Opaque => Ok(Found::Nothing),
        };
        let found = found.map_err(|source| self.lost_or(source))?;
        if found == Found::Finished || (ask && found == Found::Done) {
            self.note(&self.after(first, true)).await?;
            return self.run(first + 1, true).await;
        }
        self.note(&self.progress.step(unit)).await?;
        self.run(first, true).await
    }

    /// What the units before `first` set, for they set it for the session that is gone.
    async fn set_again(&self, first: usize) -> Result<(), RunError> {
        // What a unit that we do not see through set may have been rolled back by it.
        let seen = self.units[..first]
            .iter()
            .filter(|unit| matches!(unit.kind, Kind::Together { .. }));
        for statement in seen.flat_map(|unit| &unit.statements) {
            if !sets_session(statement).is_ok_and(|sets| sets) {
                continue;
            }
            let mut sql = statement.text.to_owned();
            if resets_session(statement).is_ok_and(|resets| resets) {
                sql = format!("{sql}; {}", settings(self.line.options));
            }
            let sent = wire::send(&self.line.server.session, &sql).await;
            sent.map_err(|stumble| self.lost_or(stumble.error))?;
        }
        Ok(())
    }

    /// Runs from unit `first` on; `is_noted` when the file is written down as begun.
    async fn run(&self, first: usize, mut is_noted: bool) -> Result<(), RunError> {
        if self.units.is_empty() {
            return self.note(&self.progress.end_at_once()).await;
        }
        for (index, unit) in self.units.iter().enumerate().skip(first) {
            if self.line.options.stop.is_told() {
                let at = format!("before line {} of {}", unit.line, self.job.file);
                if is_noted {
                    self.keep(&self.progress.stand(unit)).await;
                }
                return Err(RunError::Stopped { at });
            }
            let ran = match &unit.kind {
                Kind::Together { begin } => self.together(index, *begin, is_noted).await,
                Kind::Alone(_) | Kind::Opaque => {
                    if !is_noted {
                        self.note(&self.progress.begin(unit)).await?;
                        is_noted = true;
                    }
                    self.alone(index).await
                }
            };
            if let Err(error) = ran {
                return Err(self.ended(index, is_noted, error).await);
            }
            is_noted = true;
        }
        Ok(())
    }

    /// A transaction, which holds the note that it is done.
    async fn together(
        &self,
        index: usize,
        begin: Option<&str>,
        is_noted: bool,
    ) -> Result<(), RunError> {
        let unit = &self.units[index];
        let first = unit.first + usize::from(begin.is_some());
        // A file that takes all settings back does not take back the limits.
        let resets = unit.statements.iter().map(resets_session);
        let settings = settings(self.line.options);
        let limits = if resets.flatten().any(|resets| resets) {
            &settings[..]
        } else {
            ""
        };
        let after = [
            &as_login(self.line)[..],
            &lock::check(self.line),
            &self.after(index, is_noted),
            limits,
            "COMMIT",
        ];
        let message = Message::new(
            &[begin.unwrap_or("BEGIN READ WRITE")],
            &unit.statements,
            first,
            &after,
        );
        let message = &message;
        persist(self.line, || async move {
            match self.line.send(message.sql()).await {
                Ok(()) => Ok(()),
                Err(stumble) => Err(refusal(self.line, &self.job.file, message, stumble).await),
            }
        })
        .await
    }

    /// Statements of which the server refuses that anything else is in their transaction.
    async fn alone(&self, index: usize) -> Result<(), RunError> {
        let unit = &self.units[index];
        let message = Message::new(&[], &unit.statements, unit.first, &[]);
        let message = &message;
        let attempt = || async move {
            let tried = self.try_alone(&unit.kind, message).await;
            match tried {
                Ok(()) => Ok(()),
                Err(stumble) => Err(refusal(self.line, &self.job.file, message, stumble).await),
            }
        };
        if unit.is_told_by_catalog() {
            persist(self.line, attempt).await?;
        } else {
            // A part of it may have been committed, which a second attempt would do once more.
            attempt().await?;
        }
        self.note(&self.after(index, true))
            .await
            .map_err(|error| match error {
                RunError::Server { source, .. } => RunError::Unnoted {
                    file: self.job.file.clone(),
                    line: unit.line,
                    source,
                },
                error => error,
            })
    }

    /// Tries it once. What a try leaves half-way is removed before and after it.
    async fn try_alone(&self, kind: &Kind<'_>, message: &Message<'_>) -> Result<(), Stumble> {
        let session = &self.line.server.session;
        let broke = |error: ServerError| Stumble { done: 0, error };
        let Kind::Alone(alone) = kind else {
            return self.line.send(message.sql()).await;
        };
        if leftover::settle(session, alone).await.map_err(broke)? == Found::Finished {
            return Ok(());
        }
        let sent = self.line.send(message.sql()).await;
        let Err(stumble) = sent else {
            return Ok(());
        };
        if self.line.is_lost(&stumble.error) || self.line.options.stop.is_told() {
            return Err(stumble);
        }
        match leftover::settle(session, alone).await {
            Ok(Found::Finished) => return Ok(()),
            Ok(Found::Done | Found::Nothing) => {}
            Err(error) => {
                tracing::warn!(%error, "what the statement left can't be removed; the next run tries again");
            }
        }
        Err(stumble)
    }

    /// The note that unit `index` is done.
    fn after(&self, index: usize, is_noted: bool) -> String {
        match (self.units.get(index + 1), is_noted) {
            (Some(next), true) => self.progress.step(next),
            (Some(next), false) => self.progress.begin(next),
            (None, true) => self.progress.end(),
            (None, false) => self.progress.end_at_once(),
        }
    }

    async fn note(&self, sql: &str) -> Result<(), RunError> {
        let (login, check) = (as_login(self.line), lock::check(self.line));
        let sql = format!("BEGIN READ WRITE; {login}; {check}; {sql}; COMMIT");
        let session = &self.line.server.session;
        let Err(stumble) = wire::send(session, &sql).await else {
            return Ok(());
        };
        if let Err(error) = wire::send(session, "ROLLBACK").await {
            tracing::debug!(error = %error.error, "the transaction ends with the session");
        }
        Err(self.lost_or(stumble.error))
    }

    fn lost_or(&self, source: ServerError) -> RunError {
        let at = format!("in {}", self.job.file);
        if source.is_lock_lost() {
            let file = self.job.file.clone();
            return RunError::LockGone { file, source };
        }
        if self.line.is_lost(&source) {
            return RunError::Lost { at, source };
        }
        RunError::Server {
            step: "writing down how far the file is",
            repair: None,
            source,
        }
    }
}
