use std::time::Duration;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use simulators::Kintone;
use simulators::kintone::{App, Field, FieldType, Options};

use crate::api::{call, request};

async fn upload(kintone: &Kintone, app: u64, name: &str, content: &'static [u8]) -> String {
    let form = Form::new().part("file", Part::bytes(content).file_name(name.to_owned()));
    let request = request(kintone, &kintone.token(app), Method::POST, "file.json").multipart(form);
    let body = request.send().await.unwrap().json::<Value>().await.unwrap();
    body["fileKey"].as_str().unwrap().to_owned()
}

async fn attach(kintone: &Kintone, app: u64, id: u64, keys: &[&str]) -> (u16, Value) {
    let files = keys
        .iter()
        .map(|key| json!({ "fileKey": key }))
        .collect::<Vec<_>>();
    let body = json!({ "app": app, "id": id, "record": { "file": { "value": files } } });
    call(
        kintone,
        &kintone.token(app),
        Method::PUT,
        "record.json",
        body,
    )
    .await
}

fn app_with_files() -> App {
    let app = App::new("files").field(Field::new("file", FieldType::File));
    let file = |name: &str| json!({ "file": { "value": [{ "name": name, "content": name }] } });
    app.record(file("../../../x")).record(file("b.txt"))
}

fn key(kintone: &Kintone, app: u64, id: u64, index: usize) -> String {
    let record = kintone.record(app, id).unwrap();
    record["file"]["value"][index]["fileKey"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_file_is_downloaded_by_the_key_of_its_record() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(app_with_files());
    let path = format!("file.json?fileKey={}", key(&kintone, app, 1, 0));
    let response = request(&kintone, &kintone.token(app), Method::GET, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["content-type"], "text/plain");
    assert_eq!(response.bytes().await.unwrap(), "../../../x");
}

#[tokio::test]
async fn an_upload_is_attached_with_a_new_key_beside_the_one_that_is_kept() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(app_with_files());
    let kept = key(&kintone, app, 1, 0);
    let uploaded = upload(&kintone, app, "表.txt", b"\r\n--x\0").await;
    assert_eq!(attach(&kintone, app, 1, &[&kept, &uploaded]).await.0, 200);
    let new = key(&kintone, app, 1, 1);
    assert_ne!(new, uploaded);
    assert_eq!(key(&kintone, app, 1, 0), kept);
    assert_eq!(kintone.content(&new).unwrap(), &b"\r\n--x\0"[..]);
    assert_eq!(
        kintone.record(app, 1).unwrap()["file"]["value"][1]["name"],
        json!("表.txt")
    );
}

#[tokio::test]
async fn the_key_of_another_record_attaches_nothing() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(app_with_files());
    let other = key(&kintone, app, 2, 0);
    let (status, body) = attach(&kintone, app, 1, &[&other]).await;
    assert_eq!((status, &body["code"]), (404, &json!("GAIA_BL01")));
}

#[tokio::test]
async fn an_upload_is_kept_for_three_days() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(app_with_files());
    let uploaded = upload(&kintone, app, "late.txt", b"late").await;
    kintone.advance(Duration::from_hours(72));
    assert_eq!(attach(&kintone, app, 1, &[&uploaded]).await.0, 404);
}

#[tokio::test]
async fn an_upload_is_attached_once_and_a_refusal_does_not_use_it_up() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(app_with_files());
    let uploaded = upload(&kintone, app, "new.txt", b"new").await;
    let refused = [uploaded.as_str(), "unknown"];
    assert_eq!(attach(&kintone, app, 1, &refused).await.0, 404);
    let twice = [uploaded.as_str(), uploaded.as_str()];
    assert_eq!(attach(&kintone, app, 1, &twice).await.0, 404);
    assert_eq!(kintone.waiting_uploads(), 1);
    assert_eq!(attach(&kintone, app, 1, &[&uploaded]).await.0, 200);
    assert_eq!(attach(&kintone, app, 2, &[&uploaded]).await.0, 404);
    assert_eq!(kintone.waiting_uploads(), 0);
}

#[tokio::test]
async fn every_attached_file_is_listed_with_its_place_and_content() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::all_types());
    let found = kintone.attachments(app);
    let places: Vec<_> = found
        .iter()
        .map(|file| (file.record, file.field.as_str(), file.name.as_str()))
        .collect();
    assert_eq!(
        places,
        [
            (1, "file", "a.txt"),
            (1, "file", "a.txt"),
            (1, "file", "日本語.txt"),
            (1, "tbl[0].t_file", "t.txt"),
        ]
    );
    assert_eq!(found[2].content, "三つめ");
}
