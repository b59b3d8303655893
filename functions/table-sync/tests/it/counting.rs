//! What differs, only counted.

use function_core::{Event, Exit, Outcome};
use function_runtime::Function as _;
use table_diff::Compare;
use table_sync::{Counted, DiffRequest, Progress, SyncError};
use test_services::Sink;

use crate::databases::{Databases, Maria, OneServer};
use crate::desk::{Desk, now};
use crate::endings::BROKEN;
use crate::process::run;

/// Two tables that can be compared, and one that can't be.
const TABLES: &str = "CREATE TABLE a (id int PRIMARY KEY, name varchar(9), updated_at timestamp NULL);
    CREATE TABLE b (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY);
    INSERT INTO a VALUES (1, 'x', '2026-01-01'), (2, 'x', '2026-01-01'), (3, 'x', '2026-01-01'), (4, 'x', NULL), (5, 'x', NULL)";
const SOURCE: &str = "UPDATE a SET name = 'y', updated_at = '2026-02-01' WHERE id = 1;
    UPDATE a SET name = 'y' WHERE id IN (2, 4); INSERT INTO a VALUES (6, NULL, NULL); DELETE FROM a WHERE id = 3;
    INSERT INTO b VALUES (1), (2)";
const TARGET: &str = "ALTER TABLE c ADD note int";

impl<D: Databases> Desk<D> {
    /// What is counted where `compare` is compared.
    async fn count(&mut self, compare: Compare) -> Counted {
        let mut request = DiffRequest::new(self.trigger());
        request.compare = Some(compare);
        let sync = self.sync().await;
        sync.count(&request, &Progress::default()).await.unwrap()
    }

    /// Counts, and asserts that a plan has the same counts, and that nothing is kept but it.
    pub(crate) async fn count_as_planned(&mut self, compare: Compare) -> Counted {
        let before = self.objects();
        let counted = self.count(compare).await;
        assert_eq!(self.objects(), before, "counting keeps nothing");
        let mut request = DiffRequest::new(self.trigger());
        request.compare = Some(compare);
        let plan = self.diff_of(&request).await.unwrap();
        assert_eq!(counted.tables.len(), plan.tables.len());
        for (counted, planned) in counted.tables.iter().zip(&plan.tables) {
            assert_eq!(counted.table, planned.table);
            assert_eq!(counted.counts.as_ref(), planned.counts());
        }
        counted
    }

    fn objects(&self) -> usize {
        std::fs::read_dir(self.folder.path()).unwrap().count()
    }
}

async fn counts_what_a_plan_has(databases: impl Databases) {
    let mut desk = Desk::of(databases, TABLES);
    desk.source(SOURCE);
    desk.target(TARGET);
    for compare in [Compare::Content, Compare::Time] {
        let counted = desk.count_as_planned(compare).await;
        let found = match compare {
            Compare::Content => {
                "3 insert, 1 update (new), 1 changed at the same time, 1 time unknown, 1 delete"
            }
            Compare::Time => "3 insert, 1 update (new), 1 delete",
        };
        assert_eq!(counted.classes().words(table_diff::Language::En), found);
        let blocked = counted.tables.iter().filter(|table| table.counts.is_none());
        let blocked: Vec<_> = blocked.map(|it| it.table.name.to_string()).collect();
        assert!(
            blocked.len() == 1 && blocked[0].ends_with('c'),
            "{blocked:?}"
        );
        let verdict = counted.verdict().unwrap_err();
        assert!(matches!(verdict, SyncError::Blocked { .. }), "{verdict}");
    }
}

#[tokio::test]
async fn what_is_counted_is_what_a_plan_has() {
    counts_what_a_plan_has(OneServer::start()).await;
}

#[tokio::test]
async fn what_is_counted_in_mariadb_is_what_a_plan_has() {
    counts_what_a_plan_has(Maria::start()).await;
}

#[tokio::test]
async fn a_counting_that_fails_and_one_that_finds_something_are_told_to_people() {
    let sink = Sink::start().await.unwrap();
    let mut desk = Desk::of(OneServer::start(), BROKEN)
        .set("NOTIFY_WEBHOOK", &sink.chat())
        .set("PARALLEL", "1");
    desk.both("CREATE TABLE a (id int PRIMARY KEY)");
    let count = || Event::new("event 1", now(), r#"{"countOnly": true}"#);
    let Outcome::Drop(failure) = desk.sync().await.handle(count()).await else {
        panic!("what can't be read was counted");
    };
    assert!(
        failure.error.contains("can not be read"),
        "{}",
        failure.error
    );
    let told = sink.words().join("\n");
    assert!(told.contains("can not be read"), "{told}");
    desk = desk.set("TABLES", "public.a");
    desk.source("INSERT INTO a VALUES (1)");
    let outcome = desk.sync().await.handle(count()).await;
    assert_eq!(outcome.exit(), Exit::Differences);
    let told = sink.words().join("\n");
    assert!(
        told.contains("1 rows differ in 1 tables (1 insert): public.a 1;"),
        "{told}"
    );
}

#[tokio::test]
async fn one_pair_of_sessions_counts_many_tables() {
    let tables = (1..=9).map(|n| format!("CREATE TABLE t{n} (id int PRIMARY KEY);"));
    let tables = tables.collect::<Vec<_>>().concat();
    let mut desk = Desk::of(OneServer::start(), &tables).set("PARALLEL", "1");
    desk.source("INSERT INTO t3 SELECT generate_series(1, 5000); INSERT INTO t9 VALUES (1)");
    let counted = desk.count_as_planned(Compare::Content).await;
    assert_eq!(counted.classes().total(), 5001);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_exit_code_of_a_counting_is_that_of_a_plan() {
    let desk = Desk::of(OneServer::start(), TABLES);
    let count = r#"{"countOnly": true}"#;
    let (code, words) = run(&desk, count, &[]);
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("sourceRows   5"), "{words}");
    desk.source(SOURCE);
    let (code, words) = run(&desk, count, &[]);
    assert_eq!(code, Some(3), "{words}");
    let found = "7 rows differ in 2 tables (3 insert, 1 update (new), 1 changed at the same time, 1 time unknown, 1 delete): public.a 5, public.b 2; compare without";
    assert!(words.contains(found), "{words}");
    desk.target(TARGET);
    let (code, words) = run(&desk, count, &[]);
    assert_eq!(code, Some(4), "{words}");
    assert!(
        words.contains("public.c can't be compared; compare with `dryRun`"),
        "{words}"
    );
    assert!(
        words.contains("of the others 7 rows differ in 2 tables"),
        "{words}"
    );
    assert!(
        std::fs::read_dir(desk.folder.path())
            .unwrap()
            .all(|file| file.unwrap().file_name() == "event.json")
    );
}
