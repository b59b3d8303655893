//! Who may not do what.

use super::double::Double;
use super::sample::ID;
use super::visitor::{SECRET, Served};

/// All forms of the page: where they are shown, and where they go.
const FORMS: [(&str, &str); 4] = [
    ("/", "/compare"),
    (
        "/plans/20261122T031500Z-0a1b2c3d",
        "/plans/20261122T031500Z-0a1b2c3d/ticks",
    ),
    (
        "/plans/20261122T031500Z-0a1b2c3d/tables/2",
        "/plans/20261122T031500Z-0a1b2c3d/tables/2",
    ),
    (
        "/plans/20261122T031500Z-0a1b2c3d/approve",
        "/plans/20261122T031500Z-0a1b2c3d/approve",
    ),
];

#[tokio::test]
async fn without_a_login_the_page_can_only_be_looked_at() {
    let served = Served::with(
        Double::default(),
        std::iter::empty::<(&str, &str)>().collect(),
    )
    .await;
    let stranger = served.stranger().sending("x-email", "hana@example.jp");
    for (shown, goes_to) in FORMS {
        let got = stranger.get(shown).await;
        assert_eq!(got.status, 200);
        assert!(got.has("Read-only"), "{shown}");
        assert_eq!(
            stranger.post(goes_to, &[("token", "x")]).await.status,
            403,
            "{goes_to}"
        );
    }
    assert!(!stranger.get("/").await.has("Compare now"));
    assert_eq!(served.double.kept(), "");
}

#[tokio::test]
async fn with_a_login_nothing_is_shown_without_its_proof() {
    let served = Served::start().await;
    let forged = served.stranger().sending("x-email", "hana@example.jp");
    let wrong = forged.clone().sending("x-login-secret", "another secret!!");
    let nameless = served.stranger().sending("x-login-secret", SECRET);
    for (visitor, status) in [
        (served.stranger(), 401),
        (forged, 403),
        (wrong, 403),
        (nameless, 401),
    ] {
        for (path, _) in FORMS {
            let got = visitor.get(path).await;
            assert_eq!(got.status, status, "{path}");
            assert!(
                !got.has("public.item") && got.has("You are not signed in"),
                "{path}"
            );
            assert_eq!(got.header("cache-control"), "no-store");
        }
    }
}

#[tokio::test]
async fn who_is_no_approver_can_look_at_everything_and_change_nothing() {
    let served = Served::over(Double::default(), &[("APPROVERS", "Hana@example.jp")]).await;
    let eve = served.person("eve@example.jp");
    for (shown, goes_to) in FORMS {
        let got = eve.get(shown).await;
        assert!(got.status == 200 && got.has("Read-only"), "{shown}");
        let got = eve.post(goes_to, &[("token", "x")]).await;
        assert!(got.status == 403 && got.has("APPROVERS"), "{goes_to}");
    }
    assert_eq!(eve.get(&format!("/plans/{ID}/undo")).await.status, 403);
    let got = served.person("HANA@EXAMPLE.JP").get("/").await;
    assert!(
        got.has("Compare now"),
        "e-mails are the same in either case"
    );
}

#[tokio::test]
async fn a_form_is_of_one_person_one_plan_and_one_purpose() {
    let served = Served::start().await;
    let hana = served.hana();
    let mut tokens = Vec::new();
    for (shown, goes_to) in FORMS {
        let fields = hana.get(shown).await.fields(goes_to);
        let token = fields
            .into_iter()
            .find(|(name, _)| name == "token")
            .unwrap();
        tokens.push((goes_to, token.1));
    }
    for (index, (goes_to, _)) in tokens.iter().enumerate() {
        for (other, (_, token)) in tokens.iter().enumerate() {
            let is_same_purpose =
                index == other || (index.max(other) == 2 && index.min(other) == 1);
            if !is_same_purpose {
                let got = hana.post(goes_to, &[("token", token)]).await;
                assert_eq!(got.status, 403, "{goes_to}");
                assert!(
                    got.has("The form can’t be accepted")
                        || got.has("The form can&#39;t be accepted")
                );
            }
        }
        let got = served
            .person("ken@example.jp")
            .post(goes_to, &[("token", &tokens[index].1)])
            .await;
        assert_eq!(got.status, 403, "{goes_to}: it was made for Hana");
        assert_eq!(hana.post(goes_to, &[]).await.status, 403);
    }
    assert_eq!(served.double.kept(), "");
}

#[tokio::test]
async fn a_form_from_elsewhere_is_refused_whatever_its_token() {
    let served = Served::start().await;
    let hana = served.hana();
    let home = hana.get("/").await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
    ] {
        let got = hana
            .clone()
            .sending(name, value)
            .fill(&home, "/compare", &[])
            .await;
        assert_eq!(got.status, 403, "{value}");
    }
    let here = hana
        .sending("sec-fetch-site", "same-origin")
        .sending("origin", "null");
    assert_eq!(here.fill(&home, "/compare", &[]).await.place(), "/compare");
}

#[tokio::test]
async fn what_is_no_plan_no_table_and_no_page_is_not_found() {
    let served = Served::start().await;
    let hana = served.hana();
    for path in [
        "/nowhere",
        "/plans/..%2F..%2Fetc",
        "/plans/%00",
        "/plans/20261122T031500Z-ffffffff",
        "/plans/20261122T031500Z-0a1b2c3d/tables/0",
        "/plans/20261122T031500Z-0a1b2c3d/tables/9",
        "/plans/20261122T031500Z-0a1b2c3d/tables/-1",
        "/plans/20261122T031500Z-0a1b2c3d/tables/x",
        "/plans/nonsense/approve",
        "/plans/nonsense/progress",
        "/plans/nonsense/result",
        "/plans/nonsense/undo",
    ] {
        let got = hana.get(path).await;
        assert_eq!(got.status, 404, "{path}");
        assert!(got.has("There is no such page"), "{path}: {}", got.body);
    }
    assert_eq!(hana.request("DELETE", "/").await.status, 405);
    assert_eq!(hana.get(&format!("/plans/{ID}/ticks")).await.status, 405);
}

#[tokio::test]
async fn a_form_that_is_too_large_or_none_is_refused_in_words() {
    let served = Served::start().await;
    let hana = served.hana();
    let large = "x".repeat(300 * 1024);
    let got = hana.post("/compare", &[("token", &large)]).await;
    assert!(
        got.status == 413 && got.has("The form is too large"),
        "{}",
        got.status
    );
    let got = hana.request("POST", "/compare").await;
    assert_eq!(got.status, 403);
}
