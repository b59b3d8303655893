//! What came of reading back, in words and as a report.

use std::collections::BTreeSet;

use serde::Serialize;

use super::compare::Difference;
use super::{Check, Compared, NAMED, Policy, Reading};
use crate::config::Verify;
use crate::walk::Doubled;

/// What came of reading back.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// What is wrong; nothing where the table is as it should be. No word of it tells a key.
    pub(crate) faults: Vec<String>,
    /// What a person may want to know, though nothing is wrong.
    pub(crate) warnings: Vec<String>,
    /// Whether the backup contradicts itself, so that no table can be right.
    pub(crate) is_of_backup: bool,
    /// Items compared, or counted, on the table's side.
    pub(crate) items: u64,
    /// What is kept beside the run record.
    pub(crate) report: VerificationReport,
}

/// What is kept beside the run record. It holds keys of items.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VerificationReport {
    table: String,
    verify: Verify,
    is_right: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    backup: Option<Counted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<Counted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<u64>,
    missing: u64,
    different: u64,
    extra: u64,
    kept: u64,
    /// The first of them.
    differences: Vec<Difference>,
    /// The first lines that hold another item than an earlier line of their key.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    doubled: BTreeSet<Doubled>,
}

#[derive(Debug, Serialize)]
struct Counted {
    items: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

impl Check<'_> {
    /// What `reading`, which is at its end, means.
    pub(super) fn verdict(&self, reading: &Reading) -> Verdict {
        let compared = reading.compared.clone().unwrap_or_default();
        let mut faults: Vec<String> = doubled_fault(&reading.doubled).into_iter().collect();
        self.count_faults(reading, &mut faults);
        compare_faults(&compared, &mut faults);
        let is_full = self.verify == Verify::Full;
        let told = |part: &super::Part| {
            part.is_done.then(|| Counted {
                items: part.items,
                digest: is_full.then(|| part.digest.to_string()),
            })
        };
        let there = reading.backup.items.saturating_sub(compared.missing);
        let extra = if self.is_exact {
            reading.table.items.saturating_sub(there)
        } else {
            0
        };
        let is_same = reading.backup.digest == reading.table.digest;
        if is_full && self.is_exact && !is_same && faults.is_empty() {
            faults.push("the table changed while it was read back; see that nobody else writes, and ask again".to_owned());
        }
        Verdict {
            warnings: self.kept_warning(&compared).into_iter().collect(),
            items: if reading.table.is_done {
                reading.table.items
            } else {
                compared.items
            },
            report: VerificationReport {
                table: self.target.name.clone(),
                verify: self.verify,
                is_right: faults.is_empty(),
                backup: told(&reading.backup),
                found: told(&reading.table),
                compared: reading.compared.as_ref().map(|compared| compared.items),
                missing: compared.missing,
                different: compared.different,
                extra,
                kept: compared.kept,
                differences: compared.named,
                doubled: reading.doubled.clone(),
            },
            is_of_backup: !reading.doubled.is_empty(),
            faults,
        }
    }

    fn count_faults(&self, reading: &Reading, faults: &mut Vec<String>) {
        if !reading.table.is_done {
            return;
        }
        let (backup, table) = (reading.backup.items, reading.table.items);
        if self.is_exact && table != backup {
            faults.push(format!(
                "the table holds {table} items, the backup {backup}"
            ));
        } else if table < backup {
            faults.push(format!(
                "the table holds {table} items, fewer than the backup's {backup}"
            ));
        }
    }

    /// In modes that leave items alone, others may go on writing.
    fn kept_warning(&self, compared: &Compared) -> Option<String> {
        let (kept, left) = (compared.kept, self.left_alone);
        let is_more = self.policy != Policy::Same && self.verify == Verify::Full && kept > left;
        is_more.then(|| {
            format!(
                "{kept} items differ from the backup as the mode allows, {left} of them were left alone when it wrote; somebody \
                 else wrote the others meanwhile"
            )
        })
    }
}

/// Nothing tells which of two lines is right, so whatever the table holds is not proven.
fn doubled_fault(doubled: &BTreeSet<Doubled>) -> Option<String> {
    if doubled.is_empty() {
        return None;
    }
    let lines: Vec<String> = doubled
        .iter()
        .map(|Doubled { object, line, .. }| format!("{object} line {line}"))
        .collect();
    let more = if doubled.len() < NAMED { "" } else { ", …" };
    Some(format!(
        "the backup has no manifest, and holds different items of the same key; each of these lines differs from an earlier \
         one of its key: {}{more}",
        lines.join(", ")
    ))
}

fn compare_faults(compared: &Compared, faults: &mut Vec<String>) {
    let Compared {
        missing,
        different,
        items,
        ..
    } = compared;
    if *missing > 0 {
        faults.push(format!("{missing} of {items} items are not in the table"));
    }
    if *different > 0 {
        faults.push(format!("{different} of {items} items differ"));
    }
}
