//! Describing, listing and deleting objects through the JSON API.
//!
//! **Source**: Cloud Storage JSON API, `Objects: get`, `Objects: list`, `Objects: delete`.

use std::num::NonZeroU32;
use std::time::Duration;

use bytes::Bytes;
use function_core::{Backoff, retry};
use futures_util::TryStreamExt as _;
use futures_util::stream::{self, Stream};
use google_cloud_auth::credentials::{CacheableResource, Credentials};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::fault::Fault;
use super::{ATTEMPTS, FIRST_DELAY, LONGEST_DELAY, meta};
use crate::StoreError;
use crate::port::ObjectMeta;

/// How long one request may take, and how long to wait for a connection.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// All but RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The objects of a bucket.
pub(super) struct Objects {
    http: Client,
    credentials: Credentials,
    /// `…/storage/v1/b/{bucket}/o`
    url: String,
    bucket: String,
}

type Query<'a> = &'a [(&'static str, &'a str)];

impl Objects {
    pub(super) fn new(
        bucket: &str,
        endpoint: &str,
        credentials: Credentials,
    ) -> Result<Self, StoreError> {
        let http = Client::builder()
            .timeout(REQUEST_TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .build()
            .map_err(|error| Fault::opening(bucket).interrupted(error))?;
        let url = format!("{endpoint}/storage/v1/b/{bucket}/o");
        Ok(Self {
            http,
            credentials,
            url,
            bucket: bucket.to_owned(),
        })
    }

    /// The object's description, or `None` where there is none.
    pub(super) async fn head(&self, key: &str) -> Result<Option<ObjectMeta>, StoreError> {
        let fault = self.fault("reading", key);
        let query = [("fields", "name,size,generation")];
        match self
            .send(Method::GET, &self.object_url(key), &query, &fault)
            .await
        {
            Ok(answer) => Ok(Some(parse::<Resource>(&answer, fault)?.into())),
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The objects whose keys start with `prefix`, a page in memory at a time.
    pub(super) fn list(
        &self,
        prefix: &str,
    ) -> impl Stream<Item = Result<ObjectMeta, StoreError>> + Send + use<'_> {
        let first = Some(String::new());
        stream::try_unfold(
            (first, prefix.to_owned()),
            move |(token, prefix)| async move {
                let Some(token) = token else { return Ok(None) };
                let page = self.page(&prefix, &token).await?;
                let objects = page.items.into_iter().map(|resource| Ok(resource.into()));
                Ok(Some((
                    stream::iter(objects),
                    (page.next_page_token, prefix),
                )))
            },
        )
        .try_flatten()
    }

    async fn page(&self, prefix: &str, token: &str) -> Result<Page, StoreError> {
        let fault = self.fault("listing", prefix);
        let mut query = vec![
            ("prefix", prefix),
            ("maxResults", "1000"),
            (
                "fields",
                "nextPageToken,items(name,size,generation,updated)",
            ),
        ];
        if !token.is_empty() {
            query.push(("pageToken", token));
        }
        parse(
            &self.send(Method::GET, &self.url, &query, &fault).await?,
            fault,
        )
    }

    /// Removes the object, or only that `generation` of it; one that is not there is removed
    /// already.
    pub(super) async fn delete(
        &self,
        key: &str,
        generation: Option<i64>,
    ) -> Result<(), StoreError> {
        let fault = self.fault("deleting", key);
        let generation = generation.map(|generation| generation.to_string());
        let query: Vec<_> = generation
            .iter()
            .map(|g| ("ifGenerationMatch", g.as_str()))
            .collect();
        match self
            .send(Method::DELETE, &self.object_url(key), &query, &fault)
            .await
        {
            Err(StoreError::NotFound { .. }) => Ok(()),
            other => other.map(drop),
        }
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        query: Query<'_>,
        fault: &Fault,
    ) -> Result<Bytes, StoreError> {
        let attempts = const { NonZeroU32::new(ATTEMPTS).unwrap() };
        let backoff = Backoff::new(FIRST_DELAY, LONGEST_DELAY);
        retry(attempts, backoff, tokio::time::sleep, || {
            self.attempt(method.clone(), url, query, fault.clone())
        })
        .await
    }

    async fn attempt(
        &self,
        method: Method,
        url: &str,
        query: Query<'_>,
        fault: Fault,
    ) -> Result<Bytes, StoreError> {
        let request = self.http.request(method, url).query(query);
        let request = request.headers(self.authorization(&fault).await?);
        let exchange = async {
            let response = request.send().await?;
            Ok((response.status(), response.bytes().await?))
        };
        match exchange.await.map_err(reqwest::Error::without_url) {
            Ok((status, body)) if status.is_success() => Ok(body),
            Ok((status, body)) => Err(fault.answer(status.as_u16(), &body)),
            Err(error) => Err(fault.interrupted(error)),
        }
    }

    /// The headers that say who asks; the first call fetches a token, later ones reuse it.
    pub(super) async fn authorization(&self, fault: &Fault) -> Result<HeaderMap, StoreError> {
        match self.credentials.headers(http::Extensions::new()).await {
            Ok(CacheableResource::New { data, .. }) => Ok(data),
            // Only who names an entity tag is answered so.
            Ok(CacheableResource::NotModified) => Ok(HeaderMap::new()),
            Err(error) => Err(fault.clone().no_token(&error, error.is_transient())),
        }
    }

    fn fault(&self, operation: &'static str, key: &str) -> Fault {
        Fault::new(operation, &self.bucket, key)
    }

    fn object_url(&self, key: &str) -> String {
        format!("{}/{}", self.url, utf8_percent_encode(key, ENCODED))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    items: Vec<Resource>,
    next_page_token: Option<String>,
}

/// An object as the service describes it; 64-bit numbers are text.
#[derive(Deserialize)]
struct Resource {
    name: String,
    #[serde(deserialize_with = "number")]
    size: i64,
    #[serde(deserialize_with = "number")]
    generation: i64,
    updated: Option<Timestamp>,
}

impl From<Resource> for ObjectMeta {
    fn from(resource: Resource) -> Self {
        let size_bytes = resource.size.cast_unsigned();
        let meta = meta(&resource.name, size_bytes, resource.generation);
        Self {
            modified: resource.updated,
            ..meta
        }
    }
}

fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    String::deserialize(deserializer)?
        .parse()
        .map_err(serde::de::Error::custom)
}

fn parse<T: DeserializeOwned>(answer: &[u8], fault: Fault) -> Result<T, StoreError> {
    serde_json::from_slice(answer).map_err(|error| fault.interrupted(error))
}
