//! Why a service is not there for the test.

use std::io;

/// Why a service is not there for the test.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The program is not installed.
    #[error("{program} is not installed; {repair}")]
    Missing {
        /// The program.
        program: &'static str,
        /// How to install it.
        repair: &'static str,
    },
    /// The process or its folder can't be made.
    #[error("{service} can't be started")]
    Start {
        /// The service.
        service: &'static str,
        /// The system's own words.
        source: io::Error,
    },
    /// The process ended before it answered.
    #[error("{service} stopped before it answered; its log ends: {log}")]
    Stopped {
        /// The service.
        service: &'static str,
        /// The last lines that it wrote.
        log: String,
    },
    /// The process runs, but its port stays closed.
    #[error("{service} did not answer within {seconds} s; its log ends: {log}")]
    Silent {
        /// The service.
        service: &'static str,
        /// How long it was waited for.
        seconds: u64,
        /// The last lines that it wrote.
        log: String,
    },
    /// The service answered with an error.
    #[error("{service} refused {request} with status {status}: {body}")]
    Refused {
        /// The service.
        service: &'static str,
        /// The method and the path.
        request: String,
        /// The HTTP status.
        status: u16,
        /// The answer's text.
        body: String,
    },
    /// The service was not reached, or its answer is not what it documents.
    #[error("{service} did not answer {request} as documented")]
    Answer {
        /// The service.
        service: &'static str,
        /// The method and the path.
        request: String,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
