//! Until every run has ended: the same event again and again.

use std::time::Duration;

use function_core::{Event, Exit, Failure, Outcome, Report};
use tokio::time::Instant;

/// Different lasting failures in a row, until they are taken for the end: one whose words are new each time would never be.
const MOST_IN_A_ROW: usize = 10;

/// How often to look, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Between two looks at what goes on without us.
    pub(crate) interval: Duration,
    /// Before what goes on with its event is handed it again.
    pub(crate) breath: Duration,
    /// When to give up, counted from the first look.
    pub(crate) deadline: Duration,
    /// Whether passing faults are outlasted here. Else they are the end, and whoever started the process starts it again.
    pub(crate) outlasts_faults: bool,
}

/// How it ended.
#[derive(Debug)]
pub(crate) struct Followed {
    /// What the last look saw.
    pub(crate) outcome: Outcome,
    /// That of the first lasting failure, which a later look may not see any more; else that of `outcome`.
    pub(crate) exit: Exit,
    /// Whether the deadline came first.
    pub(crate) is_late: bool,
}

/// Asks with `event` until no run is under way any more. `tell` hears each outcome that is not the end.
///
/// One run's failure ends nothing for the others: the next look tells how they stand. It is the end when it comes again.
pub(crate) async fn to_the_end<Asked: Future<Output = Outcome>>(
    event: &Event,
    patience: Patience,
    ask: impl Fn(Event) -> Asked,
    mut tell: impl FnMut(&Outcome),
) -> Followed {
    let began = Instant::now();
    let mut failures = Failures::default();
    let mut asking = event.clone();
    loop {
        let outcome = ask(asking).await;
        let Some(pause) = failures.pause_after(&outcome, patience) else {
            return Followed {
                exit: failures.exit(&outcome),
                outcome,
                is_late: false,
            };
        };
        tell(&outcome);
        if began.elapsed() + pause > patience.deadline {
            return Followed {
                outcome,
                exit: Exit::TryAgain,
                is_late: true,
            };
        }
        tokio::time::sleep(pause).await;
        asking = event.after(began.elapsed());
    }
}

/// The lasting failures so far.
#[derive(Debug, Default)]
struct Failures {
    first: Option<Exit>,
    in_a_row: Vec<Failure>,
}

impl Failures {
    /// When to look again after `outcome`; never when it is the end.
    fn pause_after(&mut self, outcome: &Outcome, patience: Patience) -> Option<Duration> {
        match outcome {
            Outcome::Done(reports) => {
                self.in_a_row.clear();
                let is_under_way = reports.iter().any(Report::is_under_way);
                is_under_way.then(|| {
                    if outcome.wants_its_event_again() {
                        patience.breath
                    } else {
                        patience.interval
                    }
                })
            }
            Outcome::Retry(_) => patience.outlasts_faults.then_some(patience.interval),
            Outcome::Drop(failure) => self.pause_after_failure(failure, patience.interval),
        }
    }

    fn pause_after_failure(&mut self, failure: &Failure, interval: Duration) -> Option<Duration> {
        self.first.get_or_insert(failure.exit);
        let earlier = self.in_a_row.len();
        let is_end = failure.exit == Exit::Usage
            || self.in_a_row.contains(failure)
            || earlier == MOST_IN_A_ROW;
        if is_end {
            return None;
        }
        self.in_a_row.push(failure.clone());
        Some(if earlier == 0 {
            Duration::ZERO
        } else {
            interval
        })
    }

    /// The exit code after `outcome`, the last. A passing fault wins: what it hides is found again.
    fn exit(&self, outcome: &Outcome) -> Exit {
        match (outcome, self.first) {
            (Outcome::Retry(_), _) | (_, None) => outcome.exit(),
            (_, Some(first)) => first,
        }
    }
}
