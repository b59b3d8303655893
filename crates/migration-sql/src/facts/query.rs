//! Statements that read and write rows.

use squawk_syntax::ast::{
    AstNode, CallExpr, CopyTable, FromClause, IntoClause, LockingClause, NameLike,
    RelationFromItem, RelationName, RelationNameRef, Stmt, TableRelationName, WithTable,
};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::Facts;
use super::read::{child, name, sql, within};
use crate::{LockLevel, Name};

/// Takes `statement` if it reads or writes rows.
pub(super) fn gather(facts: &mut Facts, statement: &Stmt) -> bool {
    match statement {
        Stmt::Copy(copy) => writes::<CopyTable>(facts, copy.syntax()),
        Stmt::SelectInto(select) => {
            let created =
                child::<IntoClause>(select.syntax()).and_then(|clause| name(clause.syntax()));
            facts.creates.extend(created);
        }
        Stmt::Select(select) => {
            let is_lone = child::<FromClause>(select.syntax()).is_none();
            facts.is_opaque |=
                is_lone && within::<CallExpr>(select.syntax()).any(|call| !is_harmless(&call));
        }
        Stmt::Insert(_)
        | Stmt::Update(_)
        | Stmt::Delete(_)
        | Stmt::Merge(_)
        | Stmt::ParenSelect(_)
        | Stmt::CompoundSelect(_)
        | Stmt::Table(_)
        | Stmt::Values(_)
        | Stmt::Explain(_) => {}
        _ => return false,
    }
    // A query may write as well: WITH gone AS (DELETE …) SELECT ….
    for node in statement.syntax().descendants() {
        match node.kind() {
            SyntaxKind::INSERT => writes::<RelationNameRef>(facts, &node),
            SyntaxKind::UPDATE | SyntaxKind::DELETE => writes::<RelationName>(facts, &node),
            SyntaxKind::MERGE => writes::<TableRelationName>(facts, &node),
            _ => {}
        }
    }
    reads(facts, statement.syntax());
    true
}

/// Functions that change nothing but a setting or a sequence.
const HARMLESS: [&str; 6] = [
    "set_config",
    "setval",
    "nextval",
    "currval",
    "now",
    "version",
];

fn is_harmless(call: &CallExpr) -> bool {
    let text = sql(call.syntax()).to_ascii_lowercase();
    let name = text.split('(').next().unwrap_or_default().trim();
    HARMLESS.contains(&name.trim_start_matches("pg_catalog."))
}

/// Locks the table that the first `N` of `node` names as writing does.
fn writes<N: AstNode>(facts: &mut Facts, node: &SyntaxNode) {
    if let Some(table) = child::<N>(node).and_then(|clause| name(clause.syntax())) {
        facts.lock_relation(&table, LockLevel::RowExclusive);
        facts.writes.push(table);
    }
}

/// Locks the tables that queries in `node` read.
pub(super) fn reads(facts: &mut Facts, node: &SyntaxNode) {
    let named: Vec<String> = within::<WithTable>(node)
        .filter_map(|table| Some(table.name()?.text()))
        .collect();
    let level = match within::<LockingClause>(node).next() {
        Some(_) => LockLevel::RowShare,
        None => LockLevel::AccessShare,
    };
    for item in within::<RelationFromItem>(node) {
        let is_named = |table: &Name| table.schema.is_none() && named.contains(&table.name);
        if let Some(table) = name(item.syntax()).filter(|table| !is_named(table)) {
            facts.lock_relation(&table, level);
        }
    }
}
