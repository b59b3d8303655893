//! `ALTER TABLE`, the statement with the most faces.
//!
//! **Source:** PostgreSQL, "ALTER TABLE", and `AlterTableGetLockLevel` in src/backend/commands/tablecmds.c. Each level here
//! is compared with `pg_locks` of a server by this crate's tests.

use super::read::{name, sql};
use super::{Facts, alter_column, constraint};
use crate::{Condition, LockLevel, Locked, Name, Probe};
use squawk_syntax::ast::{
    AlterForeignTable, AlterTable, AlterTableAction, AstChildren, AstNode, AttachPartition,
    DetachPartition, DetachPartitionOption, DropConstraint, Stmt, TableRelationName,
};

/// Takes `statement` if it alters a table.
pub(super) fn gather(facts: &mut Facts, statement: &Stmt) -> bool {
    match statement {
        Stmt::AlterTable(alter) => alter_table(facts, alter),
        Stmt::AlterForeignTable(alter) => alter_foreign_table(facts, alter),
        _ => return false,
    }
    true
}

fn alter_table(facts: &mut Facts, alter: &AlterTable) {
    match alter.table_relation_name() {
        Some(table) => gather_actions(facts, &table, alter.actions()),
        // `ALL IN TABLESPACE` names no table.
        None => facts.is_opaque = true,
    }
}

fn alter_foreign_table(facts: &mut Facts, alter: &AlterForeignTable) {
    if let Some(table) = alter.table_relation_name() {
        gather_actions(facts, &table, alter.actions());
        // Its rows are elsewhere: nothing reads or writes them.
        facts.probes.clear();
        (facts.scans, facts.rewrites) = (false, false);
    }
}

fn gather_actions(
    facts: &mut Facts,
    relation: &TableRelationName,
    actions: AstChildren<AlterTableAction>,
) {
    let Some(table) = name(relation.syntax()) else {
        return;
    };
    let actions: Vec<_> = actions.collect();
    for action in &actions {
        if let AlterTableAction::AddColumn(add) = action {
            let added = alter_column::added(add);
            facts.adds.extend(added.map(|added| (table.clone(), added)));
        }
    }
    // One lock for all actions: the strongest that any of them asks for.
    let level = actions.iter().map(level).max();
    let level = level.unwrap_or(LockLevel::AccessExclusive);
    facts.lock_relation(&table, level);
    if relation.only_token().is_none() && actions.iter().any(goes_below) {
        facts.lock(Locked::Children(table.clone()), level);
    }
    for action in &actions {
        gather_action(facts, &table, action);
    }
}

/// The lock of an action on the table itself.
fn level(action: &AlterTableAction) -> LockLevel {
    use AlterTableAction as Action;
    match action {
        Action::AlterColumn(alter) => alter_column::level(alter),
        Action::AddConstraint(add) => constraint::level(add),
        Action::EnableTrigger(_)
        | Action::EnableReplicaTrigger(_)
        | Action::EnableAlwaysTrigger(_)
        | Action::DisableTrigger(_) => LockLevel::ShareRowExclusive,
        Action::ValidateConstraint(_)
        | Action::ClusterOn(_)
        | Action::SetWithoutCluster(_)
        | Action::AttachPartition(_) => LockLevel::ShareUpdateExclusive,
        Action::DetachPartition(detach) if is_gentle(detach) => LockLevel::ShareUpdateExclusive,
        Action::SetOptions(options) => storage_level(&sql(options.syntax())),
        Action::ResetOptions(options) => storage_level(&sql(options.syntax())),
        _ => LockLevel::AccessExclusive,
    }
}

/// Storage parameters lock little, but for one.
fn storage_level(options: &str) -> LockLevel {
    if options.to_ascii_lowercase().contains("user_catalog_table") {
        LockLevel::AccessExclusive
    } else {
        LockLevel::ShareUpdateExclusive
    }
}

