use jiff::tz::TimeZone;

use super::*;
use crate::choose::{missing, newest, unit};
use crate::source::{Kind, Source};

const NOW: &str = "2026-11-21T15:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn tokyo() -> TimeZone {
    TimeZone::get("Asia/Tokyo").unwrap()
}

fn source() -> Source {
    Source {
        kind: Kind::Cluster,
        id: "app-db".to_owned(),
    }
}

fn snapshot(created: &str) -> Snapshot {
    Snapshot {
        id: format!("rds:app-db-{created}"),
        arn: format!("arn:aws:rds:ap-northeast-1:1:cluster-snapshot:rds:app-db-{created}"),
        created: created.parse().unwrap(),
        origin: "automated".to_owned(),
        status: "available".to_owned(),
        engine: "aurora-mysql".to_owned(),
    }
}

fn task(id: &str, status: &str) -> Task {
    Task {
        id: id.to_owned(),
        source_arn: snapshot("2026-11-20T15:30:00Z").arn,
        bucket: "exports".to_owned(),
        prefix: String::new(),
        only: Vec::new(),
        status: Status::of(status),
        percent: 45,
        started: Some("2026-11-21T14:00:00Z".parse().unwrap()),
        ended: None,
        failure_cause: Some("KMS key is disabled".to_owned()),
        warning_message: None,
    }
}

const BASE: &str = "export-id-stg-app-db-20261121";

fn rules() -> Rules<'static> {
    Rules {
        environment: "stg",
        bucket: "exports",
        attempts: 2,
        timeout: SignedDuration::from_hours(12),
        force: false,
    }
}

fn plan(tasks: Vec<Task>, running: usize, rules: &Rules<'_>) -> Plan {
    let snapshot = snapshot("2026-11-20T15:30:00Z");
    let unit = unit(&source(), &snapshot, &tokyo());
    let seen = Observation {
        now: now(),
        snapshot,
        tasks,
        running,
    };
    Plan::of(&unit, &seen, rules)
}

fn started(number: u32) -> Plan {
    Plan::Start {
        base: BASE.to_owned(),
        number,
    }
}

fn waits(plan: Plan) -> String {
    match plan {
        Plan::Wait { progress, .. } => progress,
        other => panic!("{other:?}"),
    }
}

fn reports(plan: Plan) -> Unverified {
    match plan {
        Plan::Report(unverified) => unverified,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_day_is_that_of_the_snapshot_in_the_zone_of_the_settings() {
    let unit = unit(&source(), &snapshot("2026-11-20T15:30:00Z"), &tokyo());
    assert_eq!(unit.run(), "app-db-20261121");
}

#[test]
fn only_snapshots_that_can_be_exported_count() {
    let mut creating = snapshot("2026-11-21T14:50:00Z");
    creating.status = "creating".to_owned();
    let snapshots = [
        snapshot("2026-11-19T15:30:00Z"),
        snapshot("2026-11-20T15:30:00Z"),
        creating,
    ];
    assert_eq!(newest(&snapshots, None, &tokyo()), Some(&snapshots[1]));
    let date = "2026-11-20".parse().unwrap();
    assert_eq!(
        newest(&snapshots, Some(date), &tokyo()),
        Some(&snapshots[0])
    );
    assert_eq!(newest(&[], None, &tokyo()), None);
}

#[test]
fn a_snapshot_that_is_too_old_is_told() {
    let old = snapshot("2026-11-20T08:00:00Z");
    let oldest = SignedDuration::from_hours(30);
    let words = missing(Some(&old), "automated", None, now(), oldest).unwrap();
    assert!(
        words
            .what_happened
            .contains("is 31 h old; MAX_SNAPSHOT_AGE is 30 h")
    );
    let fresh = snapshot("2026-11-20T09:00:00Z");
    assert_eq!(
        missing(Some(&fresh), "automated", None, now(), oldest),
        None
    );
    // A clock that is behind sees a snapshot of the future, which is as good as new.
    let future = snapshot("2026-11-21T15:05:00Z");
    assert_eq!(
        missing(Some(&future), "automated", None, now(), oldest),
        None
    );
    assert!(missing(None, "manual", None, now(), oldest).is_some());
}

#[test]
fn starts_where_nothing_runs() {
    assert_eq!(plan(vec![], 4, &rules()), started(1));
}

#[test]
fn queues_behind_the_accounts_tasks_and_those_of_the_snapshot() {
    assert!(waits(plan(vec![], 5, &rules())).contains("queued"));
    let other = task("by-hand", "STARTING");
    assert!(waits(plan(vec![other], 1, &rules())).contains("by-hand of the same snapshot"));
}

#[test]
fn another_buckets_export_is_not_ours() {
    let mut other = task(BASE, "COMPLETE");
    other.bucket = "elsewhere".to_owned();
    assert_eq!(plan(vec![other], 0, &rules()), started(1));
}

#[test]
fn follows_what_runs_also_where_the_word_is_unknown() {
    assert!(waits(plan(vec![task(BASE, "IN_PROGRESS")], 1, &rules())).contains("45 %"));
    assert!(waits(plan(vec![task(BASE, "PAUSED")], 1, &rules())).contains("`PAUSED`"));
}

#[test]
fn tells_what_runs_too_long_but_goes_on_to_follow_it() {
    let mut slow = task(BASE, "IN_PROGRESS");
    slow.started = Some("2026-11-21T02:00:00Z".parse().unwrap());
    let told = reports(plan(vec![slow], 1, &rules()));
    assert!(told.what_happened.contains("for 13 h") && !told.settled);
}

#[test]
fn a_failed_attempt_is_followed_by_another_as_often_as_allowed() {
    let (first, second) = (task(BASE, "FAILED"), task(&format!("{BASE}-2"), "FAILED"));
    assert_eq!(plan(vec![first.clone()], 0, &rules()), started(2));
    let both = vec![second, first];
    let told = reports(plan(both.clone(), 0, &rules()));
    assert!(told.settled && told.what_happened.contains("KMS key is disabled"));
    assert!(told.what_to_do.contains("key is enabled"));
    let force = Rules {
        force: true,
        ..rules()
    };
    assert_eq!(plan(both, 0, &force), started(3));
}

#[test]
fn what_a_person_canceled_stays_so_until_a_person_says_otherwise() {
    let task = task(BASE, "canceled");
    assert!(reports(plan(vec![task.clone()], 0, &rules())).settled);
    let force = Rules {
        force: true,
        ..rules()
    };
    assert_eq!(plan(vec![task], 0, &force), started(2));
}

#[test]
fn verifies_what_is_complete_in_whatever_letters() {
    for word in ["COMPLETE", "complete"] {
        let plan = plan(vec![task(BASE, word)], 0, &rules());
        assert!(matches!(plan, Plan::Verify { .. }), "{plan:?}");
    }
}
