//! Exports of several databases: each leaves the configs of the others alone.

use function_core::Outcome;
use serde_json::{Value, json};

use crate::desk::destination;
use crate::night::{Night, done, dropped, only};

/// The message of an export of `source`, with tables `database.table`.
fn message(source: &str, date: &str, tables: &[&str]) -> Value {
    let tables = tables.iter().map(|key| {
        let (database, table) = key.split_once('.').unwrap();
        json!({ "database": database, "schema": database, "table": table, "rows": 1, "bytes": 1, "files": 1 })
    });
    let stamp = date.replace('-', "");
    json!({
        "function": "rds-snapshot-export", "source": source, "run": format!("{source}-{stamp}"), "logicalDate": date,
        "bucket": "exports", "prefix": format!("export-id-{source}-{stamp}"), "engine": "mysql",
        "tables": tables.collect::<Vec<_>>(), "newestFile": "2026-11-20T18:00:00Z",
    })
}

/// A night in which `a` has three tables, all loaded, and what is not wanted is deleted.
async fn night() -> Night {
    let mut night = Night::new().await;
    night.set("UNWANTED", "delete");
    done(send(&night, "a", &["app.users", "app.orders", "shop.items"]).await);
    night
}

async fn send(night: &Night, source: &str, tables: &[&str]) -> Outcome {
    night
        .send("m-1", &message(source, "2026-11-20", tables))
        .await
}

/// Where each table is read from: its export and its folder.
fn paths(night: &Night) -> Vec<String> {
    let configs = night.bigquery.configs();
    let mut paths: Vec<_> = configs
        .iter()
        .map(|config| {
            let path = config["params"]["data_path"].as_str().unwrap();
            let source = path.split('/').nth(3).unwrap().split('-').nth(2).unwrap();
            format!("{source} {}", destination(config))
        })
        .collect();
    paths.sort_unstable();
    paths
}

const OF_A: [&str; 3] = ["a items", "a orders", "a users"];

#[tokio::test]
async fn a_second_source_with_the_same_database_is_refused_with_both_names() {
    let night = night().await;
    assert_eq!(paths(&night), OF_A);
    let mut check = message("b", "2026-11-20", &["app.users"]);
    check["dryRun"] = true.into();
    for payload in [message("b", "2026-11-20", &["app.users"]), check] {
        let outcome = night.send("m-2", &payload).await;
        let words = format!("{outcome:?}");
        assert!(!words.contains("state: Verified"), "{words}");
        for part in [
            "`app` is in the exports of `a` and of `b`",
            "a DATASET and a RUNS_URL of its own",
        ] {
            assert!(words.contains(part), "{words}");
        }
        assert_eq!(paths(&night), OF_A);
    }
    let report = only(night.send("o-1", &json!({ "reconcile": true })).await);
    assert_eq!(report.counts["written"], 0, "what was refused is not kept");
    assert_eq!(night.bigquery.violations(), [""; 0]);
}

#[tokio::test]
async fn a_second_source_with_databases_of_its_own_leaves_the_firsts_configs_alone() {
    let night = night().await;
    done(send(&night, "b", &["crm.people", "crm.calls"]).await);
    let mut all = OF_A.map(str::to_owned).to_vec();
    all.extend(["b calls".to_owned(), "b people".to_owned()]);
    assert_eq!(paths(&night), all);
    let reports = done(night.send("o-1", &json!({ "reconcile": true })).await);
    assert!(
        reports.iter().all(|report| report.counts["written"] == 0),
        "{reports:?}"
    );
}

#[tokio::test]
async fn a_deployment_of_the_same_stack_with_another_dataset_is_left_alone() {
    let mut night = night().await;
    let all = ["app.users", "app.orders", "shop.items"];
    night.set("EXCLUDE", "app.orders,shop.*");
    done(night.send("o-1", &json!({ "reconcile": true })).await);
    assert_eq!(paths(&night), ["a users"]);
    night.set("EXCLUDE", "");
    night.set("INCLUDE", "app.orders");
    night.set("DATASET", "d2");
    let runs = night.folder.path().join("d2").display().to_string();
    night.set("RUNS_URL", &runs);
    done(send(&night, "a", &all).await);
    assert_eq!(paths(&night), ["a orders", "a users"]);
}

#[tokio::test]
async fn two_deployments_that_share_their_records_are_refused() {
    let mut night = night().await;
    night.set("DATASET", "d2");
    for request in ["reconcile", "check"] {
        let words = dropped(night.send("o-1", &json!({ request: true })).await);
        for part in [
            "reconcile-prod-app_prod_rds_data-00000000.json",
            "set a RUNS_URL of its own",
        ] {
            assert!(words.contains(part), "{words}");
        }
    }
    assert_eq!(night.bigquery.datasets().len(), 1);
}

#[tokio::test]
async fn what_a_source_does_not_have_any_more_is_unwanted_even_if_its_whole_database_is_gone() {
    let night = night().await;
    done(send(&night, "b", &["crm.people"]).await);
    night.wait(24 * 60);
    let next = message("a", "2026-11-21", &["app.users"]);
    done(night.send("m-3", &next).await);
    assert_eq!(paths(&night), ["a users", "b people"]);
}

#[tokio::test]
async fn a_source_that_took_the_place_of_another_is_taken_once_the_record_is_moved_away() {
    let night = night().await;
    let folder = night.folder.path().join("bigquery-transfer/0000/00/00");
    let record = folder.join("reconcile-prod-app_prod_rds_data-00000000.json");
    std::fs::remove_file(record).unwrap();
    done(send(&night, "b", &["app.users", "app.orders", "shop.items"]).await);
    assert_eq!(paths(&night), ["b items", "b orders", "b users"]);
}

#[tokio::test]
async fn a_listed_table_whose_database_is_gone_fails_the_day_and_keeps_its_config() {
    let mut night = night().await;
    let list = night.folder.path().join("target_tables.txt");
    std::fs::write(&list, "app.users\nshop.items\napp.typo\n").unwrap();
    night.set("TARGET_TABLES", &list.display().to_string());
    night.wait(24 * 60);
    done(
        night
            .send("m-3", &message("a", "2026-11-21", &["app.users"]))
            .await,
    );
    assert_eq!(
        paths(&night),
        ["a items", "a users"],
        "nothing is made for a table that is not there"
    );
    let record = night.record_of("a", "20261121");
    for key in ["shop.items", "app.typo"] {
        let words = record["checkpoint"]["tables"][key].to_string();
        assert!(
            words.contains("the verified export does not have it"),
            "{record}"
        );
    }
    assert!(record["checkpoint"]["tables"]["app.typo"].is_object());
}

#[tokio::test]
async fn a_record_that_is_something_else_is_named() {
    let night = night().await;
    let folder = night.folder.path().join("bigquery-transfer/0000/00/00");
    let record = folder.join("reconcile-prod-app_prod_rds_data-00000000.json");
    let mut content: Value = serde_json::from_slice(&std::fs::read(&record).unwrap()).unwrap();
    content["checkpoint"] = json!({ "exports": 1 });
    std::fs::write(&record, content.to_string()).unwrap();
    for request in ["reconcile", "check"] {
        let words = dropped(night.send("o-1", &json!({ request: true })).await);
        assert!(
            words.contains("00000000.json is not what this function keeps there"),
            "{words}"
        );
    }
}
