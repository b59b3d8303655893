//! What can go wrong, and what is said about it.

use function_core::{Exit, Failure, Outcome, RunState};
use simulators::kintone::{App, FILTER_ABORTED};
use simulators::{Effect, When};

use crate::world::World;

async fn dropped(world: &World) -> Failure {
    match world.night().await {
        Outcome::Drop(failure) => failure,
        outcome => panic!("not dropped: {outcome:?}"),
    }
}

async fn retried(world: &World) -> Failure {
    match world.night().await {
        Outcome::Retry(failure) => failure,
        outcome => panic!("not to be retried: {outcome:?}"),
    }
}

async fn assert_nothing_published(world: &World) {
    assert!(world.latest().await.is_none());
    let names = world.folder().list("").await.unwrap();
    assert!(
        names.iter().all(|meta| !meta.key.contains("manifest")),
        "{names:?}"
    );
}

#[tokio::test]
async fn an_unknown_app_is_named() {
    let mut world = World::new(App::article());
    world.change("APPID", "999");
    let failure = dropped(&world).await;
    assert!(failure.error.contains("app 999"), "{}", failure.error);
    assert_eq!(world.told.messages().len(), 1);
}

#[tokio::test]
async fn a_bad_token_is_explained_and_not_shown() {
    let world = World::new(App::article()).set("TOKEN", "hunter2");
    let failure = dropped(&world).await;
    assert!(failure.error.contains("token"), "{}", failure.error);
    assert!(!failure.error.contains("hunter2"), "{}", failure.error);
}

#[tokio::test]
async fn an_unknown_field_in_the_condition_is_named() {
    let world = World::new(App::article()).set("QUERY", "nosuch = \"x\"");
    let failure = dropped(&world).await;
    assert!(failure.error.contains("nosuch"), "{}", failure.error);
}

#[tokio::test]
async fn an_unknown_selected_field_is_named() {
    let world = World::new(App::article()).set("FIELDS", "nosuch");
    let failure = dropped(&world).await;
    assert_eq!(failure.exit, Exit::Usage);
    assert!(
        failure.error.contains("`nosuch`") && failure.error.contains("name_kanji"),
        "{}",
        failure.error
    );
}

#[tokio::test]
async fn an_app_that_is_not_listed_is_refused() {
    let world = World::new(App::article());
    let outcome = world.deliver(world.event("m-1", r#"{"app": 77}"#)).await;
    assert!(
        matches!(&outcome, Outcome::Drop(failure) if failure.error.contains("app 77")),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_message_that_is_not_json_is_dropped_with_its_id() {
    let world = World::new(App::article());
    let outcome = world.deliver(world.event("m-1", "backup please")).await;
    assert!(
        matches!(&outcome, Outcome::Drop(failure) if failure.error.contains("m-1")),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn passing_faults_are_survived() {
    let effects = [
        Effect::text(503, "Service Unavailable"),
        Effect::html(503),
        Effect::throttle("GAIA_TO04", 1),
        Effect::refuse(520, "GAIA_DA02"),
        Effect::not_json(),
        Effect::CutAfter(100),
    ];
    for effect in effects {
        let world = World::new(App::generated(1_200));
        world
            .kintone
            .script(When::path("records.json").nth(3), effect.clone());
        let report = world.verified().await;
        assert_eq!(report.counts["records"], 1_200, "{effect:?}");
        world.assert_latest_is(&world.records()).await;
    }
}

#[tokio::test]
async fn a_service_that_stays_away_is_tried_again_later() {
    let world = World::new(App::generated(1_200));
    world
        .kintone
        .script(When::path("records.json").from(3), Effect::html(503));
    retried(&world).await;
    assert_nothing_published(&world).await;
    world.kintone.clear_script();
    world.verified().await;
    world.assert_latest_is(&world.records()).await;
}

#[tokio::test]
async fn a_search_that_was_cut_short_is_no_backup() {
    let world = World::new(App::article()).set("QUERY", "company like \"社\"");
    let (name, value) = FILTER_ABORTED;
    world.kintone.script(
        When::path("records.json"),
        Effect::Header(name, value.to_owned()),
    );
    let failure = dropped(&world).await;
    assert!(failure.error.contains("like"), "{}", failure.error);
    assert_nothing_published(&world).await;
}

#[tokio::test]
async fn a_shrunken_app_is_not_published_unless_forced() {
    let world = World::new(App::generated(100));
    world.verified().await;
    let before = world.latest().await.unwrap();
    world
        .kintone
        .delete(world.app, &(1..=30).collect::<Vec<_>>());
    let failure = dropped(&world).await;
    assert_eq!(failure.exit, Exit::Refused);
    assert!(
        failure.error.contains("70 records, 100 at the last"),
        "{}",
        failure.error
    );
    assert_eq!(world.latest().await.unwrap(), before);

    world.wait(60);
    let outcome = world
        .deliver(world.event("forced", r#"{"force": true}"#))
        .await;
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    assert_eq!(world.manifest().await.details.records, 70);
}

#[tokio::test]
async fn a_loss_within_the_limit_is_published() {
    let world = World::new(App::generated(100));
    world.verified().await;
    world
        .kintone
        .delete(world.app, &(1..=20).collect::<Vec<_>>());
    assert_eq!(world.verified().await.counts["records"], 80);
}

#[tokio::test]
async fn a_person_is_told_once_for_each_failure() {
    let world = World::new(App::article());
    world
        .kintone
        .script(When::path("records.json"), Effect::html(503));
    let event = world.event("m-1", "");
    for _ in 0..3 {
        assert!(matches!(
            world.deliver(event.clone()).await,
            Outcome::Retry(_)
        ));
    }
    assert_eq!(world.told.messages().len(), 1);
    let record = &world.run_records().await[0];
    assert_eq!((record.state, record.attempts), (RunState::Failed, 3));
}

#[tokio::test]
async fn a_drill_tells_a_person_and_exports_nothing() {
    let world = World::new(App::article());
    let outcome = world
        .deliver(world.event("m-1", r#"{"drill": true}"#))
        .await;
    let Outcome::Done(reports) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(reports[0].state, RunState::Verified);
    assert_eq!(world.told.messages().len(), 1);
    assert_eq!(world.store.list("").await.unwrap(), []);
}

#[tokio::test]
async fn one_apps_failure_does_not_keep_the_others() {
    let mut world = World::new(App::article());
    world.change("APPID", format!("999,{}", world.app));
    assert!(matches!(world.night().await, Outcome::Drop(_)));
    assert_eq!(world.manifest().await.details.records, 4);
}
