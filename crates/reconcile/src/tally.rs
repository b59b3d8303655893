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
    /// Adds what came of `source`. `exit` is that of an error which does not pass.
    pub fn add<E: Error + Retryable>(
        &mut self,
        source: &str,
        result: Result<Conclusion, E>,
        exit: Exit,
    ) {
        match result {
            Ok(conclusion) => {
                self.failures.extend(conclusion.failure);
                self.reports.push(conclusion.report);
            }
            Err(error) => {
                let words = format!("{source}: {}", chain(&error));
                if error.is_retryable() {
                    self.passing.push(words);
                } else {
                    self.failures.push(Failure { exit, error: words });
                }
            }
        }
    }

    /// Adds a report on its own.
    pub fn report(&mut self, report: Report) {
        self.reports.push(report);
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
