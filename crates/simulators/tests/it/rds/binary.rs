use std::time::{Duration, Instant};

use simulators::Objects;
use test_services::Moto;

use super::{SIGNED, wanted};
use crate::process::Process;

#[tokio::test]
async fn the_binary_says_where_it_is_and_an_export_is_there_after_seconds() {
    let moto = Moto::start("unused").await.unwrap();
    let arguments = "rds --bucket night --speed 1800 --s3";
    let simulator = Process::start(&format!("{arguments} {}", moto.address())).await;
    assert_eq!(simulator.ready["cluster"], "app-db");

    let snapshot = simulator.word("snapshot");
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("Action", "StartExportTask"), ("Version", "2014-10-31")])
        .extend_pairs(wanted("tonight", snapshot))
        .finish();
    let request = reqwest::Client::new()
        .post(simulator.word("url"))
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
        assert!(started.elapsed() < Duration::from_mins(1));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
