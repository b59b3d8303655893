//! Where the objects of an export are.

use crate::DataFile;

/// The folder that DynamoDB makes below the user's prefix.
const ROOT: &str = "AWSDynamoDB";
const SUMMARY: &str = "manifest-summary.json";
const FILES: &str = "manifest-files.json";

/// The last part of an export's ARN, such as `01716790307109-5f9d6aaa`: the name of its folder.
///
/// Shape: `arn:aws:dynamodb:{region}:{account}:table/{table}/export/{export id}`. `None` for anything else.
pub fn export_id(export_arn: &str) -> Option<&str> {
    let (table_arn, id) = export_arn.rsplit_once("/export/")?;
    let is_whole = table_arn.contains(":table/") && is_folder_name(id);
    is_whole.then_some(id)
}

/// The folder of one export: `[prefix/]AWSDynamoDB/{export id}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFolder {
    prefix: String,
    id: String,
}

impl ExportFolder {
    /// The folder of the export `id` below the user's `prefix`; slashes around the prefix are ignored.
    pub fn new(prefix: &str, id: &str) -> Self {
        Self {
            prefix: prefix.trim_matches('/').to_owned(),
            id: id.to_owned(),
        }
    }

    /// The folder that the key of either manifest is in, wherever the export was copied to.
    pub fn of_manifest(key: &str) -> Option<Self> {
        let folder = [SUMMARY, FILES]
            .iter()
            .find_map(|name| key.strip_suffix(name)?.strip_suffix('/'))?;
        let (root, id) = folder.rsplit_once('/')?;
        let prefix = root.strip_suffix(ROOT)?;
        let is_whole = is_folder_name(id) && (prefix.is_empty() || prefix.ends_with('/'));
        is_whole.then(|| Self::new(prefix, id))
    }

    /// The user's prefix, without slashes around it; empty if there is none.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The export's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key of the empty object that is written first, and that anybody may delete.
    pub fn started(&self) -> String {
        self.key("_started")
    }

    /// The key of the [`Summary`](crate::Summary), which is written last.
    pub fn manifest_summary(&self) -> String {
        self.key(SUMMARY)
    }

    /// The key of the list of [`DataFiles`](crate::DataFiles).
    pub fn manifest_files(&self) -> String {
        self.key(FILES)
    }

    /// The keys under which the summary's MD5 may be, in the order to try them.
    pub fn manifest_summary_checksums(&self) -> [String; 2] {
        self.checksums("manifest-summary")
    }

    /// The keys under which the MD5 of the list of data files may be, in the order to try them.
    pub fn manifest_files_checksums(&self) -> [String; 2] {
        self.checksums("manifest-files")
    }

