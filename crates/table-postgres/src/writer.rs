//! Writing, in one transaction.
//!
//! Changes are copied into temporary tables, and each step is one statement for all rows of a table. Before anything is written the rows are
//! locked and held against what was seen of them, and afterwards against what was wanted.

mod check;
mod copy_text;
mod end;
mod fault;
mod follow;
mod old;
mod park;
mod sequence;
mod stage;
mod statements;
mod transaction;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use postgres_client::Address;
use table_diff::{
    Action, Change, DatabaseError, Identity, Limits, Reading, StaleRow, Table, TransactionId,
    Writer,
};

pub(crate) use self::end::end_of;
use self::fault::Site;
use self::transaction::Transaction;
use crate::fault::Place;
use crate::session;

type Answer<'a, T> = BoxFuture<'a, Result<T, DatabaseError>>;

/// Keys are ordered by the caller as far as that is possible; the rest of them is looked at before the end. The transaction gets its
/// number at once, for it is asked by it when an answer is lost.
const BEGIN: &str = "SELECT pg_current_xact_id()::text, current_user::text, \
                     has_database_privilege(current_database(), 'TEMPORARY'), quote_ident(current_database()), \
                     current_setting('session_replication_role') = 'origin'";

/// What was told as written outlasts a crash, also where a role or a database is set to `off`; what is stricter stays.
const LASTING: &str = "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'";

/// Rows are looked up in the order of their keys, and what is read twice is in memory by then. At the cost that PostgreSQL expects of
/// a turning disk, it would read a table as a whole for each step where one row in thirty is written.
///
/// Source: PostgreSQL documentation, "Planner Cost Constants", `random_page_cost`.
const LOOKING_UP: &str = "SELECT set_config('random_page_cost', '1.1', true) WHERE current_setting('random_page_cost')::float8 > 1.1";

/// Logs in at `address`, and begins a transaction. `name` is what other sessions see of it.
pub(crate) async fn open(
    address: &Address,
    name: &str,
    limits: &Limits,
) -> Result<Box<dyn Writer>, DatabaseError> {
    let opened = session::write(address, name, limits).await?;
    let session = opened.session;
    let place = Place::new(address.describe());
    let step = "beginning a transaction";
    let first = format!("SET CONSTRAINTS ALL DEFERRED; {LASTING}; {LOOKING_UP}");
    let first = session.batch_execute(&first).await;
    first.map_err(place.failed(step))?;
    let begun = session.query_typed_one(BEGIN, &[]).await;
    let begun = begun.and_then(|row| {
        let (id, role): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let (may_stage, database): (bool, String) = (row.try_get(2)?, row.try_get(3)?);
        let id = end::transaction(&id, &opened.identity.server);
        let no_temporary = (!may_stage).then_some(database);
        Ok((id, role, no_temporary, row.try_get::<_, bool>(4)?))
    });
    let (id, role, no_temporary, is_origin) = begun.map_err(place.failed(step))?;
    let site = Site {
        database: address.describe().to_owned(),
        role,
    };
    if !is_origin {
        // Else foreign keys and triggers would not be heeded.
        let origin = "SET LOCAL session_replication_role = origin";
        let set = session.batch_execute(origin).await;
        set.map_err(|error| site.replica(step, error))?;
    }
    Ok(Box::new(PostgresWriter {
        identity: opened.identity,
        id,
        steps: Transaction::new(session, site, no_temporary),
        broken: false,
    }))
}

struct PostgresWriter {
    identity: Identity,
    id: TransactionId,
    steps: Transaction,
    /// Whether a step was refused, or found rows that are not as told: then nothing may last.
    broken: bool,
}

impl Writer for PostgresWriter {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn transaction(&self) -> Option<&TransactionId> {
        Some(&self.id)
    }

    fn stage<'a>(
        &'a mut self,
        _: &'a Table,
        reading: &'a Reading,
        changes: &'a [Change],
    ) -> Answer<'a, ()> {
        async move {
            let done = self.steps.stage(reading, changes).await;
            self.heed(done)
        }
        .boxed()
    }

    fn lock_and_check<'a>(&'a mut self, reading: &'a Reading) -> Answer<'a, (u64, Vec<StaleRow>)> {
        async move {
            let done = self.steps.lock_and_check(reading).await;
            let stale = self.heed(done)?;
            self.broken |= stale.0 > 0;
            Ok(stale)
        }
        .boxed()
    }

    fn old<'a>(&'a mut self, reading: &'a Reading, most: usize) -> Answer<'a, Vec<Change>> {
        async move {
            let done = self.steps.old(reading, most).await;
            self.heed(done)
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
            let done = self.steps.write(table, reading, action).await;
            self.heed(done)
        }
        .boxed()
    }

    fn verify<'a>(&'a mut self, reading: &'a Reading) -> Answer<'a, (u64, Vec<StaleRow>)> {
        async move {
            let done = self.steps.verify(reading).await;
            let wrong = self.heed(done)?;
            self.broken |= wrong.0 > 0;
            Ok(wrong)
        }
        .boxed()
    }

    fn advance<'a>(&'a mut self, table: &'a Table) -> Answer<'a, ()> {
        async move {
            let done = self.steps.advance(&table.name).await;
            self.heed(done)
        }
        .boxed()
    }

    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<(), DatabaseError>> {
        async move { self.steps.commit(self.broken).await }.boxed()
    }
}

impl PostgresWriter {
    /// Remembers a refusal, so that nothing is committed after it.
    fn heed<T>(&mut self, done: Result<T, DatabaseError>) -> Result<T, DatabaseError> {
        self.broken |= done.is_err();
        done
    }
}
