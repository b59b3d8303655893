//! By hand, to the end: the function is called again until every run has ended.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

use function_core::{Event, Exit, Failure, Outcome, Report, RunState};
use tokio::time::Instant;

use crate::{Function, run_once};

/// How long to wait for the end, and how often to look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) interval: Duration,
    pub(crate) deadline: Duration,
}

/// Hands `event` to the function until no run is under way any more, and says on standard error how far they are.
///
/// The exit code is 0 only if every run is verified; [`Exit::TryAgain`] when the deadline came first.
pub(crate) async fn until_ended<F: Function>(
    name: &'static str,
    function: &F,
    event: &Event,
    patience: &Patience,
) -> (Outcome, Exit) {
    let began = Instant::now();
    let mut told = BTreeMap::new();
    let mut before: Option<Failure> = None;
    let mut asking = event.clone();
    loop {
        let outcome = run_once(name, function, asking).await;
        let pause = match &outcome {
            Outcome::Done(reports) => {
                tell(&mut told, reports);
                if !reports.iter().any(is_underway) {
                    let exit = ended(reports, outcome.exit());
                    return (outcome, exit);
                }
                patience.interval
            }
            Outcome::Retry(failure) => {
                say(&format!("{}; trying again", failure.error));
                patience.interval
            }
            // One run's failure ends nothing for the others; the next look tells how they stand.
            Outcome::Drop(failure)
                if failure.exit != Exit::Usage && before.as_ref() != Some(failure) =>
            {
                say(&failure.error);
                before = Some(failure.clone());
                Duration::ZERO
            }
            Outcome::Drop(failure) => {
                let exit = failure.exit;
                return (outcome, exit);
            }
        };
        if began.elapsed() + pause > patience.deadline {
            say("the deadline is reached; what was begun goes on, and the next call follows it");
            return (outcome, Exit::TryAgain);
        }
        tokio::time::sleep(pause).await;
        asking = event.after(began.elapsed());
    }
}

/// Nothing that was due is not yet something verified.
fn ended(reports: &[Report], exit: Exit) -> Exit {
    match exit {
        Exit::Done if reports.is_empty() => Exit::Incomplete,
        exit => exit,
    }
}

fn is_underway(report: &Report) -> bool {
    report.state == RunState::Running
}

/// Says of each run what it is at, where that has changed.
fn tell(told: &mut BTreeMap<String, String>, reports: &[Report]) {
    for report in reports {
        let Some(progress) = &report.progress else {
            continue;
        };
        if told.get(&report.run) != Some(progress) {
            say(&format!("{}: {progress}", report.run));
            told.insert(report.run.clone(), progress.clone());
        }
    }
}

/// Without standard error there is nobody to tell.
fn say(words: &str) {
    writeln!(std::io::stderr().lock(), "{words}").ok();
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::scripted::{Scripted, failure};

    fn done(states: &[RunState]) -> Outcome {
        let report = |state: &RunState| Report::new("a-20261121", *state);
        Outcome::Done(states.iter().map(report).collect())
    }

    async fn waited(outcomes: &[Outcome]) -> (Exit, Duration) {
        let function = Scripted::new(outcomes);
        let event = Event::new("e-1", Timestamp::UNIX_EPOCH, "");
        let patience = Patience {
            interval: Duration::from_secs(30),
            deadline: Duration::from_mins(10),
        };
        let began = Instant::now();
        let (_, exit) = until_ended("name", &function, &event, &patience).await;
        (exit, began.elapsed())
    }

    use RunState::{Failed, Incomplete, Running, Verified};

    #[tokio::test(start_paused = true)]
    async fn looks_again_until_all_are_verified() {
        let outcomes = [
            done(&[Running]),
            done(&[Verified, Running]),
            done(&[Verified]),
        ];
        assert_eq!(
            waited(&outcomes).await,
            (Exit::Done, Duration::from_mins(1))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_shows_in_the_end_and_keeps_nobody_from_ending() {
        let outcomes = [
            done(&[Running, Running]),
            Outcome::Drop(failure(Exit::Failed, "a failed")),
            done(&[Failed, Running]),
            done(&[Failed, Verified]),
        ];
        assert_eq!(
            waited(&outcomes).await,
            (Exit::Failed, Duration::from_mins(1))
        );
        let outcomes = [done(&[Incomplete])];
        assert_eq!(waited(&outcomes).await.0, Exit::Incomplete);
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_failure_twice_is_the_end() {
        let outcomes = [Outcome::Drop(failure(Exit::Failed, "no bucket"))];
        assert_eq!(waited(&outcomes).await, (Exit::Failed, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn passing_faults_pass_and_the_deadline_ends_it() {
        let outcomes = [
            Outcome::Retry(failure(Exit::Failed, "throttled")),
            done(&[Running]),
        ];
        let (exit, waited) = waited(&outcomes).await;
        assert_eq!(exit, Exit::TryAgain);
        assert!(waited > Duration::from_mins(9), "{waited:?}");
    }
}
