//! The databases that are exported: clusters and instances with their tables.

use std::time::Duration;

use super::table::Table;

/// Whether a source is an Aurora cluster or a single instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A DB cluster.
    Cluster,
    /// A DB instance.
    Instance,
}

impl Kind {
    /// What precedes the identifier in the ARN of a snapshot.
    pub(crate) fn snapshot_resource(self) -> &'static str {
        match self {
            Self::Cluster => "cluster-snapshot",
            Self::Instance => "snapshot",
        }
    }

    /// What precedes the identifier in the ARN of the source.
    pub(crate) fn resource(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Instance => "db",
        }
    }
}

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// `aurora-mysql`
    AuroraMysql,
    /// `aurora-postgresql`
    AuroraPostgresql,
    /// `mysql`
    Mysql,
    /// `mariadb`
    Mariadb,
    /// `postgres`
    Postgres,
    /// `sqlserver-se`, which can't be exported.
    SqlServer,
}

impl Engine {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AuroraMysql => "aurora-mysql",
            Self::AuroraPostgresql => "aurora-postgresql",
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
            Self::Postgres => "postgres",
            Self::SqlServer => "sqlserver-se",
        }
    }

    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::AuroraMysql => "8.0.mysql_aurora.3.08.2",
            Self::AuroraPostgresql | Self::Postgres => "16.8",
            Self::Mysql => "8.0.42",
            Self::Mariadb => "11.4.7",
            Self::SqlServer => "16.00.4185.3.v1",
        }
    }

    /// Whether its databases hold schemas, which hold tables.
    pub(crate) fn has_schemas(self) -> bool {
        matches!(self, Self::AuroraPostgresql | Self::Postgres)
    }

    /// Whether AWS exports it.
    pub(crate) fn exportable(self) -> bool {
        self != Self::SqlServer
    }
}

/// A cluster or an instance.
#[derive(Clone, Debug)]
pub struct Source {
    pub(crate) kind: Kind,
    pub(crate) identifier: String,
    pub(crate) engine: Engine,
    pub(crate) tables: Vec<Table>,
    pub(crate) times: Option<(Duration, Duration)>,
    pub(crate) gigabytes: u32,
}

impl Source {
    /// A cluster without tables.
    pub fn cluster(identifier: &str, engine: Engine) -> Self {
        Self::new(Kind::Cluster, identifier, engine)
    }

    /// An instance without tables.
    pub fn instance(identifier: &str, engine: Engine) -> Self {
        Self::new(Kind::Instance, identifier, engine)
    }

    fn new(kind: Kind, identifier: &str, engine: Engine) -> Self {
        Self {
            kind,
            identifier: identifier.to_owned(),
            engine,
            tables: Vec::new(),
            times: None,
            gigabytes: 12,
        }
    }

    /// Its identifier, such as `app-db`.
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// With one more table, or the table of that name replaced.
    #[must_use]
    pub fn table(mut self, table: Table) -> Self {
        self.set_table(table);
        self
    }

    /// Its exports are STARTING and `IN_PROGRESS` for this long.
    #[must_use]
    pub fn takes(mut self, starting: Duration, running: Duration) -> Self {
        self.times = Some((starting, running));
        self
    }

    /// Its exports extract so many gigabytes, whatever its tables hold.
    #[must_use]
    pub fn gigabytes(mut self, gigabytes: u32) -> Self {
        self.gigabytes = gigabytes;
        self
    }

    /// Adds a table, or replaces the one of that name.
    pub fn set_table(&mut self, table: Table) {
        self.drop_table(&table.name());
        self.tables.push(table);
    }

    /// Removes a table; `name` is `database.table` or `database.schema.table`.
    pub fn drop_table(&mut self, name: &str) {
        self.tables.retain(|table| table.name() != name);
    }

    /// The table `database.table` or `database.schema.table`.
    pub fn table_mut(&mut self, name: &str) -> Option<&mut Table> {
        self.tables.iter_mut().find(|table| table.name() == name)
    }
}
