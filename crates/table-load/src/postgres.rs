//! Loading into PostgreSQL: COPY into temporary tables, then one transaction.
//!
//! Staging happens outside the transaction, for it lasts as long as the source needs: minutes of an open
//! transaction would keep the whole database from cleaning up. A session lock keeps other loads away meanwhile.

mod catalog;
mod fault;
mod session;
mod staging;
mod swap;

pub(crate) use postgres_client::Address;
use postgres_client::Session;
use tokio_postgres::{Client, Row};

use self::catalog::{DIALECT, Fit, Place};
use self::staging::Staging;
use self::swap::Swap;
use crate::plan::Identifiers;
use crate::statements::Statements;
use crate::structure::{Existing, Fitted};
use crate::{Limits, LoadError, LoadPlan, LoadReport, Mode};

/// Source: PostgreSQL documentation, "Identifiers and Key Words": 63 bytes, and what is longer is cut silently.
const IDENTIFIERS: Identifiers = Identifiers {
    bytes_max: 63,
    ignore_case: false,
    schemas: true,
};

/// A load under way. Dropped, it ends the session, and with it the staging tables and the lock.
pub(crate) struct Load {
    client: Session,
    plan: LoadPlan,
    limits: Limits,
    targets: Vec<Target>,
    staging: Staging,
}

/// A table of the plan and what is known of it.
struct Target {
    /// Its place in the plan.
    index: usize,
    /// Schema and name.
    shown: String,
    /// What was there when the load began.
    existing: Option<Existing>,
    fitted: Fitted<Fit>,
    statements: Statements,
}

impl Load {
    /// Connects, locks, checks the tables' structure, and makes staging.
    pub(crate) async fn begin(
        address: &Address,
        plan: &LoadPlan,
        limits: Limits,
    ) -> Result<Self, LoadError> {
        plan.check(IDENTIFIERS)?;
        let client = session::connect(address, &plan.source, limits).await?;
        session::set_up(&client, &plan.time_zone).await?;
        lock_all(&client, &find_places(&client, plan).await?, limits).await?;
        // Again: whoever held the lock may have made the tables meanwhile.
        let places = find_places(&client, plan).await?;
        let mut load = Self {
            client,
            plan: plan.clone(),
            limits,
            targets: Vec::new(),
            staging: Staging::new(),
        };
        for (index, place) in places.iter().enumerate() {
            load.targets.push(load.inspect(index, place).await?);
        }
        for target in &load.targets {
            let fits = &target.fitted.fits;
            let forms = fits.iter().map(|fit| fit.form).collect();
            let types = fits.iter().map(|fit| fit.stage);
            load.staging
                .add(
                    &load.client,
                    &target.statements,
                    types,
                    forms,
                    &target.shown,
                )
                .await?;
        }
        Ok(load)
    }

    async fn inspect(&self, index: usize, place: &Place) -> Result<Target, LoadError> {
        let (table, shown) = (&self.plan.tables[index], place.shown());
        let step = |error| fault::database(format!("looking at table {shown}"), error);
        let existing = place.describe(&*self.client).await.map_err(step)?;
        let fitted = DIALECT
            .compare(table, existing.as_ref(), self.plan.create)
            .map_err(|differences| LoadError::Structure {
                table: shown.clone(),
                differences,
            })?;
        let statements = Statements::new(table, place.quoted(), format!("pg_temp.stage_{index}"));
        Ok(Target {
            index,
            shown,
            existing,
            fitted,
            statements,
        })
    }

    pub(crate) async fn write(
        &mut self,
        index: usize,
        row: &[Option<&str>],
    ) -> Result<(), LoadError> {
        self.staging
            .write(&self.client, index, &self.plan.tables[index], row)
            .await
    }

    /// Counts what is staged and swaps it in.
    pub(crate) async fn finish(mut self, expected: &[u64]) -> Result<LoadReport, LoadError> {
        let written = self.staging.finish(&self.client).await?;
        let mut counted = Vec::new();
        for (target, (&written, &expected)) in self.targets.iter().zip(written.iter().zip(expected))
        {
            let staged = self.count_staged(target).await?;
            if (staged, written) != (expected, expected) {
                let (table, counted) = (target.shown.clone(), staged);
                return Err(LoadError::Count {
                    table,
                    step: "staged",
                    counted,
                    expected,
                });
            }
            counted.push(staged);
        }
        let transaction = swap::begin(&mut self.client, self.limits).await?;
        let swap = Swap {
            transaction,
            plan: &self.plan,
            targets: &self.targets,
        };
        Ok(LoadReport {
            tables: swap.run(&counted).await?,
        })
    }

    async fn count_staged(&self, target: &Target) -> Result<u64, LoadError> {
        let step = |error| {
            fault::database(
                format!("counting the staged rows of table {}", target.shown),
                error,
            )
        };
        if self.plan.mode != Mode::Replace {
            // The joins to come need to know that the table is not empty; nobody else analyses a temporary one.
            let analyze = format!("ANALYZE {}", target.statements.stage());
            self.client.batch_execute(&analyze).await.map_err(step)?;
        }
        let row = self
            .client
            .query_one(&target.statements.count_stage(), &[])
            .await
            .map_err(step)?;
        count(&row).map_err(step)
    }
}

fn count(row: &Row) -> Result<u64, tokio_postgres::Error> {
    row.try_get(0).map(i64::unsigned_abs)
}

async fn find_places(client: &Client, plan: &LoadPlan) -> Result<Vec<Place>, LoadError> {
    let mut places = Vec::new();
    for table in &plan.tables {
        let step = |error| fault::database(format!("looking for table {}", table.name), error);
        places.push(Place::find(client, table).await.map_err(step)?);
    }
    Ok(places)
}

/// Locks in the order of names, so that two loads never wait for each other.
async fn lock_all(client: &Client, places: &[Place], limits: Limits) -> Result<(), LoadError> {
    let mut names: Vec<_> = places.iter().map(Place::shown).collect();
    names.sort_unstable();
    for name in names {
        session::lock(client, &name, limits.lock).await?;
    }
    Ok(())
}
