//! What a person is told before anything is written.

use serde_json::{Value, json};
use simulators::kintone::{App, Field, FieldType, Rights};

use crate::world::World;

fn text(code: &str) -> Field {
    Field::new(code, FieldType::SingleLineText)
}

fn record(pairs: &[(&str, &str)]) -> Value {
    let fields = pairs
        .iter()
        .map(|(code, value)| ((*code).to_owned(), json!({ "value": value })));
    Value::Object(fields.collect())
}

/// A world with a backup of `source`, and a target of another form.
async fn between(source: App, target: App) -> World {
    let world = World::with(source, target);
    world.back_up().await;
    world
}

fn found(plan: &Value, list: &str, words: &[&str]) {
    let findings = plan[list].as_array().unwrap();
    let all_in = |finding: &Value| {
        let finding = finding.as_str().unwrap();
        words.iter().all(|word| finding.contains(word))
    };
    assert!(
        findings.iter().any(all_in),
        "{words:?} in {list} of {plan:#}"
    );
}

#[tokio::test]
async fn a_plan_says_what_it_will_do() {
    let world = World::new(App::generated(4_100));
    world.back_up().await;
    let plan = world.plan(&json!({})).await;
    assert_eq!(plan["records"], 4_100);
    assert_eq!(plan["bulks"], 3);
    assert_eq!(plan["mode"], "insert");
    assert_eq!(plan["blockers"], json!([]));
    assert_eq!(plan["warnings"], json!([]));
    assert!(plan.get("accept").is_none(), "nothing is lost");
    let requests = plan["requests"].as_u64().unwrap();
    assert!((13..=30).contains(&requests), "{requests}");
}

#[tokio::test]
async fn what_can_not_come_back_is_named_with_its_reason() {
    let world = World::new(App::all_types().process_management());
    let status = json!({ "ステータス": { "value": "処理中" } });
    world.kintone.update(world.source, 1, &status);
    world.back_up().await;
    let plan = world.plan(&json!({})).await;
    found(&plan, "notes", &["calc is not written", "computes"]);
    found(&plan, "notes", &["copied is not written", "lookup"]);
    found(&plan, "notes", &["レコード番号", "new numbers"]);
    found(
        &plan,
        "notes",
        &["org: whether its organisations are known"],
    );
    let notes = plan["notes"].to_string();
    assert!(
        !notes.contains("user:") && !notes.contains("lookup:"),
        "all are there: {notes}"
    );
    found(&plan, "warnings", &["ステータス", "does not come back"]);
}

#[tokio::test]
async fn a_loss_is_accepted_by_the_digest_of_the_plan_and_by_no_other() {
    let source = App::new("a").field(text("kept")).field(text("gone"));
    let target = App::new("b").field(text("kept"));
    let world = between(
        source.record(record(&[("kept", "1"), ("gone", "2")])),
        target,
    )
    .await;
    let plan = world.plan(&json!({})).await;
    found(&plan, "warnings", &["gone", "1 values", "no such field"]);
    let digest = plan["accept"].as_str().unwrap();

    let (words, exit) = world.refused(&json!({})).await;
    assert!(words.contains("gone") && words.contains(digest), "{words}");
    assert_eq!(exit, 4);
    let (words, exit) = world
        .refused(&json!({ "accept": "0123456789abcdef" }))
        .await;
    assert!(
        words.contains("0123456789abcdef") && words.contains(digest),
        "{words}"
    );
    assert_eq!(exit, 4);

    // The form changes: what was accepted is stale.
    world
        .kintone
        .change_app(world.target, |app| app.field(text("new")));
    let (words, exit) = world.refused(&json!({ "accept": digest })).await;
    assert!(words.contains("is not that of now"), "{words}");
    assert_eq!((exit, world.writes()), (4, 0));

    let report = world.accepted(&json!({})).await;
    assert_eq!(
        report.state,
        function_core::RunState::Verified,
        "{report:?}"
    );
    assert_eq!(world.kintone.records(world.target)[0]["kept"]["value"], "1");
    assert!(
        report.warnings.iter().any(|words| words.contains("gone")),
        "{report:?}"
    );
}

#[tokio::test]
async fn values_that_the_app_would_refuse_block_the_restore() {
    let source = App::new("a")
        .field(text("must"))
        .field(text("once"))
        .field(Field::new("choice", FieldType::DropDown).options(&["x", "y"]))
        .field(Field::new("number", FieldType::Number))
        .number_precision(30, 10)
        .record(record(&[
            ("once", "1"),
            ("choice", "y"),
            ("number", "12345678901234"),
        ]))
        .record(record(&[
            ("must", "a"),
            ("once", "1"),
            ("choice", "x"),
            ("number", "1.23456"),
        ]));
    let target = App::new("b")
        .field(text("must").required())
        .field(text("once").unique())
        .field(Field::new("choice", FieldType::DropDown).options(&["x"]))
        .field(Field::new("number", FieldType::Number))
        .field(text("added").required());
    let world = between(source, target).await;
    let plan = world.plan(&json!({})).await;
    found(
        &plan,
        "blockers",
        &["must", "must not be empty", "such as 1"],
    );
    found(&plan, "blockers", &["once", "share values", "such as 2"]);
    found(&plan, "blockers", &["choice", "lacks the choice `y`"]);
    found(&plan, "blockers", &["number", "digits"]);
    found(&plan, "blockers", &["added", "does not have it"]);
    found(&plan, "warnings", &["number", "rounds", "4 decimal places"]);
    assert!(
        plan.get("accept").is_none(),
        "a blocked plan can't be accepted"
    );
    let (words, exit) = world.refused(&json!({})).await;
    assert!(words.contains("lacks the choice"), "{words}");
    assert_eq!((exit, world.writes()), (4, 0));
    assert_eq!(world.told.messages().len(), 1);
}

