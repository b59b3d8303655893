//! Plans and their renderings, byte by byte.

use std::path::Path;

use table_diff::Language;
use table_diff::render::{self, View};

use crate::shop;

/// Holds `actual` against the golden file `name`. Where they differ, what was made lies in the target folder, to be looked at and copied.
fn golden(name: &str, actual: &[u8]) {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/plan")
        .join(name);
    let expected = std::fs::read(&golden).unwrap_or_default();
    if expected != actual {
        let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&made, actual).unwrap();
        panic!(
            "{} is not what was made: see {}",
            golden.display(),
            made.display()
        );
    }
}

fn view(language: Language) -> View {
    View {
        language,
        rows_max: 100,
    }
}

#[test]
fn the_plan_is_written_as_ever() {
    golden("plan.jsonl", &shop::plan().0);
}

#[test]
fn the_summary_is_written_as_ever() {
    golden("summary.json", &shop::plan().1.summary().to_bytes());
}

#[test]
fn a_terminal_shows_structures_first_and_nothing_it_would_obey() {
    let (_, plan) = shop::plan();
    for language in [Language::En, Language::Ja] {
        let text = shop::now(render::text(&plan, &view(language), Vec::new())).unwrap();
        assert!(!text.contains(&0x1b));
        golden(&format!("plan.{}.txt", language.tag()), &text);
    }
}

#[test]
fn the_page_shows_cells_before_and_after_and_runs_nothing() {
    let (_, plan) = shop::plan();
    for language in [Language::En, Language::Ja] {
        let page = shop::now(render::html(&plan, &view(language), Vec::new())).unwrap();
        let text = String::from_utf8(page.clone()).unwrap();
        assert!(!text.contains("<script"), "values are escaped");
        assert!(
            !text.contains("http://") && !text.contains("https://"),
            "nothing is loaded"
        );
        golden(&format!("plan.{}.html", language.tag()), &page);
    }
}

#[test]
fn the_document_is_json_with_the_names_of_the_columns() {
    let (_, plan) = shop::plan();
    let document = shop::now(render::json(&plan, u64::MAX, Vec::new())).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&document).unwrap();
    let price = &value["tables"][0]["rows"][1]["changed"]["price"];
    assert_eq!(
        price,
        &serde_json::json!({"source": "120.00", "target": "100.00"})
    );
    golden("plan.json", &document);
}

#[test]
fn rows_beyond_the_wanted_ones_are_counted() {
    let (_, plan) = shop::plan();
    let few = View {
        language: Language::En,
        rows_max: 2,
    };
    let text = shop::now(render::text(&plan, &few, Vec::new())).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("  … and 5 more, all of them in the plan\n"));
    assert!(!text.contains("#3"));
    let page = shop::now(render::html(&plan, &few, Vec::new())).unwrap();
    assert!(
        String::from_utf8(page)
            .unwrap()
            .contains("… and 5 more rows")
    );
    let document = shop::now(render::json(&plan, 2, Vec::new())).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&document).unwrap();
    assert_eq!(value["tables"][0]["rows"].as_array().unwrap().len(), 2);
}
