//! Who asks, and where.

use function_core::{Retryable as _, Secret, chain};
use kintone_client::{Auth, BasicAuth, Cause, Client, ClientError, Options};
use simulators::kintone::{App, Rights};

use crate::world::{World, ids, read_all};

fn with_auth(world: &World, auth: Auth) -> Client {
    Client::new(Options {
        auth,
        ..world.options()
    })
    .unwrap()
}

async fn can_read(world: &World, client: &Client) -> Result<(), ClientError> {
    let pages = read_all(client, &world.read()).await?;
    assert_eq!(ids(&pages), world.ids());
    Ok(())
}

#[tokio::test]
async fn nine_tokens_open_nine_apps() {
    let world = World::generated(3);
    let mut tokens = vec![world.kintone.token(world.app)];
    for _ in 0..8 {
        let other = world.kintone.add_app(App::generated(1));
        tokens.push(world.kintone.token(other));
    }
    let client = with_auth(&world, Auth::tokens(&tokens.join(",")).unwrap());
    can_read(&world, &client).await.unwrap();
    assert!(Auth::tokens(&format!("{},tenth", tokens.join(","))).is_err());
}

#[tokio::test]
async fn ten_tokens_are_refused_before_anything_is_sent() {
    let world = World::generated(3);
    let tokens = (0..10).map(|number| Secret::new(format!("secret{number}")));
    let auth = Auth::ApiTokens(tokens.collect());
    let error = Client::new(Options {
        auth,
        ..world.options()
    })
    .unwrap_err();
    assert_eq!(error.cause(), Cause::BadOption);
    assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
}

#[tokio::test]
async fn a_wrong_token_is_told_with_the_repair_and_never_shown() {
    for older_statuses in [false, true] {
        let options = simulators::kintone::Options {
            older_statuses,
            ..Default::default()
        };
        let world = World::with(App::generated(3), options);
        let client = with_auth(&world, Auth::tokens("hunter2").unwrap());
        let error = can_read(&world, &client).await.unwrap_err();
        assert_eq!(
            (error.cause(), error.is_retryable()),
            (Cause::BadToken, false)
        );
        let words = chain(&error);
        assert!(
            words.contains("GAIA_IA02") && words.contains("Update App"),
            "{words}"
        );
        assert!(
            !format!("{words} {error:?} {client:?}").contains("hunter2"),
            "{words}"
        );
        assert_eq!(world.record_requests(), 1);
    }
}

#[tokio::test]
async fn two_tokens_of_one_app_are_told() {
    let world = World::generated(3);
    world.kintone.add_token(world.app, "second", Rights::ALL);
    let tokens = format!("{},second", world.kintone.token(world.app));
    let client = with_auth(&world, Auth::tokens(&tokens).unwrap());
    let error = can_read(&world, &client).await.unwrap_err();
    assert_eq!(error.cause(), Cause::DoubleToken);
}

#[tokio::test]
async fn a_password_opens_what_its_user_may_see() {
    let world = World::generated(3);
    world
        .kintone
        .add_user("sato", "佐藤", Some("p:w"), Rights::ALL);
    let auth = |password: &str| Auth::Password {
        user: "sato".to_owned(),
        password: Secret::new(password),
    };
    can_read(&world, &with_auth(&world, auth("p:w")))
        .await
        .unwrap();
    let error = can_read(&world, &with_auth(&world, auth("no")))
        .await
        .unwrap_err();
    assert_eq!(error.cause(), Cause::BadLogin, "{error}");
}

#[tokio::test]
async fn basic_authentication_comes_on_top() {
    let options = simulators::kintone::Options {
        basic_auth: Some(("gate".to_owned(), "keeper".to_owned())),
        ..Default::default()
    };
    let world = World::with(App::generated(3), options);
    let error = can_read(&world, &world.client()).await.unwrap_err();
    assert_eq!(error.cause(), Cause::BadLogin, "{error}");
    let basic_auth = BasicAuth {
        user: "gate".to_owned(),
        password: Secret::new("keeper"),
    };
    let options = Options {
        basic_auth: Some(basic_auth),
        ..world.options()
    };
    can_read(&world, &Client::new(options).unwrap())
        .await
        .unwrap();
}

#[tokio::test]
async fn an_app_in_a_guest_space_has_a_path_of_its_own() {
    let world = World::new(App::generated(3).guest_space(5));
    let error = can_read(&world, &world.client()).await.unwrap_err();
    assert_eq!(error.cause(), Cause::GuestSpace, "{error}");
    assert!(error.to_string().contains("/k/guest/NUMBER/"), "{error}");
    world.kintone.clear_requests();
    let options = Options {
        guest_space_id: Some(5),
        ..world.options()
    };
    can_read(&world, &Client::new(options).unwrap())
        .await
        .unwrap();
    assert_eq!(
        world.kintone.requests()[0].path,
        "/k/guest/5/v1/records.json"
    );
}

#[tokio::test]
async fn https_works_with_an_authority_of_its_own_and_not_without_it() {
    let options = simulators::kintone::Options {
        https: true,
        ..Default::default()
    };
    let world = World::with(App::generated(1_001), options);
    let pem = world.kintone.ca_pem().unwrap().as_bytes().to_vec();
    let options = Options {
        root_certificates_pem: Some(pem),
        ..world.options()
    };
    can_read(&world, &Client::new(options).unwrap())
        .await
        .unwrap();
    assert!(
        world
            .kintone
            .requests()
            .iter()
            .all(|seen| seen.connection == 1)
    );
    let error = can_read(&world, &world.client()).await.unwrap_err();
    assert!(
        matches!(error, ClientError::Untrusted { .. }),
        "{}",
        chain(&error)
    );
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn certificates_that_are_none_are_refused_at_start() {
    let world = World::generated(1);
    for pem in [
        "",
        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
    ] {
        let root_certificates_pem = Some(pem.as_bytes().to_vec());
        let error = Client::new(Options {
            root_certificates_pem,
            ..world.options()
        })
        .unwrap_err();
        assert_eq!(error.cause(), Cause::BadOption, "{error}");
    }
}
