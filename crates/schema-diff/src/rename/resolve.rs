//! Which objects the words of a person mean.

use std::collections::BTreeMap;
use std::fmt;

use schema_catalog::{Catalog, QualifiedName};

use super::{Renaming, renamed};
use crate::answer::{Backfill, ObjectPath, Rename, Request};
use crate::refusal::UnusableAnswer;

/// An object that can have another name, or be said to be gone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Found {
    Table(QualifiedName),
    Enumeration(QualifiedName),
    Sequence(QualifiedName),
    Column(QualifiedName, String),
    Constraint(QualifiedName, String),
    Index(QualifiedName, String),
    /// A value of an enum.
    Label(QualifiedName, String),
}

/// What was said about names, as objects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    pub(crate) renamings: Vec<Renaming>,
    pub(crate) drops: Vec<Found>,
}

impl Names {
    /// Finds what `request` names.
    pub(crate) fn resolve(
        from: &Catalog,
        to: &Catalog,
        request: &Request,
        unusable: &mut Vec<UnusableAnswer>,
    ) -> Self {
        let mut names = Self::default();
        for rename in &request.renames {
            match find(from, &rename.path) {
                Ok(found) => names.renamings.push(Renaming {
                    found,
                    name: rename.name.clone(),
                }),
                Err(why) => unusable.push(refused(rename, why)),
            }
        }
        for rename in &names.renamings {
            if let Some(why) = names.misfit(from, to, rename) {
                let words = format!("--rename {}:{}", rename.found.path(), rename.name);
                unusable.push(UnusableAnswer { words, why });
            }
        }
        for path in &request.drops {
            let found = find(from, path).and_then(|found| {
                if exists(to, &names.target(&found)) {
                    Err(format!("{found} is not gone"))
                } else {
                    Ok(found)
                }
            });
            match found {
                Ok(found) => names.drops.push(found),
                Err(why) => unusable.push(UnusableAnswer {
                    words: format!("--drop {path}"),
                    why,
                }),
            }
        }
        names
    }

    /// The name that the table, or enum, goes on under.
    pub(crate) fn of_whole(&self, name: &QualifiedName) -> QualifiedName {
        let mut known = self.renamings.iter();
        let renaming = known.find(|renaming| {
            matches!(&renaming.found, Found::Table(known) | Found::Enumeration(known) | Found::Sequence(known) if known == name)
        });
        renaming.map_or_else(|| name.clone(), |renaming| renamed(name, &renaming.name))
    }

    /// What `found` is called in the schema to be.
    pub(crate) fn target(&self, found: &Found) -> Found {
        let renaming = self
            .renamings
            .iter()
            .find(|renaming| renaming.found == *found);
        let part =
            |part: &String| renaming.map_or_else(|| part.clone(), |renaming| renaming.name.clone());
        match found {
            Found::Table(name) => Found::Table(self.of_whole(name)),
            Found::Enumeration(name) => Found::Enumeration(self.of_whole(name)),
            Found::Sequence(name) => Found::Sequence(self.of_whole(name)),
            Found::Column(table, name) => Found::Column(self.of_whole(table), part(name)),
            Found::Constraint(table, name) => Found::Constraint(self.of_whole(table), part(name)),
            Found::Index(table, name) => Found::Index(self.of_whole(table), part(name)),
            Found::Label(name, label) => Found::Label(self.of_whole(name), part(label)),
        }
    }

    /// Why the new name can't be right.
    fn misfit(&self, from: &Catalog, to: &Catalog, renaming: &Renaming) -> Option<String> {
        let target = self.target(&renaming.found);
        if !exists(to, &target) {
            return Some(format!("the schema to be has no {target}"));
        }
        let taken = match target {
            Found::Column(_, name) => match &renaming.found {
                Found::Column(table, _) => Found::Column(table.clone(), name),
                _ => return None,
            },
            Found::Label(_, label) => match &renaming.found {
                Found::Label(name, _) => Found::Label(name.clone(), label),
                _ => return None,
            },
            other => other,
        };
        exists(from, &taken).then(|| format!("there is {taken} already"))
    }
}

/// The values for existing rows, by column of the schema to be.
pub(crate) fn backfills(
    to: &Catalog,
    backfills: &[Backfill],
    unusable: &mut Vec<UnusableAnswer>,
) -> BTreeMap<(QualifiedName, String), String> {
    let mut found = BTreeMap::new();
    for backfill in backfills {
        let why = match find(to, &backfill.path) {
            Ok(Found::Column(table, column)) => {
                found.insert((table, column), backfill.expression.clone());
                continue;
            }
            Ok(other) => format!("{other} is no column"),
            Err(why) => why,
        };
        let words = format!("--backfill {}", backfill.path);
        unusable.push(UnusableAnswer { words, why });
    }
    found
}

