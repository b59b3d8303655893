//! A shop whose master data is kept on two sides, and its page as a person reaches it.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use function_core::Env;
use table_sync::{FUNCTION, PlanState, SyncSite, TableSync};
use test_services::{Browser, BrowserSetup, ServiceError};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::databases::{Databases as _, OneServer};
use crate::desk::{Desk, PERSON};

/// What the login proxy proves itself with.
pub(crate) const LOGIN_SECRET: &str = "the proxy's own secret";

const BOTH: &str = "
    CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean);
    CREATE TABLE category (id int PRIMARY KEY, name text NOT NULL, updated_at timestamptz);
    CREATE TABLE item (id int PRIMARY KEY, category int REFERENCES category, name text NOT NULL, price numeric(12,2), note text, updated_at timestamptz);
    CREATE TABLE stock (item int REFERENCES item ON DELETE CASCADE, place text, pieces int, PRIMARY KEY (item, place));
    CREATE TABLE vat_rate (code text PRIMARY KEY, percent numeric(4,2), updated_at timestamptz);
    CREATE TABLE \"支払い方法\" (id int PRIMARY KEY, \"名称\" text, updated_at timestamptz);
    CREATE TABLE old_code (id int PRIMARY KEY, code text, updated_at timestamptz);
    INSERT INTO category SELECT n, 'Category ' || n, '2026-01-01' FROM generate_series(1, 6) n;
    INSERT INTO item SELECT n, 1 + n % 6, 'Item ' || n, n * 10, NULL, '2026-01-01' FROM generate_series(1, 400) n;
    INSERT INTO stock SELECT n, 'Tokyo', n FROM generate_series(395, 400) n;
    INSERT INTO vat_rate VALUES ('standard', 10, '2026-01-01'), ('reduced', 8, '2026-01-01');
    INSERT INTO \"支払い方法\" VALUES (1, '現金', '2026-01-01'), (2, 'クレジットカード', '2026-01-01');
    INSERT INTO old_code SELECT n, 'code ' || n, '2026-01-01' FROM generate_series(1, 60) n;";

const DEVELOPMENT: &str = "
    CREATE TABLE coupon (id int PRIMARY KEY, code varchar(40), percent int);
    INSERT INTO schema_migrations VALUES (20261101, false), (20261120, false);
    INSERT INTO item SELECT n, 1, 'New item ' || n, n * 10, '新商品です。', '2026-11-20' FROM generate_series(501, 620) n;
    UPDATE item SET name = '<script>alert(1)</script> & \"quoted\"', price = 129.90, updated_at = '2026-11-20' WHERE id = 7;
    UPDATE item SET note = 'A long note. ' || repeat('Lorem ipsum dolor sit amet. ', 60), updated_at = '2026-11-21' WHERE id = 8;
    UPDATE item SET price = NULL WHERE id = 9;
    DELETE FROM item WHERE id BETWEEN 398 AND 400;
    UPDATE \"支払い方法\" SET \"名称\" = 'クレジットカード(一括・分割)', updated_at = '2026-11-20' WHERE id = 2;
    INSERT INTO \"支払い方法\" VALUES (3, 'コード決済', '2026-11-20');
    UPDATE vat_rate SET percent = 8.5, updated_at = NULL WHERE code = 'reduced';
    DELETE FROM old_code WHERE id > 20;";

const PRODUCTION: &str = "
    CREATE TABLE coupon (id int PRIMARY KEY, code varchar(20));
    INSERT INTO schema_migrations VALUES (20261101, false);
    UPDATE category SET name = 'Renamed in production', updated_at = '2026-11-21' WHERE id = 3;";

/// The shop, and its page.
pub(crate) struct Shop {
    pub(crate) desk: Desk<OneServer>,
    pub(crate) address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let desk = Desk::of(OneServer::start(), BOTH)
            .set("EXCLUDE", "public.schema_migrations, public.stock")
            .set("LOGIN_HEADER", "x-email")
            .set("LOGIN_SECRET", LOGIN_SECRET)
            .set("LOCK_TIMEOUT", "5m");
        desk.source(DEVELOPMENT);
        desk.target(PRODUCTION);
        let (address, stop) = serve(&desk.env()).await;
        Self {
            desk,
            address,
            _stop: stop,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The person's browser, behind the login.
    pub(crate) async fn browser(&self, setup: BrowserSetup) -> Result<Browser, ServiceError> {
        let browser = Browser::start(setup).await?;
        let headers = [("x-email", PERSON), ("x-login-secret", LOGIN_SECRET)];
        browser.send_headers(&headers).await?;
        Ok(browser)
    }

    /// Somebody holds the items of `database` until they are let go.
    pub(crate) async fn hold(&self, database: &str) -> Held {
        let server = &self.desk.databases.0;
        let psql = Command::new("psql")
            .args(["-X", "-q", &server.url_of(database)])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut orders = psql.stdin.as_ref().unwrap();
        orders.write_all(b"BEGIN; LOCK TABLE item;\n").unwrap();
        let held = "SELECT count(*) FROM pg_locks WHERE relation = 'item'::regclass AND mode = 'AccessExclusiveLock' AND granted";
        while server.query_in(database, held).unwrap() != "1" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Held(psql)
    }

    /// Waits until a plan is applied, with all that is written down of it.
    pub(crate) async fn is_applied(&self) {
        loop {
            let plans = self.desk.sync().await.plans().await.unwrap();
            if plans.iter().any(|plan| plan.state == PlanState::Applied) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What is in production.
    pub(crate) fn production(&self, sql: &str) -> String {
        self.desk.databases.target(sql)
    }
}

/// Items that somebody holds.
pub(crate) struct Held(Child);

impl Held {
    pub(crate) fn let_go(mut self) {
        drop(self.0.stdin.take());
        assert!(self.0.wait().unwrap().success());
    }
}

/// Serves the page with the settings of `env`, until what is answered is dropped.
pub(crate) async fn serve(env: &Env) -> (SocketAddr, oneshot::Sender<()>) {
    let sync = TableSync::from_env(env).await.unwrap();
    let site = SyncSite::new(sync).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async {
        stopped.await.ok();
    };
    tokio::spawn(function_runtime::serve_site(
        FUNCTION, site, listener, stopped,
    ));
    (address, stop)
}

/// Where the picture `name` of a page is kept for people to look at.
pub(crate) fn picture(name: &str) -> PathBuf {
    let logs = Env::from_process();
    let logs = logs.get("TASUKI_TEST_LOGS").map(PathBuf::from);
    let logs = logs.unwrap_or_else(|| std::env::temp_dir().join("tasuki-test-logs"));
    logs.join("screens").join(format!("{name}.png"))
}
