//! What is there on both sides, before any row is compared.

use std::collections::BTreeSet;

use function_core::Pattern;
use futures_util::future::{try_join, try_join4};
use table_diff::{
    Engine, Gate, GateOptions, HashMethod, Identity, Reading, Sides, Snapshot, Table, TableName,
    gate,
};

use super::choose::choose;
use super::sessions::Sessions;
use crate::ends::Ends;
use crate::error::SyncError;
use crate::function::TableSync;
use crate::progress::{Progress, SyncStage};
use crate::request::DiffRequest;

/// How many pairs of sessions are opened before the structures are read. More of them would hold a small server up with logging in.
const FIRST: usize = 4;

/// What the observation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// Nothing but itself: no row is read.
    Look,
    /// Rows are compared, and what differs is counted.
    Count,
    /// Rows are compared, and those that differ are fetched.
    Plan,
}

/// Both databases at one moment each, and what of them is to be compared.
pub(super) struct Observed {
    /// They hold the moments for as long as sessions are opened.
    pub(super) snapshots: Sides<Box<dyn Snapshot>>,
    pub(super) sessions: Sessions,
    pub(super) migrations: Sides<Option<Vec<String>>>,
    pub(super) tables: Vec<ObservedTable>,
}

/// A table on both sides.
#[derive(Clone, Debug)]
pub(super) struct ObservedTable {
    pub(super) name: TableName,
    pub(super) structures: Sides<Option<Table>>,
    pub(super) gate: Gate,
}

impl Observed {
    pub(super) fn identities(&self) -> Sides<Identity> {
        Sides {
            source: self.snapshots.source.identity().clone(),
            target: self.snapshots.target.identity().clone(),
        }
    }
}

impl TableSync {
    /// Logs in to both sides and looks at the structures of what is wanted.
    pub(super) async fn observe(
        &self,
        request: &DiffRequest,
        ends: &Ends,
        aim: Aim,
        progress: &Progress,
    ) -> Result<Observed, SyncError> {
        progress.begin(SyncStage::Connecting, 0, None);
        let limits = self.limits();
        let (source, target) = try_join(
            ends.source.database.snapshot(&limits),
            ends.target.database.snapshot(&limits),
        )
        .await?;
        refuse_same(ends, source.identity(), target.identity())?;
        let sessions = Sessions::new();
        // Where moments can't be shared, the one session of each side can be lent only once nothing else is asked of it.
        let shares_moments = source.identity().engine == Engine::PostgreSql;
        let first = if shares_moments {
            self.first_pairs(request, aim)
        } else {
            0
        };
        sessions.open(&*source, &*target, first);
        let (known, known_target) = try_join(source.tables(), target.tables()).await?;
        let known: BTreeSet<TableName> = known.into_iter().chain(known_target).collect();
        let names = choose(&self.config, &request.tables, &known)?;
        progress.begin(SyncStage::Structures, 0, names.len() as u64);
        let count = self.pairs(names.len(), aim);
        let (structures, structures_target, migrations, migrations_target) = try_join4(
            source.structures(&names),
            target.structures(&names),
            source.migrations(),
            target.migrations(),
        )
        .await?;
        let structures = structures.into_iter().zip(structures_target);
        let migrations = Sides {
            source: migrations,
            target: migrations_target,
        };
        let mut tables: Vec<ObservedTable> = names
            .into_iter()
            .zip(structures)
            .map(|(name, (source, target))| self.gated(request, name, Sides { source, target }))
            .collect();
        if shares_moments {
            sessions.open(&*source, &*target, count.saturating_sub(first));
        }
        agree_on_hashes(&*source, &*target, &mut tables).await?;
        if !shares_moments && count > 0 {
            sessions.open(&*source, &*target, 1);
        }
        Ok(Observed {
            snapshots: Sides { source, target },
            sessions,
            migrations,
            tables,
        })
    }

