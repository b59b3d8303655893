//! The address of a PostgreSQL database.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use function_core::Secret;
use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use crate::tls::Trust;

const SHAPE: &str = "it is `postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…`, each part percent-encoded; \
                     a socket's folder goes to `?host=/cloudsql/…`";
const OPTIONS: &str = "its options are host, port, user, password, dbname, sslmode and sslrootcert";

/// Where a PostgreSQL database is, who logs in, and what TLS must prove.
///
/// | `sslmode` | line | server's certificate |
/// |---|---|---|
/// | `disable` | plain | |
/// | `prefer` (default) | TLS if the server has it, else **plain** | not checked |
/// | `require` | TLS | checked as by `verify-ca` if `sslrootcert` is given, else **not checked** |
/// | `verify-ca` | TLS | signed by a known authority, for whichever host |
/// | `verify-full` | TLS | signed by a known authority, for this host |
///
/// Known authorities are those of the PEM file `sslrootcert`, else the operating system's (`SSL_CERT_FILE`).
/// A socket has no TLS, whatever `sslmode` says. Cloud SQL: a socket, or `verify-ca` with the instance's
/// authority, for its certificate does not carry a host name.
///
/// Source: PostgreSQL documentation, libpq, "SSL Support"; the meanings are the same.
#[derive(Clone)]
pub struct Address {
    /// Everything but TLS trust.
    pub(crate) config: Config,
    /// What a server's certificate must prove.
    pub(crate) trust: Trust,
    /// The PEM file of known authorities; `None` for the operating system's.
    pub(crate) roots: Option<PathBuf>,
    shown: String,
}

/// A text is no address of a PostgreSQL database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the database's address can't be used: {rule}")]
pub struct AddressError {
    /// What a right address looks like. The text itself is not repeated, for it may hold a password.
    pub rule: String,
}

impl fmt::Debug for Address {
    /// The address without its password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Address").field(&self.shown).finish()
    }
}

impl Address {
    /// Reads `url`, which starts with `postgres://` or `postgresql://`.
    ///
    /// # Errors
    /// It is no such address.
    pub fn parse(url: &Secret) -> Result<Self, AddressError> {
        Parts::parse(url.expose())
            .and_then(Parts::address)
            .map_err(|rule| AddressError { rule })
    }

    /// The same address with `password` in place of its own: one that comes from a file, or a token that serves as one.
    #[must_use]
    pub fn with_password(mut self, password: &Secret) -> Self {
        self.config.password(password.expose());
        self
    }

    /// The same server and the same login, in `database`.
    #[must_use]
    pub fn with_database(mut self, database: &str) -> Self {
        let old = self.config.get_dbname().unwrap_or_default();
        let server = self.shown.strip_suffix(old).unwrap_or_default();
        self.shown = format!("{server}{database}");
        self.config.dbname(database);
        self
    }

    /// The address without its password.
    pub fn describe(&self) -> &str {
        &self.shown
    }
}

/// What an address says, decoded.
#[derive(Default)]
struct Parts {
    host: String,
    port: Option<u16>,
    user: String,
    password: Option<String>,
    database: String,
    ssl_mode: String,
    ssl_root_cert: Option<PathBuf>,
}

impl Parts {
    /// Faults never repeat a value: a password with a stray `@` or `/` may be in any of them.
    fn parse(url: &str) -> Result<Self, String> {
        let (_, rest) = url.split_once("://").ok_or(SHAPE)?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = place.split_once('/').unwrap_or((place, ""));
        let (login, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = login
            .split_once(':')
            .map_or((login, None), |(user, word)| (user, Some(word)));
        let (host, port) = host
            .split_once(':')
            .map_or((host, None), |(host, port)| (host, Some(port)));
        let mut parts = Self {
            host: decode(host)?,
            user: decode(user)?,
            database: decode(database)?,
            ..Self::default()
        };
        parts.password = password.map(decode).transpose()?;
        parts.port = port.map(parse_port).transpose()?;
        for option in query.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').ok_or(OPTIONS)?;
            parts.set(name, decode(value)?)?;
        }
        Ok(parts)
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), String> {
        match name {
            "host" => self.host = value,
            "port" => self.port = Some(parse_port(&value)?),
            "user" => self.user = value,
            "password" => self.password = Some(value),
            "dbname" => self.database = value,
            "sslmode" => self.ssl_mode = value,
            "sslrootcert" => self.ssl_root_cert = Some(value.into()),
            _ => return Err(OPTIONS.to_owned()),
        }
        Ok(())
    }

    fn address(self) -> Result<Address, String> {
        if self.host.is_empty() || self.user.is_empty() {
            return Err(format!("it must name a host and a user: {SHAPE}"));
        }
        let socket = self.host.starts_with('/');
        let (mode, trust) = tls_demand(&self.ssl_mode, self.ssl_root_cert.is_some())?;
        let database = if self.database.is_empty() {
            &self.user
        } else {
            &self.database
        };
        let mut config = Config::new();
        config
            .host(&self.host)
            .port(self.port.unwrap_or(5432))
            .user(&self.user)
            .dbname(database)
            .ssl_mode(if socket { SslMode::Disable } else { mode });
        if let Some(password) = &self.password {
            config.password(password);
        }
        let port = self
            .port
            .map_or_else(String::new, |port| format!(":{port}"));
        let shown = format!("postgresql://{}@{}{port}/{database}", self.user, self.host);
        Ok(Address {
            config,
            trust,
            roots: self.ssl_root_cert,
            shown,
        })
    }
}

