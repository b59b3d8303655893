//! A bulk as the service wants it.

use serde::{Serialize, Serializer};

use super::{Change, RecordBody, Target, Write};
use crate::error::ClientError;
use crate::limits;

/// What a request takes besides its records, about.
const REQUEST_BYTES: usize = 128;
/// What a record takes besides its fields, about: its id or its key.
const RECORD_BYTES: usize = 64;

/// The body of `bulkRequest.json`; `api` is the path of `records.json`.
pub(crate) fn body(api: &str, writes: &[Write<'_>]) -> Result<Vec<u8>, ClientError> {
    let invalid = |reason: String| ClientError::Option {
        option: "bulk",
        reason,
    };
    if !(1..=limits::BULK_REQUESTS).contains(&writes.len()) {
        return Err(invalid(format!(
            "{} requests; a bulk takes 1 to {}",
            writes.len(),
            limits::BULK_REQUESTS
        )));
    }
    if let Some((index, write)) = writes
        .iter()
        .enumerate()
        .find(|(_, write)| !(1..=limits::WRITE_RECORDS).contains(&write.len()))
    {
        return Err(invalid(format!(
            "request {index} has {} records; it takes 1 to {}",
            write.len(),
            limits::WRITE_RECORDS
        )));
    }
    let requests = writes.iter().map(|write| Request {
        method: write.method(),
        api,
        payload: write,
    });
    let body = Body {
        requests: requests.collect(),
    };
    // It may be megabytes: growing by doubling would copy all of it, and take up to twice its size.
    let mut json = Vec::with_capacity(writes.iter().map(size_bytes).sum());
    match serde_json::to_writer(&mut json, &body) {
        Ok(()) => Ok(json),
        Err(error) => Err(invalid(format!("it is no JSON: {error}"))),
    }
}

/// About how many bytes a request takes.
fn size_bytes(write: &Write<'_>) -> usize {
    let records: usize = match write {
        Write::Insert { records, .. } => records.iter().map(|record| record.json().len()).sum(),
        Write::Update { records, .. } => {
            let records = records.iter();
            records.map(|change| change.record.json().len()).sum()
        }
        Write::Delete { .. } => 0,
    };
    REQUEST_BYTES + write.len() * RECORD_BYTES + records
}

#[derive(Serialize)]
struct Body<'a> {
    requests: Vec<Request<'a>>,
}

#[derive(Serialize)]
struct Request<'a> {
    method: &'static str,
    api: &'a str,
    payload: &'a Write<'a>,
}

impl Serialize for Write<'_> {
    fn serialize<S: Serializer>(&self, json: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Insert { app, records } => Payload {
                app: *app,
                upsert: false,
                records,
            }
            .serialize(json),
            Self::Update {
                app,
                records,
                upsert,
            } => Payload {
                app: *app,
                upsert: *upsert,
                records: &records.iter().map(Changing::of).collect::<Vec<_>>(),
            }
            .serialize(json),
            Self::Delete { app, ids } => Deletion { app: *app, ids }.serialize(json),
        }
    }
}

#[derive(Serialize)]
struct Payload<'a, T> {
    app: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    upsert: bool,
    records: &'a [T],
}

#[derive(Serialize)]
struct Deletion<'a> {
    app: u64,
    ids: &'a [u64],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Changing<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    update_key: Option<Key<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    record: &'a RecordBody,
}

#[derive(Serialize)]
struct Key<'a> {
    field: &'a str,
    value: &'a str,
}

impl<'a> Changing<'a> {
    fn of(change: &'a Change) -> Self {
        let (id, update_key) = match &change.target {
            Target::Id(id) => (Some(*id), None),
            Target::Key { field, value } => (None, Some(Key { field, value })),
        };
        Self {
            id,
            update_key,
            revision: change.revision,
            record: &change.record,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(text: &str) -> RecordBody {
        RecordBody::from_json(text.to_owned()).unwrap()
    }

    #[test]
    fn a_bulk_is_written_as_the_service_wants_it() {
        let added = [record(r#"{"a":{"value":"1"}}"#)];
        let changed = [
            Change {
                target: Target::Id(7),
                revision: Some(2),
                record: record("{}"),
            },
            Change {
                target: Target::Key {
                    field: "key".to_owned(),
                    value: "k\"1".to_owned(),
                },
                revision: None,
                record: record("{}"),
            },
        ];
        let writes = [
            Write::Insert {
                app: 1,
                records: &added,
            },
            Write::Update {
                app: 1,
                records: &changed,
                upsert: true,
            },
            Write::Delete { app: 2, ids: &[3] },
        ];
        let body = body("/k/v1/records.json", &writes).unwrap();
        let expected = concat!(
            r#"{"requests":[{"method":"POST","api":"/k/v1/records.json","payload":{"app":1,"records":[{"a":{"value":"1"}}]}},"#,
            r#"{"method":"PUT","api":"/k/v1/records.json","payload":{"app":1,"upsert":true,"records":[{"id":7,"revision":2,"record":{}},"#,
            r#"{"updateKey":{"field":"key","value":"k\"1"},"record":{}}]}},"#,
            r#"{"method":"DELETE","api":"/k/v1/records.json","payload":{"app":2,"ids":[3]}}]}"#,
        );
        assert_eq!(String::from_utf8(body).unwrap(), expected);
    }

    #[test]
    fn more_than_a_bulk_takes_is_refused_before_anything_is_sent() {
        let one = [1];
        let many: Vec<u64> = (1..=101).collect();
        let delete = |ids| Write::Delete { app: 1, ids };
        for writes in [
            vec![],
            vec![delete(&one); 21],
            vec![delete(&many)],
            vec![delete(&[])],
        ] {
            let error = body("", &writes).unwrap_err();
            assert!(error.to_string().contains("1 to "), "{error}");
        }
    }
}
