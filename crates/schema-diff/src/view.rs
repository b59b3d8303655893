//! Views.

use std::collections::BTreeSet;

use schema_catalog::{ObjectKind, QualifiedName, View};

use crate::comment;
use crate::name::{options, shown, whole};
use crate::plan::Plan;
use crate::removal;

/// The statements that make it.
pub(crate) fn make(name: &QualifiedName, view: &View) -> Vec<String> {
    let mut statements = vec![format!("CREATE {}", rest(name, view))];
    let quoted = name.quoted();
    statements.extend(comment::made("VIEW", &quoted, view.comment.as_ref()));
    for (column, _) in &view.columns {
        let said = view.column_comments.get(column);
        statements.extend(comment::made(
            "COLUMN",
            &comment::of_column(name, column),
            said,
        ));
    }
    statements
}

pub(crate) fn drop(name: &QualifiedName) -> String {
    format!("DROP VIEW {}", name.quoted())
}

fn rest(name: &QualifiedName, view: &View) -> String {
    let with = if view.options.is_empty() {
        String::new()
    } else {
        format!(" WITH ({})", options(&view.options))
    };
    let query = view.definition.trim().trim_end_matches(';');
    format!("VIEW {}{with} AS {query}", name.quoted())
}

/// Whether `CREATE OR REPLACE VIEW` may make `before` into `after`: columns may only be added to the end.
pub(crate) fn is_replaceable(before: &View, after: &View) -> bool {
    after.columns.starts_with(&before.columns)
}

/// Whether they are the same but for comments.
pub(crate) fn is_same(one: &View, other: &View) -> bool {
    one.definition == other.definition
        && one.columns == other.columns
        && one.options == other.options
}

/// A new view, or another one in the place of one that is there.
pub(crate) fn put(plan: &mut Plan<'_>, name: &QualifiedName) {
    let wanted = &plan.wanted.views[name];
    let Some(before) = plan.state.views.get(name).cloned() else {
        let words = format!("create {} view", shown(name));
        plan.step(words, make(name, wanted), vec![drop(name)]);
        plan.state.views.insert(name.clone(), wanted.clone());
        return;
    };
    let after = View {
        comment: before.comment.clone(),
        column_comments: before.column_comments.clone(),
        ..wanted.clone()
    };
    let replace = |view: &View| format!("CREATE OR REPLACE {}", rest(name, view));
    let down = if is_replaceable(&after, &before) {
        vec![replace(&before)]
    } else {
        go_back(plan, name)
    };
    let words = format!("modify {} view", shown(name));
    plan.step(words, vec![replace(&after)], down);
    plan.state.views.insert(name.clone(), after);
}

/// A view can't lose columns, so it is made anew, with all that reads it.
fn go_back(plan: &mut Plan<'_>, name: &QualifiedName) -> Vec<String> {
    let id = whole(ObjectKind::View, name);
    let around = removal::around(plan, BTreeSet::from([id]), &BTreeSet::new());
    [around.drop, around.make].concat()
}
