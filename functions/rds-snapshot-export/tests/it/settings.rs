//! Settings: all faults at once, before anything is asked.

use function_core::{Clock, Env};
use rds_snapshot_export::RdsSnapshotExport;
use reconcile::Surroundings;

use crate::world::World;

async fn refusal(env: &Env) -> String {
    let surroundings = Surroundings {
        env: env.clone(),
        clock: Clock::system(),
    };
    let error = RdsSnapshotExport::with(surroundings).await.unwrap_err();
    function_core::chain(&error)
}

#[tokio::test]
async fn every_fault_is_named_at_once_and_nothing_is_asked() {
    let wrong = [
        ("DB_CLUSTER_IDENTIFIER", "app--db"),
        ("ENV", "prod!"),
        ("S3_EXPORT_BUCKET_NAME", "s3://exports"),
        ("S3_EXPORT_IAM_ROLE_ARN", "export"),
        ("S3_PREFIX", "a:b"),
        ("SNAPSHOT_TYPE", "shared"),
        ("MAX_SNAPSHOT_AGE", "soon"),
        ("EXPORT_ONLY", "a.b.c.d"),
        ("EXPORT_TIMEOUT", "0h"),
        ("EXPORT_ATTEMPTS", "10"),
        ("MAX_SHRINK_PERCENT", "101"),
        ("TIME_ZONE", "Tokio"),
        ("RUNS_URL", "gcs://runs"),
        ("VERIFIED_TOPIC", "verified"),
        ("NOTIFY_TOPIC", "people"),
        ("NOTIFY_WEBHOOK", "http://example.com/secret"),
        ("NOTIFY_LANGUAGE", "de"),
    ];
    let mut world = World::new().await.set("KMS_KEY_ID", " ");
    for (name, value) in wrong {
        world.change(name, value);
    }
    let words = refusal(world.env()).await;
    for (name, _) in wrong {
        assert!(words.contains(&format!("{name} is `")), "{name}: {words}");
    }
    assert!(words.contains("KMS_KEY_ID is not set"), "{words}");
    assert!(!words.contains("example.com"), "{words}");
    assert!(world.rds.requests().is_empty() && world.s3.requests().is_empty());
}

#[tokio::test]
async fn what_must_be_set_is_named() {
    let words = refusal(&Env::default()).await;
    for name in [
        "DB_CLUSTER_IDENTIFIER",
        "ENV",
        "S3_EXPORT_BUCKET_NAME",
        "S3_EXPORT_IAM_ROLE_ARN",
        "KMS_KEY_ID",
    ] {
        assert!(words.contains(&format!("{name} is not set")), "{words}");
    }
    assert_eq!(words.matches("; ").count(), 5, "{words}");
}

#[tokio::test]
async fn settings_that_contradict_each_other_are_refused() {
    for (settings, words) in [
        (
            &[("SNAPSHOT_TYPE", "awsbackup")][..],
            "SNAPSHOT_TYPE is `awsbackup`: RDS lists awsbackup snapshots of instances only",
        ),
        (
            &[("DB_INSTANCE_IDENTIFIER", "app-db")],
            "DB_INSTANCE_IDENTIFIER is `app-db`: each name once",
        ),
        (
            &[("DB_CLUSTER_IDENTIFIER", "app-db, APP-DB")],
            "DB_CLUSTER_IDENTIFIER is `app-db, APP-DB`: each name once",
        ),
        (&[("ENV", "stg-")], "ENV is `stg-`"),
        (&[("ENV", "stg--1")], "ENV is `stg--1`"),
        (
            &[("ENV", "seventeen-letters")],
            "ENV is `seventeen-letters`",
        ),
        (
            &[("S3_EXPORT_BUCKET_NAME", "exports/rds")],
            "S3_EXPORT_BUCKET_NAME is `exports/rds`: a bucket's name without s3:// and folders",
        ),
        (&[("S3_PREFIX", "a/../b")], "S3_PREFIX is `a/../b`"),
    ] {
        let mut world = World::new().await;
        for (name, value) in settings {
            world.change(name, *value);
        }
        let refusal = refusal(world.env()).await;
        assert!(refusal.contains(words), "{refusal}");
    }
}

#[test]
fn the_settings_table_lists_what_the_code_reads() {
    let code = concat!(
        include_str!("../../src/config.rs"),
        include_str!("../../../../crates/reconcile/src/settings.rs"),
    );
    let readme = include_str!("../../README.md");
    settings_table::assert_lists_what_is_read(readme, code, settings_table::LOG_AND_NOTICES);
}
