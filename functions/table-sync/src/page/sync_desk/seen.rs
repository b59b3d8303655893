//! A plan as a person sees it, of what is kept of it.

use table_diff::plan::{Summary, TableSummary};
use table_diff::{Caution, Language, Sides};

use crate::approval::Approval;
use crate::error::SyncError;
use crate::function::TableSync;
use crate::page::desk::{Act, Ending, Plan, PlanTable};
use crate::plan_id::PlanId;
use crate::plans::{Applied, Failed, PlanEntry, PlanState, Undone, object};

impl TableSync {
    /// The plan as a person sees it.
    pub(super) async fn seen(&self, id: &PlanId, language: Language) -> Result<Plan, SyncError> {
        let summary = self.summary(id.as_str()).await?;
        let kept = self.plans.of(id);
        let (state, who, when) = self.state(&kept, id).await?;
        let approval: Option<Approval> = kept.read(object::APPROVAL).await?;
        let undone: Option<Undone> = kept.read(object::UNDONE).await?;
        let ending = match state {
            PlanState::Applied | PlanState::Undone => {
                let applied: Option<Applied> = kept.read(object::RESULT).await?;
                applied.map(|applied| Ending {
                    undo_confirm: self.undo_confirm(&summary, &applied, language),
                    written: applied.tables,
                    error: None,
                    can_undo: self.can_apply(summary.plan.reverse),
                    undo: applied.undo,
                })
            }
            PlanState::Stale | PlanState::Failed => {
                let failed: Option<Failed> = kept.read(object::FAILURE).await?;
                failed.map(|failed| Ending {
                    error: Some(failed.error),
                    ..Ending::default()
                })
            }
            PlanState::Open | PlanState::Approved | PlanState::Applying => None,
        };
        let names = summary.plan.names();
        let age = self.clock.now().duration_since(summary.plan.created);
        let migrations = summary.plan.migrations.as_ref();
        Ok(Plan {
            approved: approval.map(|it| Act {
                by: it.by,
                at: it.when,
            }),
            undone: undone.map(|it| Act {
                by: it.by,
                at: it.when,
            }),
            digest: summary.digest.clone(),
            migrations: migrations
                .map(|it| it.words(language, &names))
                .unwrap_or_default(),
            tables: summary
                .tables
                .iter()
                .map(|table| plan_table(table, language, &names))
                .collect(),
            is_too_old: age > self.config.plan_max_age,
            ending,
            entry: PlanEntry {
                id: id.clone(),
                created: summary.plan.created,
                by: summary.plan.by.clone(),
                reverse: summary.plan.reverse,
                counts: summary.classes(),
                blocked: blocked(&summary),
                state,
                who,
                when,
            },
            names,
        })
    }

    fn undo_confirm(
        &self,
        summary: &Summary,
        applied: &Applied,
        language: Language,
    ) -> Vec<(String, String)> {
        let names = summary.plan.names();
        let tables = self.preview(summary, applied).tables.into_iter();
        let cautious = tables.filter_map(|it| {
            let words = it.caution?.words(language, &names);
            Some((it.rows.table.to_string(), words))
        });
        cautious.collect()
    }
}

fn blocked(summary: &Summary) -> usize {
    let tables = summary.tables.iter();
    tables.filter(|table| table.end.is_none()).count()
}

fn plan_table(table: &TableSummary, language: Language, names: &Sides<String>) -> PlanTable {
    let end = table.end.as_ref();
    let remarks = table.remarks(language, names).into_iter();
    let cascades = end.into_iter().flat_map(|end| &end.cascades);
    let caution = end.and_then(|end| end.caution.as_ref());
    let counts = end.map(|end| end.counts.clone()).unwrap_or_default();
    PlanTable {
        name: table.table.name.to_string(),
        is_blocked: end.is_none(),
        differences: remarks.map(|(_, words)| words).collect(),
        source_rows: counts.source_rows,
        target_rows: counts.target_rows,
        counts: counts.classes,
        cascades: cascades
            .filter(|count| count.rows > 0)
            .map(|count| count.words(language))
            .collect(),
        needs_name: caution.is_some(),
        warning: caution
            .filter(|caution| matches!(caution, Caution::SourceEmpty { .. }))
            .map(|caution| caution.words(language, names)),
    }
}
