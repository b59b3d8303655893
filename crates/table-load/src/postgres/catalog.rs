//! Tables as PostgreSQL's catalogue describes them, and which cells fit which types.

use tokio_postgres::GenericClient;

use crate::csv::Form;
use crate::statements::quote;
use crate::structure::{Dialect, Existing, ExistingColumn};
use crate::{Kind, Table};

/// How the cells of a column go into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fit {
    /// The column's type in staging. The column itself gets it by assignment, which refuses what is too long.
    pub(super) stage: &'static str,
    /// How a cell is written.
    pub(super) form: Form,
    /// The column's own type, where assignment would round.
    pub(super) rounds_to: Option<String>,
}

/// PostgreSQL's types.
pub(super) const DIALECT: Dialect<Fit> = Dialect {
    fit,
    native,
    same_name: |one, other| one == other,
};

fn native(kind: Kind) -> &'static str {
    match kind {
        Kind::BigInt => "bigint",
        Kind::Numeric => "numeric",
        Kind::Text => "text",
        Kind::TextArray => "text[]",
        Kind::Timestamptz => "timestamp with time zone",
        Kind::Date => "date",
        Kind::Time => "time without time zone",
        Kind::Json => "jsonb",
    }
}

fn fit(kind: Kind, type_name: &str) -> Option<Fit> {
    const MOMENT: &str = "timestamp without time zone";
    let base = without_modifier(type_name);
    let (stage, form) = match (kind, base.as_str()) {
        // Text takes the cell as it is, whatever its kind.
        (_, "text" | "character varying" | "character" | "citext" | "public.citext") => {
            ("text", Form::Verbatim)
        }
        (Kind::BigInt, "bigint" | "integer" | "smallint" | "numeric") => ("bigint", Form::Verbatim),
        (
            Kind::Numeric,
            "numeric" | "bigint" | "integer" | "smallint" | "double precision" | "real",
        ) => ("numeric", Form::Verbatim),
        (Kind::TextArray, "text[]" | "character varying[]") => ("text[]", Form::ArrayLiteral),
        // In the session's time zone, which is the plan's.
        (Kind::Timestamptz, "timestamp with time zone" | MOMENT) => {
            ("timestamp with time zone", Form::Verbatim)
        }
        (Kind::Date, "date" | MOMENT) => ("date", Form::Verbatim),
        (Kind::Time, "time without time zone") => ("time without time zone", Form::Verbatim),
        (Kind::Json | Kind::TextArray, "jsonb") => ("jsonb", Form::Verbatim),
        (Kind::Json | Kind::TextArray, "json") => ("json", Form::Verbatim),
        _ => return None,
    };
    let rounds =
        matches!(stage, "numeric" | "bigint") && type_name != "numeric" && type_name != stage;
    Some(Fit {
        stage,
        form,
        rounds_to: rounds.then(|| type_name.to_owned()),
    })
}

/// `character varying(20)[]` is `character varying[]`.
fn without_modifier(type_name: &str) -> String {
    match (type_name.find('('), type_name.find(')')) {
        (Some(open), Some(close)) if open < close => {
            [&type_name[..open], &type_name[close + 1..]].concat()
        }
        _ => type_name.to_owned(),
    }
}

/// Where a wanted table is or would be.
#[derive(Clone, Debug)]
pub(super) struct Place {
    schema: String,
    name: String,
    oid: Option<u32>,
}

impl Place {
    /// Finds `table` as any statement would, or the schema where it would be made.
    pub(super) async fn find(
        client: &impl GenericClient,
        table: &Table,
    ) -> Result<Self, tokio_postgres::Error> {
        let (schema, name) = table.schema_and_name();
        let quoted = schema.map_or_else(
            || quote(name),
            |schema| format!("{}.{}", quote(schema), quote(name)),
        );
        let row = client
            .query_one(
                "SELECT wanted.oid::oid, coalesce(space.nspname::text, $2::text, current_schema()::text, 'public') \
                 FROM (SELECT to_regclass($1::text) AS oid) AS wanted \
                 LEFT JOIN pg_class AS class ON class.oid = wanted.oid \
                 LEFT JOIN pg_namespace AS space ON space.oid = class.relnamespace",
                &[&quoted, &schema],
            )
            .await?;
        Ok(Self {
            schema: row.try_get(1)?,
            name: name.to_owned(),
            oid: row.try_get(0)?,
        })
    }

