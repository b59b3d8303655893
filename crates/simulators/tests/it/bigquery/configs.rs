//! Configs made, found and removed.

use serde_json::json;
use simulators::bigquery::Options;

use super::{DATASET, NOW, Night, PARENT, at, config};

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
    night.assert_no_violation();
}

#[tokio::test]
async fn names_carry_the_number_of_the_project_and_either_finds_them() {
    let night = Night::start();
    let name = night.create(config("users")).await;
    assert!(name.starts_with("projects/123456789012/locations/asia-northeast1/transferConfigs/"));
    let by_id = name.replace("123456789012", "demo-project");
    for name in [&name, &by_id] {
        let (status, told) = night.get(&format!("/v1/{name}")).await;
        assert_eq!(
            (status, &told["displayName"]),
            (200, &json!("app-users-transfer"))
        );
    }
    let (status, _) = night.get("/v1/projects/another/transferConfigs").await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn a_config_is_there_twice_when_it_is_made_twice() {
    let night = Night::start();
    night.create(config("users")).await;
    night.create(config("users")).await;
    assert_eq!(night.bigquery.configs().len(), 2);
}

#[tokio::test]
async fn a_config_lives_where_its_dataset_is() {
    let night = Night::start();
    night.bigquery.add_dataset("elsewhere", "US");
    let mut other = config("users");
    other["destinationDatasetId"] = json!("elsewhere");
    let (status, refused) = night.post(PARENT, other.clone()).await;
    assert_eq!(status, 400);
    assert_eq!(
        refused["error"]["message"],
        "Cannot create a transfer in REGION_ASIA_NORTHEAST_1 when destination dataset is located in JURISDICTION_US"
    );
    // A dash stands for the dataset's own location, and no location for the US.
    for parent in ["projects/demo-project/locations/-", "projects/demo-project"] {
        let (status, made) = night
            .post(&format!("/v1/{parent}/transferConfigs"), other.clone())
            .await;
        assert_eq!(status, 200, "{made}");
        assert_eq!(made["datasetRegion"], "us");
        let there = made["name"].as_str().unwrap().to_owned();
        let here = there.replace("locations/us", "locations/asia-northeast1");
        assert_eq!(night.get(&format!("/v1/{there}")).await.0, 200);
        assert_eq!(night.get(&format!("/v1/{here}")).await.0, 404);
    }
    let (_, here) = night.get(PARENT).await;
    assert_eq!(here, json!({}));
    night.assert_no_violation();
}

#[tokio::test]
async fn a_wish_that_makes_no_sense_is_refused() {
    let night = Night::start();
    let cases = [
        ("dataSourceId", json!("google_cloud_storage"), 404),
        ("destinationDatasetId", json!("absent"), 404),
        ("displayName", json!(""), 400),
        ("schedule", json!("0 17 * * *"), 400),
        ("scheduleOptionsV2", json!({ "manualSchedule": {} }), 400),
        (
            "paramConfig",
            json!({ "secretManagerManagedParams": ["secret_access_key"] }),
            400,
        ),
    ];
    for (key, value, expected) in cases {
        let mut wrong = config("users");
        wrong[key] = value;
        if key == "schedule" {
            wrong["scheduleOptions"] = json!({});
        }
        let (status, answer) = night.post(PARENT, wrong).await;
        assert_eq!(status, expected, "{key}: {answer}");
    }
    let parameters = [
        ("secret_access_key", json!(null)),
        ("access_key_id", json!("")),
        ("data_path", json!("gs://backups/*")),
        ("data_path", json!(r#"s3://{run_time|"%Y"}/*"#)),
        ("data_path", json!("s3://backups/{run_day}/*")),
        ("file_format", json!("PARKET")),
        ("write_disposition", json!("WRITE_EMPTY")),
        ("write_dispositoin", json!("WRITE_TRUNCATE")),
    ];
    for (id, value) in parameters {
        let mut wrong = config("users");
        wrong["params"][id] = value;
        let (status, answer) = night.post(PARENT, wrong).await;
        assert_eq!(status, 400, "{id}: {answer}");
    }
    assert!(night.bigquery.configs().is_empty());
}

#[tokio::test]
async fn a_config_that_says_nothing_runs_every_day() {
    let night = Night::start();
    let mut silent = config("users");
    silent.as_object_mut().unwrap().remove("scheduleOptions");
    let (_, made) = night.post(PARENT, silent).await;
    assert_eq!(made["schedule"], "every 24 hours");
    assert_eq!(
        at(made["nextRunTime"].as_str().unwrap()),
        at("2026-11-22T17:00:00Z")
    );
    let (_, manual) = night.post(PARENT, config("users")).await;
    assert!(manual.get("nextRunTime").is_none(), "{manual}");
}

#[tokio::test]
async fn the_service_account_owns_what_is_created_for_it() {
    let night = Night::start();
    let account = "transfer@demo-project.iam.gserviceaccount.com";
    let (_, made) = night
        .post(
            &format!("{PARENT}?serviceAccountName={account}"),
            config("users"),
        )
        .await;
    let name = made["name"].as_str().unwrap();
    let (_, told) = night.get(&format!("/v1/{name}")).await;
    assert_eq!(told["ownerInfo"]["email"], account);
    assert_eq!(
        night.bigquery.service_account(name).as_deref(),
        Some(account)
    );
}

#[tokio::test]
async fn a_removed_config_takes_its_runs_along() {
    let night = Night::start();
    let name = night.create(config("users")).await;
    let run = night.run(&name, NOW).await;
    assert_eq!(
        night.ask("DELETE", &format!("/v1/{name}"), None).await,
        (200, json!({}))
    );
    assert_eq!(night.get(&format!("/v1/{name}")).await.0, 404);
    assert_eq!(night.get(&format!("/v1/{run}")).await.0, 404);
    assert!(night.bigquery.runs().is_empty());
}

#[tokio::test]
async fn the_data_source_tells_whether_the_secret_may_be_in_secret_manager() {
    for allowed in [false, true] {
        let night = Night::with(Options {
            secret_manager_allowed: allowed,
            ..Options::default()
        });
        let path = "/v1/projects/demo-project/locations/asia-northeast1/dataSources/amazon_s3";
        let (_, source) = night.get(path).await;
        let mut parameters = source["parameters"].as_array().unwrap().iter();
        let secret = parameters
            .find(|parameter| parameter["paramId"] == "secret_access_key")
            .unwrap();
        assert_eq!(secret["secretManagerAllowed"] == json!(true), allowed);
        let mut managed = config("users");
        managed["paramConfig"] = json!({ "secretManagerManagedParams": ["secret_access_key"] });
        let (status, _) = night.post(PARENT, managed).await;
        assert_eq!(status == 200, allowed);
    }
}

#[tokio::test]
async fn what_somebody_did_by_hand_is_seen() {
    let night = Night::start();
    let name = night
        .bigquery
        .add_config("asia-northeast1", config("users"));
    night.bigquery.edit_config(&name, |fields| {
        fields.insert("displayName".to_owned(), json!("mine"));
    });
    let (_, told) = night.get(&format!("/v1/{name}")).await;
    assert_eq!(
        (&told["displayName"], &told["destinationDatasetId"]),
        (&json!("mine"), &json!(DATASET))
    );
    assert!(!told.to_string().contains("hush"), "{told}");
    night.bigquery.remove_config(&name);
    assert_eq!(night.get(&format!("/v1/{name}")).await.0, 404);
}
