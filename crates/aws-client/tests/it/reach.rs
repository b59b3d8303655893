use aws_client::AwsError;
use aws_config::retry::RetryConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_sns::Client;
use aws_sdk_sns::config::Builder;
use function_core::{Env, Retryable as _, chain};

use crate::server::Server;
use crate::{client, env, publish};

/// A chain that ends with `0`.
#[derive(Debug)]
struct Without(fn() -> CredentialsError);

impl ProvideCredentials for Without {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(self.0()))
    }
}

/// What ends the one attempt of a client that was changed by `change`.
async fn fault(env: &Env, change: impl FnOnce(Builder) -> Builder) -> AwsError {
    let shared = aws_client::config(env, "SNS").await;
    let builder = Builder::from(&shared).retry_config(RetryConfig::disabled());
    let client = Client::from_conf(change(builder).build());
    publish(&client).await.unwrap_err()
}

#[tokio::test]
async fn a_request_is_signed_for_the_region_and_with_the_keys_of_the_environment() {
    let server = Server::willing().await;
    publish(&client(&env(&server.address)).await).await.unwrap();
    let [authorization] = server.authorizations().try_into().unwrap();
    assert!(
        authorization.contains("Credential=AKIAEXAMPLE/")
            && authorization.contains("/eu-west-1/sns/")
            && authorization.contains("x-amz-security-token"),
        "{authorization}"
    );
}

#[tokio::test]
async fn the_address_of_a_service_comes_before_that_of_all() {
    let (all, sns) = (Server::willing().await, Server::willing().await);
    let env = env(&all.address).with("AWS_ENDPOINT_URL_SNS", &sns.address);
    publish(&client(&env).await).await.unwrap();
    assert_eq!(
        (all.authorizations().len(), sns.authorizations().len()),
        (0, 1)
    );
}

#[tokio::test]
async fn the_older_name_of_the_region_does_too() {
    let server = Server::willing().await;
    let env = env(&server.address)
        .with("AWS_REGION", "")
        .with("AWS_DEFAULT_REGION", "ap-northeast-1");
    publish(&client(&env).await).await.unwrap();
    let [authorization] = server.authorizations().try_into().unwrap();
    assert!(
        authorization.contains("/ap-northeast-1/sns/"),
        "{authorization}"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_passing_fault() {
    // Nobody else gets its port, and nobody listens.
    let closed = tokio::net::TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = format!("http://{}", closed.local_addr().unwrap());
    let error = fault(&env(&address), |builder| builder).await;
    assert!(
        matches!(error, AwsError::Unreached { .. }) && error.is_retryable(),
        "{error:?}"
    );
}

#[tokio::test]
async fn without_credentials_nothing_is_sent_and_the_repair_is_named() {
    let server = Server::willing().await;
    let absent = Without(|| CredentialsError::not_loaded("no providers in chain"));
    let error = fault(&env(&server.address), |builder| {
        builder.credentials_provider(absent)
    })
    .await;
    assert!(error.is_without_credentials() && !error.is_retryable());
    let words = chain(&error);
    assert!(
        words.contains("was not sent; run it with a role on AWS"),
        "{words}"
    );
    assert_eq!(server.authorizations().len(), 0);
}

#[tokio::test]
async fn credentials_that_could_not_be_fetched_in_passing_may_come_later() {
    let server = Server::willing().await;
    let late = Without(|| CredentialsError::provider_timed_out(std::time::Duration::from_secs(5)));
    let error = fault(&env(&server.address), |builder| {
        builder.credentials_provider(late)
    })
    .await;
    assert!(error.is_retryable(), "{error:?}");
}

#[tokio::test]
async fn without_a_region_the_repair_is_named() {
    let error = fault(&env("").with("AWS_ENDPOINT_URL", ""), |builder| {
        let mut builder = builder;
        builder.set_region(None);
        builder
    })
    .await;
    let words = chain(&error);
    assert!(words.contains("was not sent; set AWS_REGION"), "{words}");
    assert!(!error.is_retryable());
}
