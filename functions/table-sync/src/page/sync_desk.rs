//! The page's port, by the function itself.

mod row;
mod seen;

use cloud_store::{Put, StoreError, Version};
use function_core::{Exit, Retryable as _, Trigger, chain};
use table_diff::plan::Filter;
use table_diff::{ClassCounts, Language, Selection, Sides};

use crate::approval::Approval;
use crate::error::SyncError;
use crate::function::TableSync;
use crate::page::desk::{Act, Answer, Approved, Desk, DeskError, Place, Plan, RowPage, RowWish};
use crate::page::ticks::Ticks;
use crate::plan_id::PlanId;
use crate::plans::PlanEntry;
use crate::progress::Progress;
use crate::request::DiffRequest;
use crate::undo::UndoDecision;

/// The draft of ticks, beside the plan.
const TICKS: &str = "ticks.json";

impl Desk for TableSync {
    fn place(&self) -> Place {
        let config = self.config();
        Place {
            names: Sides {
                source: config.source_name.clone(),
                target: config.target_name.clone(),
            },
            can_apply: self.can_apply(false),
            can_apply_reverse: self.can_apply(true),
        }
    }

    fn plans(&self) -> Answer<'_, Vec<PlanEntry>> {
        Box::pin(async { Ok(Self::plans(self).await?) })
    }

    fn plan<'a>(&'a self, id: &'a PlanId, language: Language) -> Answer<'a, Plan> {
        Box::pin(async move { Ok(self.seen(id, language).await?) })
    }

    fn rows<'a>(&'a self, id: &'a PlanId, table: usize, wish: &'a RowWish) -> Answer<'a, RowPage> {
        Box::pin(async move {
            let reader = self.reader(id.as_str()).await?;
            let filter = Filter {
                classes: wish.class.into_iter().collect(),
                text: wish.text.clone(),
            };
            let page = reader.page(table, &filter, wish.skip, wish.most).await;
            let page = page.map_err(SyncError::from)?;
            let reading = reader.summary().tables.get(table);
            let reading = reading.and_then(|table| table.table.reading.as_ref());
            let reading = reading.ok_or(DeskError::NotFound)?;
            Ok(RowPage {
                rows: page
                    .rows
                    .into_iter()
                    .map(|line| row::row(reading, line))
                    .collect(),
                more: page.more,
                total: page.total,
            })
        })
    }

    fn draft<'a>(&'a self, id: &'a PlanId) -> Answer<'a, Option<(Vec<u8>, Version)>> {
        Box::pin(async move {
            let kept = self.plans.of(id).folder.read(TICKS).await;
            let kept = kept.map_err(SyncError::from)?;
            Ok(kept.map(|(meta, content)| (content, meta.version)))
        })
    }

    fn keep_draft<'a>(
        &'a self,
        id: &'a PlanId,
        content: Vec<u8>,
        seen: Option<Version>,
    ) -> Answer<'a, bool> {
        Box::pin(async move {
            let put = Put::new("application/json").unchanged(seen);
            match self.plans.of(id).folder.put(TICKS, content, &put).await {
                Ok(_) => Ok(true),
                Err(StoreError::Precondition { .. }) => Ok(false),
                Err(error) => Err(SyncError::from(error).into()),
            }
        })
    }

    fn compare<'a>(
        &'a self,
        reverse: bool,
        by: &'a str,
        progress: &'a Progress,
    ) -> Answer<'a, PlanId> {
        Box::pin(async move {
            let time = self.clock.now();
            let trigger = Trigger {
                id: format!("page {by} {}", time.as_nanosecond()),
                time,
            };
            let mut request = DiffRequest::new(trigger);
            request.reverse = reverse;
            let id = self.plan_of(&request);
            self.diff(&request, by, progress).await?;
            Ok(id)
        })
    }

    fn apply<'a>(
        &'a self,
        id: &'a PlanId,
        approved: &'a Approved,
        progress: &'a Progress,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let approval = Approval {
                digest: approved.digest.clone(),
                selection: selection(&approved.ticks, &approved.confirmed),
                by: approved.by.clone(),
                when: self.clock.now(),
            };
            Self::apply(self, id.as_str(), approval, progress).await?;
            Ok(())
        })
    }

    fn check_rights<'a>(&'a self, id: &'a PlanId, ticks: &'a Ticks) -> Answer<'a, ()> {
        Box::pin(async move {
            let summary = self.summary(id.as_str()).await?;
            let tables = summary.tables.iter().enumerate();
            let counts = tables.filter_map(|(number, table)| {
                let name = table.table.name.to_string();
                let all = table.end.as_ref()?.counts.classes.iter();
                let mut ticked = ClassCounts::default();
                ticked.extend(all.map(|(class, all)| (class, ticks.count(&name, class, all))));
                Some((number, ticked))
            });
            Ok(self.check_rights_for(&summary, counts).await?)
        })
    }

    fn undo<'a>(
        &'a self,
        id: &'a PlanId,
        decision: &'a UndoDecision,
        progress: &'a Progress,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            Self::undo(self, id.as_str(), decision, progress).await?;
            Ok(())
        })
    }
}

/// What is ticked, as the plan understands it.
fn selection(ticks: &Ticks, confirmed: &[String]) -> Selection {
    let mut selection = Selection {
        confirmed: confirmed.iter().cloned().collect(),
        ..Selection::default()
    };
    for (table, classes) in ticks.tables() {
        let mut ticked = table_diff::Ticks::default();
        for (class, ticks) in classes {
            if ticks.whole {
                ticked.classes.insert(*class);
                ticked.except.extend(&ticks.others);
            } else {
                ticked.also.extend(&ticks.others);
            }
        }
        if ticked != table_diff::Ticks::default() {
            selection.tables.insert(table.to_owned(), ticked);
        }
    }
    selection
}

impl From<SyncError> for DeskError {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::NotFound { .. } => Self::NotFound,
            SyncError::Approved { by, when, .. } => Self::Approved(Act { by, at: when }),
            error if error.is_stale() => Self::Stale(chain(&error)),
            error if matches!(error.exit(), Exit::Refused | Exit::Usage) => {
                Self::Refused(chain(&error))
            }
            error => Self::Failed {
                words: chain(&error),
                passing: error.is_retryable(),
            },
        }
    }
}
