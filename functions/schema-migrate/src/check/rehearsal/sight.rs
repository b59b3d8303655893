//! What a statement does to tables, seen from within its transaction.

use std::collections::BTreeMap;

use migration_sql::{LockLevel, Locked, Name};
use postgres_client::Session;

use crate::check::CheckError;

/// What a statement was seen to do.
pub(super) struct Seen {
    /// The locks that it took, and that its transaction had not.
    pub(super) locks: Vec<(Locked, LockLevel)>,
    /// Whether a table got new storage.
    pub(super) rewrites: bool,
}

/// The tables as they are before a statement.
pub(super) struct Sight {
    /// The tables that were there when the file began, under the names they had then.
    names: BTreeMap<u32, Name>,
    held: BTreeMap<u32, LockLevel>,
    storage: BTreeMap<u32, u32>,
}

/// A table, its schema and name, and where its rows are stored.
const TABLES: &str = "SELECT c.oid, n.nspname::text, c.relname::text, \
     CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_relation_filenode(c.oid) END \
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

const LOCKS: &str = "SELECT relation, mode FROM pg_catalog.pg_locks WHERE locktype = 'relation' AND granted \
     AND pid = pg_catalog.pg_backend_pid() \
     AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())";

impl Sight {
    /// Before the first statement of a file.
    pub(super) async fn first(stage: &Session) -> Result<Self, CheckError> {
        let (names, storage) = tables(stage).await?;
        Ok(Self {
            names,
            held: BTreeMap::new(),
            storage,
        })
    }

    /// After a statement of `kind`.
    pub(super) async fn next(&mut self, stage: &Session, kind: &str) -> Result<Seen, CheckError> {
        let mut locks = Vec::new();
        for (table, level) in held(stage).await? {
            let before = self.held.insert(table, level);
            if let Some(name) = self.names.get(&table)
                && before < Some(level)
            {
                locks.push((Locked::Relation(name.clone()), level));
            }
        }
        let (_, storage) = tables(stage).await?;
        // What is emptied gets new storage as well, and costs nothing.
        let rewrites = !kind.starts_with("TRUNCATE")
            && self
                .storage
                .iter()
                .any(|(table, place)| storage.get(table).is_some_and(|now| now != place));
        self.storage = storage;
        Ok(Seen { locks, rewrites })
    }
}

type Tables = (BTreeMap<u32, Name>, BTreeMap<u32, u32>);

async fn tables(stage: &Session) -> Result<Tables, CheckError> {
    let failed = CheckError::query("looking at the rehearsal");
    let rows = stage.query_typed(TABLES, &[]).await.map_err(&failed)?;
    let (mut names, mut storage) = Tables::default();
    for row in &rows {
        let mut read = || {
            let table = row.try_get(0)?;
            let name = Name {
                schema: Some(row.try_get(1)?),
                name: row.try_get(2)?,
            };
            names.insert(table, name);
            if let Some(place) = row.try_get::<_, Option<u32>>(3)? {
                storage.insert(table, place);
            }
            Ok(())
        };
        read().map_err(&failed)?;
    }
    Ok((names, storage))
}

/// The strongest lock on each relation.
async fn held(stage: &Session) -> Result<BTreeMap<u32, LockLevel>, CheckError> {
    let failed = CheckError::query("looking at the rehearsal's locks");
    let rows = stage.query_typed(LOCKS, &[]).await.map_err(&failed)?;
    let mut held = BTreeMap::new();
    for row in &rows {
        let mut read = || {
            let (relation, mode): (u32, String) = (row.try_get(0)?, row.try_get(1)?);
            if let Some(level) = LockLevel::of_mode(&mode) {
                let strongest = held.entry(relation).or_insert(level);
                *strongest = level.max(*strongest);
            }
            Ok(())
        };
        read().map_err(&failed)?;
    }
    Ok(held)
}
