//! What a run writes.

use function_core::{Outcome, RunState};
use simulators::kintone::App;

use crate::world::{World, person};

/// What cli-kintone 1.19.2 writes for the same app; see the simulator's tests, which make it.
const GOLDEN: &str = include_str!("../../../../crates/simulators/tests/golden/all-types.csv");

/// The same, with the bare CR in quotes.
pub(crate) fn golden() -> String {
    let expected = GOLDEN.replace(",cr\ronly,", ",\"cr\ronly\",");
    assert_ne!(expected, GOLDEN, "the golden file holds a bare CR");
    expected
}

#[tokio::test]
async fn the_csv_is_that_of_cli_kintone_but_for_the_bare_carriage_return() {
    let world = World::new(App::all_types());
    world.verified().await;
    assert_eq!(world.csv().await, golden());
}

#[tokio::test]
async fn the_article_gets_its_four_records() {
    let world = World::new(App::article());
    let report = world.verified().await;
    assert_eq!(
        (report.state, report.counts["records"]),
        (RunState::Verified, 4)
    );
    let csv = world.csv().await;
    assert!(csv.starts_with("\"レコード番号\",\"company\""), "{csv}");
    assert_eq!(csv.lines().count(), 5);
    world.assert_latest_is(&world.records()).await;
}

#[tokio::test]
async fn names_come_from_the_message() {
    let world = World::new(App::article());
    world.verified().await;
    let names: Vec<_> = world
        .folder()
        .list("")
        .await
        .unwrap()
        .into_iter()
        .map(|meta| meta.key)
        .collect();
    assert_eq!(
        names,
        [
            "20261122030000.csv",
            "20261122030000.manifest.json",
            "20261122030000.ndjson.gz",
            "20261122030000.schema.json",
            "20261122030000.sha256",
            "latest.json",
        ]
    );
    let records = world.run_records().await;
    assert_eq!(
        records[0].run,
        format!("localhost-{}-20261122030000", world.app)
    );
    assert!(records[0].settled && records[0].lease.is_none());
}

#[tokio::test]
async fn the_checksum_file_is_the_one_of_sha256sum() {
    let world = World::new(App::article());
    world.verified().await;
    let text = String::from_utf8(world.part(".sha256").await).unwrap();
    let csv = world.part(".csv").await;
    let line = format!("{}  20261122030000.csv", function_core::sha256_hex(&csv));
    assert!(text.lines().any(|found| found == line), "{text}");
}

#[tokio::test]
async fn an_app_without_records_has_a_backup_with_a_header() {
    let world = World::new(App::generated(0));
    let report = world.verified().await;
    assert_eq!(report.counts["records"], 0);
    assert_eq!(world.csv().await.lines().count(), 1);
    world.assert_latest_is(&[]).await;
}

#[tokio::test]
async fn many_pages_come_in_order() {
    for windows in ["1", "4"] {
        let world = World::new(App::generated(2_345)).set("WINDOWS", windows);
        world.verified().await;
        let ids: Vec<_> = world
            .lines()
            .await
            .iter()
            .map(|line| line["$id"]["value"].clone())
            .collect();
        let expected: Vec<_> = (1..=2_345_u32)
            .map(|id| serde_json::json!(id.to_string()))
            .collect();
        assert_eq!(ids, expected);
    }
}

#[tokio::test]
async fn selected_fields_alone_are_read_and_written() {
    let world = World::new(App::article()).set("FIELDS", "name_kanji, company");
    world.verified().await;
    assert!(
        world
            .csv()
            .await
            .starts_with("\"name_kanji\",\"company\"\n")
    );
    let lines = world.lines().await;
    let mut codes: Vec<_> = lines[0].as_object().unwrap().keys().cloned().collect();
    codes.sort();
    assert_eq!(codes, ["$id", "$revision", "company", "name_kanji"]);
}

#[tokio::test]
async fn a_condition_selects_records() {
    let world = World::new(App::article()).set("QUERY", "company = \"かんとか社\"");
    assert_eq!(world.verified().await.counts["records"], 1);
}

#[tokio::test]
async fn an_order_is_kept() {
    let world = World::new(App::generated(1_200)).set("ORDER_BY", "$id desc");
    world.verified().await;
    let first = &world.lines().await[0]["$id"]["value"];
    assert_eq!(first, "1200");
    assert_eq!(world.kintone.open_cursors(), 0);
}

#[tokio::test]
async fn the_strict_dialect_tells_null_from_empty() {
    let app = App::all_types();
    let world = World::new(app).set("CSV_DIALECT", "strict");
    world.verified().await;
    let csv = world.csv().await;
    assert!(csv.starts_with("\"*\",\"$id\",\"$revision\","), "{csv}");
    assert!(csv.contains(",\"\",") && csv.contains(",,"), "{csv}");
}

#[tokio::test]
async fn the_lossless_lines_can_be_left_out() {
    let world = World::new(App::article()).set("NDJSON_LEVEL", "off");
    world.verified().await;
    let names: Vec<_> = world
        .manifest()
        .await
        .objects
        .into_iter()
        .map(|object| object.name)
        .collect();
    assert!(
        names.iter().all(|name| !name.contains("ndjson")),
        "{names:?}"
    );
}

#[tokio::test]
async fn a_dry_run_touches_nothing() {
    let world = World::new(App::article());
    let outcome = world
        .deliver(world.event("m-1", r#"{"dryRun": true}"#))
        .await;
    let Outcome::Done(reports) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(reports[0].state, RunState::Planned);
    assert_eq!(reports[0].plan.as_ref().unwrap()["records"], 4);
    assert_eq!(world.store.list("").await.unwrap(), []);
}

#[tokio::test]
async fn a_change_of_the_form_is_noticed() {
    let world = World::new(App::article());
    world.verified().await;
    world.kintone.change_app(world.app, |app| {
        app.field(simulators::kintone::Field::new(
            "email",
            simulators::kintone::FieldType::Link,
        ))
    });
    let report = world.verified().await;
    assert_eq!(report.warnings, ["the form has a new field email"]);
    assert_eq!(world.told.messages().len(), 1, "a person is told, once");
    world.verified().await;
    assert_eq!(world.told.messages().len(), 1);
}

#[tokio::test]
async fn several_apps_are_exported_one_after_the_other() {
    let mut world = World::new(App::article());
    let other = world.kintone.add_app(App::generated(7));
    let token = world.kintone.token(other);
    world.change("APPID", format!("{},{other}", world.app));
    world.change(&format!("TOKEN_{other}"), token);
    let Outcome::Done(reports) = world.night().await else {
        panic!()
    };
    let counts: Vec<_> = reports
        .iter()
        .map(|report| report.counts["records"])
        .collect();
    assert_eq!(counts, [4, 7]);
}

#[tokio::test]
async fn records_of_the_future_are_not_in_the_past() {
    let world = World::new(App::article());
    world.verified().await;
    world.kintone.insert(world.app, [&person("新しい人")]);
    assert_eq!(world.manifest().await.details.records, 4);
    assert_eq!(world.verified().await.counts["records"], 5);
}
