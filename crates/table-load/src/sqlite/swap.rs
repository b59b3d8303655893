//! The one transaction that moves staged rows into their tables.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::catalog::{DIALECT, describe};
use super::fault;
use super::worker::Target;
use crate::statements::quote;
use crate::{LoadError, LoadPlan, LoadReport, Mode, Table, TableReport};

/// The swap of all tables of a plan.
pub(super) struct Swap<'a> {
    transaction: Transaction<'a>,
    plan: &'a LoadPlan,
    targets: &'a [Target],
}

impl<'a> Swap<'a> {
    /// Waits for other writers, then keeps them out.
    pub(super) fn begin(
        connection: &'a mut Connection,
        plan: &'a LoadPlan,
        targets: &'a [Target],
    ) -> Result<Self, LoadError> {
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| fault::database("beginning the swap", error))?;
        Ok(Self {
            transaction,
            plan,
            targets,
        })
    }

    /// Moves all rows and commits, unless nobody waits for it any more.
    pub(super) fn run(
        self,
        expected: &[u64],
        is_abandoned: impl FnOnce() -> bool,
    ) -> Result<Option<LoadReport>, LoadError> {
        let mut reports = Vec::new();
        for ((table, target), &expected) in self.pairs().zip(expected) {
            reports.push(self.prepare(table, target, expected)?);
        }
        // Children go before their parents, in case keys bind them.
        for ((table, target), report) in self.pairs().zip(&mut reports).rev() {
            report.deleted = self.delete(table, target)?;
        }
        for ((table, target), report) in self.pairs().zip(&mut reports) {
            self.fill(table, target, report)?;
        }
        if is_abandoned() {
            return Ok(None);
        }
        self.transaction
            .commit()
            .map_err(|error| fault::database("committing the swap", error))?;
        Ok(Some(LoadReport { tables: reports }))
    }

    fn pairs(
        &self,
    ) -> impl DoubleEndedIterator<Item = (&'a Table, &'a Target)> + ExactSizeIterator + use<'a>
    {
        self.plan.tables.iter().zip(self.targets)
    }

    /// Checks counts and structure, and makes the table or its missing columns.
    fn prepare(
        &self,
        table: &Table,
        target: &Target,
        expected: u64,
    ) -> Result<TableReport, LoadError> {
        let staged = self.count(
            "counting the staged rows of",
            table,
            &target.statements.count_stage(),
        )?;
        check_count(table, "staged", staged, expected)?;
        let existing = describe(&self.transaction, &table.name)
            .map_err(|error| fault::database(format!("looking at table {}", table.name), error))?;
        if existing != target.existing {
            return Err(LoadError::Changed {
                table: table.name.clone(),
            });
        }
        let mut report = TableReport {
            name: table.name.clone(),
            staged,
            created: target.fitted.absent,
            ..TableReport::default()
        };
        let native = |index: usize| (DIALECT.native)(table.columns[index].kind);
        if target.fitted.absent {
            let types = (0..table.columns.len()).map(native);
            self.execute("making", table, &target.statements.create(types))?;
            return Ok(report);
        }
        for &index in &target.fitted.missing {
            self.execute(
                "adding a column to",
                table,
                &target.statements.add_column(index, native(index)),
            )?;
            report.columns_added.push(table.columns[index].name.clone());
        }
        Ok(report)
    }

    fn delete(&self, table: &Table, target: &Target) -> Result<u64, LoadError> {
        let delete = match self.plan.mode {
            Mode::Replace => target.statements.delete_all(),
            Mode::Upsert if !table.parent.is_empty() => self.delete_lost_children(table, target),
            Mode::Upsert | Mode::Append => return Ok(0),
        };
        self.execute("deleting from", table, &delete)
    }

    fn delete_lost_children(&self, table: &Table, target: &Target) -> String {
        let (parent_table, parent) = (&self.plan.tables[0], &self.targets[0]);
        let link = |(key, own): (&String, &String)| format!("p.{} = t.{}", quote(key), quote(own));
        let links: Vec<_> = parent_table
            .key
            .iter()
            .zip(&table.parent)
            .map(link)
            .collect();
        target
            .statements
            .delete_lost_children(&parent.statements, &links)
    }

    fn fill(
        &self,
        table: &Table,
        target: &Target,
        report: &mut TableReport,
    ) -> Result<(), LoadError> {
        let statements = &target.statements;
        let known = match self.plan.mode {
            Mode::Upsert | Mode::Append if statements.has_key() => self.count(
                "looking for known keys in",
                table,
                &statements.count_known(),
            )?,
            _ => 0,
        };
        if self.plan.mode == Mode::Upsert && statements.has_key() {
            let touched =
                self.execute("upserting into", table, &statements.upsert(&changed(table)))?;
            report.inserted = report.staged - known;
            report.updated = touched.saturating_sub(report.inserted);
            return check_count(
                table,
                "inserted",
                touched.min(report.inserted),
                report.inserted,
            );
        }
        if known > 0 {
            return Err(self.clash(table, target, known)?);
        }
        report.inserted = self.execute("inserting into", table, &statements.insert())?;
        check_count(table, "inserted", report.inserted, report.staged)
    }

    fn clash(&self, table: &Table, target: &Target, count: u64) -> Result<LoadError, LoadError> {
        let parts = self
            .transaction
            .query_row(&target.statements.first_known(), [], |row| {
                let part = |(index, name): (usize, &String)| {
                    Ok(format!("{name}={}", row.get::<_, String>(index)?))
                };
                table
                    .key
                    .iter()
                    .enumerate()
                    .map(part)
                    .collect::<rusqlite::Result<Vec<_>>>()
            });
        let step = |error| {
            fault::database(
                format!("looking for known keys in table {}", table.name),
                error,
            )
        };
        Ok(LoadError::Clash {
            table: table.name.clone(),
            key: parts.map_err(step)?.join(", "),
            count,
        })
    }

    fn count(&self, step: &str, table: &Table, query: &str) -> Result<u64, LoadError> {
        let count = self
            .transaction
            .query_row(query, [], |row| row.get::<_, i64>(0));
        count
            .map(i64::unsigned_abs)
            .map_err(|error| fault::database(format!("{step} table {}", table.name), error))
    }

    fn execute(&self, step: &str, table: &Table, statement: &str) -> Result<u64, LoadError> {
        let step = |error| fault::database(format!("{step} table {}", table.name), error);
        self.transaction
            .execute(statement, [])
            .map(|rows| rows as u64)
            .map_err(step)
    }
}

/// Whether the row `t` and the row `excluded` differ, letter case included.
fn changed(table: &Table) -> String {
    let differs = |name: String| format!("t.{name} COLLATE BINARY IS NOT excluded.{name}");
    let values = table
        .columns
        .iter()
        .filter(|column| !table.key.contains(&column.name));
    values
        .map(|column| differs(quote(&column.name)))
        .collect::<Vec<_>>()
        .join(" OR ")
}

/// A trigger may have swallowed rows.
fn check_count(
    table: &Table,
    step: &'static str,
    counted: u64,
    expected: u64,
) -> Result<(), LoadError> {
    if counted == expected {
        return Ok(());
    }
    Err(LoadError::Count {
        table: table.name.clone(),
        step,
        counted,
        expected,
    })
}
