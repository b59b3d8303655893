//! Requests are held against Google's discovery documents.

use serde_json::json;
use simulators::BigQuery;
use simulators::bigquery::Options;

use super::{MIDNIGHT, Night, PARENT, config};

#[tokio::test]
async fn an_unknown_key_or_another_type_is_refused_and_kept() {
    let cases = [
        (
            "notificationTopic",
            json!("projects/p/topics/t"),
            "TransferConfig.notificationTopic: unknown key",
        ),
        (
            "disabled",
            json!("true"),
            "TransferConfig.disabled: a text is not a boolean",
        ),
        (
            "displayName",
            json!(7),
            "TransferConfig.displayName: a number is not a string",
        ),
        (
            "emailPreferences",
            json!({ "enable": true }),
            "TransferConfig.emailPreferences.enable: unknown key",
        ),
        (
            "state",
            json!("DONE"),
            "TransferConfig.state: a text is not of the enumeration",
        ),
        (
            "dataRefreshWindowDays",
            json!(1.5),
            "TransferConfig.dataRefreshWindowDays: a number is not an integer in its range",
        ),
    ];
    for (key, value, words) in cases {
        let night = Night::start();
        let mut wrong = config("users");
        wrong[key] = value;
        let (status, answer) = night.post(PARENT, wrong).await;
        assert_eq!(
            (status, &answer["error"]["status"]),
            (400, &json!("INVALID_ARGUMENT"))
        );
        let violations = night.bigquery.violations();
        assert_eq!(
            violations,
            [format!(
                "bigquerydatatransfer.projects.locations.transferConfigs.create: {words}"
            )]
        );
        assert!(night.bigquery.configs().is_empty());
    }
}

#[tokio::test]
async fn a_wrong_time_is_a_violation_that_does_not_repeat_it() {
    let night = Night::start();
    let name = night.create(config("users")).await;
    let (status, _) = night
        .post(
            &format!("/v1/{name}:startManualRuns"),
            json!({ "requestedRunTime": "yesterday" }),
        )
        .await;
    assert_eq!(status, 400);
    let violations = night.bigquery.violations();
    assert!(
        violations[0].ends_with("the text is not of the format google-datetime"),
        "{violations:?}"
    );
    assert!(!violations[0].contains("yesterday"));
}

#[tokio::test]
async fn unknown_parameters_methods_and_bodies_are_violations() {
    let night = Night::start();
    let paths = [
        "?pagesize=3",
        "?pageSize=many",
        "?$fields2=name",
        "?filter=x",
    ];
    for path in paths {
        assert_eq!(night.get(&format!("{PARENT}{path}")).await.0, 400, "{path}");
    }
    assert_eq!(
        night
            .get("/v2/projects/demo-project/transferConfigs")
            .await
            .0,
        404
    );
    assert_eq!(night.ask("PUT", PARENT, Some(json!({}))).await.0, 404);
    assert_eq!(
        night
            .ask("GET", PARENT, Some(json!({ "pageSize": 3 })))
            .await
            .0,
        400
    );
    assert_eq!(
        night.bigquery.violations().len(),
        paths.len() + 3,
        "{:?}",
        night.bigquery.violations()
    );
}

#[tokio::test]
async fn what_every_google_api_takes_is_taken() {
    let night = Night::start();
    let query = "?alt=json&$prettyPrint=false&key=k&fields=transferConfigs&x__xgafv=2&page_size=3";
    assert_eq!(night.get(&format!("{PARENT}{query}")).await.0, 200);
    let snake = json!({ "requested_run_time": MIDNIGHT });
    let name = night.create(config("users")).await;
    assert_eq!(
        night
            .post(&format!("/v1/{name}:startManualRuns"), snake)
            .await
            .0,
        200
    );
    night.assert_no_violation();
}

#[tokio::test]
async fn enumerations_are_numbers_for_whoever_wants_them() {
    let night = Night::start();
    let name = night.create(config("users")).await;
    let run = night.run(&name, MIDNIGHT).await;
    let (_, seen) = night
        .get(&format!("/v1/{run}?$alt=json;enum-encoding=int"))
        .await;
    assert_eq!(seen["state"], 3);
    let (_, seen) = night
        .get(&format!("/v1/{run}?$alt=json;enum-encoding=int"))
        .await;
    assert_eq!(seen["state"], 4);
    let (_, log) = night
        .get(&format!(
            "/v1/{run}/transferLogs?$alt=json;enum-encoding=int&messageTypes=1"
        ))
        .await;
    assert_eq!(log["transferMessages"][0]["severity"], 1);
    let (_, runs) = night.get(&format!("/v1/{name}/runs?states=4")).await;
    assert_eq!(runs["transferRuns"].as_array().unwrap().len(), 1);
    night.assert_no_violation();
}

#[test]
fn without_the_documents_it_says_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    let documents = Some(folder.path().to_owned());
    let error = BigQuery::try_start(Options {
        documents,
        ..Options::default()
    });
    let words = error.unwrap_err().to_string();
    assert!(words.contains("bigquerydatatransfer.v1.json"), "{words}");
    assert!(
        words.contains("install the Python package google-api-python-client"),
        "{words}"
    );
}

#[tokio::test]
async fn the_documents_are_served_with_this_server_in_them() {
    let night = Night::start();
    for (version, path) in [("v1", ""), ("v2", "bigquery/v2/")] {
        let (_, document) = night
            .get(&format!("/$discovery/rest?version={version}"))
            .await;
        let root = format!("{}/", night.bigquery.address());
        assert_eq!(document["rootUrl"], root);
        assert_eq!(document["baseUrl"], format!("{root}{path}"));
    }
}
