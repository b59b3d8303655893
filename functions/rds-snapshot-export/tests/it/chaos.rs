//! Forty nights on which anything may happen: each ends with the truth, and nothing untrue is ever published.
//!
//! `CHAOS_SEEDS` sets how many such series are played; a failure names its seed.

use std::time::Duration;

use fastrand::Rng;
use function_core::{Env, Outcome};
use function_runtime::Function as _;
use jiff::tz::TimeZone;
use rds_snapshot_export::RdsSnapshotExport;
use simulators::rds::{Engine, Fault, Options, Snapshot, Source, Table, Tamper, refusal};
use simulators::{Effect, When, s3};

use crate::publishing::killed;
use crate::world::{BUCKET, World, assert_true, word};

const NIGHTS: i64 = 40;
const SOURCES: [&str; 3] = ["app-db", "billing", "shop"];
const CREATED: &str = include_str!("../../events/snapshot-created.json");
const COMPLETED: &str = include_str!("../../events/export-completed-sns.json");

#[tokio::test]
async fn every_night_ends_with_the_truth() {
    let seeds = Env::from_process();
    let seeds = seeds
        .get("CHAOS_SEEDS")
        .map_or(1, |seeds| seeds.parse().unwrap());
    for seed in 1..=seeds {
        println!("seed {seed}");
        play(Rng::with_seed(seed)).await;
    }
}

