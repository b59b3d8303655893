//! Writes that happen once, wholly, or not at all.

use function_core::{Retryable as _, chain};
use kintone_client::{
    BulkError, Cause, Change, Client, Operation, RecordBody, Target, Updated, Write, Written,
};
use serde_json::{Value, json};
use simulators::kintone::{App, Field, FieldType, Rights};
use simulators::{Effect, When};

use crate::world::World;

fn form() -> App {
    App::new("written")
        .field(Field::new("key", FieldType::SingleLineText).unique())
        .field(Field::new("text", FieldType::SingleLineText))
        .field(Field::new("num", FieldType::Number))
}

fn body(record: &Value) -> RecordBody {
    RecordBody::from_json(record.to_string()).unwrap()
}

fn texts(count: usize) -> Vec<RecordBody> {
    let record = |number| body(&json!({ "text": { "value": format!("t{number}") } }));
    (0..count).map(record).collect()
}

fn change(target: Target, text: &str) -> Change {
    Change {
        target,
        revision: None,
        record: body(&json!({ "text": { "value": text } })),
    }
}

fn key(value: &str) -> Target {
    Target::Key {
        field: "key".to_owned(),
        value: value.to_owned(),
    }
}

async fn insert(world: &World, client: &Client, count: usize) -> Result<Vec<u64>, BulkError> {
    let records = texts(count);
    let inserts = records.chunks(100).map(|records| Write::Insert {
        app: world.app,
        records,
    });
    let written = client.bulk(&inserts.collect::<Vec<_>>()).await?;
    let ids = written.into_iter().flat_map(|written| match written {
        Written::Inserted { ids, .. } => ids,
        other => panic!("{other:?}"),
    });
    Ok(ids.collect())
}

fn bulks(world: &World) -> usize {
    let seen = world.kintone.requests();
    let bulk = |path: &str| path.ends_with("/bulkRequest.json");
    seen.iter().filter(|seen| bulk(&seen.path)).count()
}

#[test]
fn a_bulk_that_is_made_still_tells_the_fields_of_its_records() {
    let world = World::new(form());
    let (added, changed) = (
        texts(2),
        [change(Target::Id(7), "x"), change(key("k"), "y")],
    );
    let app = world.app;
    let writes = [
        Write::Insert {
            app,
            records: &added,
        },
        Write::Update {
            app,
            records: &changed,
            upsert: true,
        },
        Write::Delete { app, ids: &[3] },
    ];
    let request = world.client().bulk_request(&writes).unwrap();
    let added: Vec<_> = added.iter().map(RecordBody::json).collect();
    let changed: Vec<_> = changed.iter().map(|change| change.record.json()).collect();
    assert_eq!(request.bodies().unwrap(), [added, changed, vec![]]);
}

#[tokio::test]
async fn two_thousand_records_go_in_one_bulk_in_their_order() {
    let world = World::new(form());
    let ids = insert(&world, &world.client(), 2_000).await.unwrap();
    assert_eq!((ids.len(), bulks(&world)), (2_000, 1));
    assert_eq!(world.ids(), ids);
    let last = world.kintone.record(world.app, 2_000).unwrap();
    assert_eq!(last["text"]["value"], "t1999");
}

#[tokio::test]
async fn a_bulk_adds_changes_and_deletes_in_apps_of_a_guest_space() {
    let record = |key: &str| json!({ "key": { "value": key }, "text": { "value": "old" } });
    let app = form()
        .guest_space(7)
        .record(record("k1"))
        .record(record("k2"));
    let world = World::new(app);
    let mut options = world.options();
    options.guest_space_id = Some(7);
    let client = Client::new(options).unwrap();
    let app = world.app;
    let changes = [change(Target::Id(1), "by id"), change(key("k9"), "by key")];
    let written = client
        .bulk(&[
            Write::Update {
                app,
                records: &changes,
                upsert: true,
            },
            Write::Delete { app, ids: &[2] },
        ])
        .await
        .unwrap();
    let updated = |id, revision, operation| Updated {
        id,
        revision,
        operation,
    };
    let expected = vec![
        updated(1, 2, Operation::Update),
        updated(3, 1, Operation::Insert),
    ];
    assert_eq!(written, [Written::Updated(expected), Written::Deleted]);
    let texts: Vec<_> = world.kintone.records(app);
    let texts = texts.iter().map(|record| record["text"]["value"].clone());
    assert_eq!(texts.collect::<Vec<_>>(), ["by id", "by key"]);
}