fn tls_demand(ssl_mode: &str, has_roots: bool) -> Result<(SslMode, Trust), String> {
    Ok(match ssl_mode {
        "disable" => (SslMode::Disable, Trust::Anyone),
        "" | "prefer" => (SslMode::Prefer, Trust::Anyone),
        "require" if !has_roots => (SslMode::Require, Trust::Anyone),
        "require" | "verify-ca" => (SslMode::Require, Trust::Authority),
        "verify-full" => (SslMode::Require, Trust::AuthorityAndHost),
        _ => {
            return Err(
                "its sslmode is disable, prefer, require, verify-ca or verify-full".to_owned(),
            );
        }
    })
}

fn decode(text: &str) -> Result<String, String> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| SHAPE)?;
    if decoded.contains('\0') {
        return Err(SHAPE.to_owned());
    }
    Ok(decoded.into_owned())
}

fn parse_port(text: &str) -> Result<u16, String> {
    u16::from_str(text).map_err(|_| format!("its port is no number from 0 to 65535: {SHAPE}"))
}

#[cfg(test)]
mod tests {
    use tokio_postgres::config::Host;

    use super::*;

    fn address(url: &str) -> Result<Address, AddressError> {
        Address::parse(&Secret::new(url))
    }

    #[test]
    fn reads_every_part() {
        let address =
            address("postgres://load:p%40ss%2Fword@db.example:5433/kintone?sslmode=verify-full")
                .unwrap();
        assert_eq!(address.config.get_password(), Some(b"p@ss/word".as_slice()));
        assert_eq!(address.config.get_ports(), [5433]);
        assert_eq!(address.config.get_ssl_mode(), SslMode::Require);
        assert_eq!(address.trust, Trust::AuthorityAndHost);
        assert_eq!(
            address.describe(),
            "postgresql://load@db.example:5433/kintone"
        );
    }

    #[test]
    fn another_password_takes_the_place_of_the_one_in_the_address() {
        for url in ["postgres://u@h/db", "postgres://u:old@h/db"] {
            let address = address(url).unwrap().with_password(&Secret::new("n:w@/"));
            assert_eq!(address.config.get_password(), Some(b"n:w@/".as_slice()));
            assert!(!format!("{address:?}").contains("n:w"));
        }
    }

    #[test]
    fn another_database_of_the_same_server_takes_the_place_of_the_one_in_the_address() {
        for url in [
            "postgres://u@h/old",
            "postgres://u@h/a%2Fb",
            "postgres://u@h",
        ] {
            let address = address(url).unwrap().with_database("new");
            assert_eq!(address.config.get_dbname(), Some("new"));
            assert_eq!(address.describe(), "postgresql://u@h/new");
        }
    }

    #[test]
    fn a_socket_is_a_folder_and_has_no_tls() {
        let address = address("postgresql://u:p@/db?host=/cloudsql/p:r:i&sslmode=require").unwrap();
        assert_eq!(
            address.config.get_hosts(),
            [Host::Unix("/cloudsql/p:r:i".into())]
        );
        assert_eq!(address.config.get_ssl_mode(), SslMode::Disable);
        assert_eq!(address.describe(), "postgresql://u@/cloudsql/p:r:i/db");
    }

    #[test]
    fn tls_is_what_libpq_means_by_it() {
        let demand = |query: &str| {
            let address = address(&format!("postgresql://u@h/db{query}")).unwrap();
            (address.config.get_ssl_mode(), address.trust)
        };
        assert_eq!(demand(""), (SslMode::Prefer, Trust::Anyone));
        assert_eq!(
            demand("?sslmode=disable"),
            (SslMode::Disable, Trust::Anyone)
        );
        assert_eq!(
            demand("?sslmode=require"),
            (SslMode::Require, Trust::Anyone)
        );
        assert_eq!(
            demand("?sslmode=require&sslrootcert=/ca.pem"),
            (SslMode::Require, Trust::Authority)
        );
        assert_eq!(
            demand("?sslmode=verify-ca"),
            (SslMode::Require, Trust::Authority)
        );
    }

    #[test]
    fn a_fault_never_shows_the_password() {
        for url in [
            "postgresql://u:s3cr3t/x@h/db",
            "postgresql://u:s3cr3t?x@h/db",
            "postgresql://u:s3cr3t@h:x/db",
            "postgresql://u:s3cr3t@h/db?s3cr3t=1",
            "postgresql://u:s3cr3t@h/db?sslmode=s3cr3t",
            "postgresql://u:s3cr3t@/db",
            "postgresql://:s3cr3t@h/db",
            "postgresql:u:s3cr3t@h",
        ] {
            let words = address(url).err().unwrap().to_string();
            assert!(!words.contains("s3cr3t"), "{words}");
        }
        let stray = address("postgresql://u:s3cr3t@more@h/db").unwrap();
        assert_eq!(stray.describe(), "postgresql://u@h/db");
    }
}
