//! The real program, killed at each of its requests, and run again with the same message: nothing is lost or doubled.

use cloud_store::Put;
use serde_json::{Value, json};
use simulators::kintone::{App, Field, FieldType};

use crate::killer::{Moment, Story};
use crate::machine::Machine;
use crate::world::World;

/// What an overwritten record, or one of a CSV, does not get back.
const HISTORY: [&str; 4] = ["作成者", "作成日時", "更新者", "更新日時"];

/// More than go into one bulk.
const MANY: u64 = 2_001;

fn form(code: Field) -> App {
    App::new("顧客")
        .field(code)
        .field(Field::new("name", FieldType::SingleLineText))
        .field(Field::new("file", FieldType::File))
}

/// A record that its content tells from others; the first and the last of many have a file.
fn customer(number: u64) -> Value {
    let mut record = json!({
        "code": { "value": format!("C{number}") },
        "name": { "value": format!("customer {number}") },
    });
    if number == 1 || number == MANY {
        let content = format!("content of {number}");
        let file = json!({ "name": "a.txt", "contentType": "text/plain", "content": content });
        record["file"] = json!({ "value": [file] });
    }
    record
}

fn code() -> Field {
    Field::new("code", FieldType::SingleLineText)
}

/// A machine with a backup of so many customers.
async fn machine(customers: u64) -> Machine {
    machine_with(code(), customers).await
}

/// The same with a field for their codes, which may be a key. Its program writes one bulk after the other, as it does by default.
async fn machine_with(code: Field, customers: u64) -> Machine {
    let app = (1..=customers).map(customer).fold(form(code), App::record);
    let mut machine = Machine::new(app).await;
    machine.world.set("PARALLEL_BULKS", "1");
    // A write that was killed with its program never takes effect later.
    machine.world.set("SETTLE_SECONDS", "0");
    machine
}

fn empty(world: &World) {
    delete(world, world.target, |_| true);
}

/// What the records of `app` have in a field.
fn values(world: &World, app: u64, field: &str) -> Vec<String> {
    let records = world.kintone.records(app);
    let values = records.iter().map(|record| record[field]["value"].as_str());
    values.map(|value| value.unwrap().to_owned()).collect()
}

/// Deletes the records of `app` with such numbers.
fn delete(world: &World, app: u64, is_to_go: impl Fn(u64) -> bool) {
    let ids = values(world, app, "$id");
    let ids = ids.iter().map(|id| id.parse().unwrap());
    let ids: Vec<u64> = ids.filter(|id| is_to_go(*id)).collect();
    world.kintone.delete(app, &ids);
}

/// The customers in `app`, by their codes.
fn customers(world: &World, app: u64) -> Vec<Value> {
    let records = world.kintone.records(app);
    let records = records.iter().map(|record| world.plain(record, &HISTORY));
    let mut records: Vec<Value> = records.collect();
    records.sort_by_key(|record| record["code"].to_string());
    records
}

async fn an_insert(moment: Moment) {
    let machine = machine(MANY).await;
    let story = Story {
        machine: &machine,
        request: machine.world.request(&json!({})),
        reset: &empty,
        check: &World::assert_restored,
    };
    story.survives_at(moment).await;
}

#[tokio::test]
async fn an_insert_in_several_bulks_that_is_killed_at_any_request() {
    an_insert(Moment::Undone).await;
}

#[tokio::test]
async fn an_insert_in_several_bulks_that_is_killed_before_any_answer() {
    an_insert(Moment::Unanswered).await;
}

async fn put(world: &World, name: &str, content: impl Into<bytes::Bytes>) {
    let put = Put::new("text/csv");
    world.store.put(name, content.into(), &put).await.unwrap();
}

