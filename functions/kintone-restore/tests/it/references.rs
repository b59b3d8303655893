//! Several apps of one run, and the numbers by which their records point to each other.

use function_core::{Outcome, RunState};
use serde_json::{Value, json};
use simulators::kintone::{App, Field, FieldType, Lookup};
use simulators::{Effect, When};

use crate::world::World;

fn customers() -> App {
    let form = App::new("顧客")
        .code("CRM")
        .field(Field::new("name", FieldType::SingleLineText));
    (1..=5).fold(form, |app, number| {
        app.record(json!({ "name": { "value": format!("customer {number}") } }))
    })
}

fn orders(customers: u64) -> App {
    let lookup = Lookup {
        app: customers,
        key: "レコード番号".to_owned(),
        copies: vec![("customer_name".to_owned(), "name".to_owned())],
    };
    App::new("注文")
        .field(Field::new("customer", FieldType::Number))
        .field(Field::new("link", FieldType::SingleLineText))
        .field(Field::new("looked_up", FieldType::SingleLineText).lookup(lookup))
        .field(Field::new("customer_name", FieldType::SingleLineText))
}

fn order(number: u64) -> Value {
    json!({
        "customer": { "value": number.to_string() },
        "link": { "value": format!("CRM-{number}") },
    })
}

/// Customers 1 to 5 without 2, and orders that point to them; and an app for each to be restored into.
async fn world() -> (World, u64, u64) {
    let mut world = World::with(customers(), customers());
    world.kintone.delete(world.source, &[2]);
    let pointing = [1, 3, 5]
        .into_iter()
        .map(order)
        .fold(orders(world.source), App::record);
    let pointing = pointing.record(order(2));
    let source = world.kintone.add_app(pointing);
    let target = world.kintone.add_app(orders(world.target));
    for app in [source, target] {
        world.admit(app);
    }
    world.back_up().await;
    world.back_up_app(source).await;
    (world, source, target)
}

async fn refused(world: &World, request: &Value) -> String {
    match world.send(request).await {
        Outcome::Drop(failure) => failure.error,
        outcome => panic!("not refused: {outcome:?}"),
    }
}

