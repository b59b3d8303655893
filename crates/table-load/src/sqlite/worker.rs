//! The blocking side: one connection, fed through a channel.

use rusqlite::{Connection, params_from_iter};
use tokio::sync::mpsc::Receiver;

use super::address::Address;
use super::batch::Batch;
use super::catalog::{DIALECT, describe};
use super::fault;
use super::swap::Swap;
use crate::statements::{Statements, quote};
use crate::structure::{Existing, Fitted};
use crate::{Limits, LoadError, LoadPlan, LoadReport};

/// What the worker is to do.
pub(super) enum Command {
    /// Stage rows of the table at this place.
    Rows(usize, Batch),
    /// Swap them in if they are as many as these.
    Finish(Vec<u64>),
}

/// A table of the plan and what is known of it.
pub(super) struct Target {
    /// What was there when the load began.
    pub(super) existing: Option<Existing>,
    pub(super) fitted: Fitted<()>,
    pub(super) statements: Statements,
}

/// A connection with staging tables.
pub(super) struct Worker {
    connection: Connection,
    plan: LoadPlan,
    targets: Vec<Target>,
}

impl Worker {
    /// Opens the file, checks the tables' structure, and makes staging. Staging is in a temporary database
    /// beside the file, so that the file is locked during the swap only.
    pub(super) fn begin(
        address: &Address,
        plan: LoadPlan,
        limits: Limits,
    ) -> Result<Self, LoadError> {
        let refused = |error| match fault::database("", error) {
            LoadError::Database {
                passing, source, ..
            } => LoadError::Connect {
                database: address.describe(),
                passing,
                source,
            },
            other => other,
        };
        let connection = Connection::open(&address.path).map_err(refused)?;
        connection.busy_timeout(limits.lock).map_err(refused)?;
        let targets = (0..plan.tables.len()).map(|index| inspect(&connection, &plan, index));
        let targets = targets.collect::<Result<Vec<_>, _>>()?;
        for (table, target) in plan.tables.iter().zip(&targets) {
            let types = table
                .columns
                .iter()
                .map(|column| (DIALECT.native)(column.kind));
            connection
                .execute_batch(&target.statements.create_stage(types))
                .map_err(|error| {
                    fault::database(format!("making the staging table of {}", table.name), error)
                })?;
        }
        Ok(Self {
            connection,
            plan,
            targets,
        })
    }

    /// Obeys until told to finish. `None` if the load was dropped before.
    pub(super) fn run(
        mut self,
        commands: &mut Receiver<Command>,
    ) -> Result<Option<LoadReport>, LoadError> {
        while let Some(command) = commands.blocking_recv() {
            match command {
                Command::Rows(index, batch) => self.stage(index, &batch)?,
                Command::Finish(expected) => {
                    let swap = Swap::begin(&mut self.connection, &self.plan, &self.targets)?;
                    return swap.run(&expected, || commands.is_closed());
                }
            }
        }
        Ok(None)
    }

    fn stage(&mut self, index: usize, batch: &Batch) -> Result<(), LoadError> {
        let (table, target) = (&self.plan.tables[index], &self.targets[index]);
        let step = || format!("staging the rows of table {}", table.name);
        let transaction = self
            .connection
            .transaction()
            .map_err(|error| fault::database(step(), error))?;
        let columns = target.statements.columns();
        let places = vec!["?"; columns.len()].join(", ");
        let insert = format!(
            "INSERT INTO {} ({}) VALUES ({places})",
            target.statements.stage(),
            columns.join(", ")
        );
        let mut insert = transaction
            .prepare(&insert)
            .map_err(|error| fault::database(step(), error))?;
        for row in batch.rows(columns.len()) {
            insert.execute(params_from_iter(&row)).map_err(|error| {
                // SQLite's words name the column but no value.
                fault::database(
                    format!(
                        "staging row {} of table {}",
                        table.row_name(&row, 0),
                        table.name
                    ),
                    error,
                )
            })?;
        }
        drop(insert);
        transaction
            .commit()
            .map_err(|error| fault::database(step(), error))
    }
}

fn inspect(connection: &Connection, plan: &LoadPlan, index: usize) -> Result<Target, LoadError> {
    let table = &plan.tables[index];
    let existing = describe(connection, &table.name)
        .map_err(|error| fault::database(format!("looking at table {}", table.name), error))?;
    let fitted = DIALECT
        .compare(table, existing.as_ref(), plan.create)
        .map_err(|differences| LoadError::Structure {
            table: table.name.clone(),
            differences,
        })?;
    let target = format!("main.{}", quote(&table.name));
    let statements = Statements::new(table, target, format!("temp.stage_{index}"));
    Ok(Target {
        existing,
        fitted,
        statements,
    })
}
