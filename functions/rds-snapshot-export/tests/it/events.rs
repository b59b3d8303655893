//! What events ask for.

use function_core::{Exit, Outcome};
use serde_json::json;

use crate::world::{World, done, word};

const SNAPSHOT_CREATED: &str = include_str!("../../events/snapshot-created.json");
const EXPORT_COMPLETED: &str = include_str!("../../events/export-completed-sns.json");

#[tokio::test]
async fn an_event_of_rds_is_a_reason_to_look_whatever_it_says() {
    let world = World::new().await;
    done(world.send(SNAPSHOT_CREATED).await.clone_if_told());
    world.snapshot("app-db");
    let [report] = done(world.send(SNAPSHOT_CREATED).await).try_into().unwrap();
    assert_eq!(word(report.state), "running");
    // It comes too early, and twice.
    done(world.send(EXPORT_COMPLETED).await);
    done(world.send(EXPORT_COMPLETED).await);
    world.wait(20);
    let [report] = done(world.send(EXPORT_COMPLETED).await).try_into().unwrap();
    assert_eq!(word(report.state), "verified");
    done(world.send(EXPORT_COMPLETED).await);
    assert_eq!(world.sink.messages().len(), 1);
}

trait OrTold {
    /// Nothing to do yet is told as a missing snapshot; here only that it is understood matters.
    fn clone_if_told(self) -> Outcome;
}

impl OrTold for Outcome {
    fn clone_if_told(self) -> Outcome {
        match self {
            Self::Drop(failure) if failure.error.contains("no available") => Self::Done(Vec::new()),
            other => other,
        }
    }
}

