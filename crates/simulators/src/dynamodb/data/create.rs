//! `CreateTable` and `DeleteTable`.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::super::Options;
use super::super::describe;
use super::super::hosted::Hosted;
use super::super::parameters::Parameters;
use super::super::refusal::Refusal;
use super::super::rule::Rule;
use super::super::state::State;
use super::super::table::{Index, PointInTimeRecovery, Table};

/// A table's name.
const NAME: Rule = Rule::Pattern("[a-zA-Z0-9_.-]+", |value| {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    (3..=255).contains(&value.len()) && value.bytes().all(inner)
});

/// How a table is paid for.
const BILLING: Rule = Rule::OneOf(&["PROVISIONED", "PAY_PER_REQUEST"]);

/// Creates an empty table.
pub(in crate::dynamodb) fn create(
    state: &mut State,
    options: &Options,
    mut parameters: Parameters,
) -> Result<Value, Refusal> {
    let table = wanted(&mut parameters, state)?;
    parameters.finish()?;
    let name = table.name.clone();
    if state.tables.contains_key(&name) {
        return Err(exists(&name));
    }
    add(state, table, options.creating);
    Ok(json!({ "TableDescription": describe::described(state, options, &name)? }))
}

/// The words for a table that is there already.
pub(super) fn exists(name: &str) -> Refusal {
    let message = format!("Table already exists: {name}");
    Refusal::new("ResourceInUseException", message)
}

/// The table that parameters describe, those of `CreateTable` or of `ImportTable`.
pub(super) fn wanted(parameters: &mut Parameters, state: &State) -> Result<Table, Refusal> {
    let name = parameters.required("TableName", NAME)?;
    let billing = parameters.text("BillingMode", BILLING)?;
    let kinds = Kinds::parse(parameters)?;
    let keys = kinds.keys(parameters.list("KeySchema")?.unwrap_or_default().as_slice())?;
    let mut table = Table::new(&name, &[]).created(state.now());
    table.keys = keys;
    table.recovery = Some(PointInTimeRecovery::Off);
    for (local, name) in [
        (false, "GlobalSecondaryIndexes"),
        (true, "LocalSecondaryIndexes"),
    ] {
        for index in parameters.list(name)?.unwrap_or_default() {
            let name = index["IndexName"].as_str().unwrap_or_default().to_owned();
            let keys = index["KeySchema"].as_array().map(Vec::as_slice);
            let keys = kinds.keys(keys.unwrap_or_default())?;
            table.indexes.push(Index { name, keys, local });
        }
    }
    kinds.check_all_used(&table)?;
    let units = parameters.map("ProvisionedThroughput")?;
    table.provisioned = provisioned(billing.as_deref(), units.as_ref())?;
    for tag in parameters.list("Tags")?.unwrap_or_default() {
        let part = |name: &str| tag[name].as_str().unwrap_or_default();
        table = table.tag(part("Key"), part("Value"));
    }
    let streams = parameters.map("StreamSpecification")?.unwrap_or_default();
    table.streams = streams.get("StreamEnabled") == Some(&Value::Bool(true));
    table.protected = parameters
        .flag("DeletionProtectionEnabled")?
        .unwrap_or(false);
    Ok(table)
}

fn add(state: &mut State, mut table: Table, takes: Duration) {
    "CREATING".clone_into(&mut table.status);
    let name = table.name.clone();
    let id = state.table_id();
    let mut hosted = Hosted::new(table, id);
    hosted.changing = Some(state.now() + takes);
    state.tables.insert(name, hosted);
}

