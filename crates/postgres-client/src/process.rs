//! The process number of a login, which tokio-postgres keeps for requests to cancel and shows nowhere else.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio_postgres::CancelToken;
use tokio_postgres::tls::TlsConnect;

use crate::line::Line;

/// The answer of a server that has TLS.
const TLS: &[u8] = b"S";
/// Length, code, process, key: four numbers of four bytes.
///
/// Source: PostgreSQL documentation, "Message Formats", `CancelRequest`.
const REQUEST_BYTES: usize = 16;
const BUFFER_BYTES: usize = 64;

/// The process that the login of `token` was told: read from a request to cancel that goes nowhere.
pub(crate) async fn login_process(token: &CancelToken) -> Result<i32, tokio_postgres::Error> {
    let (ours, mut theirs) = tokio::io::duplex(BUFFER_BYTES);
    let mut request = Vec::new();
    // Neither can fail before the buffer is full, which it never is.
    drop(theirs.write_all(TLS).await);
    token.cancel_query_raw(ours, Nowhere).await?;
    drop(theirs.read_to_end(&mut request).await);
    let from = request.len().saturating_sub(REQUEST_BYTES);
    let process = request[from..].get(8..12).unwrap_or_default();
    Ok(process.try_into().map_or(0, i32::from_be_bytes))
}

/// Makes of a line that goes nowhere one that passes for TLS.
struct Nowhere;

impl TlsConnect<DuplexStream> for Nowhere {
    type Stream = Line<DuplexStream>;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<Line<DuplexStream>>>;

    fn connect(self, stream: DuplexStream) -> Self::Future {
        std::future::ready(Ok(Line(stream)))
    }
}
