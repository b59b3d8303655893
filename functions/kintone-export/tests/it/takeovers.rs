//! Processes that stand still while others take their work over, and wake up again.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use cloud_store::{Fault, Operation, Step};
use function_core::{Event, Outcome};
use function_runtime::Function as _;
use rusqlite::Connection;
use simulators::kintone::App;
use tempfile::TempDir;
use tokio::sync::{Notify, oneshot};

use crate::world::{World, person};

type Sleeping = Pin<Box<dyn Future<Output = Outcome>>>;

/// A process of `world` that works on `event` and stands still before the first step that `is_place` names.
async fn asleep(
    world: &mut World,
    event: &Event,
    is_place: impl Fn(&Operation) -> bool + Send + Sync + 'static,
) -> (oneshot::Sender<()>, Sleeping) {
    let (wake, woken) = oneshot::channel();
    let woken = Mutex::new(Some(woken));
    let stands = Arc::new(Notify::new());
    let stood = Arc::clone(&stands);
    world.hook(move |operation| {
        let woken = is_place(operation).then(|| woken.lock().unwrap().take());
        let woken = woken.flatten()?;
        stood.notify_one();
        Some(Fault::Wait(woken))
    });
    let (function, event) = (world.function().await, event.clone());
    let mut sleeping: Sleeping = Box::pin(async move { function.handle(event).await });
    tokio::select! {
        outcome = &mut sleeping => panic!("passed by: {outcome:?}"),
        () = stands.notified() => {}
    }
    world.unhook();
    (wake, sleeping)
}

#[tokio::test]
async fn who_wakes_up_after_a_takeover_overwrites_nothing_and_alarms_nobody() {
    let places = [
        ".csv",
        ".ndjson.gz",
        ".schema.json",
        ".sha256",
        ".manifest.json",
        "latest.json",
    ];
    for place in places {
        let mut world = World::new(App::generated(600));
        let event = world.event("m-1", "");
        let (wake, sleeping) = asleep(&mut world, &event, move |operation| {
            let writes = matches!(operation.step, Step::Finish | Step::Put);
            writes && operation.key.ends_with(place)
        })
        .await;
        world.wait(120);
        let outcome = world.deliver(event).await;
        assert!(matches!(outcome, Outcome::Done(_)), "{place}: {outcome:?}");
        let before = world.contents().await;

        wake.send(()).unwrap();
        let outcome = sleeping.await;
        assert!(matches!(outcome, Outcome::Retry(_)), "{place}: {outcome:?}");
        assert_eq!(world.contents().await, before, "{place}");
        assert_eq!(world.told.messages(), [], "{place}");
    }
}

#[tokio::test]
async fn an_older_generation_that_was_half_loaded_is_not_loaded_over_a_newer_one() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("kintone.sqlite");
    let mut world =
        World::new(App::article()).set("LOAD_URL", format!("sqlite:{}", path.display()));
    world.verified().await;
    world.wait(24 * 60 * 60);
    let event = world.event("m-1", "");
    let (wake, sleeping) = asleep(&mut world, &event, |operation| {
        operation.key.ends_with(".ndjson.gz") && operation.step == Step::Read
    })
    .await;
    world.kintone.insert(world.app, [&person("新しい人")]);
    world.verified().await;
    let records = || -> i64 {
        let connection = Connection::open(&path).unwrap();
        let count = format!("SELECT count(*) FROM kintone_{}", world.app);
        connection.query_row(&count, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(records(), 5);
    wake.send(()).unwrap();
    sleeping.await;
    assert_eq!(records(), 5);
}
