//! Which records of a bulk a refusal means.

use kintone_client::limits::WRITE_RECORDS;
use kintone_client::{BulkError, ClientError, RecordBody};

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
        let names: Vec<&str> = self.sent.iter().map(|(_, name)| name.as_str()).collect();
        let (added, changed) = names.split_at(self.inserts.len());
        let inserts = self.inserts.iter().map(RecordBody::json);
        let bodies = self.changes.iter().map(|change| change.record.json());
        let inserts: Vec<_> = added.iter().copied().zip(inserts).collect();
        let updates: Vec<_> = changed.iter().copied().zip(bodies).collect();
        let requests = inserts.chunks(WRITE_RECORDS);
        let mut requests = requests.chain(updates.chunks(WRITE_RECORDS));
        match request {
            Some(request) => requests.nth(request).unwrap_or_default().to_vec(),
            None => requests.flatten().copied().collect(),
        }
    }

    /// The names of the records that Kintone refused.
    fn at_fault(&self, error: &BulkError) -> Vec<String> {
        let BulkError::NotDone { faults, .. } = error else {
            return Vec::new();
        };
        let (added, changed) = self.sent.split_at(self.inserts.len());
        let requests = added
            .chunks(WRITE_RECORDS)
            .chain(changed.chunks(WRITE_RECORDS));
        let requests: Vec<_> = requests.collect();
        let at_fault = faults.iter().filter_map(|fault| {
            let request = requests.get(fault.request)?;
            request.get(fault.record?)
        });
        let mut names: Vec<_> = at_fault.map(|(_, name)| name.clone()).collect();
        names.dedup();
        names
    }
}
