//! The one transaction that moves staged rows into their tables.

use std::time::Duration;

use tokio_postgres::{IsolationLevel, Transaction};

use super::{Target, fault};
use crate::statements::quote;
use crate::{Limits, LoadError, LoadPlan, Mode, TableReport};

/// Opens the transaction. Waiting for a lock and each statement have their limits.
pub(super) async fn begin(
    client: &mut tokio_postgres::Client,
    limits: Limits,
) -> Result<Transaction<'_>, LoadError> {
    let step = |error| fault::database("beginning the swap", error);
    // Each statement sees what the lock waited for, whatever the role's default is.
    let builder = client
        .build_transaction()
        .isolation_level(IsolationLevel::ReadCommitted)
        .read_only(false);
    let transaction = builder.start().await.map_err(step)?;
    let milliseconds = |limit: Duration| limit.as_millis().to_string();
    transaction
        .query(
            "SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true)",
            &[&milliseconds(limits.lock), &milliseconds(limits.statement)],
        )
        .await
        .map_err(step)?;
    Ok(transaction)
}

/// The swap of all tables of a plan.
pub(super) struct Swap<'a> {
    pub(super) transaction: Transaction<'a>,
    pub(super) plan: &'a LoadPlan,
    pub(super) targets: &'a [Target],
}

