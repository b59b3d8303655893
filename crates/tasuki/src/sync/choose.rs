//! What a person ticks on a command line.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use table_diff::plan::{Summary, TableSummary};
use table_diff::{Class, Selection, Ticks};

/// Which rows of a plan are written.
#[derive(Args, Clone)]
pub(super) struct Choice {
    /// Rows of these classes: insert, update-new, changed-same-time, time-unknown, delete
    #[arg(long, value_name = "CLASS", value_delimiter = ',', value_parser = class)]
    pub(super) classes: Vec<Class>,
    /// Only in these tables; without it in all
    #[arg(long, value_name = "TABLE", value_delimiter = ',')]
    tables: Vec<String>,
    /// Without these rows, by the numbers that the plan gives them; once for each table
    #[arg(long, value_name = "TABLE:N,…", value_parser = except)]
    except: Vec<(String, BTreeSet<u64>)>,
    /// A table whose many deletions are meant; once for each
    #[arg(long, value_name = "TABLE")]
    pub(super) confirm: Vec<String>,
}

impl Choice {
    /// The ticks that this means in the plan.
    ///
    /// # Errors
    /// It names a table that the plan did not compare.
    pub(super) fn of(&self, summary: &Summary) -> Result<Selection, String> {
        let named = self.tables.iter().chain(&self.confirm);
        let named = named.chain(self.except.iter().map(|(table, _)| table));
        let compared: BTreeSet<String> = compared(summary).map(name).collect();
        if let Some(stranger) = { named }.find(|table| !compared.contains(*table)) {
            return Err(format!(
                "the plan {} did not compare {stranger}; see: tasuki sync show {}",
                summary.plan.id, summary.plan.id
            ));
        }
        let tables = self.chosen(summary).map(|table| {
            let name = name(table);
            let except = self.except.iter().filter(|(table, _)| *table == name);
            let ticks = Ticks {
                classes: self.classes.iter().copied().collect(),
                except: except.flat_map(|(_, rows)| rows).copied().collect(),
                also: BTreeSet::new(),
            };
            (name, ticks)
        });
        Ok(Selection {
            tables: tables.collect::<BTreeMap<_, _>>(),
            confirmed: self.confirm.iter().cloned().collect(),
        })
    }

    /// The tables in which something is ticked.
    pub(super) fn chosen<'a>(
        &'a self,
        summary: &'a Summary,
    ) -> impl Iterator<Item = &'a TableSummary> {
        compared(summary).filter(|table| {
            let is_named = self.tables.is_empty() || self.tables.contains(&name(table));
            let counts = table.end.as_ref().map(|end| &end.counts.classes);
            let has_rows = |class: &Class| counts.is_some_and(|counts| counts.get(*class) > 0);
            is_named && self.classes.iter().any(has_rows)
        })
    }

    /// The chosen tables whose deletions need their names, and have them not yet.
    pub(super) fn unconfirmed<'a>(
        &'a self,
        summary: &'a Summary,
    ) -> impl Iterator<Item = &'a TableSummary> {
        let deletes = self.classes.contains(&Class::Delete);
        self.chosen(summary).filter(move |table| {
            let needs_name = table.end.as_ref().is_some_and(|end| end.caution.is_some());
            deletes && needs_name && !self.confirm.contains(&name(table))
        })
    }
}

fn compared(summary: &Summary) -> impl Iterator<Item = &TableSummary> {
    summary.tables.iter().filter(|table| table.end.is_some())
}

pub(super) fn name(table: &TableSummary) -> String {
    table.table.name.to_string()
}

/// `update-new`, or `update_new` as plans write it.
pub(super) fn class(text: &str) -> Result<Class, String> {
    let wanted = text.trim().replace('-', "_");
    let class = serde_json::from_value(wanted.into());
    class.map_err(|_| "insert, update-new, changed-same-time, time-unknown or delete".to_owned())
}

/// `public.item:3,17`. A table's name may hold a colon, a number none.
fn except(text: &str) -> Result<(String, BTreeSet<u64>), String> {
    let (table, rows) = text.rsplit_once(':').unwrap_or((text, ""));
    let rows: Result<BTreeSet<u64>, _> = rows.split(',').map(|row| row.trim().parse()).collect();
    match rows {
        Ok(rows) if !table.is_empty() => Ok((table.to_owned(), rows)),
        _ => Err("give a table and the numbers of rows, such as public.item:3,17".to_owned()),
    }
}
