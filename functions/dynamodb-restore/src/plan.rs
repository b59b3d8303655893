//! What a restore will do, what it needs, and what forbids it; pure.

mod blockers;
mod estimate;
mod target;

use dynamodb_table::Billing;
use jiff::Timestamp;
use serde::Serialize;

use crate::observe::Observation;
use crate::request::{Ask, WriteMode};
use crate::source::Source;
use crate::walk::passes;
pub(crate) use blockers::confirmation;
use blockers::{chain_blockers, extras_blockers, import_blockers, target_blockers};
use estimate::{estimate, estimate_import};
use target::Target;

/// How the plan is priced and bounded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) max_wru: f64,
    pub(crate) wru_price: Option<f64>,
    pub(crate) import_price: Option<f64>,
    pub(crate) keys_max: u64,
}

/// What a restore will do, printable as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Plan {
    pub(crate) backup: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) backup_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) exports: usize,
    pub(crate) files: usize,
    /// Items, and changes of windows; `None` where only reading would tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) items: Option<u64>,
    /// Where no manifest tells the items: as many as fill the files, if all are packed like their beginnings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) estimated_items: Option<u64>,
    pub(crate) stored_bytes: u64,
    pub(crate) table: String,
    pub(crate) target: Target,
    pub(crate) mode: String,
    pub(crate) parts: u32,
    pub(crate) verify: &'static str,
    /// Estimated from the first items: 1 for each kilobyte begun, indexes not counted. An import needs none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) estimated_write_units: Option<u64>,
    /// The same, if each item is in each index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) estimated_write_units_with_indexes: Option<u64>,
    /// Bytes of all lines, unpacked: what DynamoDB charges an import by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) estimated_import_bytes: Option<u64>,
    pub(crate) max_write_units_per_second: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) estimated_time: Option<String>,
    #[serde(rename = "estimatedCostUSD", skip_serializing_if = "Option::is_none")]
    pub(crate) estimated_cost_usd: Option<f64>,
    pub(crate) steps: Vec<String>,
    /// What forbids it, each with what to do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) blockers: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) warnings: Vec<String>,
}

/// Plans the restore of `source` that `ask` wants.
pub(crate) fn plan(ask: &Ask, source: &Source, seen: &Observation, limits: Limits) -> Plan {
    let mut plan = Plan {
        backup: source
            .links
            .first()
            .map_or_else(String::new, |link| link.address.clone()),
        backup_of: source.table.as_ref().map(|table| table.name.clone()),
        as_of: (source.moment != Timestamp::UNIX_EPOCH).then_some(source.moment),
        exports: source.links.len(),
        files: source.files.len(),
        items: source.lines(),
        stored_bytes: seen.bytes,
        table: ask.table.clone(),
        target: Target::of(ask, seen),
        mode: if ask.import {
            "import".to_owned()
        } else {
            ask.mode.name().to_owned()
        },
        parts: ask.parts,
        verify: ask.verify.name(),
        max_write_units_per_second: limits.max_wru,
        warnings: source.warnings.clone(),
        ..Plan::default()
    };
    if ask.import {
        estimate_import(&mut plan, seen, limits);
    } else {
        estimate(&mut plan, seen, limits);
    }
    let blockers = [
        target_blockers(ask, seen),
        chain_blockers(ask, source),
        import_blockers(ask, source, seen),
        extras_blockers(ask, source).into_iter().collect(),
    ];
    plan.blockers = blockers.concat();
    plan.warnings.extend(warnings(ask, source, seen));
    plan.steps = steps(ask, source, &plan, limits);
    plan
}

/// Such as `3 min`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "minutes are told whole"
)]
pub(crate) fn minutes(seconds: f64) -> String {
    match (seconds / 60.0).ceil() as u64 {
        0 | 1 => "1 min or less".to_owned(),
        minutes @ 2..=119 => format!("{minutes} min"),
        minutes => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

fn warnings(ask: &Ask, source: &Source, seen: &Observation) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(table) = source
        .table
        .as_ref()
        .filter(|table| table.name != ask.table)
    {
        warnings.push(format!(
            "the backup is of the table {}, the target is {}",
            table.name, ask.table
        ));
    }
    if source.is_chain() && ask.parts > 1 {
        warnings.push("a chain has an order, so the first part writes all of it".to_owned());
    }
    let Some(target) = &seen.target else {
        return warnings;
    };
    if target.has_streams {
        warnings.push(format!(
            "table {} has a stream: each restored item goes to whatever reads it",
            target.name
        ));
    }
    if let Some(attribute) = &seen.ttl_attribute {
        warnings.push(format!(
            "table {} lets items expire by {attribute}: those that had expired come back, until DynamoDB deletes them, and are \
             then missing when the table is read back",
            target.name
        ));
    }
    if !target.indexes.is_empty() {
        let names: Vec<&str> = target
            .indexes
            .iter()
            .map(|index| index.name.as_str())
            .collect();
        warnings.push(format!(
            "each item is written to its indexes, too, which costs as much again for each: {}",
            names.join(", ")
        ));
    }
    if let Billing::Provisioned { write_units } = target.billing {
        warnings.push(format!(
            "table {} is provisioned with {write_units} write units a second; more are throttled",
            target.name
        ));
    }
    warnings.extend(
        seen.sample
            .index_faults
            .iter()
            .map(|fault| format!("some items can't be written: {fault}")),
    );
    warnings
}

fn steps(ask: &Ask, source: &Source, plan: &Plan, limits: Limits) -> Vec<String> {
    let items = match (plan.items, plan.estimated_items) {
        (Some(items), _) => items.to_string(),
        (None, Some(items)) => format!("about {items}"),
        (None, None) => "all".to_owned(),
    };
    let mut steps = Vec::new();
    if ask.import {
        steps.push(format!(
            "let DynamoDB import {items} items into the new table {}",
            ask.table
        ));
    } else {
        let what = match ask.mode {
            WriteMode::EmptyOnly => "put",
            WriteMode::SkipExisting => "put, where there is none of the same key,",
            WriteMode::Overwrite => "put, and replace,",
            WriteMode::OnlyNewer => "put, where what is there is older,",
        };
        steps.push(format!(
            "{what} {items} items into the table {}, in {} parts",
            ask.table, ask.parts
        ));
        if source.is_chain() {
            steps.push("apply the windows in order; what they deleted is deleted".to_owned());
        }
    }
    if ask.delete_extras {
        let scans = passes(plan.items.unwrap_or(0), limits.keys_max);
        steps.push(format!(
            "delete what the backup does not have; the table is read {scans} times for it"
        ));
    }
    steps.push(format!("read the table back: {}", plan.verify));
    steps
}

#[cfg(test)]
mod tests;
