//! The two tables, and what another tool did since we looked last.

use migration_folder::Folder;
use postgres_client::quote_identifier;
use tokio_postgres::error::SqlState;

use crate::history::{self, NewEntry, Outcome};
use crate::{Adopted, Migrator, RunError, ServerError, Status, state, wire};

impl Migrator {
    /// Makes the tables that are not there, and writes down what another tool did. Where there is no news nothing is written.
    pub(crate) async fn prepare(
        &mut self,
        folder: &Folder,
        status: &Status,
        will_write: bool,
    ) -> Result<(), RunError> {
        let names = &self.server.names;
        let has_news = will_write || !status.adopted.is_empty();
        let mut sql = Vec::new();
        if has_news && !self.server.tables.version {
            self.refuse_elsewhere().await?;
            sql.push(state::create(&names.version));
        }
        if has_news && !self.server.tables.history {
            sql.push(history::create(&names.history));
        }
        for Adopted { version, direction } in &status.adopted {
            tracing::info!(%version, %direction, "another tool ran this migration; it is taken over into the history");
            let entry = NewEntry::of(folder, *version, *direction, Outcome::Adopted);
            sql.push(entry.insert(&names.history, &self.options));
        }
        if sql.is_empty() {
            return Ok(());
        }
        self.write(&sql.join("; ")).await?;
        self.server.tables.version = true;
        self.server.tables.history = true;
        Ok(())
    }

    /// A schema that was made since, or comes first for this user, must not hide what was applied.
    async fn refuse_elsewhere(&self) -> Result<(), RunError> {
        let (table, schema) = (&self.options.table, self.server.schema.as_deref());
        if table.schema().is_some() {
            return Ok(());
        }
        let sql = format!(
            "SELECT space.nspname FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace \
             WHERE class.relname = {} AND space.nspname = ANY (current_schemas(false)) \
               AND (SELECT count(*) FROM pg_attribute AS part WHERE part.attrelid = class.oid \
                    AND part.attname IN ('version', 'dirty') AND NOT part.attisdropped) = 2 LIMIT 1",
            wire::literal(table.name())
        );
        let rows = wire::rows(&self.server.session, &sql).await;
        let rows = rows.map_err(|source| self.refused(source))?;
        let Some(found) = rows.first().and_then(|row| row.get(0)) else {
            return Ok(());
        };
        let schema = schema.unwrap_or_default().to_owned();
        Err(RunError::Elsewhere {
            found: format!("{found}.{}", table.name()),
            own: format!("{schema}.{}", table.name()),
            schema,
        })
    }

    /// Runs `sql`, which writes into the two tables only, as one transaction.
    pub(crate) async fn write(&self, sql: &str) -> Result<(), RunError> {
        let sql = format!("BEGIN; {sql}; COMMIT");
        let Err(stumble) = wire::send(&self.server.session, &sql).await else {
            return Ok(());
        };
        if let Err(error) = wire::send(&self.server.session, "ROLLBACK").await {
            tracing::debug!(error = %error.error, "the transaction ends with the session");
        }
        Err(self.refused(stumble.error))
    }

    fn refused(&self, source: ServerError) -> RunError {
        let names = &self.server.names;
        let schema = quote_identifier(self.server.schema.as_deref().unwrap_or_default());
        let lacks_right = source.state() == Some(&SqlState::INSUFFICIENT_PRIVILEGE);
        let repair = || {
            format!(
                "let a user who may do so run `GRANT USAGE, CREATE ON SCHEMA {schema}` for this user, and, where they are there already, \
                 `GRANT SELECT, INSERT, UPDATE, DELETE ON {}` and the same on {}",
                names.version, names.history
            )
        };
        RunError::Server {
            step: "writing the tables of the version and the history",
            repair: lacks_right.then(repair),
            source,
        }
    }
}
