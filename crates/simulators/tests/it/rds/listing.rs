use std::time::Duration;

use simulators::rds::{Engine, Snapshot, Source};

use super::{Night, at, postgresql, tag, tags, wanted};

/// The identifiers on all pages, with the size of each page.
async fn pages(night: &Night, size: &str) -> (Vec<String>, Vec<usize>) {
    let (mut found, mut sizes, mut marker) = (Vec::new(), Vec::new(), None::<String>);
    loop {
        let mut fields = vec![("MaxRecords", size)];
        fields.extend(marker.as_deref().map(|marker| ("Marker", marker)));
        let (status, body) = night.call("DescribeExportTasks", &fields).await;
        assert_eq!(status, 200, "{body}");
        let page = tags(&body, "ExportTaskIdentifier");
        sizes.push(page.len());
        found.extend(page);
        marker = tag(&body, "Marker");
        if marker.is_none() {
            return (found, sizes);
        }
    }
}

/// So many exports, all over, of a source without tables.
async fn exported(count: usize) -> Night {
    let source = Source::cluster("app-db", Engine::AuroraMysql);
    let night = Night::of(source.takes(Duration::ZERO, Duration::from_secs(1)));
    for number in 0..count {
        night.start(&format!("export-{number}")).await;
        night.rds.advance(Duration::from_secs(1));
    }
    night
}

#[tokio::test]
async fn pages_hold_every_task_exactly_once() {
    for (count, size, expected) in [
        (0, "20", vec![0]),
        (20, "20", vec![20]),
        (21, "20", vec![20, 1]),
        (61, "25", vec![25, 25, 11]),
        (105, "100", vec![100, 5]),
    ] {
        let night = exported(count).await;
        let (mut found, sizes) = pages(&night, size).await;
        assert_eq!(sizes, expected);
        let mut all = night.rds.exports();
        found.sort();
        all.sort();
        assert_eq!(found, all);
    }
}

#[tokio::test]
async fn tasks_that_come_between_two_pages_shift_nothing() {
    let night = exported(45).await;
    let before = night.rds.exports();
    let (status, body) = night
        .call("DescribeExportTasks", &[("MaxRecords", "20")])
        .await;
    assert_eq!(status, 200);
    let mut found = tags(&body, "ExportTaskIdentifier");
    for name in ["aaa", "zzz"] {
        night.start(name).await;
        night.rds.advance(Duration::from_secs(1));
    }
    let marker = tag(&body, "Marker").unwrap();
    let (_, body) = night
        .call("DescribeExportTasks", &[("Marker", &marker)])
        .await;
    found.extend(tags(&body, "ExportTaskIdentifier"));
    for name in before {
        let times = found.iter().filter(|found| **found == name).count();
        assert_eq!(times, 1, "{name}");
    }
}

#[tokio::test]
async fn markers_of_another_list_and_expired_ones_are_refused() {
    let night = exported(21).await;
    let code = (400, "InvalidParameterValue".to_owned());
    let (_, body) = night
        .call("DescribeExportTasks", &[("MaxRecords", "20")])
        .await;
    let marker = tag(&body, "Marker").unwrap();
    let fields = [("Marker", marker.as_str())];
    assert_eq!(night.refused("DescribeDBClusters", &fields).await, code);
    assert_eq!(
        night
            .refused("DescribeExportTasks", &[("Marker", "made up")])
            .await,
        code
    );
    assert_eq!(night.call("DescribeExportTasks", &fields).await.0, 200);
    night.rds.expire_markers();
    assert_eq!(night.refused("DescribeExportTasks", &fields).await, code);
    for size in ["19", "101", "many"] {
        let refused = night
            .refused("DescribeExportTasks", &[("MaxRecords", size)])
            .await;
        assert_eq!(refused, code);
    }
}

#[tokio::test]
async fn tasks_are_found_by_name_source_kind_bucket_and_lower_case_status() {
    let night = Night::article();
    let cluster = "arn:aws:rds:ap-northeast-1:123456789012:cluster:app-db";
    night.export("done").await;
    assert_eq!(
        night
            .call("StartExportTask", &wanted("live", cluster))
            .await
            .0,
        200
    );
    let filter = |name, value| {
        vec![
            ("Filters.Filter.1.Name", name),
            ("Filters.Filter.1.Values.Value.1", value),
        ]
    };
    let cases = [
        (vec![("SourceArn", cluster)], "live"),
        (vec![("SourceType", "SNAPSHOT")], "done"),
        (vec![("ExportTaskIdentifier", "live")], "live"),
        (filter("status", "complete"), "done"),
        (filter("status", "COMPLETE"), ""),
        (filter("s3-bucket", "other"), ""),
        (filter("source-arn", &night.snapshot), "done"),
        (filter("export-task-identifier", "live"), "live"),
    ];
    for (fields, expected) in cases {
        let (status, body) = night.call("DescribeExportTasks", &fields).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(
            tags(&body, "ExportTaskIdentifier").join(" "),
            expected,
            "{fields:?}"
        );
    }
    let refused = night
        .refused("DescribeExportTasks", &filter("colour", "red"))
        .await;
    assert_eq!(refused, (400, "InvalidParameterValue".to_owned()));
    let refused = night
        .refused("DescribeExportTasks", &[("ExportTaskIdentifier", "none")])
        .await;
    assert_eq!(refused, (404, "ExportTaskNotFound".to_owned()));
}

