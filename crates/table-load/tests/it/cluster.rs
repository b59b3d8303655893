//! A PostgreSQL server for this process, and a database for each test.
//!
//! The server belongs to a guard process that waits for the end of its standard input. That ends with this process,
//! however this process ends, and the guard stops the server and removes its folder. The guard has a process group of
//! its own, so that ending a hung test with its group does not end the guard before its work is done.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use crate::tables::Row;

/// $1 is the folder of PostgreSQL's programs, $2 that of the server, $3 its port.
const GUARD: &str = r#"
cd "$2" || exit 1
trap 'cd / && rm -rf "$2"' EXIT
"$1/initdb" -D data -A trust -U postgres --no-sync --no-instructions -E UTF8 --locale=C >log 2>&1 || exit 1
"$1/postgres" -D data -k "$2" -p "$3" -c listen_addresses=127.0.0.1 -c hba_file="$2/hba" \
    -c fsync=off -c full_page_writes=off -c synchronous_commit=off \
    -c ssl=on -c ssl_cert_file="$2/server.crt" -c ssl_key_file="$2/server.key" >>log 2>&1 &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server
"#;

/// Only the role `guarded` needs its password.
const HBA: &str = "local all all trust\n\
    host all guarded 127.0.0.1/32 scram-sha-256\n\
    host all all 127.0.0.1/32 trust\n";

static CLUSTER: OnceLock<Cluster> = OnceLock::new();

struct Cluster {
    folder: PathBuf,
    port: u16,
    /// Holds the guard's standard input open.
    _guard: Child,
}

impl Cluster {
    fn get() -> &'static Self {
        CLUSTER.get_or_init(Self::start)
    }

    fn start() -> Self {
        let programs = programs();
        // The guard removes it.
        let folder = tempfile::Builder::new()
            .prefix("tasuki-pg-")
            .tempdir()
            .unwrap()
            .keep();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        write_certificates(&folder);
        fs::write(folder.join("hba"), HBA).unwrap();
        let mut guard = Command::new("sh");
        guard
            .args(["-c", GUARD, "guard"])
            .args([&programs, &folder])
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        if fs::metadata("/proc/self").unwrap().uid() == 0 {
            let (user, group) = unprivileged();
            for entry in fs::read_dir(&folder).unwrap() {
                chown(entry.unwrap().path(), Some(user), Some(group)).unwrap();
            }
            chown(&folder, Some(user), Some(group)).unwrap();
            guard.uid(user).gid(group);
        }
        let mut guard = guard.spawn().unwrap();
        wait_until_ready(&folder, port, &mut guard);
        Self {
            folder,
            port,
            _guard: guard,
        }
    }

    async fn connect(&self, database: &str) -> Client {
        let mut config = Config::new();
        config
            .host_path(&self.folder)
            .port(self.port)
            .user("postgres")
            .dbname(database);
        let (client, connection) = config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

fn programs() -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's tools are settings of the test run"
    )]
    let named = std::env::var_os("TASUKI_POSTGRES_BIN");
    if let Some(named) = named {
        return named.into();
    }
    let installed = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut folders: Vec<_> = installed.map(|entry| entry.path().join("bin")).collect();
    folders.retain(|folder| folder.join("initdb").is_file());
    folders.sort();
    folders.pop().unwrap_or_else(|| {
        panic!(
            "PostgreSQL is not installed: apt-get install postgresql, \
             or set TASUKI_POSTGRES_BIN to the folder of initdb"
        )
    })
}

/// PostgreSQL refuses to run as root.
fn unprivileged() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let find = |name: &str| {
        let line = users
            .lines()
            .find(|line| line.split(':').next() == Some(name))?;
        let mut parts = line.split(':').skip(2).map_while(|part| part.parse().ok());
        Some((parts.next()?, parts.next()?))
    };
    find("postgres")
        .or_else(|| find("nobody"))
        .expect("a user postgres or nobody to run PostgreSQL")
}

fn wait_until_ready(folder: &Path, port: u16, guard: &mut Child) {
    let deadline = Instant::now() + Duration::from_mins(1);
    let socket = folder.join(format!(".s.PGSQL.{port}"));
    // The server opens its socket last, but answers "starting up" for a moment: see its log instead.
    loop {
        let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
        if socket.exists() && log.contains("ready to accept connections") {
            return;
        }
        let ended = guard.try_wait().unwrap().is_some();
        assert!(
            !ended && Instant::now() < deadline,
            "PostgreSQL did not start: {log}"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// An authority, `ca.pem`, and the certificate that it gave `localhost`.
fn write_certificates(folder: &Path) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let server = server.signed_by(&key, &authority).unwrap();
    fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
    fs::write(folder.join("server.crt"), server.pem()).unwrap();
    fs::write(folder.join("server.key"), key.serialize_pem()).unwrap();
    fs::set_permissions(folder.join("server.key"), Permissions::from_mode(0o600)).unwrap();
}

/// A database of the server.
pub(crate) struct TestDatabase {
    pub(crate) name: String,
    client: Client,
}

impl TestDatabase {
    pub(crate) async fn create() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("it_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let cluster = Cluster::get();
        let create = format!("CREATE DATABASE {name} TEMPLATE template0");
        cluster
            .connect("postgres")
            .await
            .batch_execute(&create)
            .await
            .unwrap();
        Self {
            client: cluster.connect(&name).await,
            name,
        }
    }

    pub(crate) fn socket_url(&self) -> String {
        let cluster = Cluster::get();
        let (port, folder) = (cluster.port, cluster.folder.display());
        format!(
            "postgresql://postgres@/{}?host={folder}&port={port}",
            self.name
        )
    }

    /// The address over TCP; `login` is `user` or `user:password`, `options` follow the question mark.
    pub(crate) fn tcp_url(&self, login: &str, host: &str, options: &str) -> String {
        format!(
            "postgresql://{login}@{host}:{}/{}?{options}",
            Cluster::get().port,
            self.name
        )
    }

    /// The PEM file of the authority that signed the server's certificate.
    pub(crate) fn authority() -> PathBuf {
        Cluster::get().folder.join("ca.pem")
    }

    pub(crate) async fn query(&self, sql: &str) -> Vec<Row> {
        let cells = |message| match message {
            SimpleQueryMessage::Row(row) => Some(
                (0..row.len())
                    .map(|index| row.get(index).map(str::to_owned))
                    .collect(),
            ),
            _ => None,
        };
        let messages = self.client.simple_query(sql).await.unwrap();
        messages.into_iter().filter_map(cells).collect()
    }
}
