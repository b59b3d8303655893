//! The real program, killed anywhere, and run again with the same request.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::kintone::{App, Field, FieldType};
use simulators::{Effect, Hold, When};

use crate::machine::{Machine, end, until};

/// An app whose records are told apart by content, some with a file.
fn app(records: u64) -> App {
    let form = App::new("顧客")
        .field(Field::new("name", FieldType::SingleLineText))
        .field(Field::new("file", FieldType::File));
    (1..=records).fold(form, |app, number| {
        let mut record = json!({ "name": { "value": format!("customer {number}") } });
        if number % 300 == 0 {
            let content = format!("content of {number}");
            let file = json!({ "name": "a.txt", "contentType": "text/plain", "content": content });
            record["file"] = json!({ "value": [file] });
        }
        app.record(record)
    })
}

/// Kills runs at moments that `seed` decides, again and again, and lets the last one end.
async fn survives(machine: &Machine, seed: u64, kills: u64, more: &Value) {
    let request = machine.world.request(more);
    let mut random = seed;
    for _ in 0..kills {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        machine.world.kintone.clear_requests();
        let mut child = machine.run(&request);
        let number = 1 + (random >> 33) % 40;
        let pause = Duration::from_micros((random >> 40) % 12_000);
        let moment = async {
            until(|| machine.world.kintone.requests().len() as u64 >= number).await;
            tokio::time::sleep(pause).await;
        };
        tokio::select! {
            () = moment => {}
            _ = child.wait() => {}
        }
        child.start_kill().ok();
        child.wait().await.unwrap();
    }
    let (code, words) = end(machine.run(&request)).await;
    assert_eq!(code, Some(0), "seed {seed}: {words}");
    let world = &machine.world;
    // An upsert can't set who and when.
    let history = ["作成者", "作成日時", "更新者", "更新日時"];
    let but = if more.get("mode").is_some() {
        &history[..]
    } else {
        &[]
    };
    world.assert_same(world.source, world.target, but);
}

#[tokio::test]
async fn whatever_moments_it_is_killed_at_no_record_is_lost_or_doubled() {
    for seed in 1..=4 {
        let machine = Machine::new(app(4_500)).await;
        machine.world.kintone.set_latency(Duration::from_millis(3));
        survives(&machine, seed, 5, &json!({})).await;
    }
}

#[tokio::test]
async fn whatever_moments_an_upsert_is_killed_at_no_record_is_lost_or_doubled() {
    let keyed = app(2_500).field(Field::new("name", FieldType::SingleLineText).unique());
    let machine = Machine::new(keyed).await;
    machine.world.kintone.set_latency(Duration::from_millis(3));
    let more = json!({ "mode": "upsert", "key": "name" });
    survives(&machine, 5, 6, &more).await;
}

#[tokio::test]
async fn killed_after_bulks_were_written_and_before_their_answers_it_finds_their_records() {
    // Of three bulks at the same time all, one, or none may be there, and one may have been answered.
    for held in [vec![1, 2, 3], vec![2], vec![1, 3]] {
        let machine = Machine::new(app(3_300)).await;
        let kintone = &machine.world.kintone;
        for number in &held {
            kintone.script(
                When::path("bulkRequest.json").nth(*number),
                Effect::Unanswered,
            );
        }
        let request = machine.world.request(&json!({}));
        let mut child = machine.run(&request);
        until(|| machine.world.kintone.count(machine.world.target) == 3_300).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        child.start_kill().unwrap();
        child.wait().await.unwrap();
        kintone.clear_script();
        let (code, words) = end(machine.run(&request)).await;
        assert_eq!(code, Some(0), "{words}");
        assert_eq!(machine.world.writes(), 3, "no bulk was sent twice");
        machine.world.assert_restored();
    }
}

#[tokio::test]
async fn killed_while_some_of_the_bulks_never_arrived_it_sends_those_again() {
    let machine = Machine::new(app(4_800)).await;
    let kintone = &machine.world.kintone;
    let bulk = || When::path("bulkRequest.json");
    kintone.script(bulk().nth(1), Effect::Delay(Duration::from_secs(20)));
    kintone.script(bulk().nth(4), Effect::Cut);
    let request = machine.world.request(&json!({}));
    let mut child = machine.run(&request);
    until(|| machine.world.writes() >= 4).await;
    until(|| machine.world.kintone.count(machine.world.target) > 1_500).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    child.start_kill().unwrap();
    child.wait().await.unwrap();
    kintone.clear_script();
    let (code, words) = end(machine.run(&request)).await;
    assert_eq!(code, Some(0), "{words}");
    assert_eq!(machine.world.writes(), 6, "only those two were sent twice");
    machine.world.assert_restored();
}

#[tokio::test]
async fn a_second_process_leaves_a_run_to_the_first() {
    let machine = Machine::new(app(300)).await;
    let hold = Hold::default();
    machine.world.kintone.script(
        When::path("bulkRequest.json").nth(1),
        Effect::Held(hold.clone()),
    );
    let request = machine.world.request(&json!({}));
    let first = machine.run(&request);
    until(|| machine.world.writes() == 1).await;
    let (code, words) = end(machine.run(&request)).await;
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("another process is at work"), "{words}");
    hold.let_go();
    let (code, words) = end(first).await;
    assert_eq!(code, Some(0), "{words}");
    machine.world.assert_restored();
}
