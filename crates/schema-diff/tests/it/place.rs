//! Servers, databases of their own, and the proof that a script goes there and back.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use function_core::Secret;
use postgres_client::{Address, Session, connect};
use schema_catalog::{Catalog, Filter};
use schema_diff::{Mode, Part, Refusal, Request, Script, Step, diff};
use test_services::{PostgresServer, PostgresSetup};

/// The server of the operating system, and a newer one.
pub(crate) fn servers() -> [PostgresServer; 2] {
    [PostgresSetup::new(), PostgresSetup::newer()].map(|setup| setup.start().unwrap())
}

/// A session in a new database that `sql` was run in.
pub(crate) async fn session(server: &PostgresServer, sql: &str) -> Session {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("schema{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let url = server.create_database(&name).unwrap();
    let address = Address::parse(&Secret::new(url)).unwrap();
    let session = connect(&address, "schema-diff", Duration::from_secs(10))
        .await
        .unwrap();
    session.batch_execute(sql).await.unwrap();
    session
}

pub(crate) async fn read(session: &Session) -> Catalog {
    Catalog::read(session, &Filter::default()).await.unwrap()
}

/// A database and its schema. A proof leaves it as it was.
struct Place {
    session: Session,
    catalog: Catalog,
}

impl Place {
    async fn new(server: &PostgresServer, sql: &str) -> Self {
        let session = session(server, sql).await;
        let catalog = read(&session).await;
        Self { session, catalog }
    }

    /// The script to `other`, proven: it makes the one into the other, and each of its migrations leads back to what
    /// was before.
    async fn prove(&self, other: &Self, request: &Request) -> Script {
        let script = match diff(&self.catalog, &other.catalog, request) {
            Ok(script) => script,
            Err(refusal) => panic!("{refusal}"),
        };
        let mut states = vec![self.catalog.clone()];
        for part in &script.parts {
            let statements = part.steps.iter().flat_map(|step| &step.up);
            run(&self.session, part, statements.collect(), &script).await;
            states.push(read(&self.session).await);
        }
        let there = states.pop().unwrap();
        same(&there, &other.catalog, "the way there", &script);
        for (part, before) in script.parts.iter().zip(states).rev() {
            let statements = part.steps.iter().rev().flat_map(|step| &step.down);
            run(&self.session, part, statements.collect(), &script).await;
            same(&read(&self.session).await, &before, "the way back", &script);
        }
        let nothing = Ok(Script::default());
        assert_eq!(diff(&there, &other.catalog, &Request::default()), nothing);
        script
    }
}

/// The script between the two schemas, proven on `server`.
pub(crate) async fn prove(
    server: &PostgresServer,
    from: &str,
    to: &str,
    request: &Request,
) -> Script {
    let (from, to) = (Place::new(server, from).await, Place::new(server, to).await);
    from.prove(&to, request).await
}

/// The same in both directions: careful on the one server where it is careless on the other. The careful script on the
/// way there.
pub(crate) async fn prove_all(servers: &[PostgresServer; 2], from: &str, to: &str) -> String {
    let careful = Request::default();
    let careless = Request {
        is_safe: false,
        ..Request::default()
    };
    let [server, newer] = servers;
    let (one, other) = (Place::new(server, from).await, Place::new(server, to).await);
    one.prove(&other, &careless).await;
    other.prove(&one, &careful).await;
    let (one, other) = (Place::new(newer, from).await, Place::new(newer, to).await);
    other.prove(&one, &careless).await;
    written(&one.prove(&other, &careful).await)
}

/// The same for each of `changes`, from what is before it to what is after it, beside what `schema` makes.
pub(crate) async fn prove_changes(schema: &str, changes: &[(&str, &str)]) {
    let servers = servers();
    for (from, to) in changes {
        let (from, to) = (format!("{schema} {from}"), format!("{schema} {to}"));
        prove_all(&servers, &from, &to).await;
    }
}

/// Why there is no script between the two schemas.
pub(crate) async fn refusal(
    server: &PostgresServer,
    from: &str,
    to: &str,
    request: &Request,
) -> Refusal {
    let (from, to) = (session(server, from).await, session(server, to).await);
    diff(&read(&from).await, &read(&to).await, request).unwrap_err()
}

async fn run(session: &Session, part: &Part, statements: Vec<&String>, script: &Script) {
    let statements: Vec<_> = statements.into_iter().cloned().collect();
    let text = match part.mode {
        Mode::Transaction => format!("BEGIN;\n{};\nCOMMIT", statements.join(";\n")),
        Mode::NoTransaction => {
            assert_eq!(statements.len(), 1, "{}", written(script));
            statements.concat()
        }
    };
    if let Err(error) = session.batch_execute(&text).await {
        panic!("{error:?}\n{text}\n\n{}", written(script));
    }
}

fn same(mine: &Catalog, theirs: &Catalog, way: &str, script: &Script) {
    let differences = mine.differences(theirs);
    assert!(
        differences.is_empty(),
        "{way}: {differences:#?}\n{}",
        written(script)
    );
    assert_eq!(mine.lines(), theirs.lines());
}

/// A script as files show it.
pub(crate) fn written(script: &Script) -> String {
    let mut text = String::new();
    for part in &script.parts {
        let suffix = part.suffix.as_deref().unwrap_or("main");
        writeln!(text, "== {suffix} {:?}", part.mode).unwrap();
        for step in &part.steps {
            let Step { comment, up, down } = step;
            writeln!(
                text,
                "-- {comment}\n{};\n-- reverse\n{};",
                up.join(";\n"),
                down.join(";\n")
            )
            .unwrap();
        }
    }
    for note in &script.notes {
        writeln!(text, "note: {note}").unwrap();
    }
    text
}
