//! Both sides are compared, and what differs becomes a plan.

mod choose;
mod count;
mod inspection;
mod lost;
mod observe;
mod queue;
mod rows;
mod sessions;
mod spool;
mod table;
mod write;

use cloud_store::{Put, StoreError};
use table_diff::Sides;
use table_diff::plan::Summary;

use self::observe::Aim;
use crate::error::SyncError;
use crate::function::TableSync;
use crate::plan_id::PlanId;
use crate::plans::{Kept, object};
use crate::progress::Progress;
use crate::request::DiffRequest;
use crate::runs;

pub use count::{Counted, CountedTable};
pub use inspection::Inspection;

impl TableSync {
    /// The name of the plan that `request` makes.
    pub(crate) fn plan_of(&self, request: &DiffRequest) -> PlanId {
        let config = &self.config;
        let ends = self.ends(request.reverse);
        let asked = format!(
            "{:?}",
            (
                (&request.tables, request.reverse, request.compare),
                (ends.source.database.describe(), &ends.source.name),
                (ends.target.database.describe(), &ends.target.name),
                (&config.tables, &config.exclude),
                (&config.keys, &config.times, &config.leave_out),
                (config.compare, config.exact),
            )
        );
        PlanId::of(&request.trigger, &asked)
    }

    /// Compares both sides, and keeps what differs as a plan. A second call with the same trigger answers the plan that is there.
    ///
    /// # Errors
    /// A setting names no table, the two sides can't be compared, or a service fails. There is then no plan: a comparison that failed never looks like
    /// one without differences. Tables whose structures forbid it are part of the plan, as blocked.
    pub async fn diff(
        &self,
        request: &DiffRequest,
        by: &str,
        progress: &Progress,
    ) -> Result<Summary, SyncError> {
        let id = self.plan_of(request);
        let kept = self.plans.of(&id);
        if let Some(summary) = self.summary_if_any(&id).await? {
            return Ok(summary);
        }
        let run = self
            .claim(runs::Work::Diff, &id, request.trigger.time)
            .await?;
        let hold = run.hold();
        let result = tokio::select! {
            result = Box::pin(self.compare(&id, &kept, request, by, progress)) => result,
            lost = hold.lost() => Err(lost.into()),
        };
        progress.end();
        self.end(runs::Work::Diff, run, result).await
    }

    async fn compare(
        &self,
        id: &PlanId,
        kept: &Kept,
        request: &DiffRequest,
        by: &str,
        progress: &Progress,
    ) -> Result<Summary, SyncError> {
        let ends = self.ends(request.reverse);
        let mut observed = self.observe(request, &ends, Aim::Plan, progress).await?;
        let header = self.header(id, request, &ends, by, &mut observed);
        let summary = self.write_plan(kept, header, observed, progress).await?;
        let put = Put::new("application/json").absent();
        let published = kept.folder.put(object::SUMMARY, summary.to_bytes(), &put);
        match published.await {
            Ok(_) => Ok(summary),
            // A write whose answer was lost was sent again, and found itself.
            Err(StoreError::Precondition { .. }) => self.summary_of(id).await,
            Err(error) => Err(error.into()),
        }
    }

    /// What would be compared, and what is in the way of it; reads no row and writes nothing.
    ///
    /// # Errors
    /// As those of [`TableSync::diff`].
    pub async fn inspect(
        &self,
        request: &DiffRequest,
        progress: &Progress,
    ) -> Result<Inspection, SyncError> {
        let ends = self.ends(request.reverse);
        let observed = self.observe(request, &ends, Aim::Look, progress).await?;
        progress.end();
        let names = Sides {
            source: ends.source.name,
            target: ends.target.name,
        };
        Ok(Inspection::of(observed, &names))
    }
}
