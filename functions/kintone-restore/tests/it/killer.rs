//! A message whose runs are killed at each of their requests in turn.

use std::time::Duration;

use function_core::Outcome;
use serde_json::{Value, json};
use simulators::{Effect, Seen, When};

use crate::machine::{Machine, end, until};
use crate::world::World;

/// When the program is killed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Moment {
    /// Kintone has the request, any at all, and does not do what it asks for.
    Undone,
    /// Kintone has done it, and does not answer; of what is only read that makes no difference.
    Unanswered,
}

impl Moment {
    fn is_at(self, request: &Seen) -> bool {
        match self {
            Self::Undone => true,
            Self::Unanswered => request.method == "POST",
        }
    }
}

/// A message that is sent again and again.
pub(crate) struct Story<'a> {
    pub(crate) machine: &'a Machine,
    pub(crate) request: Value,
    /// Puts the app back to what it was before the restore.
    pub(crate) reset: &'a dyn Fn(&World),
    /// Asserts that it holds what it should afterwards.
    pub(crate) check: &'a dyn Fn(&World),
}

impl Story<'_> {
    /// Kills a run at each of its requests, before they are done and before they are answered, and lets the same message end it.
    pub(crate) async fn survives(&self) {
        for moment in [Moment::Undone, Moment::Unanswered] {
            self.survives_at(moment).await;
        }
    }

    pub(crate) async fn survives_at(&self, moment: Moment) {
        let world = &self.machine.world;
        let mut request = self.begin().await;
        let mut killed = 0;
        for number in 1.. {
            let was_killed = self.killed_at(&request, number, moment).await;
            // Where nothing is begun yet, the next is a first run, too.
            if was_killed && world.run_records().await.is_empty() {
                continue;
            }
            let (code, words) = end(self.machine.run(&request)).await;
            let is_verified = code == Some(0) && words.contains("kintone-restore: verified");
            assert!(is_verified, "{moment:?} {number}: {words}");
            (self.check)(world);
            if !was_killed {
                break;
            }
            killed += 1;
            request = self.begin().await;
        }
        assert!(killed >= 2, "{moment:?}: killed {killed} times at its work");
    }

    /// All as before the first run: what to send, with the losses of its plan accepted.
    async fn begin(&self) -> Value {
        let world = &self.machine.world;
        for meta in world.store.list("runs/").await.unwrap() {
            world.store.delete(&meta.key).await.unwrap();
        }
        (self.reset)(world);
        let mut request = self.request.clone();
        // Only what is overwritten waits for a yes.
        if request.get("mode").is_none() {
            return request;
        }
        request["dryRun"] = json!(true);
        let Outcome::Done(reports) = world.send(&request).await else {
            panic!("no plan")
        };
        request["dryRun"] = json!(false);
        if let Some(accept) = reports[0].plan.as_ref().unwrap().get("accept") {
            request["accept"] = accept.clone();
        }
        request
    }

    /// Kills a run at its request number `number`; false where it ended before.
    async fn killed_at(&self, request: &Value, number: usize, moment: Moment) -> bool {
        let kintone = &self.machine.world.kintone;
        kintone.clear_requests();
        let never = Effect::Delay(Duration::from_hours(1));
        match moment {
            Moment::Undone => kintone.script(When::path("").from(number), never),
            Moment::Unanswered => {
                let post = || When::path("").method("POST");
                kintone.script(post().nth(number), Effect::Unanswered);
                kintone.script(post().from(number + 1), never);
            }
        }
        let came = || {
            let requests = kintone.requests().into_iter();
            requests.filter(|seen| moment.is_at(seen)).count() >= number
        };
        let mut child = self.machine.run(request);
        let was_killed = tokio::select! {
            () = until(came) => true,
            _ = child.wait() => false,
        };
        // What is to be done before the kill is done.
        kintone.caught_up().await;
        child.start_kill().ok();
        child.wait().await.unwrap();
        kintone.clear_script();
        was_killed
    }
}
