//! From one schema to another: statements there and back.
//!
//! [`diff`] compares two [`Catalog`]s and writes the [`Script`] that makes the one into the other: each [`Step`] carries
//! its own reverse, so that the way back is the steps in the opposite order. It reads no database and guesses nothing.
//! What may be a rename is a [`Question`], what it can't write is named in the [`Refusal`].
//!
//! It keeps a picture of the schema as the steps so far leave it, and takes every step from that picture. At the end
//! the picture has to be the wanted schema; whatever is still different is refused by name.

mod answer;
mod assemble;
mod column;
mod comment;
mod constraint;
mod data_type;
mod dependents;
mod enumeration;
mod function;
mod identity;
mod index;
mod name;
mod order;
mod plan;
mod question;
mod refusal;
mod release;
mod remains;
mod removal;
mod rename;
mod required;
mod schema;
mod script;
mod sequence;
mod table;
mod text;
mod trigger;
mod view;
mod write;

use schema_catalog::Catalog;

use self::plan::Plan;
use self::rename::Names;

pub use answer::{Backfill, MalformedAnswer, ObjectPath, Rename, Request};
pub use refusal::{Question, Refusal, Unsupported, UnusableAnswer};
pub use script::{Mode, Part, Script, Step};

/// Writes the script that makes a database of the schema `from` into one of the schema `to`.
///
/// Equal schemas make an empty script.
///
/// # Errors
/// A difference that can't be written as statements, a question without an answer, an answer without its question.
pub fn diff(from: &Catalog, to: &Catalog, request: &Request) -> Result<Script, Refusal> {
    let mut refusal = Refusal {
        unsupported: remains::of_other_kinds(from, to),
        ..Refusal::default()
    };
    let names = Names::resolve(from, to, request, &mut refusal.unusable);
    let backfills = rename::backfills(to, &request.backfills, &mut refusal.unusable);
    refusal.questions = question::ask(from, to, &names);
    if !refusal.is_empty() {
        return Err(refusal);
    }
    let mut plan = Plan::new(from, to, request.is_safe, backfills);
    write::write(&mut plan, &names.renamings);
    refusal.unsupported = std::mem::take(&mut plan.unsupported);
    refusal
        .unsupported
        .extend(remains::after_all(&plan.state, to));
    refusal.unsupported.extend(remains::lost(&plan));
    refusal.unusable = required::unused(&plan);
    if refusal.is_empty() {
        Ok(plan.script())
    } else {
        Err(refusal)
    }
}