/// The one object that the path leads to.
pub(crate) fn find(catalog: &Catalog, path: &ObjectPath) -> Result<Found, String> {
    let found = match path.names.as_slice() {
        [name] => wholes(catalog, None, name),
        [first, second] => [
            wholes(catalog, Some(first), second),
            parts(catalog, None, first, second),
        ]
        .concat(),
        [schema, whole, part] => parts(catalog, Some(schema), whole, part),
        _ => Vec::new(),
    };
    match found.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(
            "there is no table, column, enum, value, sequence, constraint or index of this name"
                .to_owned(),
        ),
        [one, other, ..] => Err(format!(
            "this may be {one} or {other}: write the schema too"
        )),
    }
}

fn wholes(catalog: &Catalog, schema: Option<&str>, name: &str) -> Vec<Found> {
    let is_meant = |known: &&QualifiedName| {
        known.name == name && schema.is_none_or(|schema| known.schema == schema)
    };
    let tables = catalog
        .tables
        .keys()
        .filter(is_meant)
        .cloned()
        .map(Found::Table);
    let types = catalog
        .enumerations
        .keys()
        .filter(is_meant)
        .cloned()
        .map(Found::Enumeration);
    let sequences = catalog
        .sequences
        .keys()
        .filter(is_meant)
        .cloned()
        .map(Found::Sequence);
    tables.chain(types).chain(sequences).collect()
}

/// Of a column, a constraint and an index of one name, the column is meant.
fn parts(catalog: &Catalog, schema: Option<&str>, whole: &str, part: &str) -> Vec<Found> {
    let found = wholes(catalog, schema, whole)
        .into_iter()
        .filter_map(|whole| {
            let part = part.to_owned();
            let candidates = match whole {
                Found::Table(name) => vec![
                    Found::Column(name.clone(), part.clone()),
                    Found::Constraint(name.clone(), part.clone()),
                    Found::Index(name, part),
                ],
                Found::Enumeration(name) => vec![Found::Label(name, part)],
                _ => Vec::new(),
            };
            candidates
                .into_iter()
                .find(|candidate| exists(catalog, candidate))
        });
    found.collect()
}

pub(crate) fn exists(catalog: &Catalog, found: &Found) -> bool {
    match found {
        Found::Table(name) => catalog.tables.contains_key(name),
        Found::Enumeration(name) => catalog.enumerations.contains_key(name),
        Found::Sequence(name) => catalog.sequences.contains_key(name),
        Found::Column(table, name) => catalog
            .tables
            .get(table)
            .is_some_and(|table| table.columns.contains_key(name)),
        Found::Constraint(table, name) => catalog
            .tables
            .get(table)
            .is_some_and(|table| table.constraints.contains_key(name)),
        Found::Index(table, name) => catalog
            .tables
            .get(table)
            .is_some_and(|table| table.indexes.contains_key(name)),
        Found::Label(name, label) => catalog
            .enumerations
            .get(name)
            .is_some_and(|known| known.labels.contains(label)),
    }
}

fn refused(rename: &Rename, why: String) -> UnusableAnswer {
    UnusableAnswer {
        words: format!("--rename {rename}"),
        why,
    }
}

impl Found {
    /// The words that lead to it.
    pub(crate) fn path(&self) -> ObjectPath {
        let (name, part) = match self {
            Self::Table(name) | Self::Enumeration(name) | Self::Sequence(name) => (name, None),
            Self::Column(name, part)
            | Self::Constraint(name, part)
            | Self::Index(name, part)
            | Self::Label(name, part) => (name, Some(part)),
        };
        let schema = (name.schema != "public").then(|| name.schema.clone());
        let names = schema
            .into_iter()
            .chain([name.name.clone()])
            .chain(part.cloned());
        ObjectPath {
            names: names.collect(),
        }
    }
}

impl fmt::Display for Found {
    /// For people: `column public.companies.address`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(name) => write!(formatter, "table {name}"),
            Self::Enumeration(name) => write!(formatter, "enum {name}"),
            Self::Sequence(name) => write!(formatter, "sequence {name}"),
            Self::Column(table, name) => write!(formatter, "column {table}.{name}"),
            Self::Constraint(table, name) => {
                write!(formatter, "constraint {name} of table {table}")
            }
            Self::Index(table, name) => write!(formatter, "index {name} of table {table}"),
            Self::Label(name, label) => write!(formatter, "value {label:?} of enum {name}"),
        }
    }
}
