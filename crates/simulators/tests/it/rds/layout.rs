use std::collections::BTreeMap;
use std::time::Duration;

use ::bytes::Bytes;
use parquet::file::reader::FileReader as _;
use parquet::file::serialized_reader::SerializedFileReader;
use serde_json::{Value, json};
use simulators::rds::{Engine, Options, Source, Table};
use simulators::{Objects, Rds};
use test_services::Moto;

use super::auditor::{agree, below, rows};
use super::{Night, postgresql};

/// The keys, with `ID` in place of what differs between files.
fn shapes(objects: &Objects, prefix: &str) -> Vec<String> {
    let keys = below(objects, prefix).into_keys();
    keys.map(|key| {
        let id = key.split("part-").nth(1).and_then(|rest| rest.get(6..42));
        id.map_or(key.clone(), |id| key.replace(id, "ID"))
    })
    .collect()
}

#[tokio::test]
async fn a_table_of_mysql_lies_below_its_database_twice() {
    let night = Night::article();
    night.export("tonight").await;
    assert_eq!(
        shapes(&night.objects, ""),
        [
            "tonight/app/app.audits/1/_SUCCESS",
            "tonight/app/app.orders/1/_SUCCESS",
            "tonight/app/app.orders/1/part-00000-ID-c000.gz.parquet",
            "tonight/app/app.orders/1/part-00001-ID-c000.gz.parquet",
            "tonight/app/app.orders/1/part-00002-ID-c000.gz.parquet",
            "tonight/app/app.users/1/_SUCCESS",
            "tonight/app/app.users/1/part-00000-ID-c000.gz.parquet",
            "tonight/export_info_tonight.json",
            "tonight/export_tables_info_tonight_from_1_to_3.json",
        ]
    );
    let truth = agree(&night, "tonight").await;
    assert!(truth.is_whole());
    assert_eq!(truth.rows(), 1_203);
}

#[tokio::test]
async fn a_table_of_postgresql_lies_below_its_schema() {
    let night = Night::of(postgresql());
    night.export("tonight").await;
    assert_eq!(
        shapes(&night.objects, "tonight/shop/"),
        [
            "public.items/1/_SUCCESS",
            "public.items/1/part-00000-ID-c000.gz.parquet",
            "sales.orders/1/_SUCCESS",
            "sales.orders/1/part-00000-ID-c000.gz.parquet",
        ]
    );
    assert!(agree(&night, "tonight").await.is_whole());
}

#[tokio::test]
async fn batches_gaps_and_older_names_lose_no_row() {
    let table = |name: &str| Table::mysql("app", name).column("id", "int").generated(10);
    let source = Source::cluster("app-db", Engine::AuroraMysql)
        .table(table("batched").batches(3).parts(2))
        .table(table("gapped").parts(2).gaps())
        .table(table("older").parts(2).flat())
        .table(table("sparse").batches(4).parts(9));
    let night = Night::of(source);
    night.export("tonight").await;
    let shapes = shapes(&night.objects, "tonight/app/app.");
    let of = |table: &str| {
        shapes
            .iter()
            .filter_map(|key| key.strip_prefix(table))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of("batched/3/"),
        ["_SUCCESS", "part-00000-ID-c000.gz.parquet",]
    );
    assert_eq!(
        of("gapped/1/"),
        [
            "_SUCCESS",
            "part-00001-ID-c000.gz.parquet",
            "part-00003-ID-c000.gz.parquet"
        ]
    );
    assert_eq!(
        of("older/"),
        [
            "_SUCCESS",
            "part-00000-ID-c000.gz.parquet",
            "part-00001-ID-c000.gz.parquet"
        ]
    );
    assert_eq!(of("sparse/4/"), ["_SUCCESS"]);
    let truth = agree(&night, "tonight").await;
    assert_eq!((truth.is_whole(), truth.rows()), (true, 40));
}

