//! `cargo run -p simulators -- kintone`, `dynamodb`, `rds` or `bigquery`: a simulator on its own, until it is killed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use serde_json::json;
use simulators::bigquery::{self, BigQuery, Pace};
use simulators::dynamodb::{DynamoDb, Table};
use simulators::kintone::{App, Kintone, Options, Rights};
use simulators::rds::{self, Rds, Snapshot, Source};
use simulators::{Objects, dynamodb};

/// Local stand-ins for the services that this workspace talks to.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    service: Service,
}

#[derive(Subcommand)]
enum Service {
    /// A kintone domain with one app.
    Kintone(KintoneArguments),
    /// DynamoDB with the two tables of the article, or others, ready to be exported, read and written.
    Dynamodb(DynamodbArguments),
    /// RDS with the cluster of the article and tonight's snapshot of it, ready to be exported.
    Rds(RdsArguments),
    /// BigQuery and its Data Transfer Service, ready for transfer configs and runs of them.
    Bigquery(BigqueryArguments),
}

#[derive(clap::Args)]
struct KintoneArguments {
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Serve https with an authority of its own
    #[arg(long)]
    https: bool,
    /// Where to write the authority's certificate
    #[arg(long, requires = "https")]
    ca_out: Option<PathBuf>,
    /// Which app to begin with
    #[arg(long, value_enum, default_value_t = Fixture::Article)]
    app: Fixture,
    /// Generated records in place of the article's four
    #[arg(long)]
    records: Option<u64>,
    /// How much later every answer comes, in milliseconds
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// A token for the app, in place of the one that is printed
    #[arg(long)]
    token: Option<String>,
}

#[derive(clap::Args)]
struct DynamodbArguments {
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Where exports are written: a server that speaks S3 without asking for signatures; without it, into memory
    #[arg(long, requires = "bucket")]
    s3: Option<String>,
    /// The bucket for exports, which is made if it is not there
    #[arg(long, requires = "s3")]
    bucket: Option<String>,
    /// The Region of everything, the bucket included
    #[arg(long, default_value = "ap-northeast-1")]
    region: String,
    /// How long an export or an import takes, in seconds
    #[arg(long, default_value_t = 5)]
    duration_seconds: u64,
    /// An empty table in place of those of the article, such as `orders:customer,number:N`; a key without type is a text
    #[arg(long = "table", value_name = "NAME:KEY[:TYPE][,SORT[:TYPE]]", value_parser = table)]
    tables: Vec<Table>,
    /// Answer every batch of writes, and every put, at once and keep nothing; GET /tally counts
    #[arg(long)]
    null_sink: bool,
    /// How much later every answer comes, in milliseconds
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
}

#[derive(clap::Args)]
struct RdsArguments {
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Where exports are written: a server that speaks S3 without asking for signatures
    #[arg(long)]
    s3: String,
    /// The bucket for exports, which is made if it is not there
    #[arg(long)]
    bucket: String,
    /// The Region of everything, the bucket included
    #[arg(long, default_value = "ap-northeast-1")]
    region: String,
    /// How many times faster than in truth an export runs; in truth it takes 15 minutes
    #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..))]
    speed: u32,
}

#[derive(clap::Args)]
struct BigqueryArguments {
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The project's id
    #[arg(long, default_value = "demo-project")]
    project: String,
    /// A dataset to begin with; one without a location is in the US
    #[arg(long = "dataset", value_name = "NAME[:LOCATION]")]
    datasets: Vec<String>,
    /// The objects in S3, one JSON line each with `bucket`, `key` and `rows`
    #[arg(long)]
    objects: Option<PathBuf>,
    /// Where to append a JSON line with `method`, `path` and `query` for each request
    #[arg(long)]
    requests: Option<PathBuf>,
    /// How long a run takes, in milliseconds
    #[arg(long, default_value_t = 1000)]
    run_ms: u64,
    /// The most that a page of a list holds
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u16).range(1..))]
    page_size: u16,
    /// Where the topics of configs are, such as `http://127.0.0.1:8085`
    #[arg(long)]
    pubsub: Option<String>,
    /// How much later every answer comes, in milliseconds
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// The folder with Google's discovery documents, unless `TASUKI_DISCOVERY_DOCUMENTS` names it
    #[arg(long)]
    documents: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Fixture {
    /// The address book of the article, 13 columns
    Article,
    /// Every field type
    AllTypes,
}

fn main() -> std::io::Result<()> {
    match Arguments::parse().service {
        Service::Kintone(arguments) => kintone(arguments),
        Service::Dynamodb(arguments) => dynamodb(&arguments),
        Service::Rds(arguments) => rds(&arguments),
        Service::Bigquery(arguments) => bigquery(arguments),
    }
}

