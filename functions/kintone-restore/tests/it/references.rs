//! Several apps of one run, and the numbers by which their records point to each other.

use function_core::{Outcome, RunState};
use serde_json::{Value, json};
use simulators::kintone::{App, Field, FieldType, Lookup};

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
