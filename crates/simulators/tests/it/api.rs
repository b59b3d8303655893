//! A small caller of the REST API.

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use simulators::Kintone;

/// Calls `method path`, with a token, and gives status and JSON.
pub(crate) async fn call(
    kintone: &Kintone,
    token: &str,
    method: Method,
    path: &str,
    body: Value,
) -> (u16, Value) {
    let response = request(kintone, token, method, path)
        .json(&body)
        .send()
        .await
        .unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}

/// The same request, not sent yet.
pub(crate) fn request(
    kintone: &Kintone,
    token: &str,
    method: Method,
    path: &str,
) -> RequestBuilder {
    let url = format!("{}/k/v1/{path}", kintone.base_url());
    reqwest::Client::new()
        .request(method, url)
        .header("X-Cybozu-API-Token", token)
}

/// Reads with the query of an address.
pub(crate) async fn get(kintone: &Kintone, app: u64, path: &str, query: &str) -> (u16, Value) {
    let path = format!("{path}?app={app}&query={}", encode(query));
    let response = request(kintone, &kintone.token(app), Method::GET, &path)
        .send()
        .await
        .unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}

fn encode(query: &str) -> String {
    url::form_urlencoded::byte_serialize(query.as_bytes()).collect()
}

/// The ids of a page.
pub(crate) fn ids(body: &Value) -> Vec<u64> {
    let records = body["records"].as_array().unwrap();
    records
        .iter()
        .map(|record| record["$id"]["value"].as_str().unwrap().parse().unwrap())
        .collect()
}
