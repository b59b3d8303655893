//! All that an account holds.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::Options;
use super::data::{Import, ImportFault, Traffic, settle_imports};
use super::export::{Export, Scope};
use super::fault::Fault;
use super::hosted::Hosted;
use super::output::{hex, md5};
use super::refusal::Refusal;
use super::start::{Wanted, described};
use crate::clock::Clock;

/// The least that an incremental export is billed, in bytes.
const LEAST_BILLED: u64 = 10_000_000;

/// How soon an export fails whose bucket can't be written.
const FAILS_AFTER: Duration = Duration::from_secs(15);

/// A fault for exports to come.
#[derive(Debug)]
pub(super) struct Spoiled {
    pub(super) table: String,
    pub(super) fault: Fault,
    pub(super) once: bool,
}

/// An export that nothing speaks against.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) wanted: Wanted,
    pub(super) token: Option<String>,
    pub(super) table: String,
    pub(super) table_id: String,
    pub(super) scope: Scope,
    /// The lines of each data file.
    pub(super) lines: Vec<Vec<Value>>,
}

/// The state of an account.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) clock: Clock,
    pub(super) tables: BTreeMap<String, Hosted>,
    /// By ARN.
    pub(super) exports: BTreeMap<String, Export>,
    pub(super) spoiled: Vec<Spoiled>,
    /// By ARN.
    pub(super) imports: BTreeMap<String, Import>,
    /// What goes wrong with the next import of a table.
    pub(super) import_faults: BTreeMap<String, Vec<ImportFault>>,
    /// Buckets that do not exist.
    pub(super) no_buckets: BTreeSet<String>,
    /// For each token where its page begins, and when it was given.
    pub(super) tokens: BTreeMap<String, (String, Timestamp)>,
    pub(super) traffic: Traffic,
    numbers: u64,
}

impl State {
    /// The time, to the millisecond, as the service tells it.
    pub(super) fn now(&self) -> Timestamp {
        let now = self.clock.now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// 32 hexadecimal digits that were not given before.
    pub(super) fn unique(&mut self) -> String {
        self.numbers += 1;
        hex(&md5(&self.numbers.to_be_bytes()))
    }

    /// An id for a table.
    pub(super) fn table_id(&mut self) -> String {
        let digits = self.unique();
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
        format!(
            "{}-{}-{}-{}-{}",
            part(0, 8),
            part(8, 12),
            part(12, 16),
            part(16, 20),
            part(20, 32)
        )
    }

    /// The table's name in its ARN, if the ARN is one of this account.
    pub(super) fn table_of(&self, options: &Options, arn: &str) -> Result<String, Refusal> {
        let not_an_arn = "One or more parameter values were invalid: tableArn is not a valid ARN";
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let [_, partition, service, region, account, resource] = parts[..] else {
            return Err(Refusal::invalid(not_an_arn));
        };
        if parts[0] != "arn" {
            return Err(Refusal::invalid(not_an_arn));
        }
        if (partition, service, account) != ("aws", "dynamodb", options.account.as_str()) {
            return Err(Refusal::denied());
        }
        let name = resource
            .strip_prefix("table/")
            .filter(|name| !name.contains('/'));
        let Some(name) = name else {
            return Err(Refusal::invalid("Invalid Request: Table ARN is invalid."));
        };
        if region != options.region || !self.tables.contains_key(name) {
            return Err(table_not_found(arn));
        }
        Ok(name.to_owned())
    }

    pub(super) fn table(&self, name: &str, arn: &str) -> Result<&Hosted, Refusal> {
        self.tables.get(name).ok_or_else(|| table_not_found(arn))
    }

    pub(super) fn running(&self) -> usize {
        let running = |export: &&Export| export.end.is_none();
        self.exports.values().filter(running).count()
    }

    /// The answer that describes the export, or nothing for an export that is not there.
    pub(super) fn description(&self, options: &Options, arn: &str) -> Value {
        let export = self.exports.get(arn);
        let description = export.map(|export| export.description(options.describes_type));
        described(&description.unwrap_or_default())
    }

    /// Starts an export, and gives its ARN.
    pub(super) fn begin(&mut self, options: &Options, accepted: Accepted) -> String {
        let Accepted {
            wanted,
            token,
            table,
            table_id,
            scope,
            lines,
        } = accepted;
        let started = self.now();
        let suffix = self.unique();
        let millis = started.as_millisecond();
        let id = format!("{millis:014}-{}", suffix.get(..8).unwrap_or_default());
        let arn = format!("{}/export/{id}", wanted.table_arn);
        let faults = self.faults_for(&table);
        let takes = faults.iter().find_map(|fault| match fault {
            Fault::Takes(takes) => Some(*takes),
            _ => None,
        });
        let mut export = Export {
            arn: arn.clone(),
            id,
            table_id,
            token,
            scope,
            started,
            ends: started + takes.unwrap_or(options.duration),
            faults,
            billed_bytes: billed(scope, &lines),
            lines,
            planned: None,
            end: None,
            wanted,
        };
        if let Err(end) = export.touch(options, &self.no_buckets) {
            export.planned = Some(end);
            export.ends = export.ends.min(started + FAILS_AFTER);
        }
        self.exports.insert(arn.clone(), export);
        arn
    }

    fn faults_for(&mut self, table: &str) -> Vec<Fault> {
        let meant = |spoiled: &Spoiled| spoiled.table == table;
        let faults = self.spoiled.iter().filter(|spoiled| meant(spoiled));
        let faults = faults.map(|spoiled| spoiled.fault.clone()).collect();
        self.spoiled
            .retain(|spoiled| !(spoiled.once && meant(spoiled)));
        faults
    }

    /// Ends the exports and imports, and the creation and deletion of tables, whose time has come.
    pub(super) fn settle(&mut self, options: &Options) {
        let now = self.now();
        self.tables.retain(|_, hosted| !hosted.is_gone(now));
        settle_imports(self, options);
        let gone = &self.no_buckets;
        for export in self.exports.values_mut() {
            if export.end.is_none() && export.ends <= now {
                export.end = Some(export.finish(options, gone));
            }
        }
    }
}

/// The words for a table that is not there.
pub(super) fn table_not_found(arn: &str) -> Refusal {
    Refusal::new("TableNotFoundException", format!("Table not found: {arn}"))
}

fn billed(scope: Scope, lines: &[Vec<Value>]) -> u64 {
    let bytes: usize = lines
        .iter()
        .flatten()
        .map(|line| line.to_string().len())
        .sum();
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    match scope {
        Scope::Full(_) => bytes,
        Scope::Incremental { .. } => bytes.max(LEAST_BILLED),
    }
}
