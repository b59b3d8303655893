//! What the service tells about tables.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Options;
use super::data::item_bytes;
use super::export::seconds;
use super::hosted::Hosted;
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::rule::Rule;
use super::start::unavailable;
use super::state::State;
use super::table::{Index, PointInTimeRecovery, Table};

/// The most names on a page.
const NAMES: usize = 100;

/// The name in a parameter that may be a name or an ARN.
pub(super) fn name_of(parameter: &str) -> &str {
    parameter.rsplit('/').next().unwrap_or(parameter)
}

/// `DescribeTable`.
pub(super) fn table(
    state: &State,
    options: &Options,
    mut parameters: Parameters,
) -> Result<Value, Refusal> {
    let given = parameters.required("TableName", Rule::Filled)?;
    parameters.finish()?;
    let description = described(state, options, name_of(&given))?;
    Ok(json!({ "Table": description }))
}

/// The description of a table that is there.
pub(super) fn described(state: &State, options: &Options, name: &str) -> Result<Value, Refusal> {
    let Some(hosted) = state.tables.get(name) else {
        let message = format!("Requested resource not found: Table: {name} not found");
        return Err(Refusal::new("ResourceNotFoundException", message));
    };
    let counted = Counted::of(hosted, state.now(), options);
    let table = &hosted.table;
    let (read, write) = table.provisioned.unwrap_or_default();
    let mut description = json!({
        "AttributeDefinitions": definitions(table),
        "CreationDateTime": seconds(table.created),
        "DeletionProtectionEnabled": table.protected,
        "ItemCount": counted.items,
        "KeySchema": schema(&table.keys),
        "ProvisionedThroughput": {
            "NumberOfDecreasesToday": 0,
            "ReadCapacityUnits": read,
            "WriteCapacityUnits": write,
        },
        "TableArn": arn(options, &table.name),
        "TableId": hosted.id,
        "TableName": table.name,
        "TableSizeBytes": counted.bytes,
        "TableStatus": table.status,
    });
    // A table that was provisioned from the start has no summary.
    if table.provisioned.is_none() {
        description["BillingModeSummary"] = json!({ "BillingMode": "PAY_PER_REQUEST" });
    }
    if table.streams {
        let views = json!({ "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" });
        description["StreamSpecification"] = views;
    }
    for (local, name) in [
        (false, "GlobalSecondaryIndexes"),
        (true, "LocalSecondaryIndexes"),
    ] {
        let indexes = table.indexes.iter().filter(|index| index.local == local);
        let indexes = indexes.map(|index| index_description(index, table, options, &counted));
        let indexes: Vec<Value> = indexes.collect();
        if !indexes.is_empty() {
            description[name] = json!(indexes);
        }
    }
    Ok(description)
}

/// What a table held when it was counted last.
struct Counted {
    items: usize,
    bytes: usize,
}

impl Counted {
    fn of(hosted: &Hosted, now: Timestamp, options: &Options) -> Self {
        let items = hosted.history.before(now - options.count_lag);
        let bytes = items.values().filter_map(|item| item.as_object());
        Self {
            items: items.len(),
            bytes: bytes.map(item_bytes).sum(),
        }
    }
}

fn schema(keys: &[(String, String)]) -> Value {
    let roles = keys.iter().zip(["HASH", "RANGE"]);
    roles
        .map(|((name, _), role)| json!({ "AttributeName": name, "KeyType": role }))
        .collect()
}

/// The types of all attributes that are keys, each once.
fn definitions(table: &Table) -> Value {
    let indexed = table.indexes.iter().flat_map(|index| &index.keys);
    let kinds: BTreeMap<_, _> = table.keys.iter().chain(indexed).cloned().collect();
    kinds
        .iter()
        .map(|(name, kind)| json!({ "AttributeName": name, "AttributeType": kind }))
        .collect()
}

fn index_description(index: &Index, table: &Table, options: &Options, counted: &Counted) -> Value {
    let (name, table_arn) = (&index.name, arn(options, &table.name));
    let mut description = json!({
        "IndexArn": format!("{table_arn}/index/{name}"),
        "IndexName": name,
        "IndexSizeBytes": counted.bytes,
        "ItemCount": counted.items,
        "KeySchema": schema(&index.keys),
        "Projection": { "ProjectionType": "ALL" },
    });
    if !index.local {
        description["IndexStatus"] = json!(table.status);
    }
    description
}

