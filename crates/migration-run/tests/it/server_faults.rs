//! Servers that are full, slow, read-only, or behind a pooler, and users who may not.

use std::num::NonZeroU32;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use function_core::{Env, Exit};
use migration_run::{Goal, Migrator, Options, RunError};
use test_services::{PostgresServer, find_program, free_port};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::place::{Place, address, options, words};

#[tokio::test]
async fn a_statement_that_takes_too_long_is_told_with_the_setting() {
    let place = Place::new(&[(
        "1_a.up.sql",
        "CREATE TABLE a (id int);\nSELECT pg_sleep(600);",
    )]);
    let hurried = Options {
        statement_timeout: Duration::from_secs(5),
        ..options()
    };
    let error = place.run_with(hurried, Goal::Latest).await.unwrap_err();
    assert_eq!(error.exit(), Exit::Failed);
    let said = words(&error);
    assert!(
        said.starts_with("1_a.up.sql failed at line 2") && said.contains("STATEMENT_TIMEOUT"),
        "{said}"
    );
    assert_eq!(place.tables(), "");
}

/// The disk of one table is `/dev/full`, on which every write fails as on a full disk.
#[tokio::test]
async fn a_full_disk_rolls_the_file_back() {
    let place = Place::new(&[(
        "1_a.up.sql",
        "CREATE TABLE other (a int);\nINSERT INTO big VALUES (1);",
    )]);
    place.query("CREATE TABLE big (a int)");
    let file = place.query("SELECT pg_relation_filepath('big')");
    let file = place.server.folder().join("data").join(file);
    std::fs::remove_file(&file).unwrap();
    symlink("/dev/full", &file).unwrap();
    let error = place.up().await.unwrap_err();
    assert_eq!(error.exit(), Exit::Failed);
    let said = words(&error);
    assert!(
        said.contains("53100") && said.contains("the server's disk is full"),
        "{said}"
    );
    assert_eq!(
        (place.stored(), place.tables()),
        (String::new(), "big".to_owned())
    );
    assert_eq!(place.history(), "1|up|failed");
    place.query("DROP TABLE big");
}

#[tokio::test]
async fn a_user_for_whom_everything_is_read_only_is_told_so() {
    let place = Place::new(&[("1_a.up.sql", "CREATE TABLE a (id int);")]);
    place.query(
        "CREATE ROLE reader LOGIN; ALTER ROLE reader SET default_transaction_read_only = on",
    );
    let reader = address(&place.url().replace("postgres@", "reader@"));
    let mut migrator = Migrator::open(&reader, options()).await.unwrap();
    let error = migrator
        .run(&place.folder(), Goal::Latest)
        .await
        .unwrap_err();
    assert!(
        words(&error).contains("default_transaction_read_only is on"),
        "{error}"
    );
    assert_eq!(error.exit(), Exit::Refused);
    assert_eq!(
        migrator
            .status(&place.folder())
            .await
            .unwrap()
            .pending
            .len(),
        1
    );
}

#[tokio::test]
async fn a_user_who_may_not_make_the_history_is_told_what_to_grant() {
    let place = Place::new(&[("1_a.up.sql", "SELECT 1;")]);
    place.query("CREATE ROLE weak LOGIN; CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL); \
         GRANT ALL ON schema_migrations TO weak");
    let weak = address(&place.url().replace("postgres@", "weak@"));
    let mut migrator = Migrator::open(&weak, options()).await.unwrap();
    let said = words(
        &migrator
            .run(&place.folder(), Goal::Latest)
            .await
            .unwrap_err(),
    );
    assert!(
        said.contains("GRANT USAGE, CREATE ON SCHEMA \"public\""),
        "{said}"
    );
}

/// A process that runs as the user who owns `folder`: neither PostgreSQL nor pgbouncer runs as root.
struct Owned(Child);

impl Owned {
    fn start(command: &mut Command, folder: &Path) -> Self {
        Self(
            as_owner(command, folder)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        )
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn as_owner<'a>(command: &'a mut Command, folder: &Path) -> &'a mut Command {
    let owner = std::fs::metadata(folder).unwrap();
    if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
        command.uid(owner.uid()).gid(owner.gid());
    }
    command.current_dir(folder)
}

