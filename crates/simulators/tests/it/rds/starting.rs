use std::time::Duration;

use simulators::rds::{Engine, Obstacle, Snapshot, Source};

use super::{Night, ROLE, SIGNED, at, tag, wanted};

#[tokio::test]
async fn an_identifier_has_letters_digits_and_single_hyphens_and_at_most_60_characters() {
    let night = Night::article();
    let long = "a".repeat(61);
    for bad in ["1st", "-a", "a-", "a--b", "a_b", "rds:app", "名前", &long] {
        let refused = night.refused("StartExportTask", &night.wanted(bad)).await;
        assert_eq!(refused, (400, "InvalidParameterValue".to_owned()), "{bad}");
    }
    night.start(&long[1..]).await;
}

#[tokio::test]
async fn a_name_is_used_once_even_after_its_task_is_over() {
    let night = Night::article();
    night.export("tonight").await;
    let refused = night
        .refused("StartExportTask", &night.wanted("tonight"))
        .await;
    assert_eq!(refused, (400, "ExportTaskAlreadyExists".to_owned()));
}

#[tokio::test]
async fn a_snapshot_is_exported_once_at_a_time() {
    let night = Night::article();
    night.start("first").await;
    let refused = night
        .refused("StartExportTask", &night.wanted("second"))
        .await;
    assert_eq!(refused, (400, "ExportTaskAlreadyExists".to_owned()));
    night.rds.advance(Duration::from_mins(15));
    night.start("second").await;
}

#[tokio::test]
async fn five_exports_run_at_one_time_and_a_place_is_free_when_one_ends() {
    let night = Night::article();
    for hour in 1..=6 {
        let taken = Snapshot::automated(at(&format!("2026-11-1{hour}T00:00:00Z")));
        let arn = night.rds.add_snapshot("app-db", taken);
        let name = format!("export-{hour}");
        let answer = night.refused("StartExportTask", &wanted(&name, &arn)).await;
        if hour == 6 {
            assert_eq!(answer, (400, "ExportTaskLimitReachedFault".to_owned()));
            night.rds.advance(Duration::from_mins(10));
            assert_eq!(
                night.call("StartExportTask", &wanted(&name, &arn)).await.0,
                200
            );
        } else {
            assert_eq!(answer.0, 200, "{}", answer.1);
        }
        night.rds.advance(Duration::from_mins(1));
    }
}

