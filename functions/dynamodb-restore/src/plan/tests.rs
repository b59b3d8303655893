use dynamodb_table::{Description, Index, KeyAttribute, KeyKind, KeySchema};

use super::*;
use crate::observe::Sample;
use crate::source::{Exported, Link};

fn attribute(name: &str) -> KeyAttribute {
    KeyAttribute {
        name: name.to_owned(),
        kind: KeyKind::S,
    }
}

fn table(name: &str) -> Description {
    Description {
        name: name.to_owned(),
        arn: format!("arn:aws:dynamodb:ap-northeast-1:1:table/{name}"),
        id: "t-1".to_owned(),
        status: "ACTIVE".to_owned(),
        key: KeySchema {
            partition: attribute("id"),
            sort: None,
        },
        billing: Billing::OnDemand,
        indexes: Vec::new(),
        item_count_hint: 0,
        size_bytes_hint: 0,
        has_streams: false,
    }
}

fn link(is_full: bool) -> Link {
    Link {
        address: "s3://backups/AWSDynamoDB/1/manifest-summary.json".to_owned(),
        is_full,
        files: 0..0,
        data: Some(("backups".to_owned(), "AWSDynamoDB/1/data/".to_owned())),
    }
}

fn source(links: usize) -> Source {
    Source {
        links: (0..links).map(|index| link(index == 0)).collect(),
        files: Vec::new(),
        keys: None,
        table: Some(Exported {
            arn: String::new(),
            name: "orders".to_owned(),
            id: "t-0".to_owned(),
        }),
        moment: "2026-11-20T18:00:00Z".parse().unwrap(),
        fingerprint: String::new(),
        warnings: Vec::new(),
    }
}

fn seen(target: Option<Description>) -> Observation {
    Observation {
        target,
        holds_items: false,
        is_begun: false,
        ttl_attribute: None,
        bytes: 1000,
        sample: Sample::default(),
        exported_keys: None,
    }
}

fn ask(mode: WriteMode) -> Ask {
    Ask {
        origin: crate::request::Origin::Source {
            source: "orders".to_owned(),
            date: None,
        },
        as_of: None,
        table: "orders".to_owned(),
        mode,
        newer_by: None,
        delete_extras: false,
        confirm: None,
        import: false,
        keys: None,
        verify: crate::config::Verify::Full,
        parts: 1,
        step: crate::request::Step::All,
        force: false,
        execution: None,
        dry_run: false,
    }
}

const LIMITS: Limits = Limits {
    max_wru: 100.0,
    wru_price: Some(1.25),
    import_price: Some(0.25),
    keys_max: crate::walk::KEYS_MAX,
};

fn blockers(ask: &Ask, links: usize, seen: &Observation) -> String {
    plan(ask, &source(links), seen, LIMITS).blockers.join("; ")
}

#[test]
fn an_empty_table_of_the_same_keys_needs_no_more() {
    let plan = plan(
        &ask(WriteMode::EmptyOnly),
        &source(1),
        &seen(Some(table("orders"))),
        LIMITS,
    );
    assert!(
        plan.blockers.is_empty() && plan.warnings.is_empty(),
        "{plan:?}"
    );
    assert_eq!(plan.steps.len(), 2);
}

#[test]
fn a_table_that_is_not_there_is_told() {
    let words = blockers(&ask(WriteMode::EmptyOnly), 1, &seen(None));
    assert!(words.contains("there is no table orders"), "{words}");
}

