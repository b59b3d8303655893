//! Records that others edit while this restore writes over them.

use std::collections::{BTreeMap, HashMap};

use function_core::first_few;
use kintone_client::PageRequest;
use kintone_client::limits::PAGE_RECORDS;

use crate::error::RestoreError;
use crate::find::{Found, quoted};
use crate::journal::Sent;
use crate::source::Saved;
use crate::work::Work;

/// Records that others have edited: their numbers, and the revisions that they were seen with afterwards.
pub(crate) type Edits = BTreeMap<u64, u64>;

/// What a bulk that came to nothing was about to write over: whoever makes it anew must find it so.
#[derive(Debug, Default)]
pub(crate) struct Expected(
    /// The revisions, by the places of the saved records; nothing for one that was not there.
    HashMap<u64, Option<u64>>,
);

impl From<&[Sent]> for Expected {
    fn from(sent: &[Sent]) -> Self {
        let changed = sent.iter().filter(|sent| !sent.added);
        Self(changed.map(|sent| (sent.place, sent.revision)).collect())
    }
}

impl Expected {
    /// Refuses to go on where `found` has records with other revisions, unless somebody accepted that they are overwritten.
    pub(crate) fn check(
        &self,
        work: &Work<'_>,
        records: &[Saved],
        found: &[Option<Found>],
    ) -> Result<(), RestoreError> {
        let found = records.iter().zip(found);
        let found = found.filter_map(|(saved, found)| Some((saved.place, (*found)?)));
        let edited = found.filter(|(place, found)| {
            let expected = self.0.get(place);
            let is_other = expected.is_some_and(|revision| *revision != Some(found.revision));
            is_other && !found.is_same && work.overwrites.get(&found.id) != Some(&found.revision)
        });
        let edits: Edits = edited
            .map(|(_, found)| (found.id, found.revision))
            .collect();
        if edits.is_empty() {
            return Ok(());
        }
        Err(refusal(work, edits))
    }
}

/// Which of the records that `sent` changes have another revision now than when they were looked up.
pub(crate) async fn edits(work: &Work<'_>, sent: &[Sent]) -> Result<Edits, RestoreError> {
    let changed = sent.iter().filter(|sent| !sent.added);
    let looked_up = changed.filter_map(|sent| Some((sent.changes(), sent.revision?)));
    let looked_up: Vec<(u64, u64)> = looked_up.collect();
    let mut edits = Edits::new();
    for chunk in looked_up.chunks(PAGE_RECORDS) {
        let expected: HashMap<u64, u64> = chunk.iter().copied().collect();
        let ids: Vec<String> = chunk.iter().map(|(id, _)| id.to_string()).collect();
        let request = PageRequest {
            app: work.app(),
            condition: Some(format!("$id in ({})", quoted(&ids))),
            fields: vec!["$id".to_owned()],
            ..PageRequest::default()
        };
        let page = work.client.page(&request).await?;
        let now = page.ids()?.into_iter();
        edits.extend(now.filter(|(id, revision)| expected.get(id) != Some(revision)));
    }
    Ok(edits)
}

/// Why a bulk that would write over `edits` is not written.
pub(crate) fn refusal(work: &Work<'_>, edits: Edits) -> RestoreError {
    RestoreError::Edited {
        app: work.app(),
        edits,
    }
}

/// `3 records (numbers 12, 15, 18)`.
pub(crate) fn words(edits: &Edits) -> String {
    let ids: Vec<String> = edits.keys().map(u64::to_string).collect();
    let (records, numbers) = match ids.len() {
        1 => ("record", "number"),
        _ => ("records", "numbers"),
    };
    format!(
        "{} {records} ({numbers} {})",
        ids.len(),
        first_few(&ids, 20, ", ")
    )
}