async fn listening(port: u16) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(Instant::now() < deadline, "nobody listens at {port}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_replica_is_refused_by_its_name_and_still_tells_its_status() {
    let hba = "local all all trust\nhost all all 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n";
    let server = PostgresServer::start_with(|folder| {
        std::fs::write(folder.join("hba"), hba)?;
        Ok(vec!["wal_level=replica".to_owned()])
    });
    let place = Place::on(
        server.unwrap().into(),
        &[("1_a.up.sql", "CREATE TABLE a (id int);")],
    );
    place.up().await.unwrap();
    place.write(&[("2_b.up.sql", "CREATE TABLE b (id int);")]);
    let env = Env::from_process();
    let programs = Path::new(
        env.get("TASUKI_POSTGRES_BIN")
            .expect("source scripts/test/environment.sh"),
    );
    let folder = place.server.folder();
    let (copy, port) = (folder.join("copy"), free_port().unwrap());
    let mut backup = Command::new(programs.join("pg_basebackup"));
    backup
        .args([
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
            "-d",
            &place.server.url(),
        ])
        .arg("-D")
        .arg(&copy);
    let backup = as_owner(&mut backup, folder).output().unwrap();
    assert!(
        backup.status.success(),
        "{}",
        String::from_utf8_lossy(&backup.stderr)
    );
    let mut standby = Command::new(programs.join("postgres"));
    standby.arg("-D").arg(&copy).arg("-k").arg(&copy).args([
        "-p",
        &port.to_string(),
        "-c",
        "listen_addresses=127.0.0.1",
    ]);
    standby.args(["-c", &format!("hba_file={}", folder.join("hba").display())]);
    let _standby = Owned::start(&mut standby, folder);
    listening(port).await;
    let patient = Options {
        attempts: NonZeroU32::new(50).unwrap(),
        ..options()
    };
    let mut migrator = Migrator::open(&place.address_at(port), patient)
        .await
        .unwrap();
    let error = migrator
        .run(&place.folder(), Goal::Latest)
        .await
        .unwrap_err();
    assert!(matches!(error, RunError::ReadOnly { .. }), "{error}");
    assert!(words(&error).contains("it is a replica"), "{error}");
    assert_eq!(error.exit(), Exit::Refused);
    assert_eq!(
        migrator
            .status(&place.folder())
            .await
            .unwrap()
            .pending
            .len(),
        1
    );
}

async fn pooled(place: &Place, mode: &str, sessions: u32) -> (Owned, u16) {
    let program =
        find_program("pgbouncer", "TASUKI_PGBOUNCER", "apt-get install pgbouncer").unwrap();
    let port = free_port().unwrap();
    let folder = place.server.folder();
    let settings = format!(
        "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
         auth_type = any\npool_mode = {mode}\ndefault_pool_size = {sessions}\n",
        place.server.port()
    );
    // Without a user of its own the pooler logs in as whoever it is told.
    let settings = settings.replace("\n[pgbouncer]", " user=postgres\n[pgbouncer]");
    let file = folder.join(format!("pgbouncer-{mode}.ini"));
    std::fs::write(&file, settings).unwrap();
    let pooler = Owned::start(Command::new(program).arg(&file), folder);
    listening(port).await;
    (pooler, port)
}

#[tokio::test]
async fn a_pooler_that_gives_each_transaction_another_session_is_refused() {
    let place = Place::new(&[("1_a.up.sql", "CREATE TABLE a (id int);")]);
    for (mode, sessions) in [("transaction", 20), ("transaction", 1), ("statement", 20)] {
        let (_pooler, port) = pooled(&place, mode, sessions).await;
        let mut migrator = Migrator::open(&place.address_at(port), options())
            .await
            .unwrap();
        let error = migrator
            .run(&place.folder(), Goal::Latest)
            .await
            .unwrap_err();
        assert!(matches!(error, RunError::Pooled), "{mode}: {error}");
        assert_eq!(error.exit(), Exit::Refused);
        assert_eq!(place.tables(), "");
    }
    let (_pooler, port) = pooled(&place, "session", 20).await;
    let mut migrator = Migrator::open(&place.address_at(port), options())
        .await
        .unwrap();
    migrator.run(&place.folder(), Goal::Latest).await.unwrap();
    assert_eq!(place.tables(), "a");
}

#[tokio::test]
async fn a_session_without_a_schema_is_told_so() {
    let place = Place::new(&[("1_a.up.sql", "SELECT 1;")]);
    place.query(&format!(
        "ALTER DATABASE {} SET search_path = nowhere",
        place.database
    ));
    let error = place.up().await.unwrap_err();
    assert!(matches!(error, RunError::NoSchema), "{error}");
}

#[tokio::test]
async fn an_unknown_database_is_told_with_its_address() {
    let place = Place::new(&[]);
    let error = Migrator::open(&address(&place.server.url_of("none")), options())
        .await
        .unwrap_err();
    assert_eq!(error.exit(), Exit::Failed);
    assert!(
        words(&error).contains("/none") && words(&error).contains("3D000"),
        "{error}"
    );
}
