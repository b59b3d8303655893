//! The order of the whole.

use crate::assemble::{Extent, assemble, own_sequences};
use crate::plan::{Plan, VALUES};
use crate::release::{release, release_rest};
use crate::rename::{Renaming, rename};
use crate::script::Mode;
use crate::{comment, constraint, enumeration, index, required, schema, trigger};

/// Writes all steps.
///
/// 1. Other names, and values of enums, which can't be used in the transaction that adds them.
/// 2. The main migration: what is gone or in the way goes, what is new comes, what others rested on goes.
/// 3. Rows that exist get their values.
/// 4. Indexes of tables that are used, each by itself and in no transaction.
/// 5. What waited for rows to be looked at, or for indexes.
/// 6. What waited for that.
pub(crate) fn write(plan: &mut Plan<'_>, renamings: &[Renaming]) {
    plan.open(Some(VALUES), Mode::Transaction);
    rename(plan, renamings);
    enumeration::add_values(plan);
    plan.open(None, Mode::Transaction);
    schema::add(plan);
    release(plan);
    enumeration::change_values(plan);
    assemble(plan, Extent::WithoutIndexes);
    trigger::switch(plan);
    own_sequences(plan);
    required::begin(plan);
    comment::say(plan);
    release_rest(plan);
    schema::release(plan);
    required::fill(plan);
    index::release_concurrently(plan);
    index::build_concurrently(plan);
    plan.open(Some("validate"), Mode::Transaction);
    constraint::validate(plan);
    required::finish(plan);
    constraint::add_by_indexes(plan);
    assemble(plan, Extent::Whole);
    comment::say(plan);
    plan.open(Some("validate_keys"), Mode::Transaction);
    constraint::validate(plan);
    comment::say(plan);
}