/// Deletes a table with all its items.
pub(in crate::dynamodb) fn delete(
    state: &mut State,
    options: &Options,
    mut parameters: Parameters,
) -> Result<Value, Refusal> {
    let given = parameters.required("TableName", Rule::Filled)?;
    parameters.finish()?;
    let name = describe::name_of(&given).to_owned();
    let mut description = describe::described(state, options, &name)?;
    let until = state.now() + options.deleting;
    let Some(hosted) = state.tables.get_mut(&name) else {
        return Err(Refusal::no_table());
    };
    match hosted.table.status.as_str() {
        "CREATING" | "UPDATING" => {
            let message = format!(
                "Attempt to change a resource which is still in use: Table is being {}: {name}",
                if hosted.table.status == "CREATING" {
                    "created"
                } else {
                    "updated"
                }
            );
            return Err(Refusal::new("ResourceInUseException", message));
        }
        "DELETING" => {}
        _ if hosted.table.protected => {
            return Err(Refusal::invalid(
                "Resource cannot be deleted as it is currently protected against deletion. Disable deletion \
                 protection first.",
            ));
        }
        _ => {
            "DELETING".clone_into(&mut hosted.table.status);
            hosted.changing = Some(until);
        }
    }
    description["TableStatus"] = json!("DELETING");
    Ok(json!({ "TableDescription": description }))
}

/// The types of the attributes that are keys.
struct Kinds(Vec<(String, String)>);

impl Kinds {
    fn parse(parameters: &mut Parameters) -> Result<Self, Refusal> {
        let Some(definitions) = parameters.list("AttributeDefinitions")? else {
            parameters.breaks("null", "AttributeDefinitions", "Member must not be null");
            return Ok(Self(Vec::new()));
        };
        let mut kinds = Vec::new();
        for definition in &definitions {
            let part = |name: &str| definition[name].as_str().unwrap_or_default().to_owned();
            let kind = part("AttributeType");
            if !["S", "N", "B"].contains(&kind.as_str()) {
                let constraint = "Member must satisfy enum value set: [B, N, S]";
                let path = "attributeDefinitions.1.member.attributeType";
                parameters.breaks(&format!("'{kind}'"), path, constraint);
            }
            kinds.push((part("AttributeName"), kind));
        }
        Ok(Self(kinds))
    }

    /// The keys of a schema with their types.
    fn keys(&self, schema: &[Value]) -> Result<Vec<(String, String)>, Refusal> {
        let mut keys: Vec<(String, String)> = Vec::new();
        let roles = schema.iter().map(|element| element["KeyType"].as_str());
        if !roles.eq([Some("HASH"), Some("RANGE")]
            .into_iter()
            .take(schema.len().max(1)))
        {
            return Err(Refusal::invalid(
                "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
            ));
        }
        for element in schema {
            let name = element["AttributeName"].as_str().unwrap_or_default();
            let Some((_, kind)) = self.0.iter().find(|(defined, _)| defined == name) else {
                let known: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
                let known = known.join(", ");
                return Err(Refusal::invalid(format!(
                    "One or more parameter values were invalid: Some index key attributes are not defined in \
                     AttributeDefinitions. Keys: [{name}], AttributeDefinitions: [{known}]"
                )));
            };
            keys.push((name.to_owned(), kind.clone()));
        }
        if keys.len() == 2 && keys.first() == keys.last() {
            let message =
                "Both the Hash Key and the Range Key element in the KeySchema have the same name";
            return Err(Refusal::invalid(message));
        }
        Ok(keys)
    }

    /// Refuses definitions of attributes that are no keys.
    fn check_all_used(&self, table: &Table) -> Result<(), Refusal> {
        let indexed = table.indexes.iter().flat_map(|index| &index.keys);
        let keys: Vec<&String> = table
            .keys
            .iter()
            .chain(indexed)
            .map(|(name, _)| name)
            .collect();
        if self.0.iter().all(|(name, _)| keys.contains(&name)) {
            return Ok(());
        }
        Err(Refusal::invalid(
            "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match \
             number of attributes defined in AttributeDefinitions",
        ))
    }
}

fn provisioned(
    billing: Option<&str>,
    units: Option<&Map<String, Value>>,
) -> Result<Option<(u64, u64)>, Refusal> {
    let words = match (billing, units) {
        (Some("PAY_PER_REQUEST"), None) => return Ok(None),
        (Some("PAY_PER_REQUEST"), Some(_)) => {
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
        }
        (_, Some(units)) => {
            let part = |name: &str| units.get(name).and_then(Value::as_u64).unwrap_or(1);
            return Ok(Some((
                part("ReadCapacityUnits"),
                part("WriteCapacityUnits"),
            )));
        }
        (_, None) => {
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        }
    };
    Err(Refusal::invalid(format!(
        "One or more parameter values were invalid: {words}"
    )))
}
