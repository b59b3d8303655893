//! A chat's webhook.

use std::num::NonZeroU32;
use std::time::Duration;

use function_core::{Backoff, Retryable, Secret, retry};
use reqwest::{StatusCode, Url, redirect};
use serde_json::json;

/// How often a message is tried.
const ATTEMPTS: NonZeroU32 = NonZeroU32::new(3).unwrap();

/// How long one attempt may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What a right address looks like.
pub(crate) const ADDRESS_RULE: &str =
    "the address of a webhook starts with https:// (http:// only on this machine)";

/// A webhook that takes `{"text": "…"}`. Its address holds a token, so it is a secret.
#[derive(Clone, Debug)]
pub(crate) struct Webhook(Secret);

/// Why a message did not reach the chat. Never holds the address.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WebhookError {
    /// The chat answered, and not with success.
    #[error("the webhook answered with status {}; {repair}", .status.as_u16())]
    Refused {
        status: StatusCode,
        repair: &'static str,
    },
    /// The chat was not reached.
    #[error("the webhook was not reached")]
    Unreached { source: reqwest::Error },
}

impl Retryable for WebhookError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Refused { status, .. } => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
            Self::Unreached { .. } => true,
        }
    }
}

impl Webhook {
    /// The webhook at `address`, or `None` where [`ADDRESS_RULE`] is broken.
    pub(crate) fn new(address: Secret) -> Option<Self> {
        let url: Url = address.expose().parse().ok()?;
        let is_here = matches!(url.host_str()?, "127.0.0.1" | "[::1]" | "localhost");
        (url.scheme() == "https" || (url.scheme() == "http" && is_here)).then_some(Self(address))
    }

    /// Sends `text`.
    pub(crate) async fn send(&self, text: &str) -> Result<(), WebhookError> {
        let backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
        retry(ATTEMPTS, backoff, tokio::time::sleep, || self.attempt(text)).await
    }

    async fn attempt(&self, text: &str) -> Result<(), WebhookError> {
        // A notice is rare: a client is made for each, not kept by runs that need none.
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
            .build();
        let sending = client.map(|client| {
            client
                .post(self.0.expose())
                .json(&json!({ "text": text }))
                .send()
        });
        let status = match sending {
            Ok(sending) => sending.await.map(|response| response.status()),
            Err(error) => Err(error),
        };
        match status.map_err(|error| WebhookError::Unreached {
            source: error.without_url(),
        })? {
            status if status.is_success() => Ok(()),
            status => Err(WebhookError::Refused {
                status,
                repair: repair(status),
            }),
        }
    }
}

/// What a person can do about a refusal.
fn repair(status: StatusCode) -> &'static str {
    match status.as_u16() {
        429 | 500.. => "the chat is busy",
        _ => "make a new webhook in the chat and set NOTIFY_WEBHOOK_FILE or NOTIFY_WEBHOOK to it",
    }
}
