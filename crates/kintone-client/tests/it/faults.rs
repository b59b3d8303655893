//! What passes is tried again, what lasts is told at once.

use std::num::NonZeroU32;
use std::time::Duration;

use function_core::{Retryable as _, chain};
use kintone_client::{Cause, Client, ClientError};
use simulators::{Effect, When};

use crate::world::{World, ids, read_all};

fn second_page(world: &World, effect: Effect) {
    world
        .kintone
        .script(When::path("records.json").nth(2), effect);
}

async fn error_of(world: &World) -> ClientError {
    read_all(&world.client(), &world.read()).await.unwrap_err()
}

#[tokio::test]
async fn a_passing_fault_costs_one_more_request_and_no_record() {
    for effect in [
        Effect::refuse(429, "GAIA_TO04"),
        Effect::refuse(400, "GAIA_DA02"),
        Effect::refuse(520, "GAIA_DA02"),
        Effect::refuse(400, "GAIA_RE18"),
        Effect::refuse(400, "GAIA_LT01"),
        Effect::html(500),
        Effect::html(502),
        Effect::html(503),
        Effect::html(504),
        Effect::html(520),
        Effect::text(429, "slow down"),
        Effect::text(503, "busy"),
        Effect::html(200),
        Effect::not_json(),
        Effect::Cut,
        Effect::CutAfter(0),
        Effect::CutAfter(20_000),
    ] {
        let world = World::generated(1_001);
        let name = format!("{effect:?}");
        second_page(&world, effect);
        let pages = read_all(&world.client(), &world.read()).await;
        let pages = pages.unwrap_or_else(|error| panic!("{name}: {}", chain(&error)));
        assert_eq!(ids(&pages), world.ids(), "{name}");
        assert_eq!(world.record_requests(), 4, "{name}");
    }
}

#[tokio::test]
async fn a_fault_that_stays_is_told_with_app_place_and_attempts() {
    for effect in [
        Effect::html(503),
        Effect::Cut,
        Effect::not_json(),
        Effect::CutAfter(99),
    ] {
        let world = World::generated(1_001);
        world
            .kintone
            .script(When::path("records.json").from(2), effect);
        let error = error_of(&world).await;
        let words = error.to_string();
        assert!(
            words.starts_with("records of app 1 after $id 500: "),
            "{words}"
        );
        assert!(words.contains(", 3 attempts"), "{words}");
        assert!(error.is_retryable());
        assert_eq!(error.cause(), Cause::Unavailable);
        assert_eq!(world.record_requests(), 4);
    }
}

#[tokio::test]
async fn a_lasting_refusal_is_not_repeated() {
    for (status, code, cause) in [
        (400, "CB_VA01", Cause::BadValue),
        (400, "GAIA_QU01", Cause::Other),
        (400, "GAIA_IQ03", Cause::BadQuery),
        (400, "GAIA_IL42", Cause::BadQuery),
        (520, "GAIA_IA02", Cause::BadToken),
        (520, "GAIA_LO04", Cause::LookupFailed),
        (520, "GAIA_ZZ99", Cause::Other),
        (401, "CB_WA01", Cause::BadLogin),
        (403, "GAIA_NO01", Cause::NoRight),
        (404, "GAIA_AP01", Cause::UnknownApp),
    ] {
        let world = World::generated(1_001);
        second_page(&world, Effect::refuse(status, code));
        let error = error_of(&world).await;
        assert!(error.to_string().contains(code), "{error}");
        assert_eq!(
            (error.cause(), error.is_retryable()),
            (cause, false),
            "{code}"
        );
        assert_eq!(world.record_requests(), 2, "{code}");
    }
}

#[tokio::test]
async fn a_gateway_that_refuses_the_caller_is_not_asked_again() {
    for (status, cause) in [
        (302, Cause::WrongAddress),
        (401, Cause::BadLogin),
        (403, Cause::NoRight),
        (404, Cause::WrongAddress),
    ] {
        let world = World::generated(1);
        world
            .kintone
            .script(When::path("records.json"), Effect::html(status));
        let error = error_of(&world).await;
        assert_eq!(
            (error.cause(), error.is_retryable()),
            (cause, false),
            "{error}"
        );
        assert_eq!(world.record_requests(), 1);
    }
}

#[tokio::test]
async fn the_wait_is_the_one_that_the_service_asks_for() {
    let world = World::generated(1_001);
    second_page(&world, Effect::throttle("GAIA_TO04", 7));
    read_all(&world.client(), &world.read()).await.unwrap();
    assert_eq!(world.waits()[0], Duration::from_secs(7));
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_given_up_and_asked_for_again() {
    let world = World::generated(3);
    let slow = Effect::Delay(Duration::from_mins(1));
    world
        .kintone
        .script(When::path("records.json").nth(1), slow);
    let mut options = world.options();
    options.answer_timeout = Duration::from_millis(500);
    // On a slow machine other answers may take too long as well.
    options.attempts = NonZeroU32::new(100).unwrap();
    let client = Client::new(options).unwrap();
    let pages = read_all(&client, &world.read()).await.unwrap();
    assert_eq!(ids(&pages), [1, 2, 3]);
    assert!(client.requests() >= 2, "{}", client.requests());
}

#[tokio::test]
async fn a_server_that_stays_too_slow_is_told() {
    let world = World::generated(3);
    let slow = Effect::Delay(Duration::from_mins(1));
    world.kintone.script(When::path("records.json"), slow);
    let mut options = world.options();
    options.answer_timeout = Duration::from_millis(50);
    let client = Client::new(options).unwrap();
    let error = read_all(&client, &world.read()).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert!(
        error
            .to_string()
            .ends_with("no answer within 50ms, 3 attempts"),
        "{error}"
    );
}

#[tokio::test]
async fn nobody_at_the_address_is_told_after_all_attempts() {
    let world = World::generated(1);
    let client = world.client();
    let (read, waits) = (world.read(), world.waits());
    assert!(waits.is_empty());
    let World { kintone, .. } = world;
    drop(kintone);
    let error = read_all(&client, &read).await.unwrap_err();
    assert!(
        matches!(error, ClientError::Unreachable { attempts: 3, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn what_the_service_itself_refuses_comes_with_the_repair() {
    let world = World::generated(1);
    let client = world.client();
    for (condition, cause, words) in [
        (
            "無い = \"1\"",
            Cause::UnknownField,
            "field codes are in the form's settings",
        ),
        (
            "company = \"1\" order by $id",
            Cause::BadQuery,
            "without order by",
        ),
    ] {
        let mut request = world.read();
        request.condition = Some(condition.to_owned());
        let error = read_all(&client, &request).await.unwrap_err();
        assert_eq!(error.cause(), cause, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    let error = client.form_fields(99).await.unwrap_err();
    assert!(
        matches!(error.cause(), Cause::UnknownApp | Cause::NoRight),
        "{error}"
    );
}
