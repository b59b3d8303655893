//! Whatever fails, dies, or wakes up again: the last delivery ends with the truth, and nothing that was ever
//! published is lost.
//!
//! `PROPTEST_CASES` sets how many scripts are played.

mod delivery;
mod script;
mod stage;
mod truth;

use function_core::{Env, Event, Outcome};
use futures_util::future::{join, join_all};
use proptest::test_runner::{Config, TestRunner};

use self::delivery::{Fate, Sleeper, deliver};
use self::script::{Delivery, Script, scripts};
use self::stage::Stage;

/// Scripts that are played unless `PROPTEST_CASES` says otherwise.
const CASES: u32 = 24;

/// Deliveries without any fault that must be enough, and messages after one that was given up.
const DELIVERIES: usize = 6;
const MESSAGES: usize = 3;

/// More than a lease lasts.
const LEASE_SECONDS: i64 = 120;

#[test]
fn whatever_happens_the_truth_is_published_at_last() {
    let asked = Env::from_process();
    let asked = asked
        .get("PROPTEST_CASES")
        .map(|cases| cases.parse().unwrap());
    let config = Config {
        cases: asked.unwrap_or(CASES),
        failure_persistence: None,
        max_shrink_iters: 100,
        ..Config::default()
    };
    let played = TestRunner::new(config).run(&scripts(), |script| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(play(&script));
        Ok(())
    });
    played.unwrap_or_else(|error| panic!("{error}"));
}

async fn play(script: &Script) {
    let mut stage = Stage::new(script);
    let mut sleepers = Vec::new();
    let mut last = (String::new(), 0);
    for (number, deliveries) in script.nights.iter().enumerate() {
        stage.world.wait(24 * 60 * 60);
        let event = stage.world.event(&format!("night-{number}"), "");
        let first = stage.now();
        for delivery in deliveries {
            disturb(&mut stage, &event, delivery, &mut sleepers).await;
            stage.assert_published_is_intact().await;
        }
        last = settle(&mut stage, event, first).await;
        stage.assert_published_is_intact().await;
        stage.assert_true(&last.0, last.1).await;
    }
    join_all(sleepers.drain(..).map(Sleeper::go_on)).await;
    stage.assert_published_is_intact().await;
    stage.assert_true(&last.0, last.1).await;
}

/// One delivery with all that may happen to it.
async fn disturb(
    stage: &mut Stage,
    event: &Event,
    delivery: &Delivery,
    sleepers: &mut Vec<Sleeper>,
) {
    stage.prepare(delivery);
    let woken = if delivery.wakes_sleepers {
        std::mem::take(sleepers)
    } else {
        Vec::new()
    };
    let (fate, _) = join(
        deliver(&mut stage.world, event.clone(), delivery),
        join_all(woken.into_iter().map(Sleeper::go_on)),
    )
    .await;
    match fate {
        Fate::Sleeps(sleeper) => sleepers.push(sleeper),
        Fate::Ended(Outcome::Done(reports)) => assert!(reports[0].manifest.is_some()),
        Fate::Ended(_) | Fate::Died => {}
    }
}

/// Delivers without any more faults until all is done. Gives the message that was done, and the moment before it.
async fn settle(stage: &mut Stage, mut event: Event, mut first: usize) -> (String, usize) {
    stage.world.kintone.clear_script();
    stage.world.unhook();
    let mut failures = Vec::new();
    for number in 0..MESSAGES {
        for _ in 0..DELIVERIES {
            stage.world.wait(LEASE_SECONDS);
            match stage.world.deliver(event.clone()).await {
                Outcome::Done(_) => {
                    let again = stage.world.deliver(event.clone()).await;
                    assert!(matches!(again, Outcome::Done(_)), "{again:?}");
                    return (event.id, first);
                }
                Outcome::Retry(failure) => failures.push(failure.error),
                // An earlier delivery met a fault that lasts: a person sends a new message.
                Outcome::Drop(failure) => {
                    failures.push(failure.error);
                    break;
                }
            }
        }
        first = stage.now();
        event = stage.world.event(&format!("{}-{number}", event.id), "");
    }
    panic!("never done: {failures:#?}");
}
