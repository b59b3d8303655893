//! What the service tells of a table.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, TableDescription,
};

use crate::{Billing, Description, Index, KeyAttribute, KeySchema, TableError};

/// The types of a table's key attributes, of its indexes' too.
struct Kinds(Vec<AttributeDefinition>);

pub(crate) fn description(
    name: &str,
    described: TableDescription,
) -> Result<Description, TableError> {
    let lacks = |part| TableError::Answer {
        operation: "DescribeTable",
        resource: name.to_owned(),
        part,
    };
    let kinds = Kinds(described.attribute_definitions.unwrap_or_default());
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
    /// Names and types.
    fn each(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        let definitions = self.0.iter();
        definitions.map(|definition| {
            (
                definition.attribute_name.as_str(),
                definition.attribute_type.as_str(),
            )
        })
    }

    fn schema(&self, elements: &[KeySchemaElement]) -> Option<KeySchema> {
        let roles = elements.iter();
        let roles =
            roles.map(|element| (element.key_type.as_str(), element.attribute_name.as_str()));
        KeySchema::described(&roles, &self.each())
    }

    fn index(
        &self,
        is_local: bool,
        name: Option<String>,
        elements: Option<Vec<KeySchemaElement>>,
    ) -> Option<Index> {
        let elements = elements.unwrap_or_default();
        let attributes = elements
            .iter()
            .map(|element| KeyAttribute::described(&element.attribute_name, self.each()));
        Some(Index {
            name: name.unwrap_or_default(),
            is_local,
            attributes: attributes.collect::<Option<_>>()?,
        })
    }
}

pub(crate) fn number(number: Option<i64>) -> u64 {
    number
        .and_then(|number| u64::try_from(number).ok())
        .unwrap_or(0)
}
