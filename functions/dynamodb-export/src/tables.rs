//! Which tables are exported: names, ARNs, patterns, or a tag.

use std::collections::{BTreeMap, BTreeSet};

use aws_client::AwsError;
use function_core::Settings;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::aws::DynamoDb;
use crate::error::ExportError;

const TABLES: &str = "TABLES";
const TABLE_TAG: &str = "TABLE_TAG";

/// How many tables are asked for their tags at the same time.
const ASKED_AT_ONCE: usize = 8;

/// Which tables are exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Those of `TABLES`.
    Names(Vec<Name>),
    /// Those with the tag of `TABLE_TAG`.
    Tag {
        /// The tag's name.
        key: String,
        /// Its value.
        value: String,
    },
}

/// An entry of `TABLES`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// One table.
    Exact {
        /// Its name.
        name: String,
        /// What the service is asked for: its name or its ARN.
        address: String,
    },
    /// All tables whose names match; `*` stands for any characters.
    Pattern(String),
}

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
    /// Reads `TABLES` or `TABLE_TAG`.
    pub(crate) fn read(settings: &mut Settings<'_>) -> Self {
        let names = settings.list(TABLES);
        let tag = settings.optional(TABLE_TAG);
        match (names.is_empty(), tag) {
            (true, Some(tag)) => read_tag(settings, tag),
            (false, None) => Self::Names(read_names(settings, &names)),
            (false, Some(_)) => {
                settings.refuse(TABLE_TAG, "TABLES is set, too; unset one of the two");
                Self::Names(Vec::new())
            }
            (true, None) => {
                settings.missing(
                    TABLES,
                    "the tables to export, such as orders,users-*; or set TABLE_TAG to key=value",
                );
                Self::Names(Vec::new())
            }
        }
    }

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
                let tagged = tagged(dynamodb, key, value).await?;
                let wanted = |table: &TableName| only.is_none_or(|only| table.name == only);
                Selected::of(tagged.into_iter().filter(wanted))
            }
        };
        match only {
            Some(only) if selected.tables.is_empty() => Err(ExportError::UnknownSource {
                source_name: only.to_owned(),
                known: self.to_string(),
            }),
            _ => Ok(selected),
        }
    }
}

impl std::fmt::Display for Selection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tag { key, value } => write!(formatter, "tables with the tag {key}={value}"),
            Self::Names(names) => {
                let names = names.iter().map(|name| match name {
                    Name::Exact { name, .. } => name.as_str(),
                    Name::Pattern(pattern) => pattern.as_str(),
                });
                formatter.write_str(&names.collect::<Vec<_>>().join(", "))
            }
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

