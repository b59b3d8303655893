//! Which tables are meant.

use std::collections::BTreeSet;

use function_core::Pattern;
use table_diff::TableName;

use crate::config::Config;
use crate::error::SyncError;

/// Where tools keep which migrations were applied: each database's own, and never data. They are compared only if named whole.
const MIGRATION_TABLES: [&str; 4] = [
    "schema_migrations",
    "ar_internal_metadata",
    "atlas_schema_revisions",
    "flyway_schema_history",
];

/// The tables of `known` that the settings and `wanted` mean, in the order of their names.
///
/// # Errors
/// A pattern matches nothing, or a setting names a table that is not compared.
pub(super) fn choose(
    config: &Config,
    wanted: &[String],
    known: &BTreeSet<TableName>,
) -> Result<Vec<TableName>, SyncError> {
    let excluded = |name: &str| config.exclude.iter().any(|it| it.matches(name));
    let of_settings: Vec<&TableName> = known
        .iter()
        .filter(|table| {
            let name = table.to_string();
            is_meant(&config.tables, table, &name) && !excluded(&name)
        })
        .collect();
    refuse_idle(&config.tables, &known.iter())?;
    refuse_unknown("KEYS", config.keys.tables(), &of_settings)?;
    refuse_unknown("TIMES", config.times.tables(), &of_settings)?;
    refuse_unknown("LEAVE_OUT", config.leave_out.tables(), &of_settings)?;
    if of_settings.is_empty() {
        return Err(SyncError::NoTable {
            patterns: words(&config.tables),
        });
    }
    if wanted.is_empty() {
        return Ok(of_settings.into_iter().cloned().collect());
    }
    let wanted: Vec<Pattern> = wanted.iter().map(Pattern::new).collect();
    refuse_idle(&wanted, &of_settings.iter().copied())?;
    let is_wanted = |table: &&TableName| wanted.iter().any(|it| it.matches(&table.to_string()));
    Ok(of_settings.into_iter().filter(is_wanted).cloned().collect())
}

fn is_meant(patterns: &[Pattern], table: &TableName, name: &str) -> bool {
    let is_migrations = MIGRATION_TABLES.contains(&table.name.as_str());
    patterns
        .iter()
        .any(|pattern| pattern.matches(name) && (!is_migrations || pattern.as_str() == name))
}

/// A pattern that matches nothing is a slip, and would look like "no differences".
fn refuse_idle<'a>(
    patterns: &[Pattern],
    tables: &(impl Iterator<Item = &'a TableName> + Clone),
) -> Result<(), SyncError> {
    let matches_none = |pattern: &&Pattern| {
        let mut tables = tables.clone();
        !tables.any(|table| pattern.matches(&table.to_string()))
    };
    let idle: Vec<String> = patterns
        .iter()
        .filter(matches_none)
        .map(|pattern| pattern.as_str().to_owned())
        .collect();
    if idle.is_empty() {
        return Ok(());
    }
    Err(SyncError::NoTable { patterns: idle })
}

fn refuse_unknown<'a>(
    setting: &'static str,
    named: impl Iterator<Item = &'a str>,
    tables: &[&TableName],
) -> Result<(), SyncError> {
    let is_unknown = |name: &&str| !tables.iter().any(|table| table.to_string() == **name);
    let unknown: Vec<String> = named.filter(is_unknown).map(str::to_owned).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(SyncError::Setting {
        setting,
        tables: unknown,
    })
}

fn words(patterns: &[Pattern]) -> Vec<String> {
    patterns.iter().map(|it| it.as_str().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use function_core::Env;

    use super::*;

    fn chosen(settings: &[(&str, &str)], wanted: &[&str]) -> Result<Vec<String>, String> {
        let env = Env::from_iter([
            ("SOURCE_URL", "postgres://reader@development/shop"),
            ("TARGET_URL", "postgres://reader@production/shop"),
        ]);
        let env = settings
            .iter()
            .fold(env, |env, (name, value)| env.with(*name, *value));
        let config = Config::from_env(&env).unwrap();
        let known = ["category", "item", "item_log", "schema_migrations"];
        let known = known.into_iter().map(|name| TableName {
            schema: "public".into(),
            name: name.into(),
        });
        let wanted: Vec<String> = wanted.iter().map(|&text| text.into()).collect();
        let tables = choose(&config, &wanted, &known.collect());
        let tables = tables.map_err(|error| error.to_string())?;
        Ok(tables.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn patterns_mean_tables_and_never_the_list_of_migrations() {
        let settings = [("TABLES", "public.*"), ("EXCLUDE", "*_log")];
        assert_eq!(
            chosen(&settings, &[]).unwrap(),
            ["public.category", "public.item"]
        );
        assert_eq!(chosen(&settings, &["*.item"]).unwrap(), ["public.item"]);
        let named = [("TABLES", "public.schema_migrations")];
        assert_eq!(chosen(&named, &[]).unwrap(), ["public.schema_migrations"]);
    }

    #[test]
    fn what_means_no_table_is_refused_by_name() {
        for (settings, wanted, words) in [
            (
                vec![("TABLES", "public.item,public.itme")],
                vec![],
                "public.itme",
            ),
            (
                vec![("TABLES", "public.item")],
                vec!["public.category"],
                "public.category",
            ),
            (
                vec![("TABLES", "public.item"), ("EXCLUDE", "*")],
                vec![],
                "public.item",
            ),
            (
                vec![("TABLES", "public.item"), ("KEYS", "public.category:code")],
                vec![],
                "KEYS names public.category",
            ),
        ] {
            let error = chosen(&settings, &wanted).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
