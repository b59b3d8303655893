//! Datasets, tables and jobs of BigQuery.

use serde_json::{Value, json};

use super::{DATASET, Night};

const PROJECT: &str = "/bigquery/v2/projects/demo-project";

#[tokio::test]
async fn a_dataset_and_its_tables_are_made_and_found() {
    let night = Night::start();
    let dataset = json!({ "datasetReference": { "projectId": "demo-project", "datasetId": "made" }, "location": "asia-northeast1" });
    let (status, made) = night
        .post(&format!("{PROJECT}/datasets"), dataset.clone())
        .await;
    assert_eq!(
        (status, &made["location"]),
        (200, &json!("asia-northeast1"))
    );
    let (status, again) = night.post(&format!("{PROJECT}/datasets"), dataset).await;
    assert_eq!(
        (status, &again["error"]["message"]),
        (409, &json!("Already Exists: Dataset demo-project:made"))
    );

    let reference = json!({ "projectId": "demo-project", "datasetId": "made", "tableId": "users" });
    let tables = format!("{PROJECT}/datasets/made/tables");
    let (status, table) = night
        .post(&tables, json!({ "tableReference": reference }))
        .await;
    assert_eq!((status, &table["numRows"]), (200, &json!("0")));
    let (status, _) = night
        .post(&tables, json!({ "tableReference": reference }))
        .await;
    assert_eq!(status, 409);
    let (_, listed) = night.get(&tables).await;
    assert_eq!(listed["tables"][0]["tableReference"], reference);
    assert!(listed["tables"][0].get("numRows").is_none(), "{listed}");

    assert_eq!(
        night
            .ask("DELETE", &format!("{tables}/users"), None)
            .await
            .0,
        200
    );
    let (status, gone) = night.get(&format!("{tables}/users")).await;
    assert_eq!(
        (status, &gone["error"]["message"]),
        (404, &json!("Not found: Table demo-project:made.users"))
    );
    assert_eq!(
        night.get(&format!("{PROJECT}/datasets/absent")).await.0,
        404
    );
    night.assert_no_violation();
}

#[tokio::test]
async fn names_are_of_what_bigquery_takes() {
    let night = Night::start();
    let tables = format!("{PROJECT}/datasets/{DATASET}/tables");
    for (name, expected) in [("顧客-Über_1", 200), ("a.b", 400), ("a$b", 400), ("", 400)] {
        let reference =
            json!({ "projectId": "demo-project", "datasetId": DATASET, "tableId": name });
        let (status, answer) = night
            .post(&tables, json!({ "tableReference": reference }))
            .await;
        assert_eq!(status, expected, "{name}: {answer}");
    }
    let (status, _) = night
        .get(&format!("{tables}/%E9%A1%A7%E5%AE%A2-%C3%9Cber_1"))
        .await;
    assert_eq!(status, 200);
    let dashed = json!({ "datasetReference": { "datasetId": "a-b" } });
    assert_eq!(
        night.post(&format!("{PROJECT}/datasets"), dashed).await.0,
        400
    );
}

fn truncate(job: &str, table: &str) -> Value {
    let query = format!("TRUNCATE TABLE `demo-project.{DATASET}.{table}`");
    json!({
        "jobReference": { "projectId": "demo-project", "jobId": job, "location": "asia-northeast1" },
        "configuration": { "query": { "query": query, "useLegacySql": false } },
    })
}

#[tokio::test]
async fn a_job_truncates_a_table_once() {
    let night = Night::start();
    let jobs = format!("{PROJECT}/jobs");
    let (status, job) = night.post(&jobs, truncate("once", "users")).await;
    assert_eq!((status, &job["status"]["state"]), (200, &json!("DONE")));
    assert_eq!(night.rows("users"), Some(0));

    night.bigquery.add_table(DATASET, "users", 9);
    let (status, again) = night.post(&jobs, truncate("once", "users")).await;
    assert_eq!(status, 409);
    assert_eq!(
        again["error"]["message"],
        "Already Exists: Job demo-project:asia-northeast1.once"
    );
    assert_eq!(night.rows("users"), Some(9));

    // Outside the US and the EU, a job is found in its location only.
    assert_eq!(night.get(&format!("{jobs}/once")).await.0, 404);
    let (status, told) = night
        .get(&format!("{jobs}/once?location=asia-northeast1"))
        .await;
    assert_eq!(
        (status, &told["jobReference"]["jobId"]),
        (200, &json!("once"))
    );
    night.assert_no_violation();
}

#[tokio::test]
async fn a_job_that_cannot_truncate_says_why() {
    let night = Night::start();
    let (status, job) = night
        .post(&format!("{PROJECT}/jobs"), truncate("one", "absent"))
        .await;
    assert_eq!(
        (status, &job["status"]["errorResult"]["reason"]),
        (200, &json!("notFound"))
    );

    let mut far = truncate("two", "users");
    far["jobReference"]["location"] = json!("US");
    let (_, job) = night.post(&format!("{PROJECT}/jobs"), far).await;
    let words = "Not found: Dataset demo-project:app_prod_rds_data was not found in location US";
    assert_eq!(job["status"]["errorResult"]["message"], words);

    // Legacy SQL, which is the default, knows no TRUNCATE.
    let legacy = json!({ "query": format!("TRUNCATE TABLE {DATASET}.users") });
    assert_eq!(
        night.post(&format!("{PROJECT}/queries"), legacy).await.0,
        400
    );
    assert_eq!(night.rows("users"), Some(3));
}

#[tokio::test]
async fn a_query_waits_for_its_end() {
    let night = Night::start();
    let query = json!({ "query": "truncate table users;", "useLegacySql": false, "defaultDataset": { "datasetId": DATASET } });
    let (status, done) = night.post(&format!("{PROJECT}/queries"), query).await;
    assert_eq!((status, &done["jobComplete"]), (200, &json!(true)));
    assert_eq!(night.rows("users"), Some(0));
    let job = done["jobReference"]["jobId"].as_str().unwrap();
    let (status, _) = night
        .get(&format!("{PROJECT}/queries/{job}?location=asia-northeast1"))
        .await;
    assert_eq!(status, 200);
    night.assert_no_violation();
}
