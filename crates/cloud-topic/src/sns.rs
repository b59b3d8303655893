//! SNS through AWS's own client.

use aws_client::{AwsError, CREDENTIALS_REPAIR};
use aws_sdk_sns::Client;
use aws_sdk_sns::operation::publish::builders::PublishFluentBuilder;
use aws_sdk_sns::types::MessageAttributeValue;
use function_core::{Env, Retryable as _};
use futures_util::future::{BoxFuture, FutureExt as _};
use serde_json::json;
use tokio::sync::OnceCell;

use crate::{Backend, Message, TopicError};

/// The most characters of an e-mail's subject.
const LONGEST_SUBJECT: usize = 99;

/// An SNS topic; its client is made when the first message is published.
pub(crate) struct Sns {
    topic: String,
    env: Env,
    client: OnceCell<Client>,
}

impl Sns {
    /// The topic `arn`, whose region comes before that of `env`.
    pub(crate) fn new(arn: &str, env: &Env) -> Self {
        let region = arn.split(':').nth(3).unwrap_or_default();
        Self {
            topic: arn.to_owned(),
            env: env.clone().with("AWS_REGION", region),
            client: OnceCell::new(),
        }
    }

    async fn send(&self, message: Message) -> Result<String, TopicError> {
        let unfit = |rule| TopicError::Unfit {
            topic: self.topic.clone(),
            rule,
        };
        let text = String::from_utf8(message.data)
            .map_err(|_| unfit("SNS carries text; write the bytes as UTF-8, such as base64"))?;
        if text.is_empty() {
            return Err(unfit("SNS carries no message without data; give it some"));
        }
        let client = self.client.get_or_init(|| self.connect()).await;
        let mut request = client.publish().topic_arn(&self.topic);
        for (name, value) in message.attributes {
            let value = MessageAttributeValue::builder()
                .data_type("String")
                .string_value(value)
                .build()
                .map_err(|_| unfit("an attribute is a string"))?;
            request = request.message_attributes(name, value);
        }
        let request = match message.mail {
            None => request.message(text),
            Some((subject, words)) => with_mail(request, &text, &subject, &words),
        };
        match request.send().await {
            Ok(answer) => Ok(answer.message_id.unwrap_or_default()),
            Err(error) => Err(self.error(&AwsError::of("Publish", &self.topic, &error))),
        }
    }

    async fn connect(&self) -> Client {
        Client::new(&aws_client::config(&self.env, "SNS").await)
    }

    fn error(&self, error: &AwsError) -> TopicError {
        let topic = self.topic.clone();
        let source = error.said().into();
        if error.is_retryable() {
            return TopicError::Interrupted { topic, source };
        }
        TopicError::Refused {
            topic,
            repair: repair(error),
            source,
        }
    }
}

impl Backend for Sns {
    fn publish(&self, message: Message) -> BoxFuture<'_, Result<String, TopicError>> {
        self.send(message).boxed()
    }
}

/// E-mail subscribers get `words`, all others `text`.
fn with_mail(
    request: PublishFluentBuilder,
    text: &str,
    subject: &str,
    words: &str,
) -> PublishFluentBuilder {
    let subject: String = subject
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(LONGEST_SUBJECT)
        .collect();
    let message = json!({ "default": text, "email": words });
    request
        .message_structure("json")
        .message(message.to_string())
        .subject(subject)
}

/// What a person can do about a lasting refusal.
///
/// **Source**: Amazon SNS API Reference, "Publish"; Developer Guide, "Managing Amazon SNS encryption
/// keys and costs".
fn repair(error: &AwsError) -> &'static str {
    const KEY_RIGHT: &str = "allow kms:GenerateDataKey and kms:Decrypt with the topic's key, in its policy and the role's";
    let words = match error {
        AwsError::Unsent { repair, .. } => return repair,
        AwsError::Refused { message, .. } => message.as_str(),
        AwsError::Unreached { .. } => "",
    };
    match error.code().unwrap_or_default() {
        "NotFound" => "create the topic, or correct its name and region",
        "InvalidParameter" if words.contains("TopicArn") => "correct the topic's ARN",
        "KMSAccessDenied" => KEY_RIGHT,
        "KMSDisabled" | "KMSInvalidState" => "enable the key that the topic is encrypted with",
        "KMSNotFound" => "encrypt the topic with a key that exists",
        "InvalidParameter" | "ParameterValueInvalid" | "ValidationException" => {
            "a message and its attributes have at most 256 KiB, or what the topic's \
             MaximumMessageSize says, up to 1 MiB; no attribute is empty"
        }
        _ if error.is_denied() && words.contains("kms:") => KEY_RIGHT,
        _ if error.is_denied() => "allow sns:Publish on the topic in the policy of this role",
        _ if error.is_without_credentials() => CREDENTIALS_REPAIR,
        _ => "see what the service says",
    }
}
