//! What the caller may do, without a trace.

use kintone_client::{Auth, Cause, Client, NumberPrecision, Rights, Rounding};
use simulators::kintone::{App, Rights as Given, Rounding as GivenRounding};

use crate::world::World;

async fn rights(world: &World, given: Given) -> Rights {
    world.kintone.add_token(world.app, "some", given);
    let mut options = world.options();
    options.auth = Auth::tokens("some").unwrap();
    let client = Client::new(options).unwrap();
    client.rights(world.app).await.unwrap()
}

#[tokio::test]
async fn each_right_is_found_by_itself_and_nothing_is_written() {
    let world = World::generated(3);
    let before = world.kintone.records(world.app);
    let all = [
        Given::VIEW,
        Given::ADD,
        Given::EDIT,
        Given::DELETE,
        Given::MANAGE,
    ];
    for given in all {
        let has = |right| Some(right == given);
        let expected = Rights {
            view: has(Given::VIEW),
            // Nothing can be added without adding something, so only a missing right shows.
            add: has(Given::ADD).filter(|has| !has),
            edit: has(Given::EDIT),
            delete: has(Given::DELETE),
            manage: has(Given::MANAGE),
        };
        assert_eq!(rights(&world, given).await, expected);
    }
    assert_eq!(world.kintone.records(world.app), before);
}

#[tokio::test]
async fn an_app_that_is_not_there_is_an_error() {
    let world = World::generated(0);
    let error = world.client().rights(world.app + 1).await.unwrap_err();
    assert_eq!(error.cause(), Cause::UnknownApp, "{error}");
}

#[tokio::test]
async fn the_app_tells_how_it_keeps_numbers() {
    let app = App::new("precise")
        .number_precision(20, 2)
        .rounding(GivenRounding::Up);
    let world = World::new(app);
    let settings = world.client().app_settings(world.app).await.unwrap();
    let expected = NumberPrecision {
        digits: 20,
        decimal_places: 2,
        rounding: Rounding::Up,
    };
    assert_eq!(
        (settings.name.as_str(), settings.number_precision),
        ("precise", expected)
    );
}
