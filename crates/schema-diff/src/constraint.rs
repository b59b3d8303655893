//! Primary keys, unique, check, exclusion and foreign key constraints.

use postgres_client::quote_identifier;
use schema_catalog::{Catalog, Constraint, ConstraintKind, ObjectId, ObjectKind, QualifiedName};

use crate::comment;
use crate::name::{exists, shown};
use crate::plan::Plan;
use crate::text::tokens;

const UNCHECKED: &str = " NOT VALID";

/// The statements that make it.
pub(crate) fn make(table: &QualifiedName, name: &str, constraint: &Constraint) -> Vec<String> {
    let mut statements = vec![add_statement(table, name, &constraint.definition)];
    statements.extend(say(table, name, constraint));
    statements
}

pub(crate) fn say(table: &QualifiedName, name: &str, constraint: &Constraint) -> Option<String> {
    let quoted = comment::on_table(table, name);
    comment::made("CONSTRAINT", &quoted, constraint.comment.as_ref())
}

pub(crate) fn drop(table: &QualifiedName, name: &str) -> String {
    format!(
        "ALTER TABLE {} DROP CONSTRAINT {}",
        table.quoted(),
        quote_identifier(name)
    )
}

fn add_statement(table: &QualifiedName, name: &str, definition: &str) -> String {
    format!(
        "ALTER TABLE {} ADD CONSTRAINT {} {definition}",
        table.quoted(),
        quote_identifier(name)
    )
}

/// Whether the table and the key that a foreign key of another table points at are there.
pub(crate) fn has_target(plan: &Plan<'_>, table: &QualifiedName, name: &str) -> bool {
    let id = crate::name::part(ObjectKind::Constraint, table, name);
    let needs = plan.wanted.dependencies.iter();
    let mut needs = needs
        .filter(|dependency| dependency.dependent == id)
        .map(|dependency| &dependency.needed);
    let constraint = &plan.wanted.tables[table].constraints[name];
    let target = constraint.references.as_ref();
    target.is_none_or(|target| plan.state.tables.contains_key(target))
        && needs.all(|needed| needed.name == *table || exists(&plan.state, needed))
}

/// Whether they are the same but for comments, and for rows that were not looked at yet.
pub(crate) fn is_same(before: &Constraint, after: &Constraint) -> bool {
    before.kind == after.kind
        && (before.definition == after.definition || is_unchecked_form(before, after))
}

/// Whether `before` only lacks the look at the rows that exist.
fn is_unchecked_form(before: &Constraint, after: &Constraint) -> bool {
    before.definition.strip_suffix(UNCHECKED) == Some(&after.definition)
}

/// A new constraint on a table that is there. Where it is used, rows that exist are looked at later, by [`validate`].
pub(crate) fn add(plan: &mut Plan<'_>, table: &QualifiedName, name: &str) {
    let mut constraint = plan.wanted.tables[table].constraints[name].clone();
    let is_late = matches!(
        constraint.kind,
        ConstraintKind::Check | ConstraintKind::ForeignKey
    ) && plan.is_careful_with(table);
    if is_late && !constraint.definition.ends_with(UNCHECKED) {
        constraint.definition.push_str(UNCHECKED);
        constraint.comment = None;
    }
    plan.step(
        modified(table),
        make(table, name, &constraint),
        vec![drop(table, name)],
    );
    put(plan, table, name, constraint);
}

/// Looks at the rows that exist, for constraints that wait for it.
pub(crate) fn validate(plan: &mut Plan<'_>) {
    let mut waiting = Vec::new();
    for (name, table) in &plan.state.tables {
        let Some(wanted) = plan.wanted.tables.get(name) else {
            continue;
        };
        for (part, constraint) in &table.constraints {
            if let Some(wanted) = wanted.constraints.get(part)
                && is_unchecked_form(constraint, wanted)
            {
                waiting.push((name.clone(), part.clone(), constraint.clone()));
            }
        }
    }
    for (table, name, mut constraint) in waiting {
        let quoted = quote_identifier(&name);
        let mut down = vec![drop(&table, &name)];
        down.extend(make(&table, &name, &constraint));
        plan.step(
            modified(&table),
            vec![format!(
                "ALTER TABLE {} VALIDATE CONSTRAINT {quoted}",
                table.quoted()
            )],
            down,
        );
        constraint
            .definition
            .truncate(constraint.definition.len() - UNCHECKED.len());
        put(plan, &table, &name, constraint);
    }
}

