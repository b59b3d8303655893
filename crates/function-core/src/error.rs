//! What errors have in common: whether trying again helps, and how they are written out.

use std::error::Error;
use std::time::Duration;

/// Whether the same call may succeed later without anybody's doing.
pub trait Retryable {
    /// True for transient faults: a timeout, a throttle, a lock.
    fn is_retryable(&self) -> bool;

    /// How long the service asked to wait, if it did.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// An error and its sources on one line, joined by `: `.
///
/// A source whose words end the line already is not repeated.
pub fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !line.ends_with(&words) {
            line.push_str(": ");
            line.push_str(&words);
        }
        source = cause.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Link(&'static str, #[source] Option<Box<Link>>);

    #[test]
    fn a_chain_names_each_cause_once() {
        let root = Link("connection refused", None);
        let middle = Link("sending: connection refused", Some(Box::new(root)));
        let top = Link("app 12 was not read", Some(Box::new(middle)));
        assert_eq!(
            chain(&top),
            "app 12 was not read: sending: connection refused"
        );
    }
}
