//! The exports that messages told of, kept for a reconcile without a message.

use std::collections::BTreeSet;

use run_record::RunRecord;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::place::ExportPlace;
use crate::tables::WantedTable;

/// The newest export of each set of databases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    pub(crate) exports: Vec<KnownExport>,
}

/// An export, and its tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KnownExport {
    pub(crate) place: ExportPlace,
    /// Empty where no message told them.
    pub(crate) tables: Vec<WantedTable>,
}

impl KnownExport {
    /// The tables, where a message told them.
    pub(crate) fn tables_if_told(&self) -> Option<&[WantedTable]> {
        (!self.tables.is_empty()).then_some(&self.tables)
    }

    fn databases(&self) -> BTreeSet<&str> {
        self.tables
            .iter()
            .map(|table| table.database.as_str())
            .collect()
    }
}

impl Known {
    /// What a record holds; nothing where it holds nothing that can be read.
    pub(crate) fn of(record: &RunRecord) -> Self {
        let checkpoint = record.checkpoint.clone().unwrap_or_default();
        serde_json::from_value(checkpoint).unwrap_or_default()
    }

    /// The same with `export` in the place of those that have a database of it.
    #[must_use]
    pub(crate) fn with(mut self, export: KnownExport) -> Self {
        let new = export.databases();
        self.exports.retain(|old| old.databases().is_disjoint(&new));
        self.exports.push(export);
        self
    }

    pub(crate) fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Engine;

    fn export(prefix: &str, databases: &[&str]) -> KnownExport {
        let table = |database: &&str| WantedTable::new(Engine::Mysql, database, "", "users");
        KnownExport {
            place: ExportPlace {
                bucket: "exports".to_owned(),
                prefix: prefix.to_owned(),
                engine: Engine::Mysql,
                logical_date: "2026-11-21".parse().unwrap(),
            },
            tables: databases.iter().map(table).collect(),
        }
    }

    #[test]
    fn a_newer_export_takes_the_place_of_those_with_its_databases() {
        let known = Known::default()
            .with(export("1", &["app", "shop"]))
            .with(export("2", &["other"]))
            .with(export("3", &["shop"]));
        let prefixes: Vec<&str> = known
            .exports
            .iter()
            .map(|one| one.place.prefix.as_str())
            .collect();
        assert_eq!(prefixes, ["2", "3"]);
        let kept: Known = serde_json::from_value(known.to_json()).unwrap();
        assert_eq!(kept, known);
    }
}
