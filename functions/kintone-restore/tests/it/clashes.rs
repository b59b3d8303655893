//! What the app holds beside the records of the backup: told before any of it is written over, or in the way.

use function_core::RunState;
use serde_json::{Value, json};
use simulators::Effect;
use simulators::kintone::{App, Field, FieldType};

use crate::steps::bulk;
use crate::world::World;

fn form() -> App {
    App::new("会員")
        .field(Field::new("code", FieldType::SingleLineText).unique())
        .field(Field::new("mail", FieldType::SingleLineText).unique())
}

fn member(code: &str, mail: &str) -> Value {
    json!({ "code": { "value": code }, "mail": { "value": mail } })
}

fn members(members: &[(&str, &str)]) -> App {
    let members = members.iter().map(|(code, mail)| member(code, mail));
    members.fold(form(), App::record)
}

#[tokio::test]
async fn a_record_beside_the_backup_with_one_of_its_values_blocks() {
    for mode in ["upsert", "replace-changed"] {
        let source = members(&[("A", "a@x"), ("B", "b@x")]);
        // A has a mail of its own in the app, which is overwritten; C is not, and has that of B.
        let world = World::with(source, members(&[("A", "old@x"), ("C", "b@x")]));
        world.back_up().await;
        let more = json!({ "mode": mode, "key": "code" });
        let plan = world.plan(&more).await;
        let blockers = plan["blockers"].to_string();
        assert!(
            blockers.contains("mail prohibits duplicate values, and 1 records"),
            "{plan:#}"
        );
        assert!(!blockers.contains("code prohibits"), "{plan:#}");
        world.kintone.delete(world.target, &[2]);
        assert_eq!(world.accepted(&more).await.state, RunState::Verified);
    }
}

#[tokio::test]
async fn by_number_a_record_that_came_later_with_one_of_its_values_blocks() {
    let mut world = World::with(members(&[("A", "a@x"), ("B", "b@x")]), App::new("unused"));
    world.target = world.source;
    world.back_up().await;
    world.kintone.delete(world.source, &[2]);
    let later = world.kintone.insert(world.source, [&member("B", "new@x")]);
    let more = json!({ "mode": "replace-changed" });
    let plan = world.plan(&more).await;
    assert!(
        plan["blockers"]
            .to_string()
            .contains("code prohibits duplicate values"),
        "{plan:#}"
    );
    world.kintone.delete(world.source, &later);
    assert_eq!(world.accepted(&more).await.state, RunState::Verified);
}

#[tokio::test]
async fn what_is_overwritten_is_counted_and_must_be_accepted_once() {
    let source = members(&[("A", "a@x"), ("B", "b@x"), ("C", "c@x")]);
    let world = World::with(
        source,
        members(&[("A", "old@x"), ("X", "x@x"), ("Y", "y@x")]),
    );
    world.back_up().await;
    let more = json!({ "mode": "upsert", "key": "code" });
    let (words, exit) = world.refused(&more).await;
    assert!(
        words.contains("1 records of app 2 have values of `code` that the backup has and are overwritten; 2 are added; the other 2 stay"),
        "{words}"
    );
    assert_eq!((exit, world.writes()), (4, 0));

    // Accepted, begun and stopped, it goes on without a further question, whatever was written meanwhile.
    let mut accepted = more.clone();
    accepted["accept"] = world.plan(&more).await["accept"].clone();
    let refusal = Effect::refuse(400, "GAIA_IA02");
    world.kintone.script(bulk().nth(1), refusal);
    world.refused(&accepted).await;
    world.kintone.clear_script();
    let report = world.restored(&more).await;
    assert_eq!(report.state, RunState::Verified, "{report:?}");
    assert_eq!(world.kintone.count(world.target), 5);
}

#[tokio::test]
async fn an_empty_app_is_filled_without_a_question() {
    let world = World::with(members(&[("A", "a@x")]), form());
    world.back_up().await;
    let more = json!({ "mode": "upsert", "key": "code" });
    assert_eq!(world.restored(&more).await.state, RunState::Verified);
}