    /// The keys under which `file` may be, in the order to try them.
    ///
    /// What is below this export's prefix comes first, because whoever reads may have no right outside of it: the key
    /// as written if it is there, else below this prefix instead of the one that the export was first written to, else
    /// below both. The key as written comes last. The manifest's MD5 of the file tells whether what is there is meant.
    pub fn data_keys(&self, file: &DataFile) -> Vec<String> {
        let written = file.key.clone();
        let moved = self.below_prefix(from_root(&file.key).unwrap_or(&file.key));
        let below = self.below_prefix(&file.key);
        let candidates = if self.prefix.is_empty() || is_below(&written, &self.prefix) {
            [written, moved, below]
        } else {
            [moved, below, written]
        };
        let mut keys = Vec::with_capacity(candidates.len());
        for key in candidates {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    /// The service writes the first name; its documents tell the second.
    fn checksums(&self, manifest: &str) -> [String; 2] {
        ["md5", "checksum"].map(|ending| self.key(&format!("{manifest}.{ending}")))
    }

    fn key(&self, name: &str) -> String {
        self.below_prefix(&format!("{ROOT}/{}/{name}", self.id))
    }

    fn below_prefix(&self, key: &str) -> String {
        match self.prefix.as_str() {
            "" => key.to_owned(),
            prefix if is_below(key, prefix) => key.to_owned(),
            prefix => format!("{prefix}/{key}"),
        }
    }
}

fn is_folder_name(id: &str) -> bool {
    !id.is_empty() && !id.contains('/')
}

fn is_below(key: &str, prefix: &str) -> bool {
    key.strip_prefix(prefix)
        .is_some_and(|rest| rest.starts_with('/'))
}

/// The part of `key` that starts with the export's root folder, the innermost of that name.
fn from_root(key: &str) -> Option<&str> {
    let folder = format!("/{ROOT}/");
    key.rfind(&folder).map(|start| &key[start + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Md5;

    const ID: &str = "01716790307109-5f9d6aaa";

    fn file(key: &str) -> DataFile {
        DataFile {
            item_count: 1,
            md5: Md5::of(b""),
            etag: String::new(),
            key: key.to_owned(),
        }
    }

    #[test]
    fn the_id_is_the_end_of_a_whole_arn() {
        let arn = format!("arn:aws:dynamodb:ap-northeast-1:123456789012:table/orders/export/{ID}");
        assert_eq!(export_id(&arn), Some(ID));
        for other in [
            "arn:aws:dynamodb:ap-northeast-1:123456789012:table/orders",
            "arn:aws:dynamodb:ap-northeast-1:123456789012:table/orders/export/",
            "arn:aws:dynamodb:ap-northeast-1:123456789012:table/orders/export/a/b",
            "export/a",
            "",
        ] {
            assert_eq!(export_id(other), None, "{other}");
        }
    }

    #[test]
    fn slashes_around_a_prefix_do_not_matter() {
        for prefix in ["nightly/dynamodb", "nightly/dynamodb/", "/nightly/dynamodb"] {
            let folder = ExportFolder::new(prefix, ID);
            let expected = format!("nightly/dynamodb/AWSDynamoDB/{ID}/manifest-summary.json");
            assert_eq!(folder.manifest_summary(), expected);
        }
        let folder = ExportFolder::new("", ID);
        assert_eq!(folder.started(), format!("AWSDynamoDB/{ID}/_started"));
    }

    #[test]
    fn a_checksum_is_looked_for_as_it_is_written_before_as_it_is_documented() {
        let folder = ExportFolder::new("", ID);
        assert_eq!(
            folder.manifest_files_checksums(),
            ["md5", "checksum"].map(|ending| format!("AWSDynamoDB/{ID}/manifest-files.{ending}")),
        );
        assert_eq!(
            folder.manifest_summary_checksums(),
            ["md5", "checksum"].map(|ending| format!("AWSDynamoDB/{ID}/manifest-summary.{ending}")),
        );
    }

    #[test]
    fn a_manifest_tells_its_folder() {
        for prefix in ["", "nightly", "a/b"] {
            let folder = ExportFolder::new(prefix, ID);
            for key in [folder.manifest_summary(), folder.manifest_files()] {
                assert_eq!(
                    ExportFolder::of_manifest(&key),
                    Some(folder.clone()),
                    "{key}"
                );
            }
        }
        for key in [
            "manifest-summary.json",
            "AWSDynamoDB/manifest-summary.json",
            "myAWSDynamoDB/1/manifest-summary.json",
            "AWSDynamoDB/1/manifest-summary.md5",
            "AWSDynamoDB/1/old-manifest-summary.json",
        ] {
            assert_eq!(ExportFolder::of_manifest(key), None, "{key}");
        }
    }

    #[test]
    fn a_data_file_is_looked_for_below_the_prefix_before_as_it_is_written() {
        let file = file("AWSDynamoDB/1/data/a.json.gz");
        assert_eq!(
            ExportFolder::new("nightly", "1").data_keys(&file),
            [
                "nightly/AWSDynamoDB/1/data/a.json.gz",
                "AWSDynamoDB/1/data/a.json.gz"
            ],
        );
        assert_eq!(
            ExportFolder::new("", "1").data_keys(&file),
            ["AWSDynamoDB/1/data/a.json.gz"],
        );
    }

    #[test]
    fn a_key_that_has_the_prefix_does_not_get_it_twice() {
        let file = file("nightly/AWSDynamoDB/1/data/a.json.gz");
        assert_eq!(
            ExportFolder::new("nightly", "1").data_keys(&file),
            ["nightly/AWSDynamoDB/1/data/a.json.gz"],
        );
    }

    #[test]
    fn an_export_that_was_copied_elsewhere_is_found() {
        let file = file("nightly/AWSDynamoDB/1/data/a.json.gz");
        let keys = ExportFolder::new("kept/2026", "1").data_keys(&file);
        assert_eq!(keys[0], "kept/2026/AWSDynamoDB/1/data/a.json.gz");
        assert_eq!(keys[2], file.key);
        let keys = ExportFolder::new("", "1").data_keys(&file);
        assert!(keys.contains(&"AWSDynamoDB/1/data/a.json.gz".to_owned()));
    }
}
