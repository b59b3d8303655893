//! Which runs of a table an event is about: the newest, and one of the day before that is not over.

use jiff::Timestamp;
use reconcile::{Conclusion, Request};

use crate::error::ExportError;
use crate::function::DynamodbExport;
use crate::job::Ask;
use crate::moment::Moment;
use crate::select::TableName;

impl DynamodbExport {
    /// One table: the run of the day before, if it is not over, and then the newest one, which may go on from it.
    pub(crate) async fn look(
        &self,
        table: &TableName,
        ask: Ask,
        request: &Request,
        event: Timestamp,
    ) -> Looked {
        let is_about_now = request.date.is_none() && request.source.is_none() && !request.dry_run;
        let before = if is_about_now {
            self.unfinished(table, ask, event).await.transpose()
        } else {
            None
        };
        let was_begun_before = before.is_some();
        let newest = self.newest(table, ask, request, event, was_begun_before);
        let newest = newest.await;
        match (before, newest) {
            // Nothing newer has begun.
            (Some(before), Ok(None)) => Looked {
                newest: before.map(Some),
                before: None,
            },
            (before, newest) => Looked {
                newest,
                before: before.map(|result| result.map(Some)),
            },
        }
    }

    /// Goes on with the run of the day before, if one has begun that is not over.
    async fn unfinished(
        &self,
        table: &TableName,
        ask: Ask,
        event: Timestamp,
    ) -> Result<Option<Conclusion>, ExportError> {
        let moment = self.calendar.before(event, ask.moment)?;
        let record = self.record(table, moment).await?;
        // What was never ordered is not begun a day late.
        if record.is_none_or(|record| record.settled || record.checkpoint.is_none()) {
            return Ok(None);
        }
        let force = false;
        let ask = Ask {
            moment,
            force,
            ..ask
        };
        self.work(table, ask).await.map(Some)
    }

    /// The newest run; `None` where a tick finds nothing that was begun and may begin nothing.
    async fn newest(
        &self,
        table: &TableName,
        ask: Ask,
        request: &Request,
        event: Timestamp,
        was_before: bool,
    ) -> Result<Option<Conclusion>, ExportError> {
        let mut ask = ask;
        // A fixed time of day tells what is due, so a tick makes good for a nightly event that was lost.
        // A day that is asked for is not what is due.
        if request.tick && (self.calendar.at.is_none() || request.date.is_some()) {
            let may_be_before = request.date.is_none() && !was_before;
            let Some(moment) = self.begun(table, ask.moment, event, may_be_before).await? else {
                return Ok(None);
            };
            ask.moment = moment;
        }
        if request.dry_run {
            let report = self.dry_run(table, ask).await?;
            return Ok(Some(report.into()));
        }
        self.work(table, ask).await.map(Some)
    }

    /// The moment of the day whose run has begun: this one or, for exports that run past midnight, the one before.
    async fn begun(
        &self,
        table: &TableName,
        moment: Moment,
        event: Timestamp,
        may_be_before: bool,
    ) -> Result<Option<Moment>, ExportError> {
        if self.record(table, moment).await?.is_some() {
            return Ok(Some(moment));
        }
        if !may_be_before {
            return Ok(None);
        }
        let before = self.calendar.before(event, moment)?;
        let found = self.record(table, before).await?;
        Ok(found.map(|_| before))
    }
}

/// What came of a table.
pub(crate) struct Looked {
    /// `None` where nothing was begun.
    pub(crate) newest: Result<Option<Conclusion>, ExportError>,
    /// The day before, where its run was not over.
    pub(crate) before: Option<Result<Option<Conclusion>, ExportError>>,
}
