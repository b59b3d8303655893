//! A hundred thousand differences on the page: a hundred at a time are shown, by a program that holds few of them.

use std::process::Stdio;
use std::time::Duration;

use reqwest::Client;
use table_diff::plan::{PlanRow, PlanWriter, SeenRow, TableSummary};
use table_diff::{Class, Seen, ShownCell};
use test_services::free_port;
use tokio::process::{Child, Command};

use crate::databases::OneServer;
use crate::desk::{Desk, PERSON};
use crate::process::program;
use crate::shop::LOGIN_SECRET;

const ROWS: usize = 100_000;

const ON_A_PAGE: usize = 100;

/// What stands on the page before a row's number.
const ROW: &str = "name=\"row\" value=\"";

/// By how much the memory of the program may grow, its code included, in KiB: so many rows would take more.
const GROWTH_MAX: usize = 24 * 1024;

/// The real program, with its page.
struct Service {
    process: Child,
    address: String,
    http: Client,
}

impl Service {
    async fn start(desk: &Desk<OneServer>) -> Self {
        let port = free_port().unwrap().to_string();
        let settings = [
            ("PORT", port.as_str()),
            ("LOGIN_HEADER", "x-email"),
            ("LOGIN_SECRET", LOGIN_SECRET),
        ];
        let process = Command::from(program(desk, &settings))
            .env("LOG_LEVEL", "warn")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let service = Self {
            process,
            address: format!("http://127.0.0.1:{port}"),
            http: Client::new(),
        };
        let listening = async {
            while service.http.get(&service.address).send().await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), listening)
            .await
            .unwrap();
        service
    }

    async fn page(&self, path: &str) -> String {
        let request = self.http.get(format!("{}{path}", self.address));
        let request = request
            .header("x-email", PERSON)
            .header("x-login-secret", LOGIN_SECRET);
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        answer.text().await.unwrap()
    }

    /// The most memory that it had by now, in KiB.
    fn memory(&self) -> usize {
        let path = format!("/proc/{}/status", self.process.id().unwrap());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let words = line.unwrap().split_whitespace().next();
        words.unwrap().parse().unwrap()
    }
}

/// What stands between `before` and the next quotation mark, each time.
fn quoted<'a>(page: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    let parts = page.split(before).skip(1);
    parts.filter_map(|part| part.split('"').next())
}

/// The row with this key, which only the source has.
fn row(id: usize) -> PlanRow {
    let seen = Seen {
        hash: 7,
        time: None,
    };
    PlanRow {
        changed: Vec::new(),
        class: Class::Insert,
        key: vec![id.to_string()],
        n: 0,
        source: Some(SeenRow {
            seen,
            time_text: None,
        }),
        target: None,
        values: [id.to_string(), format!("name {id}")]
            .map(ShownCell::Whole)
            .to_vec(),
    }
}

/// A plan with so many rows in the place of the one that `desk` makes.
async fn large_plan(desk: &mut Desk<OneServer>) -> String {
    let small = desk.diff().await;
    let id = small.plan.id.clone();
    let mut plan = PlanWriter::begin(Vec::new(), small.plan).await.unwrap();
    let TableSummary { table, end } = small.tables.into_iter().next().unwrap();
    plan.table(table).await.unwrap();
    for id in 1..=ROWS {
        plan.row(row(id)).await.unwrap();
    }
    let mut end = end.unwrap();
    end.counts
        .classes
        .extend([(Class::Insert, ROWS as u64 - 1)]);
    end.counts.source_rows = ROWS as u64;
    plan.end(end).await.unwrap();
    let (content, summary) = plan.finish().await.unwrap();
    let folder = desk.folder.path().join(&id);
    std::fs::write(folder.join("plan.jsonl"), content).unwrap();
    std::fs::write(folder.join("summary.json"), summary.to_bytes()).unwrap();
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_hundred_thousand_differences_are_paged_through_to_the_last() {
    let item = "CREATE TABLE item (id int PRIMARY KEY, name text)";
    let mut desk = Desk::of(OneServer::start(), item);
    desk.source("INSERT INTO item VALUES (1, 'name 1')");
    let id = large_plan(&mut desk).await;
    let service = Service::start(&desk).await;
    let at_first = service.memory();
    let table = format!("/plans/{id}/tables/1");
    let last = ROWS / ON_A_PAGE;
    for number in (1..last).step_by(37).chain([last]) {
        let page = service.page(&format!("{table}?page={number}")).await;
        let rows: Vec<usize> = quoted(&page, ROW).map(|row| row.parse().unwrap()).collect();
        let first = (number - 1) * ON_A_PAGE + 1;
        assert!(
            rows.into_iter().eq(first..first + ON_A_PAGE),
            "page {number}"
        );
        let next = quoted(&page, "rel=\"next\" href=\"").next();
        let of_next = format!("page={}", number + 1);
        assert_eq!(next.is_some(), number < last, "page {number}");
        assert!(next.is_none_or(|next| next.ends_with(&of_next)), "{next:?}");
    }
    let found = service.page(&format!("{table}?q=name%20{ROWS}")).await;
    assert_eq!(quoted(&found, ROW).count(), 1);
    let grown = service.memory() - at_first;
    assert!(grown < GROWTH_MAX, "{grown} KiB");
}
