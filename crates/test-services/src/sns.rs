//! SNS topics in moto, and a queue behind each that keeps what was delivered.

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::{Moto, ServiceError};

const SERVICE: &str = "moto";

/// The account that all of moto's topics are in.
const ACCOUNT: &str = "123456789012";

/// A standard topic of SNS with one subscriber.
#[derive(Debug)]
pub struct SnsTopic<'a> {
    moto: &'a Moto,
    region: String,
    name: String,
}

impl Moto {
    /// Makes the topic `name` in `region`, and a queue that subscribes to it.
    ///
    /// # Errors
    /// moto refuses it.
    pub async fn topic(&self, region: &str, name: &str) -> Result<SnsTopic<'_>, ServiceError> {
        let topic = SnsTopic {
            moto: self,
            region: region.to_owned(),
            name: name.to_owned(),
        };
        topic.ask("CreateTopic", &[("Name", name)]).await?;
        topic
            .queue("CreateQueue", json!({ "QueueName": name }))
            .await?;
        let queue = format!("arn:aws:sqs:{region}:{ACCOUNT}:{name}");
        let subscription = [
            ("TopicArn", topic.arn()),
            ("Protocol", "sqs".to_owned()),
            ("Endpoint", queue),
        ];
        topic.ask("Subscribe", &subscription).await?;
        Ok(topic)
    }
}

impl SnsTopic<'_> {
    /// The topic's name as AWS writes it.
    pub fn arn(&self) -> String {
        format!("arn:aws:sns:{}:{ACCOUNT}:{}", self.region, self.name)
    }

    /// What was delivered since the last call, at most 10: SNS's envelopes, with `Message`,
    /// `MessageAttributes` and, where there was one, `Subject`.
    ///
    /// # Errors
    /// moto is gone, or its answer is no envelope.
    pub async fn delivered(&self) -> Result<Vec<Value>, ServiceError> {
        let request = json!({ "QueueUrl": self.queue_url(), "MaxNumberOfMessages": 10 });
        let answer = self.queue("ReceiveMessage", request).await?;
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        let mut envelopes = Vec::new();
        for message in messages {
            let receipt =
                json!({ "QueueUrl": self.queue_url(), "ReceiptHandle": message["ReceiptHandle"] });
            self.queue("DeleteMessage", receipt).await?;
            let body = message["Body"].as_str().unwrap_or_default();
            envelopes.push(
                serde_json::from_str(body)
                    .map_err(|source| not_as_documented("ReceiveMessage", source))?,
            );
        }
        Ok(envelopes)
    }

    fn queue_url(&self) -> String {
        format!("{}/{ACCOUNT}/{}", self.moto.address(), self.name)
    }

    /// A request to SNS, in the query protocol.
    async fn ask(
        &self,
        action: &str,
        parameters: &[(&str, impl AsRef<str>)],
    ) -> Result<(), ServiceError> {
        let common = [("Action", action), ("Version", "2010-03-31")];
        let parameters = parameters
            .iter()
            .map(|(name, value)| (*name, value.as_ref()));
        let form: Vec<_> = common.into_iter().chain(parameters).collect();
        let request = self.request("sns").form(&form);
        answer(request, action).await.map(drop)
    }

    /// A request to SQS, in the JSON protocol.
    async fn queue(&self, action: &str, parameters: Value) -> Result<Value, ServiceError> {
        let request = self
            .request("sqs")
            .header("x-amz-target", format!("AmazonSQS.{action}"))
            .header("content-type", "application/x-amz-json-1.0")
            .body(parameters.to_string());
        let text = answer(request, action).await?;
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).map_err(|source| not_as_documented(action, source))
    }

    /// moto checks no signature; the scope tells it service and region.
    fn request(&self, service: &str) -> RequestBuilder {
        let scope = format!("test/20261121/{}/{service}/aws4_request", self.region);
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
        reqwest::Client::new()
            .post(self.moto.address())
            .header("authorization", authorization)
    }
}

async fn answer(request: RequestBuilder, action: &str) -> Result<String, ServiceError> {
    let response = request
        .send()
        .await
        .map_err(|source| not_as_documented(action, source))?;
    let status = response.status();
    let text = response
        .text()
        .await
        .map_err(|source| not_as_documented(action, source))?;
    if status.is_success() {
        return Ok(text);
    }
    Err(ServiceError::Refused {
        service: SERVICE,
        request: action.to_owned(),
        status: status.as_u16(),
        body: text,
    })
}

fn not_as_documented(
    action: &str,
    source: impl std::error::Error + Send + Sync + 'static,
) -> ServiceError {
    ServiceError::Answer {
        service: SERVICE,
        request: action.to_owned(),
        source: Box::new(source),
    }
}
