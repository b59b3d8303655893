//! A disk that is full, and a bucket that refuses: what is said, and what is left.

use std::sync::atomic::{AtomicUsize, Ordering};

use cloud_store::{Operation, Step, StoreError};
use function_core::{Exit, Failure, Outcome, RunState};
use simulators::kintone::App;
use tempfile::NamedTempFile;

use crate::machine::{Machine, end};
use crate::world::World;

fn is_write(operation: &Operation) -> bool {
    matches!(
        operation.step,
        Step::Put | Step::Upload | Step::Write | Step::Finish
    )
}

/// A hook that finds the disk full at the writes whose number `is_full` names, counted from 1.
fn full_at(
    is_full: impl Fn(usize) -> bool + Send + Sync + 'static,
) -> impl Fn(&Operation) -> Option<StoreError> + Send + Sync + 'static {
    let writes = AtomicUsize::new(0);
    move |operation| {
        if !is_write(operation) {
            return None;
        }
        let number = writes.fetch_add(1, Ordering::Relaxed) + 1;
        is_full(number).then(|| operation.disk_full())
    }
}

/// Asserts that the outcome is given up with words that name the object and the repair.
fn assert_given_up(outcome: Outcome, what: &str) -> Failure {
    let Outcome::Drop(failure) = outcome else {
        panic!("{what}: {outcome:?}")
    };
    assert_eq!(failure.exit, Exit::Failed, "{what}");
    failure
}

/// A new message once the fault is gone.
async fn assert_recovers(world: &mut World) {
    world.unhook();
    world.verified().await;
    world.assert_latest_is(&world.records()).await;
}

#[tokio::test]
async fn a_write_that_finds_the_disk_full_is_told_and_noted() {
    for number in 1.. {
        let mut world = World::new(App::article());
        world.hook(full_at(move |write| write == number));
        let outcome = world.night().await;
        if matches!(outcome, Outcome::Done(_)) {
            assert!(number > 15, "only {number} writes");
            return;
        }
        let what = format!("write {number}");
        let failure = assert_given_up(outcome, &what);
        assert!(
            failure.error.contains("the disk is full: free some space"),
            "{what}: {}",
            failure.error
        );
        assert_eq!(world.told.messages().len(), 1, "{what}");
        if let Some(record) = world.run_records().await.first() {
            let is_noted = record.error.as_ref() == Some(&failure.error);
            // The very last write is the one that notes the end.
            let is_done = record.state == RunState::Verified;
            assert!(is_noted || is_done, "{what}: {record:?}");
        }
        if world.latest().await.is_some() {
            world.assert_latest_is(&world.records()).await;
        }
        assert_recovers(&mut world).await;
    }
}

#[tokio::test]
async fn a_disk_that_stays_full_publishes_nothing_and_is_told_once() {
    for first in [1, 2, 4, 8, 12] {
        let mut world = World::new(App::article());
        world.hook(full_at(move |write| write >= first));
        let what = format!("from write {first} on");
        assert_given_up(world.night().await, &what);
        assert!(world.latest().await.is_none(), "{what}");
        assert_eq!(world.told.messages().len(), 1, "{what}");
        assert_recovers(&mut world).await;
    }
}

#[tokio::test]
async fn a_bucket_that_refuses_is_named_with_the_right_that_is_missing() {
    let mut world = World::new(App::article());
    world.hook(|operation| {
        Some(StoreError::Refused {
            operation: "using",
            object: format!("gs://backups/{}", operation.key),
            repair: "grant the service account roles/storage.objectUser".to_owned(),
            source: "403".into(),
        })
    });
    let failure = assert_given_up(world.night().await, "all refused");
    let words = failure.error;
    assert!(
        words.contains("gs://backups/runs/kintone-export/") && words.contains("objectUser"),
        "{words}"
    );
    let told = world.told.messages();
    assert_eq!(told.len(), 1);
    let told = String::from_utf8(told[0].data.clone()).unwrap();
    assert!(told.contains("objectUser"), "{told}");
    assert_recovers(&mut world).await;
}

#[tokio::test]
async fn a_file_where_the_folder_should_be_is_named() {
    let file = NamedTempFile::new().unwrap();
    let address = file.path().display().to_string();
    let world = World::new(App::article()).at(&address, &[]).await;
    let failure = assert_given_up(world.night().await, "a file");
    assert!(
        failure.error.contains(&address) && failure.error.contains("a file stands where"),
        "{}",
        failure.error
    );
    assert_eq!(world.told.messages().len(), 1);
}

#[tokio::test]
async fn the_program_says_what_the_file_system_refuses() {
    let machine = Machine::new(App::generated(1_200)).await;
    // No file may get larger than a few kilobytes, which is enough for a run record.
    let limited = machine.run_within("trap '' XFSZ; ulimit -f 24", "m-1");
    let (code, words) = end(limited).await;
    assert_eq!(code, Some(1), "{words}");
    assert!(
        words.contains(".csv was refused; the file system holds no file of this size"),
        "{words}"
    );
    let record = &machine.world.run_records().await[0];
    assert_eq!(record.state, RunState::Failed);
    assert!(
        record
            .error
            .as_ref()
            .is_some_and(|error| words.contains(error))
    );
    let names = machine.world.folder().list("").await.unwrap();
    assert_eq!(names, [], "nothing half-written is left");

    let (code, words) = end(machine.run("m-2")).await;
    assert_eq!(code, Some(0), "{words}");
    machine.assert_true().await;
}

#[tokio::test]
async fn a_database_on_a_full_disk_does_not_undo_the_backup() {
    // The kernel's own full disk, where the database's file should be.
    let world = World::new(App::article()).set("LOAD_URL", "sqlite:/dev/full");
    let outcome = world.night().await;
    let Outcome::Retry(failure) = outcome else {
        panic!("{outcome:?}")
    };
    assert!(failure.error.contains("is published"), "{}", failure.error);
    world.assert_latest_is(&world.records()).await;
    assert_eq!(world.told.messages().len(), 1);
}
