//! Configs made, found, changed and removed.

use serde_json::json;

use super::{Night, PARENT, config};

#[tokio::test]
async fn a_run_loads_what_its_path_matches() {
    let night = Night::start();
    let place = "export-20261122/app/app.users";
    night
        .bigquery
        .add_object("backups", &format!("{place}/1/part-0.gz.parquet"), 40);
    night
        .bigquery
        .add_object("backups", &format!("{place}/2/part-0.gz.parquet"), 2);
    night
        .bigquery
        .add_object("backups", &format!("{place}/1/_SUCCESS"), 0);
    let name = night.create(config("users")).await;
    let run = night.run(&name, "2026-11-21T15:00:00Z").await;
    let (_, first) = night.get(&format!("/v1/{run}")).await;
    assert_eq!(first["state"], "RUNNING", "{first}");
    let (_, second) = night.get(&format!("/v1/{run}")).await;
    assert_eq!(second["state"], "SUCCEEDED", "{second}");
    assert_eq!(night.bigquery.rows("app_prod_rds_data", "users"), Some(42));
    let (_, log) = night.get(&format!("/v1/{run}/transferLogs")).await;
    assert!(log.to_string().contains("Moved 2 object(s)"), "{log}");
    assert_eq!(night.bigquery.finished().len(), 1);
    assert_eq!(night.bigquery.violations(), [""; 0]);
}

#[tokio::test]
async fn the_secret_key_is_in_no_answer() {
    let night = Night::start();
    let (_, made) = night.post(PARENT, config("users")).await;
    let name = made["name"].as_str().unwrap();
    let (_, told) = night.get(&format!("/v1/{name}")).await;
    let (_, listed) = night.get(PARENT).await;
    for answer in [&made, &told, &listed] {
        assert!(!answer.to_string().contains("hush"), "{answer}");
        assert!(answer.to_string().contains("AKIAEXAMPLE"), "{answer}");
    }
    assert_eq!(night.bigquery.secret(name).as_deref(), Some("hush"));
}

#[tokio::test]
async fn an_unknown_key_is_refused_and_kept_as_a_violation() {
    let night = Night::start();
    let mut wrong = config("users");
    wrong["notificationTopic"] = json!("projects/demo-project/topics/finished");
    let (status, answer) = night.post(PARENT, wrong).await;
    assert_eq!(
        (status, &answer["error"]["status"]),
        (400, &json!("INVALID_ARGUMENT"))
    );
    let violations = night.bigquery.violations();
    assert_eq!(violations.len(), 1);
    assert!(
        violations[0].contains("TransferConfig.notificationTopic: unknown key"),
        "{violations:?}"
    );
    assert!(night.bigquery.configs().is_empty());
}
