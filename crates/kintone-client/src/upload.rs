//! Uploading attachments.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt as _};
use reqwest::Method;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Deserialize;

use crate::call::Call;
use crate::client::Client;
use crate::error::ClientError;
use crate::limits;
use crate::transport::Sending;

/// Why content can't be read.
pub type ContentError = Box<dyn Error + Send + Sync>;

/// A file to upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewFile<'a> {
    /// The name that people see. Line breaks and quotes go as `%0D`, `%0A` and `%22`, as browsers send them.
    pub name: &'a str,
    /// The media type; one that no header can carry goes as `application/octet-stream`.
    pub content_type: &'a str,
    /// The size in bytes, exactly.
    pub size_bytes: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    file_key: String,
}

impl Client {
    /// Uploads `content`, and gives the key that attaches it.
    ///
    /// # Errors
    /// As [`upload`](Self::upload).
    pub async fn upload_bytes(
        &self,
        name: &str,
        content_type: &str,
        content: Bytes,
    ) -> Result<String, ClientError> {
        let file = NewFile {
            name,
            content_type,
            size_bytes: content.len() as u64,
        };
        let open = || {
            let chunks = stream::iter([Ok(content.clone())]);
            std::future::ready(Ok(chunks))
        };
        self.upload(&file, open).await
    }

    /// Uploads the content that `open` gives, anew for each attempt, and gives the key that attaches it.
    ///
    /// An upload that is never attached is harmless: the service removes it after three days.
    /// Whether one key can be attached in several places is not documented; upload once for each.
    ///
    /// # Errors
    /// The call, see [`ClientError`]; the content can't be read, or has another size.
    pub async fn upload<Opening, Content>(
        &self,
        file: &NewFile<'_>,
        open: impl Fn() -> Opening,
    ) -> Result<String, ClientError>
    where
        Opening: Future<Output = Result<Content, ContentError>>,
        Content: Stream<Item = Result<Bytes, ContentError>> + Send + 'static,
    {
        let mut call = Call::new(
            Method::POST,
            format!("upload of a file of {} bytes", file.size_bytes),
            "file.json",
        );
        let slowest = file.size_bytes / limits::UPLOAD_BYTES_PER_SECOND;
        call.timeout = Some(limits::UPLOAD_TIMEOUT + Duration::from_secs(slowest));
        let fault = Fault::default();
        let unread = |source| ClientError::Content {
            call: call.what.clone(),
            source,
        };
        let sending = || {
            let opening = open();
            let fault = fault.clone();
            async move {
                let content = opening.await.map_err(unread)?;
                Ok(sending(file, content, fault))
            }
        };
        let read = |text: String| Ok(serde_json::from_str::<Answer>(&text)?.file_key);
        let why = || fault.take().map(unread);
        self.transport.send_body(&call, sending, why, read).await
    }
}

/// The first fault of a content, which the HTTP client would tell as a cut connection.
#[derive(Clone, Default)]
struct Fault(Arc<Mutex<Option<ContentError>>>);

impl Fault {
    fn take(&self) -> Option<ContentError> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.take()
    }

    /// Keeps `error`, and gives one that ends the request.
    fn keep(&self, error: ContentError) -> ContentError {
        let ending = error.to_string().into();
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.get_or_insert(error);
        ending
    }
}

/// The multipart body of `file` with its headers.
fn sending(
    file: &NewFile<'_>,
    content: impl Stream<Item = Result<Bytes, ContentError>> + Send + 'static,
    fault: Fault,
) -> Sending {
    // Drawn anew each time, so that no content can hold it.
    let boundary = format!("tasuki-{:032x}", fastrand::u128(..));
    let content_type = match HeaderValue::from_str(file.content_type) {
        Ok(_) if !file.content_type.is_empty() => file.content_type,
        _ => "application/octet-stream",
    };
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\nContent-Type: {content_type}\r\n\r\n",
        quoted(file.name),
    );
    let tail = format!("\r\n--{boundary}--\r\n");
    let length = (head.len() + tail.len()) as u64 + file.size_bytes;
    let whole = stream::iter([Ok(Bytes::from(head))])
        .chain(exactly(file.size_bytes, content))
        .chain(stream::iter([Ok(Bytes::from(tail))]))
        .map(move |chunk| chunk.map_err(|error| fault.keep(error)));
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    let form = format!("multipart/form-data; boundary={boundary}");
    if let Ok(form) = HeaderValue::from_str(&form) {
        headers.insert(CONTENT_TYPE, form);
    }
    Sending {
        headers,
        body: reqwest::Body::wrap_stream(whole),
    }
}

/// A name between quotes, as the HTML standard has browsers send it: in UTF-8, three characters escaped.
fn quoted(name: &str) -> String {
    name.replace('\r', "%0D")
        .replace('\n', "%0A")
        .replace('"', "%22")
}

/// `content`, which must have `size_bytes`.
fn exactly(
    size_bytes: u64,
    content: impl Stream<Item = Result<Bytes, ContentError>> + Send + 'static,
) -> impl Stream<Item = Result<Bytes, ContentError>> + Send {
    let wrong = move |bytes: u64| -> ContentError {
        format!("it has {bytes} bytes or more; {size_bytes} were announced").into()
    };
    let rest = (Box::pin(content), 0_u64);
    stream::try_unfold(rest, move |(mut content, mut bytes)| async move {
        match content.next().await.transpose()? {
            Some(chunk) => {
                bytes += chunk.len() as u64;
                if bytes > size_bytes {
                    return Err(wrong(bytes));
                }
                Ok(Some((chunk, (content, bytes))))
            }
            None if bytes == size_bytes => Ok(None),
            None => Err(wrong(bytes)),
        }
    })
}
