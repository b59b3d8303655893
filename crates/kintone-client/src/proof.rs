//! What an answer proves about a write.

use crate::error::{Cause, ClientError};

impl ClientError {
    /// Whether a write that ended so surely wrote nothing, so that it may be sent again.
    ///
    /// | what came | proves it |
    /// |---|---|
    /// | a refusal with a code that is known: locks and throttles too, whatever the status | yes: a request is done whole or not at all (doc), and such a refusal says that it was not |
    /// | a refusal with another code and 4xx | yes, in the same way |
    /// | a refusal with another code and 5xx, 520 too, or without a code | no: the service may have failed after the write, or a gateway has made it |
    /// | 3xx or 4xx without JSON, 408 excepted: a log-in page, a gate, 429 | yes: it was turned away before Kintone (assumed) |
    /// | 408 or 5xx without JSON, 503 too | no: a gateway says 503 of a server that it lost after it had passed the request on, as much as of one that is down |
    /// | no connection came about, or no handshake | yes: nothing was sent |
    /// | the line was cut, or no answer came in time | no |
    /// | a success that can't be read, or that carries a warning | no: it most likely was done |
    pub(crate) fn proves_nothing_written(&self) -> bool {
        match self {
            Self::Option { .. }
            | Self::Start(_)
            | Self::Untrusted { .. }
            | Self::Content { .. } => true,
            Self::Refused { refusal, .. } => match refusal.cause() {
                Cause::Unavailable => false,
                Cause::Other => !refusal.code.is_empty() && is_turned_away(refusal.status),
                _ => true,
            },
            Self::NotJson { status, .. } => is_turned_away(*status),
            Self::Unreachable { source, .. } => source.is_connect(),
            Self::Timeout { .. }
            | Self::Warned { .. }
            | Self::NotAsAsked { .. }
            | Self::Decode { .. }
            | Self::PageLost { .. } => false,
        }
    }
}

/// Whether an answer of `status` was given instead of doing what was asked.
fn is_turned_away(status: u16) -> bool {
    matches!(status, 300..=407 | 409..=499)
}
