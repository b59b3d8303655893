//! What an export writes, and where.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::ops::Range;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::fault::Fault;
use super::parquet;
use super::table::Table;
use super::task::{Fate, Item, Task, Written};
use crate::objects::Objects;

/// How the info files are written, where nothing sure is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InfoForm {
    /// How many tables one tables' info file holds at most.
    pub(crate) tables: usize,
    /// Whether a table of `MySQL` is `database.table` there, not `database.database.table`.
    pub(crate) short_targets: bool,
}

impl Task {
    /// The folder of the export, with a slash at its end.
    fn base(&self) -> String {
        let prefix = self.prefix.trim_matches('/');
        let slash = if prefix.is_empty() { "" } else { "/" };
        underscored(&format!("{prefix}{slash}{}/", self.identifier))
    }

    /// Writes the tables up to where the task is, and the info files when it is complete.
    pub(crate) fn write(&mut self, objects: &Objects, form: InfoForm, now: Timestamp) {
        if self.finished {
            return;
        }
        let whole = self.is_whole(now);
        let share = self.items.len() * usize::from(self.percent(now)) / 100;
        let target = if whole { self.items.len() } else { share };
        let outcome = self.write_until(objects, target).and_then(|()| {
            let infos = if whole {
                self.infos(form, now)
            } else {
                Vec::new()
            };
            infos
                .into_iter()
                .try_for_each(|(key, content)| self.put(objects, key, &content, None))
        });
        if let Err(error) = outcome {
            self.broken = Some(self.refused(&error));
        }
        self.finished = !self.is_active(now);
    }

    fn write_until(&mut self, objects: &Objects, target: usize) -> io::Result<()> {
        while self.done < target {
            let files = self.files(&self.items[self.done])?;
            for (key, content) in files {
                self.put(objects, key, &content, Some(self.done))?;
            }
            self.done += 1;
        }
        Ok(())
    }

    fn put(
        &mut self,
        objects: &Objects,
        key: String,
        content: &[u8],
        item: Option<usize>,
    ) -> io::Result<()> {
        objects.put(&self.bucket, &key, content)?;
        self.written.push(Written {
            key,
            item,
            tampered: false,
        });
        Ok(())
    }

    /// **Source**: "Troubleshooting snapshot exports", Aurora User Guide.
    fn refused(&self, error: &io::Error) -> String {
        let code = match error.kind() {
            io::ErrorKind::NotFound => "NoSuchBucket",
            _ => "AccessDenied",
        };
        format!(
            "The RDS export failed to write the export task's metadata to the S3 bucket {} using \
             the IAM role {} with the KMS key {}. Error code: {code}",
            self.bucket, self.role, self.key
        )
    }

    fn files(&self, item: &Item) -> io::Result<Vec<(String, Vec<u8>)>> {
        let (table, mut files) = (&item.table, Vec::new());
        if matches!(item.fate, Fate::Skipped(_) | Fate::Omitted) {
            return Ok(files);
        }
        let base = format!(
            "{}{}/{}.{}/",
            self.base(),
            table.database,
            table.schema,
            table.own_name
        );
        for batch in 1..=table.folders() {
            let folder = if table.layout.flat {
                base.clone()
            } else {
                format!("{base}{batch}/")
            };
            for (part, rows) in parts(table, batch) {
                let id = uuid(&(&self.identifier, &folder));
                let key = format!("{folder}part-{part:05}-{id}-c000.gz.parquet");
                let content = parquet::file(table, &rows).map_err(io::Error::other)?;
                files.push((underscored(&key), content));
            }
            let marked = !self.faults.contains(&Fault::NoMarker {
                table: table.name(),
                batch,
            });
            if marked {
                files.push((underscored(&format!("{folder}_SUCCESS")), Vec::new()));
            }
        }
        Ok(files)
    }

