//! As a Cloud Run job: one event, followed to its end, and the exit code tells the end.

use std::time::Duration;

use function_core::{Clock, Env, Event, Exit};

use crate::Function;
use crate::follow::{Patience, to_the_end};
use crate::run::run_and_log;

/// How often to look at what goes on without us.
const INTERVAL: Duration = Duration::from_secs(30);

/// Before what goes on with its event is handed it again: long enough for another process that holds it.
const BREATH: Duration = Duration::from_secs(2);

/// The longest that a job's task may take; most are given less, and are then ended from outside.
///
/// **Source**: Cloud Run documentation, "Set task timeout for jobs": 168 hours.
const LONGEST_TASK: Duration = Duration::from_hours(168);

/// Nobody hands a job's event over a second time while its task lives, so what is under way is waited for here.
///
/// A passing fault ends it: the platform tries the task again, as often as it was told to, and the function finds its runs
/// where they are.
pub(crate) async fn run<F: Function>(
    name: &'static str,
    function: &F,
    env: &Env,
    clock: &Clock,
) -> Exit {
    let patience = Patience {
        interval: INTERVAL,
        breath: BREATH,
        deadline: LONGEST_TASK,
        outlasts_faults: false,
    };
    let ask = |event| run_and_log(name, function, event);
    to_the_end(&event(env, clock), patience, ask, |_| {})
        .await
        .exit
}

/// `EVENT` as the payload. The execution's name is the id: a task that is tried again repeats it.
fn event(env: &Env, clock: &Clock) -> Event {
    let id = env.get("CLOUD_RUN_EXECUTION").or(env.get("CLOUD_RUN_JOB"));
    let payload = env.get("EVENT").unwrap_or("{}");
    Event::new(id.unwrap_or("job"), clock.now(), payload)
}

#[cfg(test)]
mod tests {
    use function_core::{Outcome, Report, RunState};

    use super::*;
    use crate::scripted::{Scripted, failure};

    fn done(reports: &[Report]) -> Outcome {
        Outcome::Done(reports.to_vec())
    }

    fn report(state: RunState) -> Report {
        Report::new("a-20261121", state)
    }

    async fn ran(outcomes: &[Outcome]) -> (Exit, Vec<i64>) {
        let function = Scripted::new(outcomes);
        let clock = Clock::fixed(jiff::Timestamp::UNIX_EPOCH);
        let exit = run("name", &function, &Env::default(), &clock).await;
        (exit, function.asked_after())
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_under_way_is_waited_for() {
        let ticked = done(&[report(RunState::Running).with_ticks()]);
        let awaited = done(&[report(RunState::Running), report(RunState::Verified)]);
        let verified = done(&[report(RunState::Verified)]);
        assert_eq!(
            ran(&[ticked, awaited, verified]).await,
            (Exit::Done, vec![0, 30, 32])
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_fault_is_left_to_the_platform() {
        let retry = Outcome::Retry(failure(Exit::TryAgain, "throttled"));
        assert_eq!(ran(&[retry]).await, (Exit::TryAgain, vec![0]));
        let running = done(&[report(RunState::Running).with_ticks()]);
        let failed = done(&[report(RunState::Failed)]);
        assert_eq!(ran(&[running, failed]).await, (Exit::Failed, vec![0, 30]));
    }
    #[tokio::test(start_paused = true)]
    async fn one_runs_failure_is_told_when_the_others_have_ended() {
        let running = done(&[report(RunState::Running).with_ticks()]);
        let refused = Outcome::Drop(failure(Exit::Refused, "a is stale"));
        let verified = done(&[report(RunState::Verified)]);
        assert_eq!(
            ran(&[running.clone(), refused.clone(), running, verified]).await,
            (Exit::Refused, vec![0, 30, 30, 60])
        );
        assert_eq!(ran(&[refused]).await, (Exit::Refused, vec![0, 0]));
    }
}
