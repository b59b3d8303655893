//! Lines that break, servers that end sessions, locks that are held: nothing or everything.

use table_diff::plan::Summary;
use table_sync::{Progress, SyncError, SyncStage};

use crate::databases::{Databases as _, OneServer};
use crate::desk::{ALL, Desk, PERSON, approval, counts};
use crate::proxy::{Cut, Proxy};

pub(crate) const SELECT: &str =
    "SELECT * FROM category ORDER BY id; SELECT * FROM item ORDER BY id";

/// Two tables with a difference of each kind.
pub(crate) fn desk() -> Desk<OneServer> {
    let desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE category (id int PRIMARY KEY, name text UNIQUE);
         CREATE TABLE item (id serial PRIMARY KEY, category int REFERENCES category, name text);",
    );
    reset(&desk);
    desk
}

/// Both sides as they were at first.
fn reset(desk: &Desk<OneServer>) {
    desk.both("TRUNCATE category, item; INSERT INTO category VALUES (1, 'a'), (2, 'b'), (3, 'c'); INSERT INTO item VALUES (1, 1, 'a'), (2, 2, 'b')");
    desk.source("INSERT INTO category VALUES (4, 'd'); UPDATE item SET name = 'new', category = 4 WHERE id = 2; DELETE FROM category WHERE id = 2; INSERT INTO item VALUES (3, 4, 'made'); DELETE FROM item WHERE id = 1");
}

/// The target's address by way of `proxy`.
pub(crate) fn behind(proxy: &Proxy, desk: &Desk<OneServer>) -> String {
    by_way_of(proxy, desk, &desk.databases.target_url())
}

fn by_way_of(proxy: &Proxy, desk: &Desk<OneServer>, url: &str) -> String {
    let port = format!(":{}/", desk.databases.0.port());
    url.replace(&port, &format!(":{}/", proxy.port))
}

/// Applies with a line by which it only reads cut at each message in turn, until the plan is applied nevertheless, and answers at which.
async fn read_line_cut_at_every_message(setting: &str, cut: Cut) -> usize {
    let mut desk = desk();
    let (before, wanted) = (desk.target(SELECT), desk.source(SELECT));
    let summary = desk.diff().await;
    let url = desk.env().get(setting).unwrap().to_owned();
    for at in 1.. {
        let proxy = Proxy::start(desk.databases.0.port(), at, cut).await;
        let url = by_way_of(&proxy, &desk, &url);
        desk = desk.set(setting, &url);
        if desk.apply(&summary, &ALL).await.is_ok() {
            assert_eq!(desk.target(SELECT), wanted, "{setting} {cut:?} {at}");
            return at;
        }
        assert_eq!(desk.target(SELECT), before, "{setting} {cut:?} {at}");
    }
    unreachable!("some message is the last one")
}

#[tokio::test]
async fn a_line_that_is_read_by_and_breaks_at_any_message_leaves_nothing() {
    for setting in ["SOURCE_URL", "TARGET_URL"] {
        for cut in [Cut::Before, Cut::After] {
            let messages = read_line_cut_at_every_message(setting, cut).await;
            assert!(messages > 5, "{setting} {cut:?} {messages}");
        }
    }
}

/// Applies with the line cut at each message in turn, until so many are not sent; then undoes in the same way. Each attempt takes up what the one
/// before it left.
async fn cut_at_every_message(cut: Cut) {
    let mut desk = desk();
    let (before, wanted) = (desk.target(SELECT), desk.source(SELECT));
    let mut summary = desk.diff().await;
    for at in 1.. {
        let proxy = Proxy::start(desk.databases.0.port(), at, cut).await;
        let url = behind(&proxy, &desk);
        desk = desk.set("APPLY_URL", &url);
        if let Err(error) = desk.apply(&summary, &ALL).await {
            assert_eq!(error.exit().code(), 1, "{cut:?} {at}: {error}");
            assert_eq!(desk.target(SELECT), before, "{cut:?} {at}: {error}");
            continue;
        }
        assert_eq!(desk.target(SELECT), wanted, "{cut:?} {at}");
        if proxy.sent() < at {
            assert!(at > 10, "{at}");
            break;
        }
        // It was cut, and found out that all was written.
        desk.undo(&summary).await.unwrap();
        assert_eq!(desk.target(SELECT), before, "{cut:?} {at}");
        summary = desk.diff().await;
    }
    for at in 1.. {
        let proxy = Proxy::start(desk.databases.0.port(), at, cut).await;
        let url = behind(&proxy, &desk);
        desk = desk.set("APPLY_URL", &url);
        if let Err(error) = desk.undo(&summary).await {
            assert_eq!(error.exit().code(), 1, "undo {cut:?} {at}: {error}");
            assert_eq!(desk.target(SELECT), wanted, "undo {cut:?} {at}: {error}");
            continue;
        }
        assert_eq!(desk.target(SELECT), before, "undo {cut:?} {at}");
        if proxy.sent() < at {
            assert!(at > 10, "{at}");
            return;
        }
        summary = desk.diff().await;
        desk.apply(&summary, &ALL).await.unwrap();
    }
}

