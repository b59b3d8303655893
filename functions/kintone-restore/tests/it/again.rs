//! The same message once more: by hand, delivered again, or forced.

use function_core::{Clock, Event, Outcome, RunState};
use functions_framework::read_event;
use serde_json::json;
use simulators::kintone::App;

use crate::world::World;

async fn backed_up(records: u64) -> World {
    let world = World::new(App::generated(records));
    world.back_up().await;
    world
}

fn verified(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done(reports) if reports.iter().all(|report| report.state == RunState::Verified))
}

#[tokio::test]
async fn a_force_that_is_refused_leaves_what_was_proven_as_it_is() {
    let world = backed_up(30).await;
    world.restored(&json!({})).await;
    let proven = world.run_records().await;
    let forced = json!({ "force": true, "accept": "0123456789abcdef" });
    let event = Event::new("forced", world.now(), world.request(&forced).to_string());
    for told in 1..=2 {
        let outcome = world.deliver(event.clone()).await;
        assert!(
            matches!(&outcome, Outcome::Drop(failure) if failure.exit.code() == 4),
            "{outcome:?}"
        );
        assert_eq!(world.run_records().await, proven);
        assert_eq!(world.told.messages().len(), told);
    }
    let again = world.restored(&json!({})).await;
    assert_eq!(again.state, RunState::Verified);
    assert_eq!(world.kintone.count(world.target), 30);
}

#[tokio::test]
async fn a_force_by_hand_is_done_as_often_as_it_is_asked() {
    let world = backed_up(20).await;
    let own = json!({ "app": world.source, "mode": "upsert", "force": true });
    let request = world.request(&own).to_string();
    for asked in 1..=3 {
        world.wait(1);
        let now = world.now();
        // A file has no id: it is named after its content, which is the same each time.
        let event = read_event(request.as_bytes(), &Clock::from_fn(move || now)).unwrap();
        for _ in 0..2 {
            let outcome = world.deliver(event.clone()).await;
            assert!(verified(&outcome), "{outcome:?}");
            assert_eq!(world.writes(), asked);
        }
    }
}
