//! What alarms are made of: how old the oldest verified run is, and what is not as it should be.

use function_core::{Gauges, Report, RunState};

use crate::{Machine, MachineError};

impl Machine {
    /// Logs the gauges of an invocation that looked at all of `sources` and came to `reports`.
    ///
    /// | gauge | meaning |
    /// |---|---|
    /// | `OldestVerifiedAge` | seconds since the verification that is longest ago, over all sources; missing while a source has none |
    /// | `Unverified` | sources whose newest run is incomplete or failed |
    /// | `Shrunk` | sources whose newest verified run lost more than `MAX_SHRINK_PERCENT` |
    ///
    /// # Errors
    /// A manifest can't be read.
    pub async fn gauge(&self, sources: &[String], reports: &[Report]) -> Result<(), MachineError> {
        let now = self.clock.now();
        let (mut oldest, mut shrunk, mut verified) = (0, 0_u64, 0);
        for source in sources {
            let Some(manifest) = self.last_verified(source).await? else {
                continue;
            };
            verified += 1;
            let age = now.duration_since(manifest.ended).as_secs();
            oldest = oldest.max(u64::try_from(age).unwrap_or(0));
            shrunk += u64::from(!manifest.details.shrunk.is_empty());
        }
        let is_bad = |state| matches!(state, RunState::Incomplete | RunState::Failed);
        let unverified = reports.iter().filter(|report| is_bad(report.state)).count();
        let is_known = verified == sources.len() && verified > 0;
        let gauges = Gauges {
            oldest_verified_age: is_known.then_some(oldest),
            unverified: unverified as u64,
            shrunk,
        };
        gauges.log();
        Ok(())
    }
}
