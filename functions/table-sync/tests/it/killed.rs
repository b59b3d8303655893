//! The real program, killed while it writes: nothing or everything is there, and the same once more ends it.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use table_diff::plan::Summary;

use crate::databases::OneServer;
use crate::desk::{ALL, Desk};
use crate::faults::{SELECT, behind, desk};
use crate::process::{command, run};
use crate::proxy::{Cut, Proxy};

/// The program's clock is the real one, for which the plans of these stories may be of any age.
const ANY_AGE: (&str, &str) = ("PLAN_MAX_AGE", "876000h");

/// One start of the program.
enum Attempt {
    /// It was killed at the message.
    Killed,
    /// It ended before it sent so many.
    Ended(ExitStatus),
}

/// What the program is killed at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    Apply,
    Undo,
}

/// The event that applies the plan.
fn apply_event(summary: &Summary) -> String {
    format!(
        r#"{{"apply": "{}", "digest": "{}", "classes": ["insert", "update_new", "changed_same_time", "time_unknown", "delete"]}}"#,
        summary.plan.id, summary.digest
    )
}

/// The event that takes it back.
async fn undo_event(desk: &Desk<OneServer>, summary: &Summary) -> String {
    let id = &summary.plan.id;
    let preview = desk.sync().await.undo_preview(id).await.unwrap();
    format!(r#"{{"undo": "{id}", "digest": "{}"}}"#, preview.digest)
}

/// Starts the program with its line to the target cut at the message number `at`, and kills it there.
async fn killed_at(desk: &Desk<OneServer>, event: &str, at: usize, cut: Cut) -> Attempt {
    let proxy = Proxy::start(desk.databases.0.port(), at, cut).await;
    let url = behind(&proxy, desk);
    let mut command = command(desk, event, &[ANY_AGE, ("APPLY_URL", &url)]);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while proxy.sent() < at {
        if let Some(status) = child.try_wait().unwrap() {
            return Attempt::Ended(status);
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // The server does what it was sent, and then finds nobody there.
    let sessions =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name ~ '^tasuki (apply|undo)'";
    while desk.target(sessions) != "0" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Attempt::Killed
}

/// Kills at every message in turn, each attempt taking up what the one before it left, and answers how often all was written by then.
async fn killed_at_every_message(work: Work, cut: Cut) -> usize {
    let mut desk = desk();
    let (old, new) = (desk.target(SELECT), desk.source(SELECT));
    let (mut at, mut written) = (0, 0);
    loop {
        let summary = desk.diff().await;
        let (event, before, wanted) = match work {
            Work::Apply => (apply_event(&summary), &old, &new),
            Work::Undo => {
                desk.apply(&summary, &ALL).await.unwrap();
                (undo_event(&desk, &summary).await, &new, &old)
            }
        };
        let ended = loop {
            at += 1;
            let attempt = killed_at(&desk, &event, at, cut).await;
            let after = desk.target(SELECT);
            match attempt {
                Attempt::Ended(status) => {
                    assert!(status.success(), "{cut:?} {at}: {status}");
                    assert_eq!(after, *wanted, "{cut:?} {at}");
                    break true;
                }
                Attempt::Killed if after == *before => {}
                Attempt::Killed => {
                    assert_eq!(after, *wanted, "{cut:?} {at}");
                    written += 1;
                    break false;
                }
            }
        };
        // Where all is written but the record, the same once more writes that.
        let (code, words) = run(&desk, &event, &[ANY_AGE]);
        assert_eq!(code, Some(0), "{cut:?} {at}: {words}");
        assert_eq!(desk.target(SELECT), *wanted, "{cut:?} {at}");
        if work == Work::Apply {
            desk.undo(&summary).await.unwrap();
        }
        assert_eq!(desk.target(SELECT), old, "{cut:?} {at}");
        if ended {
            assert!(at > 10, "{at}");
            return written;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_program_that_is_killed_before_any_message_has_written_nothing_or_everything() {
    killed_at_every_message(Work::Apply, Cut::Unsent).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_program_that_is_killed_before_any_answer_has_written_nothing_or_everything() {
    let written = killed_at_every_message(Work::Apply, Cut::Unanswered).await;
    assert!(written > 0, "the commit was among them");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_undo_that_is_killed_before_any_message_has_written_nothing_or_everything() {
    killed_at_every_message(Work::Undo, Cut::Unsent).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_undo_that_is_killed_before_any_answer_has_written_nothing_or_everything() {
    let written = killed_at_every_message(Work::Undo, Cut::Unanswered).await;
    assert!(written > 0, "the commit was among them");
}
