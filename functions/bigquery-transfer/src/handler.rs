//! Event in, outcome out.

use function_core::{Event, Outcome, Report};
use function_runtime::Function;

use crate::error::TransferError;
use crate::function::BigqueryTransfer;
use crate::request::Request;

impl Function for BigqueryTransfer {
    async fn handle(&self, event: Event) -> Outcome {
        // A run holds clients and lists; on the heap it need not be copied from caller to caller.
        match Box::pin(self.answer(&event)).await {
            Ok(reports) => Outcome::Done(reports),
            Err(error) => Outcome::from_error(&error, error.exit()),
        }
    }
}

impl BigqueryTransfer {
    async fn answer(&self, event: &Event) -> Result<Vec<Report>, TransferError> {
        let request = Request::of(event)?;
        drop(request);
        Ok(Vec::new())
    }
}
