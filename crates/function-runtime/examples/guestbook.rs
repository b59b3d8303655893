//! A site whose pages begin work that nobody waits for; the tests start it on every platform.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use function_core::{ConfigError, Env, Event, Outcome, Settings};
use function_runtime::{Function, Site, launch_site};
use tokio::sync::watch;

struct Guestbook {
    /// `GUESTBOOK_INK`: a file without which no entry is written. Default none: an entry is written at once.
    ink: Option<PathBuf>,
    /// How many entries are being written.
    writing: watch::Sender<usize>,
}

impl Guestbook {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let settings = Settings::new(env);
        let ink = settings.optional("GUESTBOOK_INK").map(PathBuf::from);
        settings.finish()?;
        Ok(Self {
            ink,
            writing: watch::Sender::new(0),
        })
    }

    async fn write(self: Arc<Self>) {
        while self.ink.as_ref().is_some_and(|ink| !ink.exists()) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tracing::info!("written");
        self.writing.send_modify(|count| *count -= 1);
    }
}

impl Function for Guestbook {
    async fn handle(&self, _event: Event) -> Outcome {
        Outcome::Done(Vec::new())
    }
}

impl Site for Guestbook {
    fn routes(self: Arc<Self>) -> Router {
        let write = move || {
            let guestbook = Arc::clone(&self);
            guestbook.writing.send_modify(|count| *count += 1);
            tokio::spawn(guestbook.write());
            async { "thank you" }
        };
        Router::new()
            .route("/", get(async || "the guests"))
            .route("/entries", post(write))
            .route(
                "/torn",
                get(async || -> &str { panic!("the page is torn") }),
            )
    }

    async fn idle(&self) {
        let mut writing = self.writing.subscribe();
        // The sender lives as long as we do.
        writing.wait_for(|count| *count == 0).await.ok();
    }
}

fn main() -> ExitCode {
    launch_site("guestbook", async |env: Env| Guestbook::from_env(&env))
}
