use std::fs;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

#[tokio::test]
async fn the_binary_says_in_one_line_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let mut simulator = Command::new(env!("CARGO_BIN_EXE_simulators"))
        .args([
            "kintone",
            "--https",
            "--records",
            "700",
            "--token",
            "secret",
            "--ca-out",
        ])
        .arg(&ca)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(simulator.stdout.take().unwrap()).lines();
    let ready: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();

    let ca = reqwest::Certificate::from_pem(&fs::read(ready["ca"].as_str().unwrap()).unwrap());
    let client = reqwest::Client::builder()
        .tls_certs_only([ca.unwrap()])
        .build()
        .unwrap();
    let (url, app) = (ready["url"].as_str().unwrap(), &ready["app"]);
    let url = format!("{url}/k/v1/records.json?app={app}&totalCount=true");
    let request = client
        .get(url)
        .header("X-Cybozu-API-Token", ready["token"].as_str().unwrap());
    let body: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(body["totalCount"], "700");
}
