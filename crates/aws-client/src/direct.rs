//! Many small requests to a service that speaks JSON, at the least cost.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_async::rt::sleep::default_async_sleep;
use aws_smithy_runtime_api::client::http::{
    HttpConnector as _, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use bytes::Bytes;
use serde::Deserialize;

use crate::error::kept;
use crate::http::connector;
use crate::{AwsError, CREDENTIALS_REPAIR};

/// How long before their end credentials are asked for anew.
const CREDENTIALS_MARGIN: Duration = Duration::from_mins(5);

/// A client for requests whose bodies are made already.
///
/// An SDK's client spends twice the processor time of all the rest on a request: on what it might have been told to do
/// otherwise. This does what each request needs, by the SDK's own parts: credentials, signature, connections with their timeouts. It sends
/// a request once; to try again is the caller's.
#[derive(Debug)]
pub struct Direct {
    connector: SharedHttpConnector,
    provider: Option<SharedCredentialsProvider>,
    /// Those that were asked for last.
    credentials: Mutex<Option<Credentials>>,
    region: String,
    service: &'static str,
    endpoint: String,
}

/// A request and what it is about.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// The operation, such as `BatchWriteItem`.
    pub operation: &'static str,
    /// The value of `X-Amz-Target`, such as `DynamoDB_20120810.BatchWriteItem`.
    pub target: &'static str,
    /// The version of the protocol, such as `application/x-amz-json-1.0`.
    pub content_type: &'static str,
    /// What it is about, such as a table's name; for errors.
    pub resource: &'a str,
}

/// A fault in the words of the service.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fault {
    __type: String,
    #[serde(alias = "Message")]
    message: String,
}

impl Direct {
    /// A client of `service`, the name in signatures, such as `dynamodb`, at `endpoint`.
    pub fn new(config: &SdkConfig, service: &'static str, endpoint: impl Into<String>) -> Self {
        let timeouts = config.timeout_config();
        let mut settings = HttpConnectorSettings::builder();
        settings.set_connect_timeout(timeouts.and_then(TimeoutConfig::connect_timeout));
        settings.set_read_timeout(timeouts.and_then(TimeoutConfig::read_timeout));
        let connector = connector(
            Some(&settings.build()),
            config.sleep_impl().or_else(default_async_sleep),
        );
        Self {
            connector: SharedHttpConnector::new(connector),
            provider: config.credentials_provider(),
            credentials: Mutex::new(None),
            region: config
                .region()
                .map_or_else(String::new, ToString::to_string),
            service,
            endpoint: endpoint.into(),
        }
    }

    /// Sends `body` once, and gives the answer's body.
    ///
    /// # Errors
    /// The service refuses, its answer does not arrive, or there are no credentials.
    pub async fn call(&self, call: &Call<'_>, body: Bytes) -> Result<Bytes, AwsError> {
        let credentials = self.credentials(call).await?;
        let request = self
            .request(call, body, &credentials)
            .map_err(|source| unsent(call, CREDENTIALS_REPAIR, source))?;
        let response = self.connector.call(request).await;
        let mut response = response.map_err(|source| unreached(call, source))?;
        let body = std::mem::replace(response.body_mut(), SdkBody::taken());
        let body = ByteStream::new(body).collect().await;
        let body = body.map_err(|source| unreached(call, source))?.into_bytes();
        let status = response.status().as_u16();
        if response.status().is_success() {
            return Ok(body);
        }
        let error = refused(
            call,
            status,
            response.headers().get("x-amzn-requestid"),
            &body,
        );
        if error.is_without_credentials() {
            self.credentials
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
        }
        Err(error)
    }

    fn request(
        &self,
        call: &Call<'_>,
        body: Bytes,
        credentials: &Credentials,
    ) -> Result<HttpRequest, Box<dyn std::error::Error + Send + Sync>> {
        let headers = [
            ("content-type", call.content_type),
            ("x-amz-target", call.target),
        ];
        let identity = credentials.clone().into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.service)
            .time(now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let content = SignableBody::Bytes(&body);
        let signable = SignableRequest::new("POST", &self.endpoint, headers.into_iter(), content)?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        let length = body.len().to_string();
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST")?;
        request.set_uri(self.endpoint.as_str())?;
        for (name, value) in headers {
            request.headers_mut().try_insert(name, value)?;
        }
        request.headers_mut().try_insert("content-length", length)?;
        for (name, value) in instructions.headers() {
            request
                .headers_mut()
                .try_insert(name.to_owned(), value.to_owned())?;
        }
        Ok(request)
    }

    async fn credentials(&self, call: &Call<'_>) -> Result<Credentials, AwsError> {
        let held = self
            .credentials
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let is_good = |held: &Credentials| {
            held.expiry()
                .is_none_or(|expiry| expiry > now() + CREDENTIALS_MARGIN)
        };
        if let Some(held) = held.filter(is_good) {
            return Ok(held);
        }
        let missing = || {
            unsent(
                call,
                CREDENTIALS_REPAIR,
                "no provider of credentials is configured",
            )
        };
        let provider = self.provider.as_ref().ok_or_else(missing)?;
        let credentials = provider.provide_credentials().await;
        let credentials = credentials.map_err(|source| unsent(call, CREDENTIALS_REPAIR, source))?;
        let mut held = self
            .credentials
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *held = Some(credentials.clone());
        Ok(credentials)
    }
}

/// A signature is of the real time, whatever time a test has.
#[expect(
    clippy::disallowed_methods,
    reason = "the service compares it with its own clock"
)]
fn now() -> SystemTime {
    SystemTime::now()
}

fn refused(call: &Call<'_>, status: u16, request_id: Option<&str>, body: &[u8]) -> AwsError {
    let fault: Fault = serde_json::from_slice(body).unwrap_or_default();
    let code = fault.__type.rsplit('#').next().unwrap_or_default();
    AwsError::Refused {
        operation: call.operation,
        resource: call.resource.to_owned(),
        code: code.to_owned(),
        message: kept(&fault.message),
        status,
        request_id: request_id.map(str::to_owned),
    }
}

fn unreached(
    call: &Call<'_>,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> AwsError {
    AwsError::Unreached {
        operation: call.operation,
        resource: call.resource.to_owned(),
        source: source.into(),
    }
}

fn unsent(
    call: &Call<'_>,
    repair: &'static str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> AwsError {
    AwsError::Unsent {
        operation: call.operation,
        resource: call.resource.to_owned(),
        repair,
        source: source.into(),
    }
}
