//! One request, made of the bytes that the export's lines are.

use aws_client::AwsError;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{ConsumedCapacity, WriteRequest};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use dynamodb_format::Item;

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

/// Sends `body` as a `BatchWriteItem`.
///
/// The SDK brings credentials, endpoint, signature, connections and timeouts; only the body is ours. It would make the same of
/// typed values, for a multiple of the processor time.
pub(super) async fn batch_write(
    client: &Client,
    table: &str,
    key: &KeySchema,
    body: Bytes,
) -> Result<Answer, TableError> {
    let request = client
        .batch_write_item()
        // The endpoint may depend on it.
        .request_items(table, Vec::new())
        .customize()
        .mutate_request(move |request| {
            let length = body.len().to_string();
            request.headers_mut().insert("content-length", length);
            *request.body_mut() = SdkBody::from(body.clone());
        });
    let answer = Box::pin(request.send()).await;
    let answer = answer.map_err(|error| AwsError::of("BatchWriteItem", table, &error))?;
    let unprocessed = answer.unprocessed_items.unwrap_or_default();
    let unprocessed = unprocessed.into_values().flatten();
    let unprocessed = unprocessed.map(|write| identity(key, write));
    let unprocessed = unprocessed.collect::<Option<Vec<_>>>();
    let consumed = answer.consumed_capacity.unwrap_or_default();
    let consumed = consumed.iter().filter_map(units);
    Ok(Answer::Done {
        unprocessed: unprocessed.ok_or_else(|| TableError::Answer {
            operation: "BatchWriteItem",
            resource: table.to_owned(),
            part: "the keys of what was not processed",
        })?,
        consumed: consumed.reduce(|sum, units| sum + units),
    })
}

/// Sends `body` as a `PutItem` with a condition.
pub(super) async fn put(client: &Client, table: &str, body: Bytes) -> Result<Answer, TableError> {
    let request = client
        .put_item()
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

fn identity(key: &KeySchema, write: WriteRequest) -> Option<Box<[u8]>> {
    let put = write.put_request.map(|put| put.item);
    let item = put.or_else(|| write.delete_request.map(|delete| delete.key));
    key.identity(&from_sdk(item?)?).ok()
}

fn units(consumed: &ConsumedCapacity) -> Option<f64> {
    consumed.capacity_units.or(consumed.write_capacity_units)
}
