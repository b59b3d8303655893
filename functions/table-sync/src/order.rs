//! In which order tables are written, so that no foreign key is broken on the way.
//!
//! | what asks for an order | | may be given up |
//! |---|---|---|
//! | a foreign key | parents are inserted before children, children deleted before parents; a child's row that is pointed elsewhere is updated after the parent's insertion and before its deletion | first, where the key is deferrable: the server then checks it at the end |
//! | a unique constraint | deletions free values before updates and insertions take them | then, where foreign keys ask for another order: the server refuses values that collide, and nothing is written |

mod edges;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use table_diff::{Action, Table};

use edges::{Edge, Strength, edges};

/// What is to be done to one table.
#[derive(Clone, Debug)]
pub(crate) struct Part<'a> {
    pub(crate) table: &'a Table,
    pub(crate) actions: &'a BTreeSet<Action>,
    /// The columns that updates change.
    pub(crate) changed: &'a BTreeSet<String>,
}

/// One statement of many rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The number of the part, from 0.
    pub(crate) part: usize,
    pub(crate) action: Action,
}

/// There is no order that all foreign keys allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the foreign keys {} point in a circle, so that no order of writing keeps them all; make one of them DEFERRABLE, or tick fewer rows",
    .keys.join(", ")
)]
pub struct OrderError {
    /// The keys of the circle, such as `item_category_fkey of public.item`.
    pub keys: Vec<String>,
}

/// The steps in an order that breaks no foreign key: deletions, updates, insertions, unless keys ask for another one.
///
/// # Errors
/// Foreign keys that can't be deferred point in a circle.
pub(crate) fn steps(parts: &[Part<'_>]) -> Result<Vec<Step>, OrderError> {
    let mut edges = edges(parts);
    let mut left = wanted(parts);
    let mut steps = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let is_free = |step: &Step| {
            let waits = |edge: &Edge| edge.after == *step && left.contains(&edge.before);
            !edges.iter().any(waits)
        };
        if let Some(at) = left.iter().position(is_free) {
            steps.push(left.remove(at));
            continue;
        }
        let circle = circle(&left, &edges);
        let weakest = weakest(&circle, &edges);
        if weakest == Strength::Key {
            return Err(OrderError {
                keys: names(&circle, &edges),
            });
        }
        edges.retain(|edge| edge.strength != weakest || !edge.is_within(&circle));
    }
    Ok(steps)
}

/// All steps in the order that is best where nothing asks for another: deletions from the last table, the rest from the first.
fn wanted(parts: &[Part<'_>]) -> Vec<Step> {
    let of = |action: Action| {
        let parts = parts.iter().enumerate();
        parts.filter_map(move |(part, it)| {
            let step = Step { part, action };
            it.actions.contains(&action).then_some(step)
        })
    };
    let mut steps: Vec<Step> = of(Action::Delete).collect();
    steps.reverse();
    steps.extend(of(Action::Update));
    steps.extend(of(Action::Insert));
    steps
}

/// The steps of `left` that wait for one another: those that are left once all are gone for which nobody waits.
fn circle(left: &[Step], edges: &[Edge]) -> Vec<Step> {
    let mut circle = left.to_vec();
    loop {
        let is_waited_for = |step: &Step| {
            let mut edges = edges.iter();
            edges.any(|edge| edge.before == *step && circle.contains(&edge.after))
        };
        let Some(at) = circle.iter().position(|step| !is_waited_for(step)) else {
            return circle;
        };
        circle.remove(at);
    }
}

fn weakest(circle: &[Step], edges: &[Edge]) -> Strength {
    let within = edges.iter().filter(|edge| edge.is_within(circle));
    let strengths = within.map(|edge| edge.strength);
    strengths.min().unwrap_or(Strength::Key)
}

fn names(circle: &[Step], edges: &[Edge]) -> Vec<String> {
    let within = edges.iter().filter(|edge| edge.is_within(circle));
    let names: BTreeSet<String> = within.filter_map(|edge| edge.name.clone()).collect();
    names.into_iter().collect()
}
