//! By hand, to the end: the function is called again until every run has ended.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

use function_core::{Event, Exit, Outcome};

use crate::follow::{Patience, to_the_end};
use crate::{Function, run_once};

/// Hands `event` to the function until no run is under way any more, and says on standard error how far they are. Passing
/// faults are waited out.
///
/// The exit code is 0 only if every run is verified; [`Exit::TryAgain`] when the deadline came first.
pub(crate) async fn until_ended<F: Function>(
    name: &'static str,
    function: &F,
    event: &Event,
    (interval, deadline): (Duration, Duration),
) -> (Outcome, Exit) {
    let patience = Patience {
        interval,
        breath: interval,
        deadline,
        outlasts_faults: true,
    };
    let mut told = BTreeMap::new();
    let ask = |event| run_once(name, function, event);
    let followed = to_the_end(event, patience, ask, |outcome| tell(&mut told, outcome)).await;
    if followed.is_late {
        say("the deadline is reached; what was begun goes on, and the next call follows it");
    }
    let exit = ended(&followed.outcome, followed.exit);
    (followed.outcome, exit)
}

/// Nothing that was due is not yet something verified.
fn ended(outcome: &Outcome, exit: Exit) -> Exit {
    match outcome {
        Outcome::Done(reports) if reports.is_empty() && exit == Exit::Done => Exit::Incomplete,
        _ => exit,
    }
}

/// Says of each run what it is at, where that has changed, and of each fault that it came.
fn tell(told: &mut BTreeMap<String, String>, outcome: &Outcome) {
    let reports = match outcome {
        Outcome::Done(reports) => reports,
        Outcome::Retry(failure) => return say(&format!("{}; trying again", failure.error)),
        Outcome::Drop(failure) => return say(&failure.error),
    };
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
    use function_core::{Report, RunState};
    use jiff::Timestamp;
    use tokio::time::Instant;

    use super::*;
    use crate::scripted::{Scripted, failure};

    fn done(states: &[RunState]) -> Outcome {
        let report = |state: &RunState| Report::new("a-20261121", *state);
        Outcome::Done(states.iter().map(report).collect())
    }

    async fn waited(outcomes: &[Outcome]) -> (Exit, Duration) {
        let function = Scripted::new(outcomes);
        let event = Event::new("e-1", Timestamp::UNIX_EPOCH, "");
        let patience = (Duration::from_secs(30), Duration::from_mins(10));
        let began = Instant::now();
        let (_, exit) = until_ended("name", &function, &event, patience).await;
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
    async fn a_failure_that_no_later_look_sees_still_shows() {
        let outcomes = [
            Outcome::Drop(failure(Exit::Refused, "a is stale")),
            done(&[Verified]),
        ];
        assert_eq!(waited(&outcomes).await, (Exit::Refused, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn failures_whose_words_are_never_the_same_end_too() {
        let numbered = |number| Outcome::Drop(failure(Exit::Failed, &format!("request {number}")));
        let outcomes: Vec<_> = (0..20).map(numbered).collect();
        let (exit, took) = waited(&outcomes).await;
        assert_eq!((exit, took), (Exit::Failed, Duration::from_secs(9 * 30)));
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
