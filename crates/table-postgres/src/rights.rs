//! What a role lacks.

use postgres_client::Session;
use table_diff::{DatabaseError, Right, TableName};
use tokio_postgres::types::Type;

use crate::fault::Place;

/// Rights on the schema, the table, and, where rows are inserted, the sequences that must be moved behind them. What a role may only do
/// with some columns it lacks, apart from reading: such columns can be left out.
///
/// $1 schemas, $2 names, $3 rights, one each.
const LACKING: &str = "\
WITH wanted AS ( \
    SELECT given.schema, given.name, given.wanted, given.n, space.oid AS space, class.oid \
    FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS given (schema, name, wanted, n) \
    LEFT JOIN pg_namespace AS space ON space.nspname = given.schema \
    LEFT JOIN pg_class AS class ON class.relnamespace = space.oid AND class.relname = given.name) \
SELECT 'USAGE on schema ' || schema AS words, n, 0 AS place FROM wanted \
    WHERE space IS NOT NULL AND NOT has_schema_privilege(space, 'USAGE') \
UNION ALL \
SELECT wanted || ' on ' || schema || '.' || name, n, 1 FROM wanted \
    WHERE oid IS NULL OR NOT CASE wanted WHEN 'SELECT' THEN has_any_column_privilege(oid, wanted) \
        ELSE has_table_privilege(oid, wanted) END \
UNION ALL \
SELECT 'SELECT, UPDATE on sequence ' || space.nspname || '.' || sequence.relname, n, 2 FROM wanted \
    JOIN pg_depend AS belongs ON belongs.classid = 'pg_class'::regclass AND belongs.refclassid = 'pg_class'::regclass \
        AND belongs.refobjid = wanted.oid AND belongs.refobjsubid > 0 AND belongs.deptype IN ('a', 'i') \
    JOIN pg_class AS sequence ON sequence.oid = belongs.objid AND sequence.relkind = 'S' \
    JOIN pg_namespace AS space ON space.oid = sequence.relnamespace \
    WHERE wanted.wanted = 'INSERT' AND NOT (has_sequence_privilege(sequence.oid, 'SELECT') \
        AND has_sequence_privilege(sequence.oid, 'UPDATE')) \
UNION ALL \
SELECT 'TEMPORARY on database ' || current_database(), 0, 3 \
    WHERE EXISTS (SELECT FROM wanted WHERE wanted.wanted <> 'SELECT') \
        AND NOT has_database_privilege(current_database(), 'TEMPORARY') \
ORDER BY n, place, words";

/// What of `rights` the session's role lacks.
pub(crate) async fn lacking(
    session: &Session,
    rights: &[(TableName, Vec<Right>)],
    place: &Place,
) -> Result<Vec<String>, DatabaseError> {
    let each: Vec<_> = rights
        .iter()
        .flat_map(|(table, rights)| rights.iter().map(move |right| (table, word(*right))))
        .collect();
    let schemas: Vec<_> = each
        .iter()
        .map(|(table, _)| table.schema.as_str())
        .collect();
    let names: Vec<_> = each.iter().map(|(table, _)| table.name.as_str()).collect();
    let words: Vec<_> = each.iter().map(|(_, word)| *word).collect();
    let step = || place.failed("asking for the role's rights");
    let rows = session
        .query_typed(
            LACKING,
            &[
                (&schemas, Type::TEXT_ARRAY),
                (&names, Type::TEXT_ARRAY),
                (&words, Type::TEXT_ARRAY),
            ],
        )
        .await
        .map_err(step())?;
    let mut lacking: Vec<String> = Vec::new();
    for row in rows {
        let words = row.try_get(0).map_err(step())?;
        if !lacking.contains(&words) {
            lacking.push(words);
        }
    }
    Ok(lacking)
}

fn word(right: Right) -> &'static str {
    match right {
        Right::Select => "SELECT",
        Right::Insert => "INSERT",
        Right::Update => "UPDATE",
        Right::Delete => "DELETE",
    }
}
