//! What people are told.

use function_core::{Report, RunState};
use notify::Notice;
use run_record::RunRecord;

use crate::{Machine, Unit};

impl Machine {
    /// Tells people that this is a drill; the report is verified only if all who are set took it.
    pub async fn drill(&self, event: &str) -> Report {
        self.notifier.drill(self.function, event).await
    }

    /// Tells people how a run stands.
    pub(crate) async fn tell(
        &self,
        unit: &Unit,
        record: &RunRecord,
        state: RunState,
        happened: &str,
        to_do: &str,
    ) {
        let last = self.last_verified(&unit.source).await.ok().flatten();
        let notice = Notice {
            function: self.function.to_owned(),
            source: unit.label.clone(),
            run: record.run.clone(),
            state,
            since: last.map(|manifest| manifest.ended),
            what_happened: happened.to_owned(),
            what_to_do: to_do.to_owned(),
        };
        self.notifier.tell(&notice).await;
    }
}
