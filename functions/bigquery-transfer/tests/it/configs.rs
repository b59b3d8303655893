//! One config a table, however many times and from whatever state.

use function_core::{Exit, RunState};
use serde_json::{Value, json};
use simulators::bigquery::Options;

use crate::desk::{Desk, NAMES};
use crate::night::{DATASET, TOPIC, only};

pub(crate) const PATH: &str =
    r#"s3://exports/export-id-prod-app-db-{run_time+9h|"%Y%m%d"}/app/app.users/*.parquet"#;

fn refs(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

#[tokio::test]
async fn dataset_tables_and_configs_are_created_and_then_left_alone() {
    let desk = Desk::of(&NAMES).await;
    let report = desk.reconcile().await;
    assert_eq!(report.state, RunState::Verified);
    assert_eq!(
        (report.counts["configs"], report.counts["written"]),
        (7, 15)
    );
    desk.assert_in_order(&NAMES);
    let location = ("app_prod_rds_data".to_owned(), "asia-northeast1".to_owned());
    assert_eq!(desk.night.bigquery.datasets(), [location]);
    let config = desk.config("users");
    assert_eq!(
        config["displayName"],
        "app-users-transfer managed:prod/app.users"
    );
    assert_eq!(config["params"]["data_path"], PATH);
    assert_eq!(config["params"]["write_disposition"], "WRITE_TRUNCATE");
    assert_eq!(config["notificationPubsubTopic"], TOPIC);
    assert!(
        config["scheduleOptionsV2"].get("manualSchedule").is_some(),
        "{config}"
    );
    let name = config["name"].as_str().unwrap();
    assert_eq!(
        desk.night.bigquery.secret(name).as_deref(),
        Some("very-secret")
    );

    desk.writes();
    let report = desk.reconcile().await;
    assert_eq!(
        (report.counts["written"], report.counts["requests"]),
        (0, 3)
    );
    assert_eq!(desk.writes(), [""; 0]);
}

#[tokio::test]
async fn the_second_run_of_300_tables_writes_nothing_in_three_requests() {
    let names = Desk::many(300);
    let desk = Desk::of(&refs(&names)).await;
    assert_eq!(desk.reconcile().await.counts["written"], 601);
    desk.assert_in_order(&refs(&names));
    desk.night.bigquery.clear_requests();
    assert_eq!(desk.reconcile().await.counts["written"], 0);
    assert_eq!(
        desk.night.bigquery.requests().len(),
        300_usize.div_ceil(1000) + 2
    );
}

#[tokio::test]
async fn every_page_is_read() {
    let names = Desk::many(250);
    let options = Options {
        most_on_page: 100,
        ..Options::default()
    };
    let desk = Desk::with(options, &refs(&names)).await;
    desk.reconcile().await;
    desk.writes();
    desk.reconcile().await;
    let requests = desk.night.bigquery.requests();
    let pages = |end: &str| {
        requests
            .iter()
            .filter(|seen| seen.path.ends_with(end))
            .count()
    };
    assert_eq!((pages("/transferConfigs"), pages("/tables")), (3, 3));
    assert_eq!(desk.writes(), [""; 0]);
    desk.assert_in_order(&refs(&names));
}

#[tokio::test]
async fn configs_are_made_where_the_dataset_is() {
    for location in ["US", "europe-west1"] {
        let desk = Desk::of(&["users"]).await;
        desk.night.bigquery.add_dataset(DATASET, location);
        desk.reconcile().await;
        let name = desk.config("users")["name"].as_str().unwrap().to_owned();
        let place = format!("/locations/{}/", location.to_lowercase());
        assert!(name.contains(&place), "{name}");
        desk.writes();
        assert_eq!(desk.reconcile().await.counts["written"], 0);
    }
}

#[tokio::test]
async fn a_location_that_is_set_otherwise_is_refused_by_both_names() {
    let mut desk = Desk::of(&["users"]).await;
    desk.night.bigquery.add_dataset(DATASET, "US");
    desk.night.set("LOCATION", "asia-northeast1");
    let (exit, words) = desk.refusal().await;
    assert_eq!(exit, Exit::Refused);
    assert!(
        words.contains("is in US, but LOCATION is asia-northeast1"),
        "{words}"
    );
    assert_eq!(desk.writes(), [""; 0]);
}

#[tokio::test]
async fn what_somebody_edited_is_set_right_by_the_narrowest_patch() {
    type Edit = fn(&mut serde_json::Map<String, Value>);
    let edits: [(Edit, &str); 4] = [
        (
            |config| drop(config.insert("disabled".into(), true.into())),
            "disabled",
        ),
        (
            |config| {
                drop(config.insert("displayName".into(), "mine managed:prod/app.users".into()));
            },
            "displayName",
        ),
        (
            |config| {
                drop(config.insert(
                    "scheduleOptionsV2".into(),
                    json!({"timeBasedSchedule": {"schedule": "every day 03:00"}}),
                ));
            },
            "scheduleOptionsV2",
        ),
        (
            |config| config["params"]["data_path"] = "s3://elsewhere/*.parquet".into(),
            "params",
        ),
    ];
    for (edit, mask) in edits {
        let desk = Desk::of(&["users", "orders"]).await;
        desk.reconcile().await;
        let before = desk.config("users");
        desk.night
            .bigquery
            .edit_config(before["name"].as_str().unwrap(), edit);
        assert!(desk.check().await.unwrap().contains("`app.users`"));
        desk.writes();
        assert_eq!(desk.reconcile().await.counts["written"], 1);
        let requests = desk.night.bigquery.requests();
        let patch = requests.iter().find(|seen| seen.method == "PATCH").unwrap();
        assert_eq!(patch.parameter("updateMask"), Some(mask));
        let mut after = desk.config("users");
        after["updateTime"] = before["updateTime"].clone();
        assert_eq!(after, before);
        assert_eq!(desk.check().await, None);
        assert_eq!(desk.night.bigquery.violations(), [""; 0]);
    }
}

#[tokio::test]
async fn a_new_key_reaches_every_config() {
    let mut desk = Desk::of(&["users", "orders"]).await;
    desk.reconcile().await;
    desk.night.set("S3_ACCESS_KEY_ID", "AKIANEW");
    desk.night.set("S3_SECRET_ACCESS_KEY", "new-secret");
    assert_eq!(desk.reconcile().await.counts["written"], 2);
    desk.night.set("S3_SECRET_ACCESS_KEY", "newer-secret");
    assert_eq!(
        desk.reconcile().await.counts["written"],
        0,
        "the service does not show secrets"
    );
    let forced = desk.ask(&json!({ "reconcile": true, "force": true })).await;
    assert_eq!(only(forced).counts["written"], 2);
    for config in desk.night.bigquery.configs() {
        let secret = desk.night.bigquery.secret(config["name"].as_str().unwrap());
        assert_eq!(secret.as_deref(), Some("newer-secret"));
    }
}

#[tokio::test]
async fn a_schedule_takes_the_place_of_manual_runs() {
    let mut desk = Desk::of(&["users"]).await;
    desk.reconcile().await;
    desk.night.set("SCHEDULE", "every day 17:00");
    assert_eq!(desk.reconcile().await.counts["written"], 1);
    let config = desk.config("users");
    assert_eq!(
        config["scheduleOptionsV2"]["timeBasedSchedule"]["schedule"],
        "every day 17:00"
    );
    assert_eq!(desk.check().await, None);
}
