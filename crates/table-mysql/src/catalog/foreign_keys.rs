//! Foreign keys, of the tables and at them.

use std::collections::BTreeSet;

use mysql_async::{Row, Value};
use table_diff::{DatabaseError, ForeignKey, KeyAction, keys_below};

use super::{Part, STEP, name_of, schema_of, text};

/// Those that the role may not see are left out: see `hidden.rs`.
const FOREIGN_KEYS: &str = "\
SELECT k.constraint_name, k.table_schema, k.table_name, k.column_name,
    k.referenced_table_schema, k.referenced_table_name, k.referenced_column_name, r.delete_rule, r.update_rule
FROM information_schema.key_column_usage k
JOIN information_schema.referential_constraints r
    ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name
WHERE k.referenced_table_name IS NOT NULL AND (k.table_schema = ? OR k.referenced_table_schema = ?)
ORDER BY k.table_schema, k.table_name, k.constraint_name, k.ordinal_position";

/// Adds the foreign keys to the tables that have them, and to those that they point at.
pub(super) async fn add(part: &mut Part<'_>) -> Result<(), DatabaseError> {
    let keys = of_schema(part, part.schema).await?;
    add_below(part, &keys).await?;
    for key in keys {
        if let Some(table) = part.tables.get_mut(&key.references.name)
            && table.name == key.references
        {
            table.referenced_by.push(key.clone());
        }
        if let Some(table) = part.tables.get_mut(&key.table.name)
            && table.name == key.table
        {
            table.references.push(key);
        }
    }
    Ok(())
}

/// The foreign keys of the tables of `schema`, and at them.
async fn of_schema(part: &mut Part<'_>, schema: &str) -> Result<Vec<ForeignKey>, DatabaseError> {
    let bound = vec![Value::from(schema); 2];
    let mut keys: Vec<ForeignKey> = Vec::new();
    for row in part.session.rows(STEP, FOREIGN_KEYS, bound).await? {
        let one = foreign_key(part.home, &row);
        match keys.last_mut() {
            Some(last) if (&last.table, &last.name) == (&one.table, &one.name) => {
                last.columns.extend(one.columns);
                last.referenced_columns.extend(one.referenced_columns);
            }
            _ => keys.push(one),
        }
    }
    Ok(keys)
}

/// Adds the foreign keys below each table. Cascades may lead to other schemas, which are then asked for theirs.
async fn add_below(part: &mut Part<'_>, keys: &[ForeignKey]) -> Result<(), DatabaseError> {
    let mut keys = keys.to_vec();
    let mut known = BTreeSet::from([part.schema.to_owned()]);
    loop {
        let cascades = keys.iter().filter(|it| it.on_delete == KeyAction::Cascade);
        let mut schemas = cascades.map(|it| schema_of(part.home, &it.table));
        let Some(schema) = schemas.find(|it| !known.contains(it)) else {
            break;
        };
        for key in of_schema(part, &schema).await? {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        known.insert(schema);
    }
    for table in part.tables.values_mut() {
        table.below = keys_below(&table.name, &keys);
    }
    Ok(())
}

fn foreign_key(home: &str, row: &Row) -> ForeignKey {
    ForeignKey {
        name: text(row, 0),
        table: name_of(home, text(row, 1), text(row, 2)),
        columns: vec![text(row, 3)],
        references: name_of(home, text(row, 4), text(row, 5)),
        referenced_columns: vec![text(row, 6)],
        on_delete: action(&text(row, 7)),
        on_update: action(&text(row, 8)),
        deferrable: false,
    }
}

fn action(rule: &str) -> KeyAction {
    match rule {
        "CASCADE" => KeyAction::Cascade,
        "SET NULL" => KeyAction::SetNull,
        "SET DEFAULT" => KeyAction::SetDefault,
        _ => KeyAction::Refuse,
    }
}
