//! What people are told.

use function_core::{Report, RunState};
use notify::Notice;
use run_record::RunRecord;

use crate::{Machine, Unit};

impl Machine {
    /// Tells people that this is a drill; the report is verified only if all who are set took it.
    pub async fn drill(&self, event: &str) -> Report {
        let run = format!("drill-{event}");
        let told = self
            .notifier
            .tell(&Notice {
                function: self.function.to_owned(),
                source: "drill".to_owned(),
                run: run.clone(),
                state: RunState::Failed,
                since: None,
                what_happened: "this is a drill: nothing failed".to_owned(),
                what_to_do: "nothing; the way from the function to you works".to_owned(),
            })
            .await;
        let fault = match (self.notifier.has_listener(), told) {
            (true, true) => return Report::new(run, RunState::Verified),
            (true, false) => "the notice could not be sent; the log says why",
            (false, _) => "there is nobody to tell: set NOTIFY_TOPIC or NOTIFY_WEBHOOK",
        };
        let mut report = Report::new(run, RunState::Failed);
        report.warnings.push(fault.to_owned());
        report
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
