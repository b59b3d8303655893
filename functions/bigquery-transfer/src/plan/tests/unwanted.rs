//! What becomes of configs of tables that are not wanted.

use super::*;

#[test]
fn unwanted_configs_are_treated_as_the_policy_says() {
    for (unwanted, writes) in [
        (Unwanted::Report, 0),
        (Unwanted::Disable, 1),
        (Unwanted::Delete, 1),
    ] {
        let mut world = World::in_order(&["users", "gone"]);
        world.wanted.tables.pop();
        world.unwanted = unwanted;
        let plan = world.plan();
        assert_eq!(
            (plan.unwanted[0].key.as_str(), plan.writes()),
            ("app.gone", writes)
        );
        assert_eq!(plan.differences().len(), 1);
        assert_eq!(
            plan.warnings().len(),
            usize::from(unwanted == Unwanted::Report)
        );
    }
}

#[test]
fn an_unwanted_config_that_is_switched_off_stays_so() {
    let mut world = World::in_order(&["users", "gone"]);
    world.wanted.tables.pop();
    world.unwanted = Unwanted::Disable;
    world.observed.configs[1].disabled = true;
    assert_eq!(world.plan().unwanted, []);
}

#[test]
fn configs_of_other_databases_stacks_and_people_are_not_unwanted() {
    let mut world = World::in_order(&["users"]);
    world.unwanted = Unwanted::Delete;
    for (id, name) in [
        ("1", "shop-a-transfer managed:prod/shop.a"),
        ("2", "app-a-transfer managed:stg/app.a"),
        ("3", "app2-a-transfer managed:prod/app2.a"),
        ("4", "by hand"),
    ] {
        let mut config = of_the_article(id);
        config.display_name = name.to_owned();
        world.observed.configs.push(config);
    }
    let plan = world.plan();
    assert_eq!((plan.writes(), plan.foreign.len()), (0, 1), "{plan:?}");
}

#[test]
fn a_config_of_our_stack_in_another_dataset_is_not_unwanted() {
    let mut world = World::in_order(&["users", "gone"]);
    world.wanted.tables.pop();
    world.unwanted = Unwanted::Delete;
    world.observed.configs[1].dataset = "d2".to_owned();
    assert_eq!(world.plan().unwanted, []);
}

#[test]
fn a_listed_table_that_is_missing_keeps_its_config() {
    let mut world = World::in_order(&["users", "late"]);
    world.wanted.tables.pop();
    world.wanted.missing.push("app.late".to_owned());
    world.unwanted = Unwanted::Delete;
    assert_eq!((world.plan().unwanted, world.plan().writes()), (vec![], 0));
}

#[test]
fn nothing_wanted_is_refused_before_all_is_unwanted() {
    let mut world = World::in_order(&["users"]);
    world.wanted.tables.clear();
    world.unwanted = Unwanted::Delete;
    assert_eq!(world.try_plan(), Err(PlanError::NothingWanted));
}
