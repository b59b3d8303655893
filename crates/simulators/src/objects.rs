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
    Memory(Arc<Mutex<BTreeMap<(String, String), Vec<u8>>>>),
}

impl Objects {
    /// The server at `url`, such as `http://127.0.0.1:5055`.
    pub fn s3(url: &str) -> Self {
        Self::S3(url.trim_start_matches("http://").to_owned())
    }

    /// An empty store in memory.
    pub fn memory() -> Self {
        Self::Memory(Arc::default())
    }

    /// Writes an object.
    ///
    /// # Errors
    /// The server can't be reached or refuses the object; a bucket that does not exist is `NotFound`.
    pub fn put(&self, bucket: &str, key: &str, content: &[u8]) -> io::Result<()> {
        match self {
            Self::S3(host) => request(host, "PUT", bucket, key, content),
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
            Self::S3(host) => request(host, "DELETE", bucket, key, b""),
            Self::Memory(objects) => {
                lock(objects).remove(&(bucket.to_owned(), key.to_owned()));
                Ok(())
            }
        }
    }
}

/// One request on a connection of its own. A simulator answers on a thread of its own, so it may wait.
fn request(host: &str, method: &str, bucket: &str, key: &str, body: &[u8]) -> io::Result<()> {
    let path: String = key
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect();
    let mut stream = TcpStream::connect(host)?;
    let length = body.len();
    write!(
        stream,
        "{method} /{bucket}/{path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=simulator/20260101/us-east-1/s3/aws4_request\r\n\
         connection: close\r\n\r\n"
    )?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let status = String::from_utf8_lossy(answer.get(9..12).unwrap_or_default()).into_owned();
    match status.as_str() {
        "200" | "204" => Ok(()),
        "404" => Err(io::Error::new(io::ErrorKind::NotFound, bucket.to_owned())),
        _ => Err(io::Error::other(format!(
            "{method} {bucket}/{key}: {status}"
        ))),
    }
}
