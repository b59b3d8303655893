//! Functions and procedures.

use schema_catalog::{Catalog, Function, FunctionName};

use crate::comment;
use crate::name::shown;
use crate::plan::Plan;
use crate::text::words;

/// Bodies that the server would look into name what is not there yet.
const UNCHECKED: &str = "SET LOCAL check_function_bodies = off";

/// The statements that make it in a database that has what `present` has on the way to `complete`.
pub(crate) fn make(
    present: &Catalog,
    complete: &Catalog,
    name: &FunctionName,
    function: &Function,
) -> Vec<String> {
    let mut statements = Vec::new();
    if names_missing(present, complete, function) {
        statements.push(UNCHECKED.to_owned());
    }
    statements.push(function.definition.trim_end().to_owned());
    let quoted = format!("{}({})", name.name.quoted(), name.arguments);
    statements.extend(comment::made(
        kind(function),
        &quoted,
        function.comment.as_ref(),
    ));
    statements
}

pub(crate) fn drop(name: &FunctionName, function: &Function) -> String {
    format!(
        "DROP {} {}({})",
        kind(function),
        name.name.quoted(),
        name.arguments
    )
}

/// Whether `CREATE OR REPLACE FUNCTION` may make one into the other and back.
pub(crate) fn is_replaceable(one: &Function, other: &Function) -> bool {
    one.is_procedure == other.is_procedure
        && one.result == other.result
        && one.arguments == other.arguments
}

/// A new function, or another one in the place of one that is there.
pub(crate) fn put(plan: &mut Plan<'_>, name: &FunctionName) {
    let function = &plan.wanted.functions[name];
    let shown = shown(&name.name);
    let word = kind(function).to_lowercase();
    let Some(before) = plan.state.functions.get(name).cloned() else {
        let up = make(&plan.state, plan.wanted, name, function);
        plan.step(
            format!("create {shown} {word}"),
            up,
            vec![drop(name, function)],
        );
        plan.state.functions.insert(name.clone(), function.clone());
        return;
    };
    let silent = |function: &Function| Function {
        comment: None,
        ..function.clone()
    };
    let up = make(&plan.state, plan.wanted, name, &silent(function));
    let down = make(&plan.state, plan.from, name, &silent(&before));
    plan.step(format!("modify {shown} {word}"), up, down);
    let comment = before.comment;
    let after = Function {
        comment,
        ..function.clone()
    };
    plan.state.functions.insert(name.clone(), after);
}

fn kind(function: &Function) -> &'static str {
    if function.is_procedure {
        "PROCEDURE"
    } else {
        "FUNCTION"
    }
}

/// Whether the function names something that `complete` has and `present` has not; its own name does not count.
fn names_missing(present: &Catalog, complete: &Catalog, function: &Function) -> bool {
    let named = words(&function.definition);
    let lacks = |name: &str| named.contains(name);
    let mut tables = complete.tables.iter();
    let columns_lack = tables.any(|(name, table)| {
        let there = present.tables.get(name);
        if there.is_none() && lacks(&name.name) {
            return true;
        }
        let mut columns = table.columns.keys();
        columns.any(|column| {
            !there.is_some_and(|there| there.columns.contains_key(column)) && lacks(column)
        })
    });
    columns_lack
        || complete
            .views
            .keys()
            .any(|name| !present.views.contains_key(name) && lacks(&name.name))
        || complete
            .sequences
            .keys()
            .any(|name| !present.sequences.contains_key(name) && lacks(&name.name))
        || complete
            .enumerations
            .keys()
            .any(|name| !present.enumerations.contains_key(name) && lacks(&name.name))
        || complete.functions.iter().any(|(name, other)| {
            !present.functions.contains_key(name)
                && other.definition != function.definition
                && lacks(&name.name.name)
        })
}
