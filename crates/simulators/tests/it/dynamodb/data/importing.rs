//! New tables of what lies in a bucket.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use simulators::dynamodb::{ImportFault, Options, Table};
use simulators::{DynamoDb, Objects, S3, s3};
use test_services::Moto;

use super::super::{answered, article, export, refused, with};
use super::item;

/// How long an import takes.
const LONG: Duration = Duration::from_mins(12);

fn request(prefix: &str, compression: &str) -> Value {
    json!({
        "ClientToken": "token",
        "InputFormat": "DYNAMODB_JSON",
        "InputCompressionType": compression,
        "S3BucketSource": { "S3Bucket": "night", "S3KeyPrefix": prefix },
        "TableCreationParameters": {
            "TableName": "new",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        },
    })
}

async fn started(dynamodb: &DynamoDb, request: Value) -> Value {
    let answer = answered(dynamodb, "ImportTable", request).await;
    answer["ImportTableDescription"].clone()
}

async fn described(dynamodb: &DynamoDb, import: &Value) -> Value {
    let request = json!({ "ImportArn": import["ImportArn"] });
    let answer = answered(dynamodb, "DescribeImport", request).await;
    answer["ImportTableDescription"].clone()
}

/// Imports what is under `data/`, to the end.
async fn ended(dynamodb: &DynamoDb) -> Value {
    let import = started(dynamodb, request("data/", "NONE")).await;
    dynamodb.advance(LONG);
    described(dynamodb, &import).await
}

fn counts(import: &Value) -> [Option<u64>; 3] {
    ["ProcessedItemCount", "ImportedItemCount", "ErrorCount"].map(|name| import[name].as_u64())
}

fn line(item: &Value) -> String {
    json!({ "Item": item }).to_string()
}

fn store(dynamodb: &DynamoDb, key: &str, lines: &[String]) {
    let content = lines.join("\n") + "\n";
    dynamodb
        .objects()
        .put("night", key, content.as_bytes())
        .unwrap();
}

/// An object with the ten items `id-0` to `id-9`.
fn ten(dynamodb: &DynamoDb) {
    let lines: Vec<String> = (0..10)
        .map(|id| line(&item(&format!("id-{id}"), id)))
        .collect();
    store(dynamodb, "data/ten.json", &lines);
}

/// Exports `table1` and imports its data files into `new`.
async fn there_and_back(dynamodb: &DynamoDb) -> Value {
    let arn = export(dynamodb, "table1", json!({})).await;
    dynamodb.advance(LONG);
    let id = arn.rsplit('/').next().unwrap();
    let prefix = format!("AWSDynamoDB/{id}/data/");
    let import = started(dynamodb, request(&prefix, "GZIP")).await;
    dynamodb.advance(LONG);
    described(dynamodb, &import).await
}

#[tokio::test]
async fn an_export_is_imported_as_it_is() {
    let dynamodb = article();
    let import = there_and_back(&dynamodb).await;
    assert_eq!(import["ImportStatus"], "COMPLETED");
    assert_eq!(counts(&import), [Some(6), Some(6), Some(0)]);
    assert_eq!(dynamodb.items("new"), dynamodb.items("table1"));
}

#[tokio::test]
async fn an_export_in_s3_is_imported_from_there() {
    let moto = Moto::start("night").await.unwrap();
    let dynamodb = with(Options {
        objects: Objects::s3(moto.address()),
        ..Options::default()
    });
    let import = there_and_back(&dynamodb).await;
    assert_eq!(import["ImportStatus"], "COMPLETED", "{import}");
    assert_eq!(dynamodb.items("new"), dynamodb.items("table1"));
}

#[tokio::test]
async fn every_page_of_a_list_is_read() {
    let s3 = S3::start(s3::Options {
        page: 3,
        ..s3::Options::default()
    });
    let dynamodb = with(Options {
        objects: s3.objects(),
        ..Options::default()
    });
    for id in 0..10 {
        let lines = [line(&item(&format!("id-{id}"), id))];
        store(&dynamodb, &format!("data/{id}"), &lines);
    }
    assert_eq!(ended(&dynamodb).await["ImportedItemCount"], 10);
    let lists = s3
        .requests()
        .into_iter()
        .filter(|seen| seen.parameter("list-type").is_some());
    assert_eq!(lists.count(), 4);
}

