//! Forty nights with random faults, each verdict held against what the simulator knows to be true.

use std::time::Duration;

use fastrand::Rng;
use function_core::RunState;
use function_runtime::Function as _;
use jiff::{SignedDuration, Timestamp};
use run_record::RunRecord;
use serde_json::{Value, json};
use simulators::dynamodb::{Counted, Fault, Part, PointInTimeRecovery, Scope, Table, refuse};
use simulators::{Effect, When};

use crate::restore::{assert_restored, lines};
use crate::world::World;

const NIGHTS: u32 = 40;
const TABLES: [&str; 2] = ["orders", "users"];

/// What is wrong with a table's export tonight.
#[derive(Clone, Debug)]
enum Harm {
    /// Nothing, or what passes: it must end verified.
    Passing(Option<Fault>),
    /// It must end incomplete.
    Lasting(Fault),
    /// It must not end verified tonight.
    Open(Fault),
    /// Recovery is off tonight: it must end failed.
    Off,
}

/// What else happens tonight.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Trouble {
    None,
    /// The first requests are throttled, for whichever action.
    Throttled,
    /// The answers to starts are lost at first.
    Cut,
    /// Two invocations at once, each time.
    Twice,
    /// Each invocation is killed somewhere, and comes again.
    Killed,
}

fn harm(rng: &mut Rng) -> Harm {
    let part = [
        Part::Data(0),
        Part::Data(1),
        Part::Files,
        Part::FilesChecksum,
        Part::Summary,
        Part::SummaryChecksum,
    ];
    let part = part[rng.usize(..part.len())];
    let counted = [Counted::Description, Counted::Summary, Counted::Files];
    match rng.u32(..16) {
        0 => Harm::Passing(Some(Fault::failed("S3InternalError", "Internal error"))),
        1 => Harm::Passing(Some(Fault::Takes(Duration::from_mins(rng.u64(1..80))))),
        2 => Harm::Passing(Some(Fault::Missing(Part::Started))),
        3 => Harm::Lasting(Fault::Missing(part)),
        4 => Harm::Lasting(Fault::Truncated(part)),
        5 => Harm::Lasting(Fault::Altered(part)),
        6 => Harm::Lasting(Fault::Miscounted(counted[rng.usize(..3)])),
        7 => Harm::Lasting(Fault::Short(0)),
        8 => Harm::Open(Fault::Status("PAUSED".to_owned())),
        9 => Harm::Open(Fault::Takes(Duration::from_hours(20))),
        10 => Harm::Off,
        _ => Harm::Passing(None),
    }
}

fn trouble(rng: &mut Rng) -> Trouble {
    match rng.u32(..8) {
        0 => Trouble::Throttled,
        1 => Trouble::Cut,
        2 => Trouble::Twice,
        3 => Trouble::Killed,
        _ => Trouble::None,
    }
}

#[tokio::test]
async fn each_verdict_is_the_truth_of_the_full_exports() {
    nights("full", 20_261_121).await;
}

#[tokio::test]
async fn each_verdict_is_the_truth_of_the_chains() {
    nights("chain", 7).await;
}

async fn nights(export_type: &str, seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let world = World::empty()
        .await
        .set("TABLES", "*")
        .set("EXPORT_AT", "03:00");
    let world = world
        .set("VERIFY", "full")
        .set("EXPORT_TYPE", export_type)
        .set("FULL_EVERY_DAYS", "9");
    for name in TABLES {
        let table = (0..40).fold(Table::new(name, &[("id", "S")]), |table, id| {
            table.item(item(id, 0))
        });
        world.dynamodb.add_table(table);
    }
    world.wait(10);
    for night in 0..NIGHTS {
        let date = world
            .now()
            .to_zoned(jiff::tz::TimeZone::get("Asia/Tokyo").unwrap())
            .date()
            .to_string();
        change(&world, &mut rng, night);
        let harms: Vec<Harm> = TABLES.iter().map(|_| harm(&mut rng)).collect();
        let trouble = trouble(&mut rng);
        let told = format!("seed {seed}, night {night} ({date}): {harms:?}, {trouble:?}");
        pass(&world, &mut rng, &harms, trouble).await;
        for (table, harm) in TABLES.iter().zip(&harms) {
            let record = world.record(table, &date).await;
            check(&world, table, harm, &record, &told).await;
        }
        world.wait(20 * 60);
    }
    for table in TABLES {
        assert_restored(&world, table).await;
    }
}

fn item(id: u32, number: u32) -> Value {
    json!({ "id": { "S": format!("{id:04}") }, "number": { "N": number.to_string() } })
}

