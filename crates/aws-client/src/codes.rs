//! What the codes of AWS mean: whether a fault passes, and what a person can do about it.
//!
//! Codes are compared as text: services send some that their models do not know.
//!
//! **Source**: the reference of each API, "Common Errors"; Amazon S3 API Reference, "Error
//! responses"; AWS SDKs and Tools Reference Guide, "Retry behavior".

/// The service is busy, or asks for patience.
const BUSY: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "KMSThrottling",
    "KMSThrottlingException",
    "LimitExceededException",
    "OperationAborted",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "SlowDown",
    "Throttled",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// The caller may not do that.
const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "NotAuthorized",
    "UnauthorizedOperation",
];

/// The caller's credentials are not, or no longer, any.
const BAD_CREDENTIALS: &[&str] = &[
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
];

/// What to do where there are no credentials that work.
pub const CREDENTIALS_REPAIR: &str = "run it with a role on AWS, or set AWS_ACCESS_KEY_ID and \
                                             AWS_SECRET_ACCESS_KEY to keys that are valid";

/// Whether the same request may succeed later.
pub(crate) fn is_passing(status: u16, code: &str) -> bool {
    matches!(status, 408 | 429 | 500..) || BUSY.contains(&code)
}

pub(crate) fn is_denied(status: u16, code: &str) -> bool {
    // An answer to HEAD has no body, so no code.
    DENIED.contains(&code) || (status == 403 && code.is_empty())
}

pub(crate) fn is_bad_credentials(code: &str) -> bool {
    BAD_CREDENTIALS.contains(&code)
}

/// What a person can do, where the code alone tells.
pub(crate) fn repair(status: u16, code: &str, message: &str) -> Option<&'static str> {
    if is_bad_credentials(code) {
        Some(CREDENTIALS_REPAIR)
    } else if !is_denied(status, code) {
        None
    } else if message.contains("kms:") {
        Some("allow it in the policy of the role and in that of the key")
    } else {
        Some("allow it in the policy of the role that this runs with")
    }
}
