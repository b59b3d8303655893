//! A process that works on a delivery, and what comes in its way.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use cloud_store::{Fault, Operation, Step, StoreError};
use function_core::{Event, Outcome};
use function_runtime::Function as _;
use simulators::{Effect, When};
use tokio::sync::{Notify, oneshot};

use super::script::{Delivery, End, Mishap, Trouble};
use crate::world::World;

type Work = Pin<Box<dyn Future<Output = Outcome>>>;

/// A process that stands still, and what wakes it.
pub(super) struct Sleeper {
    work: Work,
    wake: oneshot::Sender<()>,
}

impl Sleeper {
    /// Goes on to the end, whatever that is.
    pub(super) async fn go_on(self) {
        // Nobody waits where the work has ended of itself.
        self.wake.send(()).ok();
        self.work.await;
    }
}

/// What became of a delivery.
pub(super) enum Fate {
    Ended(Outcome),
    Died,
    Sleeps(Sleeper),
}

/// Delivers `event`, and lets happen what `delivery` says.
pub(super) async fn deliver(world: &mut World, event: Event, delivery: &Delivery) -> Fate {
    script_kintone(world, delivery);
    let (wake, woken) = oneshot::channel();
    let process = Arc::new(Process {
        end: delivery.end,
        mishaps: delivery.store.clone(),
        steps: AtomicUsize::new(0),
        is_dead: AtomicBool::new(false),
        woken: Mutex::new(Some(woken)),
        stopped: Notify::new(),
    });
    let hooked = Arc::clone(&process);
    world.hook(move |operation| hooked.meet(operation));
    let function = world.function().await;
    let mut work: Work = Box::pin(async move { function.handle(event).await });
    if let End::Cancelled(wake_ups) = delivery.end {
        return cancelled(&mut work, wake_ups).await;
    }
    tokio::select! {
        biased;
        outcome = &mut work => Fate::Ended(outcome),
        () = process.stopped.notified() => match delivery.end {
            End::StandsStill(_) => Fate::Sleeps(Sleeper { work, wake }),
            _ => Fate::Died,
        },
    }
}

async fn cancelled(work: &mut Work, mut wake_ups: usize) -> Fate {
    std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(outcome) => Poll::Ready(Fate::Ended(outcome)),
        Poll::Pending if wake_ups == 0 => Poll::Ready(Fate::Died),
        Poll::Pending => {
            wake_ups -= 1;
            Poll::Pending
        }
    })
    .await
}

fn script_kintone(world: &World, delivery: &Delivery) {
    for (request, trouble) in &delivery.kintone {
        let when = When::path("").nth(*request);
        let effect = match trouble {
            Trouble::Throttled => Effect::throttle("GAIA_TO04", 1),
            Trouble::Gateway => Effect::text(503, "Service Unavailable"),
            Trouble::Locked => Effect::refuse(520, "GAIA_DA02"),
            Trouble::Html | Trouble::Away => Effect::html(503),
            Trouble::NotJson => Effect::not_json(),
            Trouble::Cut => Effect::Cut,
            Trouble::CutAfter(bytes) => Effect::CutAfter(*bytes),
        };
        let when = match trouble {
            Trouble::Away => when.from(*request),
            _ => when,
        };
        world.kintone.script(when, effect);
    }
}

/// A process as the store sees it.
struct Process {
    end: End,
    mishaps: Vec<(usize, Mishap)>,
    steps: AtomicUsize,
    is_dead: AtomicBool,
    woken: Mutex<Option<oneshot::Receiver<()>>>,
    stopped: Notify,
}

impl Process {
    fn meet(&self, operation: &Operation) -> Option<Fault> {
        // The dead write nothing any more, also not through the tasks that they left.
        if self.is_dead.load(Ordering::Relaxed) {
            return Some(Fault::Hang);
        }
        let step = self.steps.fetch_add(1, Ordering::Relaxed) + 1;
        match self.end {
            End::Killed(last) if step == last => {
                self.is_dead.store(true, Ordering::Relaxed);
                self.stopped.notify_one();
                return Some(Fault::Hang);
            }
            End::StandsStill(last) if step >= last && !is_last_look(operation) => {
                if let Some(woken) = self.woken.lock().unwrap().take() {
                    self.stopped.notify_one();
                    return Some(Fault::Wait(woken));
                }
            }
            _ => {}
        }
        let mut mishaps = self.mishaps.iter();
        let (_, mishap) = mishaps.find(|(number, _)| *number == step)?;
        Some(fault(*mishap, operation).into())
    }
}

/// Between the look at the pointer and the commit, nothing but the database's lock keeps an older generation from
/// being loaded over a newer one; SQLite has none that lasts. So nobody stands still there.
fn is_last_look(operation: &Operation) -> bool {
    operation.step == Step::Read && operation.key.ends_with("latest.json")
}

fn fault(mishap: Mishap, operation: &Operation) -> StoreError {
    let writes = matches!(
        operation.step,
        Step::Put | Step::Upload | Step::Write | Step::Finish
    );
    match mishap {
        Mishap::DiskFull if writes => operation.disk_full(),
        Mishap::Lost if matches!(operation.step, Step::Put | Step::Finish) => {
            StoreError::Precondition {
                object: operation.key.clone(),
            }
        }
        _ => operation.cut(),
    }
}
