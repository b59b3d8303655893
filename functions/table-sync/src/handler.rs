//! Event in, outcome out.

use function_core::{Event, Outcome, Report, RunState, chain};
use function_runtime::Function;
use jiff::Timestamp;
use notify::Notice;
use table_diff::{Class, Selection, Sides};

use crate::FUNCTION;
use crate::approval::Approval;
use crate::error::SyncError;
use crate::function::TableSync;
use crate::progress::Progress;
use crate::request::{ApplyRequest, DiffRequest, Request};
use crate::runs::{Told, Work};
use crate::undo::UndoDecision;
use crate::verdict::verdict;

impl Function for TableSync {
    async fn handle(&self, event: Event) -> Outcome {
        // A run holds sessions and plans; on the heap it need not be copied from caller to caller.
        Box::pin(self.answer(&event))
            .await
            .unwrap_or_else(|error| Outcome::from_error(&error, error.exit()))
    }
}

impl TableSync {
    async fn answer(&self, event: &Event) -> Result<Outcome, SyncError> {
        let by = |named: Option<String>| named.unwrap_or_else(|| format!("event {}", event.id));
        let progress = Progress::default();
        let report = match Request::of(event)? {
            Request::Diff(diff) => self.compare_for(&diff, &by(None), &progress).await?,
            Request::Count(diff) => self.count_for(&diff, &progress).await?,
            Request::Inspect(diff) => {
                let run = format!("diff-{}", self.plan_of(&diff));
                self.inspect(&diff, &progress).await?.report(run)
            }
            Request::Apply(request) => {
                let approval = self
                    .approval_of(&request, by(request.by.clone()), event.time)
                    .await?;
                let applied = self.apply(&request.plan, approval, &progress).await?;
                report(format!("apply-{}", applied.plan), &applied)
            }
            Request::Undo(request) => {
                let decision = UndoDecision {
                    digest: request.digest,
                    confirmed: request.confirm,
                    by: by(request.by),
                };
                let undone = self.undo(&request.plan, &decision, &progress).await?;
                report(format!("undo-{}", undone.plan), &undone)
            }
            Request::Preview { plan } => {
                let preview = self.undo_preview(&plan).await?;
                let mut report = Report::new(format!("undo-{}", preview.plan), RunState::Planned);
                report.plan = Some(serde_json::json!(preview));
                report
            }
        };
        Ok(Outcome::Done(vec![report]))
    }

    /// A comparison that no person waits for: whoever is to look is told.
    async fn compare_for(
        &self,
        request: &DiffRequest,
        by: &str,
        progress: &Progress,
    ) -> Result<Report, SyncError> {
        let summary = self.diff(request, by, progress).await?;
        let run = format!("diff-{}", summary.plan.id);
        match verdict(&summary) {
            Ok(()) => Ok(report(run, &summary)),
            Err(found) => {
                let to_do = "look at the plan, and approve what is to be written";
                self.tell_found(&summary.plan.names(), run, &found, to_do)
                    .await;
                Err(found)
            }
        }
    }

    /// A counting that no person waits for.
    async fn count_for(
        &self,
        request: &DiffRequest,
        progress: &Progress,
    ) -> Result<Report, SyncError> {
        let run = format!("count-{}", self.plan_of(request));
        let counted = match self.count(request, progress).await {
            Ok(counted) => counted,
            Err(error) => {
                self.tell(Work::Diff, &run, &error).await;
                return Err(error);
            }
        };
        match counted.verdict() {
            Ok(()) => Ok(report(run, &counted)),
            Err(found) => {
                let to_do = "make a plan, look at it, and approve what is to be written";
                self.tell_found(&counted.names, run, &found, to_do).await;
                Err(found)
            }
        }
    }

    async fn tell_found(&self, names: &Sides<String>, run: String, found: &SyncError, to_do: &str) {
        let what_to_do = match found {
            SyncError::Blocked { .. } => {
                "put right what is in the way of comparing, and compare again"
            }
            _ => to_do,
        };
        let notice = Notice {
            function: FUNCTION.to_owned(),
            source: format!("{} to {}", names.source, names.target),
            run,
            state: RunState::Incomplete,
            since: None,
            what_happened: chain(found),
            what_to_do: what_to_do.to_owned(),
        };
        self.notifier.tell(&notice).await;
    }
}

fn report(run: String, done: &impl Told) -> Report {
    let mut report = Report::new(run, RunState::Verified);
    report.counts = done.counts();
    report.warnings = done.warnings();
    report
}

impl TableSync {
    /// The decision that an event tells of.
    async fn approval_of(
        &self,
        request: &ApplyRequest,
        by: String,
        when: Timestamp,
    ) -> Result<Approval, SyncError> {
        let summary = self.summary(&request.plan).await?;
        let names = &summary.plan.tables;
        let mentioned = request.tables.iter().chain(&request.confirm);
        let mentioned = mentioned.chain(request.except.keys());
        let unknown: Vec<&str> = mentioned
            .filter(|name| !names.contains(name))
            .map(String::as_str)
            .collect();
        if !unknown.is_empty() {
            return Err(SyncError::Request {
                rule: format!("the plan has no table {}", unknown.join(", ")),
            });
        }
        let classes: Vec<Class> = request.classes.iter().copied().collect();
        let mut selection = Selection::of_classes(&summary, &classes);
        if !request.tables.is_empty() {
            selection
                .tables
                .retain(|name, _| request.tables.contains(name));
        }
        for (name, rows) in &request.except {
            if let Some(ticks) = selection.tables.get_mut(name) {
                ticks.except.clone_from(rows);
            }
        }
        selection.confirmed.clone_from(&request.confirm);
        Ok(Approval {
            digest: request.digest.clone(),
            selection,
            by,
            when,
        })
    }
}
