//! Saved records looked up in the app.

use std::collections::HashMap;

use kintone_client::{PageRequest, Record, Value};

use crate::contents::{are_same, files};
use crate::error::RestoreError;
use crate::request::Mode;
use crate::source::Saved;
use crate::work::Work;

/// A record of the app that a saved one stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) id: u64,
    /// Rises with every edit, by whomever.
    pub(crate) revision: u64,
    /// Whether it is like the saved one, in the sense of the [`Look`].
    pub(crate) is_same: bool,
}

/// What is to be known of the records that are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Which they are: their numbers and revisions. None is the same.
    Which,
    /// Whether writing would leave them as they are, files included.
    Equal,
    /// Whether they are what writing leads to, as far as that is sure.
    Written,
}

impl Look {
    /// What `mode` must know of a record before it is written over.
    pub(crate) fn of(mode: Mode) -> Self {
        match mode {
            Mode::Insert | Mode::Upsert => Self::Which,
            Mode::ReplaceChanged => Self::Equal,
        }
    }
}

/// Looks up `records`, at most 500, by their key or their number; gives what was found, in their order.
///
/// What is gone under its number may be there under the one that a former restore of the same app gave it.
///
/// # Errors
/// The app can't be asked.
pub(crate) async fn find(
    work: &Work<'_>,
    records: &[Saved],
    look: Look,
) -> Result<Vec<Option<Found>>, RestoreError> {
    let mut wanted = HashMap::new();
    for (at, saved) in records.iter().enumerate() {
        if let Some(key) = key(work, saved)? {
            wanted.insert(key, at);
        }
    }
    let mut found = vec![None; records.len()];
    look_up(work, records, look, &wanted, &mut found).await?;
    if work.restore.is_by_number() {
        let gone = (0..records.len()).filter(|at| found[*at].is_none());
        let moved =
            gone.filter_map(|at| Some((work.former.new_id(records[at].old)?.to_string(), at)));
        let moved = moved.collect();
        look_up(work, records, look, &moved, &mut found).await?;
    }
    Ok(found)
}

/// Looks up the records at the places in `wanted`, by what is before them.
async fn look_up(
    work: &Work<'_>,
    records: &[Saved],
    look: Look,
    wanted: &HashMap<String, usize>,
    found: &mut [Option<Found>],
) -> Result<(), RestoreError> {
    if wanted.is_empty() {
        return Ok(());
    }
    let request = request(work, look, wanted);
    let page = work.client.page(&request).await?;
    let mut to_compare = Vec::new();
    for read in page.iter() {
        let read = read?;
        let key = match &work.restore.key {
            Some(field) => key_of(&read, field),
            None => Some(read.id.to_string()),
        };
        let Some(at) = key.and_then(|key| wanted.get(&key)) else {
            continue;
        };
        let saved = &records[*at];
        let is_same = match look {
            Look::Which => false,
            Look::Equal => work.conversion.is_equal(saved, &*saved.record()?, &read),
            Look::Written => work.conversion.is_same(saved, &*saved.record()?, &read),
        };
        if is_same && look == Look::Equal && !saved.files.is_empty() {
            to_compare.push((*at, files(work, saved, &read)));
        }
        found[*at] = Some(Found {
            id: read.id,
            revision: read.revision,
            is_same,
        });
    }
    for (at, files) in to_compare {
        let is_same = are_same(work, files).await?;
        if let Some(found) = &mut found[at] {
            found.is_same = is_same;
        }
    }
    Ok(())
}

/// The value of `record` in the field `code`, if it has one.
pub(crate) fn key_of(record: &Record<'_>, code: &str) -> Option<String> {
    match &record.get(code)?.value {
        Value::Text(text) if !text.is_empty() => Some(text.to_string()),
        _ => None,
    }
}

fn key(work: &Work<'_>, saved: &Saved) -> Result<Option<String>, RestoreError> {
    match &work.restore.key {
        Some(field) => Ok(key_of(&*saved.record()?, field)),
        None => Ok((saved.old > 0).then(|| saved.old.to_string())),
    }
}

fn request(work: &Work<'_>, look: Look, wanted: &HashMap<String, usize>) -> PageRequest {
    let fields = match look {
        Look::Equal | Look::Written => Vec::new(),
        Look::Which => {
            let key = work.restore.key.iter().cloned();
            std::iter::once("$id".to_owned()).chain(key).collect()
        }
    };
    let mut values: Vec<&str> = wanted.keys().map(String::as_str).collect();
    values.sort_unstable();
    let code = work.restore.key.as_deref().unwrap_or("$id");
    PageRequest {
        app: work.app(),
        condition: Some(format!("{code} in ({})", quoted(&values))),
        fields,
        ..PageRequest::default()
    }
}

/// Values as the query language writes them: `"a", "b"`.
pub(crate) fn quoted<T: AsRef<str>>(values: &[T]) -> String {
    let quoted = values.iter().map(|value| {
        let value = value.as_ref().replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{value}\"")
    });
    quoted.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_for_the_query_language() {
        assert_eq!(quoted(&["a", "b\"c", "d\\e"]), r#""a", "b\"c", "d\\e""#);
    }
}
