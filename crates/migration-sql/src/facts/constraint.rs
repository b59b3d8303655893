//! Constraints: what they lock, and what they ask of the rows.

use squawk_syntax::ast::{
    AddConstraint, AstNode, CheckConstraint, Constraint, ForeignKeyConstraint, IndexParameters,
    MatchType, NameLike, NullsDistinctOption, ReferencesConstraint, UsingIndexName,
};
use squawk_syntax::quote::quote_ident_always;

use super::alter_column::added_before;
use super::read::{child, name, sql, within};
use super::{Facts, Unproven};
use crate::{Condition, LockLevel, Name, Probe};

/// The lock of `ADD CONSTRAINT` on its table.
pub(super) fn level(add: &AddConstraint) -> LockLevel {
    match add.constraint() {
        Some(Constraint::ForeignKeyConstraint(_)) => LockLevel::ShareRowExclusive,
        _ => LockLevel::AccessExclusive,
    }
}

/// What `ADD CONSTRAINT` does.
pub(super) fn add(facts: &mut Facts, table: &Name, add: &AddConstraint) {
    let Some(constraint) = add.constraint() else {
        return;
    };
    let condition = match &constraint {
        Constraint::CheckConstraint(check) => check_condition(check),
        Constraint::ForeignKeyConstraint(key) => foreign_key(facts, key),
        Constraint::UniqueConstraint(unique) => unique_condition(unique.syntax(), None, false),
        Constraint::PrimaryKeyConstraint(key) => unique_condition(key.syntax(), None, true),
        Constraint::ExcludeConstraint(_) => Some(Condition::Untested { what: "EXCLUDE" }),
        Constraint::NotNullConstraint(not_null) => {
            not_null.column_name_ref().map(|column| Condition::NotNull {
                column: column.text(),
            })
        }
        _ => None,
    };
    ask(facts, table, &constraint, condition);
}

/// What a constraint beside a new column does.
pub(super) fn of_column(facts: &mut Facts, table: &Name, column: &str, constraint: &Constraint) {
    let condition = match constraint {
        Constraint::NotNullConstraint(_) => Some(Condition::NotNull {
            column: column.to_owned(),
        }),
        Constraint::CheckConstraint(check) => check_condition(check),
        Constraint::ReferencesConstraint(reference) => references(facts, column, reference),
        Constraint::UniqueConstraint(unique) => {
            unique_condition(unique.syntax(), Some(column), false)
        }
        Constraint::PrimaryKeyConstraint(key) => unique_condition(key.syntax(), Some(column), true),
        Constraint::ExcludeConstraint(_) => Some(Condition::Untested { what: "EXCLUDE" }),
        _ => None,
    };
    let scanned = facts.scans;
    ask(facts, table, constraint, condition);
    if matches!(constraint, Constraint::NotNullConstraint(_)) && has_value(facts, column) {
        // A default that is kept in the catalog is no NULL, which the server knows without a look.
        facts.scans = scanned;
    }
}

fn has_value(facts: &Facts, column: &str) -> bool {
    let mut added = facts.adds.iter().map(|(_, added)| added);
    added.any(|added| added.column == column && added.value.is_some())
}

fn ask(facts: &mut Facts, table: &Name, constraint: &Constraint, condition: Option<Condition>) {
    let Some(condition) = condition else {
        return;
    };
    let probe = Probe {
        table: table.clone(),
        added: added_before(facts, table),
        condition,
    };
    if !constraint.is_not_valid() {
        facts.scans = true;
        facts.probes.push(probe);
    } else if let Some(constraint) = constraint.constraint_name() {
        facts.unproven.push(Unproven {
            table: table.clone(),
            constraint: constraint.text(),
            probe,
        });
    }
}

fn check_condition(check: &CheckConstraint) -> Option<Condition> {
    Some(Condition::Check {
        expression: sql(check.expr()?.syntax()),
    })
}

fn foreign_key(facts: &mut Facts, key: &ForeignKeyConstraint) -> Option<Condition> {
    let referenced = name(key.table_name_ref()?.syntax())?;
    facts.lock_relation(&referenced, LockLevel::ShareRowExclusive);
    let columns = |list: Option<squawk_syntax::ast::ForeignKeyColumnList>| {
        list.map(|list| {
            list.column_name_refs()
                .map(|column| column.text())
                .collect()
        })
        .unwrap_or_default()
    };
    Some(Condition::ForeignKey {
        columns: columns(key.from_columns()),
        referenced,
        referenced_columns: columns(key.to_columns()),
        is_match_full: matches!(child(key.syntax()), Some(MatchType::MatchFull(_))),
    })
}

fn references(facts: &mut Facts, column: &str, key: &ReferencesConstraint) -> Option<Condition> {
    let referenced = name(key.table()?.syntax())?;
    facts.lock_relation(&referenced, LockLevel::ShareRowExclusive);
    Some(Condition::ForeignKey {
        columns: vec![column.to_owned()],
        referenced,
        referenced_columns: key
            .column()
            .map(|column| column.text())
            .into_iter()
            .collect(),
        is_match_full: matches!(child(key.syntax()), Some(MatchType::MatchFull(_))),
    })
}

/// `UNIQUE` and `PRIMARY KEY`; one that takes an index over has been tested when the index was built.
fn unique_condition(
    constraint: &squawk_syntax::SyntaxNode,
    column: Option<&str>,
    is_primary: bool,
) -> Option<Condition> {
    if child::<UsingIndexName>(constraint).is_some() {
        return None;
    }
    let listed: Vec<String> = child::<IndexParameters>(constraint)
        .and_then(|parameters| parameters.column_list())
        .map(|list| {
            list.column_name_refs()
                .map(|column| quote_ident_always(&column.text()))
                .collect()
        })
        .unwrap_or_default();
    let keys = match column {
        Some(column) if listed.is_empty() => vec![quote_ident_always(column)],
        _ => listed,
    };
    let has_equal_nulls = within::<NullsDistinctOption>(constraint)
        .any(|option| matches!(option, NullsDistinctOption::NullsNotDistinct(_)));
    Some(Condition::Unique {
        keys,
        predicate: None,
        has_equal_nulls,
        is_primary,
    })
}
