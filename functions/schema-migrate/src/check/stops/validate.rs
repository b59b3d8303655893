//! Constraints that were made without looking at the rows.

use migration_sql::{Condition, Name, Probe};
use postgres_client::Session;
use tokio_postgres::types::Type;

use super::before::Before;
use crate::check::CheckError;

/// A constraint on rows.
pub(super) struct Unproven {
    pub(super) probe: Probe,
    /// Whether it is there, so that it speaks of columns by the names that they have now.
    pub(super) is_there: bool,
}

/// What `VALIDATE CONSTRAINT` asks of the rows: of a constraint to come, or of one that is there and not yet valid.
pub(super) async fn validated(
    session: &Session,
    before: &Before,
    table: &Name,
    now: &Name,
    constraint: &str,
) -> Result<Option<Unproven>, CheckError> {
    const CONSTRAINT: &str = "SELECT contype::text, pg_catalog.pg_get_expr(conbin, conrelid), \
         ARRAY(SELECT a.attname::text FROM unnest(conkey) WITH ORDINALITY AS k (number, place) \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = conrelid AND a.attnum = k.number ORDER BY k.place), \
         rn.nspname::text, r.relname::text, \
         ARRAY(SELECT a.attname::text FROM unnest(confkey) WITH ORDINALITY AS k (number, place) \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = confrelid AND a.attnum = k.number ORDER BY k.place), \
         confmatchtype = 'f' \
         FROM pg_catalog.pg_constraint c LEFT JOIN pg_catalog.pg_class r ON r.oid = confrelid \
         LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace \
         WHERE conrelid = pg_catalog.to_regclass($1) AND conname = $2 AND NOT convalidated";
    if let Some(probe) = before.unproven(table, constraint) {
        return Ok(Some(Unproven {
            probe: probe.clone(),
            is_there: false,
        }));
    }
    let failed = CheckError::query("looking up a constraint");
    let name = now.quoted();
    let parameters: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] =
        [(&name, Type::TEXT), (&constraint, Type::TEXT)];
    let rows = session
        .query_typed(CONSTRAINT, &parameters)
        .await
        .map_err(&failed)?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let read = || {
        let kind: String = row.try_get(0)?;
        let condition = if kind == "f" {
            Condition::ForeignKey {
                columns: row.try_get(2)?,
                referenced: Name {
                    schema: row.try_get(3)?,
                    name: row.try_get::<_, Option<String>>(4)?.unwrap_or_default(),
                },
                referenced_columns: row.try_get(5)?,
                is_match_full: row.try_get(6)?,
            }
        } else {
            match row.try_get::<_, Option<String>>(1)? {
                Some(expression) => Condition::Check { expression },
                None => return Ok(None),
            }
        };
        let probe = Probe {
            table: table.clone(),
            added: Vec::new(),
            condition,
        };
        Ok(Some(Unproven {
            probe,
            is_there: true,
        }))
    };
    read().map_err(failed)
}
