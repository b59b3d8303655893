//! Calls over the wire: sent in turn, read whole, tried again where that helps.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use function_core::{Backoff, Retryable, retry};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Request, Response};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::attempt::{Attempt, Head};
use crate::call::{Call, Repetition};
use crate::error::{Cause, ClientError};
use crate::http::http;
use crate::options::Options;
use crate::pace::Pace;

const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");
const WARNING: &str = "x-cybozu-warning";

/// The most that is reserved at once for a body, whatever its announced length.
const RESERVED_BYTES: u64 = 16 * 1024 * 1024;

/// The HTTP client of one domain.
#[derive(Debug)]
pub(crate) struct Transport {
    http: reqwest::Client,
    root: Url,
    pace: Pace,
    options: Options,
    requests: AtomicU64,
}

impl Transport {
    pub(crate) fn new(options: Options) -> Result<Self, ClientError> {
        options.check()?;
        let root = options.root()?;
        Ok(Self {
            http: http(&options, &root)?,
            root,
            pace: Pace::new(options.max_concurrency, options.sleep.clone()),
            options,
            requests: AtomicU64::new(0),
        })
    }

    /// The path that all calls begin with, such as `/k/v1/`.
    pub(crate) fn root_path(&self) -> &str {
        self.root.path()
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Sends `call` until `read` understands the answer, or trying again does not help.
    pub(crate) async fn send<T>(
        &self,
        call: &Call,
        read: impl Fn(String) -> Result<T, serde_json::Error> + Sync,
    ) -> Result<T, ClientError> {
        self.repeat(call, |attempt| {
            self.exchange(attempt, self.request(call), &read)
        })
        .await
    }

    /// Sends `call` with the body that `open` gives anew for each attempt. What `fault` has after a
    /// failed attempt is why its body broke off, which looks like a cut line from here.
    pub(crate) async fn send_body<T, Opening>(
        &self,
        call: &Call,
        open: impl Fn() -> Opening,
        fault: impl Fn() -> Option<ClientError>,
        read: impl Fn(String) -> Result<T, serde_json::Error> + Sync,
    ) -> Result<T, ClientError>
    where
        Opening: Future<Output = Result<Sending, ClientError>>,
    {
        self.repeat(call, |attempt| {
            let opening = open();
            let (read, fault) = (&read, &fault);
            async move {
                let sending = opening.await?;
                let mut request = self.request(call);
                request.headers_mut().extend(sending.headers);
                *request.body_mut() = Some(sending.body);
                let sent = self.exchange(attempt, request, read).await;
                sent.map_err(|error| fault().unwrap_or(error))
            }
        })
        .await
    }

    /// Sends `call` until an answer begins whose body is what was asked for.
    pub(crate) async fn open(&self, call: &Call) -> Result<Response, ClientError> {
        self.repeat(call, |attempt| self.begin_in_turn(attempt))
            .await
    }

    /// The next bytes of `response`; an error when it is silent for too long.
    pub(crate) async fn chunk(
        &self,
        attempt: Attempt<'_>,
        response: &mut Response,
    ) -> Result<Option<Bytes>, ClientError> {
        let idle = self.options.idle_timeout;
        match tokio::time::timeout(idle, response.chunk()).await {
            Ok(chunk) => chunk.map_err(|source| attempt.unreachable(source)),
            Err(_) => Err(attempt.timeout(idle)),
        }
    }

    async fn repeat<'a, T, Attempting>(
        &self,
        call: &'a Call,
        attempt: impl Fn(Attempt<'a>) -> Attempting,
    ) -> Result<T, ClientError>
    where
        Attempting: Future<Output = Result<T, ClientError>>,
    {
        let Options {
            attempts,
            first_delay,
            longest_delay,
            ..
        } = self.options;
        let mut number = 0;
        retry(
            attempts,
            Backoff::new(first_delay, longest_delay),
            |delay| self.options.sleep.of(delay),
            || {
                number += 1;
                // Boxed: a request is large, and callers hold this future in theirs.
                let attempting = Box::pin(attempt(Attempt { call, number }));
                async { attempting.await.map_err(|error| Fault::new(call, error)) }
            },
        )
        .await
        .map_err(|fault| fault.error)
    }

    async fn exchange<T>(
        &self,
        attempt: Attempt<'_>,
        request: Request,
        read: impl Fn(String) -> Result<T, serde_json::Error>,
    ) -> Result<T, ClientError> {
        let _turn = self.pace.turn().await;
        let deadline = self.deadline(attempt);
        let (head, mut response) = self.begin(attempt, request, deadline).await?;
        let body = timeout_at(deadline, self.body(attempt, &mut response));
        let body = body
            .await
            .map_err(|_| attempt.timeout(self.limit(attempt)))??;
        let length = body.len();
        tracing::debug!(call = attempt.call.what, bytes = length, "answered");
        let text = String::from_utf8(body).map_err(|_| attempt.not_json(&head, length))?;
        read(text).map_err(|source| attempt.unread(&head, length, source))
    }

    async fn begin_in_turn(&self, attempt: Attempt<'_>) -> Result<Response, ClientError> {
        let _turn = self.pace.turn().await;
        let request = self.request(attempt.call);
        let deadline = self.deadline(attempt);
        let (_, response) = self.begin(attempt, request, deadline).await?;
        Ok(response)
    }

    /// Sends the request and reads the answer's head; of a refusal also its body.
    async fn begin(
        &self,
        attempt: Attempt<'_>,
        request: Request,
        deadline: Instant,
    ) -> Result<(Head, Response), ClientError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let answer = timeout_at(deadline, self.http.execute(request)).await;
        let answer = answer.map_err(|_| attempt.timeout(self.limit(attempt)))?;
        let mut response = answer.map_err(|source| attempt.unreachable(source))?;
        self.pace.observe(response.headers());
        let status = response.status();
        let head = Head::new(status.as_u16(), response.headers(), &self.options.clock);
        if !status.is_success() {
            let body = timeout_at(deadline, self.body(attempt, &mut response)).await;
            let body = body.unwrap_or_else(|_| Ok(Vec::new())).unwrap_or_default();
            let error = attempt.refused(&head, &body);
            if error.cause() == Cause::TooManyRequests {
                self.pace.slow_down();
            }
            return Err(error);
        }
        if let Some(warning) = response.headers().get(WARNING) {
            return Err(attempt.warned(&String::from_utf8_lossy(warning.as_bytes())));
        }
        Ok((head, response))
    }

