//! The plan for people and programs. Params are shown without keys.

use function_core::first_few;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::config::Unwanted;
use crate::data_path::expand;
use crate::plan::{Action, Plan, Step};
use crate::transfer_config::Schedule;

/// How many differences an error names.
pub(crate) const SHOWN: usize = 20;

impl Plan {
    /// The write requests of the plan.
    pub(crate) fn writes(&self) -> usize {
        let is_write = |action: &Action| !matches!(action, Action::Keep(_));
        let removals = self.unwanted.iter();
        usize::from(self.creates_dataset)
            + self.tables.len()
            + self
                .configs
                .iter()
                .filter(|step| is_write(&step.action))
                .count()
            + removals
                .filter(|removal| removal.manner != Unwanted::Report)
                .count()
    }

    /// The plan in the form that a dry run prints, with each path at a run of `next_run`.
    pub(crate) fn to_json(&self, next_run: Timestamp) -> Value {
        let configs: Vec<Value> = self.configs.iter().map(|step| {
            let mut shown = json!({
                "table": step.key,
                "action": step.action.word(),
                "dataPath": step.data_path,
                "nextDataPath": expand(&step.data_path, next_run),
            });
            if !step.keeps.is_empty() {
                shown["keeps"] = json!(step.keeps);
            }
            match &step.action {
                Action::Create(change) => {
                    shown["displayName"] = json!(change.display_name);
                    shown["schedule"] = json!(change.schedule.as_ref().map(Schedule::to_string));
                }
                Action::Patch { name, drift, .. } => {
                    shown["config"] = json!(name);
                    let drift = drift.iter().map(|one| json!({"field": one.field, "is": one.is, "shouldBe": one.should_be}));
                    shown["differs"] = drift.collect();
                }
                Action::Keep(name) => shown["config"] = json!(name),
            }
            shown
        }).collect();
        let unwanted: Vec<Value> = self.unwanted.iter().map(|removal| {
            json!({"table": removal.key, "action": word(removal.manner), "config": removal.name})
        }).collect();
        json!({
            "location": self.location,
            "createsDataset": self.creates_dataset,
            "createsTables": self.tables,
            "configs": configs,
            "unwanted": unwanted,
            "foreign": self.foreign,
            "writes": self.writes(),
            "nextRunTime": next_run,
        })
    }

    /// What is not in order, one a line of words; what a person was told to look at counts, too.
    pub(crate) fn differences(&self) -> Vec<String> {
        let mut words = Vec::new();
        if self.creates_dataset {
            words.push("there is no dataset".to_owned());
        }
        words.extend(
            self.tables
                .iter()
                .map(|table| format!("there is no table `{table}`")),
        );
        for step in &self.configs {
            match &step.action {
                Action::Create(_) => words.push(format!("`{}` has no config", step.key)),
                Action::Patch { drift, .. } => words.extend(drift.iter().map(|one| {
                    format!(
                        "{} of `{}` is {}, not {}",
                        one.field, step.key, one.is, one.should_be
                    )
                })),
                Action::Keep(_) => {}
            }
        }
        let unwanted = self.unwanted.iter();
        words.extend(
            unwanted.map(|removal| {
                format!("`{}` is not wanted, but has {}", removal.key, removal.name)
            }),
        );
        words
    }

    /// What a person should know after the plan was carried out.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let reported = self
            .unwanted
            .iter()
            .filter(|removal| removal.manner == Unwanted::Report);
        let names: Vec<String> = reported
            .map(|removal| format!("`{}` ({})", removal.key, removal.name))
            .collect();
        let mut warnings = self.adopted_as_they_are();
        if !names.is_empty() {
            warnings.push(format!(
                "{} configs are of tables that are not wanted any more: {}; delete them, or set UNWANTED to disable or delete",
                names.len(),
                first_few(&names, SHOWN, ", ")
            ));
        }
        warnings
    }

    /// What is said of adopted configs with params that may change what is loaded.
    fn adopted_as_they_are(&self) -> Vec<String> {
        let chosen = |step: &Step| {
            let kept = step
                .keeps
                .iter()
                .map(|(name, value)| format!("{name}={value}"));
            format!("`{}` {}", step.key, kept.collect::<Vec<_>>().join(" "))
        };
        let steps = self.configs.iter();
        let adopted = steps.filter(|step| step.action.is_adoption() && !step.keeps.is_empty());
        let adopted: Vec<String> = adopted.map(chosen).collect();
        if adopted.is_empty() {
            return Vec::new();
        }
        vec![format!(
            "{} adopted configs keep params that may change what is loaded: {}; take them out in the console unless they are meant",
            adopted.len(),
            first_few(&adopted, SHOWN, ", ")
        )]
    }
}

impl Action {
    fn is_adoption(&self) -> bool {
        matches!(
            self,
            Self::Patch {
                is_adopted: true,
                ..
            }
        )
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Create(_) => "create",
            Self::Patch {
                is_adopted: true, ..
            } => "adopt",
            Self::Patch {
                is_adopted: false, ..
            } => "patch",
            Self::Keep(_) => "keep",
        }
    }
}

fn word(manner: Unwanted) -> &'static str {
    match manner {
        Unwanted::Report => "report",
        Unwanted::Disable => "disable",
        Unwanted::Delete => "delete",
    }
}
