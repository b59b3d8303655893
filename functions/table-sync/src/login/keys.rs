//! Google's keys, kept for an hour.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use function_core::{Clock, chain};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::JwkSet;
use tokio::sync::Mutex;
use url::Url;

use crate::login::LoginError;

/// How long keys are believed without asking again.
const FRESH: SignedDuration = SignedDuration::from_hours(1);
/// How long they are believed while nobody answers.
const USABLE: SignedDuration = SignedDuration::from_hours(24);
/// Between two questions: whoever makes up keys must not make us ask all the time.
const PAUSE: SignedDuration = SignedDuration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(5);

/// The keys that are published at an address.
pub(crate) struct Keys {
    http: reqwest::Client,
    url: Url,
    clock: Clock,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    by_id: HashMap<String, DecodingKey>,
    fetched: Option<Timestamp>,
    asked: Option<Timestamp>,
}

impl Keys {
    pub(crate) fn new(url: &Url, clock: &Clock) -> Result<Self, LoginError> {
        let http = reqwest::Client::builder().timeout(PATIENCE).build();
        let http = http.map_err(|source| LoginError::Keys {
            url: url.to_string(),
            source,
        })?;
        Ok(Self {
            http,
            url: url.clone(),
            clock: clock.clone(),
            held: Mutex::default(),
        })
    }

    /// The key with `id`. An unknown one, or an hour, makes us ask for all of them again.
    pub(crate) async fn key(&self, id: &str) -> Result<DecodingKey, LoginError> {
        let mut held = self.held.lock().await;
        let now = self.clock.now();
        let is_known_and_fresh = held.is_within(now, FRESH) && held.by_id.contains_key(id);
        let may_ask = held
            .asked
            .is_none_or(|asked| now.duration_since(asked) >= PAUSE);
        if !is_known_and_fresh && may_ask {
            held.asked = Some(now);
            match self.fetch().await {
                Ok(by_id) => {
                    held.by_id = by_id;
                    held.fetched = Some(now);
                }
                Err(error) if held.is_within(now, USABLE) => {
                    tracing::warn!(error = %chain(&error), "the keys of the login are not fresh");
                }
                Err(error) => return Err(error),
            }
        }
        let key = held.by_id.get(id).filter(|_| held.is_within(now, USABLE));
        key.cloned().ok_or(LoginError::Assertion {
            rule: "it is signed by a key that is not published",
        })
    }

    async fn fetch(&self) -> Result<HashMap<String, DecodingKey>, LoginError> {
        let fetching = async {
            let response = self.http.get(self.url.clone()).send().await?;
            response.error_for_status()?.json::<JwkSet>().await
        };
        let set = fetching.await.map_err(|source| LoginError::Keys {
            url: self.url.to_string(),
            source: source.without_url(),
        })?;
        let keys = set.keys.iter().filter_map(|jwk| {
            let id = jwk.common.key_id.clone()?;
            Some((id, DecodingKey::from_jwk(jwk).ok()?))
        });
        Ok(keys.collect())
    }
}

impl Held {
    fn is_within(&self, now: Timestamp, age: SignedDuration) -> bool {
        self.fetched
            .is_some_and(|fetched| now.duration_since(fetched) < age)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Keys")
            .field(&self.url.as_str())
            .finish()
    }
}
