//! From the settings to the tables that there are.

use std::collections::{BTreeMap, BTreeSet};

use aws_client::AwsError;
use futures_util::{StreamExt as _, stream};

use crate::aws::DynamoDb;
use crate::error::ExportError;
use crate::tables::{Name, Selection, TABLE_TAG, TABLES};

/// How many tables are asked for their tags at the same time.
const ASKED_AT_ONCE: usize = 8;

/// A table to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableName {
    pub(crate) name: String,
    /// Its name or its ARN.
    pub(crate) address: String,
}

/// What a selection came to.
#[derive(Debug, Default)]
pub(crate) struct Selected {
    /// In the order of their names.
    pub(crate) tables: Vec<TableName>,
    /// Entries that could not be resolved.
    pub(crate) faults: Vec<(String, ExportError)>,
}

impl Selection {
    /// The tables; with `only`, at most that one.
    pub(crate) async fn select(
        &self,
        dynamodb: &DynamoDb,
        only: Option<&str>,
    ) -> Result<Selected, ExportError> {
        let selected = match (self, only) {
            (Self::Names(names), Some(only)) => Selected::of(one_of(names, only)),
            (Self::Names(names), None) => matching(dynamodb, names).await,
            (Self::Tag { key, value }, _) => {
                let mut tagged = tagged(dynamodb, key, value).await?;
                if let Some(only) = only {
                    tagged.tables.retain(|table| table.name == only);
                    tagged.faults.retain(|(name, _)| name == only);
                }
                tagged
            }
        };
        match only {
            Some(only) if selected.tables.is_empty() && selected.faults.is_empty() => {
                Err(ExportError::UnknownSource {
                    source_name: only.to_owned(),
                    known: self.to_string(),
                })
            }
            _ => Ok(selected),
        }
    }
}

impl Selected {
    fn of(tables: impl IntoIterator<Item = TableName>) -> Self {
        Self {
            tables: tables.into_iter().collect(),
            faults: Vec::new(),
        }
    }
}

fn one_of(names: &[Name], only: &str) -> Option<TableName> {
    names.iter().find_map(|entry| match entry {
        Name::Exact { name, address } if name == only => Some(TableName {
            name: name.clone(),
            address: address.clone(),
        }),
        Name::Pattern(pattern) if pattern.matches(only) => Some(TableName::new(only)),
        _ => None,
    })
}

impl TableName {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            address: name.to_owned(),
        }
    }
}

/// Names are taken as they are: that one does not exist is told of that table. A pattern needs the list of all tables.
async fn matching(dynamodb: &DynamoDb, names: &[Name]) -> Selected {
    let mut tables = BTreeMap::new();
    let mut faults = Vec::new();
    let mut patterns = Vec::new();
    for entry in names {
        match entry {
            Name::Pattern(pattern) => patterns.push(pattern),
            Name::Exact { name, address } => {
                tables.insert(name.clone(), address.clone());
            }
        }
    }
    if !patterns.is_empty() {
        match dynamodb.tables().await {
            Ok(all) => {
                for pattern in patterns {
                    let mut found = all.iter().filter(|name| pattern.matches(name)).peekable();
                    if found.peek().is_none() {
                        let pattern = pattern.as_str();
                        faults.push((pattern.to_owned(), no_match(TABLES, pattern)));
                    }
                    for name in found {
                        tables.entry(name.clone()).or_insert_with(|| name.clone());
                    }
                }
            }
            Err(error) => faults.push(("tables by pattern".to_owned(), error.into())),
        }
    }
    let tables = tables
        .into_iter()
        .map(|(name, address)| TableName { name, address });
    Selected {
        tables: tables.collect(),
        faults,
    }
}

/// A table whose tags can't be read is a fault of that table.
async fn tagged(dynamodb: &DynamoDb, key: &str, value: &str) -> Result<Selected, ExportError> {
    let names: BTreeSet<String> = dynamodb.tables().await?.into_iter().collect();
    let Some(prefix) = arn_prefix(dynamodb, &names).await? else {
        return Err(no_match(TABLE_TAG, &format!("{key}={value}")));
    };
    let asked = stream::iter(names).map(|name| {
        let arn = format!("{prefix}{name}");
        async move {
            let tags = dynamodb.tags(&arn).await;
            (name, tags)
        }
    });
    let mut answers = asked.buffered(ASKED_AT_ONCE);
    let mut found = Selected::default();
    while let Some((name, tags)) = answers.next().await {
        match tags {
            Ok(tags) if tags.iter().any(|(k, v)| k == key && v == value) => {
                found.tables.push(TableName::new(&name));
            }
            Ok(_) => {}
            Err(error) => found.faults.push((name, error.into())),
        }
    }
    if found.tables.is_empty() && found.faults.is_empty() {
        return Err(no_match(TABLE_TAG, &format!("{key}={value}")));
    }
    Ok(found)
}

/// What the ARNs of all tables begin with, as one of them tells.
async fn arn_prefix(
    dynamodb: &DynamoDb,
    names: &BTreeSet<String>,
) -> Result<Option<String>, AwsError> {
    for name in names {
        if let Some(table) = dynamodb.table(name).await? {
            return Ok(table.arn.strip_suffix(name.as_str()).map(str::to_owned));
        }
    }
    Ok(None)
}

fn no_match(setting: &'static str, pattern: &str) -> ExportError {
    ExportError::NoMatch {
        setting,
        pattern: pattern.to_owned(),
    }
}
