//! What the service tells about tables.

use serde_json::{Value, json};

use super::Options;
use super::export::seconds;
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::rule::Rule;
use super::start::unavailable;
use super::state::State;
use super::table::{Hosted, PointInTimeRecovery};

/// The most names on a page.
const NAMES: usize = 100;

/// The most tags on a page.
const TAGS: usize = 10;

/// The name in a parameter that may be a name or an ARN.
fn name_of(parameter: &str) -> &str {
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
    let name = name_of(&given);
    let Some(hosted) = state.tables.get(name) else {
        let message = format!("Requested resource not found: Table: {name} not found");
        return Err(Refusal::new("ResourceNotFoundException", message));
    };
    Ok(json!({ "Table": description(state, options, hosted) }))
}

fn description(state: &State, options: &Options, hosted: &Hosted) -> Value {
    let table = &hosted.table;
    let attributes = table
        .keys
        .iter()
        .map(|(name, kind)| json!({ "AttributeName": name, "AttributeType": kind }));
    let keys = table
        .keys
        .iter()
        .zip(["HASH", "RANGE"])
        .map(|((name, _), role)| json!({ "AttributeName": name, "KeyType": role }));
    let items = hosted.history.before(state.now());
    let bytes: usize = items.values().map(|item| item.to_string().len()).sum();
    json!({
        "AttributeDefinitions": attributes.collect::<Vec<_>>(),
        "BillingModeSummary": { "BillingMode": "PAY_PER_REQUEST" },
        "CreationDateTime": seconds(table.created),
        "DeletionProtectionEnabled": false,
        "ItemCount": items.len(),
        "KeySchema": keys.collect::<Vec<_>>(),
        "ProvisionedThroughput": {
            "NumberOfDecreasesToday": 0,
            "ReadCapacityUnits": 0,
            "WriteCapacityUnits": 0,
        },
        "TableArn": arn(options, &table.name),
        "TableId": hosted.id,
        "TableName": table.name,
        "TableSizeBytes": bytes,
        "TableStatus": table.status,
    })
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

/// `ListTagsOfResource`.
pub(super) fn tags(
    state: &State,
    options: &Options,
    mut parameters: Parameters,
) -> Result<Value, Refusal> {
    let given = parameters.required("ResourceArn", Rule::Filled)?;
    let token = parameters.text("NextToken", Rule::Filled)?;
    parameters.finish()?;
    if !given.starts_with("arn:") {
        let message = format!("Invalid ResourceArn: Invalid ResourceArn provided as input {given}");
        return Err(Refusal::invalid(message));
    }
    let hosted = state.tables.get(name_of(&given));
    let Some(hosted) = hosted.filter(|hosted| arn(options, &hosted.table.name) == given) else {
        let message = format!("Requested resource not found: ResourcArn: {given} not found");
        return Err(Refusal::new("ResourceNotFoundException", message));
    };
    let from = token.and_then(|token| token.parse().ok()).unwrap_or(0);
    let mut tags = hosted
        .table
        .tags
        .iter()
        .skip(from)
        .map(|(key, value)| json!({ "Key": key, "Value": value }));
    let page: Vec<Value> = tags.by_ref().take(TAGS).collect();
    let mut answer = json!({ "Tags": page });
    if tags.next().is_some() {
        answer["NextToken"] = json!((from + TAGS).to_string());
    }
    Ok(answer)
}
