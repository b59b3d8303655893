use reqwest::Method;
use serde_json::{Value, json};
use simulators::kintone::{App, Field, FieldType, Language, Options, Rights};
use simulators::{Kintone, When};

use crate::api::{call, request};

async fn read(kintone: &Kintone, token: &str, app: u64) -> (u16, String) {
    let (status, body) = call(
        kintone,
        token,
        Method::GET,
        "records.json",
        json!({ "app": app }),
    )
    .await;
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn tokens_must_be_known_and_few_and_one_for_each_app() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article());
    let token = kintone.token(app);
    kintone.add_token(app, "second", Rights::VIEW);
    let nine = (2..=9)
        .map(|_| kintone.token(kintone.add_app(App::new("more"))))
        .collect::<Vec<_>>();
    let most = format!("{token},{}", nine.join(","));
    let cases = [
        (String::new(), 401, "CB_AU01"),
        ("wrong".to_owned(), 400, "GAIA_IA02"),
        (format!("{token},second"), 400, "GAIA_DA03"),
        (format!("{most},tenth"), 400, "CB_VA01"),
        (nine[0].clone(), 403, "GAIA_NO01"),
        (most, 200, ""),
    ];
    for (tokens, status, code) in cases {
        assert_eq!(
            read(&kintone, &tokens, app).await,
            (status, code.to_owned()),
            "{tokens}"
        );
    }
}

#[tokio::test]
async fn an_unknown_app_is_not_found() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article());
    assert_eq!(
        read(&kintone, &kintone.token(app), 77).await,
        (404, "GAIA_AP01".to_owned())
    );
}

#[tokio::test]
async fn older_versions_answer_a_bad_token_with_520() {
    let kintone = Kintone::start(Options {
        older_statuses: true,
        ..Options::default()
    });
    let app = kintone.add_app(App::article());
    assert_eq!(
        read(&kintone, "wrong", app).await,
        (520, "GAIA_IA02".to_owned())
    );
}

#[tokio::test]
async fn a_token_does_only_what_it_has_rights_to() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article());
    let rights = [
        Rights::VIEW,
        Rights::ADD,
        Rights::EDIT,
        Rights::DELETE,
        Rights::MANAGE,
    ];
    let record = json!({ "app": app, "records": [{}] });
    let history =
        json!({ "app": app, "records": [{ "作成日時": { "value": "2020-01-01T00:00:00Z" } }] });
    let change = json!({ "app": app, "records": [{ "id": 1, "record": {} }] });
    let calls = [
        (
            Method::GET,
            "records.json",
            json!({ "app": app }),
            [200, 403, 403, 403, 403],
        ),
        (
            Method::GET,
            "app/form/fields.json",
            json!({ "app": app }),
            [200, 200, 403, 403, 403],
        ),
        (
            Method::GET,
            "app/settings.json",
            json!({ "app": app }),
            [403, 403, 403, 403, 200],
        ),
        (
            Method::POST,
            "records.json",
            record,
            [403, 200, 403, 403, 403],
        ),
        (
            Method::POST,
            "records.json",
            history,
            [403, 403, 403, 403, 403],
        ),
        (
            Method::PUT,
            "records.json",
            change,
            [403, 403, 200, 403, 403],
        ),
        (
            Method::DELETE,
            "records.json",
            json!({ "app": app, "ids": [1] }),
            [403, 403, 403, 200, 403],
        ),
    ];
    for (method, path, body, expected) in calls {
        let mut statuses = Vec::new();
        for right in rights {
            kintone.add_token(app, "limited", right);
            statuses.push(
                call(&kintone, "limited", method.clone(), path, body.clone())
                    .await
                    .0,
            );
        }
        assert_eq!(statuses, expected, "{method} {path}");
    }
}

