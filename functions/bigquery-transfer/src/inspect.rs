//! What would be done, said without doing it; and whether anything would.

use std::cmp::max;

use function_core::{Report, RunState, first_few};

use crate::data_path::run_time;
use crate::error::TransferError;
use crate::exports::KnownExport;
use crate::function::BigqueryTransfer;
use crate::plan::SHOWN;
use crate::request::Request;

/// What a person wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inspection {
    /// The plan.
    DryRun,
    /// Whether there is something to do.
    Check,
}

/// Refuses what would be left out without a word: the configs are of all sources, and of no day.
fn refuse_parts(request: &Request) -> Result<(), TransferError> {
    let rule = match (&request.source, &request.date) {
        (None, None) => return Ok(()),
        (Some(_), _) => {
            "`source` does not go with `reconcile`, `check` and `dryRun`, which are of all sources; take it out, or send that source's \"export verified\" message with `check` or `dryRun`"
        }
        (None, Some(_)) => {
            "`date` does not go with `reconcile`, `check` and `dryRun`, which are of the newest exports; take it out, or send that day's \"export verified\" message with `check` or `dryRun`"
        }
    };
    Err(TransferError::Request { rule })
}

impl BigqueryTransfer {
    /// Does what a request says of the configs alone: `reconcile`, `check` or `dryRun`.
    ///
    /// # Errors
    /// The request names a source or a day, or those of [`BigqueryTransfer::reconcile`] and [`BigqueryTransfer::inspect`].
    pub(crate) async fn order(&self, request: &Request) -> Result<Vec<Report>, TransferError> {
        refuse_parts(request)?;
        let inspection = match (request.check, request.dry_run) {
            (true, _) => Inspection::Check,
            (false, true) => Inspection::DryRun,
            (false, false) => return self.reconcile_known(request.force).await,
        };
        let exports = self.exports(&self.known().await?)?;
        self.inspect(&exports, inspection, request.force).await
    }

    /// Tells what a reconcile for `exports` would do; touches nothing.
    ///
    /// # Errors
    /// A check finds something to do, which ends with the exit code 3; or a service refused.
    pub(crate) async fn inspect(
        &self,
        exports: &[KnownExport],
        inspection: Inspection,
        force: bool,
    ) -> Result<Vec<Report>, TransferError> {
        let known = self.known().await?;
        let mut reports = Vec::new();
        let mut differences = Vec::new();
        for export in exports {
            let before = self.bigquery.requests();
            let prospect = self.prospect(&known, export, force).await?;
            let plan = prospect.plan;
            let requests = self.bigquery.requests() - before;
            let state = match inspection {
                Inspection::Check => RunState::Verified,
                Inspection::DryRun => RunState::Planned,
            };
            let mut report = Report::new(self.order_name(), state)
                .count("configs", plan.configs.len() as u64)
                .count("writes", plan.writes() as u64)
                .count("requests", requests);
            report.warnings = plan.warnings();
            if inspection == Inspection::DryRun {
                report.plan = Some(plan.to_json(self.next_run(export)));
            }
            reports.push(report);
            differences.extend(plan.differences());
        }
        if inspection == Inspection::Check && !differences.is_empty() {
            return Err(TransferError::Drift {
                count: differences.len(),
                differences: first_few(&differences, SHOWN, ", "),
            });
        }
        Ok(reports)
    }

    /// The run time of the next run: of today's export, unless the export is of a later day.
    fn next_run(&self, export: &KnownExport) -> jiff::Timestamp {
        let zone = &self.config.time_zone;
        let today = self.clock.now().to_zoned(zone.clone()).date();
        run_time(max(today, export.place.logical_date), zone)
    }
}
