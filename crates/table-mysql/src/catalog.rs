//! Structures of tables, from `information_schema`.

mod columns;
mod foreign_keys;
mod hidden;
mod indexes;

use std::collections::BTreeMap;

use mysql_async::{Row, Value};
use table_diff::{DatabaseError, Table, TableKind, TableName, Trigger};

use crate::cell;
use crate::session::Session;

const STEP: &str = "reading structures";

/// The schemas of the server itself.
const SYSTEM: &str = "('mysql', 'information_schema', 'performance_schema', 'sys')";

const TABLES: &str = "\
SELECT table_name, table_type, engine, table_rows, create_options
FROM information_schema.tables WHERE table_schema = ?";

const TRIGGERS: &str = "\
SELECT event_object_table, trigger_name, CONCAT(action_timing, ' ', event_manipulation)
FROM information_schema.triggers WHERE event_object_schema = ?
ORDER BY event_object_table, trigger_name";

/// The names of all tables and views: of the addressed database, else of all that are not the server's own.
pub(crate) async fn tables(session: &mut Session) -> Result<Vec<TableName>, DatabaseError> {
    let home = session.identity.database.clone();
    let (condition, values) = if home.is_empty() {
        (format!("table_schema NOT IN {SYSTEM}"), Vec::new())
    } else {
        ("table_schema = ?".to_owned(), vec![Value::from(&home)])
    };
    let sql = format!(
        "SELECT table_schema, table_name FROM information_schema.tables
        WHERE {condition} AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW') ORDER BY table_schema, table_name"
    );
    let rows = session
        .rows("reading the names of tables", &sql, values)
        .await?;
    let name = |row: &Row| name_of(&home, text(row, 0), text(row, 1));
    Ok(rows.iter().map(name).collect())
}

/// The structures of `names`, in their order. A handful of statements for each schema, whatever the number of its tables.
pub(crate) async fn structures(
    session: &mut Session,
    names: &[TableName],
) -> Result<Vec<Option<Table>>, DatabaseError> {
    let home = session.identity.database.clone();
    let mut schemas: Vec<_> = names.iter().map(|name| schema_of(&home, name)).collect();
    schemas.sort();
    schemas.dedup();
    let mut found = BTreeMap::new();
    for schema in schemas {
        let tables = of_schema(session, &home, &schema).await?;
        found.extend(tables.into_iter().map(|table| (table.name.clone(), table)));
    }
    Ok(names.iter().map(|name| found.get(name).cloned()).collect())
}

/// Tables that may be read.
async fn of_schema(
    session: &mut Session,
    home: &str,
    schema: &str,
) -> Result<Vec<Table>, DatabaseError> {
    let bound = || vec![Value::from(schema)];
    let mut tables = BTreeMap::new();
    for row in session.rows(STEP, TABLES, bound()).await? {
        let name = text(&row, 0);
        tables.insert(
            name.clone(),
            empty_table(name_of(home, schema.to_owned(), name), &row),
        );
    }
    let mut part = Part {
        session,
        home,
        schema,
        tables: &mut tables,
    };
    columns::add(&mut part).await?;
    indexes::add(&mut part).await?;
    foreign_keys::add(&mut part).await?;
    hidden::add(&mut part).await?;
    for row in session.rows(STEP, TRIGGERS, bound()).await? {
        if let Some(table) = tables.get_mut(&text(&row, 0)) {
            table.triggers.push(Trigger {
                name: text(&row, 1),
                on: text(&row, 2),
            });
        }
    }
    tables.retain(|_, table| !table.columns.is_empty());
    Ok(tables.into_values().collect())
}

/// The tables of a schema, of which one part after another is read.
struct Part<'a> {
    session: &'a mut Session,
    home: &'a str,
    schema: &'a str,
    tables: &'a mut BTreeMap<String, Table>,
}

impl Part<'_> {
    /// The rows of `sql`, in which the schema is bound `times` times.
    async fn rows(&mut self, sql: &str, times: usize) -> Result<Vec<Row>, DatabaseError> {
        let values = vec![Value::from(self.schema); times];
        self.session.rows(STEP, sql, values).await
    }
}

fn empty_table(name: TableName, row: &Row) -> Table {
    let transactional = text(row, 2).eq_ignore_ascii_case("innodb");
    let kind = match text(row, 1).as_str() {
        "VIEW" | "SYSTEM VIEW" => TableKind::View,
        _ if !transactional => TableKind::NotTransactional,
        _ if text(row, 4).contains("partitioned") => TableKind::Partitioned,
        _ => TableKind::Table,
    };
    Table {
        name,
        kind,
        columns: Vec::new(),
        primary_key: Vec::new(),
        uniques: Vec::new(),
        references: Vec::new(),
        referenced_by: Vec::new(),
        below: Vec::new(),
        triggers: Vec::new(),
        row_security: false,
        hidden: Vec::new(),
        rows_estimate: text(row, 3).parse().unwrap_or_default(),
    }
}

/// What we call the table: without schema where the address names its database.
fn name_of(home: &str, schema: String, name: String) -> TableName {
    let schema = if schema == home {
        String::new()
    } else {
        schema
    };
    TableName { schema, name }
}

/// What the server calls the schema of a table.
pub(crate) fn schema_of(home: &str, name: &TableName) -> String {
    if name.schema.is_empty() {
        home.to_owned()
    } else {
        name.schema.clone()
    }
}

/// The text of a cell; empty for NULL.
pub(crate) fn text(row: &Row, place: usize) -> String {
    optional(row, place).unwrap_or_default()
}

/// The text of a cell.
fn optional(row: &Row, place: usize) -> Option<String> {
    let bytes = cell::bytes(row.as_ref(place)?)?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
