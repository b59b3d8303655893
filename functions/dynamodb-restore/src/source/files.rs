//! Where a data file may be, however its export was copied.

use dynamodb_format::{DataFile, ExportFolder, ExportType};

use super::place::{Place, joined};

/// The keys under which `file` may be, in the order to try them. Its MD5 tells whether what is there is meant.
///
/// Manifests tell keys with or without the user's prefix, and a downloaded export may be at any depth: then the file is in
/// `data` beside its manifests, or, of an incremental export, beside their folder.
pub(super) fn candidates(summary: &Place, file: &DataFile, kind: ExportType) -> Vec<String> {
    let mut keys = match ExportFolder::of_manifest(&summary.key) {
        Some(folder) => folder.data_keys(file),
        None => Vec::new(),
    };
    let name = file.key.rsplit('/').next().unwrap_or(&file.key);
    let own = summary.folder();
    let above = own.rsplit_once('/').map_or("", |(above, _)| above);
    let data = |folder: &str| joined(folder, &format!("data/{name}"));
    let beside = match kind {
        ExportType::Full => [data(own), joined(own, name)],
        ExportType::Incremental => [data(above), data(own)],
    };
    for key in beside {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}