    /// For statements.
    pub(super) fn quoted(&self) -> String {
        format!("{}.{}", quote(&self.schema), quote(&self.name))
    }

    /// For people and for locks.
    pub(super) fn shown(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    /// What is there.
    pub(super) async fn describe(
        &self,
        client: &impl GenericClient,
    ) -> Result<Option<Existing>, tokio_postgres::Error> {
        let Some(oid) = self.oid else {
            return Ok(None);
        };
        let kind = client
            .query_opt("SELECT relkind::text FROM pg_class WHERE oid = $1", &[&oid])
            .await?;
        let Some(kind) = kind else {
            return Ok(None);
        };
        Ok(Some(Existing {
            odd_kind: odd_kind(kind.try_get(0)?),
            columns: columns(client, oid).await?,
            unique_keys: unique_keys(client, oid).await?,
        }))
    }
}

/// Source: PostgreSQL documentation, `pg_class.relkind`.
fn odd_kind(kind: &str) -> Option<String> {
    let words = match kind {
        "r" | "p" => return None,
        "v" => "a view",
        "m" => "a materialized view",
        "f" => "a foreign table",
        _ => "no table",
    };
    Some(words.to_owned())
}

async fn columns(
    client: &impl GenericClient,
    oid: u32,
) -> Result<Vec<ExistingColumn>, tokio_postgres::Error> {
    let rows = client
        .query(
            "SELECT attname::text, format_type(atttypid, atttypmod), \
                 attnotnull AND NOT atthasdef AND attidentity = '', attgenerated <> '' OR attidentity = 'a' \
             FROM pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            &[&oid],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(ExistingColumn {
                name: row.try_get(0)?,
                type_name: row.try_get(1)?,
                required: row.try_get(2)?,
                computed: row.try_get(3)?,
            })
        })
        .collect()
}

/// The unique indexes that ON CONFLICT can use for every row.
async fn unique_keys(
    client: &impl GenericClient,
    oid: u32,
) -> Result<Vec<Vec<String>>, tokio_postgres::Error> {
    let rows = client
        .query(
            "SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_index AS i \
             JOIN pg_attribute AS a ON a.attrelid = i.indrelid \
                 AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]) \
             WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid AND i.indimmediate \
                 AND i.indpred IS NULL AND i.indexprs IS NULL \
             GROUP BY i.indexrelid ORDER BY i.indexrelid",
            &[&oid],
        )
        .await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_fits_what_is_made_for_it_and_text() {
        let kinds = [
            Kind::BigInt,
            Kind::Numeric,
            Kind::Text,
            Kind::TextArray,
            Kind::Timestamptz,
            Kind::Date,
            Kind::Time,
            Kind::Json,
        ];
        for kind in kinds {
            let fitting = fit(kind, native(kind)).unwrap();
            assert_eq!(
                (fitting.stage, fitting.rounds_to),
                (native(kind), None),
                "{kind:?}"
            );
            assert_eq!(
                fit(kind, "character varying(20)").unwrap().stage,
                "text",
                "{kind:?}"
            );
            assert_eq!(fit(kind, "bytea"), None, "{kind:?}");
        }
    }

    #[test]
    fn a_number_may_not_be_rounded() {
        assert_eq!(
            fit(Kind::Numeric, "numeric(10,2)")
                .unwrap()
                .rounds_to
                .as_deref(),
            Some("numeric(10,2)")
        );
        assert_eq!(
            fit(Kind::Numeric, "integer").unwrap().rounds_to.as_deref(),
            Some("integer")
        );
        assert_eq!(fit(Kind::Text, "numeric"), None);
    }

    #[test]
    fn a_modifier_does_not_change_the_type() {
        assert_eq!(
            without_modifier("timestamp(0) with time zone"),
            "timestamp with time zone"
        );
        assert_eq!(
            without_modifier("character varying(20)[]"),
            "character varying[]"
        );
        assert_eq!(without_modifier("bigint"), "bigint");
    }
}
