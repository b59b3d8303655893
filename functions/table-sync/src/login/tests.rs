//! Assertions of Google's proxy, made with keys of our own.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use axum::Router;
use axum::routing::get;
use function_core::Clock;
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{Login, LoginConfig, LoginError};

const AUDIENCE: &str = "/projects/1/locations/asia-northeast1/services/table-sync";
const NOW: &str = "2026-11-22T03:15:00Z";

/// A key of Google's, with its name.
struct Key {
    id: &'static str,
    key: EncodingKey,
}

impl Key {
    fn new(id: &'static str) -> Self {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
        let key = EncodingKey::from_ec_der(pair.unwrap().as_ref());
        Self { id, key }
    }

    fn published(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, Algorithm::ES256).unwrap();
        jwk.common.key_id = Some(self.id.to_owned());
        serde_json::to_value(jwk).unwrap()
    }

    fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.id.to_owned());
        encode(&header, claims, &self.key).unwrap()
    }
}

/// Where Google publishes its keys.
#[derive(Clone, Default)]
struct Published {
    keys: Arc<Mutex<Option<Vec<Value>>>>,
    asked: Arc<AtomicU32>,
}

impl Published {
    fn publish(&self, keys: &[&Key]) {
        let keys = keys.iter().map(|key| key.published()).collect();
        *self.keys.lock().unwrap() = Some(keys);
    }

    /// Nobody answers any more.
    fn close(&self) {
        *self.keys.lock().unwrap() = None;
    }

    async fn serve(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let published = self.clone();
        let answer = move || {
            published.asked.fetch_add(1, Ordering::Relaxed);
            let keys = published.keys.lock().unwrap().clone();
            let keys = keys.map(|keys| json!({ "keys": keys }).to_string());
            async { keys.ok_or(StatusCode::INTERNAL_SERVER_ERROR) }
        };
        let routes = Router::new().route("/keys", get(answer));
        tokio::spawn(async { axum::serve(listener, routes).await.unwrap() });
        address
    }
}

/// A login behind Google's proxy, and what it needs.
struct Behind {
    login: Login,
    published: Published,
    key: Key,
    now: Arc<Mutex<Timestamp>>,
}

impl Behind {
    async fn start() -> Self {
        let (published, key) = (Published::default(), Key::new("k1"));
        published.publish(&[&key]);
        let address = published.serve().await;
        let config = LoginConfig::Iap {
            audience: AUDIENCE.to_owned(),
            keys_url: format!("http://{address}/keys").parse().unwrap(),
        };
        let now = Arc::new(Mutex::new(NOW.parse::<Timestamp>().unwrap()));
        let clock = Arc::clone(&now);
        let clock = Clock::from_fn(move || *clock.lock().unwrap());
        Self {
            login: Login::new(&config, &clock).unwrap(),
            published,
            key,
            now,
        }
    }

    fn pass(&self, time: SignedDuration) {
        *self.now.lock().unwrap() += time;
    }

    /// The claims of somebody who has just logged in.
    fn claims(&self) -> Value {
        let now = self.now.lock().unwrap().as_second();
        json!({
            "iss": "https://cloud.google.com/iap", "aud": AUDIENCE, "sub": "accounts.google.com:1",
            "email": "Hana@example.jp", "iat": now - 5, "exp": now + 600,
        })
    }

    async fn person(&self, assertion: &str) -> Result<Option<String>, LoginError> {
        let mut headers = HeaderMap::new();
        headers.insert("x-goog-iap-jwt-assertion", assertion.parse().unwrap());
        // What the proxy adds without a signature is not looked at.
        let name = "accounts.google.com:eve@example.jp".parse().unwrap();
        headers.insert("x-goog-authenticated-user-email", name);
        self.login.person(&headers).await
    }

    async fn refusal(&self, assertion: &str) -> LoginError {
        self.person(assertion).await.unwrap_err()
    }
}

#[tokio::test]
async fn a_signed_assertion_tells_who_it_is() {
    let behind = Behind::start().await;
    let assertion = behind.key.sign(&behind.claims());
    let person = behind.person(&assertion).await.unwrap();
    assert_eq!(person.as_deref(), Some("hana@example.jp"));
}

