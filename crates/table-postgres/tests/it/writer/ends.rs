//! Sessions that end early, and how their transactions ended.

use function_core::Retryable as _;
use table_diff::{Action, Database as _, TransactionEnd, TransactionId};

use super::world::{LIMITS, Side, Work, World, prepare};

const ITEMS: &str = "CREATE TABLE item (id serial PRIMARY KEY, name text UNIQUE); INSERT INTO item VALUES (1, 'a'), (2, 'b')";

async fn seen(world: &World) -> Vec<Work> {
    world.run(ITEMS);
    world.source.run("DELETE FROM item WHERE id = 1; UPDATE item SET name = 'new'; INSERT INTO item VALUES (3, 'c')");
    world.compare(&["item"]).await
}

async fn end(side: &Side, transaction: &TransactionId) -> TransactionEnd {
    side.database().end_of(transaction, &LIMITS).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_ended_at_any_step_has_written_nothing() {
    const STEPS: usize = 9;
    for world in World::both_ways() {
        let work = seen(&world).await;
        let Work {
            table,
            reading,
            changes,
        } = &work[0];
        let before = world.target.content("item");
        for ended_before in 0..STEPS {
            let mut writer = world.target.writer().await;
            let transaction = writer.transaction().unwrap().clone();
            let mut failed = None;
            for step in 0..STEPS {
                if step == ended_before {
                    assert_eq!(
                        end(&world.target, &transaction).await,
                        TransactionEnd::Running
                    );
                    world.target.terminate_writers();
                }
                let done = match step {
                    0 => writer.stage(table, reading, changes).await,
                    1 => writer.lock_and_check(reading).await.map(drop),
                    2 => writer.old(reading, 10).await.map(drop),
                    3 => writer.write(table, reading, Action::Delete).await.map(drop),
                    4 => writer.write(table, reading, Action::Update).await.map(drop),
                    5 => writer.write(table, reading, Action::Insert).await.map(drop),
                    6 => writer.verify(reading).await.map(drop),
                    7 => writer.advance(table).await,
                    _ => break,
                };
                if let Err(error) = done {
                    failed = Some((step, error));
                    break;
                }
            }
            let error = match failed {
                Some((step, error)) => {
                    assert_eq!(step, ended_before);
                    error
                }
                None => writer.commit().await.unwrap_err(),
            };
            assert!(error.is_retryable(), "{error}");
            assert_eq!(world.target.content("item"), before, "step {ended_before}");
            assert_eq!(
                end(&world.target, &transaction).await,
                TransactionEnd::RolledBack
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_whose_answer_was_lost_is_asked_for() {
    for world in World::both_ways() {
        let work = seen(&world).await;
        let writer = world.target.writer().await;
        let transaction = writer.transaction().unwrap().clone();
        super::world::apply(writer, &work).await.unwrap();
        assert_eq!(
            end(&world.target, &transaction).await,
            TransactionEnd::Committed
        );
        let (number, server) = transaction.0.split_once('@').unwrap();
        // A server that was restored has not come to it, or gave its number to another.
        for strange in [
            format!("123456789012@{server}"),
            format!("{number}@{server}0"),
            number.to_owned(),
        ] {
            let strange = TransactionId(strange);
            assert_eq!(end(&world.target, &strange).await, TransactionEnd::Unknown);
        }
        assert_eq!(
            end(&world.source, &transaction).await,
            TransactionEnd::Unknown
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_dropped_gives_its_locks_back_and_has_written_nothing() {
    let world = World::one_way();
    let work = seen(&world).await;
    let before = world.target.content("item");
    let mut writer = world.target.writer().await;
    let transaction = writer.transaction().unwrap().clone();
    prepare(&mut writer, &work).await.unwrap();
    super::world::write(&mut writer, &work).await.unwrap();
    drop(writer);
    let touched =
        "SET lock_timeout = '60s'; UPDATE item SET name = name WHERE id = 2 RETURNING name";
    assert_eq!(world.target.run(touched), "b");
    assert_eq!(world.target.content("item"), before);
    assert_eq!(
        end(&world.target, &transaction).await,
        TransactionEnd::RolledBack
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_forgets_what_was_not_committed() {
    for world in World::both_ways() {
        let work = seen(&world).await;
        let before = world.target.content("item");
        let mut writer = world.target.writer().await;
        let transaction = writer.transaction().unwrap().clone();
        prepare(&mut writer, &work).await.unwrap();
        super::world::write(&mut writer, &work).await.unwrap();
        world.target.kill_writers().await;
        writer.commit().await.unwrap_err();
        assert_eq!(world.target.content("item"), before);
        assert_eq!(
            end(&world.target, &transaction).await,
            TransactionEnd::RolledBack
        );
    }
}
