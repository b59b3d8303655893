//! Messages of several statements: one round trip, and an answer for each statement.

use std::pin::pin;

use futures_util::StreamExt as _;
pub(crate) use postgres_client::quote_literal as literal;
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use crate::ServerError;

/// A message that stopped at a statement.
#[derive(Debug)]
pub(crate) struct Stumble {
    /// How many of its statements were done.
    pub(crate) done: usize,
    /// Why it stopped.
    pub(crate) error: ServerError,
}

/// Sends `sql` and lets the rows go. The server stops at the first statement that fails.
pub(crate) async fn send(client: &Client, sql: &str) -> Result<(), Stumble> {
    let mut done = 0;
    let failed = |done, error: tokio_postgres::Error| Stumble {
        done,
        error: error.into(),
    };
    let answers = client.simple_query_raw(sql).await;
    let mut answers = pin!(answers.map_err(|error| failed(0, error))?);
    while let Some(answer) = answers.next().await {
        match answer {
            Ok(SimpleQueryMessage::CommandComplete(_)) => done += 1,
            Ok(_) => {}
            Err(error) => return Err(failed(done, error)),
        }
    }
    Ok(())
}

/// Sends `sql`, and answers the rows of each of its statements.
pub(crate) async fn ask(
    client: &Client,
    sql: &str,
) -> Result<Vec<Vec<SimpleQueryRow>>, ServerError> {
    let mut statements = vec![Vec::new()];
    let mut answers = pin!(client.simple_query_raw(sql).await?);
    while let Some(answer) = answers.next().await {
        match answer? {
            SimpleQueryMessage::CommandComplete(_) => statements.push(Vec::new()),
            SimpleQueryMessage::Row(row) => {
                if let Some(rows) = statements.last_mut() {
                    rows.push(row);
                }
            }
            _ => {}
        }
    }
    statements.pop();
    Ok(statements)
}

/// Sends `sql`, and answers the rows of its last statement.
pub(crate) async fn rows(client: &Client, sql: &str) -> Result<Vec<SimpleQueryRow>, ServerError> {
    Ok(ask(client, sql).await?.pop().unwrap_or_default())
}

/// `text` as a constant of SQL, or `NULL`.
pub(crate) fn literal_or_null(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), literal)
}