#[tokio::test]
async fn each_claim_that_does_not_hold_is_refused() {
    let behind = Behind::start().await;
    let now = behind.now.lock().unwrap().as_second();
    for (claim, value, words) in [
        ("iss", json!("https://accounts.google.com"), "not issued by"),
        (
            "aud",
            json!("/projects/2/locations/x/services/y"),
            "for another service",
        ),
        ("exp", json!(now - 31), "expired"),
        ("iat", json!(now + 31), "in the future"),
        ("email", json!(""), "no e-mail"),
    ] {
        let mut claims = behind.claims();
        claims[claim] = value;
        let error = behind.refusal(&behind.key.sign(&claims)).await;
        assert!(error.to_string().contains(words), "{claim}: {error}");
        assert_eq!(error.status(), StatusCode::FORBIDDEN);
    }
    let mut claims = behind.claims();
    claims["exp"] = json!(now - 20);
    claims["iat"] = json!(now + 20);
    let skewed = behind.person(&behind.key.sign(&claims)).await;
    assert!(skewed.is_ok(), "clocks may differ by 30 s");
    for claim in ["iss", "aud", "exp", "iat"] {
        let mut claims = behind.claims();
        claims.as_object_mut().unwrap().remove(claim);
        assert!(
            behind.person(&behind.key.sign(&claims)).await.is_err(),
            "{claim}"
        );
    }
}

#[tokio::test]
async fn only_google_can_have_signed_it() {
    let behind = Behind::start().await;
    let claims = behind.claims();
    // Another key under the same name.
    let error = behind.refusal(&Key::new("k1").sign(&claims)).await;
    assert!(matches!(error, LoginError::Signature(_)), "{error}");
    // Other claims under a signature that holds.
    let signed = behind.key.sign(&claims);
    let mut other = claims.clone();
    other["email"] = json!("eve@example.jp");
    let forged = behind.key.sign(&other);
    let [parts, forged] = [&signed, &forged].map(|token| token.split('.').collect::<Vec<_>>());
    let mixed = format!("{}.{}.{}", parts[0], forged[1], parts[2]);
    assert!(matches!(
        behind.refusal(&mixed).await,
        LoginError::Signature(_)
    ));
    // A signature by what everybody knows, or none.
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("k1".to_owned());
    let public = behind.key.published().to_string();
    let hmac = encode(
        &header,
        &claims,
        &EncodingKey::from_secret(public.as_bytes()),
    )
    .unwrap();
    let error = behind.refusal(&hmac).await;
    assert!(error.to_string().contains("not signed by ES256"), "{error}");
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", parts[1]);
    assert!(behind.person(&unsigned).await.is_err());
    for nonsense in ["x", "a.b.c", "..", "\u{7e}"] {
        assert!(behind.person(nonsense).await.is_err(), "{nonsense}");
    }
    assert!(behind.login.person(&HeaderMap::new()).await.is_err());
}

#[tokio::test]
async fn keys_are_kept_for_an_hour_and_an_unknown_one_asks_again() {
    let behind = Behind::start().await;
    let asked = || behind.published.asked.load(Ordering::Relaxed);
    for _ in 0..3 {
        behind
            .person(&behind.key.sign(&behind.claims()))
            .await
            .unwrap();
    }
    assert_eq!(asked(), 1);
    let new = Key::new("k2");
    behind.published.publish(&[&behind.key, &new]);
    // Whoever makes up keys can't make us ask all the time.
    assert!(behind.person(&new.sign(&behind.claims())).await.is_err());
    assert_eq!(asked(), 1);
    behind.pass(SignedDuration::from_secs(11));
    behind.person(&new.sign(&behind.claims())).await.unwrap();
    assert_eq!(asked(), 2);
    // A key that is withdrawn is not believed for longer than an hour.
    behind.published.publish(&[&new]);
    behind.pass(SignedDuration::from_mins(61));
    let error = behind.refusal(&behind.key.sign(&behind.claims())).await;
    assert!(error.to_string().contains("not published"), "{error}");
}

#[tokio::test]
async fn while_nobody_answers_the_keys_of_a_day_are_believed() {
    let behind = Behind::start().await;
    behind
        .person(&behind.key.sign(&behind.claims()))
        .await
        .unwrap();
    behind.published.close();
    behind.pass(SignedDuration::from_hours(2));
    behind
        .person(&behind.key.sign(&behind.claims()))
        .await
        .unwrap();
    behind.pass(SignedDuration::from_hours(23));
    let error = behind.refusal(&behind.key.sign(&behind.claims())).await;
    assert_eq!(error.status(), StatusCode::SERVICE_UNAVAILABLE, "{error}");
}
