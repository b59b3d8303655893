//! `GENERATED … AS IDENTITY`.

use postgres_client::quote_identifier;
use schema_catalog::{Column, Generation, Identity, QualifiedName, Sequence};

use crate::column::{alter, edit};
use crate::constraint::modified;
use crate::name::literal;
use crate::plan::Plan;
use crate::sequence;

/// As a column's definition has it.
pub(crate) fn clause(data_type: &str, identity: &Identity) -> String {
    let numbers = Sequence {
        data_type: data_type.to_owned(),
        ..identity.sequence.clone()
    };
    let unusual = sequence::unusual(&numbers);
    let unusual: Vec<_> = unusual
        .into_iter()
        .filter(|clause| !clause.starts_with("AS "))
        .collect();
    let numbers = if unusual.is_empty() {
        String::new()
    } else {
        format!(" ({})", unusual.join(" "))
    };
    format!("GENERATED {} AS IDENTITY{numbers}", when(identity))
}

fn when(identity: &Identity) -> &'static str {
    if identity.is_always {
        "ALWAYS"
    } else {
        "BY DEFAULT"
    }
}

/// The column keeps its values, and gets no new ones.
pub(crate) fn drop(plan: &mut Plan<'_>, table: &QualifiedName, name: &str) {
    let column = plan.state.tables[table].columns[name].clone();
    let Generation::Identity(identity) = &column.generation else {
        return;
    };
    let down = add_statements(table, name, &column.data_type, identity);
    plan.step(
        modified(table),
        vec![alter(table, name, "DROP IDENTITY")],
        down,
    );
    edit(plan, table, name, |column| {
        column.generation = Generation::None;
    });
}

/// Makes the column generate its values as `after` says.
pub(crate) fn change(plan: &mut Plan<'_>, table: &QualifiedName, name: &str, after: &Column) {
    let Generation::Identity(wanted) = &after.generation else {
        return;
    };
    let before = plan.state.tables[table].columns[name].clone();
    match &before.generation {
        Generation::None => {
            let up = add_statements(table, name, &after.data_type, wanted);
            plan.step(
                modified(table),
                up,
                vec![alter(table, name, "DROP IDENTITY")],
            );
        }
        Generation::Identity(identity) => {
            let up = settings(table, name, identity, wanted);
            if up.is_empty() {
                return;
            }
            let down = settings(table, name, wanted, identity);
            plan.step(modified(table), up, down);
        }
        _ => return,
    }
    edit(plan, table, name, |column| {
        column.generation.clone_from(&after.generation);
    });
}

/// Rows that are there keep their numbers, so that the next one comes after them.
fn add_statements(
    table: &QualifiedName,
    name: &str,
    data_type: &str,
    identity: &Identity,
) -> Vec<String> {
    let clause = clause(data_type, identity);
    vec![
        alter(table, name, &format!("ADD {clause}")),
        go_on(table, name, &identity.sequence),
    ]
}

fn go_on(table: &QualifiedName, name: &str, numbers: &Sequence) -> String {
    let quoted = table.quoted();
    let (table_text, column_text) = (literal(&quoted), literal(name));
    // A sequence that the column owned before may still be there, so that `pg_get_serial_sequence` could answer with it.
    let sequence = format!(
        "(SELECT d.objid::pg_catalog.regclass FROM pg_catalog.pg_depend d \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid \
         WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
         AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'i' \
         AND d.refobjid = {table_text}::pg_catalog.regclass AND a.attname = {column_text})"
    );
    continue_after(&sequence, &quoted, name, numbers)
}

/// The statement that lets a sequence go on after the numbers that are in the column.
pub(crate) fn continue_after(
    sequence: &str,
    quoted_table: &str,
    column: &str,
    numbers: &Sequence,
) -> String {
    let last = if numbers.increment < 0 { "min" } else { "max" };
    format!(
        "SELECT pg_catalog.setval({sequence}, COALESCE(pg_catalog.{last}({}) + ({}), {}), false) FROM {quoted_table}",
        quote_identifier(column),
        numbers.increment,
        numbers.start
    )
}

/// The statements that make `before` into `after`.
fn settings(table: &QualifiedName, name: &str, before: &Identity, after: &Identity) -> Vec<String> {
    let mut clauses = Vec::new();
    if before.is_always != after.is_always {
        clauses.push(format!("SET GENERATED {}", when(after)));
    }
    let numbers = sequence::changes(&before.sequence, &after.sequence);
    clauses.extend(numbers.into_iter().map(|clause| format!("SET {clause}")));
    // The server refuses bounds that the position is not between.
    let starts_again = sequence::narrows(&before.sequence, &after.sequence);
    clauses.extend(starts_again.then(|| "RESTART".to_owned()));
    if clauses.is_empty() {
        return Vec::new();
    }
    let mut statements = vec![alter(table, name, &clauses.join(" "))];
    statements.extend(starts_again.then(|| go_on(table, name, &after.sequence)));
    statements
}
