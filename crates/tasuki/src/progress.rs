//! How far a run is, and when it will be done, on the terminal.

use std::io::{self, Write as _};

use function_runtime::{Stage, Step};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::watch;

const WITH_END: &str = "  {msg:<24} {bar:32} {human_pos:>11} of {human_len}  {eta} left";
const WITHOUT_END: &str = "  {msg:<24} {human_pos:>11}";

/// A bar on standard error, where that is a terminal.
pub(crate) struct Progress(ProgressBar);

impl Default for Progress {
    fn default() -> Self {
        Self(ProgressBar::no_length())
    }
}

impl Progress {
    /// Shows the steps of a run until `work` is done.
    pub(crate) async fn while_running<S: Stage, T>(
        &self,
        mut steps: watch::Receiver<Step<S>>,
        work: impl Future<Output = T>,
    ) -> T {
        let show = async {
            let mut at = "";
            while steps.changed().await.is_ok() {
                let step = *steps.borrow_and_update();
                let words = step.stage.words();
                if words != at {
                    self.begin(words, step.done, step.total);
                    at = words;
                }
                self.0.set_position(step.done);
            }
            // The function is gone, but its answer is still on the way.
            std::future::pending::<()>().await;
        };
        let done = tokio::select! {
            done = work => done,
            () = show => unreachable!("it only shows"),
        };
        self.0.finish_and_clear();
        done
    }

    /// Another stage: what is left of it is reckoned from here, not from what an earlier call did.
    fn begin(&self, words: &'static str, done: u64, total: u64) {
        let template = if total == 0 { WITHOUT_END } else { WITH_END };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style);
        }
        self.0.set_message(words);
        self.0.set_length(total);
        self.0.set_position(done);
        self.0.reset_eta();
    }

    /// A line above the bar. Without standard error there is nobody to tell.
    pub(crate) fn say(&self, words: &str) {
        self.0
            .suspend(|| writeln!(io::stderr().lock(), "{words}").ok());
    }
}