/// Whether the action goes on to partitions and inheriting tables.
fn goes_below(action: &AlterTableAction) -> bool {
    use AlterTableAction as Action;
    matches!(
        action,
        Action::AddColumn(_)
            | Action::DropColumn(_)
            | Action::AlterColumn(_)
            | Action::RenameColumn(_)
            | Action::AddConstraint(_)
            | Action::DropConstraint(_)
            | Action::ValidateConstraint(_)
            | Action::AlterConstraint(_)
    )
}

fn gather_action(facts: &mut Facts, table: &Name, action: &AlterTableAction) {
    use AlterTableAction as Action;
    match action {
        Action::AddColumn(add) => alter_column::add(facts, table, add),
        Action::AlterColumn(alter) => alter_column::alter(facts, table, alter),
        Action::AddConstraint(add) => constraint::add(facts, table, add),
        Action::DropConstraint(drop) => drop_constraint(facts, table, drop),
        Action::ValidateConstraint(validate) => {
            if let Some(constraint) = name(validate.syntax()) {
                validate_constraint(facts, table, constraint.name);
            }
        }
        Action::AttachPartition(attach) => attach_partition(facts, attach),
        Action::DetachPartition(detach) => detach_partition(facts, detach),
        Action::InheritTable(inherit) => lock_other(
            facts,
            name(inherit.syntax()),
            LockLevel::ShareUpdateExclusive,
        ),
        Action::NoInheritTable(inherit) => {
            lock_other(facts, name(inherit.syntax()), LockLevel::AccessShare);
        }
        Action::SetLogged(_)
        | Action::SetUnlogged(_)
        | Action::SetTablespace(_)
        | Action::SetAccessMethod(_) => {
            (facts.rewrites, facts.scans) = (true, true);
        }
        Action::TableRenameTo(rename) => {
            if let Some(name) = rename.table_name().and_then(|to| name(to.syntax())) {
                let schema = table.schema.clone();
                facts.renames.push((table.clone(), Name { schema, ..name }));
            }
        }
        Action::MergePartitions(_) | Action::SplitPartition(_) => facts.is_opaque = true,
        _ => {}
    }
}

fn drop_constraint(facts: &mut Facts, table: &Name, drop: &DropConstraint) {
    if let Some(constraint) = name(drop.syntax()) {
        let locked = Locked::Referenced {
            table: table.clone(),
            constraint: constraint.name,
        };
        facts.lock(locked, LockLevel::AccessExclusive);
    }
}

fn validate_constraint(facts: &mut Facts, table: &Name, constraint: String) {
    facts.scans = true;
    let locked = Locked::Referenced {
        table: table.clone(),
        constraint: constraint.clone(),
    };
    facts.lock(locked, LockLevel::RowShare);
    facts.probes.push(Probe {
        table: table.clone(),
        added: Vec::new(),
        condition: Condition::Validate { constraint },
    });
}

fn attach_partition(facts: &mut Facts, attach: &AttachPartition) {
    let partition = attach
        .table_name_ref()
        .and_then(|table| name(table.syntax()));
    if let Some(table) = &partition {
        facts.probes.push(Probe {
            table: table.clone(),
            added: Vec::new(),
            condition: Condition::Untested {
                what: "the bounds of the partition",
            },
        });
    }
    lock_other(facts, partition, LockLevel::AccessExclusive);
}

fn detach_partition(facts: &mut Facts, detach: &DetachPartition) {
    let partition = detach
        .table_name_ref()
        .and_then(|table| name(table.syntax()));
    lock_other(facts, partition, LockLevel::AccessExclusive);
}

fn is_gentle(detach: &DetachPartition) -> bool {
    matches!(
        detach.detach_partition_option(),
        Some(
            DetachPartitionOption::DetachConcurrently(_) | DetachPartitionOption::DetachFinalize(_)
        )
    )
}

fn lock_other(facts: &mut Facts, other: Option<Name>, level: LockLevel) {
    if let Some(other) = other {
        facts.lock_relation(&other, level);
    }
}