#[tokio::test]
async fn a_csv_that_is_killed_at_any_request() {
    let machine = machine(60).await;
    let lines = (1..=60).map(|number| match number {
        1 => "\"C1\",\"customer 1\",\"a.txt\"\n".to_owned(),
        _ => format!("\"C{number}\",\"customer {number}\",\n"),
    });
    let csv = "\"code\",\"name\",\"file\"\n".to_owned() + &lines.collect::<String>();
    put(&machine.world, "old/20240101.csv", csv).await;
    put(&machine.world, "old/files/a.txt", "content of 1").await;
    let story = Story {
        machine: &machine,
        request: json!({
            "csv": "old/20240101.csv", "attachments": "old/files", "app": machine.world.target,
        }),
        reset: &empty,
        check: &|world| world.assert_same(world.source, world.target, &HISTORY),
    };
    story.survives().await;
}

#[tokio::test]
async fn changes_by_a_key_that_are_killed_at_any_request() {
    let machine = machine_with(code().unique(), 60).await;
    let reset = |world: &World| {
        empty(world);
        let there: Vec<Value> = (1..=40).map(customer).collect();
        let ids = world.kintone.insert(world.target, &there);
        for at in [0, 6, 22] {
            let name = json!({ "name": { "value": "changed" } });
            world.kintone.update(world.target, ids[at], &name);
        }
    };
    let check = |world: &World| {
        let wanted = customers(world, world.source);
        assert_eq!(customers(world, world.target), wanted);
    };
    let more = json!({ "mode": "replace-changed", "key": "code" });
    let story = Story {
        machine: &machine,
        request: machine.world.request(&more),
        reset: &reset,
        check: &check,
    };
    story.survives().await;
}

#[tokio::test]
async fn changes_by_the_number_that_are_killed_at_any_request() {
    let mut machine = machine(60).await;
    machine.world.target = machine.world.source;
    let before = customers(&machine.world, machine.world.source);
    let reset = |world: &World| {
        // Two are deleted, and gone is what came back in their place.
        delete(world, world.source, |id| [5, 6].contains(&id) || id > 60);
        for id in [1, 3, 60] {
            let changed = json!({ "name": { "value": "changed" }, "file": { "value": [] } });
            world.kintone.update(world.source, id, &changed);
        }
    };
    let story = Story {
        machine: &machine,
        request: machine.world.request(&json!({ "mode": "replace-changed" })),
        reset: &reset,
        check: &|world| assert_eq!(customers(world, world.source), before),
    };
    story.survives().await;
}

/// Orders that point to customers by their numbers.
fn orders() -> App {
    App::new("注文").field(Field::new("customer", FieldType::Number))
}

#[tokio::test]
async fn several_apps_that_are_killed_at_any_request() {
    let mut machine = machine(60).await;
    let world = &mut machine.world;
    let pointing = (1..=60)
        .rev()
        .map(|number| json!({ "customer": { "value": number.to_string() } }));
    let source = world.kintone.add_app(pointing.fold(orders(), App::record));
    let target = world.kintone.add_app(orders());
    world.admit(source);
    world.admit(target);
    world.back_up_app(source).await;
    let request = json!({ "restores": [
        { "source": world.source, "app": world.target },
        { "source": source, "app": target, "references": { "customer": world.target } },
    ] });
    let reset = |world: &World| {
        empty(world);
        delete(world, target, |_| true);
    };
    let check = |world: &World| {
        world.assert_restored();
        let mut numbers = values(world, world.target, "$id");
        numbers.reverse();
        assert_eq!(values(world, target, "customer"), numbers);
    };
    let story = Story {
        machine: &machine,
        request,
        reset: &reset,
        check: &check,
    };
    story.survives().await;
}

#[tokio::test]
async fn a_drill_that_is_killed_at_any_request() {
    let mut machine = machine(60).await;
    let world = &mut machine.world;
    world.set("DRILL_APP", world.target.to_string());
    world.set("DRILL_SOURCE", world.source.to_string());
    world.set("APPID", world.source.to_string());
    let story = Story {
        machine: &machine,
        request: json!({ "drill": true }),
        reset: &|_| {},
        check: &|world| assert_eq!(world.kintone.count(world.target), 0),
    };
    story.survives().await;
}