    fn infos(&self, form: InfoForm, now: Timestamp) -> Vec<(String, Vec<u8>)> {
        let mut infos = Vec::new();
        let has = |fault: &Fault| self.faults.contains(fault);
        if !has(&Fault::NoExportInfo) {
            let key = format!("{}export_info_{}.json", self.base(), self.identifier);
            let content = self.export_info(now).to_string().into_bytes();
            infos.push((key, shortened(content, has(&Fault::TruncatedExportInfo))));
        }
        if !has(&Fault::NoTablesInfo) {
            let statuses = self.table_statuses(form);
            let last = statuses.len().div_ceil(form.tables.max(1));
            for (number, chunk) in statuses.chunks(form.tables.max(1)).enumerate() {
                let from = number * form.tables.max(1) + 1;
                let to = from + chunk.len() - 1;
                let (base, id) = (self.base(), &self.identifier);
                let key = format!("{base}export_tables_info_{id}_from_{from}_to_{to}.json");
                let content = json!({ "perTableStatus": chunk }).to_string().into_bytes();
                let short = number + 1 == last && has(&Fault::TruncatedTablesInfo);
                infos.push((key, shortened(content, short)));
            }
        }
        infos
    }

    fn export_info(&self, now: Timestamp) -> Value {
        let time = |instant: Option<Timestamp>| instant.map(|instant| instant.to_string());
        json!({
            "exportTaskIdentifier": self.identifier,
            "sourceArn": self.source_arn,
            "exportOnly": self.only,
            "snapshotTime": time(self.snapshot_time),
            "taskStartTime": time(self.started(now)),
            "taskEndTime": time(self.ended(now)),
            "s3Bucket": self.bucket,
            "s3Prefix": self.prefix,
            "exportedFilesPath": self.base().trim_end_matches('/'),
            "iamRoleArn": self.role,
            "kmsKeyId": self.key,
            "status": "COMPLETE",
            "percentProgress": 100,
            "totalExportedDataInGB": f64::from(self.extracted(now)),
        })
    }

    fn table_statuses(&self, form: InfoForm) -> Vec<Value> {
        let status = |item: &Item| {
            let target = target(&item.table, form.short_targets);
            match &item.fate {
                Fate::Omitted => None,
                Fate::Skipped(reason) => {
                    Some(json!({ "warningMessage": reason, "status": "SKIPPED", "target": target }))
                }
                Fate::Exported => Some(table_status(&item.table, &target, "COMPLETE")),
                Fate::EndsAs(status) => Some(table_status(&item.table, &target, status)),
            }
        };
        self.items.iter().filter_map(status).collect()
    }
}

fn target(table: &Table, short: bool) -> String {
    if short {
        table.name()
    } else {
        format!("{}.{}.{}", table.database, table.schema, table.own_name)
    }
}

fn table_status(table: &Table, target: &str, status: &str) -> Value {
    let columns = table.columns.iter().map(|column| {
        json!({
            "columnName": column.name,
            "originalType": column.original_type,
            "expectedExportedType": column.exported().name(),
            "originalCharMaxLength": "0",
            "originalNumPrecision": 0,
            "originalDateTimePrecision": 0,
        })
    });
    let partitions = table.folders();
    json!({
        "tableStatistics": {
            "partitioningInfo": {
                "numberOfPartitions": partitions,
                "numberOfCompletedPartitions": partitions,
            },
        },
        "schemaMetadata": { "originalTypeMappings": columns.collect::<Vec<_>>() },
        "status": status,
        "sizeGB": 0.001,
        "target": target,
    })
}

/// The parts of a batch: their numbers and rows. A range without rows writes no file.
fn parts(table: &Table, batch: usize) -> Vec<(usize, Range<u64>)> {
    let ranges = table.layout.batches * table.layout.parts;
    let (rows, inside) = (table.row_count(), ranges / table.folders());
    let share = rows.div_ceil(ranges as u64);
    let part = |number: usize| {
        let start = ((batch - 1) * inside + number) as u64 * share;
        let number = if table.layout.gaps {
            number * 2 + 1
        } else {
            number
        };
        (number, start.min(rows)..(start + share).min(rows))
    };
    let parts = (0..inside).map(part);
    parts.filter(|(_, rows)| !rows.is_empty()).collect()
}

/// **Source**: "Considerations for DB cluster snapshot exports", Aurora User Guide.
fn underscored(key: &str) -> String {
    key.replace(['\\', '`', '"', ' '], "_")
}

fn shortened(mut content: Vec<u8>, short: bool) -> Vec<u8> {
    if short {
        content.truncate(content.len() / 2);
    }
    content
}

/// An id in the form of a UUID, the same for the same words.
fn uuid(words: &impl std::hash::Hash) -> String {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, words).hash(&mut hasher);
        hasher.finish()
    };
    let hex = format!("{:016x}{:016x}", half(1), half(2));
    let groups = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    groups.join("-")
}
