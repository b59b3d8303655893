//! `DROP`.

use squawk_syntax::SyntaxKind;
use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{AstNode, Cascade, DropIndex, OnRelation, OnTable, Stmt};

use super::Facts;
use super::create::on;
use super::read::{has, names, within};
use crate::{LockLevel, Locked};

/// Takes `statement` if it drops something that has to do with tables.
pub(super) fn gather(facts: &mut Facts, statement: &Stmt) -> bool {
    match statement {
        Stmt::DropTable(drop) => tables(facts, drop.syntax()),
        Stmt::DropForeignTable(drop) => tables(facts, drop.syntax()),
        Stmt::DropView(drop) => relations(facts, drop.syntax()),
        Stmt::DropMaterializedView(drop) => relations(facts, drop.syntax()),
        Stmt::DropSequence(drop) => relations(facts, drop.syntax()),
        Stmt::DropIndex(drop) => indexes(facts, drop),
        Stmt::DropTrigger(drop) => {
            on::<OnRelation>(facts, drop.syntax(), LockLevel::AccessExclusive);
        }
        Stmt::DropRule(drop) => on::<OnRelation>(facts, drop.syntax(), LockLevel::AccessExclusive),
        Stmt::DropPolicy(drop) => on::<OnTable>(facts, drop.syntax(), LockLevel::AccessExclusive),
        Stmt::DropOwned(_) | Stmt::DropExtension(_) => facts.is_opaque = true,
        Stmt::DropSchema(drop) => cascade(facts, drop.syntax()),
        Stmt::DropType(drop) => cascade(facts, drop.syntax()),
        Stmt::DropDomain(drop) => cascade(facts, drop.syntax()),
        Stmt::DropFunction(drop) => cascade(facts, drop.syntax()),
        Stmt::DropProcedure(drop) => cascade(facts, drop.syntax()),
        _ => return false,
    }
    true
}

fn tables(facts: &mut Facts, node: &SyntaxNode) {
    for table in names(node) {
        facts.lock_relation(&table, LockLevel::AccessExclusive);
        for on in [Locked::Children, Locked::Parents, Locked::Targets] {
            facts.lock(on(table.clone()), LockLevel::AccessExclusive);
        }
        if is_cascade(node) {
            facts.lock(Locked::Sources(table), LockLevel::AccessExclusive);
        }
    }
    cascade(facts, node);
}

fn relations(facts: &mut Facts, node: &SyntaxNode) {
    for relation in names(node) {
        facts.lock_relation(&relation, LockLevel::AccessExclusive);
    }
    cascade(facts, node);
}

fn indexes(facts: &mut Facts, drop: &DropIndex) {
    let is_gentle = has(drop.syntax(), SyntaxKind::CONCURRENTLY_KW);
    let level = if is_gentle {
        LockLevel::ShareUpdateExclusive
    } else {
        LockLevel::AccessExclusive
    };
    for index in names(drop.syntax()) {
        facts.lock(Locked::TableOfIndex(index), level);
    }
    cascade(facts, drop.syntax());
}

fn is_cascade(node: &SyntaxNode) -> bool {
    within::<Cascade>(node).next().is_some()
}

/// What falls with it, only the server knows.
fn cascade(facts: &mut Facts, node: &SyntaxNode) {
    facts.is_opaque |= is_cascade(node);
}