    async fn body(
        &self,
        attempt: Attempt<'_>,
        response: &mut Response,
    ) -> Result<Vec<u8>, ClientError> {
        let announced = response.content_length().unwrap_or(0).min(RESERVED_BYTES);
        let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
        while let Some(chunk) = self.chunk(attempt, response).await? {
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn request(&self, call: &Call) -> Request {
        let wire = call.wire(&self.root);
        let mut request = Request::new(wire.method, wire.url);
        let headers = request.headers_mut();
        if wire.overrides_method {
            headers.insert(METHOD_OVERRIDE, HeaderValue::from_static("GET"));
        }
        if let Some(body) = wire.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = Some(body.into());
        }
        request
    }

    fn limit(&self, attempt: Attempt<'_>) -> Duration {
        attempt.call.timeout.unwrap_or(self.options.answer_timeout)
    }

    fn deadline(&self, attempt: Attempt<'_>) -> Instant {
        Instant::now() + self.limit(attempt)
    }
}

/// A body that can be sent once, with the headers that tell of it.
#[derive(Debug)]
pub(crate) struct Sending {
    pub(crate) headers: HeaderMap,
    pub(crate) body: reqwest::Body,
}

/// A failed attempt, and whether another one is due.
#[derive(Debug)]
struct Fault {
    error: ClientError,
    is_due_again: bool,
}

impl Fault {
    fn new(call: &Call, error: ClientError) -> Self {
        if !error.is_retryable() {
            return Self {
                error,
                is_due_again: false,
            };
        }
        let is_due_again = match call.repetition {
            Repetition::Free => true,
            Repetition::PageOfCursor => error.is_unprocessed(),
            Repetition::Write => error.proves_nothing_written(),
        };
        if is_due_again || call.repetition == Repetition::Write {
            return Self {
                error,
                is_due_again,
            };
        }
        Self {
            error: ClientError::PageLost {
                call: call.what.clone(),
                source: Some(Box::new(error)),
            },
            is_due_again: false,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(formatter)
    }
}

impl Retryable for Fault {
    fn is_retryable(&self) -> bool {
        self.is_due_again
    }

    fn retry_after(&self) -> Option<Duration> {
        self.error.retry_after()
    }
}