#[tokio::test]
async fn info_files_tell_of_every_table_once() {
    let mut source = Source::cluster("app-db", Engine::AuroraMysql);
    for number in 0..7 {
        source.set_table(Table::mysql("app", &format!("t{number}")).column("id", "int"));
    }
    let options = Options {
        tables_per_info: 3,
        short_targets: true,
        ..Options::default()
    };
    let night = Night::with(source, options);
    night.export("tonight").await;
    let infos = below(&night.objects, "tonight/export_tables_info_tonight_");
    let targets = infos.iter().map(|(key, info)| {
        let info: Value = serde_json::from_slice(info).unwrap();
        let tables = info["perTableStatus"].as_array().unwrap().clone();
        let target = |table: &Value| table["target"].as_str().unwrap().to_owned();
        (
            key.as_str(),
            tables.iter().map(target).collect::<Vec<_>>().join(" "),
        )
    });
    let expected = [
        ("from_1_to_3.json", "app.t0 app.t1 app.t2".to_owned()),
        ("from_4_to_6.json", "app.t3 app.t4 app.t5".to_owned()),
        ("from_7_to_7.json", "app.t6".to_owned()),
    ];
    assert_eq!(targets.collect::<BTreeMap<_, _>>(), expected.into());
}

#[tokio::test]
async fn columns_are_told_with_their_types_and_rows_come_back_as_they_were() {
    let table = Table::mysql("app", "every")
        .column("i", "int")
        .column("l", "bigint")
        .column("d", "double")
        .column("b", "boolean")
        .column("t", "varchar")
        .rows(vec![
            vec![
                json!(-1),
                json!(i64::MAX),
                json!(0.5),
                json!(true),
                json!("日本"),
            ],
            vec![
                Value::Null,
                Value::Null,
                Value::Null,
                Value::Null,
                Value::Null,
            ],
        ]);
    let night = Night::of(Source::cluster("app-db", Engine::AuroraMysql).table(table));
    night.export("tonight").await;
    let objects = below(&night.objects, "tonight/");
    let (_, file) = objects
        .iter()
        .find(|(key, _)| key.ends_with("parquet"))
        .unwrap();
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(file)).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    let rows = rows.map(|row| row.unwrap().to_string()).collect::<Vec<_>>();
    assert_eq!(
        rows,
        [
            "{i: -1, l: 9223372036854775807, d: 0.5, b: true, t: \"日本\"}",
            "{i: null, l: null, d: null, b: null, t: null}",
        ]
    );
    let info = &objects["export_tables_info_tonight_from_1_to_1.json"];
    let info: Value = serde_json::from_slice(info).unwrap();
    let types = info["perTableStatus"][0]["schemaMetadata"]["originalTypeMappings"]
        .as_array()
        .unwrap();
    let types = types
        .iter()
        .map(|column| column["expectedExportedType"].as_str().unwrap());
    assert_eq!(
        types.collect::<Vec<_>>(),
        ["int32", "int64", "double", "boolean", "binary (UTF8)"]
    );
}

#[tokio::test]
async fn a_large_file_has_several_row_groups() {
    let table = Table::mysql("app", "large")
        .column("id", "int")
        .generated(25_000);
    let night = Night::of(Source::cluster("app-db", Engine::AuroraMysql).table(table));
    night.export("tonight").await;
    let objects = below(&night.objects, "tonight/app/");
    let file = objects.iter().find(|(key, _)| key.ends_with("parquet"));
    assert_eq!(rows(file.unwrap().1), Ok(25_000));
}

