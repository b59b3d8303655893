//! Buckets with their objects, and what a request does to them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::Method;
use md5::{Digest as _, Md5};

use super::{Options, list};
use crate::exchange::{Answer, Request};
use crate::server::{Service, lock};

const XML: &str = "application/xml";

/// All objects, by bucket and key.
#[derive(Debug)]
pub struct Buckets {
    options: Options,
    objects: Mutex<BTreeMap<(String, String), Object>>,
}

/// An object as it is stored.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) content: Bytes,
    /// With its quotes.
    pub(super) tag: String,
}

impl Object {
    fn new(content: impl Into<Bytes>) -> Self {
        let content = content.into();
        let digest = u128::from_be_bytes(Md5::digest(&content).into());
        Self {
            content,
            tag: format!("\"{digest:032x}\""),
        }
    }
}

impl Buckets {
    pub(super) fn new(options: Options) -> Self {
        Self {
            options,
            objects: Mutex::default(),
        }
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<(String, String), Object>> {
        lock(&self.objects)
    }

    /// The content of an object.
    pub fn get(&self, bucket: &str, key: &str) -> Option<Bytes> {
        let objects = self.objects();
        let object = objects.get(&(bucket.to_owned(), key.to_owned()));
        object.map(|object| object.content.clone())
    }

    /// Writes an object.
    pub fn put(&self, bucket: &str, key: &str, content: impl Into<Bytes>) {
        let name = (bucket.to_owned(), key.to_owned());
        self.objects().insert(name, Object::new(content));
    }

    /// Removes an object, and tells whether it was there.
    pub fn delete(&self, bucket: &str, key: &str) -> bool {
        let name = (bucket.to_owned(), key.to_owned());
        self.objects().remove(&name).is_some()
    }

    /// The keys of a bucket that begin with `prefix`, in order.
    pub fn keys(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let objects = self.objects();
        let keys = objects.keys().filter(|(other, _)| other == bucket);
        let keys = keys.filter(|(_, key)| key.starts_with(prefix));
        keys.map(|(_, key)| key.clone()).collect()
    }

    fn write(&self, name: (String, String), request: &Request) -> Answer {
        let mut objects = self.objects();
        if let Some(refusal) = unmet(request, objects.get(&name)) {
            return refusal;
        }
        let object = Object::new(request.body.clone());
        let mut answer = Answer::new(200, XML, "").with_header("etag", &object.tag);
        // Real S3 computes it; a client that sent a wrong one would be refused.
        let checksum = request.header("x-amz-checksum-crc32");
        if BASE64_STANDARD
            .decode(checksum)
            .is_ok_and(|sum| sum.len() == 4)
        {
            answer = answer.with_header("x-amz-checksum-crc32", checksum);
        }
        objects.insert(name, object);
        answer
    }

    fn read(&self, name: &(String, String), request: &Request) -> Answer {
        let objects = self.objects();
        let Some(object) = objects.get(name) else {
            return refused(404, "NoSuchKey", "The specified key does not exist.");
        };
        if let Some(refusal) = unmet(request, Some(object)) {
            return refusal;
        }
        let size = object.content.len();
        let answer = match range(request.header("range")) {
            None => Answer::new(200, "binary/octet-stream", object.content.clone()),
            Some((first, _)) if first >= size => {
                return refused(
                    416,
                    "InvalidRange",
                    "The requested range is not satisfiable",
                );
            }
            Some((first, last)) => {
                let last = last.min(size - 1);
                let part = object.content.slice(first..=last);
                Answer::new(206, "binary/octet-stream", part)
                    .with_header("content-range", format!("bytes {first}-{last}/{size}"))
            }
        };
        answer.with_header("etag", &object.tag)
    }
}

impl Service for Buckets {
    fn answer(&self, request: &Request, _running: usize) -> Answer {
        let path = request.path.trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let parameters = request.parameters();
        let has = |name: &str| parameters.iter().any(|(key, _)| key == name);
        if has("uploads") || has("uploadId") || !request.header("x-amz-copy-source").is_empty() {
            return refused(
                501,
                "NotImplemented",
                "The simulator has no parts and no copies.",
            );
        }
        let name = (bucket.to_owned(), decoded(key));
        match (&request.method, key) {
            (&Method::GET, "") => {
                let objects = self.objects();
                let of_bucket = objects.iter().filter(|((other, _), _)| other == bucket);
                let of_bucket = of_bucket.map(|((_, key), object)| (key.as_str(), object));
                list::page(bucket, &parameters, self.options.page, of_bucket)
            }
            (&Method::HEAD | &Method::PUT, "") => {
                Answer::new(200, XML, "").with_header("x-amz-bucket-region", &self.options.region)
            }
            (&Method::PUT, _) => self.write(name, request),
            (&Method::GET | &Method::HEAD, _) => self.read(&name, request),
            (&Method::DELETE, _) => {
                self.objects().remove(&name);
                Answer::new(204, XML, "")
            }
            _ => refused(
                405,
                "MethodNotAllowed",
                "The specified method is not allowed.",
            ),
        }
    }
}

/// Why the request's condition does not hold of what is there.
fn unmet(request: &Request, found: Option<&Object>) -> Option<Answer> {
    let failed = || {
        let words = "At least one of the pre-conditions you specified did not hold";
        refused(412, "PreconditionFailed", words)
    };
    let (wanted, unwanted) = (request.header("if-match"), request.header("if-none-match"));
    if unwanted == "*" && found.is_some() {
        return Some(failed());
    }
    match found {
        None if !wanted.is_empty() => Some(refused(
            404,
            "NoSuchKey",
            "The specified key does not exist.",
        )),
        Some(found) if !wanted.is_empty() && found.tag != wanted => Some(failed()),
        _ => None,
    }
}

/// The first byte and the last of a range; `None` asks for the whole object.
fn range(header: &str) -> Option<(usize, usize)> {
    let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?))
}

/// The key in a path, whose characters may be escaped.
fn decoded(key: &str) -> String {
    let escaped = key.replace('+', "%2B");
    let mut fields = url::form_urlencoded::parse(escaped.as_bytes());
    fields
        .next()
        .map(|(key, _)| key.into_owned())
        .unwrap_or_default()
}

/// A refusal in S3's words.
pub(super) fn refused(status: u16, code: &str, message: &str) -> Answer {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
         <Message>{message}</Message><RequestId>simulated</RequestId></Error>"
    );
    Answer::new(status, XML, body)
}
