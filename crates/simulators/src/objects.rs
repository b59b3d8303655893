//! Where a simulated service puts what it exports.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use crate::server::lock;

/// A store that a simulated service writes into. Clones write into the same one.
#[derive(Clone, Debug)]
pub enum Objects {
    /// A server that speaks S3 without asking for signatures, such as moto: `host:port`.
    S3(String),
    /// Kept here, by bucket and key.
    Memory(Arc<Mutex<Kept>>),
}

/// Objects by bucket and key.
pub type Kept = BTreeMap<(String, String), Vec<u8>>;

impl Objects {
    /// The server at `url`, such as `http://127.0.0.1:5055`.
    pub fn s3(url: &str) -> Self {
        Self::S3(url.trim_start_matches("http://").to_owned())
    }

    /// An empty store in memory.
    pub fn memory() -> Self {
        Self::Memory(Arc::default())
    }

    /// The Region of the bucket; `None` where the store doesn't tell.
    ///
    /// A store in memory has every bucket, wherever it is wanted.
    ///
    /// # Errors
    /// The server can't be reached; a bucket that does not exist is `NotFound`.
    pub fn bucket_region(&self, bucket: &str) -> io::Result<Option<String>> {
        match self {
            Self::S3(host) => Ok(request(host, "HEAD", bucket, "", b"")?.bucket_region()),
            Self::Memory(_) => Ok(None),
        }
    }

    /// Makes a bucket in a Region; one that is there stays as it is, wherever it is.
    ///
    /// # Errors
    /// The server can't be reached or refuses the bucket.
    pub fn create_bucket(&self, bucket: &str, region: &str) -> io::Result<()> {
        let Self::S3(host) = self else {
            return Ok(());
        };
        match self.bucket_region(bucket) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            found => return found.map(drop),
        }
        // S3 takes no constraint that names us-east-1.
        let body = if region == "us-east-1" {
            String::new()
        } else {
            format!(
                "<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
            )
        };
        request(host, "PUT", bucket, "", body.as_bytes()).map(drop)
    }

    /// Reads an object.
    ///
    /// # Errors
    /// The server can't be reached; an object that does not exist is `NotFound`.
    pub fn get(&self, bucket: &str, key: &str) -> io::Result<Vec<u8>> {
        match self {
            Self::S3(host) => Ok(request(host, "GET", bucket, key, b"")?.body),
            Self::Memory(objects) => lock(objects)
                .get(&(bucket.to_owned(), key.to_owned()))
                .cloned()
                .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, key.to_owned())),
        }
    }

    /// The keys that begin with `prefix`, in order.
    ///
    /// # Errors
    /// The server can't be reached; a bucket that does not exist is `NotFound`, but in memory is just empty.
    pub fn list(&self, bucket: &str, prefix: &str) -> io::Result<Vec<String>> {
        match self {
            Self::S3(host) => listed(host, bucket, prefix),
            Self::Memory(objects) => {
                let objects = lock(objects);
                let keys = objects.keys().filter(|(name, _)| name == bucket);
                let keys = keys.map(|(_, key)| key.clone());
                Ok(keys.filter(|key| key.starts_with(prefix)).collect())
            }
        }
    }

    /// Writes an object.
    ///
    /// # Errors
    /// The server can't be reached or refuses the object; a bucket that does not exist is `NotFound`.
    pub fn put(&self, bucket: &str, key: &str, content: &[u8]) -> io::Result<()> {
        match self {
            Self::S3(host) => request(host, "PUT", bucket, key, content).map(drop),
            Self::Memory(objects) => {
                let name = (bucket.to_owned(), key.to_owned());
                lock(objects).insert(name, content.to_vec());
                Ok(())
            }
        }
    }

    /// Removes an object; one that is not there is removed already.
    ///
    /// # Errors
    /// The server can't be reached.
    pub fn delete(&self, bucket: &str, key: &str) -> io::Result<()> {
        match self {
            Self::S3(host) => request(host, "DELETE", bucket, key, b"").map(drop),
            Self::Memory(objects) => {
                lock(objects).remove(&(bucket.to_owned(), key.to_owned()));
                Ok(())
            }
        }
    }
}

/// An answer of the server, read to its end.
struct Reply {
    head: String,
    body: Vec<u8>,
}

impl Reply {
    fn parse(mut answer: Vec<u8>) -> Self {
        let blank = answer.windows(4).position(|window| window == b"\r\n\r\n");
        let body = answer.split_off(blank.map_or(answer.len(), |at| at + 4));
        let head = String::from_utf8_lossy(&answer).into_owned();
        Self { head, body }
    }

    fn status(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    fn bucket_region(&self) -> Option<String> {
        self.head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let found = name.eq_ignore_ascii_case("x-amz-bucket-region");
            found.then(|| value.trim().to_owned())
        })
    }
}

/// A request for an object, or with an empty key for its bucket.
fn request(host: &str, method: &str, bucket: &str, key: &str, body: &[u8]) -> io::Result<Reply> {
    asked(host, method, &format!("{bucket}/{}", escaped(key)), body)
}

/// One request on a connection of its own. A simulator answers on a thread of its own, so it may wait.
///
/// It is signed as it was before regions were part of a signature: stand-ins for S3 check none, but hold
/// what is not signed for a stranger's, and what is signed for another region for a mistake.
fn asked(host: &str, method: &str, path: &str, body: &[u8]) -> io::Result<Reply> {
    let mut stream = TcpStream::connect(host)?;
    let length = body.len();
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\n\
         authorization: AWS simulator:none\r\n\
         connection: close\r\n\r\n"
    )?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let reply = Reply::parse(answer);
    match reply.status() {
        "200" | "204" => Ok(reply),
        "404" => Err(io::Error::new(io::ErrorKind::NotFound, path.to_owned())),
        status => Err(io::Error::other(format!("{method} {path}: {status}"))),
    }
}

/// All pages of a list.
fn listed(host: &str, bucket: &str, prefix: &str) -> io::Result<Vec<String>> {
    let mut keys = Vec::new();
    let mut token = String::new();
    loop {
        let query = format!(
            "list-type=2&prefix={}{token}",
            escaped(prefix).replace('/', "%2F")
        );
        let reply = asked(host, "GET", &format!("{bucket}?{query}"), b"")?;
        let page = String::from_utf8_lossy(&reply.body).into_owned();
        keys.extend(between(&page, "<Key>", "</Key>"));
        let next = between(&page, "<NextContinuationToken>", "</NextContinuationToken>");
        match next.first() {
            None => return Ok(keys),
            Some(next) => {
                let next = escaped(next).replace('/', "%2F");
                token = format!("&continuation-token={next}");
            }
        }
    }
}

/// All texts between two marks, with their entities resolved.
fn between(page: &str, open: &str, close: &str) -> Vec<String> {
    let texts = page.split(open).skip(1);
    let texts = texts.filter_map(|rest| rest.split_once(close));
    let plain = |(text, _): (&str, &str)| {
        let entities = [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&#x27;", "'"),
            ("&amp;", "&"),
        ];
        entities
            .iter()
            .fold(text.to_owned(), |text, (entity, plain)| {
                text.replace(entity, plain)
            })
    };
    texts.map(plain).collect()
}

fn escaped(key: &str) -> String {
    key.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}
