//! Going over from golang-migrate and back, at any version.

use std::num::NonZeroUsize;
use std::process::Command;

use migration_run::{Goal, LockIds, Origin};

use crate::place::{Place, options, version};

const VERSIONS: u64 = 5;

/// Plays golang-migrate's rules, without any of our code.
fn golang_migrate(arguments: &[&str]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/golang_migrate.py");
    let output = Command::new("python3")
        .arg("-B")
        .arg(script)
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn place() -> Place {
    let place = Place::new(&[]);
    for number in 1..=VERSIONS {
        let (up, down) = (format!("{number}_t.up.sql"), format!("{number}_t.down.sql"));
        let create = format!("CREATE TABLE t{number} (id int);");
        place.write(&[(&up, &create), (&down, &format!("DROP TABLE t{number};"))]);
    }
    place
}

fn tables(version: u64) -> String {
    (1..=version)
        .map(|number| format!("t{number}"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[tokio::test]
async fn a_history_that_is_behind_is_caught_up_with() {
    let place = place();
    let (url, folder) = (place.url(), place.path().to_str().unwrap().to_owned());
    golang_migrate(&[&url, &folder, "up", "2"]);
    let status = place.status().await;
    assert_eq!(status.adopted.len(), 2);
    assert!(
        status
            .applied
            .iter()
            .all(|applied| applied.origin == Origin::Adopted)
    );
    assert_eq!(status.pending, [version(3), version(4), version(5)]);
    assert_eq!(
        place.query("SELECT to_regclass('schema_migrations_history') IS NULL"),
        "t"
    );
    place.run(Goal::UpTo(version(3))).await.unwrap();
    assert_eq!(place.history(), "1|up|adopted\n2|up|adopted\n3|up|applied");
    golang_migrate(&[&url, &folder, "down", "2"]);
    golang_migrate(&[&url, &folder, "up"]);
    place.up().await.unwrap();
    assert_eq!(
        place.history(),
        "1|up|adopted\n2|up|adopted\n3|up|applied\n4|up|adopted\n5|up|adopted"
    );
    golang_migrate(&[&url, &folder, "down", "3"]);
    place.run(Goal::DownBy(NonZeroUsize::MIN)).await.unwrap();
    assert_eq!(place.stored(), "1|f");
    assert_eq!(
        place.query("SELECT version, direction, outcome FROM schema_migrations_history WHERE direction = 'down' ORDER BY id"),
        "5|down|adopted\n4|down|adopted\n3|down|adopted\n2|down|reverted"
    );
}

#[tokio::test]
async fn one_can_switch_to_and_fro_at_any_version() {
    for seed in 0..5 {
        let mut random = fastrand::Rng::with_seed(seed);
        let place = place();
        let (url, folder) = (place.url(), place.path().to_str().unwrap().to_owned());
        let (mut at, mut story) = (0_u64, format!("seed {seed}:"));
        for _ in 0..8 {
            let ours = random.bool();
            let target = random.u64(0..=VERSIONS);
            story.push_str(if ours { " ours" } else { " theirs" });
            story.push_str(&target.to_string());
            let count = at.abs_diff(target).to_string();
            match (ours, target >= at) {
                _ if target == at => {}
                (false, true) => drop(golang_migrate(&[&url, &folder, "up", &count])),
                (false, false) => drop(golang_migrate(&[&url, &folder, "down", &count])),
                (true, _) => {
                    let goal = if target == 0 {
                        Goal::DownAll
                    } else {
                        Goal::GoTo(version(target))
                    };
                    place
                        .run(goal)
                        .await
                        .unwrap_or_else(|error| panic!("{story}: {error}"));
                }
            }
            at = target;
            assert_eq!(place.tables(), tables(at), "{story}");
            let status = place.status().await;
            assert_eq!(status.version, (at > 0).then(|| version(at)), "{story}");
            assert_eq!(status.applied.len() as u64, at, "{story}");
            assert!(
                status.out_of_order.is_empty()
                    && status.edited.is_empty()
                    && status.dirty.is_none(),
                "{story}"
            );
        }
    }
}

#[tokio::test]
async fn golang_migrates_dirty_mark_is_explained() {
    let place = place();
    place.run(Goal::UpTo(version(2))).await.unwrap();
    place.query("TRUNCATE schema_migrations; INSERT INTO schema_migrations VALUES (3, true)");
    let words = place.up().await.unwrap_err().to_string();
    assert!(
        words.contains("another tool left version 3 dirty") && words.contains("repair --to"),
        "{words}"
    );
    let mut migrator = place.open(options()).await;
    migrator
        .repair(
            &place.folder(),
            migration_run::Repair::SetTo(Some(version(2))),
        )
        .await
        .unwrap();
    place.up().await.unwrap();
    assert_eq!(place.tables(), tables(VERSIONS));
}

/// A mark that is not at our file's version is not ours, though our file stopped once, and was set right by golang-migrate.
#[tokio::test]
async fn a_file_that_golang_migrate_set_right_is_not_gone_on_with() {
    let place = place();
    place.write(&[(
        "2_t.up.sql",
        "-- no-transaction\nCREATE TABLE t2 (id int);\nSELECT 1 / 0;",
    )]);
    place.up().await.unwrap_err();
    assert_eq!(place.stored(), "2|t");
    let (url, folder) = (place.url(), place.path().to_str().unwrap().to_owned());
    golang_migrate(&[&url, &folder, "force", "2"]);
    place.query("UPDATE schema_migrations SET version = 3, dirty = true");
    let words = place.up().await.unwrap_err().to_string();
    assert!(
        words.contains("another tool left version 3 dirty"),
        "{words}"
    );
}

#[tokio::test]
async fn both_lock_ids_are_taken_as_golang_migrate_reckons_them() {
    let place = place();
    place.write(&[("6_slow.up.sql", "CREATE TABLE seen AS SELECT objid::bigint AS id FROM pg_locks WHERE locktype = 'advisory' AND granted \
        AND classid = 0 AND objsubid = 1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database());")]);
    place.up().await.unwrap();
    let theirs = golang_migrate(&["lock-id", &place.database]);
    let seen = place.query("SELECT string_agg(id::text, ' ' ORDER BY id) FROM seen");
    let sorted = |text: &str| {
        let mut ids: Vec<u32> = text.split(' ').map(|id| id.parse().unwrap()).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(sorted(&seen), sorted(&theirs));
    let ids = LockIds::new("public", "schema_migrations", &place.database);
    assert_eq!(
        sorted(&theirs),
        sorted(&format!("{} {}", ids.of_path, ids.of_name))
    );
    assert_eq!(
        place.query("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"),
        "0"
    );
}

/// The real one, where it is installed.
#[tokio::test]
async fn migrate_cli_goes_to_and_fro_with_us() {
    let place = place();
    let url = format!("{}?sslmode=disable", place.url());
    let migrate = |arguments: &[&str]| {
        let output = Command::new("migrate")
            .arg("-path")
            .arg(place.path())
            .args(["-database", &url])
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    migrate(&["up", "2"]);
    place.run(Goal::UpTo(version(4))).await.unwrap();
    migrate(&["down", "2"]);
    place.up().await.unwrap();
    migrate(&["down", "-all"]);
    assert_eq!(
        (place.stored(), place.tables()),
        (String::new(), String::new())
    );
    place.up().await.unwrap();
    migrate(&["goto", "3"]);
    assert_eq!(
        (place.stored(), place.tables()),
        ("3|f".to_owned(), tables(3))
    );
}
