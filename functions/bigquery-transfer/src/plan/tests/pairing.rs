//! Which config is taken for which table.

use super::*;

#[test]
fn the_articles_config_is_adopted() {
    let mut world = World::wanting(&["users"]);
    world.observed.configs = vec![of_the_article("users")];
    let plan = world.plan();
    let shown = &plan.to_json("2026-11-21T15:00:00Z".parse().unwrap())["configs"][0];
    assert_eq!(shown["action"], "adopt");
    assert_eq!(
        shown["nextDataPath"],
        "s3://exports/export-id-prod-20261122/app/app.users/*.parquet"
    );
    let (fields, drift) = world.patch();
    assert_eq!(
        fields,
        [
            "display_name",
            "params",
            "schedule_options.disable_auto_scheduling"
        ]
    );
    assert_eq!(drift, ["displayName", "schedule", "params.data_path"]);
}

#[test]
fn a_name_that_another_begins_with_is_another() {
    let mut world = World::in_order(&["users_archive"]);
    world.wanted.tables.insert(0, table("users"));
    world.observed.tables.insert("users".to_owned());
    let plan = world.plan();
    assert!(matches!(plan.configs[0].action, Action::Create(_)));
    assert!(matches!(plan.configs[1].action, Action::Keep(_)));
}

#[test]
fn a_marker_that_stands_twice_is_an_error_that_names_both() {
    let mut world = World::in_order(&["users"]);
    let mut copy = world.observed.configs[0].clone();
    copy.name.0.push_str("-copy");
    world.observed.configs.push(copy);
    let words = world.faults();
    assert!(
        words.contains("`app.users` has several configs with its marker"),
        "{words}"
    );
    assert!(
        words.contains("transferConfigs/app.users)")
            && words.contains("transferConfigs/app.users-copy)"),
        "{words}"
    );
}

#[test]
fn two_configs_of_one_table_are_an_error_that_names_both() {
    let mut world = World::wanting(&["users"]);
    let mut second = of_the_article("users");
    second.name.0.push_str("-2");
    world.observed.configs = vec![of_the_article("users"), second];
    let words = world.faults();
    assert!(
        words.contains("a-users)")
            && words.contains("a-users-2)")
            && words.contains("delete all but one"),
        "{words}"
    );
}

#[test]
fn names_that_are_one_table_to_the_dataset_are_one_table_here() {
    let mut world = World::in_order(&["users"]);
    world.observed.configs.push(of_the_article("Users"));
    assert_eq!(world.plan().writes(), 0);
    world.observed.dataset.as_mut().unwrap().is_case_insensitive = true;
    assert!(world.faults().contains("written to by several configs"));
    world.observed.configs.remove(0);
    assert_eq!(world.patch().1[0], "displayName", "it is adopted");
}

#[test]
fn a_second_config_beside_ours_is_an_error_unless_it_is_switched_off() {
    let mut world = World::in_order(&["users"]);
    world.observed.configs.push(of_the_article("users"));
    assert!(world.faults().contains("written to by several configs"));
    world.observed.configs[1].disabled = true;
    assert_eq!(world.plan().writes(), 0);
}

#[test]
fn a_config_of_another_stack_is_not_taken_over() {
    let mut world = World::in_order(&["users"]);
    world.config().display_name = "app-users-transfer managed:stg/app.users".to_owned();
    assert!(world.faults().contains("whose marker is of another"));
}

#[test]
fn a_dataset_that_differs_can_not_be_changed_and_is_named() {
    let mut world = World::in_order(&["users"]);
    world.config().dataset = "old".to_owned();
    let words = world.faults();
    assert!(
        words.contains("writes to the dataset old, which can't be changed to app_prod_rds_data"),
        "{words}"
    );
}
