//! `CREATE`.

use squawk_syntax::SyntaxKind;
use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{
    AstNode, CreateIndex, CreateTable, ForeignKeyConstraint, FromTable, IfNotExists, Inherits,
    LikeClause, NullsDistinctOption, OnRelation, OnTable, OptionOwnedBy, OrReplace, PartitionItem,
    PartitionItemList, PartitionOf, PublicationObjectTable, ReferencesConstraint, RuleOn, Stmt,
};

use super::Facts;
use super::query::reads;
use super::read::{child, has, name, names, parts, sql, within};
use crate::{Condition, LockLevel, Name, Probe};

/// Takes `statement` if it makes something that has to do with tables.
pub(super) fn gather(facts: &mut Facts, statement: &Stmt) -> bool {
    match statement {
        Stmt::CreateTable(create) => table(facts, create.table_name(), create.syntax()),
        Stmt::CreateForeignTable(create) => table(facts, create.table_name(), create.syntax()),
        Stmt::CreateTableAs(create) => {
            facts
                .creates
                .extend(create.table_name().and_then(|table| name(table.syntax())));
            reads(facts, create.syntax());
        }
        Stmt::CreateSchema(create) => {
            for create in within::<CreateTable>(create.syntax()) {
                table(facts, create.table_name(), create.syntax());
            }
        }
        Stmt::CreateIndex(create) => index(facts, create),
        Stmt::CreateView(create) => {
            let view = create.view().and_then(|view| name(view.syntax()));
            if child::<OrReplace>(create.syntax()).is_some()
                && let Some(view) = &view
            {
                facts.lock_relation(view, LockLevel::AccessExclusive);
            }
            facts.creates.extend(view);
            reads(facts, create.syntax());
        }
        Stmt::CreateMaterializedView(create) => {
            facts
                .creates
                .extend(create.view().and_then(|view| name(view.syntax())));
            reads(facts, create.syntax());
        }
        Stmt::CreateSequence(create) => sequence(facts, create.syntax()),
        Stmt::CreateTrigger(create) => {
            on::<OnRelation>(facts, create.syntax(), LockLevel::ShareRowExclusive);
            on::<FromTable>(facts, create.syntax(), LockLevel::AccessShare);
        }
        Stmt::CreateRule(create) => {
            on::<RuleOn>(facts, create.syntax(), LockLevel::AccessExclusive);
        }
        Stmt::CreatePolicy(create) => {
            on::<OnTable>(facts, create.syntax(), LockLevel::AccessExclusive);
        }
        Stmt::CreateStatistics(create) => {
            on::<FromTable>(facts, create.syntax(), LockLevel::ShareUpdateExclusive);
        }
        Stmt::CreatePublication(create) => publication(facts, create.syntax()),
        Stmt::AlterPublication(alter) => publication(facts, alter.syntax()),
        Stmt::CreateFunction(create) => reads(facts, create.syntax()),
        Stmt::CreateProcedure(create) => reads(facts, create.syntax()),
        _ => return false,
    }
    true
}

/// Locks the table that the clause `N` of `node` names.
pub(super) fn on<N: AstNode>(facts: &mut Facts, node: &SyntaxNode, level: LockLevel) {
    if let Some(table) = child::<N>(node).and_then(|clause| name(clause.syntax())) {
        facts.lock_relation(&table, level);
    }
}

fn table(facts: &mut Facts, created: Option<squawk_syntax::ast::TableName>, node: &SyntaxNode) {
    let created = created.and_then(|table| name(table.syntax()));
    let lock = |facts: &mut Facts, other: Option<Name>, level| {
        if let Some(other) = other.filter(|other| created.as_ref() != Some(other)) {
            facts.lock_relation(&other, level);
        }
    };
    for key in within::<ForeignKeyConstraint>(node) {
        let other = key.table_name_ref().and_then(|table| name(table.syntax()));
        lock(facts, other, LockLevel::ShareRowExclusive);
    }
    for key in within::<ReferencesConstraint>(node) {
        let other = key.table().and_then(|table| name(table.syntax()));
        lock(facts, other, LockLevel::ShareRowExclusive);
    }
    for like in within::<LikeClause>(node) {
        lock(facts, name(like.syntax()), LockLevel::AccessShare);
    }
    if let Some(parents) = child::<Inherits>(node) {
        for parent in names(parents.syntax()) {
            lock(facts, Some(parent), LockLevel::ShareUpdateExclusive);
        }
    }
    on::<PartitionOf>(facts, node, LockLevel::AccessExclusive);
    if child::<IfNotExists>(node).is_none() {
        facts.creates.extend(created);
    }
}

fn index(facts: &mut Facts, create: &CreateIndex) {
    let Some(relation) = create.table_relation_name() else {
        return;
    };
    let Some(table) = name(relation.syntax()) else {
        return;
    };
    let is_gentle = has(create.syntax(), SyntaxKind::CONCURRENTLY_KW);
    let level = if is_gentle {
        LockLevel::ShareUpdateExclusive
    } else {
        LockLevel::Share
    };
    facts.lock_relation(&table, level);
    if relation.only_token().is_none() {
        facts.lock(crate::Locked::Children(table.clone()), level);
    }
    facts.scans = true;
    if has(create.syntax(), SyntaxKind::UNIQUE_KW) {
        let condition = unique(create);
        facts.probes.push(Probe {
            table,
            added: Vec::new(),
            condition,
        });
    }
}

fn unique(create: &CreateIndex) -> Condition {
    let items = create.partition_item_list();
    let keys = items
        .iter()
        .flat_map(PartitionItemList::partition_items)
        .filter_map(|item| key(&item));
    Condition::Unique {
        keys: keys.collect(),
        predicate: create
            .where_clause()
            .and_then(|clause| clause.expr())
            .map(|expression| sql(expression.syntax())),
        has_equal_nulls: matches!(
            create.nulls_distinct_option(),
            Some(NullsDistinctOption::NullsNotDistinct(_))
        ),
        is_primary: false,
    }
}

/// A collation is part of the expression; class and order are not.
fn key(item: &PartitionItem) -> Option<String> {
    Some(sql(item.expr()?.syntax()))
}

fn sequence(facts: &mut Facts, node: &SyntaxNode) {
    facts.creates.extend(name(node));
    for owned in within::<OptionOwnedBy>(node) {
        if let Some(table) = table_of_column(owned.syntax()) {
            facts.lock_relation(&table, LockLevel::AccessShare);
        }
    }
}

/// The table in `table.column`.
pub(super) fn table_of_column(node: &SyntaxNode) -> Option<Name> {
    let mut parts = parts(node);
    parts.pop()?;
    let name = parts.pop()?;
    Some(Name {
        schema: parts.pop(),
        name,
    })
}

fn publication(facts: &mut Facts, node: &SyntaxNode) {
    for table in within::<PublicationObjectTable>(node) {
        if let Some(table) = name(table.syntax()) {
            facts.lock_relation(&table, LockLevel::ShareUpdateExclusive);
        }
    }
}