#[tokio::test]
async fn a_partial_export_holds_what_it_names() {
    for (only, expected) in [
        (vec!["shop"], vec!["shop.public.items", "shop.sales.orders"]),
        (vec!["shop.sales"], vec!["shop.sales.orders"]),
        (
            vec!["shop.public.items", "shop.public.ite"],
            vec!["shop.public.items"],
        ),
        (vec!["other"], vec![]),
    ] {
        let night = Night::of(postgresql());
        let mut fields = night.wanted("tonight").to_vec();
        let names = ["ExportOnly.member.1", "ExportOnly.member.2"];
        fields.extend(names.into_iter().zip(only.iter().copied()));
        assert_eq!(night.call("StartExportTask", &fields).await.0, 200);
        night.rds.advance(Duration::from_mins(15));
        let truth = night.rds.truth("tonight").unwrap();
        assert_eq!(
            truth.tables.keys().collect::<Vec<_>>(),
            expected,
            "{only:?}"
        );
        assert_eq!(
            truth.warning.is_some(),
            only.contains(&"other") || only.len() == 2
        );
        let folders = shapes(&night.objects, "tonight/shop/");
        assert_eq!(folders.len(), expected.len() * 2, "{folders:?}");
    }
}

#[tokio::test]
async fn a_prefix_comes_first_and_odd_letters_become_underscores() {
    let table = Table::mysql("app", "two words")
        .column("id", "int")
        .generated(1);
    let night = Night::of(Source::cluster("app-db", Engine::AuroraMysql).table(table));
    let mut fields = night.wanted("tonight").to_vec();
    fields.push(("S3Prefix", "rds/night ly/"));
    assert_eq!(night.call("StartExportTask", &fields).await.0, 200);
    night.rds.advance(Duration::from_mins(15));
    assert_eq!(
        shapes(&night.objects, "rds/night_ly/tonight/app/"),
        [
            "app.two_words/1/_SUCCESS",
            "app.two_words/1/part-00000-ID-c000.gz.parquet"
        ]
    );
}

#[tokio::test]
async fn tables_that_the_service_cannot_export_are_skipped_and_named() {
    let table = |name: &str| Table::mysql("app", name).generated(1);
    let source = Source::cluster("app-db", Engine::AuroraMysql)
        .table(table("fine").column("id", "int"))
        .table(table("a/b").column("id", "int"))
        .table(table("odd").column("first name", "varchar"));
    let night = Night::of(source);
    night.export("tonight").await;
    let task = night.task("tonight").await;
    assert_eq!(task["Status"], "COMPLETE");
    let warning: Value = serde_json::from_str(&task["WarningMessage"]).unwrap();
    assert_eq!(warning["skippedTables"].as_array().unwrap().len(), 2);
    let truth = agree(&night, "tonight").await;
    assert_eq!(truth.skipped(), ["app.a/b", "app.odd"]);
    assert_eq!(truth.rows(), 1);
}

#[tokio::test]
async fn an_export_into_moto_reads_back_as_it_was_written() {
    let moto = Moto::start("elsewhere").await.unwrap();
    let objects = Objects::s3(moto.address());
    objects.create_bucket("night", "ap-northeast-1").unwrap();
    let options = Options {
        objects: objects.clone(),
        ..Options::default()
    };
    let night = Night::with(Source::article(), options);
    night.export("tonight").await;
    let count = |rds: &Rds, table: &str| {
        let keys = rds.keys("tonight").into_iter();
        let files = keys.filter(|key| key.contains(table) && key.ends_with(".parquet"));
        files
            .map(|key| rows(&objects.get("night", &key).unwrap()).unwrap())
            .sum::<u64>()
    };
    let counts = ["app.users", "app.orders", "app.audits"].map(|table| count(&night.rds, table));
    assert_eq!(counts, [3, 1_200, 0]);

    // moto made this one in us-east-1.
    let mut fields = night.wanted("other");
    fields[2].1 = "elsewhere";
    let code = "InvalidS3BucketFault".to_owned();
    assert_eq!(
        night.refused("StartExportTask", &fields).await,
        (400, code.clone())
    );
    fields[2].1 = "nowhere";
    assert_eq!(night.refused("StartExportTask", &fields).await, (400, code));
}
