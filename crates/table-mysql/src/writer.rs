//! A session that writes, within one transaction.

mod delete;
mod follow;
mod insert;
mod look;
mod self_reference;
mod stage;
mod swap;
mod update;

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _};
use table_diff::{
    Action, Change, DatabaseError, Identity, Limits, Reading, StaleRow, Table, TableName,
    TransactionId, Writer,
};

use crate::address::Address;
use crate::layout::Layout;
use crate::session::{self, Session};
use stage::Stage;

type Answer<'a, T> = BoxFuture<'a, Result<T, DatabaseError>>;

/// How many staged rows one statement looks at or writes.
const ROWS: u64 = 5_000;

/// How much longer than the server we wait for a statement's end, so that the server's own words are what people read.
const GRACE: Duration = Duration::from_secs(5);

/// The transaction begins with the first lock: a temporary table is made before, for some servers (GTIDs) refuse to make one within a
/// transaction. Making it commits nothing.
pub(crate) struct MySqlWriter {
    session: Session,
    stages: BTreeMap<TableName, Stage>,
    has_begun: bool,
    /// Whether a step was refused, given up, or found rows that are not as told: then nothing more is done, and nothing lasts.
    broken: bool,
}

impl MySqlWriter {
    pub(crate) async fn open(
        address: &Address,
        name: &str,
        limits: &Limits,
    ) -> Result<Self, DatabaseError> {
        let patience = session::patience(limits);
        let mut session = Session::open(address, name, limits, &patience).await?;
        session.patience = Some(limits.statement + GRACE);
        Ok(Self {
            session,
            stages: BTreeMap::new(),
            has_begun: false,
            broken: false,
        })
    }

    /// Begins a step, which leaves all broken unless it is said to be done: an error may have come in the middle, and so may the end of whoever waited.
    fn begin_step(&mut self) -> Result<(), DatabaseError> {
        if std::mem::replace(&mut self.broken, true) {
            return Err(self.refusal("going on"));
        }
        Ok(())
    }

    /// Ends a step that went well, or found `wrong` rows.
    fn end_step(&mut self, wrong: u64) {
        self.broken = wrong > 0;
    }

    fn refusal(&self, step: &str) -> DatabaseError {
        let detail = "a step before it was refused or left out: nothing is written";
        self.session.answer(step, detail)
    }

    /// The staged rows of `reading`'s table, within the transaction.
    async fn staged<'a>(&'a mut self, reading: &'a Reading) -> Result<Staged<'a>, DatabaseError> {
        if !self.has_begun {
            let begin = "START TRANSACTION READ WRITE";
            self.session.run("beginning", begin, Vec::new()).await?;
            self.has_begun = true;
        }
        let layout = Layout::of(reading, &self.session.database)?;
        let stage = self.stages.get_mut(&reading.table);
        let stage = stage.ok_or_else(|| DatabaseError::Refused {
            table: reading.table.to_string(),
            database: self.session.database.to_string(),
            rule: "nothing is staged for it".to_owned(),
        })?;
        Ok(Staged {
            session: &mut self.session,
            stage,
            layout,
        })
    }
}

/// The staged rows of one table, called `s` in statements, and the table, called `t`.
struct Staged<'a> {
    session: &'a mut Session,
    stage: &'a mut Stage,
    layout: Layout<'a>,
}

impl Staged<'_> {
    /// What is being done, for people.
    fn step(&self, doing: &str) -> String {
        format!("{doing} {}", self.layout.reading.table)
    }

    /// Runs `sql` for all staged rows, some at a time; its two places are bound to the number of the row before the first, and of the last.
    async fn for_all(&mut self, sql: &str) -> Result<u64, mysql_async::Error> {
        let mut written = 0;
        let mut first = 0;
        while first < self.stage.rows {
            let values = vec![first.into(), (first + ROWS).into()];
            written += self.session.try_run(sql, values).await?;
            first += ROWS;
        }
        Ok(written)
    }
}

impl Writer for MySqlWriter {
    fn identity(&self) -> &Identity {
        &self.session.identity
    }

    /// The server has nothing that a transaction is known by afterwards.
    fn transaction(&self) -> Option<&TransactionId> {
        None
    }

    fn stage<'a>(
        &'a mut self,
        table: &'a Table,
        reading: &'a Reading,
        changes: &'a [Change],
    ) -> Answer<'a, ()> {
        async move {
            self.begin_step()?;
            let layout = Layout::of(reading, &self.session.database)?;
            if !self.stages.contains_key(&table.name) {
                let number = self.stages.len();
                let stage = Stage::make(&mut self.session, &layout, number).await?;
                self.stages.insert(table.name.clone(), stage);
            }
            if let Some(stage) = self.stages.get_mut(&table.name) {
                stage.add(&mut self.session, &layout, changes).await?;
            }
            self.end_step(0);
            Ok(())
        }
        .boxed()
    }

    fn lock_and_check<'a>(&'a mut self, reading: &'a Reading) -> Answer<'a, (u64, Vec<StaleRow>)> {
        async {
            self.begin_step()?;
            let stale = self.staged(reading).await?.lock_and_check().await?;
            self.end_step(stale.0);
            Ok(stale)
        }
        .boxed()
    }

    fn old<'a>(&'a mut self, reading: &'a Reading, most: usize) -> Answer<'a, Vec<Change>> {
        async move {
            self.begin_step()?;
            let old = self.staged(reading).await?.old(most).await?;
            self.end_step(0);
            Ok(old)
        }
        .boxed()
    }

    fn write<'a>(
        &'a mut self,
        table: &'a Table,
        reading: &'a Reading,
        action: Action,
    ) -> Answer<'a, u64> {
        async move {
            self.begin_step()?;
            let mut staged = self.staged(reading).await?;
            staged.stage.verified = false;
            let written = match action {
                Action::Delete => staged.delete(table).await,
                Action::Update => staged.update(table).await,
                Action::Insert => staged.insert(table).await,
            }?;
            self.end_step(0);
            Ok(written)
        }
        .boxed()
    }

    fn verify<'a>(&'a mut self, reading: &'a Reading) -> Answer<'a, (u64, Vec<StaleRow>)> {
        async {
            self.begin_step()?;
            let mut staged = self.staged(reading).await?;
            let wrong = staged.verify().await?;
            staged.stage.verified = true;
            self.end_step(wrong.0);
            Ok(wrong)
        }
        .boxed()
    }

    /// `InnoDB` has moved the counter behind the highest value already.
    fn advance<'a>(&'a mut self, _: &'a Table) -> Answer<'a, ()> {
        async { Ok(()) }.boxed()
    }

    fn commit(mut self: Box<Self>) -> BoxFuture<'static, Result<(), DatabaseError>> {
        async move {
            if self.broken || !self.stages.values().all(|stage| stage.verified) {
                return Err(self.refusal("committing"));
            }
            self.session.run("committing", "COMMIT", Vec::new()).await?;
            Ok(())
        }
        .boxed()
    }
}
