//! Patches change what their mask names, and nothing else.

use serde_json::{Value, json};

use super::{Night, config};

async fn patch(night: &Night, name: &str, mask: &str, body: Value) -> (u16, Value) {
    night
        .ask(
            "PATCH",
            &format!("/v1/{name}?updateMask={mask}"),
            Some(body),
        )
        .await
}

#[tokio::test]
async fn only_the_mask_counts() {
    let night = Night::start();
    let name = night.create(config("users")).await;
    let body = json!({ "displayName": "new", "disabled": true });
    let (status, patched) = patch(&night, &name, "displayName", body).await;
    assert_eq!((status, &patched["displayName"]), (200, &json!("new")));
    assert!(patched.get("disabled").is_none(), "{patched}");
    assert_eq!(patched["params"], night.bigquery.configs()[0]["params"]);
    assert_eq!(night.bigquery.secret(&name).as_deref(), Some("hush"));
    night.assert_no_violation();
}

#[tokio::test]
async fn what_the_mask_names_and_the_body_lacks_is_cleared() {
    let night = Night::start();
    let name = night.create(config("users")).await;
    let (_, patched) = patch(&night, &name, "notification_pubsub_topic", json!({})).await;
    assert!(
        patched.get("notificationPubsubTopic").is_none(),
        "{patched}"
    );
}

#[tokio::test]
async fn parameters_go_as_a_whole_with_the_secret_among_them() {
    let night = Night::start();
    let name = night.create(config("users")).await;
    let mut parameters = config("users")["params"].clone();
    parameters["secret_access_key"] = json!("other");
    let (status, _) = patch(&night, &name, "params", json!({ "params": parameters })).await;
    assert_eq!(status, 200);
    assert_eq!(night.bigquery.secret(&name).as_deref(), Some("other"));

    parameters
        .as_object_mut()
        .unwrap()
        .remove("secret_access_key");
    let (status, refused) = patch(&night, &name, "params", json!({ "params": parameters })).await;
    assert_eq!(status, 400, "{refused}");
    let (status, _) = patch(
        &night,
        &name,
        "params.data_path",
        json!({ "params": parameters }),
    )
    .await;
    assert_eq!(status, 400);
    assert_eq!(night.bigquery.secret(&name).as_deref(), Some("other"));
}

#[tokio::test]
async fn a_schedule_in_one_form_takes_the_place_of_the_other() {
    let night = Night::start();
    let name = night.create(config("users")).await;
    let body =
        json!({ "scheduleOptionsV2": { "timeBasedSchedule": { "schedule": "every day 17:00" } } });
    let (_, patched) = patch(&night, &name, "scheduleOptionsV2", body).await;
    assert!(patched.get("scheduleOptions").is_none(), "{patched}");
    assert_eq!(patched["nextRunTime"], "2026-11-22T17:00:00.000000Z");
    let body = json!({ "scheduleOptions": { "disableAutoScheduling": true } });
    let (_, patched) = patch(
        &night,
        &name,
        "schedule,scheduleOptions.disableAutoScheduling",
        body,
    )
    .await;
    assert!(patched.get("scheduleOptionsV2").is_none(), "{patched}");
    assert!(patched.get("nextRunTime").is_none(), "{patched}");
}

#[tokio::test]
async fn a_mask_that_names_nothing_or_what_cannot_change_is_refused() {
    let night = Night::start();
    let name = night.create(config("users")).await;
    for mask in ["", "dataSourceId", "updateTime", "displayname", "name"] {
        let (status, answer) = patch(&night, &name, mask, json!({ "displayName": "new" })).await;
        assert_eq!(status, 400, "{mask}: {answer}");
    }
    assert_eq!(
        night.bigquery.configs()[0]["displayName"],
        "app-users-transfer"
    );
}