#[tokio::test]
async fn a_list_has_every_key_as_it_was_put() {
    let moto = Moto::start("night").await.unwrap();
    let store = Objects::s3(moto.address());
    let odd = "odd/a & b <c> \"d\" +e%.json";
    for key in [odd, "other"] {
        store.put("night", key, b"").unwrap();
    }
    assert_eq!(store.list("night", "odd/a &").unwrap(), [odd]);
    let missing = store.list("no-such-bucket", "").unwrap_err();
    assert_eq!(missing.kind(), std::io::ErrorKind::NotFound);
}

#[tokio::test]
async fn an_import_under_way_tells_its_table_and_counts_nothing() {
    let dynamodb = article();
    ten(&dynamodb);
    let import = started(&dynamodb, request("data/", "NONE")).await;
    assert_eq!(described(&dynamodb, &import).await, import);
    assert_eq!(import["ImportStatus"], "IN_PROGRESS");
    assert_eq!(counts(&import), [Some(0); 3]);
    for absent in ["EndTime", "FailureCode", "ProcessedSizeBytes"] {
        assert_eq!(import.get(absent), None, "{absent}");
    }
    assert_eq!(
        import["TableCreationParameters"],
        request("", "")["TableCreationParameters"]
    );
    let name = json!({ "TableName": "new" });
    // At first no operation knows the table.
    for action in ["DescribeTable", "Scan", "DeleteTable"] {
        let (code, _) = refused(&dynamodb, action, name.clone()).await;
        assert_eq!(code, "ResourceNotFoundException");
    }
    dynamodb.advance(Duration::from_secs(30));
    let table = answered(&dynamodb, "DescribeTable", name.clone()).await;
    assert_eq!(table["Table"]["TableStatus"], "CREATING");
    assert_eq!(table["Table"]["TableId"], import["TableId"]);
    assert_eq!(
        refused(&dynamodb, "DeleteTable", name.clone()).await.0,
        "ResourceInUseException"
    );
    assert_eq!(
        refused(&dynamodb, "Scan", name.clone()).await.0,
        "ResourceNotFoundException"
    );
    // The table is ready before the import says so.
    dynamodb.advance(Duration::from_mins(11) + Duration::from_secs(24));
    let table = answered(&dynamodb, "DescribeTable", name.clone()).await;
    assert_eq!(table["Table"]["TableStatus"], "ACTIVE");
    assert_eq!(described(&dynamodb, &import).await, import);
    dynamodb.advance(Duration::from_secs(6));
    let done = described(&dynamodb, &import).await;
    assert_eq!(
        (&done["ImportStatus"], &done["TableId"]),
        (&json!("COMPLETED"), &import["TableId"])
    );
    assert_eq!(counts(&done), [Some(10), Some(10), Some(0)]);
    let size = dynamodb
        .objects()
        .get("night", "data/ten.json")
        .unwrap()
        .len();
    assert_eq!(done["ProcessedSizeBytes"], size);
    let table = answered(&dynamodb, "DescribeTable", name).await;
    assert_eq!(table["Table"]["TableStatus"], "ACTIVE");
}

#[tokio::test]
async fn a_token_stands_for_one_table_while_its_import_is_under_way() {
    let dynamodb = article();
    ten(&dynamodb);
    let import = started(&dynamodb, request("data/", "NONE")).await;
    assert_eq!(started(&dynamodb, request("data/", "NONE")).await, import);
    // Nothing but the table is compared: the other source is overlooked.
    assert_eq!(started(&dynamodb, request("other/", "GZIP")).await, import);
    let mut other = request("data/", "NONE");
    other["TableCreationParameters"]["TableName"] = json!("other");
    let (code, message) = refused(&dynamodb, "ImportTable", other).await;
    assert_eq!(code, "ImportConflictException");
    assert!(message.contains("Duplicate request detected with conflicting parameters"));
    dynamodb.advance(LONG);
    let (code, message) = refused(&dynamodb, "ImportTable", request("data/", "NONE")).await;
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("ResourceInUseException", "Table already exists: new")
    );
    // Without the table the token tells of the old import, which makes no new table.
    answered(&dynamodb, "DeleteTable", json!({ "TableName": "new" })).await;
    let again = started(&dynamodb, request("data/", "NONE")).await;
    assert_eq!(
        (&again["ImportArn"], &again["ImportStatus"]),
        (&import["ImportArn"], &json!("COMPLETED"))
    );
    assert_eq!(dynamodb.tally().calls["DeleteTable"], 1);
    let mut tokenless = request("data/", "NONE");
    tokenless.as_object_mut().unwrap().remove("ClientToken");
    let (code, message) = refused(&dynamodb, "ImportTable", tokenless).await;
    assert_eq!(code, "ValidationException");
    assert!(message.contains("clientToken"), "{message}");
}

