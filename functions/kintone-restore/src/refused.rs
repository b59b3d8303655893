//! What Kintone does not know of a bulk that it refused: people who left, lookup keys that are gone.

use std::collections::{BTreeMap, BTreeSet};

use cloud_store::Put;
use kintone_client::{BulkError, Cause, Field, FieldType};
use serde::Serialize;
use serde_json::Value;

use crate::bulk::Bulk;
use crate::edits::{edits, refusal};
use crate::error::RestoreError;
use crate::journal::Sent;
use crate::leave_out::LeaveOut;
use crate::missing::{absent_keys, unknown_people};
use crate::pointers::all;
use crate::work::Work;

/// People of one field who are asked for, at most.
const MOST_PEOPLE: usize = 200;

/// A value that Kintone may have refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
struct Suspect {
    /// The record's name in the backup.
    record: String,
    field: String,
    value: String,
}

/// What a person needs to go on.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    /// Ready to be sent.
    leave_out: &'a LeaveOut,
    /// Whether each of them is surely unknown; if not, some of them are.
    is_sure: bool,
    values: &'a [Suspect],
}

/// Why `bulk`, in which `sent` was sent, was refused: with the records that others edited, or the fields and values that Kintone does not know, where it is that.
pub(crate) async fn explained(
    work: &Work<'_>,
    bulk: &Bulk,
    sent: &[Sent],
    source: BulkError,
) -> RestoreError {
    let cause = source.client_error().cause();
    if cause == Cause::Conflict {
        return conflict(work, bulk, sent, source).await;
    }
    if !matches!(cause, Cause::UnknownPerson | Cause::LookupFailed) {
        return bulk.refused(source);
    }
    match unknown(work, bulk, &source, cause).await {
        Ok(Some((fields, object))) => RestoreError::Unknown {
            fields,
            object,
            source: Box::new(bulk.refused(source)),
        },
        Ok(None) => bulk.refused(source),
        Err(error) => {
            tracing::warn!(%error, "which values Kintone does not know could not be found out");
            bulk.refused(source)
        }
    }
}

/// Somebody has edited records since they were looked up.
async fn conflict(work: &Work<'_>, bulk: &Bulk, sent: &[Sent], source: BulkError) -> RestoreError {
    match edits(work, sent).await {
        Ok(edits) if !edits.is_empty() => refusal(work, edits),
        Ok(_) => bulk.refused(source),
        Err(error) => {
            tracing::warn!(%error, "which records were edited could not be found out");
            bulk.refused(source)
        }
    }
}

/// The fields of what is unknown, and the object that lists the values.
async fn unknown(
    work: &Work<'_>,
    bulk: &Bulk,
    source: &BulkError,
    cause: Cause,
) -> Result<Option<(Vec<String>, String)>, RestoreError> {
    let suspects = suspects(work, bulk, source, cause)?;
    let proven = match cause {
        Cause::LookupFailed => missing_keys(work, &suspects).await?,
        _ => people_who_left(work, &suspects).await?,
    };
    let is_sure = !proven.is_empty();
    let values = if is_sure { proven } else { suspects };
    let mut leave_out = BTreeMap::<String, BTreeSet<String>>::new();
    for suspect in &values {
        let of_field = leave_out.entry(suspect.field.clone()).or_default();
        of_field.insert(suspect.value.clone());
    }
    let leave_out: LeaveOut = leave_out
        .into_iter()
        .map(|(field, values)| (field, values.into_iter().collect()))
        .collect();
    if leave_out.is_empty() {
        return Ok(None);
    }
    let report = Report {
        leave_out: &leave_out,
        is_sure,
        values: &values,
    };
    let name = format!("{}.refused.json", work.stem);
    let content = serde_json::to_vec_pretty(&report).map_err(RestoreError::Record)?;
    let put = Put::new("application/json");
    work.day.put(&name, content, &put).await?;
    let names: BTreeSet<&str> = values.iter().map(|value| value.record.as_str()).collect();
    let some: Vec<&str> = names.into_iter().take(5).collect();
    let some = some.join(", ");
    let fields = leave_out.keys();
    let fields = fields.map(|field| format!("{field} (such as in record {some})"));
    Ok(Some((fields.collect(), work.day.url(&name))))
}

