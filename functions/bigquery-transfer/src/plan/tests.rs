//! What becomes of configs: values in, steps out.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use serde_json::json;

use super::*;
use crate::gcp::{Dataset, mask};
use crate::place::Engine;

const DATASET: &str = "app_prod_rds_data";

/// What a plan is made from, with room for a test's changes.
struct World {
    wanted: Wanted,
    place: ExportPlace,
    location: Location,
    unwanted: Unwanted,
    schedule: Schedule,
    topic: Option<String>,
    force: bool,
    key: String,
    observed: Observed,
}

fn table(name: &str) -> WantedTable {
    WantedTable::new(Engine::Mysql, "app", "", name)
}

impl World {
    /// A world in which all is wanted, and a dataset with the tables is there, but no config.
    fn wanting(names: &[&str]) -> Self {
        Self {
            wanted: Wanted {
                tables: names.iter().map(|name| table(name)).collect(),
                missing: Vec::new(),
                databases: Some(BTreeSet::from(["app".to_owned()])),
            },
            place: ExportPlace {
                bucket: "exports".to_owned(),
                prefix: "export-id-prod-20261121".to_owned(),
                engine: Engine::Mysql,
                logical_date: "2026-11-21".parse().unwrap(),
            },
            location: Location {
                name: "asia-northeast1".to_owned(),
                is_set: false,
            },
            unwanted: Unwanted::Report,
            schedule: Schedule::Manual,
            topic: None,
            force: false,
            key: "AKIA1".to_owned(),
            observed: Observed {
                dataset: Some(Dataset {
                    location: "asia-northeast1".to_owned(),
                    is_case_insensitive: false,
                }),
                tables: names.iter().map(ToString::to_string).collect(),
                configs: Vec::new(),
            },
        }
    }

    /// The same, with the configs that a first plan makes.
    fn in_order(names: &[&str]) -> Self {
        let mut world = Self::wanting(names);
        let steps = world.plan().configs.into_iter();
        world.observed.configs = steps
            .map(|step| {
                let Action::Create(whole) = step.action else {
                    panic!("{step:?}")
                };
                config(&step.key, whole)
            })
            .collect();
        world
    }

    fn try_plan(&self) -> Result<Plan, PlanError> {
        let goal = Goal {
            wanted: &self.wanted,
            place: &self.place,
            stack: "prod",
            dataset: DATASET,
            location: &self.location,
            schedule: self.schedule.clone(),
            topic: self.topic.as_deref(),
            access_key_id: &self.key,
            unwanted: self.unwanted,
            time_zone: &TimeZone::get("Asia/Tokyo").unwrap(),
            force: self.force,
        };
        plan(&goal, &self.observed)
    }

    fn plan(&self) -> Plan {
        self.try_plan().unwrap()
    }

    fn faults(&self) -> String {
        self.try_plan().unwrap_err().to_string()
    }

    fn config(&mut self) -> &mut TransferConfig {
        &mut self.observed.configs[0]
    }

    /// The fields that a patch of the first table's config names, and what differs.
    fn patch(&self) -> (Vec<&'static str>, Vec<String>) {
        let step = self.plan().configs.remove(0);
        match step.action {
            Action::Patch {
                form,
                change,
                drift,
                ..
            } => {
                let drift = drift.into_iter().map(|one| one.field);
                (mask(&change, form), drift.collect())
            }
            other => panic!("{other:?}"),
        }
    }
}

/// A config as a create of `whole` leaves it.
fn config(id: &str, whole: Change) -> TransferConfig {
    TransferConfig {
        name: ConfigName(format!(
            "projects/1/locations/asia-northeast1/transferConfigs/{id}"
        )),
        display_name: whole.display_name.unwrap(),
        dataset: DATASET.to_owned(),
        params: whole.params.unwrap(),
        schedule: whole.schedule.unwrap(),
        has_old_schedule: false,
        disabled: false,
        topic: whole.topic.unwrap_or_default(),
    }
}

/// A config as the article's script makes it.
fn of_the_article(name: &str) -> TransferConfig {
    let params = [
        ("destination_table_name_template", name),
        (
            "data_path",
            r#"s3://exports/export-id-prod-{run_time|"%Y%m%d"}/app/app.users/1/*.parquet"#,
        ),
        ("access_key_id", "AKIA1"),
        ("file_format", "PARQUET"),
        ("write_disposition", "WRITE_TRUNCATE"),
    ];
    let params = params.map(|(name, value)| (name.to_owned(), value.to_owned()));
    TransferConfig {
        name: ConfigName(format!(
            "projects/1/locations/asia-northeast1/transferConfigs/a-{name}"
        )),
        display_name: format!("app-{name}-transfer"),
        dataset: DATASET.to_owned(),
        params: Params(params.into()),
        schedule: Schedule::At("every day 03:00".to_owned()),
        has_old_schedule: true,
        disabled: false,
        topic: String::new(),
    }
}

#[test]
fn what_is_not_there_is_created() {
    let mut world = World::wanting(&["users", "users_archive"]);
    world.observed.dataset = None;
    world.observed.tables.clear();
    let plan = world.plan();
    assert!(plan.creates_dataset);
    assert_eq!(plan.location, "asia-northeast1");
    assert_eq!(plan.tables, ["users", "users_archive"]);
    assert_eq!(plan.writes(), 5);
    let Action::Create(whole) = &plan.configs[0].action else {
        panic!()
    };
    let params = whole.params.as_ref().unwrap();
    assert_eq!(
        params.get("data_path"),
        r#"s3://exports/export-id-prod-{run_time+9h|"%Y%m%d"}/app/app.users/*.parquet"#
    );
    assert_eq!(params.get("write_disposition"), "WRITE_TRUNCATE");
    assert_eq!(params.get("file_format"), "PARQUET");
}

#[test]
fn what_is_in_order_is_left_alone() {
    let plan = World::in_order(&["users", "users_archive", "Users", "order-items", "顧客"]).plan();
    assert_eq!(
        (plan.writes(), plan.differences().len()),
        (0, 0),
        "{plan:?}"
    );
}

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

#[test]
fn a_location_that_is_set_must_be_the_datasets() {
    let mut world = World::wanting(&["users"]);
    world.observed.dataset.as_mut().unwrap().location = "US".to_owned();
    assert_eq!(world.plan().location, "US");
    world.location.is_set = true;
    let words = world.faults();
    assert!(
        words.contains("is in US, but LOCATION is asia-northeast1"),
        "{words}"
    );
    world.location.name = "us".to_owned();
    assert_eq!(world.plan().location, "US");
}

#[test]
fn a_plan_and_its_words_show_no_key() {
    let mut world = World::in_order(&["users", "orders"]);
    world.key = "AKIA2".to_owned();
    world.observed.configs.pop();
    let plan = world.plan();
    let time = "2026-11-21T15:00:00Z".parse().unwrap();
    let all = format!("{plan:?} {} {:?}", plan.to_json(time), plan.differences());
    assert!(!all.contains("AKIA"), "{all}");
    assert_eq!(
        plan.to_json(time)["configs"][0]["differs"],
        json!([{
            "field": "params.access_key_id", "is": "(hidden)", "shouldBe": "(hidden)"
        }])
    );
}