fn read_tag(settings: &mut Settings<'_>, tag: &str) -> Selection {
    let (key, value) = tag.split_once('=').unwrap_or(("", ""));
    if key.is_empty() {
        settings.refuse(TABLE_TAG, "a tag as key=value, such as backup=nightly");
    }
    Selection::Tag {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

fn read_names(settings: &mut Settings<'_>, entries: &[String]) -> Vec<Name> {
    let mut names = Vec::new();
    let mut addresses = BTreeMap::new();
    for entry in entries {
        let Some(name) = Name::parse(entry, settings.env().get("AWS_REGION")) else {
            settings.refuse(
                TABLES,
                "names of 3 to 255 letters, digits, _ . and -, patterns with *, or ARNs of tables in this Region, \
                 with commas between them",
            );
            continue;
        };
        if let Name::Exact { name, address } = &name {
            let before = addresses.insert(name.clone(), address.clone());
            if before.is_some_and(|before| before != *address) {
                settings.refuse(
                    TABLES,
                    "two tables of one name, or a name and an ARN for it; each needs a deployment of its own",
                );
            }
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

impl Name {
    fn parse(entry: &str, region: Option<&str>) -> Option<Self> {
        if entry.contains('*') {
            let legal = entry.replace('*', "").chars().all(is_plain);
            return legal.then(|| Self::Pattern(entry.to_owned()));
        }
        let name = if entry.starts_with("arn:") {
            let parts: Vec<&str> = entry.splitn(6, ':').collect();
            let [_, _, "dynamodb", of_table, _, resource] = parts[..] else {
                return None;
            };
            if region.is_some_and(|region| region != of_table) {
                return None;
            }
            resource.strip_prefix("table/")?
        } else {
            entry
        };
        let legal = (3..=255).contains(&name.len()) && name.chars().all(is_plain);
        legal.then(|| Self::Exact {
            name: name.to_owned(),
            address: entry.to_owned(),
        })
    }
}

/// **Source**: Amazon DynamoDB Developer Guide, "Naming rules".
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '-')
}

fn one_of(names: &[Name], only: &str) -> Option<TableName> {
    names.iter().find_map(|entry| match entry {
        Name::Exact { name, address } if name == only => Some(TableName {
            name: name.clone(),
            address: address.clone(),
        }),
        Name::Pattern(pattern) if matches(pattern, only) => Some(TableName::new(only)),
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
                    let mut found = all.iter().filter(|name| matches(pattern, name)).peekable();
                    if found.peek().is_none() {
                        faults.push((pattern.clone(), no_match(TABLES, pattern)));
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

async fn tagged(
    dynamodb: &DynamoDb,
    key: &str,
    value: &str,
) -> Result<Vec<TableName>, ExportError> {
    let names: BTreeSet<String> = dynamodb.tables().await?.into_iter().collect();
    let Some(prefix) = arn_prefix(dynamodb, &names).await? else {
        return Err(no_match(TABLE_TAG, &format!("{key}={value}")));
    };
    let asked = stream::iter(names).map(|name| {
        let arn = format!("{prefix}{name}");
        async move {
            let tags = dynamodb.tags(&arn).await?;
            let has = tags.iter().any(|(k, v)| k == key && v == value);
            Ok::<_, AwsError>(has.then(|| TableName::new(&name)))
        }
    });
    let found: Vec<Option<TableName>> = asked.buffered(ASKED_AT_ONCE).try_collect().await?;
    let found: Vec<TableName> = found.into_iter().flatten().collect();
    if found.is_empty() {
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

/// Whether `name` matches `pattern`, in which `*` stands for any characters, also none.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(name) = name.strip_prefix(head) else {
        return false;
    };
    let mut ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
    ends.any(|at| matches(rest, &name[at..]))
}

#[cfg(test)]
mod tests {
    use function_core::Env;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Selection, String> {
        let env: Env = pairs.iter().copied().collect();
        let mut settings = Settings::new(&env);
        let selection = Selection::read(&mut settings);
        let finished = settings.finish();
        finished
            .map(|()| selection)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name, expected) in [
            ("orders-*", "orders-2026", true),
            ("orders-*", "orders-", true),
            ("orders-*", "orders", false),
            ("*", "anything", true),
            ("*-prod-*", "a-prod-b-prod-c", true),
            ("*-prod", "a-prod-b", false),
            ("a*b*c", "abbc", true),
            ("a*b*c", "ac", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn names_arns_and_patterns_are_told_apart() {
        let arn = "arn:aws:dynamodb:ap-northeast-1:123456789012:table/users";
        let tables = format!("orders, {arn},log-*,orders");
        let exact = |name: &str, address: &str| Name::Exact {
            name: name.to_owned(),
            address: address.to_owned(),
        };
        let region = ("AWS_REGION", "ap-northeast-1");
        assert_eq!(
            read(&[("TABLES", &tables), region]).unwrap(),
            Selection::Names(vec![
                exact("orders", "orders"),
                exact("users", arn),
                Name::Pattern("log-*".to_owned())
            ])
        );
    }

    #[test]
    fn what_is_no_table_is_refused() {
        for tables in [
            "or",
            "a b c",
            "arn:aws:s3:::bucket",
            "arn:aws:dynamodb:eu-west-1:123456789012:table/users",
            "orders,arn:aws:dynamodb:ap-northeast-1:123456789012:table/orders",
        ] {
            let words = read(&[("TABLES", tables), ("AWS_REGION", "ap-northeast-1")]);
            assert!(words.unwrap_err().starts_with("TABLES is `"), "{tables}");
        }
        assert!(read(&[]).unwrap_err().starts_with("TABLES is not set"));
        let both = read(&[("TABLES", "orders"), ("TABLE_TAG", "a=b")]);
        assert!(both.unwrap_err().contains("unset one of the two"));
        let tag = read(&[("TABLE_TAG", "nightly")]);
        assert!(tag.unwrap_err().contains("key=value"));
    }
}
