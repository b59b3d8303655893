//! Event in, outcome out.

use function_core::{Event, Outcome, Report, RunState, chain};
use function_runtime::Function;
use jiff::Timestamp;
use notify::Notice;
use table_diff::plan::Summary;
use table_diff::{Class, Selection};

use crate::FUNCTION;
use crate::approval::Approval;
use crate::error::SyncError;
use crate::function::TableSync;
use crate::progress::Progress;
use crate::request::{ApplyRequest, DiffRequest, Request};
use crate::runs::Told;
use crate::undo::UndoDecision;

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
            Request::Diff { diff, is_dry: true } => {
                let run = format!("diff-{}", self.plan_of(&diff));
                self.inspect(&diff, &progress).await?.report(run)
            }
            Request::Diff { diff, .. } => self.compare_for(&diff, &by(None), &progress).await?,
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
        match verdict(&summary) {
            Ok(()) => Ok(report(format!("diff-{}", summary.plan.id), &summary)),
            Err(found) => {
                self.tell_found(&summary, &found).await;
                Err(found)
            }
        }
    }

    async fn tell_found(&self, summary: &Summary, found: &SyncError) {
        let notice = Notice {
            function: FUNCTION.to_owned(),
            source: format!(
                "{} to {}",
                summary.plan.source.name, summary.plan.target.name
            ),
            run: format!("diff-{}", summary.plan.id),
            state: RunState::Incomplete,
            since: None,
            what_happened: chain(found),
            what_to_do: "look at the plan, and approve what is to be written".to_owned(),
        };
        self.notifier.tell(&notice).await;
    }
}

/// What the exit code says of a plan: 0 equal, 3 differences, 4 tables that could not be compared.
///
/// # Errors
/// There are differences, or tables that could not be compared.
pub fn verdict(summary: &Summary) -> Result<(), SyncError> {
    let id = &summary.plan.id;
    let tables = summary.tables.iter();
    let blocked = tables.clone().filter(|table| table.end.is_none());
    let blocked: Vec<String> = blocked.map(|it| it.table.name.to_string()).collect();
    if !blocked.is_empty() {
        return Err(SyncError::Blocked {
            id: id.clone(),
            tables: blocked,
        });
    }
    let ends = tables.filter_map(|table| table.end.as_ref());
    let differing = ends.map(|end| end.counts.classes.total());
    let differing: Vec<u64> = differing.filter(|rows| *rows > 0).collect();
    if differing.is_empty() {
        return Ok(());
    }
    Err(SyncError::Differences {
        id: id.clone(),
        rows: differing.iter().sum(),
        tables: differing.len(),
    })
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
