//! Amazon S3: the suite against moto, and faults that it can't have.

mod fake;
mod faults;

use std::time::Duration;

use cloud_store::Store;
use function_core::Env;
use test_services::Moto;

use crate::stories;

fn env(address: &str) -> Env {
    Env::default()
        .with("AWS_ENDPOINT_URL", address)
        .with("AWS_REGION", "us-east-1")
        .with("AWS_ACCESS_KEY_ID", "test")
        .with("AWS_SECRET_ACCESS_KEY", "test")
}

async fn open(address: &str) -> Store {
    Store::open("s3://tasuki/in/a/folder", &env(address))
        .await
        .unwrap()
}

/// A client of the test's own, to look behind the store.
fn client(address: &str) -> aws_sdk_s3::Client {
    use aws_sdk_s3::config::{BehaviorVersion, Builder, Credentials, Region};
    let keys = Credentials::builder()
        .access_key_id("test")
        .secret_access_key("test");
    let config = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(address)
        .force_path_style(true)
        .region(Region::new("us-east-1"))
        .credentials_provider(keys.provider_name("test").build());
    aws_sdk_s3::Client::from_conf(config.build())
}

async fn open_uploads(address: &str) -> usize {
    let request = client(address).list_multipart_uploads().bucket("tasuki");
    request.send().await.unwrap().uploads().len()
}

#[tokio::test]
async fn s3_holds_to_every_story() {
    let server = Moto::start("tasuki").await.unwrap();
    let address = server.address();
    let store = open(address).await;
    stories::hold(&store).await;
    stories::tell_when_it_was_written(&store).await;
    // What was dropped is aborted by tasks, which may be under way.
    let aborted = async {
        while open_uploads(address).await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), aborted)
        .await
        .unwrap();
}
