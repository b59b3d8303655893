//! The versions in `schema_migrations`.

use mysql_async::Value;
use table_diff::{DatabaseError, TableName};

use crate::catalog::text;
use crate::identifier::{column, quote_table};
use crate::session::Session;

const STEP: &str = "reading schema_migrations";

/// golang-migrate has `version` and `dirty`; Rails, dbmate and this project's own job have `version`, at least.
const COLUMNS: &str = "\
SELECT table_schema, MAX(column_name = 'dirty') FROM information_schema.columns
WHERE table_name = 'schema_migrations' AND column_name IN ('version', 'dirty') AND (? = '' OR table_schema = ?)
GROUP BY table_schema HAVING MAX(column_name = 'version') ORDER BY table_schema";

/// The versions, in order; `None` where there is no such table.
pub(crate) async fn read(session: &mut Session) -> Result<Option<Vec<String>>, DatabaseError> {
    let home = Value::from(&session.identity.database);
    let tables = session
        .rows(STEP, COLUMNS, vec![home.clone(), home])
        .await?;
    if tables.is_empty() {
        return Ok(None);
    }
    let mut versions = Vec::new();
    for row in &tables {
        let table = TableName {
            schema: text(row, 0),
            name: "schema_migrations".to_owned(),
        };
        versions.extend(of_table(session, &table, text(row, 1) == "1").await?);
    }
    Ok(Some(versions))
}

async fn of_table(
    session: &mut Session,
    table: &TableName,
    has_dirty: bool,
) -> Result<Vec<String>, DatabaseError> {
    let version = format!("CAST({} AS CHAR)", column("m", "version"));
    let dirty = if has_dirty {
        format!("IF({}, ' (dirty)', '')", column("m", "dirty"))
    } else {
        "''".to_owned()
    };
    let sql = format!(
        "SELECT CONCAT({version}, {dirty}) FROM {} m ORDER BY 1",
        quote_table(table)
    );
    let rows = session.rows(STEP, &sql, Vec::new()).await?;
    Ok(rows.iter().map(|row| text(row, 0)).collect())
}