fn dynamodb(arguments: &DynamodbArguments) -> std::io::Result<()> {
    let objects = match (&arguments.s3, &arguments.bucket) {
        (Some(server), Some(bucket)) => {
            let objects = Objects::s3(server);
            objects.create_bucket(bucket, &arguments.region)?;
            objects
        }
        _ => Objects::memory(),
    };
    let dynamodb = DynamoDb::try_start(dynamodb::Options {
        port: arguments.port,
        region: arguments.region.clone(),
        objects,
        duration: Duration::from_secs(arguments.duration_seconds),
        null_sink: arguments.null_sink,
        ..dynamodb::Options::default()
    })?;
    dynamodb.set_latency(Duration::from_millis(arguments.latency_ms));
    let mut tables = arguments.tables.clone();
    if tables.is_empty() {
        tables.extend(["table1", "table2"].map(Table::article));
    }
    let add = |table| dynamodb.add_table(table);
    let tables: Vec<String> = tables.into_iter().map(add).collect();
    let (url, bucket) = (dynamodb.address(), &arguments.bucket);
    ready(&json!({ "url": url, "tables": tables, "bucket": bucket }));
    loop {
        // An export ends when its time has come, even if nobody asks.
        std::thread::sleep(Duration::from_millis(200));
        dynamodb.settle();
    }
}

/// A table by its name and its keys.
fn table(text: &str) -> Result<Table, String> {
    let (name, keys) = text.split_once(':').ok_or("a key is missing")?;
    let keys: Vec<(&str, &str)> = keys
        .split(',')
        .map(|key| key.split_once(':').unwrap_or((key, "S")))
        .collect();
    let known = |(name, kind): &(&str, &str)| !name.is_empty() && ["S", "N", "B"].contains(kind);
    if name.is_empty() || keys.len() > 2 || !keys.iter().all(known) {
        return Err("one or two keys of the types S, N or B are needed".to_owned());
    }
    Ok(Table::new(name, &keys))
}

fn rds(arguments: &RdsArguments) -> std::io::Result<()> {
    let objects = Objects::s3(&arguments.s3);
    objects.create_bucket(&arguments.bucket, &arguments.region)?;
    let usual = rds::Options::default();
    let rds = Rds::try_start(rds::Options {
        port: arguments.port,
        region: arguments.region.clone(),
        objects,
        starting: usual.starting / arguments.speed,
        running: usual.running / arguments.speed,
        ..usual
    })?;
    rds.add(Source::article());
    let snapshot = rds.add_snapshot("app-db", Snapshot::automated(rds.now()));
    let (url, bucket) = (rds.address(), &arguments.bucket);
    ready(&json!({ "url": url, "cluster": "app-db", "snapshot": snapshot, "bucket": bucket }));
    loop {
        // An export writes when its time has come, even if nobody asks.
        std::thread::sleep(Duration::from_millis(200));
        rds.settle();
    }
}

fn bigquery(arguments: BigqueryArguments) -> std::io::Result<()> {
    let bigquery = BigQuery::try_start(bigquery::Options {
        port: arguments.port,
        project: arguments.project,
        pace: Pace::Takes(Duration::from_millis(arguments.run_ms)),
        most_on_page: arguments.page_size.into(),
        pubsub: arguments.pubsub,
        journal: arguments.requests,
        documents: arguments.documents,
        ..bigquery::Options::default()
    })?;
    for dataset in &arguments.datasets {
        let (name, location) = dataset.split_once(':').unwrap_or((dataset, "US"));
        bigquery.add_dataset(name, location);
    }
    if let Some(path) = arguments.objects {
        bigquery.add_objects(&fs::read_to_string(path)?)?;
    }
    bigquery.set_latency(Duration::from_millis(arguments.latency_ms));
    ready(&json!({ "url": bigquery.address(), "project": bigquery.project() }));
    loop {
        // A run ends when its time has come, even if nobody asks.
        std::thread::sleep(Duration::from_millis(200));
        bigquery.settle();
    }
}

fn kintone(arguments: KintoneArguments) -> std::io::Result<()> {
    let kintone = Kintone::try_start(Options {
        port: arguments.port,
        https: arguments.https,
        latency: Duration::from_millis(arguments.latency_ms),
        ..Options::default()
    })?;
    let app = kintone.add_app(match (arguments.app, arguments.records) {
        (Fixture::Article, None) => App::article(),
        (Fixture::Article, Some(count)) => App::generated(count),
        (Fixture::AllTypes, _) => App::all_types(),
    });
    kintone.add_app(App::lookup_source());
    // Who made the generated records, which are not there to be met; a copy of them names the same person.
    kintone.add_user("hi@ka.co", "ひか", None, Rights::ALL);
    let token = arguments.token.unwrap_or_else(|| kintone.token(app));
    kintone.add_token(app, &token, Rights::ALL);
    if let (Some(path), Some(pem)) = (&arguments.ca_out, kintone.ca_pem()) {
        fs::write(path, pem)?;
    }
    announce(&kintone, app, &token, arguments.ca_out.as_deref());
    loop {
        std::thread::park();
    }
}

fn announce(kintone: &Kintone, app: u64, token: &str, ca: Option<&Path>) {
    ready(&json!({ "url": kintone.base_url(), "app": app, "token": token, "ca": ca }));
}

#[expect(clippy::print_stdout, reason = "whoever starts it reads where it is")]
fn ready(line: &serde_json::Value) {
    println!("{line}");
}
