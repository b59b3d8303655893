//! What a config is brought back to, and with how little.

use super::*;

#[test]
fn each_edit_by_hand_is_patched_with_its_own_field_only() {
    type Edit = fn(&mut TransferConfig);
    let edits: [(Edit, &str, &str); 6] = [
        (|config| config.disabled = true, "disabled", "disabled"),
        (
            |config| config.schedule = Schedule::At("every day 03:00".to_owned()),
            "schedule_options_v2",
            "schedule",
        ),
        (
            |config| config.display_name = "x managed:prod/app.users".to_owned(),
            "display_name",
            "displayName",
        ),
        (
            |config| {
                drop(
                    config
                        .params
                        .0
                        .insert("data_path".into(), "s3://x/*".into()),
                );
            },
            "params",
            "params.data_path",
        ),
        (
            |config| {
                drop(
                    config
                        .params
                        .0
                        .insert("max_bad_records".into(), "10".into()),
                );
            },
            "params",
            "params.max_bad_records",
        ),
        (
            |config| {
                drop(
                    config
                        .params
                        .0
                        .insert("access_key_id".into(), "AKIA0".into()),
                );
            },
            "params",
            "params.access_key_id",
        ),
    ];
    for (edit, field, difference) in edits {
        let mut world = World::in_order(&["users"]);
        edit(world.config());
        assert_eq!(world.patch(), (vec![field], vec![difference.to_owned()]));
    }
}

#[test]
fn a_patch_of_params_keeps_what_else_was_chosen_and_no_bad_records() {
    let mut world = World::in_order(&["users"]);
    let params = &mut world.config().params.0;
    params.insert("data_path".to_owned(), "s3://elsewhere/*".to_owned());
    params.insert("decimal_target_types".to_owned(), "NUMERIC".to_owned());
    params.insert("max_bad_records".to_owned(), "3".to_owned());
    let Action::Patch { change, .. } = world.plan().configs.remove(0).action else {
        panic!()
    };
    let params = change.params.unwrap();
    assert_eq!(params.get("decimal_target_types"), "NUMERIC");
    assert_eq!(params.get("max_bad_records"), "0");
    assert_eq!(params.get("destination_table_name_template"), "users");
}

#[test]
fn a_key_that_the_service_hides_is_no_difference() {
    for hidden in ["", "*****"] {
        let mut world = World::in_order(&["users"]);
        let params = &mut world.config().params.0;
        params.insert("access_key_id".to_owned(), hidden.to_owned());
        assert_eq!(world.plan().writes(), 0);
    }
}

#[test]
fn schedules_are_compared_in_both_forms_and_without_their_blanks() {
    let mut world = World::in_order(&["users"]);
    world.config().has_old_schedule = true;
    assert_eq!(world.plan().writes(), 0);
    world.schedule = Schedule::At("every day 17:00".to_owned());
    let options = "schedule_options.disable_auto_scheduling";
    assert_eq!(world.patch().0, ["schedule", options]);
    world.config().schedule = Schedule::At("Every  day 17:00".to_owned());
    assert_eq!(world.plan().writes(), 0);
    world.schedule = Schedule::Manual;
    assert_eq!(world.patch().0, [options]);
}

#[test]
fn a_topic_that_is_not_set_leaves_that_of_the_config() {
    let mut world = World::in_order(&["users"]);
    world.config().topic = "projects/p/topics/other".to_owned();
    assert_eq!(world.plan().writes(), 0);
    world.topic = Some("projects/p/topics/ours".to_owned());
    assert_eq!(world.patch().0, ["notification_pubsub_topic"]);
}

#[test]
fn force_writes_every_configs_params() {
    let mut world = World::in_order(&["users", "orders"]);
    world.force = true;
    assert_eq!(world.plan().writes(), 2);
    assert_eq!(world.patch(), (vec!["params"], vec![]));
}

#[test]
fn a_retried_exports_other_prefix_changes_the_path() {
    let mut world = World::in_order(&["users"]);
    world.place.prefix.push_str("-2");
    assert_eq!(
        world.patch(),
        (vec!["params"], vec!["params.data_path".to_owned()])
    );
}

#[test]
fn what_an_adopted_config_keeps_is_told_once() {
    let mut world = World::wanting(&["users"]);
    let mut old = of_the_article("users");
    for (name, value) in [
        ("ignore_unknown_values", "true"),
        ("max_bad_records", "5"),
        ("allow_jagged_rows", "false"),
    ] {
        old.params.0.insert(name.to_owned(), value.to_owned());
    }
    world.observed.configs = vec![old];
    let plan = world.plan();
    let [warning] = &plan.warnings()[..] else {
        panic!("{plan:?}")
    };
    assert!(
        warning.contains("`app.users` ignore_unknown_values=true;"),
        "{warning}"
    );
    let keeps = json!({ "ignore_unknown_values": "true" });
    let shown =
        |plan: &Plan| plan.to_json(jiff::Timestamp::UNIX_EPOCH)["configs"][0]["keeps"].clone();
    assert_eq!(shown(&plan), keeps);
    let Action::Patch { change, .. } = plan.configs[0].action.clone() else {
        panic!("{plan:?}")
    };
    world.config().display_name = change.display_name.unwrap();
    let plan = world.plan();
    assert_eq!((plan.warnings().len(), shown(&plan)), (0, keeps));
}
