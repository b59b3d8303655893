//! A plan in the history.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use serde::Serialize;
use table_diff::ClassCounts;

use super::{Applied, Failed, Kept, Undone, object};
use crate::approval::Approval;
use crate::error::SyncError;
use crate::function::TableSync;
use crate::plan_id::PlanId;
use crate::runs::Attempt;

/// How many plans the history shows.
const SHOWN: usize = 200;

/// How many plans are looked at together.
const TOGETHER: usize = 16;

/// A plan in the history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanEntry {
    /// The plan.
    pub id: PlanId,
    /// When it was made.
    pub created: Timestamp,
    /// Who asked for it.
    pub by: String,
    /// Whether rows go from the target to the source.
    pub reverse: bool,
    /// How many rows of each class differ.
    pub counts: ClassCounts,
    /// How many tables could not be compared.
    pub blocked: usize,
    /// How far it is.
    pub state: PlanState,
    /// Who brought it there.
    pub who: Option<String>,
    /// When.
    pub when: Option<Timestamp>,
}

/// How far a plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanState {
    /// Nobody decided about it.
    Open,
    /// It is approved, and nobody is at work on it: whoever approved it may go on. Rows may be written where an attempt stopped at its commit.
    Approved,
    /// It is being applied.
    Applying,
    /// It is applied.
    Applied,
    /// What it saw is not there any more.
    Stale,
    /// The last attempt to apply it failed; nothing was written.
    Failed,
    /// It was applied, and undone.
    Undone,
}

impl TableSync {
    /// The plans, the newest first, 200 at most.
    ///
    /// # Errors
    /// What is kept can't be read.
    pub async fn plans(&self) -> Result<Vec<PlanEntry>, SyncError> {
        let mut ids = self.plans.ids().await?;
        ids.truncate(SHOWN);
        let entries = stream::iter(ids).map(|id| self.entry(id));
        entries.buffered(TOGETHER).try_collect().await
    }

    async fn entry(&self, id: PlanId) -> Result<PlanEntry, SyncError> {
        let kept = self.plans.of(&id);
        let summary = self.summary_of(&id).await?;
        let (state, who, when) = self.state(&kept, &id).await?;
        Ok(PlanEntry {
            created: summary.plan.created,
            by: summary.plan.by.clone(),
            reverse: summary.plan.reverse,
            blocked: summary.blocked(),
            counts: summary.classes(),
            state,
            who,
            when,
            id,
        })
    }

    /// How far the plan is, and who brought it there.
    pub(crate) async fn state(
        &self,
        kept: &Kept,
        id: &PlanId,
    ) -> Result<(PlanState, Option<String>, Option<Timestamp>), SyncError> {
        let told = |state, by: String, when| Ok((state, Some(by), Some(when)));
        let Some(approval) = kept.read::<Approval>(object::APPROVAL).await? else {
            return Ok((PlanState::Open, None, None));
        };
        if let Some(applied) = kept.read::<Applied>(object::RESULT).await? {
            return match kept.read::<Undone>(object::UNDONE).await? {
                Some(undone) => told(PlanState::Undone, undone.by, undone.when),
                None => told(PlanState::Applied, applied.by, applied.when),
            };
        }
        match self.attempt(id).await? {
            Attempt::Running => return told(PlanState::Applying, approval.by, approval.when),
            Attempt::Open => return told(PlanState::Approved, approval.by, approval.when),
            Attempt::Ended => {}
        }
        match kept.read::<Failed>(object::FAILURE).await? {
            Some(failed) if failed.stale => told(PlanState::Stale, failed.by, failed.when),
            Some(failed) => told(PlanState::Failed, failed.by, failed.when),
            None => told(PlanState::Approved, approval.by, approval.when),
        }
    }
}
