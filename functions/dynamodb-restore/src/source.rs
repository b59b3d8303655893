//! The backup: its exports in order, and their data files.
//!
//! | address | what it is |
//! |---|---|
//! | `…/manifest-summary.json`, or the folder that holds it | one export, wherever it was copied to |
//! | `…/{date}.manifest.json`, `…/latest.json` | a verified run of dynamodb-export; an incremental one with all links before it |
//! | another folder, or a data file | plain lines of items, which nothing proves to be whole |

mod chain;
mod export;
mod files;
mod loose;
mod place;
mod verified;
pub(crate) use verified::tables as tables_with_backup;

use std::ops::Range;

use cloud_store::Store;
use dynamodb_format::{KeySchema, Md5};
use function_core::{Env, sha256_hex};
use jiff::Timestamp;

use crate::error::RestoreError;
use crate::request::{Ask, Origin};
pub(crate) use place::Place;

/// A backup that can be restored from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The exports: a full one, then the incremental ones after it.
    pub(crate) links: Vec<Link>,
    /// The data files of all exports, in their order.
    pub(crate) files: Vec<DataObject>,
    /// The table that was exported; `None` where nothing tells.
    pub(crate) table: Option<Exported>,
    /// Its keys; `None` where no manifest of dynamodb-export tells them.
    pub(crate) keys: Option<KeySchema>,
    /// The moment as of which the backup holds the table; 1970 where nothing tells.
    pub(crate) moment: Timestamp,
    /// What tells this backup from all others, wherever it was copied to.
    pub(crate) fingerprint: String,
    /// What a person should know.
    pub(crate) warnings: Vec<String>,
}

/// One export of a backup.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// Its manifest, or its data.
    pub(crate) address: String,
    pub(crate) is_full: bool,
    /// Its data files among those of the backup.
    pub(crate) files: Range<usize>,
    /// The folder of a full export's data files in S3: bucket and prefix. For imports.
    pub(crate) data: Option<(String, String)>,
}

/// The table that was exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exported {
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) id: String,
}

/// A data file.
#[derive(Clone, Debug)]
pub(crate) struct DataObject {
    pub(crate) store: Store,
    /// Where it may be, in the order to try.
    pub(crate) keys: Vec<String>,
    /// Its lines; `None` where nothing tells.
    pub(crate) lines: Option<u64>,
    /// Its MD5 as stored; `None` where nothing tells.
    pub(crate) md5: Option<Md5>,
}

impl Source {
    /// Opens the backup that `ask` names: manifests are read and checked, data files are not touched.
    ///
    /// # Errors
    /// There is none, it is damaged, of another table, or no whole chain.
    pub(crate) async fn open(
        ask: &Ask,
        home: Option<&Store>,
        env: &Env,
    ) -> Result<Self, RestoreError> {
        let source = match &ask.origin {
            Origin::Source { source, date } => {
                let Some(home) = home else {
                    return Err(RestoreError::Request(format!(
                        "the backups of {source} can't be found: set EXPORT_S3_BUCKET, or give `manifest`"
                    )));
                };
                verified::of_table(home, source, *date, ask.as_of, env).await?
            }
            Origin::Manifests { addresses, .. } => match addresses.as_slice() {
                [address] => at(address, ask.as_of, env).await?,
                addresses => chain::of(addresses, ask.as_of, env).await?,
            },
        };
        let (Origin::Source { source: wanted, .. }
        | Origin::Manifests {
            source: Some(wanted),
            ..
        }) = &ask.origin
        else {
            return Ok(source);
        };
        source.check_table(wanted)?;
        Ok(source)
    }

    /// Items and changes in all files; `None` where a file does not tell.
    pub(crate) fn lines(&self) -> Option<u64> {
        self.files.iter().map(|file| file.lines).sum()
    }

    /// Whether manifests tell how many lines each file has. Without them nothing keeps a key from being there twice, either.
    pub(crate) fn is_listed(&self) -> bool {
        self.lines().is_some()
    }

    /// Whether incremental exports follow the full one.
    pub(crate) fn is_chain(&self) -> bool {
        self.links.len() > 1
    }

    fn check_table(&self, wanted: &str) -> Result<(), RestoreError> {
        match &self.table {
            Some(table) if table.name == wanted => Ok(()),
            Some(table) => Err(RestoreError::Backup {
                object: self.links[0].address.clone(),
                why: format!(
                    "it is an export of the table {}, not of {wanted}; correct `source` or `manifest`",
                    table.name
                ),
            }),
            None => Err(RestoreError::Backup {
                object: self.links[0].address.clone(),
                why: format!(
                    "nothing tells whether it is of the table {wanted}; leave `source` out, or give a manifest"
                ),
            }),
        }
    }
}

/// The backup at one address.
async fn at(address: &str, as_of: Option<Timestamp>, env: &Env) -> Result<Source, RestoreError> {
    let place = Place::open(address, env).await?;
    if place.is_verified_manifest() {
        return verified::at(&place, as_of, env).await;
    }
    if place.name() == export::SUMMARY {
        return chain::of_exports(vec![export::read(&place).await?], as_of);
    }
    if place.is_data_file() {
        return loose::file(&place).await;
    }
    for (name, is_export) in [(export::SUMMARY, true), ("latest.json", false)] {
        let inside = place.join(name);
        if inside.exists().await? {
            if is_export {
                return chain::of_exports(vec![export::read(&inside).await?], as_of);
            }
            return verified::at(&inside, as_of, env).await;
        }
    }
    loose::folder(&place).await
}

/// What tells a backup from others: the checksums of its manifests.
fn fingerprint<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let text: Vec<&str> = parts.collect();
    sha256_hex(text.join("\n").as_bytes())
}

/// The name in a table's ARN.
fn table_name(arn: &str) -> String {
    let name = arn.rsplit_once(":table/").map_or(arn, |(_, name)| name);
    name.split('/').next().unwrap_or(name).to_owned()
}
