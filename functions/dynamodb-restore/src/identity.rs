//! Which run a request means. The same request by hand tomorrow means the same one.

use dynamodb_table::Description;
use function_core::{Stamp, Trigger, sha256_hex};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::request::Ask;
use crate::source::Source;

/// Characters of a trigger's id.
const ID: usize = 16;

/// What a run is found by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) source: String,
    pub(crate) stamp: Stamp,
    pub(crate) trigger: Trigger,
}

impl Identity {
    /// The run of `ask`: the backup, the target's name and id, and all that decides what is written.
    pub(crate) fn of(
        ask: &Ask,
        source: &Source,
        target: Option<&Description>,
        zone: &TimeZone,
    ) -> Self {
        // An import's table is there only after it began.
        let target_id = target
            .filter(|_| !ask.import)
            .map_or("new", |target| &target.id);
        let parts = [
            source.fingerprint.as_str(),
            &source.moment.to_string(),
            &ask.table,
            target_id,
            ask.mode.name(),
            ask.newer_by.as_deref().unwrap_or_default(),
            if ask.delete_extras {
                "delete extras"
            } else {
                ""
            },
            if ask.import { "import" } else { "" },
        ];
        let id = sha256_hex(parts.join("\n").as_bytes());
        Self {
            source: ask.table.clone(),
            stamp: Stamp::new(source.moment, zone),
            trigger: Trigger {
                id: id.chars().take(ID).collect(),
                time: source.moment,
            },
        }
    }

    /// The run of one part.
    pub(crate) fn part(&self, part: u32, parts: u32) -> Self {
        Self {
            source: format!("{}-part-{part}-of-{parts}", self.source),
            ..self.clone()
        }
    }
}
