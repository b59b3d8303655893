//! Which tables are exported: names, ARNs and patterns of `TABLES`, or `TABLE_TAG`.

use std::collections::BTreeMap;
use std::fmt;

use function_core::{Pattern, Settings};

pub(crate) const TABLES: &str = "TABLES";
pub(crate) const TABLE_TAG: &str = "TABLE_TAG";

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
    Pattern(Pattern),
}

impl Selection {
    /// Reads `TABLES` or `TABLE_TAG`.
    pub(crate) fn read(settings: &mut Settings<'_>) -> Self {
        let names = settings.list(TABLES);
        let tag = settings.optional(TABLE_TAG);
        match (names.is_empty(), tag) {
            (true, Some(tag)) => read_tag(settings, tag),
            (false, None) => Self::Names(read_names(settings, &names)),
            (false, Some(tag)) => {
                settings.refuse(TABLE_TAG, "TABLES is set, too; unset one of the two");
                read_tag(settings, tag);
                Self::Names(read_names(settings, &names))
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
}

impl fmt::Display for Selection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
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
            return legal.then(|| Self::Pattern(Pattern::new(entry)));
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
                Name::Pattern(Pattern::new("log-*"))
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