impl Swap<'_> {
    /// Moves all rows and commits. `staged` are the counted rows.
    pub(super) async fn run(self, staged: &[u64]) -> Result<Vec<TableReport>, LoadError> {
        let mut reports = Vec::new();
        for (target, staged) in self.targets.iter().zip(staged) {
            self.hold(target).await?;
            let mut report = self.shape(target).await?;
            report.staged = *staged;
            self.check_exact(target).await?;
            reports.push(report);
        }
        self.delete(&mut reports).await?;
        for (target, report) in self.targets.iter().zip(&mut reports) {
            self.fill(target, report).await?;
        }
        self.transaction
            .commit()
            .await
            .map_err(|error| fault::database("committing the swap", error))?;
        Ok(reports)
    }

    /// Keeps other writers out, so that what is counted stays so; readers go on.
    async fn hold(&self, target: &Target) -> Result<(), LoadError> {
        let step = |error| fault::database(format!("locking table {}", target.shown), error);
        if !target.fitted.absent && self.plan.mode != Mode::Append {
            let lock = format!(
                "LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE",
                target.statements.target()
            );
            self.transaction.batch_execute(&lock).await.map_err(step)?;
        }
        let table = &self.plan.tables[target.index];
        let place = super::Place::find(&self.transaction, table)
            .await
            .map_err(step)?;
        let existing = place.describe(&self.transaction).await.map_err(step)?;
        if place.shown() == target.shown && existing == target.existing {
            return Ok(());
        }
        Err(LoadError::Changed {
            table: target.shown.clone(),
        })
    }

    /// Makes the table or its missing columns.
    async fn shape(&self, target: &Target) -> Result<TableReport, LoadError> {
        let table = &self.plan.tables[target.index];
        let mut report = TableReport {
            name: table.name.clone(),
            created: target.fitted.absent,
            ..TableReport::default()
        };
        let native = |index: usize| (super::DIALECT.native)(table.columns[index].kind);
        if target.fitted.absent {
            let types = (0..table.columns.len()).map(native);
            self.execute("making", target, &target.statements.create(types))
                .await?;
            return Ok(report);
        }
        for &index in &target.fitted.missing {
            self.execute(
                "adding a column to",
                target,
                &target.statements.add_column(index, native(index)),
            )
            .await?;
            report.columns_added.push(table.columns[index].name.clone());
        }
        Ok(report)
    }

    /// Refuses numbers that a column would round.
    async fn check_exact(&self, target: &Target) -> Result<(), LoadError> {
        let table = &self.plan.tables[target.index];
        for (column, fit) in table.columns.iter().zip(&target.fitted.fits) {
            let Some(own_type) = &fit.rounds_to else {
                continue;
            };
            let key: Vec<_> = table
                .key
                .iter()
                .map(|name| format!("{}::text", quote(name)))
                .collect();
            let key = if key.is_empty() {
                "''".to_owned()
            } else {
                format!("concat_ws(', ', {})", key.join(", "))
            };
            let name = quote(&column.name);
            let stage = target.statements.stage();
            let rounded = format!(
                "SELECT {key}, {name}::text FROM {stage} \
                 WHERE {name}::numeric IS DISTINCT FROM {name}::{own_type}::numeric LIMIT 1"
            );
            let step = |error| {
                fault::database(
                    format!("checking column {} of table {}", column.name, target.shown),
                    error,
                )
            };
            let Some(row) = self
                .transaction
                .query_opt(&rounded, &[])
                .await
                .map_err(step)?
            else {
                continue;
            };
            let (key, value): (String, String) =
                (row.try_get(0).map_err(step)?, row.try_get(1).map_err(step)?);
            return Err(LoadError::Cell {
                table: target.shown.clone(),
                row: format!("{}={key}", table.key.join(", ")),
                column: column.name.clone(),
                reason: format!("{own_type} would round {value}: alter the column to numeric"),
            });
        }
        Ok(())
    }

    /// Removes what must go: children before their parents, in case keys bind them.
    async fn delete(&self, reports: &mut [TableReport]) -> Result<(), LoadError> {
        for (target, report) in self.targets.iter().zip(reports).rev() {
            let delete = match self.plan.mode {
                Mode::Replace => target.statements.delete_all(),
                Mode::Upsert if target.index > 0 => self.delete_lost_children(target),
                Mode::Upsert | Mode::Append => continue,
            };
            report.deleted = self.execute("deleting from", target, &delete).await?;
        }
        Ok(())
    }

    fn delete_lost_children(&self, child: &Target) -> String {
        let parent = &self.targets[0];
        let (parent_table, child_table) = (&self.plan.tables[0], &self.plan.tables[child.index]);
        let stage = |target: &Target, name: &String| {
            self.plan.tables[target.index]
                .position(name)
                .map(|at| target.fitted.fits[at].stage)
        };
        let link = |(key, own): (&String, &String)| {
            // The same number may be text here and bigint there.
            let cast = if stage(parent, key) == stage(child, own) {
                ""
            } else {
                "::text"
            };
            format!("p.{}{cast} = t.{}{cast}", quote(key), quote(own))
        };
        let links: Vec<_> = parent_table
            .key
            .iter()
            .zip(&child_table.parent)
            .map(link)
            .collect();
        child
            .statements
            .delete_lost_children(&parent.statements, &links)
    }

    async fn fill(&self, target: &Target, report: &mut TableReport) -> Result<(), LoadError> {
        let statements = &target.statements;
        let keyed = statements.has_key();
        let known = match self.plan.mode {
            Mode::Upsert | Mode::Append if keyed => self.count_known(target).await?,
            _ => 0,
        };
        if self.plan.mode == Mode::Upsert && keyed {
            let touched = self
                .execute(
                    "upserting into",
                    target,
                    &statements.upsert(&changed(target, self.plan)),
                )
                .await?;
            report.inserted = report.staged - known;
            report.updated = touched.saturating_sub(report.inserted);
            return check_count(target, touched.min(report.inserted), report.inserted);
        }
        if known > 0 {
            return Err(self.clash(target, known).await?);
        }
        report.inserted = self
            .execute("inserting into", target, &statements.insert())
            .await?;
        check_count(target, report.inserted, report.staged)
    }

    async fn count_known(&self, target: &Target) -> Result<u64, LoadError> {
        let step = |error| {
            fault::database(
                format!("looking for known keys in table {}", target.shown),
                error,
            )
        };
        let row = self
            .transaction
            .query_one(&target.statements.count_known(), &[])
            .await
            .map_err(step)?;
        super::count(&row).map_err(step)
    }

    async fn clash(&self, target: &Target, count: u64) -> Result<LoadError, LoadError> {
        let step = |error| {
            fault::database(
                format!("looking for known keys in table {}", target.shown),
                error,
            )
        };
        let row = self
            .transaction
            .query_one(&target.statements.first_known(), &[])
            .await
            .map_err(step)?;
        let mut parts = Vec::new();
        for (index, name) in self.plan.tables[target.index].key.iter().enumerate() {
            let text: String = row.try_get(index).map_err(step)?;
            parts.push(format!("{name}={text}"));
        }
        Ok(LoadError::Clash {
            table: target.shown.clone(),
            key: parts.join(", "),
            count,
        })
    }

    async fn execute(
        &self,
        step: &str,
        target: &Target,
        statement: &str,
    ) -> Result<u64, LoadError> {
        let step = |error| fault::database(format!("{step} table {}", target.shown), error);
        self.transaction.execute(statement, &[]).await.map_err(step)
    }
}

/// Whether the row `t` and the row `excluded` differ in any byte.
///
/// `IS DISTINCT FROM` would take 1.0 for 1.00 and, in `citext`, `A` for `a`; and `json` has no equality at all.
/// The cast keeps PostgreSQL from comparing column by column, for which there is no such operator.
///
/// Source: PostgreSQL documentation, "Composite Type Comparison".
fn changed(target: &Target, plan: &LoadPlan) -> String {
    let table = &plan.tables[target.index];
    let values = table
        .columns
        .iter()
        .filter(|column| !table.key.contains(&column.name));
    let names: Vec<_> = values.map(|column| quote(&column.name)).collect();
    let row = |of: &str| {
        let names: Vec<_> = names.iter().map(|name| format!("{of}.{name}")).collect();
        format!("(ROW({})::record)", names.join(", "))
    };
    format!("{} OPERATOR(pg_catalog.*<>) {}", row("t"), row("excluded"))
}

/// A trigger, a rule or row security may have swallowed rows.
fn check_count(target: &Target, counted: u64, expected: u64) -> Result<(), LoadError> {
    if counted == expected {
        return Ok(());
    }
    Err(LoadError::Count {
        table: target.shown.clone(),
        step: "inserted",
        counted,
        expected,
    })
}
