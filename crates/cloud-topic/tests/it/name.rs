use cloud_topic::{Kind, Memory, Topic};
use function_core::Env;

fn refusal(name: &str) -> String {
    Topic::open(name, &Env::default()).unwrap_err().to_string()
}

#[test]
fn a_name_of_another_shape_is_refused_with_the_rule() {
    for name in [
        "",
        "runs",
        "projects/acme/topics/",
        "projects//topics/runs",
        "projects/a/subscriptions/b",
        "arn:aws:sqs:eu-west-1:123456789012:runs",
        "arn:aws:sns:eu-west-1:1234:runs",
        "arn:aws:sns::123456789012:runs",
        "arn:aws:sns:eu-west-1:123456789012:",
        "arn:aws:sns:eu-west-1:123456789012:a/b",
        "arn:aws:sns:eu-west-1:123456789012:runs:subscription",
    ] {
        assert_eq!(
            refusal(name),
            format!(
                "`{name}` is not a topic that can be opened: the name is \
                 `projects/PROJECT/topics/TOPIC` (Pub/Sub) or \
                 `arn:aws:sns:REGION:ACCOUNT:TOPIC` (SNS)"
            )
        );
    }
}

#[test]
fn a_topic_that_keeps_an_order_is_refused() {
    let words = refusal("arn:aws:sns:eu-west-1:123456789012:runs.fifo");
    assert!(words.contains("name a standard topic"), "{words}");
}

#[test]
fn a_topic_in_memory_belongs_to_no_service() {
    assert_eq!(Topic::memory(&Memory::new()).kind(), Kind::Other);
}

#[cfg(not(feature = "pubsub"))]
#[test]
fn a_binary_without_pubsub_says_so() {
    let words = refusal("projects/acme/topics/runs");
    assert!(words.contains("built without Pub/Sub"), "{words}");
}

#[cfg(feature = "pubsub")]
#[test]
fn the_name_tells_that_a_topic_is_one_of_pubsub() {
    let topic = Topic::open("projects/acme/topics/runs", &Env::default()).unwrap();
    assert_eq!(topic.kind(), Kind::PubSub);
}

#[cfg(not(feature = "sns"))]
#[test]
fn a_binary_without_sns_says_so() {
    let words = refusal("arn:aws:sns:eu-west-1:123456789012:runs");
    assert!(words.contains("built without SNS"), "{words}");
}

#[cfg(feature = "sns")]
#[test]
fn the_name_tells_that_a_topic_is_one_of_sns() {
    for name in [
        "arn:aws:sns:eu-west-1:123456789012:runs",
        "arn:aws-cn:sns:cn-north-1:123456789012:Runs_2-a",
    ] {
        let topic = Topic::open(name, &Env::default()).unwrap();
        assert_eq!(topic.kind(), Kind::Sns);
    }
}
