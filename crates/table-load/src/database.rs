//! The database to load into, and the load under way.

use std::time::Duration;

use function_core::Secret;

use crate::{LoadError, LoadPlan, LoadReport, TableReport};

/// How long a load waits for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For the connection, log-in included. Default 10 s.
    pub connect: Duration,
    /// For another load of the same table, and for each lock of the database. Default 60 s.
    pub lock: Duration,
    /// For each statement of the swap; staging has no limit, for it waits for the source. PostgreSQL only.
    /// Default 10 min.
    pub statement: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            lock: Duration::from_mins(1),
            statement: Duration::from_mins(10),
        }
    }
}

/// A database that takes loads. Holding one holds no connection.
#[derive(Clone)]
pub struct Database {
    address: Address,
    limits: Limits,
}

#[derive(Clone)]
enum Address {
    #[cfg(feature = "postgres")]
    Postgres(Box<crate::postgres::Address>),
    #[cfg(feature = "sqlite")]
    Sqlite(crate::sqlite::Address),
}

impl Database {
    /// Reads the address of a database; connects to nothing.
    ///
    /// - `postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…&sslrootcert=…` (or `postgres://`); a socket's folder
    ///   as `postgresql://USER:PASSWORD@/DATABASE?host=/cloudsql/…`. `sslmode` means what it means to libpq:
    ///   `disable`, `prefer` (the default: it may fall back to a plain line), `require` (encrypts, and checks the
    ///   server's certificate only if `sslrootcert` is given), `verify-ca`, `verify-full`.
    /// - `sqlite:PATH` or `sqlite:///PATH`; the file is made if it is not there.
    ///
    /// The session must be the load's own: a pooler in transaction mode would lose its staging tables and its lock.
    ///
    /// # Errors
    /// [`LoadError::Url`]: it is no such address, or this binary was built without that database.
    pub fn from_url(url: &Secret) -> Result<Self, LoadError> {
        let scheme = url.expose().split(':').next().unwrap_or_default();
        let address = match scheme {
            #[cfg(feature = "postgres")]
            "postgres" | "postgresql" => {
                let address = crate::postgres::Address::parse(url);
                Address::Postgres(Box::new(
                    address.map_err(|error| LoadError::Url { rule: error.rule })?,
                ))
            }
            #[cfg(feature = "sqlite")]
            "sqlite" => Address::Sqlite(crate::sqlite::Address::parse(url)?),
            #[cfg(not(feature = "postgres"))]
            "postgres" | "postgresql" => return Err(not_built("postgres")),
            #[cfg(not(feature = "sqlite"))]
            "sqlite" => return Err(not_built("sqlite")),
            _ => {
                let rule = "it starts with postgresql:// or sqlite:";
                return Err(LoadError::Url {
                    rule: rule.to_owned(),
                });
            }
        };
        Ok(Self {
            address,
            limits: Limits::default(),
        })
    }

    /// The same database with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The address without its password.
    pub fn describe(&self) -> String {
        match &self.address {
            #[cfg(feature = "postgres")]
            Address::Postgres(address) => address.describe().to_owned(),
            #[cfg(feature = "sqlite")]
            Address::Sqlite(address) => address.describe(),
        }
    }

    /// Begins a load: connects, locks the tables against other loads, checks their structure, makes staging.
    ///
    /// Nothing that others see is made or altered before [`Load::finish`].
    ///
    /// # Errors
    /// The plan is at fault, the database can't be reached, another load holds the tables, or they do not fit.
    pub async fn begin(&self, plan: &LoadPlan) -> Result<Load, LoadError> {
        let inner = match &self.address {
            #[cfg(feature = "postgres")]
            Address::Postgres(address) => {
                let load = crate::postgres::Load::begin(address, plan, self.limits).await?;
                Inner::Postgres(Box::new(load))
            }
            #[cfg(feature = "sqlite")]
            Address::Sqlite(address) => {
                Inner::Sqlite(crate::sqlite::Load::begin(address, plan, self.limits).await?)
            }
        };
        tracing::debug!(database = %self.describe(), load = %plan.source, "load begun");
        Ok(Load {
            inner,
            source: plan.source.clone(),
            tables: plan.tables.len(),
        })
    }
}

#[cfg(not(all(feature = "postgres", feature = "sqlite")))]
fn not_built(feature: &str) -> LoadError {
    let rule = format!("this program was built without the feature {feature} of table-load");
    LoadError::Url { rule }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("Database")
            .field(&self.describe())
            .finish()
    }
}

/// A load under way. Dropped before [`Load::finish`] ends, it leaves the tables as they were.
///
/// After an error it is of no more use, and neither is one whose `write` was cancelled.
pub struct Load {
    inner: Inner,
    source: String,
    tables: usize,
}

enum Inner {
    #[cfg(feature = "postgres")]
    Postgres(Box<crate::postgres::Load>),
    #[cfg(feature = "sqlite")]
    Sqlite(crate::sqlite::Load),
}

impl Load {
    /// Adds a row to the table at `table` in the plan, its cells in the order of the columns.
    ///
    /// Rows are buffered, some 256 KiB a table, and tables may be fed in turns.
    ///
    /// # Errors
    /// A cell can't be stored, a key came twice, or the database stopped. What the database has against a row may
    /// come with a later row, or with [`Load::finish`].
    pub async fn write(&mut self, table: usize, row: &[Option<&str>]) -> Result<(), LoadError> {
        if table >= self.tables {
            return Err(self.misuse(format!(
                "there is no table at {table}, it has {}",
                self.tables
            )));
        }
        match &mut self.inner {
            #[cfg(feature = "postgres")]
            Inner::Postgres(load) => load.write(table, row).await,
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(load) => load.write(table, row).await,
        }
    }

    /// Counts the rows of each table in the database and, if they are as many as `expected`, swaps all of them in
    /// by one transaction.
    ///
    /// Dropped while it runs, it has either swapped everything or nothing. If the line is cut during the commit,
    /// that is unknown: load again; `replace` and `upsert` may be repeated.
    ///
    /// # Errors
    /// The counts differ, the tables were altered meanwhile, or the database stopped. Nothing has changed then.
    pub async fn finish(self, expected: &[u64]) -> Result<LoadReport, LoadError> {
        if expected.len() != self.tables {
            return Err(self.misuse(format!(
                "{} row counts for its {} tables",
                expected.len(),
                self.tables
            )));
        }
        let report = match self.inner {
            #[cfg(feature = "postgres")]
            Inner::Postgres(load) => load.finish(expected).await?,
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(load) => load.finish(expected).await?,
        };
        report
            .tables
            .iter()
            .for_each(|table| log(&self.source, table));
        Ok(report)
    }

    fn misuse(&self, fault: String) -> LoadError {
        LoadError::Plan {
            load: self.source.clone(),
            faults: vec![fault],
        }
    }
}

fn log(source: &str, table: &TableReport) {
    tracing::info!(
        load = source,
        table = %table.name,
        staged = table.staged,
        inserted = table.inserted,
        updated = table.updated,
        deleted = table.deleted,
        "table loaded"
    );
}

impl std::fmt::Debug for Load {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Load")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}