#[tokio::test]
async fn a_value_that_the_app_has_already_blocks_an_insert() {
    let form = || App::new("a").field(text("once").unique());
    let one = record(&[("once", "1")]);
    let world = between(form().record(one.clone()), form().record(one)).await;
    let plan = world.plan(&json!({})).await;
    found(
        &plan,
        "blockers",
        &["once", "1 records", "have values of the backup"],
    );
    found(&plan, "warnings", &["holds 1 records already"]);
}

#[tokio::test]
async fn a_token_without_the_right_blocks_it() {
    let mut world = World::new(App::generated(10));
    world.back_up().await;
    let target = world.target;
    world.kintone.add_token(target, "viewer", Rights::VIEW);
    world.set(&format!("TOKEN_{target}"), "viewer");
    let plan = world.plan(&json!({})).await;
    found(&plan, "blockers", &["lacks the right to add"]);

    world
        .kintone
        .add_token(target, "writer", Rights::VIEW | Rights::ADD);
    world.set(&format!("TOKEN_{target}"), "writer");
    let plan = world.plan(&json!({})).await;
    assert_eq!(plan["blockers"], json!([]));
    found(&plan, "warnings", &["作成者", "may not manage the app"]);
    let report = world.accepted(&json!({})).await;
    assert_eq!(report.state, function_core::RunState::Verified);
    let history = ["作成者", "作成日時", "更新者", "更新日時"];
    world.assert_same(world.source, target, &history);
}

#[tokio::test]
async fn long_numbers_block_only_an_app_that_is_known_not_to_keep_them() {
    let app = App::new("a")
        .field(Field::new("number", FieldType::Number))
        .number_precision(30, 10)
        .record(record(&[("number", "1234567890123")]));
    let mut world = World::new(app);
    world.back_up().await;
    let target = world.target;
    world
        .kintone
        .add_token(target, "writer", Rights::VIEW | Rights::ADD);
    world.set(&format!("TOKEN_{target}"), "writer");
    let plan = world.plan(&json!({})).await;
    assert_eq!(plan["blockers"], json!([]));
    found(
        &plan,
        "warnings",
        &["number", "as many digits", "right to manage"],
    );
    let report = world.accepted(&json!({})).await;
    assert_eq!(
        report.state,
        function_core::RunState::Verified,
        "{report:?}"
    );
}

#[tokio::test]
async fn fields_of_another_type_are_left_out() {
    let source = App::new("a").field(text("a")).field(text("b"));
    let target = App::new("b")
        .field(Field::new("a", FieldType::MultiLineText))
        .field(Field::new("b", FieldType::UserSelect));
    let world = between(source.record(record(&[("a", "1"), ("b", "2")])), target).await;
    let plan = world.plan(&json!({})).await;
    found(&plan, "warnings", &["b (SINGLE_LINE_TEXT)", "USER_SELECT"]);
    let report = world.accepted(&json!({})).await;
    assert_eq!(
        report.state,
        function_core::RunState::Verified,
        "{report:?}"
    );
    assert_eq!(world.kintone.records(world.target)[0]["a"]["value"], "1");
}

#[tokio::test]
async fn files_that_the_backup_lacks_are_told_and_left_out() {
    let mut world = World::new(App::all_types());
    world.set("ATTACHMENTS", "off");
    world.back_up().await;
    let plan = world.plan(&json!({})).await;
    found(&plan, "warnings", &["file (FILE)", "not in the backup"]);
    let report = world.accepted(&json!({})).await;
    assert_eq!(
        report.state,
        function_core::RunState::Verified,
        "{report:?}"
    );
    assert!(report.counts["announcedDifferences"] > 0);
}

#[tokio::test]
async fn a_file_that_is_gone_from_the_store_is_told_and_left_out() {
    let world = World::new(App::all_types());
    world.back_up().await;
    let folder = format!("localhost/{}/attachments/", world.source);
    let gone = world.store.list(&folder).await.unwrap().remove(0).key;
    world.store.delete(&gone).await.unwrap();
    let plan = world.plan(&json!({})).await;
    found(
        &plan,
        "warnings",
        &["files of 1 record", "are not in the backup"],
    );
    let report = world.accepted(&json!({})).await;
    assert_eq!(report.counts["files"], 3);
    assert_eq!(
        report.state,
        function_core::RunState::Verified,
        "{report:?}"
    );
}

#[tokio::test]
async fn an_app_that_is_not_listed_is_refused() {
    let world = World::new(App::generated(1));
    world.back_up().await;
    let (words, exit) = world.refused(&json!({ "app": 99 })).await;
    assert!(words.contains("APPID lists"), "{words}");
    assert_eq!(exit, 2);
    let (words, _) = world.refused(&json!({ "source": 98 })).await;
    assert!(words.contains("98/latest.json is not there"), "{words}");
}
