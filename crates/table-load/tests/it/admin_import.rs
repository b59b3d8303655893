//! An import by Cloud SQL, against a stand-in for its API.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use function_core::{Env, Retryable as _, chain};
use serde_json::{Value, json};
use table_load::{AdminImport, CloudSql, LoadError, Pace};

const URI: &str = "gs://backups/example/12/20240304093000_headless.csv";

/// What the stand-in answers, in order, and what it was asked.
#[derive(Default)]
struct Script {
    imports: VecDeque<(u16, Value)>,
    polls: VecDeque<(u16, Value)>,
    asked: Vec<Value>,
}

type Shared = Arc<Mutex<Script>>;

/// No answer: the line is cut.
const CUT: (u16, Value) = (0, Value::Null);

/// A panic ends the task of its connection, and nothing else.
fn answer((status, body): (u16, Value)) -> (StatusCode, Json<Value>) {
    (StatusCode::from_u16(status).unwrap(), Json(body))
}

async fn import(
    Path((project, instance)): Path<(String, String)>,
    State(script): State<Shared>,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let mut script = script.lock().unwrap();
    script
        .asked
        .push(json!({ "project": project, "instance": instance, "body": body }));
    let next = script.imports.pop_front().expect("no more imports");
    drop(script);
    answer(next)
}

async fn poll(
    Path(path): Path<(String, String)>,
    State(script): State<Shared>,
) -> (StatusCode, Json<Value>) {
    let mut script = script.lock().unwrap();
    script
        .asked
        .push(json!({ "project": path.0, "operation": path.1 }));
    let next = script.polls.pop_front().expect("no more polls");
    drop(script);
    answer(next)
}

fn operation(status: &str) -> Value {
    json!({ "kind": "sql#operation", "name": "op-1", "status": status, "operationType": "IMPORT" })
}

fn refusal(status: u16, message: &str) -> (u16, Value) {
    (
        status,
        json!({ "error": { "code": status, "message": message, "errors": [] } }),
    )
}

/// Runs an import against the script; answers the outcome and what was asked.
async fn run(
    imports: Vec<(u16, Value)>,
    polls: Vec<(u16, Value)>,
) -> (Result<(), LoadError>, Vec<Value>) {
    run_within(Duration::from_mins(1), imports, polls).await
}

/// The same for somebody who waits for the instance, and for the import, no longer than `patience`.
async fn run_within(
    patience: Duration,
    imports: Vec<(u16, Value)>,
    polls: Vec<(u16, Value)>,
) -> (Result<(), LoadError>, Vec<Value>) {
    let script = Script {
        imports: imports.into(),
        polls: polls.into(),
        asked: Vec::new(),
    };
    let script = Arc::new(Mutex::new(script));
    let routes = Router::new()
        .route(
            "/v1/projects/{project}/instances/{instance}/import",
            post(import),
        )
        .route("/v1/projects/{project}/operations/{operation}", get(poll))
        .with_state(Arc::clone(&script));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async { axum::serve(listener, routes).await });
    let pace = Pace {
        poll: Duration::from_millis(1),
        busy: patience,
        deadline: patience,
    };
    let cloud_sql = CloudSql::connect(&Env::default().with("CLOUDSQL_ENDPOINT", endpoint), pace)
        .await
        .unwrap();
    let import = AdminImport {
        project: "demo".to_owned(),
        instance: "main".to_owned(),
        database: "postgres".to_owned(),
        table: "backup".to_owned(),
        columns: vec!["record_num".to_owned(), "company".to_owned()],
        import_user: Some("loader".to_owned()),
    };
    let outcome = import.run(&cloud_sql, URI).await;
    server.abort();
    let asked = std::mem::take(&mut script.lock().unwrap().asked);
    (outcome, asked)
}

