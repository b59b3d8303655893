//! Which column tells when a row was changed.

use super::{Both, GateOptions, StructureDifference, TimeFault, column_of_both};
use crate::{Column, Sides, TimeType};

/// The names that such a column has by custom.
const CUSTOMARY: [&str; 3] = ["update_at", "updated_at", "modified_at"];

/// The column that was named, or the one with a customary name. What stands against it goes to `found`.
pub(super) fn choose(
    both: &Both<'_>,
    options: &GateOptions,
    found: &mut Vec<StructureDifference>,
) -> Option<(String, TimeType)> {
    let Some(name) = &options.time else {
        return by_custom(both, options, found);
    };
    let kind = if options.leaves_out(name) {
        // It would be compared, and never written.
        Err(TimeFault::LeftOut)
    } else {
        time_type(column_of_both(both, name))
    };
    match kind {
        Ok(kind) => Some((name.clone(), kind)),
        Err(fault) => {
            found.push(StructureDifference::TimeColumn {
                column: name.clone(),
                fault,
            });
            None
        }
    }
}

fn by_custom(
    both: &Both<'_>,
    options: &GateOptions,
    found: &mut Vec<StructureDifference>,
) -> Option<(String, TimeType)> {
    let mut candidates: Vec<_> = CUSTOMARY
        .into_iter()
        .filter(|name| !options.leaves_out(name))
        .filter_map(|name| {
            let kind = time_type(column_of_both(both, name)).ok()?;
            Some((name.to_owned(), kind))
        })
        .collect();
    if candidates.len() == 1 {
        return candidates.pop();
    }
    found.push(StructureDifference::NoTime {
        candidates: candidates.into_iter().map(|(name, _)| name).collect(),
    });
    None
}

fn time_type(columns: Option<Sides<&Column>>) -> Result<TimeType, TimeFault> {
    let columns = columns.ok_or(TimeFault::Missing)?;
    match (columns.source.time_type, columns.target.time_type) {
        (Some(source), Some(target)) if source == target => Ok(source),
        _ => Err(TimeFault::Type(columns.source.type_name.clone())),
    }
}
