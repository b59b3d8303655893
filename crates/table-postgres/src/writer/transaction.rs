//! The steps of one transaction.

use postgres_client::{Session, quote_identifier as quote};
use table_diff::{Action, Change, DatabaseError, Reading, StaleRow, Table, TableName};
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::fault::Site;
use super::old::OldRows;
use super::stage::Stage;
use super::{check, follow, park, sequence, statements};
use crate::fault::Place;
use crate::sql;

/// A session within its transaction. Dropped, it ends, and the server rolls back.
pub(super) struct Transaction {
    session: Session,
    site: Site,
    /// The quoted name of the database on which the right to make temporary tables is lacking.
    no_temporary: Option<String>,
    stages: Vec<Stage>,
    /// The table whose old rows are being read.
    old: Option<OldRows>,
}

impl Transaction {
    pub(super) fn new(session: Session, site: Site, no_temporary: Option<String>) -> Self {
        Self {
            session,
            site,
            no_temporary,
            stages: Vec::new(),
            old: None,
        }
    }

    fn find(&self, table: &TableName) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.table == *table)
    }

    pub(super) async fn stage(
        &mut self,
        reading: &Reading,
        changes: &[Change],
    ) -> Result<(), DatabaseError> {
        let step = |error| self.site.fault("staging rows of", &reading.table, error);
        if let Some(database) = &self.no_temporary {
            let rule = format!(
                "changes are staged in temporary tables; GRANT TEMPORARY ON DATABASE {database} TO {}",
                quote(&self.site.role)
            );
            return Err(self.site.refused(&reading.table, rule));
        }
        let staged = self
            .stages
            .iter()
            .position(|stage| stage.table == reading.table);
        let index = staged.unwrap_or(self.stages.len());
        if staged.is_none() {
            let made = Stage::create(&self.session, reading, index).await;
            self.stages.push(made.map_err(step)?);
        }
        let added = self.stages[index]
            .add(&self.session, reading, changes)
            .await;
        added.map_err(|error| self.site.fault("staging rows of", &reading.table, error))
    }

    pub(super) async fn lock_and_check(
        &self,
        reading: &Reading,
    ) -> Result<(u64, Vec<StaleRow>), DatabaseError> {
        let Some(stage) = self.find(&reading.table) else {
            return Ok((0, Vec::new()));
        };
        let step = |error| self.site.fault("locking rows of", &reading.table, error);
        let analyze = stage.analyze(reading);
        self.session.batch_execute(&analyze).await.map_err(step)?;
        let lock = check::lock(stage, reading);
        let rows = self.session.query_typed(&lock, &[]).await.map_err(step)?;
        check::stale(&rows, reading).map_err(step)
    }

    pub(super) async fn old(
        &mut self,
        reading: &Reading,
        most: usize,
    ) -> Result<Vec<Change>, DatabaseError> {
        let step = |error| self.site.fault("reading rows of", &reading.table, error);
        let begun = self.old.take().filter(|old| old.table == reading.table);
        let mut old = match (begun, self.find(&reading.table)) {
            (Some(old), _) => old,
            (None, Some(stage)) => {
                let begun = OldRows::begin(&self.session, stage, reading).await;
                begun.map_err(step)?
            }
            (None, None) => return Ok(Vec::new()),
        };
        let changes = old.next(reading, most).await.map_err(step)?;
        self.old = Some(old);
        Ok(changes)
    }

    pub(super) async fn verify(
        &mut self,
        reading: &Reading,
    ) -> Result<(u64, Vec<StaleRow>), DatabaseError> {
        let Self {
            session,
            site,
            stages,
            ..
        } = self;
        let mut stages = stages.iter_mut();
        let Some(stage) = stages.find(|stage| stage.table == reading.table) else {
            return Ok((0, Vec::new()));
        };
        let step = |error| site.fault("checking what was written to", &reading.table, error);
        let now = "SET CONSTRAINTS ALL IMMEDIATE";
        session.batch_execute(now).await.map_err(step)?;
        let verify = check::verify(stage, reading);
        let rows = session.query_typed(&verify, &[]).await.map_err(step)?;
        stage.verified = true;
        check::stale(&rows, reading).map_err(step)
    }

    pub(super) async fn advance(&self, table: &TableName) -> Result<(), DatabaseError> {
        let step = |error| self.site.fault("finding sequences of", table, error);
        for sequence in sequence::find(&self.session, table).await.map_err(step)? {
            let advanced = sequence.advance(&self.session, table).await;
            advanced.map_err(|error| self.sequence_fault(table, &sequence.name, error))?;
        }
        Ok(())
    }

    /// Makes it last, unless it is `broken`, or a table was not verified.
    pub(super) async fn commit(self, broken: bool) -> Result<(), DatabaseError> {
        let place = Place::new(&self.site.database);
        if broken || !self.stages.iter().all(|stage| stage.verified) {
            let detail = "a step before it was refused or left out: nothing is written";
            return Err(place.strange("committing", detail));
        }
        // A COMMIT after a failed statement tells only by its tag that it rolled back; the question before it is refused then.
        let committed = self.session.batch_execute("SELECT 1; COMMIT").await;
        committed.map_err(place.failed("committing"))
    }

    /// Does what is staged for `action`, and answers how many rows were written.
    pub(super) async fn write(
        &self,
        table: &Table,
        reading: &Reading,
        action: Action,
    ) -> Result<u64, DatabaseError> {
        let Some(stage) = self.find(&reading.table) else {
            return Ok(0);
        };
        let Some(statement) = statements::write(stage, table, reading, action) else {
            return Ok(0);
        };
        if let (Action::Update, Some(wanted)) = (action, stage.wanted(action)) {
            follow::refuse(&self.session, &self.site, &wanted, table, reading).await?;
        }
        let step = |error| self.site.fault(writing(action), &reading.table, error);
        let savepoint = "SAVEPOINT writing";
        self.session.batch_execute(savepoint).await.map_err(step)?;
        match self.session.execute_typed(&statement, &[]).await {
            Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
                let back = "ROLLBACK TO SAVEPOINT writing";
                self.session.batch_execute(back).await.map_err(step)?;
                self.check_inserted(stage, reading, action).await?;
                let parked = self.park(stage, table, reading, action).await?;
                if parked == 0 {
                    return Err(step(error));
                }
                let again = self.session.execute_typed(&statement, &[]).await;
                again.map_err(step)
            }
            done => done.map_err(step),
        }
    }

    /// Refuses where somebody else inserted a row although there was none.
    async fn check_inserted(
        &self,
        stage: &Stage,
        reading: &Reading,
        action: Action,
    ) -> Result<(), DatabaseError> {
        if action != Action::Insert {
            return Ok(());
        }
        let step = |error| self.site.fault(writing(action), &reading.table, error);
        let present = check::present(stage, reading);
        let row = self.session.query_typed_opt(&present, &[]).await;
        let Some(row) = row.map_err(step)? else {
            return Ok(());
        };
        let mut parts = Vec::new();
        for (index, (column, _)) in reading.key.iter().enumerate() {
            let text: String = row.try_get(index).map_err(step)?;
            parts.push(format!("{column}={text}"));
        }
        Err(DatabaseError::Stale {
            table: reading.table.to_string(),
            database: self.site.database.clone(),
            what: format!("a row with {} came to be", parts.join(", ")),
        })
    }

    /// Parks rows whose unique values those of `action` want; answers how many.
    async fn park(
        &self,
        stage: &Stage,
        table: &Table,
        reading: &Reading,
        action: Action,
    ) -> Result<u64, DatabaseError> {
        let mut parked = 0;
        for statement in park::park(stage, table, reading, action) {
            let done = self.session.execute_typed(&statement, &[]).await;
            parked += done.map_err(|error| self.site.unparked(&reading.table, error))?;
        }
        Ok(parked)
    }

    fn sequence_fault(
        &self,
        table: &TableName,
        sequence: &TableName,
        error: Error,
    ) -> DatabaseError {
        if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
            let grant = format!("GRANT SELECT, UPDATE ON SEQUENCE {}", sql::table(sequence));
            return self.site.forbidden(table, error, &grant);
        }
        self.site.fault("advancing sequences of", table, error)
    }
}

/// What is being done, for people.
fn writing(action: Action) -> &'static str {
    match action {
        Action::Insert => "inserting into",
        Action::Update => "updating",
        Action::Delete => "deleting from",
    }
}
