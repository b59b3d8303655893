//! What a person asks for, and the messages and lists that it is asked of.

use function_core::{Exit, RunState};
use serde_json::json;

use crate::desk::{Desk, destination};
use crate::night::{Export, Night, done, only};

#[tokio::test]
async fn a_dry_run_prints_the_plan_with_the_next_runs_path_and_touches_nothing() {
    let desk = Desk::of(&["users"]).await;
    let report = only(desk.ask(&json!({ "dryRun": true })).await);
    assert_eq!(
        (report.state, report.counts["writes"]),
        (RunState::Planned, 3)
    );
    let plan = report.plan.unwrap();
    assert_eq!(plan["configs"][0]["action"], "create");
    assert_eq!(
        plan["configs"][0]["nextDataPath"],
        "s3://exports/export-id-prod-app-db-20261121/app/app.users/*.parquet"
    );
    assert!(
        !plan.to_string().contains("AKIA") && !plan.to_string().contains("secret"),
        "{plan}"
    );
    assert_eq!(desk.writes(), [""; 0]);
    let kept = std::fs::read_dir(desk.night.folder.path()).unwrap();
    assert_eq!(kept.count(), 1, "no record is made");
}

#[tokio::test]
async fn a_source_or_a_date_beside_what_is_of_all_is_refused_by_name() {
    let desk = Desk::of(&["users"]).await;
    for kind in ["reconcile", "check", "dryRun"] {
        for (key, value) in [("source", "app-db"), ("date", "2026-11-21")] {
            match desk.ask(&json!({ kind: true, key: value })).await {
                function_core::Outcome::Drop(failure) => {
                    assert_eq!(failure.exit, Exit::Usage);
                    let words = format!("`{key}` does not go with `reconcile`");
                    assert!(failure.error.contains(&words), "{failure:?}");
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(desk.night.bigquery.requests().len(), 0);
}

#[tokio::test]
async fn a_message_of_another_prefix_changes_every_path_and_is_remembered() {
    let night = Night::new().await;
    let export = Export::of("20261121").put(&night.bigquery);
    done(night.send("m-1", &export.message()).await);
    night.bigquery.finish_runs();
    night.tell_ends().await;
    night.wait(60);
    let retried = Export::of("20261121").retried(2).put(&night.bigquery);
    done(night.send("m-2", &retried.message()).await);
    for config in night.bigquery.configs() {
        let path = config["params"]["data_path"].as_str().unwrap();
        assert!(path.contains(r#"-{run_time+9h|"%Y%m%d"}-2/"#), "{path}");
    }
    let report = only(night.send("o-1", &json!({ "reconcile": true })).await);
    assert_eq!(report.counts["written"], 0);
}

#[tokio::test]
async fn tables_of_postgresql_have_their_schemas_in_front() {
    let night = Night::new().await;
    let mut message = Export::of("20261121").message();
    message["engine"] = "aurora-postgresql".into();
    let table = |schema: &str, table: &str| json!({ "database": "app", "schema": schema, "table": table, "rows": 1, "bytes": 1, "files": 1 });
    message["tables"] = json!([table("public", "users"), table("audit", "users")]);
    done(night.send("m-1", &message).await);
    let configs = night.bigquery.configs();
    let path = |name: &str| {
        let config = configs
            .iter()
            .find(|config| destination(config) == name)
            .unwrap();
        config["params"]["data_path"].as_str().unwrap().to_owned()
    };
    assert!(path("users").ends_with("/app/public.users/*.parquet"));
    assert!(path("audit_users").ends_with("/app/audit.users/*.parquet"));
}

#[tokio::test]
async fn a_list_at_fault_is_refused_with_its_lines() {
    let desk = Desk::of(&["users"]).await;
    desk.write("users\nuser s\n\nusers\n");
    let (exit, words) = desk.refusal().await;
    assert_eq!(exit, Exit::Usage);
    assert!(
        words.contains("line 2 is `user s`") && words.contains("line 4 names `users` again"),
        "{words}"
    );
    desk.write("# nothing\n");
    let (exit, words) = desk.refusal().await;
    assert_eq!(exit, Exit::Refused);
    assert!(words.contains("no table is wanted"), "{words}");
    assert_eq!(
        desk.night
            .bigquery
            .requests()
            .iter()
            .filter(|seen| seen.method != "GET")
            .count(),
        0
    );
}

#[tokio::test]
async fn without_a_message_and_a_list_nothing_is_known() {
    let night = Night::new().await;
    match night.send("o-1", &json!({ "reconcile": true })).await {
        function_core::Outcome::Drop(failure) => {
            assert!(
                failure.error.contains("no message told of an export yet"),
                "{failure:?}"
            );
        }
        other => panic!("{other:?}"),
    }
}
