//! From what came of each source to what the platform is told.

use std::error::Error;

use function_core::{Exit, Failure, Outcome, Report, Retryable, chain};

use crate::Conclusion;

/// Gathers what came of each source; one that fails never hides the others.
#[derive(Debug, Default)]
pub struct Tally {
    reports: Vec<Report>,
    failures: Vec<Failure>,
    passing: Vec<String>,
}

impl Tally {
    /// Adds what came of a run.
    pub fn add(&mut self, conclusion: impl Into<Conclusion>) {
        let Conclusion { report, failure } = conclusion.into();
        self.failures.extend(failure);
        self.reports.push(report);
    }

    /// Adds that `source` could not be looked at. `exit` is that of an error which does not pass.
    pub fn fail(&mut self, source: &str, error: &(impl Error + Retryable), exit: Exit) {
        let words = format!("{source}: {}", chain(error));
        if error.is_retryable() {
            self.passing.push(words);
        } else {
            self.failures.push(Failure { exit, error: words });
        }
    }

    /// What was reported so far.
    pub fn reports(&self) -> &[Report] {
        &self.reports
    }

    /// A passing fault is tried again; else the first lasting failure decides; else all is done.
    pub fn into_outcome(self) -> Outcome {
        if self.passing.is_empty() && self.failures.is_empty() {
            return Outcome::Done(self.reports);
        }
        // A failure takes the place of the reports, so they are logged here.
        Outcome::Done(self.reports).log();
        let exit = self.failures.first().map(|failure| failure.exit);
        let words = self.failures.into_iter().map(|failure| failure.error);
        let error = self.passing.iter().cloned().chain(words);
        let error = error.collect::<Vec<_>>().join("; ");
        match exit {
            Some(exit) if self.passing.is_empty() => Outcome::Drop(Failure { exit, error }),
            _ => Outcome::Retry(Failure {
                exit: Exit::TryAgain,
                error,
            }),
        }
    }
}
