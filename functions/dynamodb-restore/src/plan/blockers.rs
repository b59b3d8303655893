//! What forbids a restore, each with what to do.

use dynamodb_table::Description;

use crate::observe::Observation;
use crate::request::{Ask, WriteMode};
use crate::source::{DataObject, Source};

/// What forbids to write into the target as it is.
pub(super) fn target_blockers(ask: &Ask, seen: &Observation) -> Vec<String> {
    let mut blockers = Vec::new();
    // A table that an import of ours is making is as it should be.
    if ask.import && seen.is_begun {
        return blockers;
    }
    let Some(target) = &seen.target else {
        if !ask.import {
            blockers.push(format!(
                "there is no table {} in this account and Region; make it with the keys of the exported one, or send `import`",
                ask.table
            ));
        }
        if let (Some(fault), Some(keys)) = (&seen.sample.fault, &seen.exported_keys) {
            blockers.push(format!(
                "the keys {keys} do not fit the backup's items: {fault}; correct `keys`"
            ));
        }
        if let (1.., Some(keys)) = (seen.sample.alike, &seen.exported_keys) {
            blockers.push(format!(
                "of the first {} items of the backup {} have the same key {keys} as another; correct `keys`",
                seen.sample.items, seen.sample.alike
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
    let name = &target.name;
    if let Some(key) = &seen.exported_keys
        && *key != target.key
    {
        blockers.push(format!(
            "table {name} has the key {}, the exported table {key}; restore into a table of the same keys",
            target.key
        ));
    }
    if seen.sample.alike > 0 {
        blockers.push(format!(
            "of the first {} items of the backup {} have the same key in table {name} as another, so one would replace the \
             other; restore into a table of the same keys",
            seen.sample.items, seen.sample.alike
        ));
    }
    if let Some(place) = &seen.sample.doubled {
        blockers.push(format!(
            "{place} holds another item than an earlier line of the same key {}; there is no manifest, so nothing tells which is \
             right: leave one of them in the files, or, if the exported table has other keys, restore into a table of the same",
            target.key
        ));
    }
    if seen.sample.has_other_keys {
        blockers.push(format!(
            "the keys of the backup's changes have other attributes than {}, the key of table {name}; restore into a table of \
             the same keys",
            target.key
        ));
    }
    if seen.holds_items && !seen.is_begun && !ask.import {
        blockers.extend(confirmation(ask, target));
    }
    blockers
}

/// Who writes into a table that holds items says so, and says which table.
pub(crate) fn confirmation(ask: &Ask, target: &Description) -> Option<String> {
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

/// Whatever the backup does not hold is deleted, so it must hold all.
pub(super) fn extras_blockers(ask: &Ask, source: &Source) -> Option<String> {
    if !ask.delete_extras {
        return None;
    }
    let is_listed = |file: &DataObject| file.lines.is_some() && file.md5.is_some();
    if !source.files.iter().all(is_listed) {
        return Some(
            "deleteExtras needs a manifest: without one nothing proves that the files are all, and what is in a lost one would \
             be deleted; give the export's manifest-summary.json, or leave `deleteExtras` out"
                .to_owned(),
        );
    }
    (source.lines() == Some(0)).then(|| {
        "the backup holds no items, so deleteExtras would empty the table; leave it out, or delete the table's items by hand"
            .to_owned()
    })
}

pub(super) fn import_blockers(ask: &Ask, source: &Source, seen: &Observation) -> Vec<String> {
    if !ask.import {
        return Vec::new();
    }
    let mut blockers = Vec::new();
    if let Some(target) = seen.target.as_ref().filter(|_| !seen.is_begun) {
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