#[tokio::test]
async fn snapshots_come_by_type_and_mixed_without_one() {
    let night = Night::of(postgresql());
    let manual = Snapshot::manual("before-release", at("2026-11-21T15:00:00Z"));
    night.rds.add_snapshot("shop", manual);
    let backup =
        Snapshot::aws_backup("1234", at("2026-11-21T16:00:00Z")).takes(Duration::from_hours(2));
    night.rds.add_snapshot("shop", backup);
    night.rds.add(Source::instance("other", Engine::Mysql));
    night
        .rds
        .add_snapshot("other", Snapshot::automated(at("2026-11-21T13:00:00Z")));
    let names = async |fields: &[(&str, &str)]| {
        let (status, body) = night.call("DescribeDBSnapshots", fields).await;
        assert_eq!(status, 200, "{body}");
        tags(&body, "DBSnapshotIdentifier").join(" ")
    };
    let of = ("DBInstanceIdentifier", "SHOP");
    let tonight = "rds:shop-2026-11-21-14-03";
    assert_eq!(
        names(&[of]).await,
        format!("awsbackup:job-1234 before-release {tonight}")
    );
    for (kind, expected) in [
        ("automated", tonight),
        ("manual", "before-release"),
        ("awsbackup", "awsbackup:job-1234"),
        ("shared", ""),
    ] {
        assert_eq!(names(&[of, ("SnapshotType", kind)]).await, expected);
    }
    assert_eq!(names(&[("DBInstanceIdentifier", "none")]).await, "");
    let fields = [("DBSnapshotIdentifier", "awsbackup:job-1234")];
    let (_, body) = night.call("DescribeDBSnapshots", &fields).await;
    assert_eq!(tag(&body, "Status").unwrap(), "creating");
    assert_eq!(tag(&body, "SnapshotCreateTime"), None);
}

#[tokio::test]
async fn what_is_asked_for_wrongly_or_not_there_is_refused() {
    let night = Night::article();
    let cases = [
        (
            "DescribeDBClusterSnapshots",
            ("SnapshotType", "awsbackup"),
            400,
            "InvalidParameterValue",
        ),
        (
            "DescribeDBClusterSnapshots",
            ("DBClusterSnapshotIdentifier", "none"),
            404,
            "DBClusterSnapshotNotFoundFault",
        ),
        (
            "DescribeDBClusterSnapshots",
            ("DBInstanceIdentifier", "app-db"),
            400,
            "InvalidQueryParameter",
        ),
        (
            "DescribeDBSnapshots",
            ("DBSnapshotIdentifier", "none"),
            404,
            "DBSnapshotNotFound",
        ),
        (
            "DescribeDBClusters",
            ("DBClusterIdentifier", "none"),
            404,
            "DBClusterNotFoundFault",
        ),
        (
            "DescribeDBInstances",
            ("DBInstanceIdentifier", "app-db"),
            404,
            "DBInstanceNotFound",
        ),
    ];
    for (action, field, status, code) in cases {
        let refused = night.refused(action, &[field]).await;
        assert_eq!(refused, (status, code.to_owned()), "{action}");
    }
    let both = [
        ("DBClusterIdentifier", "app-db"),
        ("DBClusterSnapshotIdentifier", "x"),
    ];
    let refused = night.refused("DescribeDBClusterSnapshots", &both).await;
    assert_eq!(refused, (400, "InvalidParameterCombination".to_owned()));
}

#[tokio::test]
async fn a_snapshot_that_is_gone_or_changed_is_listed_so() {
    let night = Night::article();
    let status = async || {
        let (_, body) = night.call("DescribeDBClusterSnapshots", &[]).await;
        tags(&body, "Status").join(" ")
    };
    night
        .rds
        .set_snapshot_status(&night.snapshot, "incompatible-restore");
    assert_eq!(status().await, "incompatible-restore");
    night.rds.delete_snapshot(&night.snapshot);
    assert_eq!(status().await, "");
}
