//! How a config that is there differs from what it should be.

use std::collections::BTreeMap;

use crate::gcp::ScheduleForm;
use crate::keys::HIDDEN;
use crate::names::marked;
use crate::plan::{Action, Goal};
use crate::transfer_config::{Change, Params, TransferConfig};

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drift {
    pub(crate) field: String,
    pub(crate) is: String,
    pub(crate) should_be: String,
}

impl Drift {
    fn new(field: &str, is: &str, should_be: &str) -> Self {
        let shown = |value: &str| match (field, value) {
            (_, "") => "(none)".to_owned(),
            (ACCESS_KEY, _) => HIDDEN.to_owned(),
            (_, value) => value.to_owned(),
        };
        Self {
            field: field.to_owned(),
            is: shown(is),
            should_be: shown(should_be),
        }
    }
}

/// The field whose values nobody sees.
const ACCESS_KEY: &str = "params.access_key_id";

/// The param that lets rows be left out without an error; we never do.
const BAD_RECORDS: &str = "max_bad_records";

/// What is done to `config` so that it becomes `whole`: as little as possible.
pub(super) fn action(goal: &Goal<'_>, config: &TransferConfig, whole: Change) -> Action {
    let mut drift = Vec::new();
    let mut differs = |field: &str, is: &str, should_be: &str| {
        let differs = is != should_be;
        if differs {
            drift.push(Drift::new(field, is, should_be));
        }
        differs
    };
    let display_name = whole
        .display_name
        .filter(|name| differs("displayName", &config.display_name, name));
    let topic = whole
        .topic
        .filter(|topic| differs("notificationPubsubTopic", &config.topic, topic));
    let disabled = whole.disabled.filter(|disabled| {
        differs(
            "disabled",
            &config.disabled.to_string(),
            &disabled.to_string(),
        )
    });
    let schedule = whole.schedule.filter(|schedule| {
        !schedule.is_same(&config.schedule)
            && differs(
                "schedule",
                &config.schedule.to_string(),
                &schedule.to_string(),
            )
    });
    let params = whole.params.and_then(|params| {
        let found = params_drift(&config.params, &params);
        let is_written = goal.force || !found.is_empty();
        drift.extend(found);
        is_written.then(|| merged(&config.params, params))
    });
    let change = Change {
        display_name,
        params,
        schedule,
        disabled,
        topic,
    };
    if change == Change::default() {
        return Action::Keep(config.name.clone());
    }
    Action::Patch {
        name: config.name.clone(),
        // Both forms exclude each other, so a config keeps the one that it has.
        form: if config.has_old_schedule {
            ScheduleForm::Old
        } else {
            ScheduleForm::New
        },
        change,
        drift,
        is_adopted: marked(&config.display_name).is_none(),
    }
}

fn params_drift(is: &Params, should_be: &Params) -> Vec<Drift> {
    let mut drift = Vec::new();
    for (name, value) in &should_be.0 {
        let field = format!("params.{name}");
        // A key that the service does not show can't be compared.
        let is_unknown = field == ACCESS_KEY && is.get(name).trim_matches('*').is_empty();
        if !is_unknown && is.get(name) != value {
            drift.push(Drift::new(&field, is.get(name), value));
        }
    }
    let bad_records = is.get(BAD_RECORDS);
    if !matches!(bad_records, "" | "0") {
        drift.push(Drift::new(
            &format!("params.{BAD_RECORDS}"),
            bad_records,
            "0",
        ));
    }
    drift
}

/// What of `is` no config of ours has, and stays as it is.
pub(super) fn kept(is: &Params, whole: &Change) -> BTreeMap<String, String> {
    let ours = whole.params.clone().unwrap_or_default().0;
    let is_chosen = |name: &str, value: &str| {
        name != BAD_RECORDS && !ours.contains_key(name) && !matches!(value, "" | "0" | "false")
    };
    let mut kept = is.0.clone();
    kept.retain(|name, value| is_chosen(name, value));
    kept
}

/// What a patch of params sends: the API replaces them as a whole, so what else somebody chose is sent again.
fn merged(is: &Params, should_be: Params) -> Params {
    let mut merged = is.clone();
    merged.0.extend(should_be.0);
    if let Some(value) = merged.0.get_mut(BAD_RECORDS) {
        "0".clone_into(value);
    }
    merged
}
