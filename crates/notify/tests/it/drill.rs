use axum::http::StatusCode;
use cloud_topic::{Memory, Topic};
use function_core::{Env, RunState};
use notify::Notifier;

use crate::chat::Chat;
use crate::notifier;
use crate::topic::forbidden;

#[tokio::test]
async fn a_drill_that_all_took_is_verified() {
    let memory = Memory::new();
    let chat = Chat::start(&[]).await;
    let notifier = notifier(&chat.env()).through_topic(Topic::memory(&memory));
    let report = notifier.drill("kintone-export", "e-1").await;
    assert_eq!(
        (report.run.as_str(), report.state),
        ("drill-e-1", RunState::Verified)
    );
    let [message] = memory.messages().try_into().unwrap();
    assert_eq!(message.attributes["function"], "kintone-export");
}

#[tokio::test]
async fn a_drill_that_nobody_listens_to_fails_and_says_what_to_set() {
    let nobody = notifier(&Env::default());
    let report = nobody.drill("kintone-export", "e-1").await;
    assert_eq!(report.state, RunState::Failed);
    assert_eq!(
        report.warnings,
        ["there is nobody to tell: set NOTIFY_TOPIC or NOTIFY_WEBHOOK"]
    );
}

#[tokio::test]
async fn a_drill_that_one_of_two_did_not_take_fails() {
    let memory = Memory::new();
    let chat = Chat::start(&[StatusCode::FORBIDDEN]).await;
    for notifier in [
        notifier(&chat.env()).through_topic(Topic::memory(&memory)),
        Notifier::default().through_topic(forbidden()),
    ] {
        let report = notifier.drill("kintone-export", "e-1").await;
        assert_eq!(report.state, RunState::Failed);
        assert_eq!(
            report.warnings,
            ["the notice could not be sent; the log says why"]
        );
    }
}
