//! The exports that messages told of: for a reconcile without a message, and so that one source leaves another's configs alone.

use std::collections::BTreeSet;

use run_record::RunRecord;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::place::ExportPlace;
use crate::tables::{Wanted, WantedTable};

/// The newest export of each source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    pub(crate) exports: Vec<KnownExport>,
}

/// An export, and its tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KnownExport {
    /// Whose it is; nobody's where the settings describe it.
    pub(crate) source: Option<String>,
    pub(crate) place: ExportPlace,
    /// `None` where no message told them.
    pub(crate) tables: Option<Vec<WantedTable>>,
    /// The databases that wanted tables of this source were in, now or earlier: configs of them are this source's.
    #[serde(default)]
    pub(crate) databases: BTreeSet<String>,
}

impl KnownExport {
    /// An export as its message tells it.
    pub(crate) fn told(source: &str, place: ExportPlace, tables: Vec<WantedTable>) -> Self {
        Self {
            source: Some(source.to_owned()),
            place,
            tables: Some(tables),
            databases: BTreeSet::new(),
        }
    }

    /// The tables, where a message told them.
    pub(crate) fn tables_if_told(&self) -> Option<&[WantedTable]> {
        self.tables.as_deref()
    }

    /// Whether wanted tables of it are in `database`: not only once, but by its last message.
    fn has(&self, database: &str) -> bool {
        let mut tables = self.tables.iter().flatten();
        self.databases.contains(database) && tables.any(|table| table.database == database)
    }
}

impl Known {
    /// What a record holds; nothing where it holds nothing.
    ///
    /// # Errors
    /// It holds something else.
    pub(crate) fn of(record: &RunRecord) -> serde_json::Result<Self> {
        let checkpoint = record.checkpoint.clone().filter(|value| !value.is_null());
        checkpoint.map_or_else(|| Ok(Self::default()), serde_json::from_value)
    }

    /// Another source whose wanted tables share a database with `wanted`, and that database.
    pub(crate) fn rival(&self, source: Option<&str>, wanted: &Wanted) -> Option<(&str, String)> {
        let mut others = self.others(source);
        others.find_map(|other| {
            let mut tables = wanted.tables.iter();
            let shared = tables.find(|table| other.has(&table.database))?;
            Some((other.source.as_deref()?, shared.database.clone()))
        })
    }

    /// The databases that are `source`'s, and those that are other sources'.
    pub(crate) fn databases(&self, source: Option<&str>) -> (BTreeSet<String>, BTreeSet<String>) {
        let mine = self.exports.iter().find(|export| export.is_of(source));
        let mine = mine.map(|export| export.databases.clone());
        let others = self
            .others(source)
            .flat_map(|other| other.databases.clone());
        (mine.unwrap_or_default(), others.collect())
    }

    /// Takes `export` in, of which `wanted` is wanted, in the place of the source's earlier one. Databases that another source
    /// had once are this one's from now on.
    pub(crate) fn learn(&mut self, mut export: KnownExport, wanted: &Wanted) {
        if export.source.is_none() {
            return;
        }
        let source = export.source.clone();
        let (mut databases, _) = self.databases(source.as_deref());
        let now = wanted.tables.iter().map(|table| table.database.clone());
        databases.extend(now);
        self.exports.retain(|old| old.source != source);
        for other in &mut self.exports {
            other
                .databases
                .retain(|database| !databases.contains(database));
        }
        export.databases = databases;
        self.exports.push(export);
    }

    pub(crate) fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    fn others(&self, source: Option<&str>) -> impl Iterator<Item = &KnownExport> {
        let exports = self.exports.iter();
        exports.filter(move |export| !export.is_of(source))
    }
}

impl KnownExport {
    fn is_of(&self, source: Option<&str>) -> bool {
        self.source.as_deref() == source
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Engine;

    fn tables(databases: &[&str]) -> Vec<WantedTable> {
        let table = |database: &&str| WantedTable::new(Engine::Mysql, database, "", "users");
        databases.iter().map(table).collect()
    }

    fn export(source: &str, databases: &[&str]) -> KnownExport {
        let place = ExportPlace {
            bucket: "exports".to_owned(),
            prefix: format!("export-id-{source}-20261121"),
            engine: Engine::Mysql,
            logical_date: "2026-11-21".parse().unwrap(),
        };
        KnownExport::told(source, place, tables(databases))
    }

    fn wanted(databases: &[&str]) -> Wanted {
        Wanted {
            tables: tables(databases),
            missing: Vec::new(),
            databases: None,
        }
    }

    fn known(exports: &[(&str, &[&str])]) -> Known {
        let mut known = Known::default();
        for (source, databases) in exports {
            known.learn(export(source, databases), &wanted(databases));
        }
        known
    }

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_newer_export_takes_the_place_of_the_one_of_its_source() {
        let known = known(&[("a", &["app", "shop"]), ("b", &["other"]), ("a", &["app"])]);
        let sources: Vec<_> = known
            .exports
            .iter()
            .map(|one| one.source.as_deref())
            .collect();
        assert_eq!(sources, [Some("b"), Some("a")]);
        // What it had once is still its own.
        assert_eq!(
            known.databases(Some("a")),
            (names(&["app", "shop"]), names(&["other"]))
        );
        let kept: Known = serde_json::from_value(known.to_json()).unwrap();
        assert_eq!(kept, known);
    }

    #[test]
    fn a_database_is_of_one_source_until_it_moves() {
        let mut known = known(&[("a", &["app", "shop"])]);
        let rival = known.rival(Some("b"), &wanted(&["shop"]));
        assert_eq!(rival, Some(("a", "shop".to_owned())));
        assert_eq!(known.rival(Some("a"), &wanted(&["shop"])), None);
        known.learn(export("a", &["app"]), &wanted(&["app"]));
        assert_eq!(known.rival(Some("b"), &wanted(&["shop"])), None);
        known.learn(export("b", &["shop"]), &wanted(&["shop"]));
        assert_eq!(
            known.databases(Some("a")),
            (names(&["app"]), names(&["shop"]))
        );
    }

    #[test]
    fn a_database_that_both_have_but_one_wants_is_no_quarrel() {
        let mut known = known(&[("a", &["app"])]);
        known.learn(export("a", &["app", "postgres"]), &wanted(&["app"]));
        assert_eq!(known.rival(Some("b"), &wanted(&["postgres"])), None);
    }
}
