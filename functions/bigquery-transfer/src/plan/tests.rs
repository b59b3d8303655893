//! What becomes of configs: values in, steps out.

mod drift;
mod pairing;
mod unwanted;

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
