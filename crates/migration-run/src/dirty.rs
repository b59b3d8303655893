//! Where a file stopped half-way, and whether the next run may simply go on there; pure.

use migration_folder::{Direction, Folder};
use migration_sql::{Mode, Script};

use crate::history::{Entry, Outcome};
use crate::job::target;
use crate::progress::UNKNOWN_END;
use crate::state::State;
use crate::unit::{Kind, units};
use crate::{Dirty, Step, Stopped};

/// What a person does where nobody else can tell.
pub(crate) const LOOK: &str = "look at the database, then `repair` runs that statement again, or `repair --skip` goes on after it";

/// What is known about a version that is marked dirty.
pub(crate) fn dirty(folder: &Folder, state: &State) -> Dirty {
    let stopped = open(state).and_then(|entry| {
        Some(Stopped {
            version: entry.version,
            direction: entry.direction,
            statement: entry.statement?,
            line: entry.line?,
            error: entry.error.clone(),
            hindrance: hindrance(folder, entry),
        })
    });
    Dirty {
        version: state.version,
        stopped,
    }
}

/// The row of our file that stopped: the last of all, for nothing is written after it. The version tells whether the mark is ours, or
/// that of another tool which came later.
pub(crate) fn open(state: &State) -> Option<&Entry> {
    let entry = state.history.last.as_ref()?;
    let step = Step {
        version: entry.version,
        direction: entry.direction,
    };
    let is_ours = state.version == target(&state.history.applied(), step);
    (state.dirty && is_ours && entry.outcome == Outcome::Begun).then_some(entry)
}

fn hindrance(folder: &Folder, entry: &Entry) -> Option<String> {
    let Some(file) = folder
        .migration(entry.version)
        .and_then(|migration| migration.file(entry.direction))
    else {
        return Some("the folder has no such file any more; restore it".to_owned());
    };
    let recorded = match entry.direction {
        Direction::Up => &entry.checksum,
        Direction::Down => &entry.down_checksum,
    };
    if recorded.as_deref() != Some(file.checksum().as_str()) {
        let name = file.name();
        return Some(format!(
            "{name} was changed since; if what is above that statement is as it was, `repair` goes on with the changed file"
        ));
    }
    // Without words it was not begun, or the catalog tells.
    let words = entry.error.as_deref()?;
    let is_unsure = words == UNKNOWN_END || is_opaque(file.text().ok()?, entry.statement);
    is_unsure.then(|| LOOK.to_owned())
}

/// Whether the statement is one that may have committed a part of what it does.
fn is_opaque(text: &str, statement: Option<usize>) -> bool {
    let Ok(script) = Script::read(text) else {
        return true;
    };
    let units = units(&script.statements).unwrap_or_default();
    let unit = units.iter().find(|unit| Some(unit.first) == statement);
    script.mode == Mode::Transaction || unit.is_some_and(|unit| unit.kind == Kind::Opaque)
}
