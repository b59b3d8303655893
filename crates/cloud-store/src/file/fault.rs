//! What the file system's errors mean to a person.

use std::io::{self, ErrorKind};

use super::Place;
use crate::StoreError;

/// What was tried, and on which object.
pub(super) struct Fault<'a> {
    operation: &'static str,
    object: &'a str,
}

impl<'a> Fault<'a> {
    pub(super) fn reading(place: &'a Place) -> Self {
        Self {
            operation: "reading",
            object: &place.object,
        }
    }

    pub(super) fn writing(place: &'a Place) -> Self {
        Self {
            operation: "writing",
            object: &place.object,
        }
    }

    pub(super) fn deleting(place: &'a Place) -> Self {
        Self {
            operation: "deleting",
            object: &place.object,
        }
    }

    pub(super) fn listing(object: &'a str) -> Self {
        Self {
            operation: "listing",
            object,
        }
    }

    /// The store's error for what the file system answered.
    pub(super) fn explain(self, error: io::Error) -> StoreError {
        let object = self.object.to_owned();
        if self.operation == "reading" && is_absent(&error) {
            return StoreError::NotFound { object };
        }
        let source = Box::new(error);
        match repair(source.kind()) {
            Some(repair) => StoreError::Refused {
                operation: self.operation,
                object,
                repair: repair.to_owned(),
                source,
            },
            None => StoreError::Interrupted {
                operation: self.operation,
                object,
                source,
            },
        }
    }
}

/// Whether there is nothing at the path: a file where the key has a folder is nothing, too.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// What a person can do about the fault; a fault without an entry may pass by itself.
fn repair(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::StorageFull => "the disk is full: free some space, or choose another folder",
        ErrorKind::QuotaExceeded => "the disk quota is used up: free some space, or raise it",
        ErrorKind::FileTooLarge => "the file system holds no file of this size: choose another",
        ErrorKind::PermissionDenied => {
            "give this user the right to read and write in the folder, or choose another"
        }
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only: choose another folder",
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            "a file stands where the key has a folder: move it away, or choose another folder"
        }
        ErrorKind::IsADirectory => {
            "a folder has the object's name: move it away, or choose another folder"
        }
        ErrorKind::InvalidFilename | ErrorKind::InvalidInput => {
            "the file system can't hold this name: a part between two `/` has at most 255 bytes"
        }
        ErrorKind::Unsupported => "the file system has no locks: choose a folder on another",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write as _;

    use super::*;

    fn refusal(error: io::Error) -> String {
        let fault = Fault {
            operation: "writing",
            object: "/backups/a.csv",
        };
        let error = fault.explain(error);
        assert!(matches!(error, StoreError::Refused { .. }), "{error}");
        error.to_string()
    }

    #[test]
    fn a_full_disk_says_what_to_do() {
        // The kernel's own full disk.
        let mut full = File::options().write(true).open("/dev/full").unwrap();
        let words = refusal(full.write_all(b"x").unwrap_err());
        assert!(
            words.starts_with("writing /backups/a.csv was refused; the disk is full"),
            "{words}"
        );
    }

    #[test]
    fn a_missing_right_says_what_to_do() {
        let words = refusal(ErrorKind::PermissionDenied.into());
        assert!(
            words.contains("give this user the right to read and write"),
            "{words}"
        );
    }

    #[test]
    fn a_fault_that_may_pass_is_an_interruption() {
        let fault = Fault {
            operation: "writing",
            object: "/backups/a.csv",
        };
        let error = fault.explain(ErrorKind::TimedOut.into());
        assert!(matches!(error, StoreError::Interrupted { .. }), "{error}");
    }
}
