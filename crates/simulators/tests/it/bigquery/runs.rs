//! Runs started and followed.

use std::time::Duration;

use serde_json::json;
use simulators::bigquery::{Options, Pace};

use super::{MIDNIGHT, NOW, Night, PARENT, config};

#[tokio::test]
async fn a_run_goes_on_as_it_is_looked_at() {
    let night = Night::with(Options {
        pace: Pace::Looks(2),
        ..Options::default()
    });
    let name = night.create(config("users")).await;
    let body = json!({ "requestedRunTime": MIDNIGHT });
    let (_, started) = night
        .post(&format!("/v1/{name}:startManualRuns"), body)
        .await;
    assert_eq!(started["runs"][0]["state"], "PENDING");
    let run = started["runs"][0]["name"].as_str().unwrap();
    for expected in ["RUNNING", "RUNNING", "SUCCEEDED", "SUCCEEDED"] {
        let (_, seen) = night.get(&format!("/v1/{run}")).await;
        assert_eq!(seen["state"], expected);
        assert_eq!(seen["runTime"], "2026-11-21T15:00:00.000000Z");
    }
    night.assert_no_violation();
}

#[tokio::test]
async fn a_run_goes_on_with_the_clock() {
    let night = Night::with(Options {
        pace: Pace::Takes(Duration::from_mins(4)),
        ..Options::default()
    });
    let name = night.create(config("users")).await;
    night.run(&name, MIDNIGHT).await;
    for expected in ["PENDING", "RUNNING", "RUNNING", "RUNNING", "SUCCEEDED"] {
        assert_eq!(night.bigquery.runs()[0]["state"], expected);
        night.bigquery.advance(Duration::from_mins(1));
    }
}

#[tokio::test]
async fn a_run_time_in_the_future_is_refused() {
    let night = Night::start();
    let name = night.create(config("users")).await;
    let start = format!("/v1/{name}:startManualRuns");
    let (status, _) = night
        .post(
            &start,
            json!({ "requestedRunTime": "2026-11-21T17:00:01Z" }),
        )
        .await;
    assert_eq!(status, 400);
    let (status, _) = night.post(&start, json!({})).await;
    assert_eq!(status, 400);
    let (status, _) = night.post(&start, json!({ "requestedRunTime": NOW })).await;
    assert_eq!(status, 200);
    assert_eq!(night.bigquery.runs().len(), 1);
}

#[tokio::test]
async fn a_range_of_days_is_a_run_for_each() {
    let night = Night::start();
    let name = night.create(config("users")).await;
    let range = json!({ "startTime": "2026-11-18T15:00:00Z", "endTime": MIDNIGHT });
    let (_, started) = night
        .post(
            &format!("/v1/{name}:startManualRuns"),
            json!({ "requestedTimeRange": range }),
        )
        .await;
    assert_eq!(started["runs"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn runs_are_listed_newest_first_by_state() {
    let night = Night::start();
    let name = night.create(config("users")).await;
    night.run(&name, "2026-11-20T15:00:00Z").await;
    night.bigquery.finish_runs();
    night.run(&name, MIDNIGHT).await;
    night.run(&name, MIDNIGHT).await;
    let states = |runs: &serde_json::Value| {
        let runs = runs["transferRuns"].as_array().cloned().unwrap_or_default();
        runs.iter()
            .map(|run| run["state"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let (_, open) = night
        .get(&format!("/v1/{name}/runs?states=PENDING&states=RUNNING"))
        .await;
    assert_eq!(states(&open), ["RUNNING", "RUNNING"]);
    let (_, all) = night.get(&format!("/v1/{name}/runs")).await;
    assert_eq!(states(&all), ["SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]);
    let (_, latest) = night
        .get(&format!("/v1/{name}/runs?runAttempt=LATEST"))
        .await;
    assert_eq!(states(&latest).len(), 2);
    night.assert_no_violation();
}

#[tokio::test]
async fn a_schedule_starts_runs_by_itself() {
    let night = Night::start();
    let mut scheduled = config("users");
    scheduled.as_object_mut().unwrap().remove("scheduleOptions");
    scheduled["schedule"] = json!("every day 17:00");
    let (status, made) = night.post(PARENT, scheduled).await;
    assert_eq!(status, 200, "{made}");
    night.bigquery.advance(Duration::from_hours(25));
    let runs = night.bigquery.runs();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0]["runTime"], "2026-11-22T17:00:00.000000Z");
    assert_eq!(runs[0]["schedule"], "every day 17:00");

    // One that is disabled starts none.
    let name = made["name"].as_str().unwrap();
    let path = format!("/v1/{name}?updateMask=disabled");
    night
        .ask("PATCH", &path, Some(json!({ "disabled": true })))
        .await;
    night.bigquery.advance(Duration::from_hours(24));
    assert_eq!(night.bigquery.runs().len(), 1);
}

#[tokio::test]
async fn a_run_keeps_what_its_config_was() {
    let night = Night::start();
    let name = night.create(config("users")).await;
    let run = night.run(&name, MIDNIGHT).await;
    night.bigquery.edit_config(&name, |fields| {
        fields["params"]["data_path"] = json!("s3://other/*");
    });
    let (_, seen) = night.get(&format!("/v1/{run}")).await;
    assert!(
        seen["params"]["data_path"]
            .as_str()
            .unwrap()
            .starts_with("s3://backups/")
    );
    assert_eq!(
        seen["notificationPubsubTopic"],
        "projects/demo-project/topics/finished"
    );
}
