//! The names of a generation's objects.

use function_core::Stamp;

/// The folder of an app's backups: `{domain}/{app}`.
///
/// `host` is the service's host; its first label stands for `.cybozu.com`, as in `example/12`.
/// Any other host is written out, so that `example.kintone.com` is another folder.
pub fn folder_of(host: &str, app: u64) -> String {
    format!("{}/{app}", domain_of(host))
}

fn domain_of(host: &str) -> &str {
    host.strip_suffix(".cybozu.com")
        .filter(|label| !label.contains('.'))
        .unwrap_or(host)
}

/// The names of one generation's objects, relative to the app's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    stamp: Stamp,
}

impl Generation {
    /// The pointer to the newest verified generation.
    pub const LATEST: &str = "latest.json";

    /// The generation of `stamp`.
    pub fn new(stamp: Stamp) -> Self {
        Self { stamp }
    }

    /// The stamp that all names start with.
    pub fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// The records as CSV.
    pub fn csv(&self) -> String {
        format!("{}.csv", self.stamp)
    }

    /// The records as the service told them, one a line, gzip.
    pub fn ndjson(&self) -> String {
        format!("{}.ndjson.gz", self.stamp)
    }

    /// The app, its form fields and layout.
    pub fn schema(&self) -> String {
        format!("{}.schema.json", self.stamp)
    }

    /// Which record, field and row holds which file.
    pub fn attachments(&self) -> String {
        format!("{}.attachments.ndjson.gz", self.stamp)
    }

    /// Checksums in the form of `sha256sum -c`.
    pub fn checksums(&self) -> String {
        format!("{}.sha256", self.stamp)
    }

    /// The list of all objects; its presence publishes the generation.
    pub fn manifest(&self) -> String {
        format!("{}.manifest.json", self.stamp)
    }

    /// A file, named by its content and shared by all generations.
    pub fn file(sha256: &str) -> String {
        format!("attachments/{sha256}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_label_stands_for_cybozu_com() {
        assert_eq!(folder_of("example.cybozu.com", 12), "example/12");
        assert_eq!(
            folder_of("example.s.cybozu.com", 12),
            "example.s.cybozu.com/12"
        );
        assert_eq!(
            folder_of("example.kintone.com", 12),
            "example.kintone.com/12"
        );
        assert_eq!(folder_of("localhost", 1), "localhost/1");
    }
}
