use function_core::RunState;

use super::*;

const ARN: &str =
    "arn:aws:dynamodb:ap-northeast-1:123456789012:table/orders/export/01795197900000-a";

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn rules() -> Rules {
    Rules {
        export_type: ExportType::Full,
        full_every: SignedDuration::from_hours(28 * 24),
        attempts: 2,
        timeout: SignedDuration::from_hours(12),
        place: Place {
            bucket: "backups".to_owned(),
            prefix: String::new(),
        },
        key: None,
        zone: TimeZone::get("Asia/Tokyo").unwrap(),
    }
}

/// A table with recovery since `earliest`, of which nothing was exported yet.
fn fresh(earliest: &str) -> Observation {
    let table = Table {
        arn: "arn:aws:dynamodb:ap-northeast-1:123456789012:table/orders".to_owned(),
        id: "t-1".to_owned(),
        keys: None,
        size_bytes: 1000,
        items: 10,
    };
    let window = Recovery::On {
        earliest: at(earliest),
        latest: at("2026-11-20T18:05:00Z"),
    };
    Observation {
        table: "orders".to_owned(),
        moment: Moment {
            date: "2026-11-21".parse().unwrap(),
            time: at("2026-11-20T18:00:00Z"),
        },
        now: at("2026-11-20T18:10:00Z"),
        since: at("2026-11-20T18:00:00Z"),
        again: false,
        order: None,
        export: Seen::None,
        source: Source::Known(table, window),
        last: None,
    }
}

/// One whose export has this status.
fn begun(status: Status) -> Observation {
    let fresh = fresh("2026-11-01T00:00:00Z");
    let Step::Start(order) = plan(&fresh, &rules()) else {
        panic!("it is due");
    };
    let export = Export {
        arn: ARN.to_owned(),
        status,
        token: order.client_token.clone(),
        place: rules().place,
        scope: Some(order.scope),
        started: Some(fresh.since),
        ended: None,
        items: None,
        failure_code: "S3NoSuchBucket".to_owned(),
        failure_message: "The specified bucket does not exist".to_owned(),
    };
    Observation {
        order: Some(*order),
        export: Seen::Export(Box::new(export)),
        source: Source::NotAsked,
        ..fresh
    }
}

fn reported(step: Step) -> Unverified {
    match step {
        Step::Report(unverified) => unverified,
        step => panic!("not reported: {step:?}"),
    }
}

fn started(step: Step) -> Order {
    match step {
        Step::Start(order) => *order,
        step => panic!("not started: {step:?}"),
    }
}

#[test]
fn a_table_is_exported_as_of_the_runs_moment() {
    let order = started(plan(&fresh("2026-11-01T00:00:00Z"), &rules()));
    let time = at("2026-11-20T18:00:00Z");
    assert_eq!((order.scope, order.attempt), (Scope::Full { time }, 1));
}

#[test]
fn recovery_that_began_later_that_day_moves_the_moment() {
    let order = started(plan(&fresh("2026-11-20T18:03:07.5Z"), &rules()));
    let time = at("2026-11-20T18:04:00Z");
    assert_eq!(order.scope, Scope::Full { time });
    assert!(
        order.reason.contains("not 2026-11-20T18:00:00Z"),
        "{}",
        order.reason
    );
}

#[test]
fn a_day_before_recovery_began_is_gone_for_good() {
    let unverified = reported(plan(&fresh("2026-11-21T15:00:00Z"), &rules()));
    assert!(unverified.settled && unverified.state == RunState::Failed);
    let words = unverified.what_happened;
    assert!(
        words.contains("reaches back to 2026-11-21T15:00:00Z only"),
        "{words}"
    );
}

#[test]
fn what_was_ordered_is_ordered_again_with_the_same_token() {
    let mut seen = begun(Status::InProgress);
    let order = seen.order.clone().unwrap();
    seen.export = Seen::None;
    seen.source = fresh("2026-11-01T00:00:00Z").source;
    assert_eq!(started(plan(&seen, &rules())), order);
}

#[test]
fn failed_is_tried_again_until_the_attempts_are_used_up() {
    let mut seen = begun(Status::Failed);
    let first = seen.order.clone().unwrap();
    let second = started(plan(&seen, &rules()));
    assert_eq!((second.attempt, second.scope), (2, first.scope));
    assert_ne!(second.client_token, first.client_token);
    seen.order = Some(second);
    let unverified = reported(plan(&seen, &rules()));
    assert!(unverified.settled);
    let repair = unverified.what_to_do;
    assert!(repair.starts_with("create the bucket backups"), "{repair}");
    seen.again = true;
    assert_eq!(started(plan(&seen, &rules())).attempt, 3);
}

#[test]
fn a_person_that_asks_again_does_not_double_an_export_under_way() {
    let mut seen = begun(Status::InProgress);
    seen.again = true;
    assert!(matches!(plan(&seen, &rules()), Step::Wait(_)));
}

#[test]
fn patience_ends_with_the_timeout_and_the_words_stay() {
    for status in [Status::InProgress, Status::Unknown("PAUSED".to_owned())] {
        let mut seen = begun(status.clone());
        assert!(matches!(plan(&seen, &rules()), Step::Wait(_)));
        seen.now = seen.since + SignedDuration::from_hours(13);
        let first = reported(plan(&seen, &rules()));
        assert!(!first.settled && first.state == RunState::Incomplete);
        seen.now += SignedDuration::from_hours(13);
        let second = reported(plan(&seen, &rules()));
        assert_eq!(first.what_to_do, second.what_to_do, "told once");
    }
}

#[test]
fn an_export_that_the_service_forgot_is_told() {
    let mut seen = begun(Status::InProgress);
    seen.export = Seen::Lost(ARN.to_owned());
    assert!(matches!(plan(&seen, &rules()), Step::Wait(_)));
    seen.now = seen.since + SignedDuration::from_hours(24 * 91);
    let unverified = reported(plan(&seen, &rules()));
    assert!(unverified.settled && unverified.what_to_do.contains("90 days"));
}

#[test]
fn what_keeps_a_table_from_being_exported_is_told_with_its_repair() {
    let known = |recovery| {
        let Source::Known(table, _) = fresh("2026-11-01T00:00:00Z").source else {
            panic!("it is known");
        };
        Source::Known(table, recovery)
    };
    for (source, words) in [
        (Source::Unknown, "list-tables"),
        (known(Recovery::Off), "PointInTimeRecoveryEnabled=true"),
        (known(Recovery::TooYoung), "wait some minutes"),
    ] {
        let seen = Observation {
            source,
            ..fresh("2026-11-01T00:00:00Z")
        };
        let unverified = reported(plan(&seen, &rules()));
        assert!(!unverified.settled, "the next tick looks again");
        assert!(unverified.what_to_do.contains(words), "{unverified:?}");
    }
}

#[test]
fn a_chain_that_reaches_further_waits_for_a_person_to_ask() {
    let mut rules = rules();
    rules.export_type = ExportType::Chain;
    let mut seen = fresh("2026-11-01T00:00:00Z");
    let scope = Scope::Full {
        time: seen.moment.time,
    };
    let base = crate::chain::Base {
        manifest: "20261121.manifest.json".to_owned(),
        export_time: seen.moment.time,
    };
    seen.last = Some(Link {
        manifest: base.manifest.clone(),
        table_id: "t-1".to_owned(),
        scope,
        base,
    });
    assert!(matches!(plan(&seen, &rules), Step::NothingDue(_)));
    seen.again = true;
    assert_eq!(started(plan(&seen, &rules)).scope, scope);
}
