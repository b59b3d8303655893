//! As a Cloud Run job: one event, and the exit code tells the end.

use function_core::{Clock, Env, Event, Exit};

use crate::Function;
use crate::run::run_and_log;

pub(crate) async fn run<F: Function>(
    name: &'static str,
    function: &F,
    env: &Env,
    clock: &Clock,
) -> Exit {
    run_and_log(name, function, event(env, clock)).await.exit()
}

/// `EVENT` as the payload. The execution's name is the id: a task that is tried again repeats it.
fn event(env: &Env, clock: &Clock) -> Event {
    let id = env.get("CLOUD_RUN_EXECUTION").or(env.get("CLOUD_RUN_JOB"));
    let payload = env.get("EVENT").unwrap_or("{}");
    Event::new(id.unwrap_or("job"), clock.now(), payload)
}
