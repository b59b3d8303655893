//! The locks of each statement on tables as they are.

use std::collections::BTreeMap;

use migration_sql::{LockLevel, Locked};
use postgres_client::Session;

use super::CheckError;
use super::pending::{PendingFile, Place, statements};
use super::rehearsal::Rehearsal;
use super::relation::{Relation, relations};

/// A lock on a table that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableLock {
    pub(super) relation: Relation,
    pub(super) level: LockLevel,
}

/// The locks of every statement: what its words tell, and what a rehearsal saw it take besides.
pub(super) async fn told(
    session: &Session,
    files: &[PendingFile<'_>],
    rehearsal: &Rehearsal,
) -> Result<BTreeMap<Place, Vec<TableLock>>, CheckError> {
    let mut found = Found::default();
    let mut told = BTreeMap::new();
    for (place, pending) in statements(files) {
        let mut locks = Vec::new();
        for lock in &pending.facts.locks {
            let relations = found.relations(session, &lock.on).await?;
            take(&mut locks, relations, lock.level);
        }
        for (on, level) in rehearsal.locks(place) {
            let relations = found.relations(session, on).await?;
            take(&mut locks, relations, *level);
        }
        told.insert(place, locks);
    }
    Ok(told)
}

fn take(locks: &mut Vec<TableLock>, relations: &[Relation], level: LockLevel) {
    for relation in relations {
        match locks
            .iter_mut()
            .find(|lock| lock.relation.oid == relation.oid)
        {
            Some(lock) => lock.level = lock.level.max(level),
            None => locks.push(TableLock {
                relation: relation.clone(),
                level,
            }),
        }
    }
}

/// What was looked up already: most files speak of one table again and again.
#[derive(Default)]
struct Found(BTreeMap<Locked, Vec<Relation>>);

impl Found {
    async fn relations(
        &mut self,
        session: &Session,
        on: &Locked,
    ) -> Result<&[Relation], CheckError> {
        if !self.0.contains_key(on) {
            let found = relations(session, &on.query()).await?;
            self.0.insert(on.clone(), found);
        }
        Ok(self.0.get(on).map_or(&[], Vec::as_slice))
    }
}
