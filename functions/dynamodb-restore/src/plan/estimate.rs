//! What a restore will need: write units, time and cost, told from the first items.

use dynamodb_table::Billing;

use super::{Limits, Plan, minutes};
use crate::observe::Observation;

/// What DynamoDB calls a GB when it charges an import is not told; this is the smaller one, so that none costs more than planned.
const GB: f64 = 1e9;

/// Estimates items, where no manifest tells them, and what writing them needs.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate need not be exact"
)]
pub(super) fn estimate(plan: &mut Plan, seen: &Observation, limits: Limits) {
    let sample = &seen.sample;
    plan.estimated_items = plan.items.is_none().then(|| likely_items(seen));
    let items = plan.items.or(plan.estimated_items).unwrap_or(0);
    let each = if sample.items == 0 {
        1.0
    } else {
        sample.write_units as f64 / sample.items as f64
    };
    let units = (items as f64 * each).ceil();
    let indexes = seen
        .target
        .as_ref()
        .map_or(0, |target| target.indexes.len());
    let with_indexes = units * (1 + indexes) as f64;
    plan.estimated_write_units = Some(units as u64);
    plan.estimated_write_units_with_indexes = (indexes > 0).then_some(with_indexes as u64);
    let rate = match seen.target.as_ref().map(|target| target.billing) {
        Some(Billing::Provisioned { write_units }) => limits.max_wru.min(write_units.max(1) as f64),
        _ => limits.max_wru,
    };
    plan.estimated_time = Some(minutes(with_indexes / rate));
    plan.estimated_cost_usd = limits
        .wru_price
        .map(|price| cents(with_indexes / 1e6 * price));
}

/// An import needs no write units: it is charged by what it reads, and DynamoDB tells no pace of it.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate need not be exact"
)]
pub(super) fn estimate_import(plan: &mut Plan, seen: &Observation, limits: Limits) {
    plan.estimated_items = plan.items.is_none().then(|| likely_items(seen));
    let items = plan.items.or(plan.estimated_items).unwrap_or(0) as f64;
    let sample = &seen.sample;
    let bytes = items * sample.line_bytes as f64 / sample.items.max(1) as f64;
    plan.estimated_write_units = Some(0);
    plan.estimated_import_bytes = Some(bytes.ceil() as u64);
    plan.estimated_time =
        Some("unknown: DynamoDB imports at a pace that it does not tell".to_owned());
    plan.estimated_cost_usd = limits.import_price.map(|price| cents(bytes / GB * price));
}

/// As many items as fill all files, if they are packed like the beginnings that were read.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate need not be exact"
)]
fn likely_items(seen: &Observation) -> u64 {
    let sample = &seen.sample;
    if sample.stored_bytes >= seen.bytes {
        return sample.items;
    }
    (sample.items as f64 / sample.stored_bytes.max(1) as f64 * seen.bytes as f64).round() as u64
}

/// Dollars in whole cents, the last one begun.
fn cents(dollars: f64) -> f64 {
    (dollars * 100.0).ceil() / 100.0
}