#[tokio::test]
async fn an_import_is_over_when_its_operation_is_done() {
    let polls = vec![
        (200, operation("PENDING")),
        (200, operation("RUNNING")),
        (200, operation("DONE")),
    ];
    let (outcome, asked) = run(vec![(200, operation("PENDING"))], polls).await;
    outcome.unwrap();
    assert_eq!(asked.len(), 4);
    assert_eq!(asked[0]["project"], "demo");
    assert_eq!(asked[0]["instance"], "main");
    let context = &asked[0]["body"]["importContext"];
    assert_eq!(context["uri"], URI);
    // The client sends enumerations as numbers; 2 is CSV.
    assert_eq!(context["fileType"], 2);
    assert_eq!(context["database"], "postgres");
    assert_eq!(context["importUser"], "loader");
    assert_eq!(
        context["csvImportOptions"],
        json!({
            "table": "backup",
            "columns": ["record_num", "company"],
            "quoteCharacter": "22",
            "escapeCharacter": "22",
            "fieldsTerminatedBy": "2C",
        })
    );
    assert_eq!(asked[3], json!({ "project": "demo", "operation": "op-1" }));
}

#[tokio::test]
async fn errors_of_the_operation_are_errors_of_the_load() {
    let mut done = operation("DONE");
    let message = "duplicate key value violates unique constraint \"backup_pkey\"";
    done["error"] = json!({ "errors": [{ "code": "ERROR_RDBMS", "message": message }] });
    let (outcome, _) = run(vec![(200, operation("PENDING"))], vec![(200, done)]).await;
    let error = outcome.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the import of {URI} into table backup ended with errors: ERROR_RDBMS: {message}")
    );
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_busy_instance_is_waited_for_within_limits() {
    let busy = || {
        refusal(
            409,
            "Operation failed because another operation was already in progress.",
        )
    };
    let imports = vec![busy(), busy(), (200, operation("RUNNING"))];
    let (outcome, asked) = run(imports, vec![(200, operation("DONE"))]).await;
    outcome.unwrap();
    assert_eq!(asked.len(), 4);

    let long = (0..2_000).map(|_| busy()).collect();
    let (outcome, asked) = run_within(Duration::from_secs(3), long, Vec::new()).await;
    let error = outcome.unwrap_err();
    assert!(
        chain(&error).contains("another operation was already in progress"),
        "{}",
        chain(&error)
    );
    assert!(error.is_retryable() && asked.len() > 2);
}

#[tokio::test]
async fn a_passing_fault_while_waiting_is_passed_over() {
    let polls = vec![
        refusal(503, "try later"),
        (200, operation("RUNNING")),
        (200, operation("DONE")),
    ];
    let (outcome, _) = run(vec![(200, operation("PENDING"))], polls).await;
    outcome.unwrap();
}

#[tokio::test]
async fn an_import_that_does_not_end_keeps_its_object() {
    let polls = (0..100).map(|_| (200, operation("RUNNING"))).collect();
    let started = vec![(200, operation("RUNNING"))];
    let (outcome, _) = run_within(Duration::from_millis(40), started, polls).await;
    let error = outcome.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the import of {URI} may be running still: it is RUNNING after 0 s; \
             look at operation op-1 of demo:main before you delete the object or load again"
        )
    );
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn an_import_out_of_sight_keeps_its_object() {
    let denied = refusal(403, "not authorized");
    let (outcome, _) = run(vec![(200, operation("PENDING"))], vec![denied]).await;
    let error = outcome.unwrap_err();
    assert!(
        matches!(&error, LoadError::Unfinished { operation, .. } if operation == "op-1"),
        "{error}"
    );
    assert!(error.to_string().contains("not authorized"), "{error}");

    // The line is cut instead of an answer.
    let (outcome, asked) = run(vec![CUT], Vec::new()).await;
    let error = outcome.unwrap_err();
    assert!(
        matches!(&error, LoadError::Unfinished { operation, .. } if operation == "unknown"),
        "{error}"
    );
    assert_eq!(asked.len(), 1);
}

#[tokio::test]
async fn a_refused_import_is_told_in_the_services_words() {
    let denied = refusal(403, "The client is not authorized to make this request.");
    let (outcome, asked) = run(vec![denied], Vec::new()).await;
    let error = outcome.unwrap_err();
    let words = chain(&error);
    assert!(
        words.starts_with("starting an import into Cloud SQL instance demo:main: "),
        "{words}"
    );
    assert!(
        words.contains("not authorized") && !error.is_retryable() && asked.len() == 1,
        "{words}"
    );
}