#[tokio::test]
async fn a_line_that_breaks_before_any_message_leaves_nothing_or_everything() {
    cut_at_every_message(Cut::Before).await;
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_nothing_or_everything() {
    cut_at_every_message(Cut::After).await;
}

#[tokio::test]
async fn a_session_that_the_server_ends_at_any_stage_leaves_nothing() {
    for stage in [
        SyncStage::Staging,
        SyncStage::Checking,
        SyncStage::Saving,
        SyncStage::Writing,
        SyncStage::Verifying,
        SyncStage::Committing,
    ] {
        let mut desk = desk();
        let before = desk.target(SELECT);
        let summary = desk.diff().await;
        let result = killed_at(&desk, &summary, stage).await;
        let after = desk.target(SELECT);
        match result {
            Ok(()) => assert_eq!(after, desk.source(SELECT), "{stage:?}"),
            Err(_) => assert_eq!(after, before, "{stage:?}"),
        }
        desk.apply(&summary, &ALL).await.unwrap();
        assert_eq!(desk.target(SELECT), desk.source(SELECT), "{stage:?}");
    }
}

/// Applies, and ends the session that writes as soon as `stage` is told.
async fn killed_at(
    desk: &Desk<OneServer>,
    summary: &Summary,
    stage: SyncStage,
) -> Result<(), SyncError> {
    let progress = Progress::default();
    let mut watch = progress.watch();
    let sync = desk.sync().await;
    let applying = sync.apply(&summary.plan.id, approval(summary, &ALL), &progress);
    let killing = async {
        watch.wait_for(|step| step.stage == stage).await.unwrap();
        desk.target("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'tasuki apply%'");
    };
    let (applied, ()) = tokio::join!(applying, killing);
    applied.map(drop)
}

#[tokio::test]
async fn a_comparison_that_is_cut_off_leaves_no_plan_that_looks_like_no_differences() {
    let mut desk = desk();
    desk.both("INSERT INTO category SELECT g, 'x' || g FROM generate_series(100, 20000) g");
    let whole = Proxy::start(desk.databases.0.port(), usize::MAX, Cut::Before).await;
    let url = behind(&whole, &desk);
    desk = desk.set("TARGET_URL", &url);
    assert_eq!(desk.diff().await.tables.len(), 2);
    let mut failed = 0;
    for at in 1..=whole.sent() {
        let proxy = Proxy::start(desk.databases.0.port(), at, Cut::After).await;
        let url = behind(&proxy, &desk);
        desk = desk.set("TARGET_URL", &url);
        let request = table_sync::DiffRequest::new(desk.trigger());
        // A line that breaks once all was read is no fault; what was made is then the whole plan.
        if let Err(error) = desk.diff_of(&request).await {
            assert_eq!(error.exit().code(), 1, "{at}: {error}");
            failed += 1;
        }
        // The same trigger makes the plan that was wanted.
        let summary = desk.diff_of(&request).await.unwrap();
        assert_eq!(
            counts(&summary),
            "insert 2, time_unknown 1, delete 2",
            "{at}"
        );
    }
    let plans = desk.sync().await.plans().await.unwrap();
    assert_eq!(plans.len(), 1 + whole.sent());
    assert!(failed > 10, "{failed}");
}

#[tokio::test]
async fn a_lock_that_is_held_too_long_ends_the_attempt_and_not_the_plan() {
    let mut desk = desk().set("LOCK_TIMEOUT", "1s");
    let summary = desk.diff().await;
    let url = desk.databases.target_url();
    let mut holder = std::process::Command::new("psql")
        .args([
            "-X",
            "-q",
            "-c",
            "BEGIN; SELECT 1 FROM item WHERE id = 2 FOR UPDATE; SELECT pg_sleep(60)",
            &url,
        ])
        .spawn()
        .unwrap();
    while desk.target("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND wait_event = 'PgSleep'") != "1" {
        tokio::task::yield_now().await;
    }
    let outcome = desk.apply(&summary, &ALL).await;
    let error = outcome.unwrap_err();
    desk.target(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
    );
    holder.wait().unwrap();
    assert!(function_core::Retryable::is_retryable(&error), "{error}");
    desk.apply(&summary, &ALL).await.unwrap();
}

#[tokio::test]
async fn a_role_that_may_not_write_is_told_what_it_lacks_before_anything_is_written() {
    let mut desk = desk();
    desk.target("CREATE ROLE writer LOGIN; GRANT SELECT, INSERT ON category, item TO writer");
    let url = desk.databases.target_url().replace("postgres@", "writer@");
    let summary = desk.diff().await;
    let desk = desk.set("APPLY_URL", &url);
    let error = desk.apply(&summary, &ALL).await.unwrap_err();
    assert_eq!(error.exit().code(), 4);
    let words = error.to_string();
    assert!(
        words.contains("APPLY_URL") && words.contains("UPDATE on public.item"),
        "{words}"
    );
}

#[tokio::test]
async fn two_processes_never_apply_one_plan_at_the_same_time() {
    let mut desk = desk();
    let summary = desk.diff().await;
    let (one, two) = (desk.sync().await, desk.sync().await);
    let progress = Progress::default();
    let (one, two) = tokio::join!(
        one.apply(&summary.plan.id, approval(&summary, &ALL), &progress),
        two.apply(&summary.plan.id, approval(&summary, &ALL), &progress),
    );
    let errors: Vec<SyncError> = [one, two].into_iter().filter_map(Result::err).collect();
    assert!(errors.len() <= 1, "{errors:?}");
    for error in errors {
        assert!(function_core::Retryable::is_retryable(&error), "{error}");
    }
    assert_eq!(desk.target(SELECT), desk.source(SELECT));
    let sync = desk.sync().await;
    let entry = &sync.plans().await.unwrap()[0];
    assert_eq!(entry.who.as_deref(), Some(PERSON));
}