#[tokio::test]
async fn references_to_an_app_of_the_same_run_are_rewritten() {
    let (world, source, target) = world().await;
    let references = json!({ "customer": world.target, "link": world.target });
    let mut request = json!({ "restores": [
        { "source": world.source, "app": world.target },
        { "source": source, "app": target, "references": references },
    ] });
    // The app that is written to holds the fixture's five records.
    for (at, loss) in [(0, "records already"), (1, "customer: 1 record")] {
        let words = refused(&world, &request).await;
        assert!(words.contains(loss), "{words}");
        assert_eq!(world.writes(), 0, "nothing is written while any plan waits");
        let digest = words.rsplit('"').nth(1).unwrap();
        request["restores"][at]["accept"] = json!(digest);
    }
    let outcome = world.send(&request).await;
    let Outcome::Done(reports) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(reports.len(), 2);
    assert!(
        reports
            .iter()
            .all(|report| report.state == RunState::Verified),
        "{reports:?}"
    );

    let restored = world.kintone.records(target);
    let links: Vec<_> = restored
        .iter()
        .map(|record| {
            (
                record["customer"]["value"].clone(),
                record["link"]["value"].clone(),
            )
        })
        .collect();
    // 1, 3 and 5 are the first, second and fourth of the restored ones; 2 was not restored.
    let expected = [("6", "CRM-6"), ("7", "CRM-7"), ("9", "CRM-9"), ("", "")];
    let expected: Vec<_> = expected.iter().map(|(a, b)| (json!(a), json!(b))).collect();
    assert_eq!(links, expected);
    for record in &restored[..3] {
        let id: u64 = record["customer"]["value"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!(world.kintone.record(world.target, id).is_some());
    }
}

#[tokio::test]
async fn a_later_run_knows_the_numbers_of_an_earlier_one() {
    let (world, source, target) = world().await;
    let references = json!({ "customer": world.target, "link": world.target });
    let mut request = json!({ "source": source, "app": target, "references": references });
    let words = refused(&world, &request).await;
    assert!(
        words.contains("no restore into that app is known"),
        "{words}"
    );
    world.accepted(&json!({})).await;
    let words = refused(&world, &request).await;
    assert!(
        words.contains("point to records that are not restored"),
        "{words}"
    );
    request["accept"] = json!(words.rsplit('"').nth(1).unwrap());
    let outcome = world.send(&request).await;
    assert!(
        matches!(&outcome, Outcome::Done(reports) if reports[0].state == RunState::Verified),
        "{outcome:?}"
    );
    assert_eq!(world.kintone.records(target)[2]["link"]["value"], "CRM-9");
}

/// Restores the orders; accepts whatever the plan loses.
async fn restore_orders(world: &World, source: u64, target: u64) -> (Value, Vec<Value>) {
    let mut request = json!({ "source": source, "app": target, "dryRun": true });
    let plan = match world.send(&request).await {
        Outcome::Done(mut reports) => reports.remove(0).plan.unwrap(),
        outcome => panic!("no plan: {outcome:?}"),
    };
    request["dryRun"] = json!(false);
    if let Some(digest) = plan.get("accept") {
        request["accept"] = digest.clone();
    }
    let outcome = world.send(&request).await;
    assert!(
        matches!(&outcome, Outcome::Done(reports) if reports[0].state == RunState::Verified),
        "{outcome:?}"
    );
    (plan, world.kintone.records(target))
}

/// Orders that look up customers by their record numbers, backed up.
async fn looking_up(customers: App) -> (World, u64, u64) {
    let mut world = World::with(customers.clone(), customers.without_records());
    let looks_up = |number: u64| json!({ "looked_up": { "value": format!("CRM-{number}") } });
    let lookups = [1, 3].map(looks_up);
    let source = world.kintone.add_app(orders(world.source));
    let target = world.kintone.add_app(orders(world.target));
    for app in [source, target] {
        world.admit(app);
    }
    world.kintone.insert(source, &lookups);
    world.back_up().await;
    world.back_up_app(source).await;
    (world, source, target)
}

fn looked_up(records: &[Value]) -> Vec<(&str, &str)> {
    let pairs = records.iter().map(|record| {
        let value = |code: &str| record[code]["value"].as_str().unwrap();
        (value("looked_up"), value("customer_name"))
    });
    pairs.collect()
}

#[tokio::test]
async fn lookups_by_record_number_follow_an_earlier_restore_of_their_app() {
    let (world, source, target) = looking_up(customers()).await;
    world.kintone.insert(world.target, [&json!({}), &json!({})]);
    world
        .kintone
        .change_app(world.target, |app| app.code("NEW"));
    world.accepted(&json!({})).await;
    let (plan, records) = restore_orders(&world, source, target).await;
    assert_eq!(plan["warnings"], json!([]), "{plan:#}");
    assert_eq!(
        looked_up(&records),
        [("NEW-3", "customer 1"), ("NEW-5", "customer 3")]
    );
}

#[tokio::test]
async fn lookups_by_record_number_without_a_known_restore_must_be_accepted() {
    let (world, source, target) = looking_up(customers()).await;
    let others: Vec<Value> = (1..=3)
        .map(|_| json!({ "name": { "value": "other" } }))
        .collect();
    world.kintone.insert(world.target, &others);
    let request = json!({ "source": source, "app": target });
    let words = refused(&world, &request).await;
    assert!(
        words.contains("looked_up looks up records") && words.contains("2 values"),
        "{words}"
    );
    assert_eq!(world.writes(), 0);
}

#[tokio::test]
async fn lookups_by_record_number_of_the_same_app_keep_their_numbers() {
    let (world, source, _) = looking_up(customers()).await;
    let copy = world.kintone.add_app(orders(world.source));
    let mut world = world;
    world.admit(copy);
    let (plan, records) = restore_orders(&world, source, copy).await;
    assert_eq!(plan["warnings"], json!([]), "{plan:#}");
    assert_eq!(
        looked_up(&records),
        [("CRM-1", "customer 1"), ("CRM-3", "customer 3")]
    );
}

#[tokio::test]
async fn a_later_restore_of_a_few_records_takes_no_number_away() {
    let (world, source, target) = looking_up(customers()).await;
    world.restored(&json!({})).await;
    // The newest restore into the app does not know customer 1.
    world.kintone.delete(world.source, &[1]);
    world.back_up().await;
    world.accepted(&json!({})).await;
    let (plan, records) = restore_orders(&world, source, target).await;
    assert_eq!(plan["warnings"], json!([]), "{plan:#}");
    assert_eq!(
        looked_up(&records),
        [("CRM-1", "customer 1"), ("CRM-7", "customer 3")]
    );
}

#[tokio::test]
async fn a_run_that_goes_on_keeps_the_numbers_that_it_began_with() {
    let (world, source, target) = looking_up(customers()).await;
    world.restored(&json!({})).await;
    let bulk = || When::path("bulkRequest.json");
    world
        .kintone
        .script(bulk(), Effect::refuse(400, "GAIA_IA02"));
    let request = json!({ "source": source, "app": target });
    refused(&world, &request).await;
    world.kintone.clear_script();
    // Meanwhile all customers come back once more.
    let plan = world.plan(&json!({ "force": true })).await;
    let more = json!({ "force": true, "accept": plan["accept"] });
    assert_eq!(world.restored(&more).await.counts["added"], 5);
    let outcome = world.send(&request).await;
    assert!(matches!(&outcome, Outcome::Done(_)), "{outcome:?}");
    let records = world.kintone.records(target);
    assert_eq!(
        looked_up(&records),
        [("CRM-1", "customer 1"), ("CRM-3", "customer 3")]
    );
}
