//! Statements that look after what is there.

use squawk_syntax::SyntaxKind;
use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{
    AlterIndex, AlterIndexAction, AlterSequence, AlterSequenceAction, AlterTypeAction, AstNode,
    Cascade, Cluster, CommentObject, CommentOn, Lock, LockMode, OnRelation, OnTable,
    PrivilegeDefault, PrivilegeTable, Refresh, Reindex, ReindexTarget, Stmt, TableAndColumns,
    Truncate, Vacuum,
};

use super::Facts;
use super::create::{on, table_of_column};
use super::read::{child, has, name, names, within};
use crate::{LockLevel, Locked};

/// Takes `statement` if it looks after tables and what belongs to them.
pub(super) fn gather(facts: &mut Facts, statement: &Stmt) -> bool {
    match statement {
        Stmt::AlterIndex(alter) => index(facts, alter),
        Stmt::AlterSequence(alter) => sequence(facts, alter),
        Stmt::AlterView(alter) => first(facts, alter.syntax(), LockLevel::AccessExclusive),
        Stmt::AlterMaterializedView(alter) => {
            first(facts, alter.syntax(), LockLevel::AccessExclusive);
        }
        Stmt::AlterTrigger(alter) => {
            on::<OnRelation>(facts, alter.syntax(), LockLevel::AccessExclusive);
        }
        Stmt::AlterRule(alter) => {
            on::<OnRelation>(facts, alter.syntax(), LockLevel::AccessExclusive);
        }
        Stmt::AlterPolicy(alter) => {
            on::<OnTable>(facts, alter.syntax(), LockLevel::AccessExclusive);
        }
        Stmt::AlterType(alter) => {
            facts.is_opaque |= matches!(
                alter.action(),
                Some(AlterTypeAction::AlterTypeAttributeActionList(_))
            );
        }
        Stmt::AlterDomain(_) => facts.is_opaque = true,
        Stmt::Analyze(analyze) => listed(facts, analyze.syntax(), LockLevel::ShareUpdateExclusive),
        Stmt::Vacuum(vacuum) => vacuum_tables(facts, vacuum),
        Stmt::Cluster(cluster) => cluster_table(facts, cluster),
        Stmt::CommentOn(comment) => comment_on(facts, comment),
        Stmt::Grant(grant) => grants(facts, grant.syntax()),
        Stmt::Revoke(revoke) => grants(facts, revoke.syntax()),
        Stmt::Lock(lock) => lock_tables(facts, lock),
        Stmt::Refresh(refresh) => refresh_view(facts, refresh),
        Stmt::Reindex(reindex) => reindex_target(facts, reindex),
        Stmt::Truncate(truncate) => truncate_tables(facts, truncate),
        _ => return false,
    }
    true
}

fn first(facts: &mut Facts, node: &SyntaxNode, level: LockLevel) {
    if let Some(relation) = name(node) {
        facts.lock_relation(&relation, level);
    }
}

fn index(facts: &mut Facts, alter: &AlterIndex) {
    let level = match alter.action() {
        Some(AlterIndexAction::SetTablespace(_)) => LockLevel::AccessExclusive,
        _ => LockLevel::ShareUpdateExclusive,
    };
    first(facts, alter.syntax(), level);
}

fn sequence(facts: &mut Facts, alter: &AlterSequence) {
    let is_option = alter
        .actions()
        .all(|action| matches!(action, AlterSequenceAction::SequenceOption(_)));
    let level = if is_option {
        LockLevel::ShareRowExclusive
    } else {
        LockLevel::AccessExclusive
    };
    first(facts, alter.syntax(), level);
    for owned in within::<squawk_syntax::ast::OptionOwnedBy>(alter.syntax()) {
        if let Some(table) = table_of_column(owned.syntax()) {
            facts.lock_relation(&table, LockLevel::AccessShare);
        }
    }
}

fn listed(facts: &mut Facts, node: &SyntaxNode, level: LockLevel) {
    facts.scans = true;
    for table in within::<TableAndColumns>(node) {
        first(facts, table.syntax(), level);
    }
}

fn vacuum_tables(facts: &mut Facts, vacuum: &Vacuum) {
    facts.rewrites = vacuum.is_full();
    let level = if vacuum.is_full() {
        LockLevel::AccessExclusive
    } else {
        LockLevel::ShareUpdateExclusive
    };
    listed(facts, vacuum.syntax(), level);
}

