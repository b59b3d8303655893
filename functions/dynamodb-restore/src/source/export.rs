//! One export: both of its manifests, each with its MD5.

use dynamodb_format::{DataFile, DataFiles, ExportType, FormatError, Md5, OutputFormat, Summary};
use jiff::Timestamp;

use super::files::candidates;
use super::place::Place;
use super::{DataObject, Exported, table_name};
use crate::error::RestoreError;

/// The manifest that is written last.
pub(super) const SUMMARY: &str = "manifest-summary.json";
const FILES: &str = "manifest-files.json";

/// An export whose manifests are whole and agree.
#[derive(Debug)]
pub(super) struct Export {
    pub(super) address: String,
    pub(super) arn: String,
    pub(super) table: Exported,
    pub(super) scope: Scope,
    pub(super) files: Vec<DataObject>,
    /// The MD5s of the summary and of the list of files.
    pub(super) md5s: [Md5; 2],
    /// The bucket and prefix of the data files of a full export in S3.
    pub(super) data: Option<(String, String)>,
}

/// What an export holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Full { time: Timestamp },
    Incremental { from: Timestamp, to: Timestamp },
}

impl Scope {
    pub(super) fn end(self) -> Timestamp {
        match self {
            Self::Full { time } => time,
            Self::Incremental { to, .. } => to,
        }
    }

    pub(super) fn is_full(self) -> bool {
        matches!(self, Self::Full { .. })
    }
}

/// Reads the export whose summary is at `place`.
///
/// # Errors
/// A manifest is missing, damaged, of another format, or contradicts the other.
pub(super) async fn read(place: &Place) -> Result<Export, RestoreError> {
    let (summary, md5) = checked(place).await?;
    let summary = Summary::parse(&summary).map_err(|source| unreadable(place, source))?;
    if summary.output_format == OutputFormat::Ion {
        return Err(backup(
            place,
            "it is in the format ION; export the table as DYNAMODB_JSON",
        ));
    }
    let list = place.beside(FILES);
    let (files, list_md5) = checked(&list).await?;
    let files: Result<Vec<DataFile>, _> = DataFiles::new(&files).collect();
    let files = files.map_err(|source| unreadable(&list, source))?;
    let listed: u64 = files.iter().map(|file| file.item_count).sum();
    if listed != summary.item_count {
        let told = summary.item_count;
        return Err(backup(
            place,
            &format!("it tells {told} items, {FILES} {listed}; take another backup"),
        ));
    }
    let objects = files.iter().map(|file| DataObject {
        store: place.store.clone(),
        keys: candidates(place, file, summary.export_type()),
        lines: Some(file.item_count),
        md5: Some(file.md5),
    });
    Ok(Export {
        address: place.url(),
        scope: scope(place, &summary)?,
        files: objects.collect(),
        md5s: [md5, list_md5],
        data: data_folder(place, &files),
        table: Exported {
            name: table_name(&summary.table_arn),
            arn: summary.table_arn,
            id: summary.table_id,
        },
        arn: summary.export_arn,
    })
}

fn scope(place: &Place, summary: &Summary) -> Result<Scope, RestoreError> {
    match (
        summary.export_type(),
        summary.export_from_time,
        summary.export_to_time,
    ) {
        (ExportType::Full, ..) => match summary.export_time {
            Some(time) => Ok(Scope::Full { time }),
            None => Err(backup(place, "it does not tell exportTime; it is damaged")),
        },
        (ExportType::Incremental, Some(from), Some(to)) => Ok(Scope::Incremental { from, to }),
        (ExportType::Incremental, ..) => Err(backup(
            place,
            "it does not tell exportFromTime and exportToTime; it is damaged",
        )),
    }
}

/// An object whose checksum holds, and its MD5.
async fn checked(place: &Place) -> Result<(Vec<u8>, Md5), RestoreError> {
    let Some(content) = place.read().await? else {
        return Err(backup(
            place,
            "it does not exist; see whether the export was copied as a whole",
        ));
    };
    let stem = place.name().trim_end_matches(".json").to_owned();
    // The service writes the first name; its documents tell the second.
    for ending in ["md5", "checksum"] {
        let checksum = place.beside(&format!("{stem}.{ending}"));
        let Some(text) = checksum.read().await? else {
            continue;
        };
        let expected: Result<Md5, FormatError> = String::from_utf8_lossy(&text).parse();
        let expected = expected.map_err(|source| unreadable(&checksum, source))?;
        let found = Md5::of(&content);
        if found != expected {
            return Err(RestoreError::Checksum {
                object: place.url(),
                expected: expected.to_string(),
                found: found.to_string(),
            });
        }
        return Ok((content, found));
    }
    Err(backup(
        place,
        &format!(
            "{stem}.md5 is not beside it; copy it, too, or nothing proves that the list is whole"
        ),
    ))
}

/// The one folder that all data files of an export in S3 are in, and nothing else.
fn data_folder(place: &Place, files: &[DataFile]) -> Option<(String, String)> {
    let folder = format!("{}/data/", place.folder());
    let is_usual = files.iter().all(|file| {
        file.key
            .rsplit_once('/')
            .is_some_and(|(at, _)| folder.ends_with(&format!("{at}/")))
    });
    is_usual
        .then(|| place.bucket.clone().map(|bucket| (bucket, folder)))
        .flatten()
}

pub(super) fn backup(place: &Place, why: &str) -> RestoreError {
    RestoreError::Backup {
        object: place.url(),
        why: why.to_owned(),
    }
}

fn unreadable(place: &Place, source: FormatError) -> RestoreError {
    RestoreError::Unreadable {
        object: place.url(),
        source,
    }
}
