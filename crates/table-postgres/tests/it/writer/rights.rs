//! Roles that may not, and sessions that wait.

use function_core::{Retryable as _, Secret};
use postgres_client::{Address, connect};
use table_diff::{Database as _, Limits};

use super::world::{LIMITS, Stop, Work, World, apply};

const CLERK: &str = "DO $$ BEGIN CREATE ROLE clerk LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$; \
    CREATE TABLE item (id serial PRIMARY KEY, name text); INSERT INTO item VALUES (1, 'a'), (2, 'b'); \
    GRANT SELECT ON item TO clerk";

async fn seen(world: &World) -> Vec<Work> {
    world.run(CLERK);
    world.source.run("DELETE FROM item WHERE id = 1; UPDATE item SET name = 'new'; INSERT INTO item VALUES (3, 'c')");
    world.compare(&["item"]).await
}

async fn apply_as_clerk(world: &World, work: &[Work]) -> Result<Vec<Work>, Stop> {
    let database = world.target.database_of("clerk");
    apply(database.writer("tasuki test", &LIMITS).await.unwrap(), work).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_right_that_is_lacking_is_named_with_its_grant() {
    for world in World::both_ways() {
        let work = seen(&world).await;
        world
            .target
            .run("REVOKE TEMPORARY ON DATABASE target FROM PUBLIC");
        let before = world.target.content("item");
        let grants = [
            "GRANT TEMPORARY ON DATABASE target TO \"clerk\"",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON \"public\".\"item\" TO \"clerk\"",
            "GRANT SELECT, UPDATE ON SEQUENCE \"public\".\"item_id_seq\" TO \"clerk\"",
        ];
        for grant in grants {
            let words = apply_as_clerk(&world, &work).await.unwrap_err().words();
            assert!(words.contains(grant), "{words}");
            assert_eq!(world.target.content("item"), before);
            world.target.run(grant);
        }
        apply_as_clerk(&world, &work).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_is_waited_for_only_so_long_and_may_be_free_the_next_time() {
    for world in World::both_ways() {
        let work = seen(&world).await;
        let address = Address::parse(&Secret::new(world.target.url())).unwrap();
        let other = connect(&address, "another", LIMITS.connect).await.unwrap();
        other
            .batch_execute("BEGIN; SELECT FROM item WHERE id = 2 FOR UPDATE")
            .await
            .unwrap();
        let stop = apply(world.target.writer().await, &work).await.unwrap_err();
        let Stop::Database(error) = stop else {
            panic!("{stop:?}");
        };
        assert!(error.is_retryable());
        let words = function_core::chain(&error);
        assert!(
            words.contains("locking rows of public.item")
                && words.contains("another session holds"),
            "{words}"
        );
        other.batch_execute("ROLLBACK").await.unwrap();
        apply(world.target.writer().await, &work).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_takes_only_so_long() {
    let world = World::one_way();
    world.run("CREATE TABLE item (id int PRIMARY KEY)");
    world.source.run("INSERT INTO item VALUES (1)");
    world.target.run(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$; \
         CREATE TRIGGER slow BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION slow()",
    );
    let limits = Limits {
        statement: std::time::Duration::from_secs(5),
        ..LIMITS
    };
    let work = world.compare(&["item"]).await;
    let writer = world
        .target
        .database()
        .writer("tasuki test", &limits)
        .await
        .unwrap();
    let words = apply(writer, &work).await.unwrap_err().words();
    assert!(
        words.contains("inserting into public.item") && words.contains("statement timeout"),
        "{words}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_set_to_write_as_a_replica_writes_as_everybody_or_not_at_all() {
    let world = World::one_way();
    world.run(CLERK);
    world.run(
        "DO $$ BEGIN CREATE ROLE master LOGIN SUPERUSER; EXCEPTION WHEN duplicate_object THEN NULL; END $$; \
         GRANT ALL ON item TO clerk; CREATE TABLE part (id int PRIMARY KEY, item int REFERENCES item)",
    );
    world
        .source
        .run("INSERT INTO item VALUES (3, 'c'); INSERT INTO part VALUES (1, 3)");
    let work = world.compare(&["part"]).await;
    let set = "ALTER ROLE clerk IN DATABASE target SET session_replication_role = replica; \
               ALTER ROLE master IN DATABASE target SET session_replication_role = replica";
    world.target.run(set);
    let database = world.target.database_of("clerk");
    let error = database.writer("tasuki test", &LIMITS).await.err().unwrap();
    let words = function_core::chain(&error);
    assert!(words.contains("session_replication_role"), "{words}");
    let database = world.target.database_of("master");
    let writer = database.writer("tasuki test", &LIMITS).await.unwrap();
    let words = apply(writer, &work).await.unwrap_err().words();
    assert!(words.contains("part_item_fkey"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_is_on_disk_whatever_the_database_is_set_to() {
    for world in World::both_ways() {
        world.run("CREATE TABLE item (id int PRIMARY KEY, sync text DEFAULT current_setting('synchronous_commit')); \
            CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS \
            $$ BEGIN RAISE EXCEPTION 'it is %', current_setting('synchronous_commit'); END $$; \
            CREATE TRIGGER tell BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION tell()");
        world.source.run("ALTER TABLE item DISABLE TRIGGER tell; INSERT INTO item VALUES (1, ''); ALTER TABLE item ENABLE TRIGGER tell");
        for (set, expected) in [("off", "it is on"), ("remote_apply", "it is remote_apply")] {
            world.target.run(&format!(
                "ALTER DATABASE target SET synchronous_commit = {set}"
            ));
            let work = world.compare(&["item"]).await;
            let writer = world.target.writer().await;
            let words = apply(writer, &work).await.unwrap_err().words();
            assert!(words.contains(expected), "{words}");
        }
    }
}
