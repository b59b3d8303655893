//! Sequences behind the ids that were written.
//!
//! A sequence is outside of transactions: what is moved here stays moved, whatever comes of the transaction, and so it is never moved
//! back.

use postgres_client::{Session, quote_identifier as quote};
use table_diff::TableName;
use tokio_postgres::types::Type;
use tokio_postgres::{Error, Row};

use crate::sql;

/// The sequences that give whole numbers to columns of a table: those that a column owns, and those that its default asks.
const FIND: &str = "SELECT attribute.attname::text, sequence.oid, schema.nspname::text, sequence.relname::text, \
    known.seqincrement, known.seqmax, known.seqcycle \
    FROM pg_class AS own JOIN pg_namespace AS home ON home.oid = own.relnamespace \
    JOIN pg_attribute AS attribute ON attribute.attrelid = own.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped \
    JOIN LATERAL ( \
        SELECT objid AS sequence FROM pg_depend WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass \
            AND refobjid = own.oid AND refobjsubid = attribute.attnum AND deptype IN ('a', 'i') \
        UNION SELECT refobjid FROM pg_attrdef AS given JOIN pg_depend ON classid = 'pg_attrdef'::regclass \
            AND objid = given.oid AND refclassid = 'pg_class'::regclass \
            WHERE given.adrelid = own.oid AND given.adnum = attribute.attnum) AS asked ON true \
    JOIN pg_class AS sequence ON sequence.oid = asked.sequence AND sequence.relkind = 'S' \
    JOIN pg_namespace AS schema ON schema.oid = sequence.relnamespace \
    JOIN pg_sequence AS known ON known.seqrelid = sequence.oid \
    JOIN pg_type AS kind ON kind.oid = attribute.atttypid \
    WHERE home.nspname = $1 AND own.relname = $2 \
        AND COALESCE(NULLIF(kind.typbasetype, 0), kind.oid) IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) \
    ORDER BY attribute.attnum, sequence.oid";

/// A sequence, and the column that it is of.
pub(super) struct Sequence {
    column: String,
    id: u32,
    pub(super) name: TableName,
    increment: i64,
    most: i64,
    cycles: bool,
}

impl Sequence {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            column: row.try_get(0)?,
            id: row.try_get(1)?,
            name: TableName {
                schema: row.try_get(2)?,
                name: row.try_get(3)?,
            },
            increment: row.try_get(4)?,
            most: row.try_get(5)?,
            cycles: row.try_get(6)?,
        })
    }

    /// Moves it behind the highest value of its column in `table`, in its own steps; never back.
    pub(super) async fn advance(&self, session: &Session, table: &TableName) -> Result<(), Error> {
        let highest = format!(
            "SELECT max({})::bigint FROM {}",
            quote(&self.column),
            sql::table(table)
        );
        let highest = session.query_typed_one(&highest, &[]).await?;
        let Some(highest) = highest.try_get::<_, Option<i64>>(0)? else {
            return Ok(());
        };
        if self.increment < 0 || self.cycles || highest > self.most {
            tracing::warn!(sequence = %self.name, table = %table, highest,
                "a sequence that counts down, begins anew or has ended is left as it is");
            return Ok(());
        }
        // One statement: between looking and moving others take numbers. On the way the numbers may need more than 64 bits.
        let advance = format!(
            "SELECT setval($1::oid::regclass, \
             LEAST($4::numeric, last_value + div($2::numeric - last_value + $3 - 1, $3) * $3)::bigint) FROM {} \
             WHERE last_value < $2 OR last_value = $2 AND NOT is_called",
            sql::table(&self.name)
        );
        let given: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 4] = [
            (&self.id, Type::OID),
            (&highest, Type::INT8),
            (&self.increment, Type::INT8),
            (&self.most, Type::INT8),
        ];
        session.query_typed(&advance, &given).await.map(drop)
    }
}

/// The sequences of `table`.
pub(super) async fn find(session: &Session, table: &TableName) -> Result<Vec<Sequence>, Error> {
    let rows = session
        .query_typed(
            FIND,
            &[(&table.schema, Type::TEXT), (&table.name, Type::TEXT)],
        )
        .await?;
    rows.iter().map(Sequence::read).collect()
}
