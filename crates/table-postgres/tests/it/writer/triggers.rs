//! Triggers of people's own, which stay on.

use super::world::{Stop, World, apply};

async fn stopped_by(world: &World, trigger: &str) -> (u64, String) {
    world.run("CREATE TABLE item (id int PRIMARY KEY, name text, updated_at timestamptz); INSERT INTO item VALUES (1, 'a', '2025-01-01')");
    world
        .source
        .run("UPDATE item SET name = 'b'; INSERT INTO item VALUES (2, 'c', '2025-01-01')");
    world.target.run(&format!(
        "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {trigger} END $$; \
         CREATE TRIGGER meddle BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION meddle()"
    ));
    let work = world.compare(&["item"]).await;
    let mut writer = world.target.writer().await;
    super::world::prepare(&mut writer, &work).await.unwrap();
    for action in [table_diff::Action::Update, table_diff::Action::Insert] {
        writer
            .write(&work[0].table, &work[0].reading, action)
            .await
            .unwrap();
    }
    let before = world.target.content("item");
    let Stop::Wrong(count, rows) = super::world::finish(writer, &work).await.unwrap_err() else {
        panic!("not found");
    };
    assert_eq!(world.target.content("item"), before);
    (count, rows[0].key.concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trigger_that_sets_the_time_of_change_is_found_before_the_commit() {
    for world in World::both_ways() {
        let trigger = "NEW.updated_at := now(); RETURN NEW;";
        assert_eq!(stopped_by(&world, trigger).await, (1, "1".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trigger_that_swallows_a_row_is_found_before_the_commit() {
    let world = World::one_way();
    assert_eq!(
        stopped_by(&world, "RETURN NULL;").await,
        (1, "1".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trigger_that_refuses_is_told_in_its_own_words() {
    let world = World::one_way();
    world.run("CREATE TABLE item (id int PRIMARY KEY)");
    world.source.run("INSERT INTO item VALUES (1)");
    world.target.run(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'closed for the year'; END $$; \
         CREATE TRIGGER refuse BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION refuse()",
    );
    let work = world.compare(&["item"]).await;
    let words = apply(world.target.writer().await, &work)
        .await
        .unwrap_err()
        .words();
    assert!(
        words.contains("inserting into public.item") && words.contains("closed for the year"),
        "{words}"
    );
}