#[tokio::test]
async fn of_imports_into_one_table_that_can_not_be_seen_yet_one_wins() {
    let dynamodb = article();
    ten(&dynamodb);
    let mut imports = Vec::new();
    for token in ["one", "two"] {
        let mut request = request("data/", "NONE");
        request["ClientToken"] = json!(token);
        imports.push(started(&dynamodb, request).await);
    }
    dynamodb.advance(LONG);
    let mut ends = Vec::new();
    for import in &imports {
        let end = described(&dynamodb, import).await;
        ends.push((end["ImportStatus"].clone(), end["FailureCode"].clone()));
    }
    ends.sort_by_key(|(status, _)| status.to_string());
    let won = (json!("COMPLETED"), Value::Null);
    assert_eq!(ends, [won, (json!("FAILED"), json!("TableAlreadyExists"))]);
    assert_eq!(dynamodb.items("new").len(), 10);
}

#[tokio::test]
async fn the_manifests_of_an_export_are_no_items() {
    let dynamodb = article();
    let arn = export(&dynamodb, "table1", json!({})).await;
    dynamodb.advance(LONG);
    let id = arn.rsplit('/').next().unwrap();
    let import = started(&dynamodb, request(&format!("AWSDynamoDB/{id}/"), "GZIP")).await;
    dynamodb.advance(LONG);
    let import = described(&dynamodb, &import).await;
    assert_eq!(import["ImportStatus"], "FAILED");
    // Two manifests with their checksums; `_started` is empty.
    assert_eq!(counts(&import), [Some(10), Some(6), Some(4)]);
}

#[tokio::test]
async fn items_that_are_none_fail_the_import_and_the_others_stay() {
    let dynamodb = article();
    let (good, late) = (line(&item("good", 1)), line(&item("late", 1)));
    store(
        &dynamodb,
        "data/0",
        &[good, String::new(), "   ".to_owned()],
    );
    dynamodb.objects().put("night", "data/empty", b"").unwrap();
    for (number, bad) in [
        r#"{"NotAnItem": {"id": {"S": "x"}}}"#,
        r#"{"Item": "#,
        r#"{"Item": {"version": {"N": "1"}}}"#,
        r#"{"Item": {"id": {"N": "1"}}}"#,
        r#"{"Item": {"id": {"S": "x"}, "": {"S": "v"}}}"#,
    ]
    .iter()
    .enumerate()
    {
        let lines = [(*bad).to_owned()];
        store(&dynamodb, &format!("data/{}", number + 1), &lines);
    }
    // What follows a line that is no item is not read.
    store(
        &dynamodb,
        "data/6",
        &["no JSON".to_owned(), late, "no JSON".to_owned()],
    );
    let import = ended(&dynamodb).await;
    assert_eq!(import["ImportStatus"], "FAILED");
    assert_eq!(import["FailureCode"], "ItemValidationError");
    assert_eq!(counts(&import), [Some(7), Some(1), Some(6)]);
    assert_eq!(dynamodb.items("new"), [item("good", 1)]);
}

#[tokio::test]
async fn an_object_that_is_cut_is_imported_as_far_as_it_can_be_unpacked() {
    let dynamodb = article();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    for id in 0..1000 {
        writeln!(encoder, "{}", line(&item(&format!("id-{id}"), id))).unwrap();
    }
    let whole = encoder.finish().unwrap();
    let cut = &whole[..whole.len() / 2];
    dynamodb
        .objects()
        .put("night", "data/cut.json.gz", cut)
        .unwrap();
    let import = started(&dynamodb, request("data/", "GZIP")).await;
    dynamodb.advance(LONG);
    let import = described(&dynamodb, &import).await;
    assert_eq!(
        (&import["ImportStatus"], &import["ErrorCount"]),
        (&json!("FAILED"), &json!(1))
    );
    let kept = dynamodb.items("new").len();
    assert!((1..1000).contains(&kept), "{kept}");
}