/// `DescribeTimeToLive`.
pub(super) fn time_to_live(state: &State, mut parameters: Parameters) -> Result<Value, Refusal> {
    let given = parameters.required("TableName", Rule::Filled)?;
    parameters.finish()?;
    let name = name_of(&given);
    let Some(hosted) = state.tables.get(name) else {
        let message = format!("Requested resource not found: Table: {name} not found");
        return Err(Refusal::new("ResourceNotFoundException", message));
    };
    Ok(
        json!({ "TimeToLiveDescription": match &hosted.table.time_to_live {
            None => json!({ "TimeToLiveStatus": "DISABLED" }),
            Some(name) => json!({ "TimeToLiveStatus": "ENABLED", "AttributeName": name }),
        }}),
    )
}

/// A table's ARN.
pub(super) fn arn(options: &Options, name: &str) -> String {
    let Options {
        region, account, ..
    } = options;
    format!("arn:aws:dynamodb:{region}:{account}:table/{name}")
}

/// `ListTables`.
pub(super) fn tables(state: &State, mut parameters: Parameters) -> Result<Value, Refusal> {
    let after = parameters.text("ExclusiveStartTableName", Rule::Filled)?;
    let most = parameters.count("Limit", NAMES)?.unwrap_or(NAMES);
    parameters.finish()?;
    let mut names = state.tables.keys().filter(|name| {
        let after = after.as_deref();
        after.is_none_or(|after| name.as_str() > after)
    });
    let page: Vec<&String> = names.by_ref().take(most).collect();
    let mut answer = json!({ "TableNames": page });
    if names.next().is_some() {
        answer["LastEvaluatedTableName"] = json!(page.last());
    }
    Ok(answer)
}

/// `DescribeContinuousBackups`.
pub(super) fn backups(state: &State, mut parameters: Parameters) -> Result<Value, Refusal> {
    let given = parameters.required("TableName", Rule::Filled)?;
    parameters.finish()?;
    let name = name_of(&given);
    let hosted = state.table(name, name)?;
    Ok(continuous_backups(state, hosted))
}

fn continuous_backups(state: &State, hosted: &Hosted) -> Value {
    let window = hosted.recovery.window(state.now());
    let recovery = match window {
        None => json!({ "PointInTimeRecoveryStatus": "DISABLED" }),
        Some((earliest, latest)) => json!({
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": 35,
            "EarliestRestorableDateTime": seconds(earliest),
            "LatestRestorableDateTime": seconds(latest),
        }),
    };
    let unavailable = hosted.recovery == PointInTimeRecovery::Unavailable;
    json!({ "ContinuousBackupsDescription": {
        "ContinuousBackupsStatus": if unavailable { "DISABLED" } else { "ENABLED" },
        "PointInTimeRecoveryDescription": recovery,
    }})
}

/// `UpdateContinuousBackups`.
pub(super) fn update_backups(
    state: &mut State,
    mut parameters: Parameters,
) -> Result<Value, Refusal> {
    let given = parameters.required("TableName", Rule::Filled)?;
    let specification = parameters.structure("PointInTimeRecoverySpecification")?;
    let wanted = match &specification {
        None => None,
        Some(inner) => inner.flag("PointInTimeRecoveryEnabled")?,
    };
    parameters.finish()?;
    let Some(wanted) = wanted else {
        return Err(Refusal::invalid(
            "1 validation error detected: Value null at \
             'pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled' failed to satisfy constraint: \
             Member must not be null",
        ));
    };
    let name = name_of(&given);
    let now = state.now();
    let hosted = state.table(name, name)?;
    let recovery = match (hosted.recovery, wanted) {
        (PointInTimeRecovery::Unavailable, _) => return Err(unavailable(name)),
        (_, false) => PointInTimeRecovery::Off,
        (PointInTimeRecovery::Off, true) => PointInTimeRecovery::On { earliest: now },
        (on, true) => on,
    };
    if let Some(hosted) = state.tables.get_mut(name) {
        hosted.recovery = recovery;
    }
    Ok(continuous_backups(state, state.table(name, name)?))
}