fn cluster_table(facts: &mut Facts, cluster: &Cluster) {
    (facts.rewrites, facts.scans) = (true, true);
    match cluster
        .table_name_ref()
        .and_then(|table| name(table.syntax()))
    {
        Some(table) => facts.lock_relation(&table, LockLevel::AccessExclusive),
        None => facts.is_opaque = true,
    }
}

fn comment_on(facts: &mut Facts, comment: &CommentOn) {
    use CommentObject as Object;
    let Some(object) = comment.comment_object() else {
        return;
    };
    let (table, level) = match &object {
        Object::ObjectColumn(column) => (
            table_of_column(column.syntax()),
            LockLevel::ShareUpdateExclusive,
        ),
        Object::ObjectConstraint(_)
        | Object::ObjectTrigger(_)
        | Object::ObjectPolicy(_)
        | Object::ObjectRule(_) => (names(object.syntax()).pop(), LockLevel::AccessShare),
        Object::ObjectTable(_)
        | Object::ObjectForeignTable(_)
        | Object::ObjectIndex(_)
        | Object::ObjectView(_)
        | Object::ObjectMaterializedView(_)
        | Object::ObjectSequence(_) => (name(object.syntax()), LockLevel::ShareUpdateExclusive),
        _ => return,
    };
    if let Some(table) = table {
        facts.lock_relation(&table, level);
    }
}

/// Newer servers hold a table while they change who may use it.
fn grants(facts: &mut Facts, node: &SyntaxNode) {
    let tables = within::<PrivilegeTable>(node).flat_map(|tables| names(tables.syntax()));
    let unmarked = within::<PrivilegeDefault>(node).flat_map(|tables| names(tables.syntax()));
    for table in tables.chain(unmarked) {
        facts.lock_relation(&table, LockLevel::AccessShare);
    }
}

fn lock_tables(facts: &mut Facts, lock: &Lock) {
    let mode = lock
        .lock_mode_clause()
        .and_then(|clause| clause.lock_mode());
    let level = match mode {
        Some(LockMode::AccessShare(_)) => LockLevel::AccessShare,
        Some(LockMode::RowShare(_)) => LockLevel::RowShare,
        Some(LockMode::RowExclusive(_)) => LockLevel::RowExclusive,
        Some(LockMode::ShareUpdateExclusive(_)) => LockLevel::ShareUpdateExclusive,
        Some(LockMode::Share(_)) => LockLevel::Share,
        Some(LockMode::ShareRowExclusive(_)) => LockLevel::ShareRowExclusive,
        Some(LockMode::Exclusive(_)) => LockLevel::Exclusive,
        Some(LockMode::AccessExclusive(_)) | None => LockLevel::AccessExclusive,
    };
    for table in names(lock.syntax()) {
        facts.lock_relation(&table, level);
        facts.lock(Locked::Children(table), level);
    }
}

fn refresh_view(facts: &mut Facts, refresh: &Refresh) {
    let is_gentle = has(refresh.syntax(), SyntaxKind::CONCURRENTLY_KW);
    let level = if is_gentle {
        LockLevel::Exclusive
    } else {
        LockLevel::AccessExclusive
    };
    facts.rewrites = !is_gentle;
    first(facts, refresh.syntax(), level);
    if let Some(view) = name(refresh.syntax()) {
        facts.lock(Locked::ReadBy(view), LockLevel::AccessShare);
    }
}

fn reindex_target(facts: &mut Facts, reindex: &Reindex) {
    facts.scans = true;
    let level = if reindex.is_concurrently() {
        LockLevel::ShareUpdateExclusive
    } else {
        LockLevel::Share
    };
    let Some(target) = reindex.reindex_target() else {
        return;
    };
    match (&target, name(target.syntax())) {
        (ReindexTarget::ReindexTargetTable(_), Some(table)) => facts.lock_relation(&table, level),
        (ReindexTarget::ReindexTargetIndex(_), Some(index)) => {
            facts.lock(Locked::TableOfIndex(index), level);
        }
        _ => facts.is_opaque = true,
    }
}

fn truncate_tables(facts: &mut Facts, truncate: &Truncate) {
    for table in names(truncate.syntax()) {
        facts.lock_relation(&table, LockLevel::AccessExclusive);
        facts.lock(Locked::Children(table.clone()), LockLevel::AccessExclusive);
        if child::<Cascade>(truncate.syntax()).is_some() {
            facts.lock(Locked::Sources(table.clone()), LockLevel::AccessExclusive);
        }
        facts.writes.push(table);
    }
}
