//! One request, made of the bytes that the export's lines are.

use std::collections::HashMap;

use aws_client::{AwsError, Call, Direct};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ConsumedCapacity;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use dynamodb_format::Item;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::value::from_sdk;
use crate::{KeySchema, TableError};

/// What a write answered.
#[derive(Debug)]
pub(super) enum Answer {
    /// All is done but what has these keys.
    Done {
        /// As [`KeySchema::identity`] has them.
        unprocessed: Vec<Box<[u8]>>,
        /// Write units, where the service told.
        consumed: Option<f64>,
    },
    /// The condition was false; the item that is there, where it was asked for.
    LeftAlone(Option<Item>),
}

/// The answer to a `BatchWriteItem`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Written<'a> {
    #[serde(borrow)]
    unprocessed_items: HashMap<String, Vec<Unprocessed<'a>>>,
    consumed_capacity: Vec<Consumed>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Unprocessed<'a> {
    #[serde(borrow)]
    put_request: Option<&'a RawValue>,
    #[serde(borrow)]
    delete_request: Option<Deletion<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Deletion<'a> {
    #[serde(borrow)]
    key: &'a RawValue,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Consumed {
    capacity_units: f64,
}

/// Sends `body` as a `BatchWriteItem`.
pub(super) async fn batch_write(
    direct: &Direct,
    table: &str,
    key: &KeySchema,
    body: Bytes,
) -> Result<Answer, TableError> {
    let call = Call {
        operation: "BatchWriteItem",
        target: "DynamoDB_20120810.BatchWriteItem",
        content_type: "application/x-amz-json-1.0",
        resource: table,
    };
    let answer = Box::pin(direct.call(&call, body)).await?;
    let lacks = |part| TableError::Answer {
        operation: call.operation,
        resource: table.to_owned(),
        part,
    };
    let written: Written<'_> =
        serde_json::from_slice(&answer).map_err(|_| lacks("the documented JSON"))?;
    let unprocessed = written.unprocessed_items.into_values().flatten();
    let unprocessed = unprocessed.map(|write| write.identity(key));
    let unprocessed = unprocessed.collect::<Option<Vec<_>>>();
    let consumed = written.consumed_capacity.iter();
    let consumed = consumed.map(|consumed| consumed.capacity_units);
    Ok(Answer::Done {
        unprocessed: unprocessed.ok_or_else(|| lacks("the keys of what was not processed"))?,
        consumed: consumed.reduce(|sum, units| sum + units),
    })
}

impl Unprocessed<'_> {
    fn identity(&self, key: &KeySchema) -> Option<Box<[u8]>> {
        let line = match (self.put_request, &self.delete_request) {
            (Some(put), _) => put.get().to_owned(),
            (None, Some(delete)) => format!(r#"{{"Item":{}}}"#, delete.key),
            (None, None) => return None,
        };
        let item = Item::parse(line.as_bytes()).ok()?;
        key.identity(&item).ok()
    }
}

/// Sends `body` as a `PutItem` with a condition. The SDK brings all but the body.
pub(super) async fn put(client: &Client, table: &str, body: Bytes) -> Result<Answer, TableError> {
    let request = client
        .put_item()
        // The endpoint may depend on it.
        .table_name(table)
        .customize()
        .mutate_request(move |request| {
            let length = body.len().to_string();
            request.headers_mut().insert("content-length", length);
            *request.body_mut() = SdkBody::from(body.clone());
        });
    match Box::pin(request.send()).await {
        Ok(answer) => Ok(Answer::Done {
            unprocessed: Vec::new(),
            consumed: answer.consumed_capacity.as_ref().and_then(units),
        }),
        Err(SdkError::ServiceError(error)) if is_condition(error.err()) => {
            Ok(Answer::LeftAlone(there(error.into_err())))
        }
        Err(error) => Err(AwsError::of("PutItem", table, &error).into()),
    }
}

fn is_condition(error: &PutItemError) -> bool {
    matches!(error, PutItemError::ConditionalCheckFailedException(_))
}

/// The item that is there, where the service told.
fn there(error: PutItemError) -> Option<Item> {
    match error {
        PutItemError::ConditionalCheckFailedException(failed) => failed.item.and_then(from_sdk),
        _ => None,
    }
}

fn units(consumed: &ConsumedCapacity) -> Option<f64> {
    consumed.capacity_units.or(consumed.write_capacity_units)
}
