//! The databases of a story.

use test_services::{MariaDb, PostgresServer, PostgresSetup};

/// Two databases that can be asked by their server's own client.
pub(crate) trait Databases {
    /// The pattern that means all tables.
    const ALL_TABLES: &'static str;

    fn source_url(&self) -> String;
    fn target_url(&self) -> String;
    fn source(&self, sql: &str) -> String;
    fn target(&self, sql: &str) -> String;
}

/// Two databases of one PostgreSQL server: quick to start.
pub(crate) struct OneServer(pub(crate) PostgresServer);

impl OneServer {
    pub(crate) fn start() -> Self {
        let server = PostgresServer::start().unwrap();
        server.create_database("development").unwrap();
        server.create_database("production").unwrap();
        Self(server)
    }
}

impl Databases for OneServer {
    const ALL_TABLES: &'static str = "public.*";

    fn source_url(&self) -> String {
        self.0.url_of("development")
    }

    fn target_url(&self) -> String {
        self.0.url_of("production")
    }

    fn source(&self, sql: &str) -> String {
        self.0.query_in("development", sql).unwrap()
    }

    fn target(&self, sql: &str) -> String {
        self.0.query_in("production", sql).unwrap()
    }
}

/// PostgreSQL 15 and a newer one that tell values and order text otherwise.
pub(crate) struct TwoServers {
    older: PostgresServer,
    newer: PostgresServer,
}

impl TwoServers {
    pub(crate) fn start() -> Self {
        let older = PostgresSetup::new()
            .locale(&["--locale-provider=icu", "--icu-locale=en"])
            .setting("TimeZone=Asia/Tokyo")
            .setting("DateStyle=SQL, DMY")
            .setting("extra_float_digits=-3")
            .setting("bytea_output=escape")
            .start()
            .unwrap();
        let newer = PostgresSetup::newer()
            .locale(&["--locale-provider=builtin", "--builtin-locale=C.UTF-8"])
            .setting("TimeZone=America/New_York")
            .setting("DateStyle=German")
            .setting("IntervalStyle=sql_standard")
            .start()
            .unwrap();
        older.create_database("shop").unwrap();
        newer.create_database("shop").unwrap();
        Self { older, newer }
    }
}

impl Databases for TwoServers {
    const ALL_TABLES: &'static str = "public.*";

    fn source_url(&self) -> String {
        self.older.url_of("shop")
    }

    fn target_url(&self) -> String {
        self.newer.url_of("shop")
    }

    fn source(&self, sql: &str) -> String {
        self.older.query_in("shop", sql).unwrap()
    }

    fn target(&self, sql: &str) -> String {
        self.newer.query_in("shop", sql).unwrap()
    }
}

/// Two databases of one MariaDB server.
pub(crate) struct Maria(pub(crate) MariaDb);

impl Maria {
    pub(crate) fn start() -> Self {
        let server = MariaDb::start().unwrap();
        server.create_database("shop_dev").unwrap();
        server.create_database("shop").unwrap();
        Self(server)
    }
}

impl Databases for Maria {
    const ALL_TABLES: &'static str = "*";

    fn source_url(&self) -> String {
        self.0.url("shop_dev")
    }

    fn target_url(&self) -> String {
        self.0.url("shop")
    }

    fn source(&self, sql: &str) -> String {
        self.0.query("shop_dev", sql).unwrap()
    }

    fn target(&self, sql: &str) -> String {
        self.0.query("shop", sql).unwrap()
    }
}
