use std::time::Duration;

use serde_json::Value;
use simulators::rds::{Fault, Source, Tamper, refusal};
use simulators::{Effect, When};

use super::Night;
use super::auditor::{agree, audit};

const USERS: &str = "app.users";

#[tokio::test]
async fn an_auditor_finds_what_each_fault_did_and_nothing_else() {
    let table = USERS.to_owned();
    let cases = [
        (
            Fault::Skips {
                table: table.clone(),
                reason: "PERMISSIONS_DO_NOT_EXIST".to_owned(),
            },
            1,
            0,
        ),
        (
            Fault::TableEndsAs {
                table: table.clone(),
                status: "FAILED".to_owned(),
            },
            0,
            1,
        ),
        (Fault::NoMarker { table, batch: 1 }, 0, 1),
        (Fault::NoExportInfo, 0, 0),
        (Fault::TruncatedExportInfo, 0, 0),
    ];
    for (fault, skipped, missing) in cases {
        let night = Night::article();
        night.rds.next_export("app-db", fault.clone());
        night.export("tonight").await;
        let truth = agree(&night, "tonight").await;
        assert_eq!(
            (truth.skipped().len(), truth.missing().len()),
            (skipped, missing),
            "{fault:?}"
        );
        assert!(!truth.is_whole(), "{fault:?}");
        assert_eq!(truth.status, "COMPLETE");
    }
}

#[tokio::test]
async fn without_the_tables_info_nothing_is_told() {
    for fault in [Fault::NoTablesInfo, Fault::TruncatedTablesInfo] {
        let night = Night::article();
        night.rds.next_export("app-db", fault);
        night.export("tonight").await;
        let (whole, seen) = audit(&night, "tonight").await;
        assert_eq!((whole, seen.len()), (false, 0));
        let truth = night.rds.truth("tonight").unwrap();
        assert_eq!(
            (truth.infos, truth.is_whole(), truth.rows()),
            (false, false, 1_203)
        );
    }
}

#[tokio::test]
async fn a_table_may_be_left_out_without_a_word() {
    let night = Night::article();
    let table = USERS.to_owned();
    night.rds.next_export("app-db", Fault::Omits { table });
    night.export("tonight").await;
    let (whole, seen) = audit(&night, "tonight").await;
    assert_eq!(
        (whole, seen.len()),
        (true, 2),
        "nobody can see it from this export alone"
    );
    let truth = night.rds.truth("tonight").unwrap();
    assert_eq!((truth.is_whole(), truth.missing()), (false, vec![USERS]));
}

#[tokio::test]
async fn a_warning_is_json_as_documented_or_whatever_was_scripted() {
    let night = Night::article();
    let reason = "FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE".to_owned();
    night.rds.next_export("app-db", Fault::Warns { reason });
    night.start("first").await;
    assert!(!night.task("first").await.contains_key("WarningMessage"));
    night.rds.advance(Duration::from_mins(15));
    let warning = night.task("first").await.remove("WarningMessage").unwrap();
    let warning: Value = serde_json::from_str(&warning).unwrap();
    let documented = serde_json::json!({
        "skippedTables": [],
        "skippedObjectives": [],
        "general": [{ "reason": "FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE" }],
    });
    assert_eq!(warning, documented);

    night.rds.next_export(
        "app-db",
        Fault::WarningMessage("something went wrong".to_owned()),
    );
    night.export("second").await;
    assert_eq!(
        night.task("second").await["WarningMessage"],
        "something went wrong"
    );
}

#[tokio::test]
async fn what_somebody_does_to_the_objects_later_is_part_of_the_truth() {
    let cases = [
        ("app.orders/1/_SUCCESS", Tamper::Delete),
        ("app.orders/1/part-00001", Tamper::Truncate),
    ];
    for (key, tamper) in cases {
        let night = Night::article();
        night.export("tonight").await;
        assert!(agree(&night, "tonight").await.is_whole());
        let keys = night.rds.tamper("tonight", key, tamper).unwrap();
        assert_eq!(keys.len(), 1, "{keys:?}");
        let truth = agree(&night, "tonight").await;
        assert_eq!(truth.missing(), ["app.orders"]);
    }
}

#[tokio::test]
async fn a_lost_file_shows_in_the_rows_alone() {
    let night = Night::article();
    night.export("tonight").await;
    night
        .rds
        .tamper("tonight", "app.orders/1/part-00001", Tamper::Delete)
        .unwrap();
    let (whole, seen) = audit(&night, "tonight").await;
    assert!(whole);
    let rows = simulators::rds::TableTruth::Complete { rows: 800 };
    assert_eq!(seen["app.orders"], rows);
    assert!(!night.rds.truth("tonight").unwrap().is_whole());
}

#[tokio::test]
async fn every_call_can_be_throttled_and_the_script_ends() {
    let night = Night::article();
    let throttled = refusal("Throttling", "Rate exceeded");
    night
        .rds
        .script(When::action("").first(2), throttled.clone());
    night
        .rds
        .script(When::action("DescribeExportTasks").first(2), throttled);
    let code = "Throttling".to_owned();
    for _ in 0..2 {
        let refused = night.refused("DescribeExportTasks", &[]).await;
        assert_eq!(refused, (400, code.clone()));
    }
    assert_eq!(night.call("DescribeExportTasks", &[]).await.0, 200);
    let actions = night.rds.requests();
    assert!(
        actions
            .iter()
            .all(|seen| seen.action == "DescribeExportTasks")
    );
}

#[tokio::test]
async fn an_answer_may_be_lost_although_the_export_has_begun() {
    let night = Night::article();
    let start = || When::action("StartExportTask").containing("tonight");
    night.rds.script(start().nth(1), Effect::CutAfter(20));
    let form = night
        .client
        .post(night.rds.address())
        .header("authorization", super::SIGNED)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body(&night));
    let response = form.send().await.unwrap();
    assert!(response.text().await.is_err());
    assert_eq!(night.rds.exports(), ["tonight"]);
    let refused = night
        .refused("StartExportTask", &night.wanted("tonight"))
        .await;
    assert_eq!(refused, (400, "ExportTaskAlreadyExists".to_owned()));
}

fn body(night: &Night) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("Action", "StartExportTask"), ("Version", "2014-10-31")])
        .extend_pairs(night.wanted("tonight"))
        .finish()
}

#[tokio::test]
async fn a_fault_waits_for_the_export_of_its_source() {
    let night = Night::article();
    night
        .rds
        .add(Source::instance("other", simulators::rds::Engine::Mysql));
    night.rds.next_export("other", Fault::Hangs);
    night.export("tonight").await;
    assert!(agree(&night, "tonight").await.is_whole());
}
