//! Which records of a bulk a refusal means.

use kintone_client::limits::WRITE_RECORDS;
use kintone_client::{BulkError, BulkRequest, ClientError};

use super::Bulk;
use crate::error::RestoreError;

impl Bulk {
    /// Kintone refused it.
    pub(crate) fn refused(&self, source: BulkError) -> RestoreError {
        RestoreError::Bulk {
            first: self.first + 1,
            last: self.next,
            at_fault: self.at_fault(&source),
            source,
        }
    }

    /// The records that the refusal may mean, by name, and what was sent for them: of one request, where Kintone told which.
    pub(crate) fn refused_records(&self, error: &BulkError) -> Vec<(&str, &str)> {
        let request = match error.client_error() {
            ClientError::Refused { refusal, .. } => refusal.request,
            _ => None,
        };
        let bodies = self.request.as_ref().map(BulkRequest::bodies);
        let bodies = bodies.and_then(Result::ok).unwrap_or_default();
        let mut requests = self.names_by_request().zip(bodies).map(|(names, bodies)| {
            let names = names.iter().map(String::as_str);
            names.zip(bodies).collect::<Vec<_>>()
        });
        match request {
            Some(request) => requests.nth(request).unwrap_or_default(),
            None => requests.flatten().collect(),
        }
    }

    /// The names of the records that Kintone refused.
    fn at_fault(&self, error: &BulkError) -> Vec<String> {
        let BulkError::NotDone { faults, .. } = error else {
            return Vec::new();
        };
        let requests: Vec<_> = self.names_by_request().collect();
        let at_fault = faults.iter().filter_map(|fault| {
            let request = requests.get(fault.request)?;
            request.get(fault.record?)
        });
        let mut names: Vec<_> = at_fault.cloned().collect();
        names.dedup();
        names
    }

    /// The names of the records, as they are parted into requests.
    fn names_by_request(&self) -> impl Iterator<Item = &[String]> {
        let (added, changed) = self.names.split_at(self.added);
        let added = added.chunks(WRITE_RECORDS);
        added.chain(changed.chunks(WRITE_RECORDS))
    }
}
