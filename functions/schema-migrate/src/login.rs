//! Logging in with a token of the service account, as Cloud SQL and AlloyDB take it for a password.
//!
//! **Source:** Cloud SQL, "Log in using IAM database authentication"; AlloyDB, "Connect using an IAM account". The user
//! in the address is the service account without `.gserviceaccount.com`. The server takes the token over TLS or by the
//! socket of Cloud Run alone.

use function_core::{Retryable, Secret};

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
#[error(
    "no token of the service account, which DATABASE_AUTH=iam asks for: on Cloud Run the metadata server gives one, elsewhere `gcloud auth application-default login` does"
)]
pub(crate) struct LoginError {
    passing: bool,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl Retryable for LoginError {
    fn is_retryable(&self) -> bool {
        self.passing
    }
}

/// A token that lets the service account log in, and do nothing else.
#[cfg(feature = "cloud")]
pub(crate) async fn token() -> Result<Secret, LoginError> {
    use google_cloud_auth::credentials::Builder;

    const SCOPES: [&str; 2] = [
        "https://www.googleapis.com/auth/sqlservice.login",
        "https://www.googleapis.com/auth/alloydb.login",
    ];
    let credentials = Builder::default()
        .with_scopes(SCOPES)
        .build_access_token_credentials()
        .map_err(|source| LoginError {
            passing: false,
            source: source.into(),
        })?;
    let token = credentials
        .access_token()
        .await
        .map_err(|source| LoginError {
            passing: source.is_transient(),
            source: source.into(),
        })?;
    Ok(Secret::new(token.token))
}

/// The settings refuse `iam` in a program that can't.
#[cfg(not(feature = "cloud"))]
#[expect(
    clippy::unused_async,
    reason = "with the feature `cloud` it asks the metadata server"
)]
pub(crate) async fn token() -> Result<Secret, LoginError> {
    let source = "this program was built without the feature `cloud`".into();
    Err(LoginError {
        passing: false,
        source,
    })
}
