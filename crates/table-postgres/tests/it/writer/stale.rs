//! Rows that are not as a person has seen them.

use std::time::Duration;

use function_core::Secret;
use postgres_client::{Address, connect};
use table_diff::{Action, DatabaseError, Limits};

use super::world::{LIMITS, Stop, Work, World, apply, prepare, write};

const ITEMS: &str = "CREATE TABLE item (id int PRIMARY KEY, name text UNIQUE, updated_at timestamptz); \
    INSERT INTO item SELECT n, 'name ' || n, '2025-01-01' FROM generate_series(1, 9) AS n";

/// Row 1 is to be deleted, row 2 to be updated, row 100 to be inserted.
async fn seen(world: &World) -> Vec<Work> {
    world.run(ITEMS);
    world.source.run(
        "DELETE FROM item WHERE id = 1; UPDATE item SET name = 'new' WHERE id = 2; INSERT INTO item VALUES (100, 'a hundred')",
    );
    world.compare(&["item"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_changed_since_it_was_seen_stops_all_of_it() {
    let changes = [
        ("UPDATE item SET name = 'other' WHERE id = 2", "2"),
        (
            "UPDATE item SET updated_at = '2025-01-01 00:00:01' WHERE id = 2",
            "2",
        ),
        ("DELETE FROM item WHERE id = 2", "2"),
        ("UPDATE item SET name = 'other' WHERE id = 1", "1"),
        ("DELETE FROM item WHERE id = 1", "1"),
        ("INSERT INTO item VALUES (100, 'mine')", "100"),
    ];
    for world in World::both_ways() {
        let work = seen(&world).await;
        for (change, key) in changes {
            world.target.run(change);
            let before = world.target.content("item");
            let stop = apply(world.target.writer().await, &work).await.unwrap_err();
            let Stop::Stale(1, rows) = stop else {
                panic!("{change}: {stop:?}");
            };
            assert_eq!(rows[0].key, [key]);
            assert_eq!(rows[0].seen.is_none(), key == "100");
            assert_eq!(rows[0].now.is_none(), change.starts_with("DELETE"));
            assert_ne!(rows[0].seen, rows[0].now);
            assert_eq!(world.target.content("item"), before);
            world.target.run("TRUNCATE item");
            world.target.run(ITEMS.split_once("; ").unwrap().1);
        }
        apply(world.target.writer().await, &work).await.unwrap();
        assert_eq!(world.target.content("item"), world.source.content("item"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_of_many_stale_rows_are_named_and_all_are_counted() {
    let world = World::one_way();
    world.run("CREATE TABLE item (id int PRIMARY KEY, name text)");
    world
        .source
        .run("INSERT INTO item SELECT n, 'a' FROM generate_series(1, 30) AS n");
    let work = world.compare(&["item"]).await;
    world
        .target
        .run("INSERT INTO item SELECT n, 'b' FROM generate_series(1, 25) AS n");
    let Stop::Stale(25, rows) = apply(world.target.writer().await, &work).await.unwrap_err() else {
        panic!("not stale");
    };
    let keys: Vec<_> = rows.iter().map(|row| row.key.concat()).collect();
    let first: Vec<_> = (1..=20).map(|id| id.to_string()).collect();
    assert_eq!(keys, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_another_session_is_changing_is_waited_for_and_seen_as_it_became() {
    for world in World::both_ways() {
        let work = seen(&world).await;
        let url = Secret::new(world.target.url());
        let address = Address::parse(&url).unwrap();
        let other = connect(&address, "another", LIMITS.connect).await.unwrap();
        other
            .batch_execute("BEGIN; UPDATE item SET name = 'other' WHERE id = 2")
            .await
            .unwrap();
        let patient = Limits {
            lock: Duration::from_mins(1),
            ..LIMITS
        };
        let mut writer = world.target.writer_within(&patient).await;
        let checking = prepare(&mut writer, &work);
        let commit = async {
            let waits = "SELECT count(*) FROM pg_stat_activity \
                WHERE application_name = 'tasuki test' AND wait_event_type = 'Lock'";
            for _ in 0..6_000 {
                if world.target.run(waits) != "0" {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            other.batch_execute("COMMIT").await.unwrap();
        };
        let (checked, ()) = futures_util::future::join(checking, commit).await;
        let Stop::Stale(1, rows) = checked.unwrap_err() else {
            panic!("not stale");
        };
        assert_eq!(rows[0].key, ["2"]);
        assert_ne!(rows[0].now, rows[0].seen);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_changes_a_row_between_check_and_commit() {
    let world = World::one_way();
    let work = seen(&world).await;
    let mut writer = world.target.writer().await;
    prepare(&mut writer, &work).await.unwrap();
    let refused = world
        .target
        .try_run("SET lock_timeout = '100ms'; UPDATE item SET name = 'other' WHERE id = 2");
    assert!(refused.unwrap_err().contains("lock timeout"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_came_to_be_between_check_and_writing_is_stale_and_not_overwritten() {
    for world in World::both_ways() {
        let work = seen(&world).await;
        let mut writer = world.target.writer().await;
        prepare(&mut writer, &work).await.unwrap();
        world.target.run("INSERT INTO item VALUES (100, 'mine')");
        let before = world.target.content("item");
        let error = write(&mut writer, &work).await.unwrap_err();
        let Stop::Database(DatabaseError::Stale { table, what, .. }) = error else {
            panic!("{error:?}");
        };
        assert_eq!(
            (table.as_str(), what.as_str()),
            ("public.item", "a row with id=100 came to be")
        );
        drop(writer);
        assert_eq!(world.target.content("item"), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_refused_can_t_commit_the_rest() {
    let world = World::one_way();
    let work = seen(&world).await;
    let before = world.target.content("item");
    let mut writer = world.target.writer().await;
    prepare(&mut writer, &work).await.unwrap();
    let (table, reading) = (&work[0].table, &work[0].reading);
    writer.write(table, reading, Action::Delete).await.unwrap();
    world
        .target
        .run("INSERT INTO item VALUES (101, 'a hundred')");
    writer
        .write(table, reading, Action::Insert)
        .await
        .unwrap_err();
    writer.commit().await.unwrap_err();
    assert_eq!(
        world.target.run("SELECT count(*) FROM item WHERE id = 1"),
        "1"
    );
    assert_ne!(world.target.content("item"), before);
}
