//! Plans as they are looked at.

use table_diff::plan::{Filter, Page, PlanReader, Summary};

use crate::error::SyncError;
use crate::function::TableSync;
use crate::plan_id::PlanId;
use crate::plans::object;

impl TableSync {
    /// Everything of the plan `id` but its rows.
    ///
    /// # Errors
    /// There is no such plan, or it can't be read.
    pub async fn summary(&self, id: &str) -> Result<Summary, SyncError> {
        self.summary_of(&Self::plan_id(id)?).await
    }

    /// The plan `id`, to be read by pieces or rendered.
    ///
    /// # Errors
    /// There is no such plan, or it can't be read.
    pub async fn reader(&self, id: &str) -> Result<PlanReader, SyncError> {
        let id = Self::plan_id(id)?;
        let summary = self.summary_of(&id).await?;
        Ok(self.reader_of(&id, &summary))
    }

    /// Some rows of the table number `table` of the plan `id`: `most` of those that `filter` lets through behind the first `skip`.
    ///
    /// # Errors
    /// There is no such plan or table, or it was edited, or can't be read.
    pub async fn rows(
        &self,
        id: &str,
        table: usize,
        filter: &Filter,
        skip: u64,
        most: usize,
    ) -> Result<Page, SyncError> {
        let plan = self.reader(id).await?;
        Ok(plan.page(table, filter, skip, most).await?)
    }

    pub(crate) fn plan_id(id: &str) -> Result<PlanId, SyncError> {
        id.parse()
            .map_err(|()| SyncError::NotFound { id: id.to_owned() })
    }

    pub(crate) async fn summary_of(&self, id: &PlanId) -> Result<Summary, SyncError> {
        let summary = self.summary_if_any(id).await?;
        summary.ok_or_else(|| SyncError::NotFound { id: id.to_string() })
    }

    pub(crate) async fn summary_if_any(&self, id: &PlanId) -> Result<Option<Summary>, SyncError> {
        let folder = self.plans.of(id).folder;
        let Some((_, content)) = folder.read(object::SUMMARY).await? else {
            return Ok(None);
        };
        let summary = Summary::parse(&folder.url(object::SUMMARY), &content)?;
        Ok(Some(summary))
    }

    pub(crate) fn reader_of(&self, id: &PlanId, summary: &Summary) -> PlanReader {
        PlanReader::new(self.plans.of(id).folder, object::PLAN, summary.clone())
    }
}
