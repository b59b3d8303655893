//! The statements of a rename.

use postgres_client::quote_identifier;

use super::follow::follow;
use super::{Found, Renaming, renamed};
use crate::name::{in_schema_of, literal};
use crate::plan::Plan;

/// Writes the rename, and renames in the picture.
pub(super) fn apply(plan: &mut Plan<'_>, renaming: &Renaming) {
    let after = &renaming.name;
    let (verb, before) = head(&renaming.found);
    let write = |before: &str, after: &str| {
        let quoted = |name| match renaming.found {
            Found::Label(..) => literal(name),
            _ => quote_identifier(name),
        };
        (quoted(before), quoted(after))
    };
    let (old, new) = write(before, after);
    let (up, down) = match &renaming.found {
        // What has a name of its own is altered by it.
        Found::Table(name) | Found::Enumeration(name) | Found::Sequence(name) => {
            let back = renamed(name, after).quoted();
            (
                format!("{verb} {} RENAME TO {new}", name.quoted()),
                format!("{verb} {back} RENAME TO {old}"),
            )
        }
        Found::Index(table, name) => {
            let (there, back) = (
                in_schema_of(table, name).quoted(),
                in_schema_of(table, after).quoted(),
            );
            (
                format!("{verb} {there} RENAME TO {new}"),
                format!("{verb} {back} RENAME TO {old}"),
            )
        }
        Found::Column(whole, _) | Found::Constraint(whole, _) | Found::Label(whole, _) => {
            let what = match renaming.found {
                Found::Column(..) => "COLUMN",
                Found::Constraint(..) => "CONSTRAINT",
                _ => "VALUE",
            };
            let whole = whole.quoted();
            (
                format!("{verb} {whole} RENAME {what} {old} TO {new}"),
                format!("{verb} {whole} RENAME {what} {new} TO {old}"),
            )
        }
    };
    plan.step(
        format!("rename {} to {}", renaming.found, quote_identifier(after)),
        vec![up],
        vec![down],
    );
    follow(&mut plan.state, &renaming.found, after);
}

/// How the statement begins, and the name so far.
fn head(found: &Found) -> (&'static str, &str) {
    match found {
        Found::Table(name) => ("ALTER TABLE", &name.name),
        Found::Enumeration(name) => ("ALTER TYPE", &name.name),
        Found::Sequence(name) => ("ALTER SEQUENCE", &name.name),
        Found::Column(_, name) | Found::Constraint(_, name) => ("ALTER TABLE", name),
        Found::Index(_, name) => ("ALTER INDEX", name),
        Found::Label(_, name) => ("ALTER TYPE", name),
    }
}
