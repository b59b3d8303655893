//! What the subscribers of an SNS topic get, delivered by moto.

use function_core::{Env, RunState};
use notify::Notice;
use serde_json::{Value, json};
use test_services::Moto;

use crate::{notice, notifier};

/// The envelope that a subscriber gets, and the message in it.
async fn delivered(notice: &Notice, settings: &[(&str, &str)]) -> (Value, Value) {
    let moto = Moto::start("tasuki").await.unwrap();
    let topic = moto.topic("ap-northeast-1", "notices").await.unwrap();
    let env = settings.iter().copied().collect::<Env>();
    let env = env
        .with("NOTIFY_TOPIC", topic.arn())
        .with("AWS_ENDPOINT_URL", moto.address())
        .with("AWS_ACCESS_KEY_ID", "test")
        .with("AWS_SECRET_ACCESS_KEY", "test");
    notifier(&env)
        .in_zone(jiff::tz::TimeZone::get("Asia/Tokyo").unwrap())
        .tell(notice)
        .await;
    let [envelope] = topic.delivered().await.unwrap().try_into().unwrap();
    let message = serde_json::from_str(envelope["Message"].as_str().unwrap()).unwrap();
    (envelope, message)
}

#[tokio::test]
async fn a_notice_is_a_custom_notification_with_attributes_to_filter_on() {
    let (envelope, message) = delivered(&notice(), &[]).await;
    assert_eq!(
        message,
        json!({
            "version": "1.0",
            "source": "custom",
            "id": "12-20261121030000",
            "content": {
                "textType": "client-markdown",
                "title": "kintone-export: app 12 failed.",
                "description": "```\nKintone refused the token\n```\n\
                                Last verified run: 2026-11-20 03:00 Asia/Tokyo.",
                "nextSteps": ["make a token that may read records"],
                "keywords": ["kintone-export", "app 12", "failed"],
            },
            "metadata": {
                "threadId": "12-20261121030000",
                "summary": "kintone-export: app 12 failed.",
                "eventType": "kintone-export-failed",
                "relatedResources": ["app 12"],
                "additionalContext": {
                    "function": "kintone-export",
                    "source": "app 12",
                    "run": "12-20261121030000",
                    "state": "failed",
                    "since": "2026-11-19T18:00:00Z",
                },
            },
        })
    );
    let attributes = &envelope["MessageAttributes"];
    assert_eq!(attributes["function"]["Value"], "kintone-export");
    assert_eq!(attributes["state"]["Value"], "failed");
    assert_eq!(envelope["Subject"], "kintone-export: app 12 failed.");
}

#[tokio::test]
async fn a_person_in_japan_reads_japanese() {
    let notice = Notice {
        state: RunState::Incomplete,
        since: None,
        ..notice()
    };
    let (_, message) = delivered(&notice, &[("NOTIFY_LANGUAGE", "ja")]).await;
    let content = &message["content"];
    assert_eq!(
        content["title"],
        "kintone-export: app 12 は終了しましたが、すべてを検証できませんでした。"
    );
    let description = content["description"].as_str().unwrap();
    assert!(
        description.ends_with("\n検証済みの実行はまだありません。"),
        "{description}"
    );
    assert_eq!(message["metadata"]["additionalContext"].get("since"), None);
}

#[tokio::test]
async fn words_without_end_keep_within_what_a_chat_takes() {
    let notice = Notice {
        source: "襷".repeat(9000),
        what_happened: "*".repeat(9000),
        what_to_do: "<!channel> ".repeat(900),
        ..notice()
    };
    let (_, message) = delivered(&notice, &[]).await;
    let length = |value: &Value| value.as_str().unwrap().chars().count();
    let content = &message["content"];
    assert!(length(&content["title"]) <= 250);
    assert!(length(&message["metadata"]["summary"]) <= 250);
    assert!(length(&content["description"]) < 3000);
    assert_eq!(content["nextSteps"], json!([]));
    let description = content["description"].as_str().unwrap();
    assert!(
        description.contains("What to do: ‹!channel›"),
        "{description}"
    );
}
