//! What brings the configs in order: what is wanted and what is there in, steps out; pure, so a dry run is free.

mod drift;
mod pair;
mod show;

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use crate::config::{Location, Unwanted};
use crate::data_path::data_path;
use crate::gcp::ScheduleForm;
use crate::names;
use crate::observe::Observed;
use crate::place::ExportPlace;
use crate::tables::{Wanted, WantedTable};
use crate::transfer_config::{Change, ConfigName, Params, Schedule, TransferConfig};

pub(crate) use drift::Drift;
pub(crate) use show::SHOWN;

/// What is to be.
#[derive(Clone, Debug)]
pub(crate) struct Goal<'a> {
    pub(crate) wanted: &'a Wanted,
    pub(crate) place: &'a ExportPlace,
    pub(crate) stack: &'a str,
    pub(crate) dataset: &'a str,
    pub(crate) location: &'a Location,
    pub(crate) schedule: Schedule,
    /// `None` leaves the topics of configs as they are.
    pub(crate) topic: Option<&'a str>,
    pub(crate) access_key_id: &'a str,
    pub(crate) unwanted: Unwanted,
    pub(crate) time_zone: &'a TimeZone,
    /// Write the params of every config, keys and all.
    pub(crate) force: bool,
}

/// The steps, in the order in which they are done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Where the dataset is, or will be.
    pub(crate) location: String,
    pub(crate) creates_dataset: bool,
    /// The tables that are created, without columns.
    pub(crate) tables: Vec<String>,
    /// What becomes of each wanted table's config, in the order of the tables' keys.
    pub(crate) configs: Vec<Step>,
    /// What becomes of our configs that are not wanted.
    pub(crate) unwanted: Vec<Removal>,
    /// Configs that write to the dataset and are nobody's whom we know: they are left alone.
    pub(crate) foreign: Vec<String>,
}

/// What becomes of a wanted table's config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) key: String,
    pub(crate) data_path: String,
    pub(crate) action: Action,
    /// The params of its config that are not ours, and stay: somebody chose them, and they may change what is loaded.
    pub(crate) keeps: BTreeMap<String, String>,
}

/// What is done to a config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// There is none yet.
    Create(Change),
    /// It is not as it should be.
    Patch {
        name: ConfigName,
        form: ScheduleForm,
        change: Change,
        drift: Vec<Drift>,
        /// It was made without us, and becomes ours.
        is_adopted: bool,
    },
    /// It is as it should be.
    Keep(ConfigName),
}

/// What becomes of a config that is not wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Removal {
    pub(crate) key: String,
    pub(crate) name: ConfigName,
    pub(crate) manner: Unwanted,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The choice leaves nothing.
    #[error(
        "no table is wanted, so every config would be unwanted; look at TARGET_TABLES, INCLUDE and EXCLUDE, and at what the export has"
    )]
    NothingWanted,
    /// Another source has the database.
    #[error(
        "the database `{database}` is in the exports of `{other}` and of `{source_name}`, and a table can hold only one of them; give `{source_name}` a deployment with a DATASET and a RUNS_URL of its own, or move {record} away if it took the place of `{other}`"
    )]
    Sources {
        /// The database that both have.
        database: String,
        /// The source of the export.
        source_name: String,
        /// The source that had the database first.
        other: String,
        /// What remembers that.
        record: String,
    },
    /// The dataset is elsewhere.
    #[error(
        "the dataset {dataset} is in {actual}, but LOCATION is {set}; a dataset can't be moved: unset LOCATION, or set another DATASET"
    )]
    Location {
        /// The dataset.
        dataset: String,
        /// Where it is.
        actual: String,
        /// Where it should be.
        set: String,
    },
    /// Names, paths or configs that can't be brought in order without a person.
    #[error("the configs can't be brought in order: {}", .0.join("; "))]
    Faults(Vec<String>),
}

/// Plans.
///
/// # Errors
/// All that a person must decide, at once.
pub(crate) fn plan(goal: &Goal<'_>, observed: &Observed) -> Result<Plan, PlanError> {
    if goal.wanted.tables.is_empty() && goal.wanted.missing.is_empty() {
        return Err(PlanError::NothingWanted);
    }
    let location = location(goal, observed)?;
    let mut faults = names::faults(&goal.wanted.tables, observed.is_case_insensitive());
    let pairing = pair::pair(goal, observed);
    faults.extend(pairing.faults);
    let mut configs = Vec::new();
    for table in &goal.wanted.tables {
        let path = match data_path(goal.place, table, goal.time_zone) {
            Ok(path) => path,
            Err(fault) => {
                // The bucket or the folder: the same for all tables.
                faults.push(fault);
                break;
            }
        };
        configs.push(goal.step(table, path, pairing.found.get(table.key.as_str()).copied()));
    }
    if !faults.is_empty() {
        return Err(PlanError::Faults(faults));
    }
    Ok(Plan {
        location,
        creates_dataset: observed.dataset.is_none(),
        tables: missing_tables(goal, observed),
        configs,
        unwanted: pairing.unwanted,
        foreign: pairing.foreign,
    })
}

fn location(goal: &Goal<'_>, observed: &Observed) -> Result<String, PlanError> {
    let Some(dataset) = &observed.dataset else {
        return Ok(goal.location.name.clone());
    };
    if goal.location.is_set && !dataset.location.eq_ignore_ascii_case(&goal.location.name) {
        return Err(PlanError::Location {
            dataset: goal.dataset.to_owned(),
            actual: dataset.location.clone(),
            set: goal.location.name.clone(),
        });
    }
    Ok(dataset.location.clone())
}

fn missing_tables(goal: &Goal<'_>, observed: &Observed) -> Vec<String> {
    let there = observed.tables.iter();
    let there: BTreeSet<String> = there.map(|name| observed.identity(name)).collect();
    let wanted = goal.wanted.tables.iter().map(WantedTable::destination);
    wanted
        .filter(|name| !there.contains(&observed.identity(name)))
        .collect()
}

impl Goal<'_> {
    fn step(&self, table: &WantedTable, data_path: String, found: Option<&TransferConfig>) -> Step {
        let whole = self.whole(table, &data_path);
        let keeps = found.map(|config| drift::kept(&config.params, &whole));
        let action = match found {
            None => Action::Create(whole),
            Some(config) => drift::action(self, config, whole),
        };
        Step {
            key: table.key.clone(),
            data_path,
            action,
            keeps: keeps.unwrap_or_default(),
        }
    }

    /// All that a config of `table` should be.
    fn whole(&self, table: &WantedTable, data_path: &str) -> Change {
        let params = [
            ("destination_table_name_template", table.destination()),
            ("data_path", data_path.to_owned()),
            ("access_key_id", self.access_key_id.to_owned()),
            ("file_format", "PARQUET".to_owned()),
            ("write_disposition", "WRITE_TRUNCATE".to_owned()),
        ];
        let params: BTreeMap<_, _> = params
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Change {
            display_name: Some(table.display_name(self.stack)),
            params: Some(Params(params)),
            schedule: Some(self.schedule.clone()),
            disabled: Some(false),
            topic: self.topic.map(ToOwned::to_owned),
        }
    }
}

#[cfg(test)]
mod tests;
