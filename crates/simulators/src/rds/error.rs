//! How RDS says no, in the words of the query protocol.

use super::xml;
use crate::exchange::Answer;
use crate::fault::Effect;

/// A refusal: nothing was done.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    code: String,
    message: String,
}

impl Refusal {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
        }
    }

    /// A parameter whose value the service can't take.
    pub(crate) fn value(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterValue", message)
    }

    pub(crate) fn answer(&self, request: &str) -> Answer {
        let status = status(&self.code);
        let blame = if status < 500 { "Sender" } else { "Receiver" };
        let error = [
            xml::text("Type", blame),
            xml::text("Code", &self.code),
            xml::text("Message", &self.message),
        ];
        let error = xml::element("Error", &error.concat());
        let body = error + &xml::text("RequestId", request);
        xml::answer(status, request, "ErrorResponse", &body)
    }
}

/// The HTTP status of an error code. Source: the `httpStatusCode` of the service model; "Common
/// Error Types" of the RDS API Reference for the codes that every action shares.
fn status(code: &str) -> u16 {
    match code {
        "DBClusterNotFoundFault"
        | "DBClusterSnapshotNotFoundFault"
        | "DBInstanceNotFound"
        | "DBSnapshotNotFound"
        | "ExportTaskNotFound"
        | "IamRoleNotFound" => 404,
        "AccessDenied" | "MissingAuthenticationToken" | "SignatureDoesNotMatch" => 403,
        "InternalFailure" => 500,
        "ServiceUnavailable" => 503,
        _ => 400,
    }
}

/// An effect for [`script`](super::Rds::script): the request is refused with this code and does nothing.
///
/// `Throttling` is what RDS answers when it is asked too often.
pub fn refusal(code: &str, message: &str) -> Effect {
    Effect::Answer(Refusal::new(code, message).answer("scripted"))
}
