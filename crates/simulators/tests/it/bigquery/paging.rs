//! Lists come in pages.

use std::collections::BTreeSet;

use simulators::bigquery::Options;

use super::{Night, PARENT, config};

#[tokio::test]
async fn every_config_is_on_one_page_of_several() {
    let night = Night::start();
    for number in 0..7 {
        night
            .bigquery
            .add_config("asia-northeast1", config(&format!("t{number}")));
    }
    night.bigquery.add_config("us", config("elsewhere"));
    let mut names = BTreeSet::new();
    let (mut pages, mut token) = (0, String::new());
    loop {
        let path = format!("{PARENT}?pageSize=3&dataSourceIds=amazon_s3&pageToken={token}");
        let (_, page) = night.get(&path).await;
        pages += 1;
        for config in page["transferConfigs"].as_array().unwrap() {
            assert!(names.insert(config["displayName"].to_string()));
        }
        match page["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!((pages, names.len()), (3, 7));
    night.assert_no_violation();
}

#[tokio::test]
async fn a_page_never_holds_more_than_the_most() {
    let night = Night::with(Options {
        most_on_page: 2,
        ..Options::default()
    });
    for number in 0..3 {
        night
            .bigquery
            .add_config("asia-northeast1", config(&format!("t{number}")));
    }
    for query in ["", "?pageSize=0", "?pageSize=1000"] {
        let (_, page) = night.get(&format!("{PARENT}{query}")).await;
        assert_eq!(page["transferConfigs"].as_array().unwrap().len(), 2);
        assert!(page["nextPageToken"].is_string());
    }
    let others = format!("{PARENT}?dataSourceIds=google_cloud_storage");
    assert_eq!(night.get(&others).await.1, serde_json::json!({}));
}

#[tokio::test]
async fn a_token_is_good_for_its_list_only() {
    let night = Night::start();
    for number in 0..3 {
        night
            .bigquery
            .add_config("asia-northeast1", config(&format!("t{number}")));
    }
    let (_, page) = night.get(&format!("{PARENT}?pageSize=1")).await;
    let token = page["nextPageToken"].as_str().unwrap();
    let elsewhere = PARENT.replace("asia-northeast1", "us");
    for path in [
        format!("{elsewhere}?pageToken={token}"),
        format!("{PARENT}?pageToken=made-up"),
    ] {
        assert_eq!(night.get(&path).await.0, 400);
    }
}

#[tokio::test]
async fn tables_come_in_pages_with_their_number() {
    let night = Night::start();
    for number in 0..4 {
        night
            .bigquery
            .add_table(super::DATASET, &format!("t{number}"), 0);
    }
    let path = format!(
        "/bigquery/v2/projects/demo-project/datasets/{}/tables",
        super::DATASET
    );
    let (_, first) = night.get(&format!("{path}?maxResults=3")).await;
    assert_eq!(
        (
            first["tables"].as_array().unwrap().len(),
            &first["totalItems"]
        ),
        (3, &5.into())
    );
    let token = first["nextPageToken"].as_str().unwrap();
    let (_, last) = night
        .get(&format!("{path}?maxResults=3&pageToken={token}"))
        .await;
    assert_eq!(last["tables"].as_array().unwrap().len(), 2);
    assert!(last.get("nextPageToken").is_none());
}
