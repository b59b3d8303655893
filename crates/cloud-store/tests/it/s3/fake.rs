//! A bucket with the part of the S3 API that writes and reads one object, and faults on demand.
//!
//! It keeps to what moto leaves out: `If-Match` on a multipart upload, and checksums.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use crc_fast::CrcAlgorithm::Crc32IsoHdlc;
use futures_util::stream;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Put,
    Create,
    Part,
    Complete,
    Abort,
    Read,
    Delete,
}

/// A running bucket called `tasuki`; it ends when it is dropped.
pub(crate) struct FakeBucket {
    pub(crate) address: String,
    state: Arc<Mutex<Contents>>,
    server: JoinHandle<()>,
}

#[derive(Default)]
pub(crate) struct Contents {
    writes: u32,
    /// The tag and the content of each object.
    pub(crate) objects: HashMap<String, (String, Bytes)>,
    /// The parts of each upload that is neither completed nor aborted.
    pub(crate) uploads: HashMap<String, BTreeMap<u32, Bytes>>,
    /// The steps of all requests, in their order.
    pub(crate) seen: Vec<Step>,
    /// Answers to the next requests of a kind, instead of what they ask for.
    pub(crate) faults: Vec<(Step, u16, &'static str)>,
    /// How many bytes of the next read are sent before the line is cut.
    pub(crate) cut_read_after: Option<usize>,
    /// Whether answers tell another checksum than that of what was sent.
    pub(crate) tells_wrong_checksum: bool,
}

impl FakeBucket {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(Contents::default()));
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&state));
        let server = tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        Self {
            address,
            state,
            server,
        }
    }

    pub(crate) fn contents(&self) -> MutexGuard<'_, Contents> {
        self.state.lock().unwrap()
    }
}

impl Drop for FakeBucket {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Call {
    key: String,
    query: HashMap<String, String>,
    headers: HeaderMap,
    body: Bytes,
}

impl Call {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Whether what was sent has the checksum that was sent.
    fn is_whole(&self, content: &[u8]) -> bool {
        self.header("x-amz-checksum-crc32")
            .expect("the checksum is sent")
            == checksum(content)
    }
}

async fn answer(State(state): State<Arc<Mutex<Contents>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, 64 << 20).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let pairs = parts.uri.query().unwrap_or_default().split('&');
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let call = Call {
        key: parts.uri.path().to_owned(),
        query: pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        headers: parts.headers,
        body,
    };
    let in_upload = call.query.contains_key("uploadId");
    let step = match (parts.method.as_str(), in_upload) {
        ("PUT", false) => Step::Put,
        ("PUT", true) => Step::Part,
        ("POST", false) => Step::Create,
        ("POST", true) => Step::Complete,
        ("DELETE", false) => Step::Delete,
        ("DELETE", true) => Step::Abort,
        _ => Step::Read,
    };
    let mut contents = state.lock().unwrap();
    contents.seen.push(step);
    if let Some(at) = contents
        .faults
        .iter()
        .position(|(faulty, ..)| *faulty == step)
    {
        let (_, status, code) = contents.faults.remove(at);
        return refuse(status, code);
    }
    match step {
        Step::Put => contents.publish(&call, call.body.clone(), false),
        Step::Create => contents.create(),
        Step::Part => contents.part(&call),
        Step::Complete => contents.complete(&call),
        Step::Abort => {
            contents.uploads.remove(&call.query["uploadId"]);
            StatusCode::NO_CONTENT.into_response()
        }
        Step::Read => contents.read(&call),
        Step::Delete => contents.delete(&call),
    }
}

fn refuse(status: u16, code: &str) -> Response {
    let body = format!("<Error><Code>{code}</Code><Message>as the test says</Message></Error>");
    (StatusCode::from_u16(status).unwrap(), body).into_response()
}

fn checksum(content: &[u8]) -> String {
    BASE64_STANDARD.encode(&crc_fast::checksum(Crc32IsoHdlc, content).to_be_bytes()[4..])
}

impl Contents {
    fn holds(&self, call: &Call) -> bool {
        let current = self.objects.get(&call.key).map(|(tag, _)| tag.as_str());
        let absent = call.header("if-none-match").is_none() || current.is_none();
        let unchanged = call
            .header("if-match")
            .is_none_or(|wanted| current == Some(wanted));
        absent && unchanged
    }

    fn publish(&mut self, call: &Call, content: Bytes, is_multipart: bool) -> Response {
        if !call.is_whole(&content) {
            return refuse(400, "BadDigest");
        }
        if !self.holds(call) {
            return refuse(412, "PreconditionFailed");
        }
        self.writes += 1;
        let tag = format!("\"tag-{}\"", self.writes);
        let told = if self.tells_wrong_checksum {
            b"another"
        } else {
            &content[..]
        };
        let told = checksum(told);
        self.objects
            .insert(call.key.clone(), (tag.clone(), content));
        if !is_multipart {
            return [("etag", tag), ("x-amz-checksum-crc32", told)].into_response();
        }
        format!(
            "<CompleteMultipartUploadResult><ETag>{tag}</ETag>\
             <ChecksumCRC32>{told}</ChecksumCRC32></CompleteMultipartUploadResult>"
        )
        .into_response()
    }

    fn create(&mut self) -> Response {
        let id = format!("upload-{}", self.seen.len());
        self.uploads.insert(id.clone(), BTreeMap::new());
        format!(
            "<InitiateMultipartUploadResult><UploadId>{id}</UploadId>\
             </InitiateMultipartUploadResult>"
        )
        .into_response()
    }

    fn part(&mut self, call: &Call) -> Response {
        if !call.is_whole(&call.body) {
            return refuse(400, "BadDigest");
        }
        let number = call.query["partNumber"].parse().unwrap();
        let parts = self.uploads.get_mut(&call.query["uploadId"]).unwrap();
        parts.insert(number, call.body.clone());
        [("etag", format!("\"part-{number}\""))].into_response()
    }

    fn complete(&mut self, call: &Call) -> Response {
        let id = &call.query["uploadId"];
        let parts: Vec<_> = self.uploads[id].values().cloned().collect();
        let (_, others) = parts.split_last().unwrap();
        assert!(
            others.iter().all(|part| part.len() >= 5 << 20),
            "only the last may be small"
        );
        let answer = self.publish(call, parts.concat().into(), true);
        if answer.status().is_success() {
            self.uploads.remove(id);
        }
        answer
    }

    fn read(&mut self, call: &Call) -> Response {
        let Some((tag, content)) = self.objects.get(&call.key).cloned() else {
            return refuse(404, "NoSuchKey");
        };
        if !self.holds(call) {
            return refuse(412, "PreconditionFailed");
        }
        let range = call
            .header("range")
            .map(|range| range.trim_start_matches("bytes="));
        let start = range.map(|range| range.trim_end_matches('-').parse().unwrap());
        let body = content.slice(start.unwrap_or(0)..);
        let status = if start.is_some() { 206 } else { 200 };
        let headers = [("etag", tag), ("content-length", body.len().to_string())];
        let body = match self.cut_read_after.take() {
            None => Body::from(body),
            Some(sent) => Body::from_stream(stream::iter([
                Ok(body.slice(..sent)),
                Err(std::io::Error::other("the line was cut")),
            ])),
        };
        (StatusCode::from_u16(status).unwrap(), headers, body).into_response()
    }

    fn delete(&mut self, call: &Call) -> Response {
        if !self.holds(call) {
            return refuse(412, "PreconditionFailed");
        }
        self.objects.remove(&call.key);
        StatusCode::NO_CONTENT.into_response()
    }
}
