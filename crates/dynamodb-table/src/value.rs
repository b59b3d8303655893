//! Typed values as the SDK has them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue as Sdk;
use aws_smithy_types::Blob;
use dynamodb_format::{AttributeValue, Item};

/// An item as the SDK has it.
pub(crate) type SdkItem = HashMap<String, Sdk>;

/// `item` for a request.
pub(crate) fn to_sdk(item: &Item) -> SdkItem {
    let attributes = item.0.iter();
    attributes
        .map(|(name, value)| (name.clone(), value_to_sdk(value)))
        .collect()
}

fn value_to_sdk(value: &AttributeValue) -> Sdk {
    match value {
        AttributeValue::S(text) => Sdk::S(text.clone()),
        AttributeValue::N(number) => Sdk::N(number.clone()),
        AttributeValue::B(bytes) => Sdk::B(Blob::new(bytes.clone())),
        AttributeValue::Ss(texts) => Sdk::Ss(texts.iter().cloned().collect()),
        AttributeValue::Ns(numbers) => Sdk::Ns(numbers.iter().cloned().collect()),
        AttributeValue::Bs(binaries) => Sdk::Bs(binaries.iter().cloned().map(Blob::new).collect()),
        AttributeValue::M(map) => Sdk::M(
            map.iter()
                .map(|(name, value)| (name.clone(), value_to_sdk(value)))
                .collect(),
        ),
        AttributeValue::L(list) => Sdk::L(list.iter().map(value_to_sdk).collect()),
        AttributeValue::Null => Sdk::Null(true),
        AttributeValue::Bool(value) => Sdk::Bool(*value),
    }
}

/// The item of an answer; `None` where it holds a type that is not known here.
pub(crate) fn from_sdk(item: SdkItem) -> Option<Item> {
    let attributes = item.into_iter();
    attributes
        .map(|(name, value)| Some((name, value_from_sdk(value)?)))
        .collect::<Option<_>>()
        .map(Item)
}

fn value_from_sdk(value: Sdk) -> Option<AttributeValue> {
    Some(match value {
        Sdk::S(text) => AttributeValue::S(text),
        Sdk::N(number) => AttributeValue::N(number),
        Sdk::B(bytes) => AttributeValue::B(bytes.into_inner()),
        Sdk::Ss(texts) => AttributeValue::Ss(texts.into_iter().collect()),
        Sdk::Ns(numbers) => AttributeValue::Ns(numbers.into_iter().collect()),
        Sdk::Bs(binaries) => {
            AttributeValue::Bs(binaries.into_iter().map(Blob::into_inner).collect())
        }
        Sdk::M(map) => AttributeValue::M(from_sdk(map)?.0),
        Sdk::L(list) => AttributeValue::L(
            list.into_iter()
                .map(value_from_sdk)
                .collect::<Option<_>>()?,
        ),
        Sdk::Null(_) => AttributeValue::Null,
        Sdk::Bool(value) => AttributeValue::Bool(value),
        _ => return None,
    })
}
