//! What an app is, and its form.

use kintone_client::{FieldType, Section};
use simulators::kintone::App;

use crate::world::World;

#[tokio::test]
async fn an_app_has_a_name_and_a_code() {
    let world = World::new(App::article().code("CRM"));
    let app = world.client().app(world.app).await.unwrap();
    assert_eq!((app.id, app.code.as_deref()), (world.app, Some("CRM")));
    assert_eq!(app.raw["name"], app.name.as_str());
}

#[tokio::test]
async fn a_form_tells_types_choices_lookups_and_tables() {
    let world = World::new(App::all_types());
    let form = world.client().form_fields(world.app).await.unwrap();
    let field = |code| form.get(code).unwrap();
    assert_eq!(field("check").options, ["あ", "い", "う"]);
    assert_eq!(field("calc").expression.as_deref(), Some("num * 2"));
    assert!(!field("ステータス").enabled && field("text").enabled);
    let lookup = field("lookup").lookup.as_ref().unwrap();
    assert_eq!(lookup.field_mappings[0].field, "copied");
    let table: Vec<_> = field("tbl")
        .fields
        .iter()
        .map(|field| field.code.as_str())
        .collect();
    assert!(
        table.contains(&"t_text") && table.contains(&"t_file"),
        "{table:?}"
    );
    let unknown = form
        .properties
        .iter()
        .find(|field| matches!(field.kind, FieldType::Other(_)));
    assert!(unknown.is_none(), "{unknown:?}");
}

#[tokio::test]
async fn a_layout_has_rows_groups_and_tables() {
    let world = World::new(App::all_types());
    let layout = world.client().form_layout(world.app).await.unwrap();
    let group = layout.sections.iter().find_map(|section| match section {
        Section::Group { code, sections } => Some((code.as_str(), sections.len())),
        _ => None,
    });
    assert_eq!(group, Some(("group", 1)));
    let tables = layout.sections.iter().filter_map(|section| match section {
        Section::Subtable { code, .. } => Some(code.as_str()),
        _ => None,
    });
    assert_eq!(tables.collect::<Vec<_>>(), ["tbl", "tbl2"]);
}

#[tokio::test]
async fn the_revision_rises_with_a_change_of_the_form() {
    let world = World::new(App::article());
    let client = world.client();
    let before = client.form_fields(world.app).await.unwrap().revision;
    world.kintone.change_app(world.app, |app| app.code("NEW"));
    let after = client.form_fields(world.app).await.unwrap().revision;
    assert_ne!(before, after);
}
