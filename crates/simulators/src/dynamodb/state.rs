//! All that an account holds.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Duration;

use jiff::{Timestamp, Unit};
use serde_json::{Value, json};

use super::Options;
use super::export::{End, Export, Scope};
use super::fault::{Fault, Part};
use super::output::{data_keys, hex, md5, outputs, started_key};
use super::refusal::Refusal;
use super::start::{Wanted, described};
use super::table::Hosted;
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

/// The state of an account.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) clock: Clock,
    pub(super) tables: BTreeMap<String, Hosted>,
    /// By ARN.
    pub(super) exports: BTreeMap<String, Export>,
    pub(super) spoiled: Vec<Spoiled>,
    /// Buckets that do not exist.
    pub(super) no_buckets: BTreeSet<String>,
    /// For each token where its page begins, and when it was given.
    pub(super) tokens: BTreeMap<String, (String, Timestamp)>,
    numbers: u64,
}

impl State {
    /// The time, to the millisecond, as the service tells it.
    pub(super) fn now(&self) -> Timestamp {
        let now = self.clock.now();
        now.round(Unit::Millisecond).unwrap_or(now)
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

    #[expect(clippy::too_many_arguments, reason = "all that an export is made of")]
    pub(super) fn begin(
        &mut self,
        options: &Options,
        wanted: Wanted,
        token: Option<String>,
        table: &str,
        table_id: String,
        scope: Scope,
        lines: Vec<Vec<Value>>,
    ) -> String {
        let started = self.now();
        let suffix = self.unique();
        let millis = started.as_millisecond();
        let id = format!("{millis:014}-{}", suffix.get(..8).unwrap_or_default());
        let arn = format!("{}/export/{id}", wanted.table_arn);
        let faults = self.faults_for(table);
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
        if let Err(end) = self.touch(options, &export) {
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

    /// Writes `_started`, as the first proof that the bucket can be written.
    fn touch(&self, options: &Options, export: &Export) -> Result<(), End> {
        let bucket = &export.wanted.bucket;
        if let Some(owner) = &export.wanted.owner
            && *owner != options.account
        {
            return Err(s3_failure(
                "S3AccessDenied",
                403,
                "AccessDenied",
                "Access Denied",
            ));
        }
        if self.no_buckets.contains(bucket) {
            return Err(no_such_bucket());
        }
        if export.faults.contains(&Fault::Missing(Part::Started)) {
            return Ok(());
        }
        let written = options.objects.put(bucket, &started_key(export), b"");
        written.map_err(|error| failure(&error))
    }

    /// Ends the exports whose time has come.
    pub(super) fn settle(&mut self, options: &Options) {
        let now = self.now();
        let gone = &self.no_buckets;
        for export in self.exports.values_mut() {
            if export.end.is_none() && export.ends <= now {
                export.end = Some(finish(export, options, gone));
            }
        }
    }
}

fn finish(export: &Export, options: &Options, gone: &BTreeSet<String>) -> End {
    if let Some(planned) = &export.planned {
        return planned.clone();
    }
    if gone.contains(&export.wanted.bucket) {
        return no_such_bucket();
    }
    let mut outputs = outputs(export, options.layout);
    let failed = export.faults.iter().find_map(|fault| match fault {
        Fault::Failed { code, message } => Some(End::Failed {
            code: code.clone(),
            message: message.clone(),
        }),
        _ => None,
    });
    if failed.is_some() {
        outputs.truncate(data_keys(export).len() / 2);
    }
    for output in &outputs {
        let bucket = &export.wanted.bucket;
        if let Err(error) = options.objects.put(bucket, &output.key, &output.content) {
            return failure(&error);
        }
    }
    let status = export.faults.iter().find_map(|fault| match fault {
        Fault::Status(status) => Some(status.clone()),
        _ => None,
    });
    failed.unwrap_or(End::Written(
        status.unwrap_or_else(|| "COMPLETED".to_owned()),
    ))
}

fn failure(error: &io::Error) -> End {
    match error.kind() {
        io::ErrorKind::NotFound => no_such_bucket(),
        _ => s3_failure("S3InternalError", 500, "InternalError", &error.to_string()),
    }
}

fn no_such_bucket() -> End {
    let message = "The specified bucket does not exist";
    s3_failure("S3NoSuchBucket", 404, "NoSuchBucket", message)
}

fn s3_failure(code: &str, status: u16, s3_code: &str, message: &str) -> End {
    End::Failed {
        code: code.to_owned(),
        message: format!(
            "{message} (Service: Amazon S3; Status Code: {status}; Error Code: {s3_code}; Request ID: SIMULATOR; \
             S3 Extended Request ID: SIMULATOR; Proxy: null)"
        ),
    }
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

/// The words for a table that is not there.
pub(super) fn table_not_found(arn: &str) -> Refusal {
    Refusal::new("TableNotFoundException", format!("Table not found: {arn}"))
}

impl Hosted {
    /// The lines of each data file of an export.
    pub(super) fn lines(&self, scope: Scope) -> Vec<Vec<Value>> {
        let mut files = vec![Vec::new(); self.table.partitions];
        match scope {
            Scope::Full(time) => {
                for item in self.history.before(time).into_values() {
                    files[self.partition(item)].push(json!({ "Item": item }));
                }
            }
            Scope::Incremental {
                from,
                to,
                old_images,
            } => {
                for record in self.history.records(from, to, old_images) {
                    files[self.partition(&record["Keys"])].push(record);
                }
            }
        }
        files
    }
}
