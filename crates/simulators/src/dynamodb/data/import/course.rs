//! How an import runs: the table can't be seen at first, is filled, and is ACTIVE a little before the import has ended.

use std::time::Duration;

use jiff::Timestamp;

use super::super::super::Options;
use super::super::super::hosted::Hosted;
use super::super::super::state::State;
use super::source::{Source, invalid_items, no_such_bucket};
use super::{End, Import, ImportFault};

/// How long after its start no operation knows the table.
const UNSEEN: Duration = Duration::from_secs(30);

/// How soon an import fails whose bucket is not there.
const FAILS_AFTER: Duration = Duration::from_secs(6);

/// How long before its end the table is ACTIVE.
const ACTIVE_BEFORE: Duration = Duration::from_secs(6);

/// Takes all imports as far as the time has come.
pub(in crate::dynamodb) fn settle(state: &mut State, options: &Options) {
    let running = state.imports.values().filter(|import| import.end.is_none());
    let arns: Vec<String> = running.map(|import| import.arn.clone()).collect();
    for arn in arns {
        if let Some(mut import) = state.imports.remove(&arn) {
            go_on(state, options, &mut import);
            state.imports.insert(arn, import);
        }
    }
}

fn go_on(state: &mut State, options: &Options, import: &mut Import) {
    let now = state.now();
    let takes = Duration::try_from(import.ends.duration_since(import.started)).unwrap_or_default();
    if !import.visible && import.planned.is_none() {
        if state.no_buckets.contains(&import.asked.bucket) {
            fail(import, no_such_bucket(), FAILS_AFTER);
        } else if now >= import.started + UNSEEN.min(takes / 4) {
            show(state, import);
        }
    }
    let filled_at = import.ends - ACTIVE_BEFORE.min(takes / 10);
    if import.visible && import.planned.is_none() && now >= filled_at {
        let end = fill(state, options, import, filled_at);
        import.planned = Some(end);
    }
    if now >= import.ends {
        import.end = import.planned.take();
    }
}

/// Plans that it fails so, and so soon after its start.
fn fail(import: &mut Import, failure: (String, String), after: Duration) {
    import.ends = import.ends.min(import.started + after);
    import.planned = Some(End {
        status: "FAILED",
        failure: Some(failure),
        ..End::default()
    });
}

/// Creates the table, unless somebody else has created one of that name in the meantime.
fn show(state: &mut State, import: &mut Import) {
    let name = &import.table.name;
    if state.tables.contains_key(name) {
        let words = format!("Table already exists: {name}");
        fail(import, ("TableAlreadyExists".to_owned(), words), UNSEEN);
        return;
    }
    let mut table = import.table.clone();
    "CREATING".clone_into(&mut table.status);
    let hosted = Hosted::new(table, import.table_id.clone());
    state.tables.insert(name.clone(), hosted);
    import.visible = true;
}

/// Fills the table, which is ACTIVE from then on, and tells how the import will end.
fn fill(state: &mut State, options: &Options, import: &Import, at: Timestamp) -> End {
    let asked = &import.asked;
    let source = Source::read(
        &options.objects,
        &asked.bucket,
        &asked.prefix,
        &asked.compression,
    );
    let source = match source {
        Ok(source) => source,
        Err(failure) => {
            state.tables.remove(&import.table.name);
            return End {
                status: "FAILED",
                failure: Some(failure),
                ..End::default()
            };
        }
    };
    let Some(hosted) = state.tables.get_mut(&import.table.name) else {
        return End::default();
    };
    "ACTIVE".clone_into(&mut hosted.table.status);
    let takes = |fault: &&ImportFault| !matches!(fault, ImportFault::Takes(_));
    let fault = import.faults.iter().find(takes);
    let filled = source.fill(hosted, at, fault);
    let (status, failure) = match fault {
        Some(ImportFault::Failed { code, message }) => {
            ("FAILED", Some((code.clone(), message.clone())))
        }
        Some(ImportFault::Cancelled) => ("CANCELLED", None),
        _ if filled.errors > 0 => ("FAILED", Some(invalid_items())),
        _ => ("COMPLETED", None),
    };
    End {
        status,
        failure,
        filled,
    }
}
