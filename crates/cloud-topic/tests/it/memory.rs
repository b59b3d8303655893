use cloud_topic::{Memory, Message, Topic, TopicError};

#[tokio::test]
async fn keeps_the_messages_in_their_order() {
    let memory = Memory::new();
    let topic = Topic::memory(&memory);
    let first = Message::new("one").attribute("app", "12");
    let second = Message::default().attribute("app", "13");
    let first_id = topic.publish(first.clone()).await.unwrap();
    let second_id = topic.clone().publish(second.clone()).await.unwrap();
    assert_ne!(first_id, second_id);
    assert_eq!(memory.messages(), [first, second]);
}

#[tokio::test]
async fn an_empty_message_is_refused() {
    let memory = Memory::new();
    let error = Topic::memory(&memory)
        .publish(Message::default())
        .await
        .unwrap_err();
    assert!(matches!(error, TopicError::Empty { .. }), "{error}");
    assert_eq!(memory.messages(), []);
}