#[tokio::test]
async fn of_items_with_one_key_one_remains_and_all_are_counted() {
    let dynamodb = article();
    let lines: Vec<String> = (0..5).map(|version| line(&item("a", version))).collect();
    store(&dynamodb, "data/0", &lines);
    let import = ended(&dynamodb).await;
    assert_eq!(import["ImportStatus"], "COMPLETED");
    assert_eq!(counts(&import), [Some(5), Some(5), Some(0)]);
    assert_eq!(dynamodb.items("new").len(), 1);
}

#[tokio::test]
async fn a_bucket_that_is_not_there_fails_and_leaves_no_table_but_an_empty_one_completes() {
    let dynamodb = article();
    let empty = ended(&dynamodb).await;
    assert_eq!(empty["ImportStatus"], "COMPLETED");
    assert_eq!(dynamodb.items("new"), [] as [Value; 0]);
    dynamodb.delete_table("new");
    dynamodb.forget_bucket("night");
    let mut lost = request("data/", "NONE");
    lost["ClientToken"] = json!("another");
    let failed = started(&dynamodb, lost).await;
    dynamodb.advance(Duration::from_secs(6));
    let failed = described(&dynamodb, &failed).await;
    assert_eq!(
        (&failed["ImportStatus"], &failed["FailureCode"]),
        (&json!("FAILED"), &json!("S3NoSuchBucket"))
    );
    let name = json!({ "TableName": "new" });
    assert_eq!(
        refused(&dynamodb, "DescribeTable", name).await.0,
        "ResourceNotFoundException"
    );
}

#[tokio::test]
async fn an_import_may_fail_be_cancelled_lose_items_or_take_its_time() {
    for (fault, status, imported, kept) in [
        (
            ImportFault::Failed {
                code: "S3AccessDenied".to_owned(),
                message: "Access Denied".to_owned(),
            },
            "FAILED",
            5,
            5,
        ),
        (ImportFault::Cancelled, "CANCELLED", 5, 5),
        (ImportFault::Missing(3), "COMPLETED", 10, 7),
    ] {
        let dynamodb = article();
        ten(&dynamodb);
        dynamodb.spoil_import("new", fault);
        let import = ended(&dynamodb).await;
        assert_eq!(
            (&import["ImportStatus"], &import["ImportedItemCount"]),
            (&json!(status), &json!(imported))
        );
        assert_eq!(dynamodb.items("new").len(), kept);
    }
    let dynamodb = article();
    dynamodb.spoil_import("new", ImportFault::Takes(LONG * 2));
    assert_eq!(ended(&dynamodb).await["ImportStatus"], "IN_PROGRESS");
}

#[tokio::test]
async fn an_import_needs_a_new_table_and_a_proper_request() {
    let dynamodb = article();
    dynamodb.add_table(Table::new("new", &[("id", "S")]));
    assert_eq!(
        refused(&dynamodb, "ImportTable", request("", "NONE"))
            .await
            .0,
        "ResourceInUseException"
    );
    let changed = |member: &str, value: Value| {
        let mut request = request("", "NONE");
        request[member] = value;
        request
    };
    for (request, part) in [
        (changed("InputFormat", json!("XML")), "inputFormat"),
        (
            changed("InputCompressionType", json!("BZIP2")),
            "inputCompressionType",
        ),
        (
            changed("S3BucketSource", json!({ "S3Bucket": "-nope!" })),
            "s3BucketSource.s3Bucket",
        ),
        (changed("ClientToken", json!("has$dollar")), "clientToken"),
        (
            changed("InputFormatOptions", json!({ "Csv": {} })),
            "InputFormatOptions",
        ),
    ] {
        let (code, message) = refused(&dynamodb, "ImportTable", request).await;
        assert_eq!(code, "ValidationException");
        assert!(message.contains(part), "{message}");
    }
    let arn = dynamodb.table_arn("new");
    let foreign =
        json!({ "ImportArn": format!("{arn}/import/1-0").replace("123456789012", "210987654321") });
    assert_eq!(
        refused(&dynamodb, "DescribeImport", foreign).await.0,
        "AccessDeniedException"
    );
    let unknown = json!({ "ImportArn": format!("{arn}/import/01795285800000-00000000") });
    assert_eq!(
        refused(&dynamodb, "DescribeImport", unknown).await.0,
        "ImportNotFoundException"
    );
    let (code, message) = refused(&dynamodb, "DescribeImport", json!({ "ImportArn": arn })).await;
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("ValidationException", "Invalid Import ARN")
    );
}
