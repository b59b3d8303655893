//! A bucket with the JSON API as its reference describes it, and with faults on demand.
//!
//! It keeps to what other emulators leave out: preconditions on resumable uploads, checked at the
//! start and at the end; CRC32C; the bytes that a cut request left behind.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::stream;
use percent_encoding::percent_decode_str;
use reqwest::Url;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    Put,
    Start,
    Chunk,
    Status,
    Read,
    Describe,
    List,
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
    address: String,
    generation: i64,
    pub(crate) objects: BTreeMap<String, (i64, Bytes)>,
    pub(crate) sessions: HashMap<String, Session>,
    /// The steps of all requests, in their order.
    pub(crate) seen: Vec<Step>,
    /// Answers to the next requests of a kind, instead of what they ask for.
    pub(crate) faults: Vec<(Step, u16)>,
    /// How many bytes of the next chunk are kept before the line is cut.
    pub(crate) keep_of_chunk: Option<usize>,
    /// How many bytes of the next read are sent before the line is cut.
    pub(crate) cut_read_after: Option<usize>,
    /// Whether the answer to the next upload's end is lost.
    pub(crate) loses_last_answer: bool,
    /// Whether answers tell another CRC32C than that of what was sent.
    pub(crate) tells_wrong_crc32c: bool,
    /// Whether the bucket is missing.
    pub(crate) is_missing: bool,
}

#[derive(Clone)]
pub(crate) struct Session {
    name: String,
    if_generation: Option<i64>,
    pub(crate) content: Vec<u8>,
    pub(crate) is_finished: bool,
}

struct Call {
    query: HashMap<String, String>,
    headers: HeaderMap,
    body: Bytes,
}

impl FakeBucket {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let contents = Contents {
            address: address.clone(),
            ..Contents::default()
        };
        let state = Arc::new(Mutex::new(contents));
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

async fn answer(State(state): State<Arc<Mutex<Contents>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, 64 << 20).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let url = Url::parse(&format!("http://fake{}", parts.uri)).unwrap();
    let call = Call {
        query: url.query_pairs().into_owned().collect(),
        headers: parts.headers,
        body,
    };
    let key = url
        .path()
        .split_once("/b/tasuki/o/")
        .map(|(_, key)| key)
        .unwrap_or_default();
    let key = percent_decode_str(key).decode_utf8().unwrap();
    let is = |name: &str, value: &str| call.query.get(name).is_some_and(|found| found == value);
    let step = match parts.method.as_str() {
        "POST" if is("uploadType", "resumable") => Step::Start,
        "POST" => Step::Put,
        "PUT" if call.range() == "bytes */*" => Step::Status,
        "PUT" => Step::Chunk,
        "DELETE" => Step::Delete,
        _ if key.is_empty() => Step::List,
        _ if is("alt", "media") => Step::Read,
        _ => Step::Describe,
    };
    let mut contents = state.lock().unwrap();
    contents.seen.push(step);
    if contents.is_missing {
        return refuse(404, "The specified bucket does not exist.");
    }
    if let Some(at) = contents
        .faults
        .iter()
        .position(|(faulty, _)| *faulty == step)
    {
        let (_, status) = contents.faults.remove(at);
        return refuse(status, "as the test says");
    }
    match step {
        Step::Put => contents.put(&call),
        Step::Start => contents.start(&call),
        Step::Chunk => contents.chunk(&call),
        Step::Status => contents.status(&call),
        Step::Read => contents.read(&key, &call),
        Step::Describe => contents.describe(&key),
        Step::List => contents.list(&call),
        Step::Delete => contents.delete(&key, &call),
    }
}

