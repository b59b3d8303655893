//! A long run by hand: the same event again, until the run is at its end.

use std::time::Duration;

use function_core::{Event, Outcome, Report, RunState};

use crate::{Function, run_once};

/// Between two calls of which the first brought nothing forward; doubled each time, up to the longest.
const SHORTEST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// Calls in a row that brought nothing forward, until the rest is left to the person: a quarter of an hour.
const MOST_IN_VAIN: u32 = 20;

/// Hands `event` to the function until no run is under way any more, for a function whose invocations end before their
/// platform's deadline and go on at the next one.
///
/// `tell` hears how far the runs are, and of passing faults. What brings nothing forward twenty times in a row
/// ends with the last outcome, as every lasting fault does at once.
pub async fn go_on<F: Function>(
    name: &'static str,
    function: &F,
    event: &Event,
    mut tell: impl FnMut(&str),
) -> Outcome {
    let mut before = None;
    let mut in_vain = 0;
    loop {
        let outcome = run_once(name, function, event.clone()).await;
        let Some(words) = under_way(&outcome) else {
            return outcome;
        };
        if before.as_ref() == Some(&words) {
            in_vain += 1;
        } else {
            in_vain = 0;
            tell(&words);
            before = Some(words);
        }
        if in_vain == MOST_IN_VAIN {
            return outcome;
        }
        tokio::time::sleep(pause(&outcome, in_vain)).await;
    }
}

/// How far what is under way is, and why it did not go on; nothing when the outcome is an end.
fn under_way(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Done(reports) => {
            let running = reports
                .iter()
                .filter(|report| report.state == RunState::Running);
            let words: Vec<String> = running.map(how_far).collect();
            (!words.is_empty()).then(|| words.join("; "))
        }
        Outcome::Retry(failure) => Some(format!("{}; trying again", failure.error)),
        Outcome::Drop(_) => None,
    }
}

fn how_far(report: &Report) -> String {
    match &report.progress {
        Some(progress) => format!("{}: {progress}", report.run),
        None => format!("{}: under way", report.run),
    }
}

/// A run that went on is called again at once; one that is held by another process, or a fault, takes its time.
fn pause(outcome: &Outcome, in_vain: u32) -> Duration {
    if in_vain == 0 && matches!(outcome, Outcome::Done(_)) {
        return Duration::ZERO;
    }
    let factor = 2_u32.saturating_pow(in_vain);
    SHORTEST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use function_core::Exit;
    use jiff::Timestamp;
    use tokio::time::Instant;

    use super::*;
    use crate::scripted::{Scripted, failure};

    fn done(state: RunState, progress: &str) -> Outcome {
        let mut report = Report::new("a-20261121", state);
        report.progress = Some(progress.to_owned());
        Outcome::Done(vec![report])
    }

    /// The last outcome, what was told, and how long it took.
    async fn gone_on(outcomes: &[Outcome]) -> (Outcome, Vec<String>, Duration) {
        let function = Scripted::new(outcomes);
        let event = Event::new("e-1", Timestamp::UNIX_EPOCH, "");
        let began = Instant::now();
        let mut told = Vec::new();
        let outcome = go_on("name", &function, &event, |words| {
            told.push(words.to_owned());
        })
        .await;
        (outcome, told, began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_goes_on_is_called_again_at_once() {
        let outcomes = [
            done(RunState::Running, "1 of 3"),
            done(RunState::Running, "2 of 3"),
            done(RunState::Verified, "3 of 3"),
        ];
        let (outcome, told, took) = gone_on(&outcomes).await;
        assert_eq!(outcome, outcomes[2]);
        assert_eq!(told, ["a-20261121: 1 of 3", "a-20261121: 2 of 3"]);
        assert_eq!(took, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn passing_faults_pass_and_are_told_once() {
        let throttled = || Outcome::Retry(failure(Exit::TryAgain, "throttled"));
        let outcomes = [throttled(), throttled(), done(RunState::Verified, "")];
        let (outcome, told, took) = gone_on(&outcomes).await;
        assert_eq!(outcome, outcomes[2]);
        assert_eq!(told, ["throttled; trying again"]);
        assert_eq!(took, Duration::from_secs(2 + 4));
    }

    #[tokio::test(start_paused = true)]
    async fn a_fault_that_does_not_pass_is_left_to_the_person() {
        for outcome in [
            Outcome::Retry(failure(Exit::TryAgain, "gone")),
            done(RunState::Running, "held"),
        ] {
            let (last, told, took) = gone_on(std::slice::from_ref(&outcome)).await;
            assert_eq!(last, outcome);
            assert_eq!(told.len(), 1);
            assert!(
                took > Duration::from_mins(10) && took < Duration::from_mins(20),
                "{took:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_lasting_fault_is_the_end() {
        let refused = Outcome::Drop(failure(Exit::TryAgain, "refused"));
        let (outcome, told, took) = gone_on(std::slice::from_ref(&refused)).await;
        assert_eq!((outcome, told.len(), took), (refused, 0, Duration::ZERO));
    }
}