    /// How many pairs of sessions `tables` tables have use for.
    fn pairs(&self, tables: usize, aim: Aim) -> usize {
        let wanted = match aim {
            Aim::Look => 0,
            Aim::Count => tables,
            // The rows of one are fetched while its marks are still read.
            Aim::Plan => tables + 1,
        };
        self.config.parallel.min(wanted)
    }

    /// How many pairs are opened before the tables are known.
    fn first_pairs(&self, request: &DiffRequest, aim: Aim) -> usize {
        let of_settings = self.config.tables.iter().map(Pattern::as_str);
        let wanted = request.tables.iter().map(String::as_str);
        let patterns: Vec<_> = if request.tables.is_empty() {
            of_settings.collect()
        } else {
            wanted.collect()
        };
        let are_names = !patterns.iter().any(|pattern| pattern.contains('*'));
        let tables = if are_names { patterns.len() } else { FIRST };
        self.pairs(tables, aim).min(FIRST)
    }

    fn gated(
        &self,
        request: &DiffRequest,
        name: TableName,
        structures: Sides<Option<Table>>,
    ) -> ObservedTable {
        let config = &self.config;
        let time = config.times.of(&name).and_then(<[String]>::first);
        let options = GateOptions {
            key: config.keys.of(&name).unwrap_or_default().to_vec(),
            time: time.cloned(),
            leave_out: config.leave_out.of(&name).unwrap_or_default().to_vec(),
            compare: request.compare.unwrap_or(config.compare),
            hash: self.first_method(),
        };
        let Sides { source, target } = &structures;
        let gate = gate::compare(source.as_ref(), target.as_ref(), &options);
        ObservedTable {
            name,
            structures,
            gate,
        }
    }

    fn first_method(&self) -> HashMethod {
        if self.config.exact {
            HashMethod::Text
        } else {
            HashMethod::Values
        }
    }
}

fn refuse_same(ends: &Ends, source: &Identity, target: &Identity) -> Result<(), SyncError> {
    if source.engine != target.engine {
        return Err(SyncError::Engines {
            source_name: ends.source.name.clone(),
            target_name: ends.target.name.clone(),
        });
    }
    if source.is_same_database(target) {
        return Err(SyncError::SameDatabase {
            source_name: ends.source.name.clone(),
            target_name: ends.target.name.clone(),
            database: ends.target.database.describe().to_owned(),
        });
    }
    if source.database.is_empty() != target.database.is_empty() {
        return Err(SyncError::Addresses {
            source_name: ends.source.name.clone(),
            target_name: ends.target.name.clone(),
        });
    }
    Ok(())
}

/// Finds for each table the fastest hash that both servers make alike.
async fn agree_on_hashes(
    source: &dyn Snapshot,
    target: &dyn Snapshot,
    tables: &mut [ObservedTable],
) -> Result<(), SyncError> {
    let mut open: Vec<&mut Reading> = tables
        .iter_mut()
        .filter_map(|table| table.gate.reading.as_mut())
        .collect();
    for method in [HashMethod::Values, HashMethod::Text, HashMethod::Md5] {
        // Whoever wants to tell apart what SQL holds equal begins with the second.
        let is_asked = |reading: &Reading| reading.hash == method;
        let readings: Vec<Reading> = open
            .iter()
            .filter(|reading| is_asked(reading))
            .map(|reading| (**reading).clone())
            .collect();
        if readings.is_empty() {
            continue;
        }
        let (ours, theirs) = try_join(
            source.probe(method, &readings),
            target.probe(method, &readings),
        )
        .await?;
        let mut agreed = ours.iter().zip(&theirs).map(|(a, b)| a.is_some() && a == b);
        open.retain_mut(|reading| {
            if reading.hash != method {
                return true;
            }
            let is_agreed = agreed.next().unwrap_or(false);
            reading.hash = match method {
                _ if is_agreed => method,
                HashMethod::Values => HashMethod::Text,
                HashMethod::Text | HashMethod::Md5 => HashMethod::Md5,
            };
            !is_agreed
        });
    }
    match open.first() {
        None => Ok(()),
        Some(reading) => Err(SyncError::NoHash {
            table: reading.table.clone(),
        }),
    }
}