/// The index that can become the unique constraint or primary key, as `CREATE UNIQUE INDEX`; `None` where the
/// constraint has more than an index has.
pub(crate) fn index_for(
    table: &QualifiedName,
    name: &str,
    constraint: &Constraint,
) -> Option<String> {
    let rest = match constraint.kind {
        ConstraintKind::PrimaryKey => constraint.definition.strip_prefix("PRIMARY KEY ")?,
        ConstraintKind::Unique => constraint.definition.strip_prefix("UNIQUE ")?,
        _ => return None,
    };
    let (rest, nulls) = match rest.strip_prefix("NULLS NOT DISTINCT ") {
        Some(rest) => (rest, " NULLS NOT DISTINCT"),
        None => (rest, ""),
    };
    let rest = rest.strip_suffix(" INITIALLY DEFERRED").unwrap_or(rest);
    let columns = rest.strip_suffix(" DEFERRABLE").unwrap_or(rest);
    // `(a, b) INCLUDE (c)` and nothing else; a name with brackets in it is not worth the trouble.
    let is_plain = columns.ends_with(')')
        && columns.matches('(').count() == 1 + columns.matches(") INCLUDE (").count()
        && !columns.contains("WITHOUT OVERLAPS");
    is_plain.then(|| {
        format!(
            "CREATE UNIQUE INDEX {} ON {} USING btree {columns}{nulls}",
            quote_identifier(name),
            table.quoted()
        )
    })
}

/// Makes the indexes that were built for them into constraints.
pub(crate) fn add_by_indexes(plan: &mut Plan<'_>) {
    for (table, wanted) in &plan.wanted.tables {
        for (name, constraint) in &wanted.constraints {
            let Some(now) = plan.state.tables.get_mut(table) else {
                continue;
            };
            if now.constraints.contains_key(name) {
                continue;
            }
            let Some(index) = now.indexes.remove(name) else {
                continue;
            };
            let kind = match constraint.kind {
                ConstraintKind::PrimaryKey => "PRIMARY KEY",
                _ => "UNIQUE",
            };
            let deferred = constraint
                .definition
                .find(" DEFERRABLE")
                .map_or("", |at| &constraint.definition[at..]);
            let by_index = format!("{kind} USING INDEX {}{deferred}", quote_identifier(name));
            plan.step(
                modified(table),
                vec![add_statement(table, name, &by_index)],
                vec![drop(table, name), index.definition],
            );
            let constraint = Constraint {
                comment: None,
                ..constraint.clone()
            };
            put(plan, table, name, constraint);
        }
    }
}

fn put(plan: &mut Plan<'_>, table: &QualifiedName, name: &str, constraint: Constraint) {
    if let Some(table) = plan.state.tables.get_mut(table) {
        table.constraints.insert(name.to_owned(), constraint);
    }
}

pub(crate) fn modified(table: &QualifiedName) -> String {
    format!("modify {} table", shown(table))
}

/// The foreign keys that the column is part of, on either side.
pub(crate) fn foreign_keys_of(
    catalog: &Catalog,
    table: &QualifiedName,
    column: &str,
) -> Vec<ObjectId> {
    let mut found = Vec::new();
    for (name, other) in &catalog.tables {
        for (part, constraint) in &other.constraints {
            let is_own = name == table && constraint.columns.iter().any(|own| own == column);
            let is_target = constraint.references.as_ref() == Some(table)
                && targets(&constraint.definition, column);
            if constraint.kind == ConstraintKind::ForeignKey && (is_own || is_target) {
                found.push(crate::name::part(ObjectKind::Constraint, name, part));
            }
        }
    }
    found
}

/// Whether a foreign key's definition names the column on its far side.
fn targets(definition: &str, column: &str) -> bool {
    let far = tokens(definition)
        .into_iter()
        .skip_while(|token| !token.is_keyword("REFERENCES"));
    far.skip_while(|token| !token.is_mark('('))
        .take_while(|token| !token.is_mark(')'))
        .any(|token| token.name() == Some(column))
}
