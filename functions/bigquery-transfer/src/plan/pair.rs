//! Which config belongs to which table.

use std::collections::BTreeMap;

use crate::config::Unwanted;
use crate::names::marked;
use crate::observe::Observed;
use crate::plan::{Goal, Removal};
use crate::tables::{Wanted, WantedTable};
use crate::transfer_config::TransferConfig;

/// The param that names the table.
const DESTINATION: &str = "destination_table_name_template";

/// What belongs together, and what a person must look at.
#[derive(Debug, Default)]
pub(super) struct Pairing<'a> {
    /// The config of each wanted table that has one, by the table's key.
    pub(super) found: BTreeMap<&'a str, &'a TransferConfig>,
    pub(super) unwanted: Vec<Removal>,
    pub(super) foreign: Vec<String>,
    pub(super) faults: Vec<String>,
}

/// Pairs by the marker, exactly; else by dataset and table, where exactly one config writes to it.
pub(super) fn pair<'a>(goal: &'a Goal<'a>, observed: &'a Observed) -> Pairing<'a> {
    let mut pairing = Pairing::default();
    let mut ours: BTreeMap<&str, Vec<&TransferConfig>> = BTreeMap::new();
    let mut by_destination: BTreeMap<String, Vec<&TransferConfig>> = BTreeMap::new();
    let wanted: BTreeMap<&str, &WantedTable> = goal
        .wanted
        .tables
        .iter()
        .map(|table| (table.key.as_str(), table))
        .collect();
    for config in &observed.configs {
        let key = our_key(goal, config);
        if let Some(key) = key {
            ours.entry(key).or_default().push(config);
        }
        let is_going = key.is_some_and(|key| !wanted.contains_key(key) && goal.is_judged(key))
            && goal.unwanted != Unwanted::Report;
        if config.dataset == goal.dataset && !is_going {
            by_destination
                .entry(observed.identity(config.params.get(DESTINATION)))
                .or_default()
                .push(config);
        }
    }
    for table in &goal.wanted.tables {
        let marked = ours.remove(table.key.as_str()).unwrap_or_default();
        let writers = by_destination.remove(&observed.identity(&table.destination()));
        let writers = writers.unwrap_or_default();
        match choose(goal, table, &marked, &writers) {
            Ok(Some(config)) => {
                pairing.found.insert(&table.key, config);
            }
            Ok(None) => {}
            Err(fault) => pairing.faults.push(fault),
        }
    }
    for (key, configs) in ours.into_iter().filter(|(key, _)| goal.is_judged(key)) {
        // What writes elsewhere is another deployment's of the same stack.
        let configs = configs.into_iter();
        for config in configs.filter(|config| config.dataset == goal.dataset) {
            pairing.unwanted.extend(removal(goal, key, config));
        }
    }
    let left = by_destination.into_values().flatten();
    let nobodys = left.filter(|config| marked(&config.display_name).is_none());
    pairing.foreign = nobodys.map(shown).collect();
    pairing
}

/// The key in the marker of `config`, where the marker is of our stack.
fn our_key<'a>(goal: &Goal<'_>, config: &'a TransferConfig) -> Option<&'a str> {
    let (stack, key) = marked(&config.display_name)?;
    (stack == goal.stack).then_some(key)
}

/// The one config of `table`, if there is one.
fn choose<'a>(
    goal: &Goal<'_>,
    table: &WantedTable,
    marked_ours: &[&'a TransferConfig],
    writers: &[&'a TransferConfig],
) -> Result<Option<&'a TransferConfig>, String> {
    let key = &table.key;
    if let [_, _, ..] = marked_ours {
        return Err(format!(
            "`{key}` has several configs with its marker: {}; delete all but one",
            all_shown(marked_ours)
        ));
    }
    if let [config] = marked_ours {
        if config.dataset != goal.dataset {
            return Err(format!(
                "{} is the config of `{key}`, but it writes to the dataset {}, which can't be changed to {}; delete it, or set another STACK",
                shown(config),
                config.dataset,
                goal.dataset
            ));
        }
        let others = writers
            .iter()
            .filter(|other| other.name != config.name && !other.disabled);
        let mut all: Vec<&TransferConfig> = others.copied().collect();
        if all.is_empty() {
            return Ok(Some(config));
        }
        all.insert(0, config);
        return Err(several_writers(key, &all));
    }
    match writers {
        [] => Ok(None),
        [config] if marked(&config.display_name).is_none() => Ok(Some(config)),
        [config] => Err(format!(
            "the table of `{key}` is written to by {}, whose marker is of another; delete it, leave `{key}` out by EXCLUDE, or set another DATASET",
            shown(config)
        )),
        several => Err(several_writers(key, several)),
    }
}

fn several_writers(key: &str, configs: &[&TransferConfig]) -> String {
    format!(
        "the table of `{key}` is written to by several configs: {}; delete all but one",
        all_shown(configs)
    )
}

fn all_shown(configs: &[&TransferConfig]) -> String {
    let shown: Vec<String> = configs.iter().map(|config| shown(config)).collect();
    shown.join(" and ")
}

/// A config in words: both its names.
fn shown(config: &TransferConfig) -> String {
    format!("`{}` ({})", config.display_name, config.name)
}

/// What becomes of a config that is not wanted; nothing where it is switched off already, as it should be.
fn removal(goal: &Goal<'_>, key: &str, config: &TransferConfig) -> Option<Removal> {
    let is_done = goal.unwanted == Unwanted::Disable && config.disabled;
    (!is_done).then(|| Removal {
        key: key.to_owned(),
        name: config.name.clone(),
        manner: goal.unwanted,
    })
}

impl Goal<'_> {
    /// Whether a config with `key` in its marker is this goal's to want or not, and not another source's.
    fn is_judged(&self, key: &str) -> bool {
        let Wanted {
            missing, databases, ..
        } = self.wanted;
        // A database has no dot in its name.
        let database = key.split_once('.').map_or(key, |(database, _)| database);
        let is_missing = missing.iter().any(|other| other == key);
        !is_missing && databases.as_ref().is_none_or(|all| all.contains(database))
    }
}
