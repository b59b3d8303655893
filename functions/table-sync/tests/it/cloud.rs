//! As it is deployed: plans in Cloud Storage, the page on a port, and the job beside it.

use std::process::Stdio;
use std::time::Duration;

use table_sync::PlanState;
use test_services::{Browser, BrowserSetup, FakeGcsServer, free_port};

use crate::databases::OneServer;
use crate::desk::{ALL, Desk, PERSON, counts};
use crate::process::{program, words};
use crate::shop::LOGIN_SECRET;

const ITEM: &str = "CREATE TABLE item (id int PRIMARY KEY, name text)";

/// Two databases, and a bucket for plans.
async fn desk() -> (Desk<OneServer>, FakeGcsServer) {
    let server = FakeGcsServer::start("plans").await.unwrap();
    let desk = Desk::of(OneServer::start(), ITEM)
        .set("STORAGE_EMULATOR_HOST", server.address())
        .set("PLANS_URL", "gs://plans/shop");
    desk.source("INSERT INTO item SELECT n, 'name' FROM generate_series(1, 3000) AS n");
    (desk, server)
}

#[tokio::test]
async fn a_plan_in_cloud_storage_is_made_applied_and_undone() {
    let (mut desk, _server) = desk().await;
    let summary = desk.diff().await;
    assert_eq!(counts(&summary), "insert 3000");
    desk.apply(&summary, &ALL).await.unwrap();
    assert_eq!(desk.target("SELECT count(*) FROM item"), "3000");
    desk.undo(&summary).await.unwrap();
    assert_eq!(desk.target("SELECT count(*) FROM item"), "0");
    let plans = desk.sync().await.plans().await.unwrap();
    assert_eq!(plans.len(), 1);
    assert_eq!(plans[0].state, PlanState::Undone);
    assert_eq!(desk.folder.path().read_dir().unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn as_a_job_the_program_compares_and_as_a_service_it_shows_the_plan() {
    let (desk, _server) = desk().await;
    let job = [
        ("CLOUD_RUN_JOB", "shop-sync"),
        ("CLOUD_RUN_EXECUTION", "shop-sync-abcde"),
    ];
    let (code, said) = words(&program(&desk, &job).output().unwrap());
    assert_eq!(code, Some(3), "{said}");
    let count = [job[0], job[1], ("EVENT", r#"{"countOnly": true}"#)];
    let (code, said) = words(&program(&desk, &count).output().unwrap());
    assert_eq!(code, Some(3), "{said}");
    assert_eq!(desk.sync().await.plans().await.unwrap().len(), 1);

    let port = free_port().unwrap().to_string();
    let service = [
        ("PORT", port.as_str()),
        ("LOGIN_HEADER", "x-email"),
        ("LOGIN_SECRET", LOGIN_SECRET),
    ];
    let mut service = tokio::process::Command::from(program(&desk, &service));
    let _service = service
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let listening = async {
        while tokio::net::TcpStream::connect(format!("127.0.0.1:{port}"))
            .await
            .is_err()
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), listening)
        .await
        .unwrap();
    let browser = Browser::start(BrowserSetup::default()).await.unwrap();
    let headers = [("x-email", PERSON), ("x-login-secret", LOGIN_SECRET)];
    browser.send_headers(&headers).await.unwrap();
    browser
        .open(&format!("http://127.0.0.1:{port}/"))
        .await
        .unwrap();
    browser.click("table.list th a").await.unwrap();
    browser.click("button[name=then]").await.unwrap();
    browser.click("form.approve button").await.unwrap();
    browser.find(".state-applied").await.unwrap();
    assert_eq!(desk.target("SELECT count(*) FROM item"), "3000");
}