#[tokio::test]
async fn only_what_is_available_is_exported() {
    let night = Night::article();
    let slow = Snapshot::manual("slow", at("2026-11-21T17:00:00Z")).takes(Duration::from_mins(10));
    let slow = night.rds.add_snapshot("app-db", slow);
    let copied = Snapshot::manual("copied", at("2026-11-21T16:00:00Z")).status("copying");
    let copied = night.rds.add_snapshot("app-db", copied);
    night.rds.add(Source::instance("legacy", Engine::SqlServer));
    let legacy = night.rds.add_snapshot(
        "legacy",
        Snapshot::manual("legacy", at("2026-11-21T16:00:00Z")),
    );
    for arn in [&slow, &copied, &legacy] {
        let refused = night
            .refused("StartExportTask", &wanted("tonight", arn))
            .await;
        assert_eq!(
            refused,
            (400, "InvalidExportSourceState".to_owned()),
            "{arn}"
        );
    }
    night.rds.advance(Duration::from_mins(10));
    assert_eq!(
        night
            .call("StartExportTask", &wanted("tonight", &slow))
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let night = Night::article();
    let cases = [
        (
            "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:none",
            404,
            "DBClusterSnapshotNotFoundFault",
        ),
        (
            "arn:aws:rds:ap-northeast-1:123456789012:snapshot:none",
            404,
            "DBSnapshotNotFound",
        ),
        (
            "arn:aws:rds:ap-northeast-1:123456789012:cluster:none",
            404,
            "DBClusterNotFoundFault",
        ),
        (
            "arn:aws:rds:ap-northeast-1:123456789012:db:app-db",
            400,
            "InvalidParameterValue",
        ),
        ("app-db", 400, "InvalidParameterValue"),
    ];
    for (arn, status, code) in cases {
        let refused = night
            .refused("StartExportTask", &wanted("tonight", arn))
            .await;
        assert_eq!(refused, (status, code.to_owned()), "{arn}");
    }
}

#[tokio::test]
async fn a_live_cluster_is_exported_as_it_is_now() {
    let night = Night::article();
    let arn = "arn:aws:rds:ap-northeast-1:123456789012:cluster:app-db";
    let (status, body) = night.call("StartExportTask", &wanted("tonight", arn)).await;
    assert_eq!(
        (status, tag(&body, "SourceType").unwrap()),
        (200, "CLUSTER".to_owned())
    );
    assert_eq!(tag(&body, "SnapshotTime"), None);
    let body = night.start("tonights").await;
    assert_eq!(tag(&body, "SourceType").unwrap(), "SNAPSHOT");
    assert_eq!(
        tag(&body, "SnapshotTime").unwrap(),
        "2026-11-21T14:03:00.000Z"
    );
}

#[tokio::test]
async fn a_snapshot_holds_what_was_there_when_it_was_taken() {
    let night = Night::article();
    night.rds.edit("app-db", |source| {
        source.table_mut("app.orders").unwrap().set_generated(9);
        source.drop_table("app.users");
    });
    night.export("tonight").await;
    assert_eq!(night.rds.truth("tonight").unwrap().rows(), 1_203);
    let later = night
        .rds
        .add_snapshot("app-db", Snapshot::automated(night.rds.now()));
    assert!(
        later.ends_with(":cluster-snapshot:rds:app-db-2026-11-21-17-15"),
        "{later}"
    );
    assert_eq!(
        night
            .call("StartExportTask", &wanted("later", &later))
            .await
            .0,
        200
    );
    night.rds.advance(Duration::from_mins(15));
    assert_eq!(night.rds.truth("later").unwrap().rows(), 9);
}

#[tokio::test]
async fn names_of_a_partial_export_follow_the_engine() {
    let night = Night::article();
    let long = "a".repeat(200 * 1024 + 1);
    for bad in ["app.app.users", "app.", "a-b", "", &long] {
        let mut fields = night.wanted("tonight").to_vec();
        fields.push(("ExportOnly.member.1", bad));
        let refused = night.refused("StartExportTask", &fields).await;
        let shown = &bad[..bad.len().min(20)];
        assert_eq!(refused, (400, "InvalidExportOnly".to_owned()), "{shown}");
    }
}

#[tokio::test]
async fn what_stands_in_the_way_is_named_until_it_is_cleared() {
    let night = Night::article();
    let key = "alias/closed";
    let cases = [
        (
            Obstacle::Denied("StartExportTask".to_owned()),
            403,
            "AccessDenied",
        ),
        (Obstacle::NoRole(ROLE.to_owned()), 404, "IamRoleNotFound"),
        (
            Obstacle::WeakRole(ROLE.to_owned()),
            400,
            "IamRoleMissingPermissions",
        ),
        (
            Obstacle::NoKey(key.to_owned()),
            400,
            "KMSKeyNotAccessibleFault",
        ),
        (
            Obstacle::NoBucket("night".to_owned()),
            400,
            "InvalidS3BucketFault",
        ),
    ];
    let mut fields = night.wanted("tonight");
    fields[4].1 = key;
    for (obstacle, status, code) in cases {
        night.rds.obstruct(obstacle);
        let refused = night.refused("StartExportTask", &fields).await;
        assert_eq!(refused, (status, code.to_owned()));
        night.rds.clear_obstacles();
    }
    assert_eq!(night.call("StartExportTask", &fields).await.0, 200);
}

#[tokio::test]
async fn parameters_are_those_of_the_service_model() {
    let night = Night::article();
    for missing in 0..5 {
        let mut fields = night.wanted("tonight").to_vec();
        fields.remove(missing);
        let refused = night.refused("StartExportTask", &fields).await;
        assert_eq!(refused, (400, "MissingParameter".to_owned()));
    }
    let mut fields = night.wanted("tonight").to_vec();
    fields.push(("S3Bucket", "night"));
    let refused = night.refused("StartExportTask", &fields).await;
    assert_eq!(refused, (400, "InvalidQueryParameter".to_owned()));
    fields.pop();
    fields.push(("S3Prefix", "a:b"));
    let refused = night.refused("StartExportTask", &fields).await;
    assert_eq!(refused, (400, "InvalidParameterValue".to_owned()));
}

#[tokio::test]
async fn a_request_is_signed_for_this_region_and_names_a_known_action() {
    let night = Night::article();
    let elsewhere = SIGNED.replace("ap-northeast-1", "us-east-1");
    let other = SIGNED.replace("/rds/", "/s3/");
    let cases = [
        (
            "",
            "DescribeExportTasks",
            "2014-10-31",
            403,
            "MissingAuthenticationToken",
        ),
        (
            &elsewhere,
            "DescribeExportTasks",
            "2014-10-31",
            403,
            "SignatureDoesNotMatch",
        ),
        (
            &other,
            "DescribeExportTasks",
            "2014-10-31",
            403,
            "SignatureDoesNotMatch",
        ),
        (
            SIGNED,
            "DescribeExportTasks",
            "2013-01-01",
            400,
            "InvalidAction",
        ),
        (
            SIGNED,
            "DeleteDBCluster",
            "2014-10-31",
            400,
            "InvalidAction",
        ),
    ];
    for (signature, action, version, status, code) in cases {
        let (got, body) = night.send(signature, action, version, &[]).await;
        assert_eq!(
            (got, tag(&body, "Code").unwrap()),
            (status, code.to_owned())
        );
    }
}
