//! What a statement that is no transaction left behind when it was stopped: found in the catalog, and removed.

use migration_sql::{Alone, Name};
use tokio_postgres::Client;

use crate::ServerError;
use crate::wire::{self, literal};

/// What the catalog says of a statement that was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It is done.
    Done,
    /// It was half-way, and is done now.
    Finished,
    /// It is not done, and nothing is left of it.
    Nothing,
}

/// Removes what `alone` left half-way, and tells whether it is done.
pub(crate) async fn settle(client: &Client, alone: &Alone) -> Result<Found, ServerError> {
    match alone {
        Alone::CreateIndex { index, table } => created(client, index, table).await,
        Alone::DropIndex { index } => {
            let oid = format!("to_regclass({})", literal(&index.quoted()));
            Ok(done(!is_true(client, &format!("{oid} IS NOT NULL")).await?))
        }
        Alone::Reindex { relation } => {
            drop_all(client, &rebuilt(relation.as_ref())).await?;
            Ok(Found::Nothing)
        }
        Alone::Detach { table, partition } => detached(client, table, partition).await,
        Alone::Repeatable | Alone::Other => Ok(Found::Nothing),
    }
}

/// INVALID indexes that nobody is building at this moment.
const INVALID: &str = "SELECT format('%I.%I', space.nspname, class.relname) FROM pg_index AS place \
    JOIN pg_class AS class ON class.oid = place.indexrelid JOIN pg_namespace AS space ON space.oid = class.relnamespace \
    WHERE NOT place.indisvalid AND class.relkind = 'i' \
      AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS work WHERE work.index_relid = class.oid)";

async fn created(client: &Client, index: &Name, table: &Name) -> Result<Found, ServerError> {
    let place = format!(
        "class.relname = {} AND place.indrelid = to_regclass({})",
        literal(&index.name),
        literal(&table.quoted())
    );
    drop_all(client, &format!("{INVALID} AND {place}")).await?;
    let is_there = format!(
        "EXISTS (SELECT FROM pg_index AS place JOIN pg_class AS class ON class.oid = place.indexrelid WHERE place.indisvalid AND {place})"
    );
    Ok(done(is_true(client, &is_there).await?))
}

/// **Source:** PostgreSQL documentation, REINDEX, "Rebuilding Indexes Concurrently".
fn rebuilt(relation: Option<&Name>) -> String {
    let leftovers = format!("{INVALID} AND class.relname ~ '_cc(new|old)[0-9]*$'");
    let Some(relation) = relation else {
        return leftovers;
    };
    let oid = format!("to_regclass({})", literal(&relation.quoted()));
    format!(
        "{leftovers} AND place.indrelid IN ({oid}, (SELECT indrelid FROM pg_index WHERE indexrelid = {oid}))"
    )
}

/// What is being detached is detached to the end.
async fn detached(client: &Client, table: &Name, partition: &Name) -> Result<Found, ServerError> {
    let link = format!(
        "FROM pg_inherits WHERE inhparent = to_regclass({}) AND inhrelid = to_regclass({})",
        literal(&table.quoted()),
        literal(&partition.quoted())
    );
    if is_true(
        client,
        &format!("EXISTS (SELECT {link} AND inhdetachpending)"),
    )
    .await?
    {
        let (table, partition) = (table.quoted(), partition.quoted());
        let finalize = format!("ALTER TABLE {table} DETACH PARTITION {partition} FINALIZE");
        wire::rows(client, &finalize).await?;
        return Ok(Found::Finished);
    }
    Ok(done(
        !is_true(client, &format!("EXISTS (SELECT {link})")).await?,
    ))
}

async fn drop_all(client: &Client, select: &str) -> Result<(), ServerError> {
    for index in texts(client, select).await? {
        drop_index(client, &index).await?;
    }
    Ok(())
}

async fn drop_index(client: &Client, index: &str) -> Result<(), ServerError> {
    tracing::info!(index, "dropping an INVALID index that was left half-built");
    wire::rows(client, &format!("DROP INDEX CONCURRENTLY {index}")).await?;
    Ok(())
}

async fn texts(client: &Client, sql: &str) -> Result<Vec<String>, ServerError> {
    let rows = wire::rows(client, sql).await?;
    Ok(rows
        .iter()
        .filter_map(|row| Some(row.get(0)?.to_owned()))
        .collect())
}

async fn is_true(client: &Client, expression: &str) -> Result<bool, ServerError> {
    let rows = wire::rows(client, &format!("SELECT {expression}")).await?;
    Ok(rows.first().and_then(|row| row.get(0)) == Some("t"))
}

fn done(is_done: bool) -> Found {
    if is_done { Found::Done } else { Found::Nothing }
}
