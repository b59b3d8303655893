//! Unique values that change places.

use super::world::{Work, World, apply};
use table_diff::Action;

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_swap_unique_values_are_written() {
    let columns = [
        "int NOT NULL",
        "smallint NOT NULL",
        "numeric(4,1) NOT NULL",
        "varchar(3) NOT NULL",
        "text NOT NULL",
        "text",
        "uuid NOT NULL",
        "date NOT NULL",
        "timestamp NOT NULL",
        "timestamptz NOT NULL",
        "bytea NOT NULL",
    ];
    for world in World::both_ways() {
        for (index, column) in columns.iter().enumerate() {
            let kind = column.split(' ').next().unwrap();
            let (one, other) = match kind {
                "uuid" => (
                    "00000000-0000-0000-0000-000000000001",
                    "00000000-0000-0000-0000-000000000002",
                ),
                "date" | "timestamp" | "timestamptz" => ("2025-01-01", "2025-01-02"),
                _ => ("1", "2"),
            };
            let table = format!("swap_{index}");
            world.run(&format!(
                "CREATE TABLE {table} (id int PRIMARY KEY, code {column} UNIQUE, note text); \
                 INSERT INTO {table} VALUES (1, '{one}', 'a'), (2, '{other}', 'b')"
            ));
            world.source.run(&format!(
                "DELETE FROM {table}; INSERT INTO {table} VALUES (1, '{other}', 'a'), (2, '{one}', 'b')"
            ));
            world.sync(&[&table]).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_list_moves_by_one_place() {
    for world in World::both_ways() {
        world.run(
            "CREATE TABLE list (id int PRIMARY KEY, parent int NOT NULL, place int NOT NULL, UNIQUE (parent, place)); \
             INSERT INTO list SELECT n, n % 2, n FROM generate_series(1, 400) AS n",
        );
        world.source.run("DELETE FROM list; INSERT INTO list SELECT n, n % 2, n + 2 FROM generate_series(1, 400) AS n");
        world.sync(&["list"]).await;
        // And a new row takes the first place.
        world.source.run("DELETE FROM list; INSERT INTO list SELECT n, n % 2, n + 4 FROM generate_series(1, 400) AS n; \
            INSERT INTO list VALUES (500, 1, 3), (501, 0, 4)");
        world.sync(&["list"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_takes_the_value_of_one_that_is_deleted_only_afterwards() {
    let world = World::one_way();
    world.run(
        "CREATE TABLE item (id int PRIMARY KEY, code text NOT NULL UNIQUE); INSERT INTO item VALUES (1, 'a'), (2, 'b')",
    );
    world
        .source
        .run("DELETE FROM item WHERE id = 1; UPDATE item SET code = 'a' WHERE id = 2");
    let work = world.compare(&["item"]).await;
    let Work {
        table,
        reading,
        changes,
    } = &work[0];
    let mut writer = world.target.writer().await;
    writer.stage(table, reading, changes).await.unwrap();
    assert_eq!(writer.lock_and_check(reading).await.unwrap().0, 0);
    writer.write(table, reading, Action::Update).await.unwrap();
    writer.write(table, reading, Action::Delete).await.unwrap();
    assert_eq!(writer.verify(reading).await.unwrap().0, 0);
    writer.commit().await.unwrap();
    assert_eq!(world.target.content("item"), "(2,a)");
}

#[tokio::test(flavor = "multi_thread")]
async fn constraints_that_can_be_deferred_are_checked_once_at_the_end() {
    for world in World::both_ways() {
        world.run(
            "CREATE TABLE item (id int PRIMARY KEY, flag boolean NOT NULL, mood \"char\" NOT NULL, UNIQUE (flag, mood) DEFERRABLE); \
             INSERT INTO item VALUES (1, true, 'a'), (2, false, 'a')",
        );
        world.source.run("UPDATE item SET flag = NOT flag");
        world.sync(&["item"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_another_row_holds_is_refused_with_that_value_and_a_repair() {
    for world in World::both_ways() {
        world.run("CREATE TABLE item (id int PRIMARY KEY, code text NOT NULL UNIQUE); INSERT INTO item VALUES (1, 'a'), (2, 'b')");
        world
            .source
            .run("DELETE FROM item WHERE id = 1; UPDATE item SET code = 'a' WHERE id = 2");
        let mut work = world.compare(&["item"]).await;
        work[0]
            .changes
            .retain(|change| change.action == Action::Update);
        let before = world.target.content("item");
        let stop = apply(world.target.writer().await, &work).await.unwrap_err();
        let words = stop.words();
        for part in ["public.item", "(code)=(a)", "tick the other row as well"] {
            assert!(words.contains(part), "{words}");
        }
        assert_eq!(world.target.content("item"), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_without_a_value_in_between_is_refused_with_the_constraint() {
    let world = World::one_way();
    world.run(
        "CREATE TABLE item (id int PRIMARY KEY, code int NOT NULL UNIQUE CONSTRAINT positive CHECK (code > 0)); \
         INSERT INTO item VALUES (1, 1), (2, 2); \
         CREATE TABLE flag (id int PRIMARY KEY, yes boolean NOT NULL UNIQUE); INSERT INTO flag VALUES (1, true), (2, false)",
    );
    world.source.run("DELETE FROM item; INSERT INTO item VALUES (1, 2), (2, 1); UPDATE flag SET yes = yes; DELETE FROM flag; \
        INSERT INTO flag VALUES (1, false), (2, true)");
    for (table, part) in [("item", "positive"), ("flag", "flag_yes_key")] {
        let work = world.compare(&[table]).await;
        let words = apply(world.target.writer().await, &work)
            .await
            .unwrap_err()
            .words();
        assert!(
            words.contains(part) && words.contains("DEFERRABLE"),
            "{words}"
        );
    }
}
