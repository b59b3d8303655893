//! The store that fails where a test says so.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cloud_store::{Fault, Faulty, Memory, Put, Step, Store, StoreError};

use crate::stories;

fn text() -> Put {
    Put::new("text/plain")
}

#[tokio::test]
async fn a_store_without_faults_holds_to_every_story() {
    let store = Faulty::new(Store::memory(Memory::new()), |_| None::<Fault>).into_store();
    stories::hold(&store).await;
}

#[tokio::test]
async fn the_chosen_step_fails_and_nothing_is_published() {
    let memory = Store::memory(Memory::new());
    let writes = AtomicU32::new(0);
    let store = Faulty::new(memory.clone(), move |operation| {
        let is_third = operation.step == Step::Write && writes.fetch_add(1, Ordering::Relaxed) == 2;
        is_third.then(|| operation.disk_full())
    })
    .into_store();
    let mut upload = store.upload("a", &text()).await.unwrap();
    upload.write("one").await.unwrap();
    upload.write("two").await.unwrap();
    let error = upload.write("three").await.unwrap_err();
    assert!(error.to_string().contains("the disk is full"), "{error}");
    // The gap can't be published, by whatever comes next.
    upload.write("four").await.unwrap_err();
    upload.finish().await.unwrap_err();
    assert_eq!(memory.list("").await.unwrap(), []);
}

#[tokio::test]
async fn an_answer_is_lost_after_the_object_was_published() {
    let memory = Store::memory(Memory::new());
    let store = Faulty::new(memory.clone(), |operation| {
        (operation.step == Step::Published).then(|| operation.cut())
    })
    .into_store();
    let error = store.put("a", "x", &text()).await.unwrap_err();
    assert!(matches!(error, StoreError::Interrupted { .. }), "{error}");
    assert!(memory.head("a").await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_hangs_can_be_killed_there() {
    let memory = Store::memory(Memory::new());
    let hook = |operation: &cloud_store::Operation| {
        (operation.step == Step::Finish && operation.key == "in/b").then_some(Fault::Hang)
    };
    let store = Faulty::new(memory.clone(), hook).into_store().folder("in");
    let run = async {
        for key in ["a", "b", "c"] {
            store
                .upload(key, &text())
                .await
                .unwrap()
                .finish()
                .await
                .unwrap();
        }
    };
    tokio::time::timeout(Duration::from_hours(1), run)
        .await
        .unwrap_err();
    let keys: Vec<_> = memory
        .list("")
        .await
        .unwrap()
        .into_iter()
        .map(|meta| meta.key)
        .collect();
    assert_eq!(keys, ["in/a"]);
}

#[tokio::test]
async fn a_run_that_stood_still_goes_on_where_it_stood() {
    let memory = Store::memory(Memory::new());
    let (wake, woken) = tokio::sync::oneshot::channel();
    let waits = std::sync::Mutex::new(Some(woken));
    let store = Faulty::new(memory.clone(), move |operation| {
        (operation.step == Step::Put)
            .then(|| waits.lock().unwrap().take())
            .flatten()
            .map(Fault::Wait)
    })
    .into_store();
    let run = tokio::spawn(async move { store.put("a", "late", &text()).await });
    tokio::task::yield_now().await;
    assert_eq!(memory.list("").await.unwrap(), []);
    wake.send(()).unwrap();
    run.await.unwrap().unwrap();
    assert_eq!(memory.list("").await.unwrap().len(), 1);
}
