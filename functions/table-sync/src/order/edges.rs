//! What must come before what.

use std::collections::BTreeSet;

use table_diff::{Action, ForeignKey, KeyAction};

use super::{Part, Step};

/// `before` comes before `after`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) before: Step,
    pub(super) after: Step,
    pub(super) strength: Strength,
    /// The foreign key that asks for it.
    pub(super) name: Option<String>,
}

/// What asks for an order, from what is given up first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// A foreign key that the server can check at the end.
    DeferrableKey,
    /// Values of a unique constraint that may collide.
    Unique,
    /// A foreign key that it checks at once.
    Key,
}

impl Edge {
    pub(super) fn is_within(&self, steps: &[Step]) -> bool {
        steps.contains(&self.before) && steps.contains(&self.after)
    }
}

/// All that must come before something else.
pub(super) fn edges(parts: &[Part<'_>]) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        edges.extend(of_uniques(part, number));
        for key in &part.table.references {
            let parent = parts.iter().position(|it| it.table.name == key.references);
            if let Some(parent) = parent {
                edges.extend(of_key(parts, key, number, parent));
            }
        }
    }
    edges
}

/// Keys never change, and yet one that is inserted may be the same to the table as one that is deleted, which differs by its case only.
fn of_uniques(part: &Part<'_>, number: usize) -> impl Iterator<Item = Edge> + use<> {
    use Action::{Delete, Insert, Update};

    let step = move |action| Step {
        part: number,
        action,
    };
    let pairs = [(Delete, Insert), (Delete, Update), (Update, Insert)];
    let count = if part.table.uniques.is_empty() {
        1
    } else {
        pairs.len()
    };
    let pairs = pairs.into_iter().take(count);
    pairs.map(move |(before, after)| Edge {
        before: step(before),
        after: step(after),
        strength: Strength::Unique,
        name: None,
    })
}

fn of_key(parts: &[Part<'_>], key: &ForeignKey, child: usize, parent: usize) -> Vec<Edge> {
    use Action::{Delete, Insert, Update};

    let mut pairs = Vec::new();
    // Within one statement the server looks at the keys of a table that points at itself last.
    if child != parent {
        pairs.push(((parent, Insert), (child, Insert)));
        pairs.push(((child, Delete), (parent, Delete)));
    }
    if changes(parts[child].changed, &key.columns) {
        pairs.push(((parent, Insert), (child, Update)));
        pairs.push(((child, Update), (parent, Delete)));
    }
    if child != parent && changes(parts[parent].changed, &key.referenced_columns) {
        pairs.push(((parent, Update), (child, Insert)));
        pairs.push(((child, Delete), (parent, Update)));
    }
    // A deletion that takes rows along is never put off.
    let strength = if key.deferrable && key.on_delete == KeyAction::Refuse {
        Strength::DeferrableKey
    } else {
        Strength::Key
    };
    let edge = |((before, first), (after, second))| Edge {
        before: Step {
            part: before,
            action: first,
        },
        after: Step {
            part: after,
            action: second,
        },
        strength,
        name: Some(format!("{} of {}", key.name, key.table)),
    };
    pairs.into_iter().map(edge).collect()
}

fn changes(changed: &BTreeSet<String>, columns: &[String]) -> bool {
    columns.iter().any(|column| changed.contains(column))
}