#[test]
fn a_table_with_items_needs_a_mode_and_its_name_again() {
    let full = Observation {
        holds_items: true,
        ..seen(Some(table("orders")))
    };
    let words = blockers(&ask(WriteMode::EmptyOnly), 1, &full);
    assert!(words.contains("the mode is empty-only"), "{words}");
    let words = blockers(&ask(WriteMode::Overwrite), 1, &full);
    assert!(words.contains(r#"send "confirm": "orders""#), "{words}");
    let mut confirmed = ask(WriteMode::Overwrite);
    confirmed.confirm = Some("order".to_owned());
    let words = blockers(&confirmed, 1, &full);
    assert!(words.contains("`confirm` is `order`"), "{words}");
    confirmed.confirm = Some("orders".to_owned());
    assert_eq!(blockers(&confirmed, 1, &full), "");
}

#[test]
fn a_chain_keeps_its_order_or_is_refused() {
    let seen = seen(Some(table("orders")));
    for (mode, is_refused) in [
        (WriteMode::EmptyOnly, false),
        (WriteMode::Overwrite, false),
        (WriteMode::SkipExisting, true),
        (WriteMode::OnlyNewer, true),
    ] {
        assert_eq!(
            !blockers(&ask(mode), 3, &seen).is_empty(),
            is_refused,
            "{mode:?}"
        );
        assert_eq!(blockers(&ask(mode), 1, &seen), "", "{mode:?}");
    }
}

#[test]
fn a_key_that_does_not_fit_blocks() {
    let mut seen = seen(Some(table("orders")));
    seen.sample.fault = Some(dynamodb_table::KeyFault::Missing {
        name: "id".to_owned(),
    });
    let words = blockers(&ask(WriteMode::EmptyOnly), 1, &seen);
    assert!(words.contains("the key attribute id is missing"), "{words}");
}

#[test]
fn an_import_makes_a_new_table_out_of_one_full_export() {
    let mut import = ask(WriteMode::EmptyOnly);
    import.import = true;
    assert_eq!(blockers(&import, 1, &seen(None)), "");
    let words = blockers(&import, 2, &seen(Some(table("orders"))));
    assert!(
        words.contains("exists") && words.contains("this is a chain"),
        "{words}"
    );
}

#[test]
fn what_a_write_sets_off_is_told() {
    let target = Description {
        has_streams: true,
        billing: Billing::Provisioned { write_units: 10 },
        indexes: vec![Index {
            name: "by-day".to_owned(),
            is_local: false,
            attributes: vec![attribute("day")],
        }],
        ..table("copy")
    };
    let mut ask = ask(WriteMode::EmptyOnly);
    ask.table = "copy".to_owned();
    let seen = Observation {
        ttl_attribute: Some("expires".to_owned()),
        ..seen(Some(target))
    };
    let words = plan(&ask, &source(1), &seen, LIMITS).warnings.join("; ");
    for expected in [
        "the target is copy",
        "has a stream",
        "expire by expires",
        "by-day",
        "10 write units",
    ] {
        assert!(words.contains(expected), "{expected}: {words}");
    }
}

#[test]
fn units_time_and_cost_are_estimated_from_the_first_items() {
    let mut seen = seen(Some(table("orders")));
    seen.sample = Sample {
        items: 10,
        write_units: 20,
        ..Sample::default()
    };
    let mut plan = Plan {
        items: Some(600_000),
        ..Plan::default()
    };
    estimate(&mut plan, &seen, LIMITS);
    assert_eq!(plan.estimated_write_units, Some(1_200_000));
    assert_eq!(plan.estimated_time.as_deref(), Some("3 h 20 min"));
    assert_eq!(plan.estimated_cost_usd, Some(1.5));
}

#[test]
fn writing_takes_as_long_as_items_and_their_indexes_need() {
    let mut seen = seen(Some(Description {
        indexes: vec![Index {
            name: "by-day".to_owned(),
            is_local: false,
            attributes: vec![attribute("day")],
        }],
        ..table("orders")
    }));
    seen.sample = Sample {
        items: 10,
        write_units: 20,
        ..Sample::default()
    };
    let mut plan = Plan {
        items: Some(600_000),
        ..Plan::default()
    };
    estimate(&mut plan, &seen, LIMITS);
    assert_eq!(plan.estimated_write_units_with_indexes, Some(2_400_000));
    assert_eq!(plan.estimated_time.as_deref(), Some("6 h 40 min"));
}

#[test]
fn items_that_no_manifest_tells_are_estimated_from_the_bytes_that_the_first_ones_take() {
    let mut seen = seen(Some(table("orders")));
    seen.bytes = 1_000_000;
    seen.sample = Sample {
        items: 100,
        write_units: 200,
        stored_bytes: 10_000,
        ..Sample::default()
    };
    let mut plan = Plan::default();
    estimate(&mut plan, &seen, LIMITS);
    assert_eq!((plan.items, plan.estimated_items), (None, Some(10_000)));
    assert_eq!(plan.estimated_write_units, Some(20_000));
    assert_eq!(plan.estimated_time.as_deref(), Some("4 min"));
    assert_eq!(plan.estimated_cost_usd, Some(0.03));
    // What was read to its end is counted.
    seen.bytes = 10_000;
    estimate(&mut plan, &seen, LIMITS);
    assert_eq!(plan.estimated_items, Some(100));
}

#[test]
fn an_import_is_priced_by_its_unpacked_bytes_and_no_pace_is_made_up() {
    let mut seen = seen(None);
    seen.sample = Sample {
        items: 10,
        write_units: 20,
        line_bytes: 5000,
        ..Sample::default()
    };
    let mut plan = Plan {
        items: Some(6_000_000),
        ..Plan::default()
    };
    estimate_import(&mut plan, &seen, LIMITS);
    assert_eq!(plan.estimated_write_units, Some(0));
    assert_eq!(plan.estimated_import_bytes, Some(3_000_000_000));
    assert_eq!(plan.estimated_cost_usd, Some(0.75));
    let time = plan.estimated_time.unwrap();
    assert!(time.contains("unknown"), "{time}");
}

#[test]
fn the_target_is_told_whether_or_not_it_forbids_the_restore() {
    let target = |ask: &Ask, seen: &Observation| {
        let told = plan(ask, &source(1), seen, LIMITS).target;
        (told.exists, told.empty, told.keys_match)
    };
    let ask = ask(WriteMode::EmptyOnly);
    let fits = Observation {
        exported_keys: Some(table("orders").key),
        ..seen(Some(table("copy")))
    };
    assert_eq!(target(&ask, &fits), (true, Some(true), Some(true)));
    let other = Observation {
        holds_items: true,
        exported_keys: Some(KeySchema {
            partition: attribute("other"),
            sort: None,
        }),
        ..seen(Some(table("copy")))
    };
    assert_eq!(target(&ask, &other), (true, Some(false), Some(false)));
    assert_eq!(target(&ask, &seen(None)), (false, None, None));
    let unknown = plan(&ask, &source(1), &seen(Some(table("copy"))), LIMITS).target;
    assert_eq!(unknown.keys_match, None);
    assert!(unknown.keys_unknown.is_some());
    let import = Ask {
        import: true,
        ..ask
    };
    let made = Observation {
        target: None,
        ..fits
    };
    assert_eq!(target(&import, &made), (false, None, Some(true)));
}

#[test]
fn what_a_begun_restore_wrote_forbids_nothing_and_is_told() {
    let begun = Observation {
        holds_items: true,
        is_begun: true,
        ..seen(Some(table("orders")))
    };
    let plan = plan(&ask(WriteMode::EmptyOnly), &source(1), &begun, LIMITS);
    assert!(plan.blockers.is_empty(), "{plan:?}");
    assert_eq!(plan.target.empty, Some(false));
}
