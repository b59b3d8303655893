//! What a role may do.

use mysql_async::Value;
use table_diff::{DatabaseError, Right, TableName};

use crate::catalog::{schema_of, text};
use crate::fault;
use crate::identifier::{quote, quote_table};
use crate::session::Session;

const STEP: &str = "asking for rights";

/// How many of a table's columns there are, and how many of them may be read, inserted and updated; computed ones are never written.
const COLUMNS: &str = "\
SELECT COUNT(*), SUM(FIND_IN_SET('select', privileges) > 0), SUM(is_computed OR FIND_IN_SET('insert', privileges) > 0),
    SUM(is_computed OR FIND_IN_SET('update', privileges) > 0)
FROM (
    SELECT LOWER(privileges) privileges, REPLACE(UPPER(extra), 'DEFAULT_GENERATED', '') LIKE '%GENERATED%' is_computed
    FROM information_schema.columns WHERE table_schema = ? AND table_name = ?
) c";

/// What of `rights` the session lacks. The session must be within no transaction that is read only, for there nothing of the kind is answered.
pub(crate) async fn lacking(
    session: &mut Session,
    rights: &[(TableName, Vec<Right>)],
) -> Result<Vec<String>, DatabaseError> {
    let mut lacking = Vec::new();
    let mut written: Vec<String> = Vec::new();
    let home = session.identity.database.clone();
    for (table, rights) in rights {
        let schema = schema_of(&home, table);
        let bound = vec![Value::from(&schema), Value::from(&table.name)];
        let counts = session.rows(STEP, COLUMNS, bound).await?;
        let count = |place: usize| {
            counts
                .first()
                .map(|row| text(row, place))
                .unwrap_or_default()
        };
        let all = count(0);
        for right in rights {
            let (word, has) = match right {
                Right::Select => ("SELECT", count(1) == all),
                Right::Insert => ("INSERT", count(2) == all),
                Right::Update => ("UPDATE", count(3) == all),
                Right::Delete => ("DELETE", may_delete(session, table).await?),
            };
            if !has || all == "0" {
                lacking.push(format!("{word} on {table}"));
            }
        }
        if rights.iter().any(|right| *right != Right::Select) && !written.contains(&schema) {
            written.push(schema);
        }
    }
    for schema in written {
        if !may_stage(session, &schema).await? {
            lacking.push(format!("CREATE TEMPORARY TABLES on {schema}"));
        }
    }
    Ok(lacking)
}

/// The statement is explained, not run.
async fn may_delete(session: &mut Session, table: &TableName) -> Result<bool, DatabaseError> {
    let sql = format!("EXPLAIN DELETE FROM {} WHERE FALSE", quote_table(table));
    is_allowed(session, &sql).await
}

/// Rows are staged in a temporary table beside the one that is written.
async fn may_stage(session: &mut Session, schema: &str) -> Result<bool, DatabaseError> {
    let name = format!("{}.`tasuki_probe`", quote(schema));
    let create = format!("CREATE TEMPORARY TABLE {name} (n INT PRIMARY KEY)");
    if !is_allowed(session, &create).await? {
        return Ok(false);
    }
    is_allowed(session, &format!("DROP TEMPORARY TABLE {name}")).await
}

/// Denied are a database (1044), a table (1142) or a column (1143).
async fn is_allowed(session: &mut Session, sql: &str) -> Result<bool, DatabaseError> {
    match session.try_run(sql, Vec::new()).await {
        Ok(_) => Ok(true),
        Err(error) if matches!(fault::number(&error), Some(1044 | 1142 | 1143)) => Ok(false),
        Err(error) => Err(session.fault(STEP, error)),
    }
}
