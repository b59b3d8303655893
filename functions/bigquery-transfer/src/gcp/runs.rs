//! Transfer runs and their logs.

use google_cloud_bigquery_datatransfer_v1::model::transfer_message::MessageSeverity;
use google_cloud_bigquery_datatransfer_v1::model::{
    TransferMessage, TransferRun as WireRun, TransferState as WireState,
};
use jiff::Timestamp;

use super::error::{Call, Repeat};
use super::{ApiError, BigQuery, from_wire, on_wire};
use crate::keys::Keys;
use crate::transfer_config::ConfigName;
use crate::transfer_run::{LogLine, RunName, Severity, TransferRun, TransferState};

/// The most runs or lines of a page.
///
/// **Source**: BigQuery Data Transfer API, `pageSize` of `transferConfigs.runs.list` and `.transferLogs.list`.
const PAGE: i32 = 1000;

impl BigQuery {
    /// Starts a run of `config` for `run_time`, which must be past. Where [`ApiError::may_have_happened`], the caller must look
    /// before it starts again.
    ///
    /// # Errors
    /// The start is refused, or the answer did not arrive.
    pub(crate) async fn start_run(
        &self,
        config: &ConfigName,
        run_time: Timestamp,
    ) -> Result<TransferRun, ApiError> {
        let call = Call {
            doing: "starting a run of",
            resource: &config.0,
            permission: "bigquery.transfers.update",
            repeat: Repeat::WhenRefused,
        };
        let request = || {
            self.transfers
                .start_manual_transfer_runs()
                .set_parent(&config.0)
                .set_requested_run_time(on_wire(run_time))
                .send()
        };
        let answer = self.call(call, request).await?;
        let run = answer.runs.into_iter().next().ok_or_else(|| {
            ApiError::told(
                call,
                "the service started nothing and said no reason",
                &self.keys,
            )
        })?;
        Ok(seen(run, &self.keys))
    }

    /// All runs of `config` that the service still knows, in its order.
    ///
    /// # Errors
    /// A page can't be read.
    pub(crate) async fn list_runs(
        &self,
        config: &ConfigName,
    ) -> Result<Vec<TransferRun>, ApiError> {
        let call = Call {
            doing: "listing the runs of",
            resource: &config.0,
            permission: "bigquery.transfers.get",
            repeat: Repeat::Always,
        };
        let mut runs = Vec::new();
        let mut token = String::new();
        loop {
            let request = || {
                self.transfers
                    .list_transfer_runs()
                    .set_parent(&config.0)
                    .set_page_size(PAGE)
                    .set_page_token(&token)
                    .send()
            };
            let page = self.call(call, request).await?;
            let found = page.transfer_runs.into_iter();
            runs.extend(found.map(|run| seen(run, &self.keys)));
            token = page.next_page_token;
            if token.is_empty() {
                return Ok(runs);
            }
        }
    }

    /// How the run stands.
    ///
    /// # Errors
    /// It can't be read.
    pub(crate) async fn get_run(&self, run: &RunName) -> Result<TransferRun, ApiError> {
        let call = Call {
            doing: "reading",
            resource: &run.0,
            permission: "bigquery.transfers.get",
            repeat: Repeat::Always,
        };
        let request = || self.transfers.get_transfer_run().set_name(&run.0).send();
        let run = self.call(call, request).await?;
        Ok(seen(run, &self.keys))
    }

    /// The whole log of a run.
    ///
    /// # Errors
    /// A page can't be read.
    pub(crate) async fn logs(&self, run: &RunName) -> Result<Vec<LogLine>, ApiError> {
        let call = Call {
            doing: "reading the log of",
            resource: &run.0,
            permission: "bigquery.transfers.get",
            repeat: Repeat::Always,
        };
        let mut lines = Vec::new();
        let mut token = String::new();
        loop {
            let request = || {
                self.transfers
                    .list_transfer_logs()
                    .set_parent(&run.0)
                    .set_page_size(PAGE)
                    .set_page_token(&token)
                    .send()
            };
            let page = self.call(call, request).await?;
            let found = page.transfer_messages.into_iter();
            lines.extend(found.map(|line| seen_line(&line, &self.keys)));
            token = page.next_page_token;
            if token.is_empty() {
                return Ok(lines);
            }
        }
    }
}

fn seen(run: WireRun, keys: &Keys) -> TransferRun {
    TransferRun {
        name: RunName(run.name),
        state: match run.state {
            WireState::Running => TransferState::Running,
            WireState::Succeeded => TransferState::Succeeded,
            WireState::Failed => TransferState::Failed,
            WireState::Cancelled => TransferState::Cancelled,
            _ => TransferState::Pending,
        },
        run_time: from_wire(run.run_time),
        data_path: run.params.and_then(|params| {
            let path = params.get("data_path")?.as_str()?;
            Some(path.to_owned())
        }),
        schedule_time: from_wire(run.schedule_time),
        start_time: from_wire(run.start_time),
        end_time: from_wire(run.end_time),
        error: run
            .error_status
            .map(|status| status.message)
            .and_then(|words| {
                let words = keys.hide(words.trim());
                (!words.is_empty()).then_some(words)
            }),
    }
}

fn seen_line(line: &TransferMessage, keys: &Keys) -> LogLine {
    LogLine {
        time: from_wire(line.message_time),
        severity: match line.severity {
            MessageSeverity::Error => Severity::Error,
            MessageSeverity::Warning => Severity::Warning,
            _ => Severity::Info,
        },
        text: keys.hide(&line.message_text),
    }
}
