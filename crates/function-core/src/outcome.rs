//! What the caller should do next.

use std::error::Error;

use serde::{Deserialize, Serialize};

use crate::{GoesOn, Report, Retryable, RunState, chain};

/// How an invocation ended, as an instruction to whoever triggered it.
///
/// | outcome | Pub/Sub push | Lambda | command line |
/// |---|---|---|---|
/// | `Done` | acknowledged, unless a run is under way and goes on with its event: then it is delivered again | success | 0 |
/// | `Retry` | not acknowledged, delivered again | error, retried | 6 |
/// | `Drop` | acknowledged, logged as ERROR (differences as INFO), a person is told | error of a type that is not retried | 1 to 5 |
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// All that was asked for happened; one report a run.
    Done(Vec<Report>),
    /// A passing fault: the same event will do better later.
    Retry(Failure),
    /// A lasting fault: the same event can't succeed before somebody acts.
    Drop(Failure),
}

impl Outcome {
    /// The outcome of an error: `Retry` when trying again may help, else `Drop` with `exit`.
    pub fn from_error(error: &(impl Error + Retryable), exit: Exit) -> Self {
        let words = chain(error);
        if error.is_retryable() {
            Self::Retry(Failure {
                exit: Exit::TryAgain,
                error: words,
            })
        } else {
            Self::Drop(Failure { exit, error: words })
        }
    }

    /// Logs how it ended: each report at INFO, a passing fault at WARN, a lasting one at ERROR, and at INFO where it only found differences: those
    /// are what was looked for.
    ///
    /// Whoever called the function logs its outcome, once.
    pub fn log(&self) {
        match self {
            Self::Done(reports) => reports.iter().for_each(Report::log),
            Self::Retry(failure) => {
                tracing::warn!(exit = failure.exit.code(), error = %failure.error, "to be tried again");
            }
            Self::Drop(failure) if failure.exit == Exit::Differences => {
                tracing::info!(exit = failure.exit.code(), error = %failure.error, "differences found");
            }
            Self::Drop(failure) => {
                tracing::error!(exit = failure.exit.code(), error = %failure.error, "given up");
            }
        }
    }

    /// Whether the same event must be handed over again: a fault may pass, or a run goes on with its event.
    pub fn wants_its_event_again(&self) -> bool {
        match self {
            Self::Done(reports) => reports
                .iter()
                .any(|report| report.is_under_way() && report.goes_on == GoesOn::WithItsEvent),
            Self::Retry(_) => true,
            Self::Drop(_) => false,
        }
    }

    /// The process's exit code. Runs that ended badly at an earlier event, and were told then, still show.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Done(reports) => {
                let any = |state| reports.iter().any(|report| report.state == state);
                if any(RunState::Failed) {
                    Exit::Failed
                } else if any(RunState::Incomplete) {
                    Exit::Incomplete
                } else {
                    Exit::Done
                }
            }
            Self::Retry(failure) | Self::Drop(failure) => failure.exit,
        }
    }
}

/// Why an invocation did not end well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The exit code that tells the kinds of failure apart.
    pub exit: Exit,
    /// The error with its sources, on one line; it names the repair where there is one.
    pub error: String,
}

/// Exit codes, the same for every function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Exit {
    /// 0: done.
    Done = 0,
    /// 1: failed.
    Failed = 1,
    /// 2: the command line or the settings are wrong.
    Usage = 2,
    /// 3: differences, drift, or something pending was found.
    Differences = 3,
    /// 4: refused by a guard, or stale.
    Refused = 4,
    /// 5: incomplete: nothing false was published, but not all was done.
    Incomplete = 5,
    /// 6: a passing fault; try again.
    TryAgain = 6,
}

impl Exit {
    /// The code that the operating system sees.
    pub fn code(self) -> u8 {
        self as u8
    }
}