impl Call {
    fn query(&self, name: &str) -> &str {
        self.query.get(name).map(String::as_str).unwrap_or_default()
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.query.get(name).map(|text| text.parse().unwrap())
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    fn range(&self) -> &str {
        self.header("content-range")
    }
}

fn refuse(status: u16, message: &str) -> Response {
    let body = json!({"error": {"code": status, "message": message, "errors": []}});
    (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response()
}

fn crc32c(content: &[u8]) -> String {
    BASE64_STANDARD.encode(crc32c::crc32c(content).to_be_bytes())
}

impl Contents {
    fn holds(&self, name: &str, if_generation: Option<i64>) -> bool {
        let current = self
            .objects
            .get(name)
            .map_or(0, |(generation, _)| *generation);
        if_generation.is_none_or(|wanted| wanted == current)
    }

    fn resource(&self, name: &str) -> Value {
        let (generation, content) = &self.objects[name];
        let told = if self.tells_wrong_crc32c {
            crc32c(b"another")
        } else {
            crc32c(content)
        };
        json!({
            "name": name,
            "bucket": "tasuki",
            "size": content.len().to_string(),
            "generation": generation.to_string(),
            "crc32c": told,
        })
    }

    /// Publishes the object if the precondition holds and the checksum is that of the content.
    fn publish(
        &mut self,
        name: &str,
        content: Bytes,
        if_generation: Option<i64>,
        told: Option<&str>,
    ) -> Response {
        if told.is_some_and(|told| told != crc32c(&content)) {
            return refuse(400, "Provided CRC32C does not match calculated CRC32C");
        }
        if !self.holds(name, if_generation) {
            return refuse(
                412,
                "At least one of the pre-conditions you specified did not hold.",
            );
        }
        self.generation += 1;
        self.objects
            .insert(name.to_owned(), (self.generation, content));
        axum::Json(self.resource(name)).into_response()
    }

    /// `multipart/related`: the description, then the content.
    fn put(&mut self, call: &Call) -> Response {
        let (_, boundary) = call.header("content-type").split_once("boundary=").unwrap();
        let boundary = format!("--{}", boundary.trim_matches('"'));
        let find = |needle: &[u8], from: usize| {
            let rest = &call.body[from..];
            from + rest
                .windows(needle.len())
                .position(|window| window == needle)
                .unwrap()
        };
        let description = find(b"\r\n\r\n", 0) + 4;
        let second = find(boundary.as_bytes(), description);
        let content = find(b"\r\n\r\n", second) + 4;
        let end = find(format!("\r\n{boundary}--").as_bytes(), content);
        let description: Value =
            serde_json::from_slice(call.body[description..second].trim_ascii()).unwrap();
        let told = description["crc32c"]
            .as_str()
            .expect("the checksum is sent");
        let content = call.body.slice(content..end);
        self.publish(
            call.query("name"),
            content,
            call.number("ifGenerationMatch"),
            Some(told),
        )
    }

    fn start(&mut self, call: &Call) -> Response {
        let (name, if_generation) = (call.query("name"), call.number("ifGenerationMatch"));
        if !self.holds(name, if_generation) {
            return refuse(
                412,
                "At least one of the pre-conditions you specified did not hold.",
            );
        }
        let id = format!("session-{}", self.sessions.len());
        let location = format!("{}/upload/session?upload_id={id}", self.address);
        let name = name.to_owned();
        let session = Session {
            name,
            if_generation,
            content: Vec::new(),
            is_finished: false,
        };
        self.sessions.insert(id, session);
        [("location", location)].into_response()
    }

    fn chunk(&mut self, call: &Call) -> Response {
        let id = call.query("upload_id").to_owned();
        let mut session = self.sessions[&id].clone();
        let (bytes, total) = call
            .range()
            .trim_start_matches("bytes ")
            .split_once('/')
            .unwrap();
        if let Some((first, _)) = bytes.split_once('-') {
            assert_eq!(
                first.parse::<usize>().unwrap(),
                session.content.len(),
                "no gap, no overlap"
            );
        }
        if let Some(kept) = self.keep_of_chunk.take() {
            session.content.extend_from_slice(&call.body[..kept]);
            self.sessions.insert(id, session);
            return refuse(503, "the line was cut");
        }
        session.content.extend_from_slice(&call.body);
        let is_last = total == session.content.len().to_string();
        session.is_finished = is_last;
        self.sessions.insert(id.clone(), session.clone());
        if !is_last {
            assert_eq!(
                call.body.len() % (256 * 1024),
                0,
                "all but the last: multiples of 256 KiB"
            );
            return self.status(call);
        }
        let hash = call.header("x-goog-hash").strip_prefix("crc32c=");
        let answer = self.publish(
            &session.name,
            session.content.into(),
            session.if_generation,
            hash,
        );
        if std::mem::take(&mut self.loses_last_answer) {
            return refuse(503, "the answer was lost");
        }
        answer
    }

    fn status(&self, call: &Call) -> Response {
        let session = &self.sessions[call.query("upload_id")];
        if session.is_finished {
            return axum::Json(self.resource(&session.name)).into_response();
        }
        let mut response = StatusCode::PERMANENT_REDIRECT.into_response();
        if let Some(last) = session.content.len().checked_sub(1) {
            let range = HeaderValue::from_str(&format!("bytes=0-{last}")).unwrap();
            response.headers_mut().insert("range", range);
        }
        response
    }

    fn read(&mut self, key: &str, call: &Call) -> Response {
        let wanted = call.number("generation");
        let found = self
            .objects
            .get(key)
            .filter(|(g, _)| wanted.is_none_or(|wanted| wanted == *g));
        let Some((generation, content)) = found.cloned() else {
            return refuse(404, &format!("No such object: tasuki/{key}"));
        };
        let asked = call
            .header("range")
            .trim_start_matches("bytes=")
            .split_once('-');
        let start = asked.map_or(0, |(first, _)| first.parse::<usize>().unwrap());
        let end = asked.and_then(|(_, last)| last.parse::<usize>().ok());
        let end = end.map_or(content.len(), |last| content.len().min(last + 1));
        if asked.is_some() && start >= content.len() {
            return refuse(416, "The requested range cannot be satisfied.");
        }
        let body = content.slice(start..end);
        let status = if asked.is_none() { 200 } else { 206 };
        let range = format!("bytes {start}-{}/{}", end.saturating_sub(1), content.len());
        let headers = [
            ("x-goog-generation", generation.to_string()),
            ("x-goog-hash", format!("crc32c={}", crc32c(&content))),
            ("x-goog-stored-content-length", content.len().to_string()),
            ("content-length", body.len().to_string()),
            ("content-range", range),
        ];
        let body = match self.cut_read_after.take() {
            None => Body::from(body),
            Some(sent) => Body::from_stream(stream::iter([
                Ok(body.slice(..sent)),
                Err(std::io::Error::other("the line was cut")),
            ])),
        };
        (StatusCode::from_u16(status).unwrap(), headers, body).into_response()
    }

    fn describe(&self, key: &str) -> Response {
        if !self.objects.contains_key(key) {
            return refuse(404, &format!("No such object: tasuki/{key}"));
        }
        axum::Json(self.resource(key)).into_response()
    }

    /// Pages of two objects; the token is the last key of the page before.
    fn list(&self, call: &Call) -> Response {
        let (prefix, after) = (call.query("prefix"), call.query("pageToken"));
        let mut names = self.objects.keys().filter(|name| name.starts_with(prefix));
        let mut names = names.by_ref().filter(|name| name.as_str() > after);
        let page: Vec<_> = names.by_ref().take(2).collect();
        let items: Vec<_> = page.iter().map(|name| self.resource(name)).collect();
        let mut answer = json!({"items": items});
        if names.next().is_some() {
            answer["nextPageToken"] = json!(page.last());
        }
        axum::Json(answer).into_response()
    }

    fn delete(&mut self, key: &str, call: &Call) -> Response {
        if !self.holds(key, call.number("ifGenerationMatch")) {
            return refuse(
                412,
                "At least one of the pre-conditions you specified did not hold.",
            );
        }
        match self.objects.remove(key) {
            Some(_) => StatusCode::NO_CONTENT.into_response(),
            None => refuse(404, &format!("No such object: tasuki/{key}")),
        }
    }
}
