//! Messages that come twice, and processes that die.

use function_core::Outcome;
use function_runtime::Function as _;
use simulators::kintone::App;
use simulators::{Effect, Hold, When};

use crate::machine::until;
use crate::world::{World, person};

#[tokio::test]
async fn a_redelivery_after_the_end_changes_nothing() {
    let world = World::new(App::article());
    let event = world.event("m-1", "");
    assert!(matches!(
        world.deliver(event.clone()).await,
        Outcome::Done(_)
    ));
    let before = world.store.list("").await.unwrap();
    world.kintone.clear_requests();
    world.kintone.insert(world.app, [&person("後から")]);
    assert!(matches!(world.deliver(event).await, Outcome::Done(_)));
    assert_eq!(world.store.list("").await.unwrap(), before);
    assert!(world.kintone.requests().is_empty());
}

#[tokio::test]
async fn a_redelivery_while_the_first_is_at_work_waits_its_turn() {
    let world = World::new(App::article());
    let hold = Hold::default();
    world.kintone.script(
        When::path("records.json").nth(2),
        Effect::Held(hold.clone()),
    );
    let (first, second) = (world.function().await, world.function().await);
    let event = world.event("m-1", "");
    let has_come_there = || {
        let seen = world.kintone.requests();
        let records = { seen.iter() }.filter(|seen| seen.path.ends_with("records.json"));
        records.count() >= 2
    };
    let (first, second) = tokio::join!(first.handle(event.clone()), async {
        until(has_come_there).await;
        let second = second.handle(event.clone()).await;
        hold.let_go();
        second
    });
    assert!(matches!(first, Outcome::Done(_)), "{first:?}");
    assert!(
        matches!(&second, Outcome::Retry(failure) if failure.error.contains("another process")),
        "{second:?}"
    );
    assert!(matches!(world.deliver(event).await, Outcome::Done(_)));
}

#[tokio::test]
async fn two_messages_of_the_same_second_make_two_generations() {
    let world = World::new(App::article());
    for id in ["m-1", "m-2"] {
        assert!(matches!(
            world.deliver(world.event(id, "")).await,
            Outcome::Done(_)
        ));
    }
    let manifests = world.folder().list("").await.unwrap();
    let manifests = manifests
        .iter()
        .filter(|meta| meta.key.ends_with("manifest.json"));
    assert_eq!(manifests.count(), 2);
}

#[tokio::test]
async fn an_older_message_does_not_move_the_pointer_back() {
    let world = World::new(App::article());
    let old = world.event("old", "");
    world.verified().await;
    let newest = world.latest().await;
    assert!(matches!(world.deliver(old).await, Outcome::Done(_)));
    assert_eq!(world.latest().await, newest);
}

#[tokio::test]
async fn work_that_is_cancelled_anywhere_converges() {
    for polls in (1..60).step_by(7) {
        let world = World::new(App::generated(1_200)).set("WINDOWS", "2");
        let event = world.event("m-1", "");
        let function = world.function().await;
        // Cancels after so many wake-ups, wherever that is.
        let mut left = polls;
        let mut work = Box::pin(function.handle(event.clone()));
        std::future::poll_fn(|context| match work.as_mut().poll(context) {
            std::task::Poll::Pending if left > 0 => {
                left -= 1;
                std::task::Poll::Pending
            }
            _ => std::task::Poll::Ready(()),
        })
        .await;
        drop(work);
        tokio::task::yield_now().await;
        world.wait(120);
        let outcome = world.deliver(event).await;
        assert!(
            matches!(outcome, Outcome::Done(_)),
            "after {polls}: {outcome:?}"
        );
        world.assert_latest_is(&world.records()).await;
    }
}
