//! `ExportOnly`: what a partial export holds.

use super::error::Refusal;
use super::source::Engine;
use super::table::Table;

/// The most that the names of one list may hold together, in bytes.
///
/// **Source**: "Considerations for DB cluster snapshot exports", Aurora User Guide.
const MOST: usize = 200 * 1024;

/// Checks the form of every name: `database`, `database.table`, and where there are schemas
/// `database.schema`, `database.schema.table`.
pub(crate) fn check(only: &[String], engine: Engine) -> Result<(), Refusal> {
    if only.iter().map(String::len).sum::<usize>() > MOST {
        return Err(refused("the list is larger than 200 KB"));
    }
    let most = if engine.has_schemas() { 3 } else { 2 };
    let legal = |name: &&String| {
        let mut parts = name.split('.');
        let letters = |part: &str| {
            let legal =
                |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '$');
            !part.is_empty() && part.chars().all(legal)
        };
        parts.clone().count() <= most && parts.all(letters)
    };
    match only.iter().find(|name| !legal(name)) {
        Some(name) => Err(refused(&format!("{name} is not a name of this engine"))),
        None => Ok(()),
    }
}

fn refused(why: &str) -> Refusal {
    Refusal::new(
        "InvalidExportOnly",
        format!("The value of ExportOnly isn't valid: {why}."),
    )
}

/// Whether the list wants the table; an empty one wants all.
pub(crate) fn wants(only: &[String], table: &Table) -> bool {
    let name = table.name();
    let within = |wanted: &String| {
        let rest = name.strip_prefix(wanted.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    only.is_empty() || only.iter().any(within)
}

/// Whether the list names something that is not there.
pub(crate) fn lost(only: &[String], tables: &[Table]) -> bool {
    let found = |name: &String| {
        let name = std::slice::from_ref(name);
        tables.iter().any(|table| wants(name, table))
    };
    !only.iter().all(found)
}
