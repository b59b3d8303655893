//! What a table looks like, as psql shows it.

mod page;

use futures_util::future::try_join3;
use postgres_client::quote_identifier;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

use self::page::{Alignment, Page};
use crate::CatalogError;

/// The first server that can publish whole schemas.
const PUBLISHES_SCHEMAS: i32 = 150_000;

/// What `\d NAME` of psql 15 shows: of tables, views, indexes, sequences and composite types. `name` is written as in
/// SQL, with quotes where it needs them; a name that is found only with its capitals or blanks is
/// found too.
///
/// # Errors
/// There is nothing of that name, or the server refused.
pub async fn describe(client: &Client, name: &str) -> Result<String, CatalogError> {
    let named = async |name: &str| {
        let relation = include_str!("describe/relation.sql");
        client.query_typed(relation, &[(&name, Type::TEXT)]).await
    };
    let rows = match named(name).await {
        // Servers before 16 refuse what is no name without quotes; newer ones only do not find it.
        Err(error) if error.code() == Some(&SqlState::INVALID_NAME) => {
            named(&quote_identifier(name)).await
        }
        answered => answered,
    }?;
    let Some(row) = rows.first() else {
        return Err(CatalogError::Missing {
            name: name.to_owned(),
        });
    };
    let (oid, kind): (u32, &str) = (row.try_get(0)?, row.try_get(1)?);
    let (version, title): (i32, &str) = (row.try_get(2)?, row.try_get(3)?);
    let mut page = Page::new(title, headers(kind));
    let publications = if version < PUBLISHES_SCHEMAS {
        include_str!("describe/publications_14.sql")
    } else {
        include_str!("describe/publications.sql")
    };
    let relation: [(&(dyn ToSql + Sync), Type); 1] = [(&oid, Type::OID)];
    let (columns, footers, published) = try_join3(
        client.query_typed(include_str!("describe/columns.sql"), &relation),
        client.query_typed(include_str!("describe/footers.sql"), &relation),
        client.query_typed(publications, &relation),
    )
    .await?;
    for row in columns {
        let cells: Vec<Option<String>> = row.try_get(0)?;
        page.row(cells.into_iter().map(Option::unwrap_or_default));
    }
    let mut lines = Vec::new();
    for row in footers.iter().chain(&published) {
        let (section, heading): (i32, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
        let (number, line): (i64, String) = (row.try_get(2)?, row.try_get(3)?);
        lines.push((section, number, heading, line));
    }
    lines.sort();
    let mut above = None;
    for (_, _, heading, line) in lines {
        if heading.is_some() && heading != above {
            page.footer(heading.clone().unwrap_or_default());
        }
        above = heading;
        page.footer(line);
    }
    Ok(page.to_string())
}

fn headers(kind: &str) -> &'static [(&'static str, Alignment)] {
    use Alignment::{Left, Right};
    match kind {
        "S" => &[
            ("Type", Left),
            ("Start", Right),
            ("Minimum", Right),
            ("Maximum", Right),
            ("Increment", Right),
            ("Cycles?", Left),
            ("Cache", Right),
        ],
        "i" | "I" => &[
            ("Column", Left),
            ("Type", Left),
            ("Key?", Left),
            ("Definition", Left),
        ],
        "f" => &[
            ("Column", Left),
            ("Type", Left),
            ("Collation", Left),
            ("Nullable", Left),
            ("Default", Left),
            ("FDW options", Left),
        ],
        _ => &[
            ("Column", Left),
            ("Type", Left),
            ("Collation", Left),
            ("Nullable", Left),
            ("Default", Left),
        ],
    }
}
