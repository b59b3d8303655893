//! Lists of exports, page by page.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use simulators::DynamoDb;
use simulators::dynamodb::{Options, Table};

use super::{answered, article, export, refused, with};

/// The ARNs on all pages, and how many pages there were.
async fn listed(dynamodb: &DynamoDb, mut request: Value) -> (Vec<String>, usize) {
    let (mut arns, mut pages) = (Vec::new(), 0);
    loop {
        let page = answered(dynamodb, "ListExports", request.clone()).await;
        let summaries = page["ExportSummaries"].as_array().unwrap();
        let arn = |summary: &Value| summary["ExportArn"].as_str().unwrap().to_owned();
        arns.extend(summaries.iter().map(arn));
        pages += 1;
        match page.get("NextToken") {
            None => return (arns, pages),
            Some(token) => request["NextToken"] = token.clone(),
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn paging_gives_every_export_exactly_once_the_greatest_arn_first(
        tables in prop::collection::vec(1..=2_u8, 0..60),
        size in prop::option::of(1..=25_usize),
        step in 0..1500_u64,
    ) {
        let dynamodb = article();
        runtime().block_on(async {
            let mut started = Vec::new();
            for table in tables {
                let arn = export(&dynamodb, &format!("table{table}"), json!({})).await;
                started.push(arn);
                dynamodb.advance(Duration::from_millis(step));
            }
            started.sort_unstable_by(|one, other| other.cmp(one));
            let (all, pages) = listed(&dynamodb, json!({ "MaxResults": size })).await;
            assert_eq!(all, started);
            assert_eq!(pages, started.len().div_ceil(size.unwrap_or(25)).max(1));
            let table = dynamodb.table_arn("table1");
            started.retain(|arn| arn.starts_with(&table));
            let request = json!({ "TableArn": table, "MaxResults": size });
            assert_eq!(listed(&dynamodb, request).await.0, started);
        });
    }
}

#[tokio::test]
async fn an_export_that_starts_while_pages_are_read_moves_none_of_them() {
    let dynamodb = article();
    for _ in 0..4 {
        export(&dynamodb, "table1", json!({})).await;
        dynamodb.advance(Duration::from_secs(1));
    }
    let first = answered(&dynamodb, "ListExports", json!({ "MaxResults": 2 })).await;
    let newer = export(&dynamodb, "table1", json!({})).await;
    let request = json!({ "MaxResults": 2, "NextToken": first["NextToken"] });
    let (rest, _) = listed(&dynamodb, request).await;
    assert_eq!(rest.len(), 2);
    assert!(!rest.contains(&newer));
}

#[tokio::test]
async fn the_first_page_of_all_tables_lacks_the_first_table_after_25_nights() {
    let dynamodb = article();
    for _ in 0..25 {
        export(&dynamodb, "table1", json!({})).await;
        export(&dynamodb, "table2", json!({})).await;
        dynamodb.advance(Duration::from_hours(24));
    }
    let page = answered(&dynamodb, "ListExports", json!({})).await;
    let summaries = page["ExportSummaries"].as_array().unwrap();
    assert_eq!(summaries.len(), 25);
    let of_table2 = |summary: &Value| summary["ExportArn"].as_str().unwrap().contains("table2");
    assert!(summaries.iter().all(of_table2));
    let (status, kind) = (&summaries[0]["ExportStatus"], &summaries[0]["ExportType"]);
    assert_eq!((status, kind), (&json!("COMPLETED"), &json!("FULL_EXPORT")));
}

#[tokio::test]
async fn a_token_that_expired_or_was_never_given_is_refused() {
    let dynamodb = with(Options {
        token_life: Duration::from_mins(5),
        ..Options::default()
    });
    export(&dynamodb, "table1", json!({})).await;
    export(&dynamodb, "table2", json!({})).await;
    let page = answered(&dynamodb, "ListExports", json!({ "MaxResults": 1 })).await;
    let token = page["NextToken"].as_str().unwrap();
    dynamodb.advance(Duration::from_mins(5));
    for token in [token, "never"] {
        let request = json!({ "NextToken": token });
        let (code, message) = refused(&dynamodb, "ListExports", request).await;
        assert_eq!(code, "ValidationException");
        let words = format!("Invalid Request: Provided nextToken is invalid: {token}");
        assert_eq!(message, words);
    }
}

#[tokio::test]
async fn a_page_has_at_most_25() {
    let dynamodb = article();
    let (code, message) = refused(&dynamodb, "ListExports", json!({ "MaxResults": 26 })).await;
    assert_eq!(code, "ValidationException");
    assert!(message.ends_with("Member must have value less than or equal to 25"));
}

#[tokio::test]
async fn exports_are_listed_for_90_days() {
    let dynamodb = article();
    export(&dynamodb, "table1", json!({})).await;
    dynamodb.advance(Duration::from_secs(90 * 24 * 3600 - 1));
    assert_eq!(listed(&dynamodb, json!({})).await.0.len(), 1);
    dynamodb.advance(Duration::from_secs(1));
    assert_eq!(listed(&dynamodb, json!({})).await.0.len(), 0);
}

#[tokio::test]
async fn an_export_outlives_its_table_but_is_no_longer_listed_with_it() {
    let dynamodb = article();
    let arn = export(&dynamodb, "table1", json!({})).await;
    dynamodb.delete_table("table1");
    let table = json!({ "TableArn": dynamodb.table_arn("table1") });
    assert_eq!(listed(&dynamodb, table.clone()).await.0.len(), 0);
    dynamodb.add_table(Table::article("table1"));
    assert_eq!(listed(&dynamodb, table).await.0.len(), 0);
    dynamodb.advance(Duration::from_mins(12));
    assert_eq!(super::described(&dynamodb, &arn).await["ItemCount"], 6);
}

#[tokio::test]
async fn an_export_is_described_by_its_own_arn_only() {
    let dynamodb = article();
    let arn = export(&dynamodb, "table1", json!({})).await;
    let elsewhere = arn.replace("ap-northeast-1", "us-east-1");
    let table = dynamodb.table_arn("table1");
    let unknown = format!("{table}/export/01795285800000-00000000");
    for (arn, code, message) in [
        (
            &table,
            "ValidationException",
            "Invalid Export ARN".to_owned(),
        ),
        (
            &"x".repeat(40),
            "ValidationException",
            "Invalid Export ARN".to_owned(),
        ),
        (
            &arn.replace("123456789012", "210987654321"),
            "AccessDeniedException",
            "Access is denied".to_owned(),
        ),
        (
            &elsewhere,
            "ExportNotFoundException",
            "Export not found: Invalid export arn".to_owned(),
        ),
        (
            &unknown,
            "ExportNotFoundException",
            format!("Export not found: Export not found: {unknown}"),
        ),
    ] {
        let refusal = refused(&dynamodb, "DescribeExport", json!({ "ExportArn": arn })).await;
        assert_eq!(refusal, (code.to_owned(), message));
    }
}
