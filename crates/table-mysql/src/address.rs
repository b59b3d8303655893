//! The address of a MySQL or MariaDB database.

use std::path::PathBuf;
use std::time::Duration;
use std::{fmt, fs};

use function_core::Secret;
use mysql_async::{OptsBuilder, SslOpts};
use percent_encoding::percent_decode_str;

const SHAPE: &str = "it is `mysql://USER:PASSWORD@HOST:PORT/DATABASE?ssl-mode=…`, each part percent-encoded; \
                     a socket goes to `?socket=/cloudsql/…`";
const OPTIONS: &str = "its options are socket, ssl-mode, ssl-ca and ssl-name";
const MODES: &str = "its ssl-mode is disabled, preferred, required or verify-identity";
const PORT: u16 = 3306;

/// After how long a silence the line is tried: a server that is gone without a word must not hold a run for ever. How often and how far
/// apart is the system's to say; with Linux's own settings it is given up some eleven minutes later.
///
/// **Source**: Linux, `tcp(7)`, `tcp_keepalive_intvl`, `tcp_keepalive_probes`.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// The most that the client reads or writes as one packet: what the protocol allows. The server's own limit is asked for.
const PACKET_MAX: usize = 1 << 30;

/// Where a MySQL or MariaDB database is, who logs in, and what TLS must prove.
///
/// | `ssl-mode` | line | server's certificate |
/// |---|---|---|
/// | `disabled` | plain | |
/// | `preferred` (default) | TLS if the server has it, else **plain** | not checked |
/// | `required` | TLS | **not checked** |
/// | `verify-identity` | TLS | signed by a known authority, for this host or for `ssl-name` |
///
/// Known authorities are those of the PEM file `ssl-ca`, else Mozilla's. A socket has no TLS. Cloud SQL: a socket, or `verify-identity`
/// with the instance's authority and, where the host is a number, the instance's DNS name as `ssl-name`. There is no `verify-ca`: the
/// client that we use knows no certificate for whichever host.
///
/// **Source**: MySQL reference manual, "Command Options for Encrypted Connections"; the meanings are the same.
#[derive(Clone)]
pub(crate) struct Address {
    options: OptsBuilder,
    tls: Tls,
    ssl_ca: Option<PathBuf>,
    ssl_name: Option<String>,
    database: String,
    /// The host without port, or the socket.
    host: String,
    shown: String,
}

/// What TLS must be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tls {
    /// There is none.
    Disabled,
    /// If the server has it.
    Preferred,
    /// With whomever.
    Required,
    /// With this host, or with that of the given name.
    VerifyIdentity,
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Address").field(&self.shown).finish()
    }
}

impl Address {
    /// Reads `url`. What is wrong with it never repeats a part of it: a password with a stray `@` or `/` may be in any of them.
    pub(crate) fn parse(url: &Secret) -> Result<Self, String> {
        Parts::parse(url.expose()).and_then(Parts::address)
    }

    /// The address without its password.
    pub(crate) fn describe(&self) -> &str {
        &self.shown
    }

    /// The host that it names, or the socket.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The database that it names; empty for none.
    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    /// That the file of known authorities can be read.
    pub(crate) fn check_authorities(&self) -> Result<(), String> {
        let Some(path) = &self.ssl_ca else {
            return Ok(());
        };
        fs::metadata(path)
            .map(drop)
            .map_err(|error| format!("its ssl-ca {} can't be read: {error}", path.display()))
    }

    /// Whether a server without TLS is good enough.
    pub(crate) fn may_be_plain(&self) -> bool {
        self.tls == Tls::Preferred
    }

    /// How to log in, with TLS or without.
    pub(crate) fn options(&self, with_tls: bool) -> OptsBuilder {
        let tls = (with_tls && self.tls != Tls::Disabled).then(|| {
            let authorities: Vec<_> = self.ssl_ca.iter().cloned().map(Into::into).collect();
            SslOpts::default()
                .with_disable_built_in_roots(!authorities.is_empty())
                .with_root_certs(authorities)
                .with_danger_accept_invalid_certs(self.tls != Tls::VerifyIdentity)
                .with_danger_tls_hostname_override(self.ssl_name.clone())
        });
        self.options.clone().ssl_opts(tls)
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
    socket: String,
    ssl_mode: String,
    ssl_ca: Option<PathBuf>,
    ssl_name: Option<String>,
}

impl Parts {
    fn parse(url: &str) -> Result<Self, String> {
        let (scheme, rest) = url.split_once("://").ok_or(SHAPE)?;
        if !matches!(scheme, "mysql" | "mariadb") {
            return Err(SHAPE.to_owned());
        }
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = place.split_once('/').unwrap_or((place, ""));
        let (login, place) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = login
            .split_once(':')
            .map_or((login, None), |(user, word)| (user, Some(word)));
        let (host, port) = split_port(place);
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
            "socket" => self.socket = value,
            "ssl-mode" => self.ssl_mode = value,
            "ssl-ca" => self.ssl_ca = Some(value.into()),
            "ssl-name" => self.ssl_name = Some(value),
            _ => return Err(OPTIONS.to_owned()),
        }
        Ok(())
    }

