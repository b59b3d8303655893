//! What forbids a restore, each with what to do.

use dynamodb_table::Description;

use crate::observe::Observation;
use crate::request::{Ask, WriteMode};
use crate::source::Source;

/// What forbids to write into the target as it is.
pub(super) fn target_blockers(ask: &Ask, seen: &Observation) -> Vec<String> {
    let mut blockers = Vec::new();
    let Some(target) = &seen.target else {
        if !ask.import {
            blockers.push(format!(
                "there is no table {} in this account and Region; make it with the keys of the exported one, or send `import`",
                ask.table
            ));
        }
        return blockers;
    };
    if target.status != "ACTIVE" && target.status != "UPDATING" {
        blockers.push(format!(
            "table {} is {}; wait until it is ACTIVE",
            target.name, target.status
        ));
    }
    if let Some(fault) = &seen.sample.fault {
        blockers.push(format!(
            "the key of table {} does not fit the backup's items: {fault}; restore into a table of the same keys",
            target.name
        ));
    }
    if seen.holds_items && !ask.import {
        blockers.extend(confirmation(ask, target));
    }
    blockers
}

/// Who writes into a table that holds items says so, and says which table.
fn confirmation(ask: &Ask, target: &Description) -> Option<String> {
    let name = &target.name;
    if ask.mode == WriteMode::EmptyOnly {
        return Some(format!(
            "table {name} holds items, and the mode is empty-only; restore into an empty table, or choose skip-existing, \
             overwrite or only-newer"
        ));
    }
    match &ask.confirm {
        Some(confirm) if confirm == name => None,
        Some(confirm) => Some(format!(
            "`confirm` is `{confirm}`, but the table that would be written is {name}"
        )),
        None => Some(format!(
            "table {name} holds items; to write into it all the same, send \"confirm\": \"{name}\""
        )),
    }
}

pub(super) fn chain_blockers(ask: &Ask, source: &Source) -> Vec<String> {
    let needs_order = matches!(ask.mode, WriteMode::SkipExisting | WriteMode::OnlyNewer);
    if source.is_chain() && needs_order {
        let mode = ask.mode.name();
        return vec![format!(
            "a chain of {} exports changes and deletes items in order, which {mode} can't keep; restore it into an empty table, \
             or choose overwrite",
            source.links.len()
        )];
    }
    Vec::new()
}

pub(super) fn import_blockers(ask: &Ask, source: &Source, seen: &Observation) -> Vec<String> {
    if !ask.import {
        return Vec::new();
    }
    let mut blockers = Vec::new();
    if let Some(target) = &seen.target {
        blockers.push(format!(
            "table {} exists; an import makes a new one, so name another, or leave `import` out",
            target.name
        ));
    }
    if source.is_chain() {
        blockers.push("an import takes one full export, and this is a chain; give a full one, or leave `import` out".to_owned());
    } else if source.links.first().is_none_or(|link| link.data.is_none()) {
        blockers.push(
            "an import reads the export's own data folder in S3, and this backup has none; leave `import` out".to_owned(),
        );
    }
    blockers
}