#[tokio::test]
async fn a_dry_run_tells_each_step_and_writes_nothing() {
    let world = World::new().await;
    let plan = async || {
        world.s3.clear_requests();
        let [report] = done(world.send(r#"{"dryRun": true}"#).await)
            .try_into()
            .unwrap();
        let requests = world.s3.requests();
        assert!(
            requests.iter().all(|seen| seen.method == "GET"),
            "{requests:?}"
        );
        assert_eq!(word(report.state), "planned");
        report.plan.unwrap()
    };
    let missing = plan().await;
    assert_eq!(missing["step"], "report");
    assert_eq!(missing["what"], "there is no available automated snapshot");
    world.snapshot("app-db");
    let start = plan().await;
    assert_eq!(start["step"], "start");
    assert_eq!(start["task"], "export-id-stg-app-db-20261121");
    assert_eq!(start["snapshot"]["id"], "rds:app-db-2026-11-20-15-05");
    assert_eq!(world.asked("StartExportTask"), 0);
    world.ends("running").await;
    assert_eq!(plan().await["step"], "wait");
    world.wait(20);
    let verify = plan().await;
    assert_eq!(
        (&verify["step"], &verify["task"]),
        (&json!("verify"), &json!("export-id-stg-app-db-20261121"))
    );
    world.ends("verified").await;
    assert_eq!(plan().await["step"], "nothing");
    assert_eq!(world.asked("StartExportTask"), 1);
    assert!(world.sink.words().is_empty());
}

#[tokio::test]
async fn a_drill_reaches_people_and_touches_nothing() {
    let world = World::new().await;
    done(world.send(r#"{"drill": true}"#).await);
    let [words] = world.sink.words().try_into().unwrap();
    assert!(words.contains("drill"), "{words}");
    assert!(world.rds.requests().is_empty() && world.s3.requests().is_empty());
}

#[tokio::test]
async fn what_is_not_understood_is_refused_by_name() {
    let world = World::new().await;
    for (payload, words) in [
        (r#"{"cluster": "app-db"}"#, "unknown field `cluster`"),
        (
            r#"{"source": "billing"}"#,
            "`billing` is none of this deployment's sources: app-db",
        ),
        (
            r#"{"date": "2026-13-01"}"#,
            "parameter 'month' is not in the required range",
        ),
        ("[1]", "not a JSON object"),
        ("{", "not a JSON object"),
    ] {
        let Outcome::Drop(failure) = world.send(payload).await else {
            panic!("{payload} was taken");
        };
        assert!(
            failure.error.contains(words),
            "{payload}: {}",
            failure.error
        );
        assert_eq!(failure.exit, Exit::Usage);
    }
    assert!(world.rds.requests().is_empty());
}

#[tokio::test]
async fn force_verifies_a_verified_run_again() {
    let world = World::new().await;
    world.night("app-db").await;
    let before = world.manifest("app-db");
    world.wait(10);
    done(world.send(r#"{"source": "app-db", "force": true}"#).await);
    let after = world.manifest("app-db");
    assert!(after.ended > before.ended);
    assert_eq!(after.details, before.details);
    assert_eq!(world.rds.exports().len(), 1);
}

#[tokio::test]
async fn an_export_that_force_found_damaged_is_withdrawn_and_made_anew() {
    let world = World::new().await;
    world.night("app-db").await;
    world.tamper(
        "export-id-stg-app-db-20261121",
        "app.users/1/_SUCCESS",
        simulators::rds::Tamper::Delete,
    );
    world.wait(10);
    let force = r#"{"source": "app-db", "force": true}"#;
    let Outcome::Drop(failure) = world.send(force).await else {
        panic!("a broken export was verified");
    };
    assert!(
        failure.error.contains("app.users/1 has no _SUCCESS"),
        "{failure:?}"
    );
    let anew = "export-id-stg-app-db-20261121-2";
    assert!(
        failure
            .error
            .contains(&format!("export task {anew} is starting")),
        "{failure:?}"
    );
    assert!(world.record().manifest.is_none());
    assert!(world.manifest("app-db").details.withdrawn.is_some());
    world.ends("running").await;
    assert_eq!(world.sink.messages().len(), 1);
    world.wait(20);
    world.ends("verified").await;
    assert_eq!(world.manifest("app-db").details.export.prefix, anew);
    assert!(world.manifest("app-db").details.withdrawn.is_none());
    assert_eq!(world.sink.messages().len(), 2);
}

#[tokio::test]
async fn readers_go_back_to_the_newest_sound_export() {
    let world = World::new().await;
    world.night("app-db").await;
    let sound = world.latest("app-db");
    world.wait(24 * 60);
    world.night("app-db").await;
    assert_ne!(world.latest("app-db"), sound);
    let (export, mark) = ("export-id-stg-app-db-20261122", "app.users/1/_SUCCESS");
    world.tamper(export, mark, simulators::rds::Tamper::Delete);
    world.wait(10);
    let force = r#"{"source": "app-db", "force": true}"#;
    assert!(matches!(world.send(force).await, Outcome::Drop(_)));
    assert_eq!(world.latest("app-db"), sound);
    world.wait(20);
    world.ends("verified").await;
    assert_eq!(
        world.manifest("app-db").details.export.prefix,
        format!("{export}-2")
    );
}

#[tokio::test]
async fn a_damaged_export_that_no_place_is_free_for_is_made_anew_by_the_next_force() {
    let world = World::new().await;
    world.night("app-db").await;
    let (export, mark) = ("export-id-stg-app-db-20261121", "app.users/1/_SUCCESS");
    world.tamper(export, mark, simulators::rds::Tamper::Delete);
    let full = simulators::rds::refusal("ExportTaskLimitReachedFault", "five run");
    let start = simulators::When::action("StartExportTask");
    world.rds.script(start, full);
    let force = r#"{"source": "app-db", "force": true}"#;
    let told = format!("{:?}", world.send(force).await);
    assert!(
        told.contains("export-id-stg-app-db-20261121-2 is queued"),
        "{told}"
    );
    world.rds.clear_script();
    world.wait(10);
    let failure = world.fails().await;
    assert!(
        failure.error.contains("send \"force\": true"),
        "{failure:?}"
    );
    world.send(force).await;
    world.wait(20);
    world.ends("verified").await;
    assert_eq!(world.rds.exports().len(), 2);
}