/// What people did with the tables in the day before.
fn change(world: &World, rng: &mut Rng, night: u32) {
    for table in TABLES {
        for _ in 0..rng.u32(8..12) {
            let minutes = rng.i64(20..20 * 60);
            let at: Timestamp = world.now() - SignedDuration::from_mins(minutes);
            let item = item(rng.u32(..60), night + 1);
            if rng.u32(..5) == 0 {
                world.dynamodb.delete_at(table, at, &item);
            } else {
                world.dynamodb.put_at(table, at, item);
            }
        }
    }
}

/// Four hours from 03:10 on.
async fn pass(world: &World, rng: &mut Rng, harms: &[Harm], trouble: Trouble) {
    for (table, harm) in TABLES.iter().zip(harms) {
        match harm {
            Harm::Passing(None) => {}
            Harm::Passing(Some(fault)) | Harm::Lasting(fault) | Harm::Open(fault) => {
                world.dynamodb.spoil_next(table, fault.clone());
            }
            Harm::Off => world.dynamodb.set_recovery(table, PointInTimeRecovery::Off),
        }
    }
    match trouble {
        Trouble::Throttled => {
            let busy = refuse("ThrottlingException", "Rate exceeded");
            world
                .dynamodb
                .script(When::path("").first(rng.usize(1..9)), busy);
        }
        Trouble::Cut => {
            let start = When::action("ExportTableToPointInTime").first(rng.usize(1..7));
            world.dynamodb.script(start, Effect::CutAfter(0));
        }
        Trouble::None | Trouble::Twice | Trouble::Killed => {}
    }
    invoke(world, rng, "{}", trouble).await;
    // Lambda tries an invocation again that failed.
    world.wait(3);
    invoke(world, rng, "{}", trouble).await;
    for minutes in [15, 15, 30, 30, 50, 80] {
        world.wait(minutes);
        invoke(world, rng, r#"{"tick": true}"#, trouble).await;
    }
    world.wait(17);
    invoke(world, rng, "{}", Trouble::None).await;
    world.dynamodb.clear_script();
    for table in TABLES {
        world.dynamodb.heal(table);
        let earliest = "2026-01-01T00:00:00Z".parse().unwrap();
        world
            .dynamodb
            .set_recovery(table, PointInTimeRecovery::On { earliest });
    }
}

async fn invoke(world: &World, rng: &mut Rng, payload: &str, trouble: Trouble) {
    let function = world.function().await;
    let event = world.event(payload);
    match trouble {
        Trouble::Twice => {
            let other = world.function().await;
            let again = event.clone();
            tokio::join!(function.handle(event), other.handle(again));
        }
        Trouble::Killed => {
            let patience = Duration::from_millis(rng.u64(1..150));
            drop(tokio::time::timeout(patience, function.handle(event)).await);
            world.wait(2);
            function.handle(world.event(payload)).await;
        }
        Trouble::None | Trouble::Throttled | Trouble::Cut => {
            function.handle(event).await;
        }
    }
}

async fn check(world: &World, table: &str, harm: &Harm, record: &RunRecord, told: &str) {
    let told = format!("{table}, {told}: {record:?}");
    let arn = world.dynamodb.table_arn(table);
    let truths = world.dynamodb.truths();
    // The night before may have been made good for meanwhile, as of its own moment.
    let night = record.trigger.time;
    let started = truths
        .iter()
        .filter(|truth| truth.table_arn == arn && end(truth.scope) >= night);
    let failed_first = matches!(harm, Harm::Passing(Some(Fault::Failed { .. })));
    let expected = match harm {
        Harm::Off => 0,
        _ if failed_first => 2,
        _ => 1,
    };
    assert_eq!(started.count(), expected, "{told}");
    match harm {
        Harm::Passing(_) => assert_eq!(record.state, RunState::Verified, "{told}"),
        Harm::Lasting(_) => assert_eq!(record.state, RunState::Incomplete, "{told}"),
        Harm::Open(_) => assert_ne!(record.state, RunState::Verified, "{told}"),
        Harm::Off => assert_eq!(record.state, RunState::Failed, "{told}"),
    }
    if record.state != RunState::Verified {
        assert!(record.manifest.is_none(), "{told}");
        return;
    }
    let manifest = world.latest(table).await.unwrap();
    assert_eq!(manifest.run, record.run, "{told}");
    let truth = world.dynamodb.truth(
        manifest.details.export.details["exportArn"]
            .as_str()
            .unwrap(),
    );
    let truth = truth.unwrap();
    assert_eq!(truth.status, "COMPLETED", "{told}");
    let found = lines(world, &manifest).await;
    assert_eq!(found.len(), truth.lines.len(), "{told}");
    assert_eq!(manifest.details.rows, truth.lines.len() as u64, "{told}");
    for (found, expected) in found.iter().zip(&truth.lines) {
        assert_eq!(
            serde_json::from_str::<Value>(found).unwrap(),
            *expected,
            "{told}"
        );
    }
}

fn end(scope: Scope) -> Timestamp {
    match scope {
        Scope::Full(time) => time,
        Scope::Incremental { to, .. } => to,
    }
}
