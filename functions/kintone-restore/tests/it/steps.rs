//! What many stories begin and end with.

use function_core::{Outcome, RunState};
use serde_json::Value;
use simulators::When;
use simulators::kintone::App;

use crate::world::World;

/// A world with a backup of so many records.
pub(crate) async fn backed_up(records: u64) -> World {
    let world = World::new(App::generated(records));
    world.back_up().await;
    world
}

/// A bulk of writes.
pub(crate) fn bulk() -> When {
    When::path("bulkRequest.json")
}

/// Sends the same request again until it is not a passing fault any more.
pub(crate) async fn in_the_end(world: &World, request: &Value) -> Outcome {
    for _ in 0..10 {
        match world.send(request).await {
            Outcome::Retry(_) => {}
            outcome => return outcome,
        }
    }
    panic!("it never ends");
}

pub(crate) fn verified(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done(reports) if reports.iter().all(|report| report.state == RunState::Verified))
}
