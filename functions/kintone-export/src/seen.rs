//! What was there when the run was claimed.

use std::collections::BTreeMap;

use cloud_store::{Store, StoreError, Version};
use kintone_format::Generation;

use crate::part::Part;

/// The versions of a generation's objects at the moment of the claim, left by an attempt that died.
///
/// Every write of this run is conditional on them: a process that stood still while another took
/// its run over finds other versions than these, and can overwrite nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(BTreeMap<String, Version>);

impl Seen {
    /// Looks at the objects of `generation`.
    pub(crate) async fn look(store: &Store, generation: &Generation) -> Result<Self, StoreError> {
        let mut seen = BTreeMap::new();
        for name in [
            generation.csv(),
            generation.ndjson(),
            generation.schema(),
            generation.attachments(),
            generation.checksums(),
        ] {
            if let Some(meta) = store.head(&name).await? {
                seen.insert(name, meta.version);
            }
        }
        Ok(Self(seen))
    }

    /// The version of `name`, or `None` where there was no such object.
    pub(crate) fn version(&self, name: &str) -> Option<Version> {
        self.0.get(name).cloned()
    }

    /// Notes what this run has written itself.
    pub(crate) fn wrote(&mut self, part: &Part) {
        self.0.insert(part.entry.name.clone(), part.version.clone());
    }
}