#[tokio::test]
async fn a_password_counts_before_a_token() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article());
    kintone.add_user("sato", "佐藤", Some("secret"), Rights::VIEW);
    let path = format!("records.json?app={app}");
    // base64 of sato:secret and of sato:wrong
    for (header, status) in [("c2F0bzpzZWNyZXQ=", 200), ("c2F0bzp3cm9uZw==", 401)] {
        let request = request(&kintone, &kintone.token(app), Method::GET, &path);
        let response = request
            .header("X-Cybozu-Authorization", header)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), status);
    }
}

#[tokio::test]
async fn the_gate_before_the_service_answers_without_json() {
    let basic_auth = Some(("gate".to_owned(), "open".to_owned()));
    let kintone = Kintone::start(Options {
        basic_auth,
        ..Options::default()
    });
    let app = kintone.add_app(App::article());
    let path = format!("records.json?app={app}");
    let send = || request(&kintone, &kintone.token(app), Method::GET, &path);
    let closed = send().send().await.unwrap();
    assert_eq!(closed.status(), 401);
    assert!(closed.json::<Value>().await.is_err());
    assert_eq!(
        send()
            .basic_auth("gate", Some("open"))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
}

#[tokio::test]
async fn messages_follow_the_caller_and_codes_do_not() {
    let kintone = Kintone::start(Options {
        language: Language::English,
        ..Options::default()
    });
    let send = |language: Option<&'static str>| {
        let request = request(&kintone, "wrong", Method::GET, "records.json?app=1");
        let request = language.into_iter().fold(request, |request, language| {
            request.header("Accept-Language", language)
        });
        async move { request.send().await.unwrap().json::<Value>().await.unwrap() }
    };
    let (own, japanese) = (send(None).await, send(Some("ja")).await);
    assert_eq!(own["code"], japanese["code"]);
    assert_eq!(own["message"], json!("The API token is invalid."));
    assert_eq!(
        japanese["message"],
        json!("指定したAPIトークンが不正です。")
    );
}

#[tokio::test]
async fn a_token_that_is_revoked_midway_is_unknown_from_then_on() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article());
    let token = kintone.token(app);
    let revoked = token.clone();
    kintone.before(When::path("records.json").nth(2), move |domain| {
        domain.revoke_token(&revoked);
    });
    assert_eq!(read(&kintone, &token, app).await.0, 200);
    assert_eq!(
        read(&kintone, &token, app).await,
        (400, "GAIA_IA02".to_owned())
    );
}

#[tokio::test]
async fn somebody_deleted_stays_in_records_and_cannot_be_chosen_again() {
    let kintone = Kintone::start(Options::default());
    let user = json!([{ "code": "sato", "name": "佐藤" }]);
    let form = App::new("people").field(Field::new("user", FieldType::UserSelect));
    let app = kintone.add_app(form.record(json!({ "user": { "value": user } })));
    kintone.remove_user("sato");
    assert_eq!(kintone.record(app, 1).unwrap()["user"]["value"], user);
    let body = json!({ "app": app, "record": { "user": { "value": [{ "code": "sato" }] } } });
    let (status, answer) = call(
        &kintone,
        &kintone.token(app),
        Method::POST,
        "record.json",
        body,
    )
    .await;
    assert_eq!((status, &answer["code"]), (400, &json!("GAIA_IL26")));
}

#[tokio::test]
async fn permissions_and_settings_are_shown_to_whoever_manages_the_app() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article());
    kintone.add_token(
        app,
        "writer",
        Rights::VIEW | Rights::ADD | Rights::EDIT | Rights::DELETE,
    );
    for path in ["app/acl.json", "app/settings.json"] {
        let body = || json!({ "app": app });
        assert_eq!(
            call(&kintone, "writer", Method::GET, path, body()).await.0,
            403,
            "{path}"
        );
        let token = kintone.token(app);
        assert_eq!(
            call(&kintone, &token, Method::GET, path, body()).await.0,
            200,
            "{path}"
        );
    }
}
