//! People and lookup keys that Kintone does not know.

use std::collections::{BTreeMap, BTreeSet};

use kintone_client::limits::{PAGE_RECORDS, WRITE_RECORDS};
use kintone_client::{Client, ClientError, FieldType, FormFields, Lookup, PageRequest};

use crate::error::RestoreError;
use crate::find::{key_of, quoted};
use crate::identity::number;
use crate::leave_out::LeaveOut;
use crate::pointers::all;
use crate::survey::Distinct;

/// Values of one field that are found to be missing, at most: each of the people costs a few requests.
const MOST_MISSING: usize = 100;

/// What is known of the values of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// Kintone knows them, but for these.
    But {
        missing: BTreeSet<String>,
        /// Whether all of them were looked for.
        is_whole: bool,
    },
    /// The token may not look, or Kintone does not tell.
    Untold,
}

/// What is known of the values of fields, by their codes.
pub(crate) type Knowledge = BTreeMap<String, Known>;

/// Fields whose values may be looked for, by their codes.
pub(crate) type Sought = BTreeMap<String, Place>;

/// Where a value must be known.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// In the app that is looked up.
    Lookup(Lookup),
    /// Among the users of the domain. Of organisations and groups no search tells whether they are there.
    People,
}

/// The fields of `form` whose values may be looked for. Keys of apps for which `is_coming` holds are not there yet.
pub(crate) fn sought(form: &FormFields, is_coming: impl Fn(&str, u64) -> bool) -> Sought {
    let fields = all(&form.properties).filter_map(|field| {
        let place = match (&field.lookup, &field.kind) {
            (Some(lookup), _) if is_coming(&field.code, lookup.related_app) => return None,
            (Some(lookup), _) => Place::Lookup(lookup.clone()),
            (None, FieldType::UserSelect | FieldType::Creator | FieldType::Modifier) => {
                Place::People
            }
            (None, _) => return None,
        };
        Some((field.code.clone(), place))
    });
    fields.collect()
}

/// Looks for the `distinct` values of each field before anything is written into `app`.
///
/// # Errors
/// Kintone can't be asked at all.
pub(crate) async fn knowledge(
    client: &Client,
    app: u64,
    sought: &Sought,
    distinct: &BTreeMap<String, Distinct>,
) -> Result<Knowledge, RestoreError> {
    let mut knowledge = Knowledge::new();
    for (code, distinct) in distinct {
        let values: Vec<&str> = distinct.values.iter().map(String::as_str).collect();
        let missing = match sought.get(code) {
            Some(Place::Lookup(lookup)) => absent_keys(client, lookup, &values).await?,
            Some(Place::People) => unknown_people(client, app, code, &values).await?,
            None => continue,
        };
        let known = missing.map_or(Known::Untold, |missing| Known::But {
            is_whole: !distinct.is_cut && missing.len() < MOST_MISSING,
            missing,
        });
        knowledge.insert(code.clone(), known);
    }
    Ok(knowledge)
}

/// The `leaveOut` that would go on without what is missing.
pub(crate) fn leave_out(knowledge: &Knowledge) -> LeaveOut {
    let missing = knowledge.iter().filter_map(|(code, known)| match known {
        Known::But { missing, .. } if !missing.is_empty() => {
            Some((code.clone(), missing.iter().cloned().collect()))
        }
        _ => None,
    });
    missing.collect()
}

/// Those of `keys` that no record of the app has that is looked up; `None` where that may not be asked.
pub(crate) async fn absent_keys(
    client: &Client,
    lookup: &Lookup,
    keys: &[&str],
) -> Result<Option<BTreeSet<String>>, RestoreError> {
    let mut absent = BTreeSet::new();
    for keys in keys.chunks(WRITE_RECORDS) {
        let mut open: BTreeSet<&str> = keys.iter().copied().collect();
        // A page may be full of records that share a key. Each tells of one key at least, so this comes to an end.
        while !open.is_empty() && absent.len() < MOST_MISSING {
            let Some((there, is_last)) = keys_there(client, lookup, &open).await? else {
                return Ok(None);
            };
            let before = open.len();
            open.retain(|key| !there.contains(*key) && !has_number(&there, key));
            if is_last {
                absent.extend(std::mem::take(&mut open).into_iter().map(str::to_owned));
            } else if open.len() == before {
                // What Kintone finds by other rules than these proves nothing.
                break;
            }
        }
    }
    Ok(Some(absent))
}

/// The keys of one page of the records that have one of `keys`, and whether there are no more such records.
async fn keys_there(
    client: &Client,
    lookup: &Lookup,
    keys: &BTreeSet<&str>,
) -> Result<Option<(BTreeSet<String>, bool)>, RestoreError> {
    let code = &lookup.related_key_field;
    let keys: Vec<&str> = keys.iter().copied().collect();
    let request = PageRequest {
        app: lookup.related_app,
        condition: Some(format!("{code} in ({})", quoted(&keys))),
        fields: vec!["$id".to_owned(), code.clone()],
        ..PageRequest::default()
    };
    let page = match client.page(&request).await {
        Ok(page) => page,
        Err(ClientError::Refused { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut there = BTreeSet::new();
    for record in page.iter() {
        let record = record?;
        there.insert(record.id.to_string());
        there.extend(key_of(&record, code));
    }
    Ok(Some((there, page.len() < PAGE_RECORDS)))
}

/// Whether `key` is a record number, with an app code or without, of a record that is there.
fn has_number(there: &BTreeSet<String>, key: &str) -> bool {
    number(key).is_some_and(|(_, id)| there.contains(&id.to_string()))
}

/// Those of `people` whom Kintone does not know when it is asked for their records in `app`; `None` where it does not tell.
pub(crate) async fn unknown_people(
    client: &Client,
    app: u64,
    field: &str,
    people: &[&str],
) -> Result<Option<BTreeSet<String>>, RestoreError> {
    let mut unknown = BTreeSet::new();
    let mut parts: Vec<&[&str]> = people.chunks(WRITE_RECORDS).collect();
    while let Some(part) = parts.pop()
        && unknown.len() < MOST_MISSING
    {
        let request = PageRequest {
            app,
            condition: Some(format!("{field} in ({})", quoted(part))),
            fields: vec!["$id".to_owned()],
            up_to: Some(1),
            ..PageRequest::default()
        };
        match client.page(&request).await {
            Ok(_) => {}
            Err(ClientError::Refused { refusal, .. }) if refusal.code == UNKNOWN_PERSON => {
                if let [person] = part {
                    unknown.insert((*person).to_owned());
                } else {
                    let (left, right) = part.split_at(part.len() / 2);
                    parts.extend([left, right]);
                }
            }
            // A field that can't be searched so proves nothing.
            Err(ClientError::Refused { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Some(unknown))
}

/// The refusal of a filter that names somebody whom Kintone does not know. Source: docs/observed/kintone.md.
const UNKNOWN_PERSON: &str = "GAIA_IL42";