#[tokio::test]
async fn a_refusal_writes_nothing_and_names_the_record_and_the_field() {
    let world = World::new(form());
    let app = world.app;
    let mut second = texts(3);
    second[2] = body(&json!({ "num": { "value": "abc" } }));
    let error = world
        .client()
        .bulk(&[
            Write::Insert {
                app,
                records: &texts(5),
            },
            Write::Insert {
                app,
                records: &second,
            },
        ])
        .await
        .unwrap_err();
    let words = chain(&error);
    let BulkError::NotDone { faults, source } = error else {
        panic!("{words}");
    };
    assert_eq!(source.cause(), Cause::BadValue);
    let fault = &faults[0];
    assert_eq!(
        (fault.request, fault.app, fault.record, fault.path.as_str()),
        (1, app, Some(2), "[num].value")
    );
    assert!(
        words.contains("request 1 for app 1, record 2, [num].value"),
        "{words}"
    );
    assert_eq!((world.kintone.count(app), bulks(&world)), (0, 1));
}

#[tokio::test]
async fn what_surely_wrote_nothing_is_sent_again() {
    let locked =
        json!({ "results": [{}, { "code": "GAIA_RE18", "id": "x", "message": "locked" }] });
    for effect in [
        Effect::refuse(400, "GAIA_DA02"),
        Effect::refuse(520, "GAIA_LT01"),
        Effect::Answer(simulators::Answer::json(400, &locked)),
        Effect::throttle("GAIA_TO04", 7),
        Effect::text(429, "slow down"),
    ] {
        let world = World::new(form());
        let words = format!("{effect:?}");
        world
            .kintone
            .script(When::path("bulkRequest.json").first(2), effect);
        insert(&world, &world.client(), 3).await.unwrap();
        assert_eq!(
            (world.kintone.count(world.app), bulks(&world)),
            (3, 3),
            "{words}"
        );
    }
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_never_sent_again() {
    for effect in [
        Effect::html(502),
        Effect::html(504),
        Effect::text(503, "Service Unavailable"),
        Effect::text(500, "oops"),
        Effect::refuse(503, ""),
        Effect::refuse(520, "GAIA_UN01"),
        Effect::not_json(),
        Effect::Cut,
    ] {
        for effect in [effect.clone(), effect.after_the_work()] {
            let world = World::new(form());
            let words = format!("{effect:?}");
            let is_done = matches!(effect, Effect::Instead(_) | Effect::Lose);
            world.kintone.script(When::path("bulkRequest.json"), effect);
            let error = insert(&world, &world.client(), 3).await.unwrap_err();
            assert!(
                matches!(error, BulkError::Unknown { .. }),
                "{words}: {error:?}"
            );
            assert!(chain(&error).contains("look into the app"), "{words}");
            let expected = if is_done { 3 } else { 0 };
            assert_eq!(
                (world.kintone.count(world.app), bulks(&world)),
                (expected, 1),
                "{words}"
            );
        }
    }
}

#[tokio::test]
async fn half_of_an_answer_leaves_it_unknown() {
    let world = World::new(form());
    let when = When::path("bulkRequest.json");
    world.kintone.script(when, Effect::CutAfter(10));
    let error = insert(&world, &world.client(), 3).await.unwrap_err();
    assert!(matches!(error, BulkError::Unknown { .. }), "{error:?}");
    assert_eq!((world.kintone.count(world.app), bulks(&world)), (3, 1));
}

#[tokio::test]
async fn an_answer_for_other_records_leaves_it_unknown() {
    for answer in [
        json!({ "results": [] }),
        json!({ "results": [{ "ids": ["1"], "revisions": ["1"] }] }),
        json!({ "results": [{ "ids": ["1", "x"], "revisions": ["1", "1"] }] }),
        json!({ "unexpected": true }),
    ] {
        let world = World::new(form());
        let effect = Effect::Answer(simulators::Answer::json(200, &answer)).after_the_work();
        world.kintone.script(When::path("bulkRequest.json"), effect);
        let error = insert(&world, &world.client(), 2).await.unwrap_err();
        assert!(
            matches!(error, BulkError::Unknown { .. }),
            "{answer}: {error:?}"
        );
        assert_eq!(bulks(&world), 1);
    }
}

#[tokio::test]
async fn nobody_listens_means_nothing_was_written() {
    let world = World::new(form());
    let client = world.client();
    let (app, records) = (world.app, texts(1));
    drop(world.kintone);
    let insert = Write::Insert {
        app,
        records: &records,
    };
    let error = client.bulk(&[insert]).await.unwrap_err();
    assert!(matches!(error, BulkError::NotDone { .. }), "{error:?}");
    assert_eq!(client.requests(), 3);
}

#[tokio::test]
async fn a_stale_revision_a_lost_right_and_a_revoked_token_are_told_apart() {
    let world = World::new(form().record(json!({ "text": { "value": "old" } })));
    let app = world.app;
    let stale = [Change {
        revision: Some(7),
        ..change(Target::Id(1), "new")
    }];
    let stale = [Write::Update {
        app,
        records: &stale,
        upsert: false,
    }];
    let error = world.client().bulk(&stale).await.unwrap_err();
    assert_eq!(error.client_error().cause(), Cause::Conflict, "{error:?}");

    world.kintone.add_token(app, "reader", Rights::VIEW);
    let mut options = world.options();
    options.auth = kintone_client::Auth::tokens("reader").unwrap();
    let error = insert(&world, &Client::new(options).unwrap(), 1)
        .await
        .unwrap_err();
    assert_eq!(error.client_error().cause(), Cause::NoRight, "{error:?}");

    let client = world.client();
    insert(&world, &client, 1).await.unwrap();
    world.kintone.revoke_token(&world.kintone.token(app));
    let error = insert(&world, &client, 1).await.unwrap_err();
    assert_eq!(error.client_error().cause(), Cause::BadToken, "{error:?}");
    assert!(matches!(error, BulkError::NotDone { .. }), "{error:?}");
    assert_eq!(world.kintone.count(app), 2);
}

#[tokio::test]
async fn any_number_of_records_is_deleted_though_answers_are_lost_and_others_delete_too() {
    let world = World::generated(4_100);
    let app = world.app;
    world
        .kintone
        .script(When::path("bulkRequest.json").nth(1), Effect::Lose);
    world
        .kintone
        .before(When::path("bulkRequest.json").nth(3), move |domain| {
            domain.delete(app, &[4_100]);
        });
    let mut ids = world.ids();
    ids.retain(|id| *id != 7);
    world.client().delete(app, &ids).await.unwrap();
    assert_eq!(world.ids(), [7]);
    // 2,000 of which the answer was lost, 2,000, 99 of which one was gone, 98.
    assert_eq!(bulks(&world), 4);
}

#[tokio::test]
async fn a_deletion_without_the_right_ends_at_once() {
    let world = World::generated(3);
    world
        .kintone
        .add_token(world.app, "editor", Rights::VIEW | Rights::EDIT);
    let mut options = world.options();
    options.auth = kintone_client::Auth::tokens("editor").unwrap();
    let error = Client::new(options)
        .unwrap()
        .delete(world.app, &[1])
        .await
        .unwrap_err();
    assert_eq!((error.cause(), bulks(&world)), (Cause::NoRight, 1));
}

#[tokio::test]
async fn a_deletion_that_never_gets_an_answer_ends_with_the_fault_that_may_pass() {
    let world = World::generated(3);
    world
        .kintone
        .script(When::path("bulkRequest.json"), Effect::html(503));
    let error = world.client().delete(world.app, &[1]).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(bulks(&world), kintone_client::limits::DELETE_ROUNDS);
}
