//! Starting an export, once.

use aws_client::AwsError;
use function_core::{Retryable as _, chain};
use reconcile::Unverified;

use crate::error::ExportError;
use crate::export::{Export, Recovery};
use crate::function::DynamodbExport;
use crate::order::Order;
use crate::plan::Source;
use crate::repair;

/// What came of an order.
#[derive(Debug)]
pub(crate) enum Started {
    /// It is under way; perhaps somebody else started it.
    Export(Box<Export>),
    /// Not now; these words say why.
    Later(String),
    /// Not before somebody acts.
    Refused(Unverified),
}

impl DynamodbExport {
    /// Starts what is ordered. `looked` says that nobody started it so far.
    pub(crate) async fn start(
        &self,
        order: &Order,
        table: &str,
        source: &Source,
        looked: bool,
    ) -> Result<Started, ExportError> {
        if !looked && let Some(export) = self.find(order).await? {
            return Ok(Started::Export(Box::new(export)));
        }
        let error = match self.dynamodb.start(order, &self.destination).await {
            Ok(export) => {
                tracing::info!(table, export = export.arn, scope = %order.scope, reason = order.reason, "export started");
                return Ok(Started::Export(Box::new(export)));
            }
            Err(error) => error,
        };
        match error.code() {
            Some("LimitExceededException") => Ok(Started::Later(format!(
                "the account runs as many exports as it may: {}",
                chain(&error)
            ))),
            Some("ExportConflictException") => self.conflict(order, error).await,
            Some("InvalidExportTimeException") => Ok(invalid_time(order, source, &error)),
            Some("PointInTimeRecoveryUnavailableException") => {
                Ok(Started::Refused(Unverified::failed(
                    chain(&error),
                    format!("switch it on: {}", repair::switch_on(table)),
                )))
            }
            Some("ContinuousBackupsUnavailableException") => Ok(Started::Later(chain(&error))),
            // It may have been started; the token finds it again.
            _ if error.is_retryable() => Err(error.into()),
            _ => Ok(Started::Refused(Unverified::failed(
                chain(&error),
                "correct what the message names; the next tick starts the export",
            ))),
        }
    }

    /// Somebody used the token with other parameters: another key, another owner of the bucket.
    async fn conflict(&self, order: &Order, error: AwsError) -> Result<Started, ExportError> {
        match self.find(order).await? {
            Some(export) if export.scope == Some(order.scope) => {
                tracing::warn!(export = export.arn, %error, "another invocation started the export");
                Ok(Started::Export(Box::new(export)))
            }
            _ => Ok(Started::Refused(Unverified::failed(
                chain(&error),
                "see aws dynamodb list-exports for the export that this one is in conflict with; DynamoDB forgets the \
                 conflict 8 hours after that one's end, and the next tick starts the export then",
            ))),
        }
    }
}

/// The newest seconds can't be exported yet, and a clock may be ahead of the service's.
fn invalid_time(order: &Order, source: &Source, error: &AwsError) -> Started {
    match source {
        Source::Known(_, Recovery::On { earliest, latest }) if order.scope.end() <= *latest => {
            Started::Refused(Unverified::failed(
                format!(
                    "{}; what can be exported reaches from {earliest} to {latest}, and this is a {}",
                    chain(error),
                    order.scope
                ),
                "ask for a date within point-in-time recovery's window",
            ))
        }
        _ => Started::Later(format!(
            "DynamoDB does not export as of {} yet: {}",
            order.scope.end(),
            chain(error)
        )),
    }
}