/// What a source goes through in one night.
struct Night {
    source: &'static str,
    /// The tick before which the snapshot is taken; `None` where RDS takes none.
    snapshot_at: Option<usize>,
    /// What goes wrong in the first exports, one after the other.
    faults: Vec<Fault>,
    /// How many of them RDS knows of.
    given: usize,
    /// What somebody does to the complete export before anybody has looked at it.
    tamper: Option<(&'static str, Tamper)>,
}

async fn play(mut random: Rng) {
    let world = world().await;
    let mut messages = 0;
    for night in 0..NIGHTS {
        let start = "2026-11-20T15:05:00Z".parse::<jiff::Timestamp>().unwrap();
        let start = start + jiff::SignedDuration::from_hours(24 * night);
        world.until(&start.to_string());
        let mut nights = SOURCES.map(|source| plan(&mut random, source));
        let mut function = world.function().await;
        for tick in 0..16 {
            for night in &mut nights {
                prepare(&world, night, tick, &mut random);
            }
            if tick < 12 {
                disturb(&world, &mut random);
            }
            look(&world, &mut function, &mut random, tick).await;
            world.rds.clear_script();
            world.s3.clear_script();
            messages = assert_published_is_true(&world, messages);
            world.wait(random.i64(10..=30));
        }
        for night in &nights {
            assert_ended(&world, night, start);
        }
    }
}

async fn world() -> World {
    let world = World::with(Options::default())
        .await
        .set("DB_CLUSTER_IDENTIFIER", "app-db,billing")
        .set("DB_INSTANCE_IDENTIFIER", "shop");
    world.rds.add(Source::article());
    let invoices = Table::mysql("app", "orders")
        .column("id", "bigint")
        .generated(400);
    let users = Table::mysql("app", "users")
        .column("id", "bigint")
        .generated(30)
        .batches(2);
    let billing = Source::cluster("billing", Engine::AuroraMysql)
        .table(invoices)
        .table(users);
    world.rds.add(billing);
    let orders = Table::postgresql("app", "public", "orders").column("id", "bigint");
    let users = Table::postgresql("app", "public", "users").column("id", "bigint");
    let shop = Source::instance("shop", Engine::Postgres);
    world
        .rds
        .add(shop.table(orders.generated(90)).table(users.generated(9)));
    world
}

fn plan(random: &mut Rng, source: &'static str) -> Night {
    let table = if source == "shop" {
        "app.public.orders"
    } else {
        "app.orders"
    }
    .to_owned();
    let fails = |random: &mut Rng| Fault::Fails {
        percent: random.u8(0..100),
        cause: "The KMS key is disabled".to_owned(),
    };
    let faults = match random.u8(0..24) {
        0..=11 => Vec::new(),
        12 | 13 => vec![fails(random)],
        14 => vec![fails(random), fails(random)],
        15 => vec![fails(random), fails(random), fails(random)],
        16 => vec![Fault::Skips {
            table,
            reason: "ROW_TOO_LARGE".to_owned(),
        }],
        17 => vec![
            fails(random),
            Fault::TableEndsAs {
                table,
                status: "FAILED".to_owned(),
            },
        ],
        18 => vec![Fault::NoMarker { table, batch: 1 }],
        19 => vec![Fault::NoExportInfo],
        20 => vec![Fault::TruncatedExportInfo],
        21 => vec![Fault::NoTablesInfo],
        22 => vec![Fault::TruncatedTablesInfo],
        _ => vec![Fault::WarningMessage("tables were left out".to_owned())],
    };
    let tampers = [
        ("orders/1/_SUCCESS", Tamper::Delete),
        ("orders/1/part-00000", Tamper::Truncate),
        ("orders/", Tamper::Delete),
        ("/export_info", Tamper::Delete),
        ("/export_tables_info", Tamper::Truncate),
    ];
    Night {
        source,
        snapshot_at: (random.u8(0..10) > 0).then(|| random.usize(0..4)),
        faults,
        given: 0,
        tamper: (random.u8(0..8) == 0).then(|| tampers[random.usize(0..tampers.len())]),
    }
}

/// Lets RDS and others do their part before a tick.
fn prepare(world: &World, night: &mut Night, tick: usize, random: &mut Rng) {
    if night.snapshot_at == Some(tick) {
        let snapshot = Snapshot::automated(world.now());
        let takes = Duration::from_mins(random.u64(0..20));
        world.rds.add_snapshot(night.source, snapshot.takes(takes));
    }
    // The simulator gives all waiting faults to the next export, so each is handed over when its turn comes.
    let started = exports(world, night.source).len();
    if started == night.given && started < night.faults.len() {
        world
            .rds
            .next_export(night.source, night.faults[started].clone());
        night.given += 1;
    }
    if let Some((part_of_key, tamper)) = night.tamper
        && let Some(export) = exports(world, night.source).pop()
        && world.truth(&export).is_whole()
        && !is_published(world, night.source, &export)
    {
        world.rds.tamper(&export, part_of_key, tamper).unwrap();
        night.tamper = None;
    }
}

/// Something comes in the way of requests.
fn disturb(world: &World, random: &mut Rng) {
    let nth = random.usize(1..12);
    match random.u8(0..40) {
        0 => world.rds.script(
            When::path("").nth(nth),
            refusal("Throttling", "Rate exceeded"),
        ),
        1 => world.rds.script(When::path("").nth(nth), Effect::Cut),
        2 => world
            .rds
            .script(When::path("").nth(nth), Effect::CutAfter(30)),
        // Rarely, because the client waits between its attempts.
        3 if nth == 1 => world
            .rds
            .script(When::path(""), refusal("Throttling", "Rate exceeded")),
        4 => world
            .s3
            .script(When::path("").nth(nth), s3::refusal(503, "SlowDown")),
        5 => world
            .s3
            .script(When::path("").nth(nth), Effect::CutAfter(0)),
        6 => world.s3.script(
            When::path(".json").method("PUT").nth(nth),
            Effect::CutAfter(0),
        ),
        7 => world.sink.refuse(500, 1),
        _ => {}
    }
}

/// A tick, an event, several at once, or a process that dies. The last two of a night are whole.
async fn look(world: &World, function: &mut RdsSnapshotExport, random: &mut Rng, tick: usize) {
    let kind = if tick < 14 { random.u8(0..10) } else { 9 };
    match kind {
        0 | 1 => {
            killed(world, random.usize(0..150)).await;
            *function = world.function().await;
        }
        2 => {
            let other = world.function().await;
            let at_once = futures_util::future::join(
                function.handle(world.event("{}")),
                other.handle(world.event(CREATED)),
            );
            at_once.await;
        }
        3 => drop(function.handle(world.event(CREATED)).await),
        4 => {
            for _ in 0..2 {
                function.handle(world.event(COMPLETED)).await;
            }
        }
        _ => {
            let outcome = function.handle(world.event("{}")).await;
            let is_calm = tick >= 14;
            assert!(
                !is_calm || !matches!(outcome, Outcome::Retry(_)),
                "{outcome:?}"
            );
        }
    }
}

/// The exports of the newest night of `source`, in the order of their start.
fn exports(world: &World, source: &str) -> Vec<String> {
    let date = date(world);
    let base = format!("export-id-stg-{source}-{date}");
    let mut names = world.rds.exports();
    names.retain(|name| name.starts_with(&base));
    names
}

/// The logical date: a night is over long before the next midnight.
fn date(world: &World) -> String {
    let now = world.now().to_zoned(TimeZone::get("Asia/Tokyo").unwrap());
    now.strftime("%Y%m%d").to_string()
}

fn is_published(world: &World, source: &str, export: &str) -> bool {
    world.latest(source).is_some() && world.manifest(source).details.export.prefix == export
}

/// Everything that was published is true, of messages those after the first `known`. Gives how many there are.
#[track_caller]
fn assert_published_is_true(world: &World, known: usize) -> usize {
    for source in SOURCES {
        if world.latest(source).is_some() {
            let manifest = world.manifest(source);
            assert_true(&manifest, &world.truth(&manifest.details.export.prefix));
        }
    }
    let messages = world.sink.messages();
    for message in &messages[known..] {
        let truth = world.truth(message["prefix"].as_str().unwrap());
        assert!(truth.is_whole(), "{truth:?}");
    }
    messages.len()
}

/// The verdict of the night is what RDS's own truth makes of it.
#[track_caller]
fn assert_ended(world: &World, night: &Night, start: jiff::Timestamp) {
    let source = night.source;
    let date = start
        .to_zoned(TimeZone::get("Asia/Tokyo").unwrap())
        .strftime("%Y%m%d");
    let run = format!("{source}-{date}");
    let is_latest = world.latest(source).is_some_and(|latest| latest.run == run);
    let records = world.records();
    let of_night: Vec<_> = records.iter().filter(|record| record.run == run).collect();
    if night.snapshot_at.is_none() {
        assert!(of_night.is_empty() && !is_latest, "{run}");
        return;
    }
    let [record] = of_night[..] else {
        panic!("{run}: {of_night:?}");
    };
    let base = format!("export-id-stg-{source}-{date}");
    let mut exports = world.rds.exports();
    exports.retain(|name| name.starts_with(&base));
    let truth = world.truth(exports.last().unwrap());
    let expected = match truth.status.as_str() {
        "COMPLETE" if truth.is_whole() && truth.warning.is_none() => "verified",
        "COMPLETE" => "incomplete",
        "FAILED" => "failed",
        status => panic!("{run} is still {status}: {record:?}"),
    };
    assert_eq!(word(record.state), expected, "{run}: {record:?} {truth:?}");
    assert!(record.settled, "{record:?}");
    assert_eq!(is_latest, expected == "verified", "{run}");
    let messages = world.sink.messages();
    let mut messages = messages
        .iter()
        .filter(|message| message["run"] == run.as_str());
    assert_eq!(messages.next().is_some(), expected == "verified", "{run}");
    let manifests = world.s3.keys(
        BUCKET,
        &format!("verified/rds-snapshot-export/{source}/{date}"),
    );
    assert!(manifests.len() <= 1, "{manifests:?}");
    assert!(exports.len() <= 3, "{exports:?}");
}
