//! What is wrong with an export never looks verified, and is named.

use function_core::{Outcome, RunState};
use simulators::dynamodb::{Counted, Fault, Layout, Part, Table};

use crate::world::{World, done, dropped};

const DATE: &str = "2026-11-21";

/// A table for each fault, and what is told of it. With the files read or not.
async fn check(verify: &str, faults: Vec<(Fault, &[&str])>) {
    let tables: Vec<String> = (0..faults.len())
        .map(|number| format!("table-{number:02}"))
        .collect();
    let world = World::empty()
        .await
        .set("TABLES", "table-*")
        .set("EXPORT_AT", "03:00");
    let world = world.set("VERIFY", verify);
    world.wait(10);
    for (table, (fault, _)) in tables.iter().zip(&faults) {
        world.dynamodb.add_table(Table::article(table));
        world.dynamodb.spoil_next(table, fault.clone());
    }
    world.night().await;
    world.ticks(3).await;
    for (table, (fault, expected)) in tables.iter().zip(&faults) {
        let record = world.record(table, DATE).await;
        assert_eq!(record.state, RunState::Incomplete, "{fault:?}: {record:?}");
        assert!(!record.settled, "{fault:?} may pass");
        let error = record.error.unwrap();
        for words in *expected {
            assert!(error.contains(words), "{fault:?}: {error}");
        }
        let repair = record.told.unwrap();
        assert!(repair.contains(r#""force": true"#), "{repair}");
        assert!(world.latest(table).await.is_none(), "{fault:?}");
    }
    // They do not pass.
    world.wait(61);
    world.tick().await;
    for table in &tables {
        let record = world.record(table, DATE).await;
        assert!(record.settled && record.state == RunState::Incomplete);
    }
}

#[tokio::test]
async fn each_damage_to_a_manifest_and_each_missing_or_other_file_is_named() {
    let faults: Vec<(Fault, &[&str])> = vec![
        (
            Fault::Missing(Part::Summary),
            &["/manifest-summary.json is missing"],
        ),
        (
            Fault::Missing(Part::SummaryChecksum),
            &["/manifest-summary.md5 is missing"],
        ),
        (
            Fault::Missing(Part::Files),
            &["/manifest-files.json is missing"],
        ),
        (
            Fault::Missing(Part::FilesChecksum),
            &["/manifest-files.md5 is missing"],
        ),
        (Fault::Missing(Part::Data(0)), &[".json.gz is missing"]),
        // These are there, but not the objects that were written: their entity tags are others.
        (
            Fault::Truncated(Part::Data(0)),
            &[".json.gz can't be read", "cut off"],
        ),
        (Fault::Altered(Part::Data(0)), &[".json.gz "]),
        (
            Fault::Truncated(Part::Summary),
            &["/manifest-summary.json has the MD5 ", ", expected "],
        ),
        (
            Fault::Truncated(Part::Files),
            &["/manifest-files.json has the MD5 ", ", expected "],
        ),
        (
            Fault::Altered(Part::Summary),
            &["/manifest-summary.json has the MD5 "],
        ),
        (
            Fault::Altered(Part::Files),
            &["/manifest-files.json has the MD5 "],
        ),
        (
            Fault::Truncated(Part::SummaryChecksum),
            &["/manifest-summary.md5 can't be read"],
        ),
        (
            Fault::Miscounted(Counted::Summary),
            &["/manifest-files.json tells 6 items, expected 7"],
        ),
        (
            Fault::Miscounted(Counted::Files),
            &["/manifest-files.json tells 7 items, expected 6"],
        ),
        (
            Fault::Miscounted(Counted::Description),
            &["DescribeExport of arn:aws:", "tells 7 items, expected 6"],
        ),
    ];
    check("manifest", faults).await;
}

#[tokio::test]
async fn each_damage_to_a_data_file_is_named_where_files_are_read() {
    let faults: Vec<(Fault, &[&str])> = vec![
        (
            Fault::Truncated(Part::Data(0)),
            &[".json.gz can't be read", "cut off"],
        ),
        (Fault::Altered(Part::Data(0)), &[".json.gz "]),
        (Fault::Short(0), &[".json.gz has ", " lines, expected "]),
        (Fault::Missing(Part::Data(1)), &[".json.gz is missing"]),
        (
            Fault::Altered(Part::FilesChecksum),
            &["/manifest-files.json has the MD5 "],
        ),
    ];
    check("full", faults).await;
}

#[tokio::test]
async fn what_only_marks_the_start_is_not_missed() {
    let world = World::due().await.set("TABLES", "table1");
    world
        .dynamodb
        .spoil_next("table1", Fault::Missing(Part::Started));
    world.night().await;
    let reports = done(world.ticks(3).await);
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
}

#[tokio::test]
async fn a_file_that_comes_late_heals_within_the_hour() {
    let world = World::due().await.set("TABLES", "table1");
    world.night().await;
    world.wait(15);
    let truth = world.dynamodb.truths().remove(0);
    let (_, content) = world.store.read(&truth.data[0]).await.unwrap().unwrap();
    world.store.delete(&truth.data[0]).await.unwrap();
    dropped(world.tick().await);
    let put = cloud_store::Put::new("application/gzip");
    world
        .store
        .put(&truth.data[0], content, &put)
        .await
        .unwrap();
    let reports = done(world.ticks(1).await);
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
}

#[tokio::test]
async fn an_empty_data_file_is_none() {
    let world = World::due().await.set("TABLES", "table1");
    world.night().await;
    world.wait(15);
    let truth = world.dynamodb.truths().remove(0);
    let put = cloud_store::Put::new("application/gzip");
    world.store.put(&truth.data[0], "", &put).await.unwrap();
    let outcome = world.tick().await;
    let Outcome::Drop(failure) = outcome else {
        panic!("verified: {outcome:?}");
    };
    let words = format!("{} is empty, 0 bytes", truth.data[0]);
    assert!(failure.error.contains(&words), "{}", failure.error);
}

#[tokio::test]
async fn both_layouts_are_read_with_and_without_a_prefix() {
    for (checksum_suffix, keys_with_prefix, prefix) in [
        (true, true, ""),
        (false, false, "nightly/dynamodb"),
        (true, true, "nightly"),
    ] {
        let layout = Layout {
            checksum_suffix,
            keys_with_prefix,
            type_in_full: !checksum_suffix,
        };
        let world = World::laid_out(layout)
            .await
            .set("TABLES", "table1")
            .set("EXPORT_AT", "03:00");
        let world = world.set("S3_PREFIX", prefix).set("VERIFY", "full");
        let world = world.set("RUNS_URL", "s3://backups/runs");
        world.dynamodb.add_table(Table::article("table1"));
        world.wait(10);
        world.night().await;
        let reports = done(world.ticks(3).await);
        assert_eq!(
            reports[0].state,
            RunState::Verified,
            "{layout:?}: {reports:?}"
        );
    }
}
