use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use simulators::Objects;
use test_services::Moto;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use super::{SIGNED, wanted};

#[tokio::test]
async fn the_binary_says_where_it_is_and_an_export_is_there_after_seconds() {
    let moto = Moto::start("unused").await.unwrap();
    let mut simulator = Command::new(env!("CARGO_BIN_EXE_simulators"))
        .args(["rds", "--bucket", "night", "--speed", "1800", "--s3"])
        .arg(moto.address())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(simulator.stdout.take().unwrap()).lines();
    let ready: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
    assert_eq!(ready["cluster"], "app-db");

    let snapshot = ready["snapshot"].as_str().unwrap();
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("Action", "StartExportTask"), ("Version", "2014-10-31")])
        .extend_pairs(wanted("tonight", snapshot))
        .finish();
    let request = reqwest::Client::new()
        .post(ready["url"].as_str().unwrap())
        .header("authorization", SIGNED)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    assert_eq!(request.send().await.unwrap().status(), 200);

    // Nobody asks RDS; the files come by themselves.
    let objects = Objects::s3(moto.address());
    let started = Instant::now();
    while objects
        .get("night", "tonight/export_info_tonight.json")
        .is_err()
    {
        assert!(started.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
