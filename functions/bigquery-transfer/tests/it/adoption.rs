//! Configs that somebody else made, and those that nobody wants any more.

use function_core::Exit;
use serde_json::{Value, json};

use crate::configs::PATH;
use crate::desk::{Desk, destination};
use crate::night::DATASET;

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
