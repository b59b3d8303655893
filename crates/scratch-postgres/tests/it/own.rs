//! A server of our own.

use std::path::Path;

use function_core::{Clock, Env};
use scratch_postgres::{Programs, Scratch, ScratchError};

fn programs() -> Programs {
    let env = Env::from_process();
    Programs::find(
        env.get("TASUKI_POSTGRES_BIN").map(Path::new),
        env.get("PATH"),
    )
    .unwrap()
}

#[tokio::test]
async fn it_starts_serves_and_leaves_nothing() {
    let scratch = Scratch::own(&programs(), &Clock::system()).await.unwrap();
    let database = scratch.database().await.unwrap();
    let session = database.connect().await.unwrap();
    let row = session
        .query_one(
            "SELECT current_setting('data_directory'), current_setting('listen_addresses')",
            &[],
        )
        .await
        .unwrap();
    let (data, listens): (String, String) = (row.get(0), row.get(1));
    assert!(Path::new(&data).parent().unwrap().exists());
    assert_eq!(listens, "", "nobody reaches it over the network");
    drop(session);
    scratch.close().await.unwrap();
    assert!(!Path::new(&data).parent().unwrap().exists());
}

#[tokio::test]
async fn without_programs_it_says_what_to_install() {
    let empty = tempfile::tempdir().unwrap();
    let refused = Programs::find(Some(empty.path()), None).unwrap_err();
    let words = refused.to_string();
    assert!(
        words.contains("name their folder by POSTGRES_BIN"),
        "{words}"
    );
    assert!(
        words.contains(&empty.path().display().to_string()),
        "{words}"
    );
}

#[tokio::test]
async fn a_server_that_does_not_start_shows_its_log() {
    let folder = tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .tempdir()
        .unwrap();
    for program in ["initdb", "postgres"] {
        let path = folder.path().join(program);
        std::fs::write(&path, "#!/bin/sh\necho the disk is full >&2\nexit 1\n").unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
    }
    let programs = Programs::find(Some(folder.path()), None).unwrap();
    let refused = Scratch::own(&programs, &Clock::system()).await.unwrap_err();
    assert!(
        matches!(refused, ScratchError::NotReady { .. }),
        "{refused}"
    );
    assert!(
        refused.to_string().contains("the disk is full"),
        "{refused}"
    );
}