    fn address(self) -> Result<Address, String> {
        let on_socket = !self.socket.is_empty();
        if self.user.is_empty() || (self.host.is_empty() && !on_socket) {
            return Err(format!("it must name a host and a user: {SHAPE}"));
        }
        let tls = match self.ssl_mode.as_str() {
            "disabled" => Tls::Disabled,
            "" | "preferred" => Tls::Preferred,
            "required" => Tls::Required,
            "verify-identity" => Tls::VerifyIdentity,
            _ => return Err(MODES.to_owned()),
        };
        let place = if on_socket {
            self.socket.clone()
        } else {
            let port = self
                .port
                .map_or_else(String::new, |port| format!(":{port}"));
            format!("{}{port}", self.host)
        };
        let host = if on_socket { &self.socket } else { &self.host };
        let host = host.to_ascii_lowercase();
        let database = Some(self.database.clone()).filter(|name| !name.is_empty());
        let options = OptsBuilder::default()
            .ip_or_hostname(self.host)
            .tcp_port(self.port.unwrap_or(PORT))
            .socket(on_socket.then_some(self.socket))
            // Else a line to this machine, such as a proxy's, would be left for the socket that the far server names.
            .prefer_socket(on_socket)
            .user(Some(self.user.clone()))
            .pass(self.password)
            .db_name(database)
            .max_allowed_packet(Some(PACKET_MAX))
            // A statement that was executed says how many rows it found, also those that were like that already.
            .client_found_rows(true)
            .tcp_keepalive(Some(KEEPALIVE))
            .tcp_nodelay(true);
        Ok(Address {
            options,
            tls: if on_socket { Tls::Disabled } else { tls },
            ssl_ca: self.ssl_ca,
            ssl_name: self.ssl_name,
            shown: format!("mysql://{}@{place}/{}", self.user, self.database),
            database: self.database,
            host,
        })
    }
}

/// The host, without the brackets of an IPv6 address, and the port.
fn split_port(place: &str) -> (&str, Option<&str>) {
    if let Some((host, rest)) = place.strip_prefix('[').and_then(|it| it.split_once(']')) {
        return (host, rest.strip_prefix(':'));
    }
    place
        .split_once(':')
        .map_or((place, None), |(host, port)| (host, Some(port)))
}

fn decode(text: &str) -> Result<String, String> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| SHAPE)?;
    if decoded.contains('\0') {
        return Err(SHAPE.to_owned());
    }
    Ok(decoded.into_owned())
}

fn parse_port(text: &str) -> Result<u16, String> {
    text.parse()
        .map_err(|_| format!("its port is no number from 0 to 65535: {SHAPE}"))
}

#[cfg(test)]
mod tests {
    use mysql_async::Opts;

    use super::*;

    fn address(url: &str) -> Result<Address, String> {
        Address::parse(&Secret::new(url))
    }

    #[test]
    fn reads_every_part() {
        let address =
            address("mysql://sync:p%40ss%2Fword@db.example:3307/shop?ssl-mode=verify-identity")
                .unwrap();
        let options = Opts::from(address.options(true));
        assert_eq!(options.pass(), Some("p@ss/word"));
        assert_eq!(options.tcp_port(), 3307);
        assert_eq!(options.db_name(), Some("shop"));
        assert!(!options.ssl_opts().unwrap().accept_invalid_certs());
        assert_eq!(address.describe(), "mysql://sync@db.example:3307/shop");
    }

    #[test]
    fn tls_is_what_mysql_means_by_it() {
        let demand = |query: &str| {
            let address = address(&format!("mariadb://u@h/db{query}")).unwrap();
            let options = Opts::from(address.options(true));
            let unchecked = options.ssl_opts().map(SslOpts::accept_invalid_certs);
            (unchecked, address.may_be_plain())
        };
        assert_eq!(demand(""), (Some(true), true));
        assert_eq!(demand("?ssl-mode=disabled"), (None, false));
        assert_eq!(demand("?ssl-mode=required"), (Some(true), false));
        assert_eq!(demand("?ssl-mode=verify-identity"), (Some(false), false));
    }

    #[test]
    fn a_socket_has_no_tls() {
        let address = address("mysql://u:p@/db?socket=/cloudsql/p:r:i&ssl-mode=required").unwrap();
        let options = Opts::from(address.options(true));
        assert_eq!(options.socket(), Some("/cloudsql/p:r:i"));
        assert!(options.ssl_opts().is_none());
        assert_eq!(address.describe(), "mysql://u@/cloudsql/p:r:i/db");
    }

    #[test]
    fn an_ipv6_address_has_brackets() {
        let address = address("mysql://u@[::1]:3307/db").unwrap();
        let options = Opts::from(address.options(false));
        assert_eq!(
            (options.ip_or_hostname(), options.tcp_port()),
            ("::1", 3307)
        );
    }

    #[test]
    fn a_fault_never_shows_the_password() {
        for url in [
            "mysql://u:s3cr3t/x@h/db",
            "mysql://u:s3cr3t?x@h/db",
            "mysql://u:s3cr3t@h:x/db",
            "mysql://u:s3cr3t@h/db?s3cr3t=1",
            "mysql://u:s3cr3t@h/db?ssl-mode=s3cr3t",
            "mysql://u:s3cr3t@/db",
            "mysql://:s3cr3t@h/db",
            "mysql:u:s3cr3t@h",
            "postgres://u:s3cr3t@h/db",
        ] {
            let words = address(url).err().unwrap();
            assert!(!words.contains("s3cr3t"), "{words}");
        }
        let stray = address("mysql://u:s3cr3t@more@h/db").unwrap();
        assert_eq!(stray.describe(), "mysql://u@h/db");
    }
}
