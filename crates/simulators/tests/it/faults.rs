use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use simulators::kintone::{App, FILTER_ABORTED, Options};
use simulators::{Effect, Hold, Kintone, When};

use crate::api::{get, ids, request};

const SEEK: &str = "$id > 0 order by $id asc limit 500";

#[tokio::test]
async fn only_the_scripted_request_fails() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article());
    kintone.script(
        When::path("records.json").nth(2),
        Effect::refuse(520, "GAIA_DA02"),
    );
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(get(&kintone, app, "records.json", SEEK).await.0);
    }
    assert_eq!(statuses, [200, 520, 200]);
}

#[tokio::test]
async fn throttling_says_when_to_come_again() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article());
    kintone.script(When::path(""), Effect::throttle("GAIA_TO04", 7));
    let path = format!("records.json?app={app}");
    let response = request(&kintone, &kintone.token(app), Method::GET, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            &response.headers()["retry-after"]
        ),
        (429, &"7".parse().unwrap())
    );
}

#[tokio::test]
async fn gateways_answer_without_json() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article());
    let cases = [
        Effect::html(503),
        Effect::text(503, "Service Unavailable"),
        Effect::not_json(),
    ];
    for effect in cases {
        kintone.clear_script();
        kintone.script(When::path(""), effect);
        let path = format!("records.json?app={app}");
        let request = request(&kintone, &kintone.token(app), Method::GET, &path);
        let text = request.send().await.unwrap().text().await.unwrap();
        assert!(
            serde_json::from_str::<serde_json::Value>(&text).is_err(),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_cut_connection_gives_no_answer_or_half_of_one() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article());
    let path = format!("records.json?app={app}");
    kintone.script(When::path("").nth(1), Effect::Cut);
    kintone.script(When::path("").nth(2), Effect::CutAfter(100));
    let send = || request(&kintone, &kintone.token(app), Method::GET, &path).send();
    assert!(send().await.is_err());
    let mut half = send().await.unwrap();
    assert_eq!(half.chunk().await.unwrap().unwrap().len(), 100);
    assert!(half.chunk().await.is_err());
    assert_eq!(send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_change_is_made_before_the_request_is_looked_at() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article());
    kintone.before(When::path("records.json").nth(2), move |domain| {
        domain.delete(app, &[2]);
        domain.insert(app, [&json!({ "company": { "value": "new" } })]);
    });
    assert_eq!(
        ids(&get(&kintone, app, "records.json", SEEK).await.1),
        [1, 2, 3, 4]
    );
    assert_eq!(
        ids(&get(&kintone, app, "records.json", SEEK).await.1),
        [1, 3, 4, 5]
    );
}

#[tokio::test]
async fn every_answer_tells_how_many_requests_run() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article());
    kintone.script(
        When::path("").nth(2),
        Effect::Header("x-concurrencylimit-running", "95".into()),
    );
    kintone.script(
        When::path("").nth(2),
        Effect::Header(FILTER_ABORTED.0, FILTER_ABORTED.1.into()),
    );
    let mut running = Vec::new();
    for path in [
        format!("records.json?app={app}"),
        format!("records.json?app={app}"),
        "none.json".to_owned(),
    ] {
        let response = request(&kintone, &kintone.token(app), Method::GET, &path)
            .send()
            .await
            .unwrap();
        assert_eq!(response.headers()["x-concurrencylimit-limit"], "100");
        running.push(
            response.headers()["x-concurrencylimit-running"]
                .to_str()
                .unwrap()
                .to_owned(),
        );
    }
    assert_eq!(running, ["1", "95", "1"]);
}

#[tokio::test]
async fn slow_requests_run_side_by_side_and_are_counted() {
    let kintone = Kintone::start(Options {
        latency: Duration::from_millis(200),
        ..Options::default()
    });
    let app = kintone.add_app(App::article());
    kintone.script(When::path(""), Effect::Together(4));
    let started = Instant::now();
    let reads = || get(&kintone, app, "records.json", SEEK);
    tokio::join!(reads(), reads(), reads(), reads());
    assert!(started.elapsed() >= Duration::from_millis(200));
    assert_eq!(kintone.max_running(), 4);
}

#[tokio::test]
async fn kept_alive_requests_share_a_connection() {
    let kintone = Kintone::start(Options {
        https: true,
        ..Options::default()
    });
    let app = kintone.add_app(App::article());
    let ca = reqwest::Certificate::from_pem(kintone.ca_pem().unwrap().as_bytes()).unwrap();
    let client = reqwest::Client::builder()
        .tls_certs_only([ca])
        .build()
        .unwrap();
    for _ in 0..3 {
        let url = format!("{}/k/v1/records.json?app={app}", kintone.base_url());
        let request = client
            .get(url)
            .header("X-Cybozu-API-Token", kintone.token(app));
        request.send().await.unwrap().bytes().await.unwrap();
    }
    let connections = kintone
        .requests()
        .iter()
        .map(|seen| seen.connection)
        .collect::<Vec<_>>();
    assert_eq!(connections, [1, 1, 1]);
}

#[tokio::test]
async fn a_failure_after_the_work_leaves_the_work_done() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article().without_records());
    let add = || {
        let body = json!({ "app": app, "record": {} });
        request(&kintone, &kintone.token(app), Method::POST, "record.json")
            .json(&body)
            .send()
    };
    let failures = [
        Effect::html(504),
        Effect::refuse(400, "GAIA_DA02"),
        Effect::Cut,
    ];
    for (count, failure) in (1..).zip(failures) {
        kintone.clear_script();
        kintone.script(When::path("record.json"), failure.clone());
        let before = add().await.map(|answer| answer.status());
        assert_eq!(kintone.count(app), count - 1, "{failure:?}");
        kintone.clear_script();
        kintone.script(When::path("record.json"), failure.clone().after_the_work());
        let after = add().await.map(|answer| answer.status());
        assert_eq!(kintone.count(app), count, "{failure:?}");
        // Whoever called can't tell the two apart.
        assert_eq!(before.ok(), after.ok(), "{failure:?}");
    }
}

#[tokio::test]
async fn a_request_that_is_held_does_its_work_once_it_is_let_go_and_an_unanswered_one_has_done_it()
{
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article().without_records());
    let hold = Hold::default();
    kintone.script(When::path("record.json").nth(1), Effect::Held(hold.clone()));
    kintone.script(When::path("record.json").nth(2), Effect::Unanswered);
    let add = || {
        let body = json!({ "app": app, "record": {} });
        let add = request(&kintone, &kintone.token(app), Method::POST, "record.json").json(&body);
        tokio::spawn(add.send())
    };
    let first = add();
    while kintone.running() < 1 {
        tokio::task::yield_now().await;
    }
    kintone.caught_up().await;
    assert_eq!(kintone.count(app), 0);
    hold.let_go();
    assert_eq!(first.await.unwrap().unwrap().status(), 200);
    assert_eq!(kintone.count(app), 1);
    let second = add();
    while kintone.count(app) < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(!second.is_finished());
    assert_eq!(kintone.running(), 1);
    second.abort();
}
