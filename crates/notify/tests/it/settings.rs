use function_core::{Env, Settings};
use notify::Notifier;

fn refusal(env: &Env) -> String {
    let mut settings = Settings::new(env);
    Notifier::from_settings(&mut settings);
    settings.finish().unwrap_err().to_string()
}

#[test]
fn a_webhook_that_is_no_secure_address_is_refused_without_showing_it() {
    for address in [
        "s3cr3t",
        "http://chat.example/s3cr3t",
        "ftp://chat.example/s3cr3t",
    ] {
        let words = refusal(&Env::default().with("NOTIFY_WEBHOOK", address));
        assert!(
            words.contains("NOTIFY_WEBHOOK") && words.contains("https://"),
            "{words}"
        );
        assert!(!words.contains("s3cr3t"), "{words}");
    }
}

#[test]
fn a_name_that_is_no_topic_is_refused() {
    let words = refusal(&Env::default().with("NOTIFY_TOPIC", "notices"));
    assert_eq!(
        words,
        "NOTIFY_TOPIC is `notices`: the name is `projects/PROJECT/topics/TOPIC` (Pub/Sub) or \
         `arn:aws:sns:REGION:ACCOUNT:TOPIC` (SNS)"
    );
}

#[test]
fn an_unknown_language_is_refused() {
    let words = refusal(&Env::default().with("NOTIFY_LANGUAGE", "fr"));
    assert_eq!(
        words,
        "NOTIFY_LANGUAGE is `fr`: the language is `en` or `ja`"
    );
}