/// All values of the refused records that may be the ones.
fn suspects(
    work: &Work<'_>,
    bulk: &Bulk,
    source: &BulkError,
    cause: Cause,
) -> Result<Vec<Suspect>, RestoreError> {
    let is_suspect = |field: &Field| match cause {
        Cause::LookupFailed => field.lookup.is_some(),
        _ => is_person(&field.kind),
    };
    let fields = work.form.properties.iter();
    let inner = fields.clone().flat_map(|field| &field.fields);
    let codes = fields.chain(inner).filter(|field| is_suspect(field));
    let codes: BTreeSet<&str> = codes.map(|field| field.code.as_str()).collect();
    let mut found = BTreeSet::new();
    for (name, json) in bulk.refused_records(source) {
        let record: Value = serde_json::from_str(json).map_err(RestoreError::Record)?;
        gather(&record, &codes, name, &mut found);
    }
    Ok(found.into_iter().collect())
}

fn is_person(kind: &FieldType) -> bool {
    matches!(
        kind,
        FieldType::UserSelect
            | FieldType::OrganizationSelect
            | FieldType::GroupSelect
            | FieldType::Creator
            | FieldType::Modifier
    )
}

fn gather(fields: &Value, codes: &BTreeSet<&str>, name: &str, found: &mut BTreeSet<Suspect>) {
    for (code, field) in fields.as_object().into_iter().flatten() {
        let value = &field["value"];
        let rows = value.as_array().into_iter().flatten();
        for row in rows.filter(|row| row["value"].is_object()) {
            gather(&row["value"], codes, name, found);
        }
        if !codes.contains(code.as_str()) {
            continue;
        }
        let several = value.as_array().into_iter().flatten();
        for value in several.chain(std::iter::once(value)) {
            let text = value.as_str().or_else(|| value["code"].as_str());
            if let Some(value) = text.filter(|text| !text.is_empty()) {
                found.insert(Suspect {
                    record: name.to_owned(),
                    field: code.clone(),
                    value: value.to_owned(),
                });
            }
        }
    }
}

/// Those of `suspects` that Kintone does not know when it is asked for their records.
async fn people_who_left(
    work: &Work<'_>,
    suspects: &[Suspect],
) -> Result<Vec<Suspect>, RestoreError> {
    let mut gone = Vec::new();
    for (field, people) in by_field(suspects) {
        let some = &people[..people.len().min(MOST_PEOPLE)];
        let unknown = unknown_people(work.client, work.app(), field, some).await?;
        gone.extend(of(suspects, field, &unknown.unwrap_or_default()));
    }
    Ok(gone)
}

/// Those of `suspects` that are not in the apps that they are looked up in.
async fn missing_keys(work: &Work<'_>, suspects: &[Suspect]) -> Result<Vec<Suspect>, RestoreError> {
    let mut missing = Vec::new();
    for (code, keys) in by_field(suspects) {
        let mut fields = all(&work.form.properties);
        let field = fields.find(|field| field.code == code);
        if let Some(lookup) = field.and_then(|field| field.lookup.as_ref()) {
            let absent = absent_keys(work.client, lookup, &keys).await?;
            missing.extend(of(suspects, code, &absent.unwrap_or_default()));
        }
    }
    Ok(missing)
}

/// The values of `suspects`, each once, by their fields.
fn by_field(suspects: &[Suspect]) -> BTreeMap<&str, Vec<&str>> {
    let mut fields = BTreeMap::<&str, BTreeSet<&str>>::new();
    for suspect in suspects {
        let values = fields.entry(&suspect.field).or_default();
        values.insert(&suspect.value);
    }
    let fields = fields.into_iter();
    fields
        .map(|(field, values)| (field, values.into_iter().collect()))
        .collect()
}

/// Those of `suspects` that are of `field` and have one of `values`.
fn of<'a>(
    suspects: &'a [Suspect],
    field: &'a str,
    values: &'a BTreeSet<String>,
) -> impl Iterator<Item = Suspect> + 'a {
    let of_field = suspects.iter().filter(move |one| one.field == field);
    of_field.filter(|one| values.contains(&one.value)).cloned()
}
