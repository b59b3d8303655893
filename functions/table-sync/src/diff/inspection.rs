//! What would be compared, said without reading a row.

use function_core::{Report, RunState};
use serde_json::{Value, json};
use table_diff::plan::Migrations;
use table_diff::{Language, Reading, Sides};

use super::observe::{Observed, ObservedTable};

/// What would be compared, and what is in the way of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// What each table would be compared by, and what is said of its structures, for people and programs.
    pub tables: Vec<Value>,
    /// How many of them can't be compared.
    pub blocked: u64,
    /// What is said of the migrations of both sides.
    pub migrations: Vec<String>,
}

impl Inspection {
    pub(super) fn of(observed: Observed, names: &Sides<String>) -> Self {
        let tables = observed.tables.iter();
        let is_blocked = |table: &&ObservedTable| table.gate.reading.is_none();
        let Sides { source, target } = observed.migrations;
        let migrations = Migrations::compare(source, target);
        Self {
            blocked: tables.clone().filter(is_blocked).count() as u64,
            tables: tables.map(|table| words(table, names)).collect(),
            migrations: migrations
                .map(|it| it.words(Language::En, names))
                .unwrap_or_default(),
        }
    }

    /// The same as a report.
    pub fn report(self, run: impl Into<String>) -> Report {
        let mut report = Report::new(run, RunState::Planned)
            .count("tables", self.tables.len() as u64)
            .count("blocked", self.blocked);
        report.warnings = self.migrations;
        report.plan = Some(Value::Array(self.tables));
        report
    }
}

fn words(table: &ObservedTable, names: &Sides<String>) -> Value {
    let differences = table.gate.differences.iter();
    let differences: Vec<String> = differences
        .map(|it| it.words(Language::En, names))
        .collect();
    json!({
        "table": table.name.to_string(),
        "compared": table.gate.reading.as_ref().map(reading),
        "structure": differences,
    })
}

fn reading(reading: &Reading) -> Value {
    let key = reading.key.iter().map(|(column, _)| column);
    json!({
        "key": key.collect::<Vec<_>>(),
        "time": reading.time.as_ref().map(|(column, _)| column),
        "columns": reading.columns.len(),
        "compare": reading.compare,
        "hash": reading.hash,
    })
}
