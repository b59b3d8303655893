//! Refusals in Google's shape, and those to script.

use serde_json::{Value, json};

use crate::exchange::Answer;
use crate::fault::Effect;

/// The content type of every answer.
const JSON: &str = "application/json; charset=UTF-8";

/// Why a request does nothing.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    code: u16,
    status: &'static str,
    reason: &'static str,
    message: String,
}

impl Refusal {
    fn new(
        code: u16,
        status: &'static str,
        reason: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code,
            status,
            reason,
            message: message.into(),
        }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "INVALID_ARGUMENT", "invalid", message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "NOT_FOUND", "notFound", message)
    }

    pub(super) fn exists(message: impl Into<String>) -> Self {
        Self::new(409, "ALREADY_EXISTS", "duplicate", message)
    }

    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "INTERNAL", "internalError", message)
    }

    pub(super) fn unimplemented(message: impl Into<String>) -> Self {
        Self::new(501, "UNIMPLEMENTED", "notImplemented", message)
    }

    pub(super) fn answer(&self) -> Answer {
        let message = &self.message;
        answer(
            self.code,
            &json!({ "error": {
                "code": self.code,
                "message": message,
                "errors": [{ "message": message, "domain": "global", "reason": self.reason }],
                "status": self.status,
            } }),
        )
    }
}

pub(super) fn answer(status: u16, body: &Value) -> Answer {
    Answer::new(status, JSON, body.to_string())
}

/// A refusal to script, such as `refuse(503, "The service is currently unavailable.")`.
///
/// Codes without a canonical name of their own get `UNKNOWN`.
pub fn refuse(code: u16, message: &str) -> Effect {
    let (status, reason) = match code {
        400 => ("INVALID_ARGUMENT", "invalid"),
        401 => ("UNAUTHENTICATED", "authError"),
        403 => ("PERMISSION_DENIED", "accessDenied"),
        404 => ("NOT_FOUND", "notFound"),
        409 => ("ALREADY_EXISTS", "duplicate"),
        429 => ("RESOURCE_EXHAUSTED", "rateLimitExceeded"),
        500 => ("INTERNAL", "internalError"),
        503 => ("UNAVAILABLE", "backendError"),
        504 => ("DEADLINE_EXCEEDED", "timeout"),
        _ => ("UNKNOWN", "unknown"),
    };
    Effect::Answer(Refusal::new(code, status, reason, message).answer())
}

/// The refusal of a caller who lacks a permission, such as `bigquery.transfers.update`.
pub fn denied(permission: &str) -> Effect {
    let message = format!("The caller does not have permission: requires {permission}");
    refuse(403, &message)
}

/// The refusal of one request too many. With `code` 429 it is plain; with 403, as BigQuery has it, only the reason
/// `rateLimitExceeded` tells it from a missing permission.
pub fn throttled(code: u16) -> Effect {
    let message = "Quota exceeded: Your project exceeded quota for requests per minute. \
        For more information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas";
    let status = match code {
        403 => "PERMISSION_DENIED",
        _ => "RESOURCE_EXHAUSTED",
    };
    let refusal = Refusal::new(code, status, "rateLimitExceeded", message);
    Effect::Answer(refusal.answer())
}
