//! Rows that point at rows.

use table_diff::Action;

use super::world::{Stop, World, apply, finish, prepare};

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_point_within_their_table_are_written_in_any_order() {
    for world in World::both_ways() {
        world.run(
            "CREATE TABLE node (id int PRIMARY KEY, parent int REFERENCES node); INSERT INTO node VALUES (9, NULL), (1, 9), (5, 1)",
        );
        world.source.run("UPDATE node SET parent = NULL; DELETE FROM node; INSERT INTO node VALUES (2, 8), (8, 2), (9, 9)");
        world.sync(&["node"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_point_at_each_other_are_written_with_deferred_keys() {
    for world in World::both_ways() {
        world.run(
            "CREATE TABLE team (id int PRIMARY KEY, leader int NOT NULL); \
             CREATE TABLE person (id int PRIMARY KEY, team int NOT NULL REFERENCES team DEFERRABLE); \
             ALTER TABLE team ADD FOREIGN KEY (leader) REFERENCES person DEFERRABLE; \
             BEGIN; SET CONSTRAINTS ALL DEFERRED; INSERT INTO team VALUES (1, 1); INSERT INTO person VALUES (1, 1); COMMIT",
        );
        world.source.run(
            "BEGIN; SET CONSTRAINTS ALL DEFERRED; UPDATE team SET id = 2, leader = 2; UPDATE person SET id = 2, team = 2; COMMIT",
        );
        world.sync(&["team", "person"]).await;
        assert_eq!(world.target.content("person"), "(2,2)");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_points_nowhere_is_refused_before_the_commit() {
    for world in World::both_ways() {
        world.run(
            "CREATE TABLE kind (id int PRIMARY KEY); CREATE TABLE item (id int PRIMARY KEY, kind int REFERENCES kind DEFERRABLE); \
             CREATE TABLE strict (id int PRIMARY KEY, kind int REFERENCES kind)",
        );
        world.source.run("INSERT INTO kind VALUES (7); INSERT INTO item VALUES (1, 7); INSERT INTO strict VALUES (1, 7)");
        for table in ["item", "strict"] {
            let work = world.compare(&[table]).await;
            let words = apply(world.target.writer().await, &work)
                .await
                .unwrap_err()
                .words();
            assert!(
                words.contains("(kind)=(7)") && words.contains("tick it as well"),
                "{words}"
            );
            assert_eq!(world.target.content(table), "");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_others_point_at_is_not_deleted_from_under_them() {
    let world = World::one_way();
    world.run(
        "CREATE TABLE kind (id int PRIMARY KEY); CREATE TABLE item (id int PRIMARY KEY, kind int REFERENCES kind); \
         INSERT INTO kind VALUES (7); INSERT INTO item VALUES (1, 7)",
    );
    world.source.run("DELETE FROM item; DELETE FROM kind");
    let work = world.compare(&["kind"]).await;
    let words = apply(world.target.writer().await, &work)
        .await
        .unwrap_err()
        .words();
    assert!(
        words.contains("still referenced from table \"item\""),
        "{words}"
    );
    world.sync(&["kind", "item"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cascade_takes_rows_along_but_none_that_were_wanted_otherwise() {
    for world in World::both_ways() {
        world.run(
            "CREATE TABLE kind (id int PRIMARY KEY); \
             CREATE TABLE item (id int PRIMARY KEY, kind int REFERENCES kind ON DELETE CASCADE, note text); \
             INSERT INTO kind VALUES (7), (8); INSERT INTO item VALUES (1, 7), (2, 7), (3, 8)",
        );
        world.source.run("DELETE FROM kind WHERE id = 7");
        let work = world.compare(&["kind"]).await;
        apply(world.target.writer().await, &work).await.unwrap();
        assert_eq!(world.target.content("item"), "(3,8,)");

        // The same where a row that goes along was wanted to stay.
        world
            .target
            .run("INSERT INTO kind VALUES (7); INSERT INTO item VALUES (1, 7), (2, 7)");
        world
            .source
            .run("INSERT INTO item VALUES (1, NULL, 'kept')");
        let mut work = world.compare(&["kind", "item"]).await;
        work[1]
            .changes
            .retain(|change| change.action == Action::Update);
        let before = world.target.content("item");
        let mut writer = world.target.writer().await;
        prepare(&mut writer, &work).await.unwrap();
        for (one, action) in work.iter().zip([Action::Delete, Action::Update]) {
            writer
                .write(&one.table, &one.reading, action)
                .await
                .unwrap();
        }
        let stop = finish(writer, &work).await.unwrap_err();
        let Stop::Wrong(1, rows) = stop else {
            panic!("{stop:?}");
        };
        assert_eq!((rows[0].key.concat().as_str(), rows[0].now), ("1", None));
        assert_eq!(world.target.content("item"), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_rows_of_another_table_would_follow_is_refused_with_their_number() {
    for world in World::both_ways() {
        for (index, (kind, one, other)) in [("text", "'a'", "'b'"), ("numeric", "1.0", "1.00")]
            .into_iter()
            .enumerate()
        {
            let (kinds, items) = (format!("kind_{index}"), format!("item_{index}"));
            world.run(&format!(
                "CREATE TABLE {kinds} (id int PRIMARY KEY, code {kind} UNIQUE, note text); \
                 CREATE TABLE {items} (id int PRIMARY KEY, code {kind} REFERENCES {kinds} (code) ON UPDATE CASCADE); \
                 INSERT INTO {kinds} VALUES (1, {one}), (2, NULL); INSERT INTO {items} VALUES (1, {one}), (2, {one})"
            ));
            // What nobody points by may change.
            world
                .source
                .run(&format!("UPDATE {kinds} SET note = 'new'"));
            world.sync(&[&kinds]).await;
            let before = world.target.content(&items);
            world
                .source
                .run(&format!("UPDATE {kinds} SET code = {other} WHERE id = 1"));
            if kind == "numeric" {
                // Such a difference alone is none.
                world
                    .source
                    .run(&format!("UPDATE {kinds} SET note = 'newer'"));
            }
            let work = world.compare(&[&kinds]).await;
            let words = apply(world.target.writer().await, &work)
                .await
                .unwrap_err()
                .words();
            for part in [
                "(code)",
                &format!("2 rows of public.{items}"),
                "ON UPDATE CASCADE",
            ] {
                assert!(words.contains(part), "{words}");
            }
            assert_eq!(world.target.content(&items), before);
            world.target.run(&format!("DELETE FROM {items}"));
            world.sync(&[&kinds]).await;
        }
    }
}
