//! Failures that are scripted.

use serde_json::json;
use simulators::bigquery::{Fault, Pace, denied, refuse, throttled};
use simulators::{Effect, When};

use super::{MIDNIGHT, Night, PARENT, config};

const OBJECT: &str = "export-20261122/app/app.users/1/part-0.gz.parquet";

#[tokio::test]
async fn refusals_are_in_the_shape_of_the_service() {
    let night = Night::start();
    let when = || When::path("/transferConfigs").method("POST").first(1);
    let cases = [
        (
            denied("bigquery.transfers.update"),
            403,
            "PERMISSION_DENIED",
            "accessDenied",
        ),
        (
            throttled(429),
            429,
            "RESOURCE_EXHAUSTED",
            "rateLimitExceeded",
        ),
        (
            throttled(403),
            403,
            "PERMISSION_DENIED",
            "rateLimitExceeded",
        ),
        (
            refuse(503, "The service is currently unavailable."),
            503,
            "UNAVAILABLE",
            "backendError",
        ),
    ];
    for (effect, code, status, reason) in cases {
        night.bigquery.clear_script();
        night.bigquery.script(when(), effect);
        let (answered, body) = night.post(PARENT, config("users")).await;
        assert_eq!((answered, &body["error"]["code"]), (code, &json!(code)));
        assert_eq!(body["error"]["status"], status);
        assert_eq!(body["error"]["errors"][0]["reason"], reason);
    }
    assert!(night.bigquery.configs().is_empty());
}

#[tokio::test]
async fn an_answer_that_is_lost_has_done_its_work() {
    let night = Night::start();
    night
        .bigquery
        .script(When::path("/transferConfigs").method("POST"), Effect::Lose);
    let url = format!("{}{PARENT}", night.bigquery.address());
    assert!(
        night
            .client
            .post(url)
            .json(&config("users"))
            .send()
            .await
            .is_err()
    );
    assert_eq!(night.bigquery.configs().len(), 1);
    assert_eq!(night.bigquery.writes(), [format!("POST {PARENT}")]);
}

#[tokio::test]
async fn the_next_run_into_a_table_goes_wrong_and_the_one_after_it_does_not() {
    let night = Night::start();
    night.bigquery.add_object("backups", OBJECT, 40);
    let name = night.create(config("users")).await;
    night.bigquery.spoil_next("orders", Fault::Cancelled);
    night
        .bigquery
        .spoil_next("users", Fault::failed(7, "Access Denied"));
    let (run, log) = night.ended(&name, MIDNIGHT).await;
    assert_eq!(
        run["errorStatus"],
        json!({ "code": 7, "message": "Access Denied" })
    );
    assert!(log.contains("Access Denied"), "{log}");
    assert_eq!(night.rows("users"), Some(3));
    let (run, _) = night.ended(&name, MIDNIGHT).await;
    assert_eq!(run["state"], "SUCCEEDED");
    assert_eq!(night.rows("users"), Some(40));
}

#[tokio::test]
async fn a_run_is_cancelled_or_loads_less_or_sees_nothing() {
    let night = Night::start();
    night.bigquery.add_object("backups", OBJECT, 40);
    let name = night.create(config("users")).await;
    night.bigquery.spoil_next("users", Fault::Cancelled);
    assert_eq!(night.ended(&name, MIDNIGHT).await.0["state"], "CANCELLED");
    assert_eq!(night.rows("users"), Some(3));
    night.bigquery.spoil_next("users", Fault::Blind);
    let (run, log) = night.ended(&name, MIDNIGHT).await;
    assert_eq!(run["state"], "SUCCEEDED");
    assert!(log.contains("No new files found matching"), "{log}");
    night.bigquery.spoil_next("users", Fault::Fewer(5));
    assert_eq!(night.ended(&name, MIDNIGHT).await.0["state"], "SUCCEEDED");
    assert_eq!(night.rows("users"), Some(35));
}

#[tokio::test]
async fn a_run_takes_longer_or_for_ever() {
    let night = Night::start();
    let name = night.create(config("users")).await;
    night
        .bigquery
        .spoil_next("users", Fault::Pace(Pace::Looks(3)));
    let slow = night.run(&name, MIDNIGHT).await;
    for expected in ["RUNNING", "RUNNING", "RUNNING", "SUCCEEDED"] {
        assert_eq!(night.get(&format!("/v1/{slow}")).await.1["state"], expected);
    }
    night.bigquery.spoil_next("users", Fault::Never);
    let (run, _) = night.ended(&name, MIDNIGHT).await;
    assert_eq!(run["state"], "RUNNING");
}
