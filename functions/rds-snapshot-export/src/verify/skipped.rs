//! What RDS left out although it says `COMPLETE`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use super::info::TableInfo;
use crate::source::Task;

/// A table, or something wider, that RDS left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Skipped {
    pub(crate) name: String,
    pub(crate) reason: String,
}

impl fmt::Display for Skipped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason.as_str() {
            "" => formatter.write_str(&self.name),
            reason => write!(formatter, "{} ({reason})", self.name),
        }
    }
}

/// What was skipped: first what nobody allowed, then what `allowed` lists.
pub(crate) fn of(
    task: &Task,
    tables: &[TableInfo],
    allowed: &BTreeSet<String>,
) -> (Vec<Skipped>, Vec<Skipped>) {
    // RDS may name a table of MySQL one way in the warning and another in the info files.
    let mut skipped: BTreeMap<String, Skipped> = BTreeMap::new();
    // A table may be complete and still have lost rows, of which only its warning tells.
    let is_odd = |table: &&TableInfo| !table.is_complete() || table.warning().is_some();
    for table in tables.iter().filter(is_odd) {
        let reason = match table.warning() {
            Some(words) => words.to_owned(),
            None => format!("status {}", table.status),
        };
        let name = table.target.clone();
        skipped.insert(plain(&name), Skipped { name, reason });
    }
    for (name, reason) in task.warning_message.iter().flat_map(|words| read(words)) {
        let unknown = || Skipped {
            name: name.clone(),
            reason: String::new(),
        };
        let known = skipped.entry(plain(&name)).or_insert_with(unknown);
        if known.reason.is_empty() {
            known.reason = reason;
        }
    }
    let allowed: BTreeSet<String> = allowed.iter().map(|name| plain(name)).collect();
    let is_allowed = |skipped: &Skipped| allowed.contains(&plain(&skipped.name));
    let (allowed, refused) = skipped.into_values().partition(is_allowed);
    (refused, allowed)
}

/// `database.database.table` of `MySQL` as `database.table`.
fn plain(name: &str) -> String {
    match name.splitn(3, '.').collect::<Vec<_>>()[..] {
        [database, schema, table] if database == schema => format!("{database}.{table}"),
        _ => name.to_owned(),
    }
}

/// Names and reasons in the task's warning: a JSON text with `skippedTables`, `skippedObjectives` and `general`, whose entries
/// are names, or objects with a name and a reason. A warning of another form counts as it stands: nobody knows what it left out.
fn read(words: &str) -> Vec<(String, String)> {
    const LISTS: [&str; 3] = ["skippedTables", "skippedObjectives", "general"];
    let Ok(Value::Object(warning)) = serde_json::from_str::<Value>(words) else {
        return vec![(words.to_owned(), String::new())];
    };
    let mut found = Vec::new();
    for (key, value) in &warning {
        if LISTS.contains(&key.as_str()) {
            let entries = value
                .as_array()
                .map_or(std::slice::from_ref(value), Vec::as_slice);
            let entries = entries.iter().filter(|entry| !entry.is_null());
            found.extend(entries.map(entry));
        } else if !value.is_null() {
            found.push((format!("{key}: {value}"), String::new()));
        }
    }
    found
}

fn entry(entry: &Value) -> (String, String) {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let reason = text("reason").unwrap_or_default().to_owned();
    let name = ["target", "name", "tableName", "table"]
        .into_iter()
        .find_map(text);
    match (entry, name) {
        (Value::String(name), _) => (name.clone(), String::new()),
        (_, Some(name)) => (name.to_owned(), reason),
        (_, None) if !reason.is_empty() => (reason, String::new()),
        (other, None) => (other.to_string(), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_read_in_each_of_their_forms() {
        let words = r#"{"skippedTables":["app.public.a",{"target":"app.public.b","reason":"ROW_TOO_LARGE"}],
            "general":[{"reason":"PERMISSIONS_DO_NOT_EXIST"}]}"#;
        let names: Vec<String> = read(words).into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            ["app.public.a", "app.public.b", "PERMISSIONS_DO_NOT_EXIST"]
        );
        assert_eq!(read("some tables")[0].0, "some tables");
        for nothing in [
            r#"{"skippedTables":[]}"#,
            r#"{"skippedTables":null,"other":null}"#,
            r#"{"general":[null]}"#,
        ] {
            assert_eq!(read(nothing), [], "{nothing}");
        }
    }
}
