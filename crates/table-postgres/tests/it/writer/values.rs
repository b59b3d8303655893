//! Values that are large, or that do not fit.

use table_diff::Action;

use super::world::{World, apply};

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_of_ten_megabytes_is_written_and_undone() {
    let world = World::one_way();
    world.run("CREATE TABLE item (id int PRIMARY KEY, body text)");
    let large = "INSERT INTO item SELECT n, repeat(md5(n::text) || E'\\t\\\\日', 10 * 1024 * 1024 / 37) FROM generate_series(1, 2) AS n";
    world.source.run(large);
    world.target.run("INSERT INTO item VALUES (2, 'small')");
    let digest = "SELECT id, md5(body), length(body) FROM item ORDER BY id";
    let undo = world.sync(&["item"]).await;
    assert_eq!(world.target.run(digest), world.source.run(digest));
    apply(world.target.writer().await, &undo).await.unwrap();
    assert_eq!(world.target.content("item"), "(2,small)");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_old_rows_come_a_few_at_a_time_although_more_were_asked_for() {
    let world = World::one_way();
    world.run("CREATE TABLE item (id int PRIMARY KEY, body text); INSERT INTO item SELECT n, repeat('x', 3000000) FROM generate_series(1, 5) AS n");
    world.source.run("DELETE FROM item");
    let work = world.compare(&["item"]).await;
    let mut writer = world.target.writer().await;
    writer
        .stage(&work[0].table, &work[0].reading, &work[0].changes)
        .await
        .unwrap();
    assert_eq!(writer.lock_and_check(&work[0].reading).await.unwrap().0, 0);
    let mut sizes = Vec::new();
    loop {
        let some = writer.old(&work[0].reading, 1000).await.unwrap();
        assert!(some.iter().all(|change| change.action == Action::Insert));
        sizes.push(some.len());
        if some.is_empty() {
            break;
        }
    }
    assert_eq!(sizes, [2, 2, 1, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_would_be_cut_is_refused_with_its_column() {
    let world = World::one_way();
    world.run("CREATE TABLE item (id int PRIMARY KEY, code varchar(10))");
    world
        .source
        .run("INSERT INTO item VALUES (1, 'abcdefghij')");
    let work = world.compare(&["item"]).await;
    world
        .target
        .run("ALTER TABLE item ALTER COLUMN code TYPE varchar(5)");
    let words = apply(world.target.writer().await, &work)
        .await
        .unwrap_err()
        .words();
    assert!(
        words.contains("staging rows of") && words.contains("column code"),
        "{words}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_a_collation_equates_are_keys_of_their_own() {
    let world = World::one_way();
    world.run("CREATE TABLE item (id text PRIMARY KEY, note text); INSERT INTO item VALUES ('a', '1'), ('b', '2')");
    world.target.run("CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false); \
        ALTER TABLE item ALTER COLUMN id TYPE text COLLATE blind");
    world.source.run("UPDATE item SET id = 'A' WHERE id = 'a'");
    // The gate refuses two collations: what is written is as if there was none.
    let mut work = world.compare_ungated("item").await;
    let undo = apply(world.target.writer().await, &work).await.unwrap();
    assert_eq!(world.target.content("item"), "(A,1)\n(b,2)");
    work.clear();
    apply(world.target.writer().await, &undo).await.unwrap();
    assert_eq!(world.target.content("item"), "(a,1)\n(b,2)");
}
