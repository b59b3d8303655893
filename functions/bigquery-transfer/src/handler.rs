//! Event in, outcome out.

use function_core::{Event, Outcome, Retryable as _};
use function_runtime::Function;

use crate::day::Day;
use crate::error::TransferError;
use crate::function::BigqueryTransfer;
use crate::inspect::Inspection;
use crate::message::{Announced, Incoming};
use crate::refusal::Refused;
use crate::request::Request;
use crate::tick::Tally;

impl Function for BigqueryTransfer {
    async fn handle(&self, event: Event) -> Outcome {
        // A run holds clients and lists; on the heap it need not be copied from caller to caller.
        Box::pin(self.answer(&event))
            .await
            .unwrap_or_else(|error| Outcome::from_error(&error, error.exit()))
    }
}

impl BigqueryTransfer {
    async fn answer(&self, event: &Event) -> Result<Outcome, TransferError> {
        let incoming = match Incoming::of(event) {
            Ok(incoming) => incoming,
            Err(error) => {
                let error = error.into();
                self.tell_refusal(Refused::unread(event), &error).await;
                return Err(error);
            }
        };
        match incoming {
            Incoming::Verified(announced) => self.announced(*announced, event).await,
            Incoming::Finished(finished) => Ok(self.finished(&finished).await?.into_outcome()),
            Incoming::Own(request) => self.own(&request, event).await,
        }
    }

    async fn announced(
        &self,
        announced: Announced,
        event: &Event,
    ) -> Result<Outcome, TransferError> {
        let inspection = match (announced.check, announced.dry_run) {
            (true, _) => Inspection::Check,
            (false, true) => Inspection::DryRun,
            (false, false) => {
                let mut tally = Tally::default();
                let message = announced.message;
                let refused = Refused::export(&message.source, message.logical_date, &message.run);
                match self.arrived(message, event).await {
                    Ok(ended) => ended.into_iter().for_each(|ended| tally.add(ended)),
                    Err(error) => {
                        if !error.is_retryable() {
                            self.tell_refusal(refused, &error).await;
                        }
                        return Err(error);
                    }
                }
                return Ok(tally.into_outcome());
            }
        };
        let now = self.clock.now();
        let day = Day::new(announced.message, event.time, self.config.file_delay, now);
        let reports = self.inspect(&[day.known()?], inspection, false).await?;
        Ok(Outcome::Done(reports))
    }

    async fn own(&self, request: &Request, event: &Event) -> Result<Outcome, TransferError> {
        if request.reconcile || request.check || request.dry_run {
            return Ok(Outcome::Done(self.order(request).await?));
        }
        let tally = if request.force || request.date.is_some() {
            self.again(request, event).await?
        } else {
            self.tick(request.source.as_deref(), event).await?
        };
        Ok(tally.into_outcome())
    }
}
