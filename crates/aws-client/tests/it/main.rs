//! A client of AWS against a server that answers as told.

#![cfg(test)]

mod reach;
mod refusal;
mod server;

use aws_client::AwsError;
use aws_sdk_sns::Client;
use function_core::Env;

const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:notices";

fn env(endpoint: &str) -> Env {
    Env::default()
        .with("AWS_ENDPOINT_URL", endpoint)
        .with("AWS_REGION", "eu-west-1")
        .with("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .with("AWS_SECRET_ACCESS_KEY", "s3cr3t")
        .with("AWS_SESSION_TOKEN", "s3ss10n")
}

async fn client(env: &Env) -> Client {
    Client::new(&aws_client::config(env, "SNS").await)
}

async fn publish(client: &Client) -> Result<(), AwsError> {
    let request = client.publish().topic_arn(TOPIC).message("hello");
    let answer = request.send().await;
    answer
        .map(drop)
        .map_err(|error| AwsError::of("Publish", TOPIC, &error))
}
