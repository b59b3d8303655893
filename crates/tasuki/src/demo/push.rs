//! What Pub/Sub sends to the function in the cloud.

use std::net::SocketAddr;

use function_core::Clock;
use serde_json::json;

use super::Fault;

/// How the function answered.
pub(crate) struct Answer {
    /// The message's id, which the manifest of its run repeats.
    pub(crate) message: String,
    /// Pub/Sub would not deliver the message again.
    pub(crate) is_acknowledged: bool,
    pub(crate) status: u16,
}

/// Sends the push message that Cloud Scheduler causes: empty, for what is due.
pub(crate) async fn send(address: SocketAddr) -> Result<Answer, Fault> {
    let now = Clock::system().now();
    let id = now.as_millisecond().to_string();
    let message = json!({
        "message": {
            "data": "e30=",
            "messageId": id,
            "publishTime": now.to_string(),
        },
        "subscription": "projects/demo/subscriptions/tasuki-demo",
    });
    let response = reqwest::Client::new()
        .post(format!("http://{address}/"))
        .json(&message)
        .send()
        .await?;
    let status = response.status().as_u16();
    let is_acknowledged = matches!(status, 200 | 204);
    Ok(Answer {
        message: id,
        is_acknowledged,
        status,
    })
}
