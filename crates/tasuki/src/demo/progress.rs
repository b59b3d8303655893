//! How far the run is, on the terminal.

use function_runtime::Stage as _;
use indicatif::{ProgressBar, ProgressStyle};
use kintone_export::Step;
use tokio::sync::watch;

/// Shows the steps of a run until `work` is done.
pub(crate) async fn while_running<T>(
    mut steps: watch::Receiver<Step>,
    work: impl Future<Output = T>,
) -> T {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("  {msg:<24} {bar:32} {pos:>9} of {len}") {
        bar.set_style(style);
    }
    let show = async {
        while steps.changed().await.is_ok() {
            let step = *steps.borrow_and_update();
            bar.set_length(step.total);
            bar.set_position(step.done);
            bar.set_message(step.stage.words());
        }
        // The function is gone, but its answer is still on the way.
        std::future::pending::<()>().await;
    };
    let done = tokio::select! {
        done = work => done,
        () = show => unreachable!("it only shows"),
    };
    bar.finish_and_clear();
    done
}
