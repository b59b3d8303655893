//! One config a table, however many times and from whatever state.

use function_core::{Exit, RunState};
use serde_json::{Value, json};
use simulators::bigquery::Options;

use crate::desk::{Desk, NAMES, destination};
use crate::night::{DATASET, Export, Night, TOPIC, done, only};

const PATH: &str =
    r#"s3://exports/export-id-prod-app-db-{run_time+9h|"%Y%m%d"}/app/app.users/*.parquet"#;

fn refs(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// A config as the article's script makes it.
fn of_the_article(table: &str) -> Value {
    json!({
        "displayName": format!("app-{table}-transfer"),
        "dataSourceId": "amazon_s3",
        "destinationDatasetId": DATASET,
        "schedule": "every day 03:00",
        "params": {
            "destination_table_name_template": table,
            "data_path": format!(r#"s3://exports/export-id-prod-app-db-{{run_time|"%Y%m%d"}}/app/app.{table}/1/*.parquet"#),
            "access_key_id": "AKIAOLD",
            "secret_access_key": "old-secret",
            "file_format": "PARQUET",
            "write_disposition": "WRITE_TRUNCATE",
        },
    })
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
async fn the_articles_configs_are_adopted() {
    let names = ["users", "users_archive"];
    let desk = Desk::of(&names).await;
    desk.night.bigquery.add_dataset(DATASET, "asia-northeast1");
    let old: Vec<String> = names
        .iter()
        .map(|table| {
            desk.night.bigquery.add_table(DATASET, table, 3);
            desk.night
                .bigquery
                .add_config("asia-northeast1", of_the_article(table))
        })
        .collect();
    assert_eq!(desk.reconcile().await.counts["written"], 2);
    desk.assert_in_order(&names);
    let config = desk.config("users");
    assert_eq!(config["name"], old[0]);
    assert_eq!(config["params"]["data_path"], PATH);
    assert_eq!(
        config["scheduleOptions"]["disableAutoScheduling"], true,
        "{config}"
    );
    assert_eq!(
        desk.night.bigquery.secret(&old[0]).as_deref(),
        Some("very-secret")
    );
    desk.writes();
    assert_eq!(desk.reconcile().await.counts["written"], 0);
}

#[tokio::test]
async fn two_configs_of_one_table_are_refused_by_name_before_anything_is_written() {
    let desk = Desk::of(&["users", "orders"]).await;
    desk.night.bigquery.add_dataset(DATASET, "asia-northeast1");
    let twins = [1, 2].map(|_| {
        desk.night
            .bigquery
            .add_config("asia-northeast1", of_the_article("users"))
    });
    let (exit, words) = desk.refusal().await;
    assert_eq!(exit, Exit::Refused);
    assert!(twins.iter().all(|name| words.contains(name)), "{words}");
    assert!(words.contains("app-users-transfer"), "{words}");
    assert_eq!(desk.writes(), [""; 0]);
    desk.night.bigquery.remove_config(&twins[1]);
    desk.reconcile().await;
    desk.assert_in_order(&["orders", "users"]);
}

#[tokio::test]
async fn what_is_not_wanted_any_more_is_reported_disabled_or_deleted() {
    for (policy, left, disabled, warnings) in [
        ("report", 2, false, 1),
        ("disable", 2, true, 0),
        ("delete", 1, false, 0),
    ] {
        let mut desk = Desk::of(&["users", "gone"]).await;
        desk.reconcile().await;
        desk.list(&["users"]);
        desk.night.set("UNWANTED", policy);
        assert!(
            desk.check()
                .await
                .unwrap()
                .contains("`app.gone` is not wanted")
        );
        let report = desk.reconcile().await;
        assert_eq!(report.warnings.len(), warnings, "{report:?}");
        let configs = desk.night.bigquery.configs();
        assert_eq!(configs.len(), left);
        let gone = configs.iter().find(|config| destination(config) == "gone");
        assert_eq!(
            gone.is_some_and(|config| config["disabled"] == true),
            disabled
        );
        assert_eq!(desk.check().await.is_none(), policy != "report");
        assert_eq!(
            desk.night.bigquery.tables(DATASET),
            ["gone", "users"],
            "tables stay"
        );
        desk.writes();
        assert_eq!(desk.reconcile().await.counts["written"], 0);
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

#[tokio::test]
async fn a_dry_run_prints_the_plan_with_the_next_runs_path_and_touches_nothing() {
    let desk = Desk::of(&["users"]).await;
    let report = only(desk.ask(&json!({ "dryRun": true })).await);
    assert_eq!(
        (report.state, report.counts["writes"]),
        (RunState::Planned, 3)
    );
    let plan = report.plan.unwrap();
    assert_eq!(plan["configs"][0]["action"], "create");
    assert_eq!(
        plan["configs"][0]["nextDataPath"],
        "s3://exports/export-id-prod-app-db-20261121/app/app.users/*.parquet"
    );
    assert!(
        !plan.to_string().contains("AKIA") && !plan.to_string().contains("secret"),
        "{plan}"
    );
    assert_eq!(desk.writes(), [""; 0]);
    let kept = std::fs::read_dir(desk.night.folder.path()).unwrap();
    assert_eq!(kept.count(), 1, "no record is made");
}

#[tokio::test]
async fn a_source_or_a_date_beside_what_is_of_all_is_refused_by_name() {
    let desk = Desk::of(&["users"]).await;
    for kind in ["reconcile", "check", "dryRun"] {
        for (key, value) in [("source", "app-db"), ("date", "2026-11-21")] {
            match desk.ask(&json!({ kind: true, key: value })).await {
                function_core::Outcome::Drop(failure) => {
                    assert_eq!(failure.exit, Exit::Usage);
                    let words = format!("`{key}` does not go with `reconcile`");
                    assert!(failure.error.contains(&words), "{failure:?}");
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(desk.night.bigquery.requests().len(), 0);
}

#[tokio::test]
async fn a_message_of_another_prefix_changes_every_path_and_is_remembered() {
    let night = Night::new().await;
    let export = Export::of("20261121").put(&night.bigquery);
    done(night.send("m-1", &export.message()).await);
    night.bigquery.finish_runs();
    night.tell_ends().await;
    night.wait(60);
    let retried = Export::of("20261121").retried(2).put(&night.bigquery);
    done(night.send("m-2", &retried.message()).await);
    for config in night.bigquery.configs() {
        let path = config["params"]["data_path"].as_str().unwrap();
        assert!(path.contains(r#"-{run_time+9h|"%Y%m%d"}-2/"#), "{path}");
    }
    let report = only(night.send("o-1", &json!({ "reconcile": true })).await);
    assert_eq!(report.counts["written"], 0);
}

#[tokio::test]
async fn tables_of_postgresql_have_their_schemas_in_front() {
    let night = Night::new().await;
    let mut message = Export::of("20261121").message();
    message["engine"] = "aurora-postgresql".into();
    let table = |schema: &str, table: &str| json!({ "database": "app", "schema": schema, "table": table, "rows": 1, "bytes": 1, "files": 1 });
    message["tables"] = json!([table("public", "users"), table("audit", "users")]);
    done(night.send("m-1", &message).await);
    let configs = night.bigquery.configs();
    let path = |name: &str| {
        let config = configs
            .iter()
            .find(|config| destination(config) == name)
            .unwrap();
        config["params"]["data_path"].as_str().unwrap().to_owned()
    };
    assert!(path("users").ends_with("/app/public.users/*.parquet"));
    assert!(path("audit_users").ends_with("/app/audit.users/*.parquet"));
}

#[tokio::test]
async fn a_list_at_fault_is_refused_with_its_lines() {
    let desk = Desk::of(&["users"]).await;
    desk.write("users\nuser s\n\nusers\n");
    let (exit, words) = desk.refusal().await;
    assert_eq!(exit, Exit::Usage);
    assert!(
        words.contains("line 2 is `user s`") && words.contains("line 4 names `users` again"),
        "{words}"
    );
    desk.write("# nothing\n");
    let (exit, words) = desk.refusal().await;
    assert_eq!(exit, Exit::Refused);
    assert!(words.contains("no table is wanted"), "{words}");
    assert_eq!(
        desk.night
            .bigquery
            .requests()
            .iter()
            .filter(|seen| seen.method != "GET")
            .count(),
        0
    );
}

#[tokio::test]
async fn without_a_message_and_a_list_nothing_is_known() {
    let night = Night::new().await;
    match night.send("o-1", &json!({ "reconcile": true })).await {
        function_core::Outcome::Drop(failure) => {
            assert!(
                failure.error.contains("no message told of an export yet"),
                "{failure:?}"
            );
        }
        other => panic!("{other:?}"),
    }
}
