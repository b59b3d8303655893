//! Answers that are lost, refused and late: no table ever gets two configs.

use std::time::Duration;

use function_core::{Exit, Outcome};
use serde_json::json;
use simulators::bigquery::{denied, refuse, throttled};
use simulators::{Effect, When};

use crate::desk::{Desk, NAMES};
use crate::night::DATASET;

fn creates() -> When {
    When::path("/transferConfigs").method("POST")
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_found_and_not_repeated() {
    let lost = [
        Effect::Lose,
        refuse(503, "unavailable").after_the_work(),
        refuse(500, "internal").after_the_work(),
    ];
    for effect in lost {
        let desk = Desk::of(&NAMES).await;
        desk.night.bigquery.script(creates().nth(2), effect);
        desk.reconcile().await;
        desk.assert_in_order(&NAMES);
        desk.writes();
        assert_eq!(desk.reconcile().await.counts["written"], 0);
    }
}

#[tokio::test]
async fn a_create_that_was_not_carried_out_is_repeated_after_a_look() {
    for effect in [Effect::Cut, refuse(503, "unavailable")] {
        let desk = Desk::of(&NAMES).await;
        desk.night.bigquery.script(creates().nth(2), effect);
        desk.reconcile().await;
        desk.assert_in_order(&NAMES);
    }
}

#[tokio::test]
async fn quotas_are_waited_for() {
    for code in [429, 403] {
        let desk = Desk::of(&NAMES).await;
        for when in [
            When::path("/datasets").method("POST").nth(1),
            When::path("/tables").method("POST").nth(3),
            When::path("/transferConfigs").method("GET").nth(1),
            creates().nth(2),
        ] {
            desk.night.bigquery.script(when, throttled(code));
        }
        desk.reconcile().await;
        desk.assert_in_order(&NAMES);
    }
}

#[tokio::test]
async fn a_quota_that_stays_used_up_is_tried_again_later() {
    let desk = Desk::of(&NAMES).await;
    desk.night.bigquery.script(creates(), throttled(429));
    match desk.ask(&json!({ "reconcile": true })).await {
        Outcome::Retry(failure) => {
            assert_eq!(failure.exit, Exit::TryAgain);
            assert!(failure.error.contains("8 of 15 steps"), "{failure:?}");
        }
        other => panic!("{other:?}"),
    }
    desk.night.bigquery.clear_script();
    desk.reconcile().await;
    desk.assert_in_order(&NAMES);
}

#[tokio::test]
async fn writes_that_are_safe_to_repeat_are_repeated() {
    for (path, method) in [
        ("/datasets", "POST"),
        ("/tables", "POST"),
        (DATASET, "GET"),
        ("/transferConfigs", "GET"),
    ] {
        for effect in [
            Effect::Lose,
            refuse(503, "unavailable"),
            refuse(503, "unavailable").after_the_work(),
        ] {
            let desk = Desk::of(&["users"]).await;
            desk.night
                .bigquery
                .script(When::path(path).method(method).nth(1), effect);
            desk.reconcile().await;
            desk.assert_in_order(&["users"]);
        }
    }
}

#[tokio::test]
async fn a_permission_that_is_missing_is_named_and_the_rest_is_not_tried() {
    let names = Desk::many(60);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let desk = Desk::of(&names).await;
    desk.night
        .bigquery
        .script(creates(), denied("bigquery.transfers.update"));
    let (exit, words) = desk.refusal().await;
    assert_eq!(exit, Exit::Failed);
    assert!(words.contains("grant bigquery.transfers.update"), "{words}");
    let tried = desk.writes();
    let tried = tried
        .iter()
        .filter(|line| line.ends_with("/transferConfigs"))
        .count();
    assert!(tried <= 8, "{tried} creates");
    desk.night
        .bigquery
        .script(When::path(DATASET), denied("bigquery.datasets.get"));
    let (_, words) = desk.refusal().await;
    assert!(words.contains("grant bigquery.datasets.get"), "{words}");
}

#[tokio::test]
async fn a_service_that_repeats_the_key_does_not_make_us_tell_it() {
    let desk = Desk::of(&["users"]).await;
    desk.night.bigquery.script(
        creates(),
        refuse(400, "bad value very-secret of AKIAEXAMPLE"),
    );
    let (_, words) = desk.refusal().await;
    assert!(words.contains("bad value (hidden) of (hidden)"), "{words}");
    let record = desk
        .night
        .folder
        .path()
        .join("bigquery-transfer/0000/00/00");
    let record = std::fs::read_dir(record).unwrap().next().unwrap().unwrap();
    let record = std::fs::read_to_string(record.path()).unwrap();
    assert!(
        record.contains("(hidden)") && !record.contains("very-secret"),
        "{record}"
    );
}

#[tokio::test]
async fn two_at_once_make_one_config_a_table() {
    let desk = Desk::of(&NAMES).await;
    desk.night.bigquery.set_latency(Duration::from_millis(5));
    let request = json!({ "reconcile": true });
    let outcomes = tokio::join!(desk.ask(&request), desk.ask(&request), desk.ask(&request));
    let mut done = 0;
    for outcome in [outcomes.0, outcomes.1, outcomes.2] {
        match outcome {
            Outcome::Done(_) => done += 1,
            Outcome::Retry(failure) => {
                assert!(failure.error.contains("another process"), "{failure:?}");
            }
            other @ Outcome::Drop(_) => panic!("{other:?}"),
        }
    }
    assert!(done >= 1);
    desk.assert_in_order(&NAMES);
}

#[tokio::test]
async fn a_config_that_somebody_deletes_meanwhile_is_made_by_the_next() {
    let desk = Desk::of(&["users"]).await;
    desk.reconcile().await;
    let name = desk.config("users")["name"].as_str().unwrap().to_owned();
    desk.night.bigquery.edit_config(&name, |config| {
        config.insert("disabled".to_owned(), true.into());
    });
    let gone = name.clone();
    let patches = When::path("").method("PATCH");
    desk.night
        .bigquery
        .before(patches, move |account| account.remove_config(&gone));
    let request = json!({ "reconcile": true });
    assert!(matches!(desk.ask(&request).await, Outcome::Retry(_)));
    desk.reconcile().await;
    desk.assert_in_order(&["users"]);
}

#[tokio::test]
async fn a_process_that_stood_still_touches_no_config_any_more() {
    let record = "bigquery-transfer/0000/00/00/reconcile-prod-app_prod_rds_data-00000000.json";
    for policy in ["delete", "disable"] {
        let mut desk = Desk::of(&["users", "gone"]).await;
        desk.reconcile().await;
        desk.list(&["users"]);
        desk.night.set("UNWANTED", policy);
        let name = desk.config("users")["name"].as_str().unwrap().to_owned();
        desk.night.bigquery.edit_config(&name, |config| {
            config.insert("disabled".to_owned(), true.into());
        });
        desk.writes();
        let take = desk.night.taking_over(record);
        let looks = When::path("/tables").method("GET");
        desk.night.bigquery.before(looks, move |_| take());
        let outcome = desk.ask(&json!({ "reconcile": true })).await;
        assert!(matches!(outcome, Outcome::Retry(_)), "{outcome:?}");
        assert_eq!(desk.writes(), [""; 0], "{policy}");
    }
}

#[tokio::test]
async fn nothing_is_created_beside_a_config_that_could_not_be_removed() {
    let mut desk = Desk::of(&["gone"]).await;
    desk.reconcile().await;
    desk.list(&["users"]);
    desk.night.set("UNWANTED", "delete");
    let deletes = When::path("").method("DELETE");
    let bigquery = &desk.night.bigquery;
    bigquery.script(deletes, refuse(400, "not now"));
    let (_, words) = desk.refusal().await;
    assert!(words.contains("not now"), "{words}");
    assert_eq!(desk.night.bigquery.configs().len(), 1);
    desk.night.bigquery.clear_script();
    desk.reconcile().await;
    desk.config("users");
}

#[tokio::test]
async fn a_config_of_another_dataset_is_not_taken_for_the_one_whose_answer_was_lost() {
    let desk = Desk::of(&["users"]).await;
    desk.reconcile().await;
    let mut other = desk.config("users");
    let name = other["name"].as_str().unwrap().to_owned();
    other["destinationDatasetId"] = "d2".into();
    other.as_object_mut().unwrap().remove("name");
    let bigquery = &desk.night.bigquery;
    bigquery.remove_config(&name);
    // Both deployments make their configs at the same moment.
    bigquery.before(creates(), move |account| {
        account.add_dataset("d2", "asia-northeast1");
        account.add_config("asia-northeast1", other.clone());
    });
    bigquery.script(creates().nth(1), Effect::Cut);
    desk.reconcile().await;
    let configs = bigquery.configs();
    let ours = configs
        .iter()
        .filter(|config| config["destinationDatasetId"] == DATASET);
    assert_eq!(ours.count(), 1, "{configs:?}");
}
