use cloud_topic::Topic;
use function_core::Env;

#[test]
fn a_name_of_another_shape_is_refused_with_the_rule() {
    for name in [
        "",
        "runs",
        "projects/acme/topics/",
        "projects//topics/runs",
        "projects/a/subscriptions/b",
    ] {
        assert_eq!(
            Topic::open(name, &Env::default()).unwrap_err().to_string(),
            format!(
                "`{name}` is not a topic that can be opened: the name is `projects/PROJECT/topics/TOPIC`"
            )
        );
    }
}

#[cfg(not(feature = "pubsub"))]
#[test]
fn a_binary_without_pubsub_says_so() {
    let error = Topic::open("projects/acme/topics/runs", &Env::default()).unwrap_err();
    assert!(
        error.to_string().contains("built without Pub/Sub"),
        "{error}"
    );
}
