//! What all clients of AWS share.

use std::time::Duration;

use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::shared::IntoShared as _;
use function_core::Env;

use crate::http::Unhurried;

/// The bound of the first delay between attempts, and of the longest. The SDK's jitter is full.
const FIRST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(10);

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How often a request to S3 is sent before its fault is reported.
pub const OBJECT_ATTEMPTS: u32 = 8;

/// How long a client tries.
struct Patience {
    /// How often a request is sent before its fault is reported.
    attempts: u32,
    /// How long to wait for an answer to begin.
    answer: Duration,
}

/// A part of an object is sent within that time, and a stream outlives many faults.
const OBJECTS: Patience = Patience {
    attempts: OBJECT_ATTEMPTS,
    answer: Duration::from_mins(2),
};

/// The answer to a small request. All attempts together stay below 2 minutes, so that a function
/// with a timeout of a few minutes can still say what was wrong.
const REQUESTS: Patience = Patience {
    attempts: 5,
    answer: Duration::from_secs(15),
};

/// The configuration of a client of `service`, such as `S3`, `RDS`, `DYNAMODB` or `SNS`: the name
/// in `AWS_ENDPOINT_URL_{SERVICE}`.
///
/// No server is asked for anything, and no certificate is read before the first request. With a region and credentials in `env`, as on Lambda, no file is read
/// either, and no other variable of the process matters. Without them the profile's are used
/// (`AWS_PROFILE`, `~/.aws`), and the SDK's default chain finds credentials when the first request
/// is sent. A region that is nowhere is a fault of that request.
///
/// A request is tried 5 times, within 2 minutes; one to S3 8 times.
pub async fn config(env: &Env, service: &str) -> SdkConfig {
    let patience = if service == "S3" { OBJECTS } else { REQUESTS };
    let retry = RetryConfig::standard()
        .with_max_attempts(patience.attempts)
        .with_initial_backoff(FIRST_DELAY)
        .with_max_backoff(LONGEST_DELAY);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(patience.answer)
        .build();
    let config = match (region(env), credentials(env)) {
        // The loader would look into the profile for each of some twenty settings.
        (Some(region), Some(credentials)) => SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build(),
        (region, credentials) => from_profile(region, credentials).await,
    };
    let mut builder = config.into_builder();
    builder.set_http_client(Some(Unhurried::new().into_shared()));
    builder.set_retry_config(Some(retry));
    builder.set_timeout_config(Some(timeouts));
    if let Some(endpoint) = endpoint(env, service) {
        builder.set_endpoint_url(Some(endpoint.to_owned()));
    }
    builder.build()
}

/// What `env` leaves open comes from the profile. The metadata server is not asked for a region:
/// away from AWS that takes seconds.
async fn from_profile(region: Option<Region>, credentials: Option<Credentials>) -> SdkConfig {
    let region =
        RegionProviderChain::first_try(region).or_else(ProfileFileRegionProvider::default());
    let loader = aws_config::defaults(BehaviorVersion::latest()).region(region);
    let loader = match credentials {
        Some(credentials) => loader.credentials_provider(credentials),
        None => loader,
    };
    loader.load().await
}

fn region(env: &Env) -> Option<Region> {
    env.get("AWS_REGION")
        .or_else(|| env.get("AWS_DEFAULT_REGION"))
        .map(|name| Region::new(name.to_owned()))
}

/// The credentials in `env`, which need not be the process's own environment.
fn credentials(env: &Env) -> Option<Credentials> {
    let builder = Credentials::builder()
        .access_key_id(env.get("AWS_ACCESS_KEY_ID")?)
        .secret_access_key(env.get("AWS_SECRET_ACCESS_KEY")?)
        .provider_name("environment");
    Some(match env.get("AWS_SESSION_TOKEN") {
        Some(token) => builder.session_token(token).build(),
        None => builder.build(),
    })
}

fn endpoint<'a>(env: &'a Env, service: &str) -> Option<&'a str> {
    env.get(&format!("AWS_ENDPOINT_URL_{service}"))
        .or_else(|| env.get("AWS_ENDPOINT_URL"))
}
