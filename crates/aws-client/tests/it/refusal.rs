use aws_client::AwsError;
use axum::http::StatusCode;
use function_core::Retryable as _;

use crate::server::{REQUEST_ID, Server};
use crate::{TOPIC, client, env, publish};

/// What a refusal means, and how often the client was refused.
async fn refusal(status: u16, code: &str, message: &str) -> (AwsError, usize) {
    let server = Server::refusing(status, code, message).await;
    let client = client(&env(&server.address)).await;
    let error = publish(&client).await.unwrap_err();
    (error, server.authorizations().len())
}

#[tokio::test]
async fn a_code_that_the_model_does_not_know_is_kept() {
    let (error, attempts) = refusal(400, "ExportTaskLimitReachedFault", "at most 5").await;
    assert_eq!(error.code(), Some("ExportTaskLimitReachedFault"));
    assert_eq!(
        error.to_string(),
        format!(
            "Publish of {TOPIC} was refused: ExportTaskLimitReachedFault: at most 5 \
             (status 400, request {REQUEST_ID})"
        )
    );
    assert!(!error.is_retryable() && attempts == 1, "{attempts}");
}

#[tokio::test]
async fn a_busy_service_is_asked_five_times_and_may_be_asked_again_later() {
    for (status, code) in [
        (400, "Throttling"),
        (400, "ThrottlingException"),
        (400, "RequestLimitExceeded"),
        (429, "TooManyRequestsException"),
        (400, "ProvisionedThroughputExceededException"),
        (503, "SlowDown"),
        (500, "InternalFailure"),
    ] {
        let (error, attempts) = refusal(status, code, "later").await;
        assert!(error.is_retryable() && attempts == 5, "{code}: {attempts}");
    }
}

#[tokio::test]
async fn what_is_denied_stays_denied_and_says_what_to_do() {
    for (status, code) in [
        (403, "AccessDenied"),
        (400, "AccessDeniedException"),
        (403, "UnauthorizedOperation"),
        (403, "NotAuthorized"),
        (403, "AuthorizationError"),
    ] {
        let (error, attempts) = refusal(status, code, "not authorized to perform: it").await;
        assert!(error.is_denied() && !error.is_retryable() && attempts == 1);
        let words = error.to_string();
        assert!(
            words.contains("; allow it in the policy of the role that"),
            "{words}"
        );
    }
}

#[tokio::test]
async fn a_key_that_is_denied_is_named_as_such() {
    let message = "not authorized to perform: kms:GenerateDataKey";
    let (error, _) = refusal(400, "AccessDeniedException", message).await;
    let words = error.to_string();
    assert!(words.contains("and in that of the key"), "{words}");
}

#[tokio::test]
async fn credentials_that_have_expired_are_a_lasting_fault_with_its_repair() {
    for code in [
        "ExpiredToken",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
    ] {
        let (error, attempts) = refusal(403, code, "the security token is invalid").await;
        assert!(error.is_without_credentials() && !error.is_retryable() && attempts == 1);
        let words = error.to_string();
        assert!(words.contains("; run it with a role on AWS, or"), "{words}");
    }
}

#[tokio::test]
async fn a_wrong_signature_is_told_without_what_was_signed() {
    let message = "The signature does not match.\n\nThe Canonical String for this request should \
                   have been\n'POST\nx-amz-security-token:s3ss10n'";
    let (error, _) = refusal(403, "SignatureDoesNotMatch", message).await;
    let words = format!("{error} {error:?}");
    assert!(words.contains("The signature does not match."), "{words}");
    assert!(!words.contains("s3ss10n"), "{words}");
}

#[tokio::test]
async fn an_answer_of_something_in_between_is_told_by_its_status() {
    let page = "<html>Bad gateway</html>".to_owned();
    let server = Server::start(StatusCode::BAD_GATEWAY, page).await;
    let error = publish(&client(&env(&server.address)).await).await;
    let error = error.unwrap_err();
    assert!(error.is_retryable() && error.code().is_none(), "{error:?}");
    assert!(error.to_string().contains("(status 502, "), "{error}");
}
