//! What the service tells of a table.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    TableDescription,
};

use crate::{Billing, Description, Index, KeyAttribute, KeyKind, KeySchema, TableError};

/// The types of a table's key attributes, of its indexes' too, by name.
struct Kinds(HashMap<String, KeyKind>);

pub(crate) fn description(
    name: &str,
    described: TableDescription,
) -> Result<Description, TableError> {
    let lacks = |part| TableError::Answer {
        operation: "DescribeTable",
        resource: name.to_owned(),
        part,
    };
    let kinds = Kinds::of(described.attribute_definitions.unwrap_or_default());
    let key = described.key_schema.unwrap_or_default();
    let units = described.provisioned_throughput;
    let units = units.and_then(|units| units.write_capacity_units);
    let mode = described.billing_mode_summary;
    let is_on_demand = mode.and_then(|mode| mode.billing_mode) == Some(BillingMode::PayPerRequest);
    let global = described.global_secondary_indexes.unwrap_or_default();
    let global = global
        .into_iter()
        .map(|index| kinds.index(false, index.index_name, index.key_schema));
    let local = described.local_secondary_indexes.unwrap_or_default();
    let local = local
        .into_iter()
        .map(|index| kinds.index(true, index.index_name, index.key_schema));
    let indexes = global.chain(local).collect::<Option<Vec<_>>>();
    Ok(Description {
        name: described.table_name.unwrap_or_else(|| name.to_owned()),
        arn: described.table_arn.unwrap_or_default(),
        id: described.table_id.unwrap_or_default(),
        status: described
            .table_status
            .map_or_else(String::new, |status| status.as_str().to_owned()),
        key: kinds.schema(&key).ok_or_else(|| lacks("the key"))?,
        billing: match number(units) {
            0 => Billing::OnDemand,
            _ if is_on_demand => Billing::OnDemand,
            write_units => Billing::Provisioned { write_units },
        },
        indexes: indexes.ok_or_else(|| lacks("the key of an index"))?,
        item_count_hint: number(described.item_count),
        size_bytes_hint: number(described.table_size_bytes),
        has_streams: described
            .stream_specification
            .is_some_and(|stream| stream.stream_enabled),
    })
}

impl Kinds {
    fn of(definitions: Vec<AttributeDefinition>) -> Self {
        let kinds = definitions.into_iter().filter_map(|definition| {
            let kind = match definition.attribute_type {
                ScalarAttributeType::S => KeyKind::S,
                ScalarAttributeType::N => KeyKind::N,
                ScalarAttributeType::B => KeyKind::B,
                _ => return None,
            };
            Some((definition.attribute_name, kind))
        });
        Self(kinds.collect())
    }

    fn schema(&self, elements: &[KeySchemaElement]) -> Option<KeySchema> {
        let of = |kind: KeyType| elements.iter().find(|element| element.key_type == kind);
        let sort = of(KeyType::Range).map(|element| self.attribute(element));
        Some(KeySchema {
            partition: self.attribute(of(KeyType::Hash)?)?,
            sort: match sort {
                Some(sort) => Some(sort?),
                None => None,
            },
        })
    }

    fn index(
        &self,
        is_local: bool,
        name: Option<String>,
        elements: Option<Vec<KeySchemaElement>>,
    ) -> Option<Index> {
        let elements = elements.unwrap_or_default();
        let attributes = elements.iter().map(|element| self.attribute(element));
        Some(Index {
            name: name.unwrap_or_default(),
            is_local,
            attributes: attributes.collect::<Option<_>>()?,
        })
    }

    fn attribute(&self, element: &KeySchemaElement) -> Option<KeyAttribute> {
        let name = element.attribute_name.clone();
        let kind = *self.0.get(&name)?;
        Some(KeyAttribute { name, kind })
    }
}

pub(crate) fn number(number: Option<i64>) -> u64 {
    number
        .and_then(|number| u64::try_from(number).ok())
        .unwrap_or(0)
}
