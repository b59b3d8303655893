//! Each byte of data files: their MD5, and their lines; in constant memory, and over several invocations.

use std::collections::BTreeSet;

use cloud_store::Store;
use dynamodb_format::{DataCounter, DataFile, DataTotals, ExportFolder, FormatError};
use function_core::{Clock, chain};
use futures_util::TryStreamExt as _;
use jiff::Timestamp;

use super::fault::{Fault, Faults};
use super::manifests::Manifests;
use super::objects;
use crate::error::ExportError;
use crate::order::Proven;

/// Data files that are to be read.
pub(super) struct Reading<'a> {
    pub(super) bucket: &'a Store,
    pub(super) folder: &'a ExportFolder,
    pub(super) manifests: &'a Manifests,
    /// Which files of the list are read; `None` for all.
    pub(super) only: Option<&'a BTreeSet<usize>>,
    /// The mode, which the proof of an earlier invocation must have had.
    pub(super) mode: &'static str,
    pub(super) clock: &'a Clock,
    pub(super) deadline: Timestamp,
}

impl Reading<'_> {
    /// Reads on from what is `proven` already, until the deadline or the first file at fault.
    ///
    /// One file at a time: to unpack them is what takes the time, and there is one thread to do it.
    pub(super) async fn read(
        &self,
        export_arn: &str,
        proven: Option<Proven>,
        faults: &mut Faults,
    ) -> Result<Proven, ExportError> {
        let start = Proven {
            export_arn: export_arn.to_owned(),
            files_md5: self.manifests.files_md5.to_string(),
            mode: self.mode.to_owned(),
            files: 0,
        };
        let is_same = |proven: &Proven| {
            let files = proven.files;
            let start = Proven {
                files,
                ..start.clone()
            };
            *proven == start
        };
        let mut proven = proven.filter(is_same).unwrap_or(start);
        let files = self.manifests.files.iter().enumerate();
        for (index, file) in files.skip(proven.files) {
            if self.only.is_some_and(|only| !only.contains(&index)) {
                proven.files += 1;
                continue;
            }
            let before = faults.count();
            self.file(file, faults).await?;
            if faults.count() > before {
                break;
            }
            proven.files += 1;
            if self.clock.now() >= self.deadline {
                break;
            }
        }
        Ok(proven)
    }

    async fn file(&self, file: &DataFile, faults: &mut Faults) -> Result<(), ExportError> {
        let Some(meta) = objects::find(self.bucket, self.folder, file).await? else {
            faults.add(Fault::Missing {
                object: self.bucket.url(&file.key),
            });
            return Ok(());
        };
        let object = self.bucket.url(&meta.key);
        let totals = match self.totals(&meta.key).await? {
            Ok(totals) => totals,
            Err(error) => {
                let why = chain(&error);
                faults.add(Fault::Unreadable { object, why });
                return Ok(());
            }
        };
        if totals.md5 != file.md5 {
            faults.add(Fault::Checksum {
                object,
                expected: file.md5.to_string(),
                found: totals.md5.to_string(),
            });
        } else if totals.lines != file.item_count {
            faults.add(Fault::Lines {
                object,
                expected: file.item_count,
                found: totals.lines,
            });
        }
        Ok(())
    }

    async fn totals(&self, key: &str) -> Result<Result<DataTotals, FormatError>, ExportError> {
        let (_, mut stream) = self.bucket.get(key).await?;
        let mut counter = DataCounter::new();
        while let Some(chunk) = stream.try_next().await? {
            if let Err(error) = counter.push(&chunk) {
                return Ok(Err(error));
            }
        }
        Ok(counter.finish())
    }
}
