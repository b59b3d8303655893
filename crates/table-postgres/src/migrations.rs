//! Which migrations a database has seen.

use postgres_client::Session;
use table_diff::{DatabaseError, TableName};

use crate::fault::Place;
use crate::sql;

/// All tables that tools keep versions in: golang-migrate and this project's job one row with `dirty`, Rails and dbmate a row
/// for each migration.
const TABLES: &str = "SELECT space.nspname::text, EXISTS ( \
        SELECT FROM pg_attribute WHERE attrelid = class.oid AND attname = 'dirty' AND atttypid = 'bool'::regtype) \
    FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace \
    WHERE class.relname = 'schema_migrations' AND class.relkind IN ('r', 'p') AND class.relpersistence <> 't' \
        AND has_schema_privilege(space.oid, 'USAGE') AND has_table_privilege(class.oid, 'SELECT') \
        AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = class.oid AND attname = 'version') \
    ORDER BY space.nspname";

/// The versions, in order; one that was left half done is marked as `dirty`. `None` where nobody keeps any.
pub(crate) async fn migrations(
    session: &Session,
    place: &Place,
) -> Result<Option<Vec<String>>, DatabaseError> {
    let step = || place.failed("reading schema_migrations");
    let tables = session.query_typed(TABLES, &[]).await.map_err(step())?;
    if tables.is_empty() {
        return Ok(None);
    }
    let mut parts = Vec::new();
    for row in &tables {
        let schema = row.try_get(0).map_err(step())?;
        let has_dirty = row.try_get(1).map_err(step())?;
        parts.push(select(schema, has_dirty));
    }
    let sql = format!(
        "SELECT version FROM ({}) AS kept (version) WHERE version IS NOT NULL \
         ORDER BY length(version), version COLLATE \"C\"",
        parts.join(" UNION ALL ")
    );
    let rows = session.query_typed(&sql, &[]).await.map_err(step())?;
    let versions = rows.iter().map(|row| row.try_get(0));
    versions.collect::<Result<_, _>>().map(Some).map_err(step())
}

fn select(schema: String, has_dirty: bool) -> String {
    let table = sql::table(&TableName {
        schema,
        name: "schema_migrations".to_owned(),
    });
    let dirty = if has_dirty {
        " || CASE WHEN dirty THEN ' (dirty)' ELSE '' END"
    } else {
        ""
    };
    format!("SELECT version::text{dirty} FROM {table}")
}
