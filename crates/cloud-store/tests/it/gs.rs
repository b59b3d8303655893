//! Cloud Storage: the suite against fake-gcs-server, and faults that it can't have.

mod fake;
mod faults;

use cloud_store::Store;
use function_core::Env;
use test_services::FakeGcsServer;

use crate::stories;

async fn open(address: &str) -> Store {
    let env = Env::default().with("STORAGE_EMULATOR_HOST", address);
    Store::open("gs://tasuki/in/a/folder", &env).await.unwrap()
}

#[tokio::test]
async fn cloud_storage_holds_to_every_story() {
    let server = FakeGcsServer::start("tasuki").await.unwrap();
    let store = open(server.address()).await;
    stories::hold(&store).await;
    stories::tell_when_it_was_written(&store).await;
}
